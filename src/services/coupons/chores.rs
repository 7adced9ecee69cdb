//! What time does to coupons: reservations that were held for too long are given back. Any use of a batch does the same on its way; this is for the others.

use super::uses;
use crate::{
    db::DbConnection,
    domain::{coupons::CouponBatch, ids::Id, instants::Instant},
    error::Error,
    repositories::coupons::{batches, redemptions},
};

/// The batches that have something to give back.
///
/// # Errors
/// The database's.
pub fn overdue(tx: &mut DbConnection, now: Instant) -> Result<Vec<Id<CouponBatch>>, Error> {
    Ok(redemptions::overdue_batches(tx, now)?)
}

/// Gives back what was set aside of a batch for too long; a thousand at a time. Answers how many uses that were.
///
/// # Errors
/// The database's.
pub fn give_back(tx: &mut DbConnection, now: Instant, batch: Id<CouponBatch>) -> Result<i64, Error> {
    let Some(before) = batches::find_for_update(tx, batch)? else { return Ok(0) };
    let reserved = before.counters.reserved;
    let after = uses::expire_overdue(tx, now, before)?;
    Ok(reserved - after.counters.reserved)
}
