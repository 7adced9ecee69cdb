//! `patron serve`.

use std::{net::TcpListener, sync::Arc};

use actix_web::web::Data;
use clap::Args;

use super::Outcome;
use crate::{
    config::Config,
    domain::clock::SystemClock,
    jobs::Workers,
    startup::{StartError, build_app, prepare_database, serve, start_own_chores, start_workers, stop_signal},
};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Leave the schema as it is: migrations are run apart with `patron migrate`
    #[arg(long)]
    no_migrate: bool,
    /// Leave jobs, mail and chores to `patron worker`
    #[arg(long)]
    no_worker: bool,
}

/// Serves until SIGTERM or Ctrl-C, then lets running requests finish.
///
/// # Errors
/// Why the server could not start.
pub fn run(config: &Config, arguments: &Arguments) -> Outcome {
    let currency = prepare_database(config, !arguments.no_migrate)?;
    let app = Data::new(build_app(config, currency, Arc::new(SystemClock))?);
    let listener = TcpListener::bind(config.addr).map_err(|error| StartError::Listen(config.addr, error))?;
    let workers = if arguments.no_worker { start_own_chores(&app)? } else { start_workers(&app)? };
    run_until_stopped(config, app, listener, workers)
}

/// Serves an app that was built already, beside its workers.
///
/// # Errors
/// Why the server failed.
pub fn run_until_stopped(config: &Config, app: Data<crate::http::app::App>, listener: TcpListener, workers: Workers) -> Outcome {
    let address = listener.local_addr()?;
    let outcome = actix_web::rt::System::new().block_on(async {
        let server = serve(app, config, listener)?;
        let handle = server.handle();
        tracing::info!(%address, database = %config.database, "serving; the documentation is at http://{address}/docs");
        let stopping = actix_web::rt::spawn(async move {
            stop_signal().await;
            tracing::info!("stopping: no new connections, running requests may finish");
            handle.stop(true).await;
        });
        let outcome = server.await;
        stopping.abort();
        outcome
    });
    workers.stop();
    Ok(outcome?)
}
