//! What time does to coupons, batch by batch, each in transactions of its own.

use super::Tools;
use crate::{
    error::Error,
    services::coupons::chores::{expiring, give_back, give_notice, overdue},
};

/// Gives back what was set aside for too long, and tells in customers' events of coupons whose time is nearly over.
///
/// # Errors
/// The database's.
pub fn keep_time(tools: &Tools) -> Result<(), Error> {
    give_back_overdue(tools)?;
    give_notices(tools)
}

fn give_back_overdue(tools: &Tools) -> Result<(), Error> {
    let now = tools.clock.now();
    for batch in tools.db.write_blocking(move |tx| overdue(tx, now))? {
        while tools.db.write_blocking(move |tx| give_back(tx, now, batch))? > 0 {}
    }
    Ok(())
}

fn give_notices(tools: &Tools) -> Result<(), Error> {
    let now = tools.clock.now();
    for batch in tools.db.write_blocking(move |tx| expiring(tx, now))? {
        while tools.db.write_blocking(move |tx| give_notice(tx, now, batch))? {}
    }
    Ok(())
}
