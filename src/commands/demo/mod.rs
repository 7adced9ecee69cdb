//! `patron demo`: a book city that is there in a minute.

use std::{
    fs::File,
    io::{BufWriter, Write},
    net::TcpListener,
    path::PathBuf,
    sync::Arc,
    time::Instant as Stopwatch,
};

use actix_web::web::Data;
use clap::Args;

use super::{Outcome, serve::run_until_stopped, user};
use crate::{
    config::Config,
    demo::{DemoShop, write_ledger},
    domain::{
        clock::{Clock, SystemClock},
        instants::Instant,
        scoring_runs::ScoringRunDraft,
    },
    error::Error,
    http::app::App,
    jobs::{Tools, run_due},
    services::scoring_runs,
    startup::{StartError, build_app, prepare_database, start_workers},
};

mod campaign;
mod coupons;
mod load;
mod opinions;
mod summary;

#[derive(Debug, Args)]
pub struct Arguments {
    /// How many customers the book city has
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    customers: u32,
    /// Write the shop's ledger as CSV to a file and stop, without a database
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Load and score, but do not serve
    #[arg(long)]
    no_serve: bool,
}

/// The same seed makes the same city.
const SEED: u64 = 1988;
/// Parts of the city whose rows the ledger mixes, so that an order's rows are not neighbours.
const SLICES: u32 = 64;
/// Who logs in to look around.
const ADMIN: &str = "admin@patron.example";

/// Makes the book city once, scores it, says what there is, and serves.
///
/// # Errors
/// The database's, the file system's, or that the address is taken.
pub fn run(config: &Config, arguments: &Arguments) -> Outcome {
    let shop = DemoShop::new(SEED, arguments.customers, midnight(SystemClock.now()));
    if let Some(path) = &arguments.ledger {
        return ledger(&shop, path);
    }
    // The address first: a city that nobody can look at is not worth a new password.
    let bind = || TcpListener::bind(config.addr).map_err(|error| StartError::Listen(config.addr, error));
    let listener = if arguments.no_serve { None } else { Some(bind()?) };
    let started = Stopwatch::now();
    let currency = prepare_database(config, true)?;
    let app = Data::new(build_app(config, currency, Arc::new(SystemClock))?);
    let is_new = load::load(&app, &shop)?;
    let loading = started.elapsed();
    if is_new {
        campaign::load(&app, &shop)?;
        score_everybody(&app)?;
        opinions::load(&app, &shop)?;
        coupons::load(&app, &shop)?;
    }
    let scoring = started.elapsed() - loading;
    let password = user::renew_password(&app, ADMIN)?;
    summary::print(&app, config, &summary::Story { is_new, loading, scoring, email: ADMIN, password: &password })?;
    let Some(listener) = listener else { return Ok(()) };
    let workers = start_workers(&app)?;
    run_until_stopped(config, app, listener, workers)
}

/// Scores everybody as the API would: a run is asked for, and done here and now.
fn score_everybody(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    app.db.write_blocking(move |tx| scoring_runs::request_run(tx, now, &ScoringRunDraft::default()))?;
    run_due(&Tools::from(app))?;
    Ok(())
}

fn ledger(shop: &DemoShop, path: &PathBuf) -> Outcome {
    let mut file = BufWriter::new(File::create(path).map_err(|error| format!("{}: {error}", path.display()))?);
    let size = write_ledger(shop, SLICES, &mut file)?;
    file.flush()?;
    println!("wrote {} rows to {}", size.rows, path.display());
    Ok(())
}

/// The day's beginning: the city trades until last night, whenever it is made.
fn midnight(now: Instant) -> Instant {
    let micros = 86_400_000_000;
    Instant::from_micros(now.micros() - now.micros().rem_euclid(micros)).unwrap_or(now)
}
