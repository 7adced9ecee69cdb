//! What time does to coupons.

use super::Tools;
use crate::{
    error::Error,
    services::coupons::chores::{give_back, overdue},
};

/// Gives back what was set aside for too long, batch by batch, each in transactions of its own.
///
/// # Errors
/// The database's.
pub fn give_back_overdue(tools: &Tools) -> Result<(), Error> {
    let now = tools.clock.now();
    for batch in tools.db.write_blocking(move |tx| overdue(tx, now))? {
        while tools.db.write_blocking(move |tx| give_back(tx, now, batch))? > 0 {}
    }
    Ok(())
}
