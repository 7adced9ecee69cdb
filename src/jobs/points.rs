//! What time does to points, pass after pass until nothing is left to do.

use super::Tools;
use crate::{
    db::DbConnection,
    domain::instants::Instant,
    error::Error,
    services::points::chores::{expire, give_notice},
};

/// Takes points whose time is over, and tells in customers' events of those whose time is nearly so.
///
/// # Errors
/// The database's.
pub fn keep_time(tools: &Tools) -> Result<(), Error> {
    repeat(tools, expire)?;
    repeat(tools, give_notice)
}

fn repeat(tools: &Tools, pass: fn(&mut DbConnection, Instant) -> Result<bool, Error>) -> Result<(), Error> {
    loop {
        let now = tools.clock.now();
        if !tools.db.write_blocking(move |tx| pass(tx, now))? {
            return Ok(());
        }
    }
}
