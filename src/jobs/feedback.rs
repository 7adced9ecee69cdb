//! What time does to feedback, pass after pass until nothing is left to do.

use super::Tools;
use crate::{
    db::DbConnection,
    domain::instants::Instant,
    error::Error,
    services::feedback::chores::{BATCH, close_silent, mark_breaches},
};

/// Marks promises that were not kept, and closes what was resolved and of which the customer has said nothing.
///
/// # Errors
/// The database's.
pub fn keep_time(tools: &Tools) -> Result<(), Error> {
    repeat(tools, mark_breaches)?;
    repeat(tools, close_silent)
}

fn repeat(tools: &Tools, pass: fn(&mut DbConnection, Instant) -> Result<usize, Error>) -> Result<(), Error> {
    loop {
        let now = tools.clock.now();
        let looked_at = tools.db.write_blocking(move |tx| pass(tx, now))?;
        if i64::try_from(looked_at).is_ok_and(|looked_at| looked_at < BATCH) {
            return Ok(());
        }
    }
}
