//! `patron import ledger`.

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Instant as Stopwatch,
};

use clap::{Args, Subcommand};

use self::desk::CommandDesk;
use super::Outcome;
use crate::{
    config::Config,
    db::Db,
    domain::{
        clock::{Clock, SystemClock},
        field_error::FieldError,
        ledger::{LedgerOptions, RawLedgerOptions},
        permissions::Actor,
    },
    error::Error,
    jobs::ledger::{gather, store},
    services::audit::{self, Deed},
    startup::prepare_database,
};

mod desk;
mod summary;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Bring a shop's ledger in: one row an order line, CSV or NDJSON, gzip too. The same file again changes nothing
    Ledger(LedgerArguments),
}

#[derive(Debug, Args)]
struct LedgerArguments {
    /// The file
    file: PathBuf,
    /// The file's names of columns: customer_ref=CustomerID,order_ref=InvoiceNo,…
    #[arg(long, value_name = "COLUMN=NAME,…")]
    map: Option<String>,
    /// What stands in for absent columns and empty cells: channel=web,store=S1,…
    #[arg(long, value_name = "COLUMN=VALUE,…")]
    defaults: Option<String>,
    /// How dates are written, in strftime's terms: %m/%d/%Y %H:%M [default: RFC 3339, YYYY-MM-DD or YYYY-MM-DD HH:MM[:SS]]
    #[arg(long)]
    date_format: Option<String>,
    /// The zone of local times, such as Asia/Shanghai [default: UTC]
    #[arg(long)]
    time_zone: Option<String>,
    /// What parts the cells: , ; | or tab [default: ,]
    #[arg(long)]
    delimiter: Option<String>,
    /// The currency of the amounts [default: the database's]
    #[arg(long)]
    currency: Option<String>,
    /// The name of the system whose references the file holds [default: ledger]
    #[arg(long)]
    system: Option<String>,
    /// csv or ndjson [default: what the file looks like]
    #[arg(long)]
    format: Option<String>,
    /// Where to write the report of rejected rows, as CSV: line, column, code, value, message
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

/// Brings a file in and tells what came of it. Rows that are rejected are no failure, a file that is refused is one.
///
/// # Errors
/// Why nothing, or not everything, went in.
pub fn run(config: &Config, arguments: &Arguments) -> Outcome {
    let What::Ledger(arguments) = &arguments.what;
    let started = Stopwatch::now();
    let file = File::open(&arguments.file).map_err(|error| format!("{}: {error}", arguments.file.display()))?;
    let byte_count = file.metadata()?.len();
    let currency = prepare_database(config, true)?;
    let options = LedgerOptions::parse(&arguments.options(), currency).map_err(|faults| told(&faults))?;
    let db = Db::start_load(&config.database)?;
    note(&db, &arguments.file)?;

    let mut desk = CommandDesk::open(&db, arguments.rejects.as_deref())?;
    let outcome = gather(&mut desk, file, (byte_count, u64::MAX), &options)
        .and_then(|gathered| store(&mut desk, &SystemClock, gathered, &options, started));
    let first_rejects = desk.close()?;
    let (summary, _) = outcome?;
    db.settle()?;
    print!("{}", summary::of(&summary, &arguments.file, arguments.rejects.as_deref(), &first_rejects));
    Ok(())
}

impl LedgerArguments {
    fn options(&self) -> RawLedgerOptions {
        RawLedgerOptions {
            format: self.format.clone(),
            map: self.map.clone(),
            defaults: self.defaults.clone(),
            date_format: self.date_format.clone(),
            time_zone: self.time_zone.clone(),
            delimiter: self.delimiter.clone(),
            currency: self.currency.clone(),
            system: self.system.clone(),
        }
    }
}

/// Faults of options by the names that they have here: `/map/sku` is `--map sku`.
fn told(faults: &[FieldError]) -> String {
    let lines = faults.iter().map(|fault| {
        let (option, column) = fault.pointer.trim_start_matches('/').split_once('/').unwrap_or((fault.pointer.trim_start_matches('/'), ""));
        format!("--{}: {}", format!("{} {column}", option.replace('_', "-")).trim_end(), fault.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Who brought what in stands in the audit log.
fn note(db: &Db, file: &Path) -> Result<(), Error> {
    let path = file.display().to_string();
    db.write_blocking(move |tx| {
        let deed = Deed { operation: "patron import ledger", path: &path, resource: None, status: 0, fields: &[], request_id: "" };
        audit::record(tx, &Actor::system(), SystemClock.now(), &deed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_by_option() {
        let fault = |pointer: &str| FieldError::new(pointer, "code", "must be good");
        assert_eq!(
            told(&[fault("/map/order_ref"), fault("/date_format"), fault("/delimiter")]),
            "--map order_ref: must be good\n--date-format: must be good\n--delimiter: must be good"
        );
    }
}
