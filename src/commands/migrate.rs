//! `patron migrate`.

use super::Outcome;
use crate::{config::Config, startup::prepare_database};

/// Migrates and says what the database is now.
///
/// # Errors
/// The database's.
pub fn run(config: &Config) -> Outcome {
    let currency = prepare_database(config, true)?;
    println!("{} is up to date; amounts are in {currency}.", config.database);
    Ok(())
}
