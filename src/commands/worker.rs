//! `patron worker`.

use std::sync::Arc;

use actix_web::web::Data;
use clap::Args;

use super::Outcome;
use crate::{
    config::Config,
    domain::clock::SystemClock,
    startup::{build_app, prepare_database, start_workers, stop_signal},
};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Leave the schema as it is: migrations are run apart with `patron migrate`
    #[arg(long)]
    no_migrate: bool,
}

/// Does jobs, sends mail and keeps house until SIGTERM or Ctrl-C, then lets what runs come to a place where it can be broken off.
///
/// # Errors
/// Why the worker could not start.
pub fn run(config: &Config, arguments: &Arguments) -> Outcome {
    let currency = prepare_database(config, !arguments.no_migrate)?;
    let app = Data::new(build_app(config, currency, Arc::new(SystemClock))?);
    let workers = start_workers(&app)?;
    tracing::info!(database = %config.database, "working");
    actix_web::rt::System::new().block_on(stop_signal());
    tracing::info!("stopping: what runs is put back, to be taken up again");
    workers.stop();
    Ok(())
}
