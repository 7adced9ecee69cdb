//! What `patron user` and `patron client` have in common.

use validator::Validate;

use super::Outcome;
use crate::{
    config::Config,
    db::{self, DbConnection},
    domain::{instants::Instant, permissions::Actor},
    error::Error,
    http::validation::field_errors,
    services::audit::{self, Deed},
    startup::{StartError, prepare_database},
};

/// A connection to the database as configured, migrated first.
pub(super) fn open(config: &Config) -> Result<DbConnection, StartError> {
    prepare_database(config, true)?;
    Ok(db::open(&config.database)?)
}

/// Remembers that somebody at this machine ran `operation`.
pub(super) fn record(tx: &mut DbConnection, now: Instant, operation: &str, resource: &str, fields: &[&str]) -> Result<(), Error> {
    let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    let deed = Deed { operation, path: "", resource: Some(resource), status: 0, fields: &fields, request_id: "" };
    audit::record(tx, &Actor::system(), now, &deed)
}

/// Every fault by the name of its option.
pub(super) fn check(said: &impl Validate) -> Outcome {
    let Err(errors) = said.validate() else { return Ok(()) };
    let faults = field_errors(&errors);
    let lines: Vec<String> = faults.iter().map(|fault| format!("--{}: {}", fault.pointer.trim_start_matches('/'), fault.message)).collect();
    Err(lines.join("\n").into())
}
