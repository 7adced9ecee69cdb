//! What time does to coupons: reservations that were held for too long are given back, and customers' events tell of coupons before they expire. Any use
//! of a batch gives back on its way; this is for the others.

use serde_json::{Map, json};

use super::uses;
use crate::{
    db::DbConnection,
    domain::{
        coupons::{Coupon, CouponBatch},
        customer_events::{CustomerEvent, CustomerEventKind},
        ids::Id,
        instants::Instant,
    },
    error::Error,
    repositories::{
        coupons::{self as repository, batches, redemptions},
        customer_events,
    },
    services::points::programme,
};

/// Coupons whose holders one pass tells.
const TOGETHER: i64 = 1000;

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

/// The batches whose coupons expire within the days of notice that the points programme gives, some of whose holders were not told.
///
/// # Errors
/// The database's.
pub fn expiring(tx: &mut DbConnection, now: Instant) -> Result<Vec<Id<CouponBatch>>, Error> {
    match programme::noticed_until(tx, now)? {
        Some(until) => Ok(batches::find_expiring(tx, now, until)?),
        None => Ok(Vec::new()),
    }
}

/// Tells in customers' events which coupons of a batch expire within the days of notice: each once to who holds it and can still use it; a thousand at a
/// time, with the same number of statements however many they are. Answers whether there may be more.
///
/// # Errors
/// The database's.
pub fn give_notice(tx: &mut DbConnection, now: Instant, batch: Id<CouponBatch>) -> Result<bool, Error> {
    let Some(until) = programme::noticed_until(tx, now)? else { return Ok(false) };
    // Until the transaction ends nobody uses its coupons, or tells of them too.
    let batch = batches::find_for_update(tx, batch)?;
    let Some((batch, expires_at)) = batch.and_then(|batch| Some((batch.id, batch.expires_by(now, until)?))) else { return Ok(false) };
    let coupons = repository::find_unnoticed(tx, batch, TOGETHER)?;
    if coupons.is_empty() {
        return Ok(false);
    }
    let event = |coupon: &Coupon| {
        let told = [("coupon_id", json!(coupon.id)), ("batch_id", json!(batch)), ("expires_at", json!(expires_at))];
        let details = told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>();
        Some(CustomerEvent {
            customer_id: coupon.customer_id?,
            id: Id::generate(),
            at: now,
            kind: CustomerEventKind::CouponExpiring,
            details,
        })
    };
    customer_events::insert(tx, coupons.iter().filter_map(event).collect())?;
    repository::mark_noticed(tx, now, &coupons)?;
    Ok(i64::try_from(coupons.len()).is_ok_and(|count| count >= TOGETHER))
}
