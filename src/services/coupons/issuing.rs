//! Making coupons: a handful of statements however many there are.

use super::get_batch;
use crate::{
    db::DbConnection,
    domain::{
        coupons::{BatchStatus, Coupon, CouponBatch, CouponCode, IssueDraft},
        customers::Customer,
        identifiers::Identifier,
        ids::Id,
        instants::Instant,
    },
    error::{Code, Error},
    repositories::{
        coupons::{self as repository, batches},
        identifiers::{self, Holder},
    },
    services::{identifiers::exchange, references::check_customers},
};

/// Makes the coupons that a draft asks for, in its order.
///
/// # Errors
/// `not_found`, `unknown_reference` for who is no customer, and those of [`issue`].
pub fn issue_coupons(
    tx: &mut DbConnection,
    now: Instant,
    id: Id<CouponBatch>,
    draft: &IssueDraft,
) -> Result<(CouponBatch, Vec<Coupon>), Error> {
    let batch = get_batch(tx, id)?;
    let holders: Vec<Option<Id<Customer>>> = match (&draft.customer_ids, draft.count) {
        (Some(ids), _) => {
            let named = ids.iter().enumerate().map(|(index, id)| (format!("/customer_ids/{index}"), *id));
            check_customers(tx, named).map_err(Error::at_first)?;
            ids.iter().copied().map(Some).collect()
        }
        (None, count) => (0..count.unwrap_or(0)).map(|_| None).collect(),
    };
    let coupons = issue(tx, now, &batch, &holders)?;
    Ok((get_batch(tx, id)?, coupons))
}

/// Makes a coupon with a code of its own for each of `holders`, in order; none stands for nobody in particular. The customers are there: whoever calls has
/// looked. The statements do not grow in number with the coupons.
///
/// # Errors
/// `conflict` for a batch that has ended, or whose one code is shared.
pub fn issue(tx: &mut DbConnection, now: Instant, batch: &CouponBatch, holders: &[Option<Id<Customer>>]) -> Result<Vec<Coupon>, Error> {
    if batch.draft.code.is_some() {
        return Err(Error::new(Code::Conflict, "The batch has one code that everybody shares: no others are made."));
    }
    let batch = batches::find_for_update(tx, batch.id)?.ok_or_else(|| Error::not_found("coupon batch"))?;
    if batch.status == BatchStatus::Ended {
        return Err(Error::new(Code::Conflict, "The batch has ended: no more coupons are made."));
    }
    let (mut coupons, mut claims) = (Vec::with_capacity(holders.len()), Vec::with_capacity(holders.len()));
    for holder in holders {
        let code = CouponCode::generate().map_err(Error::internal)?;
        let coupon = new_coupon(now, &batch, code.to_string(), *holder);
        claims.push((Identifier::coupon_code(&code), Holder { resource_id: coupon.id.cast(), customer_id: *holder }));
        coupons.push(coupon);
    }
    repository::insert(tx, &coupons)?;
    identifiers::insert(tx, claims)?;
    let mut counters = batch.counters;
    counters.issued = counters.issued.saturating_add(i64::try_from(coupons.len()).unwrap_or(i64::MAX));
    super::store(tx, now, CouponBatch { counters, ..batch })?;
    Ok(coupons)
}

/// Makes the one coupon of a batch whose code everybody shares.
pub(super) fn issue_shared(tx: &mut DbConnection, now: Instant, batch: &CouponBatch) -> Result<(), Error> {
    let Some(chosen) = &batch.draft.code else { return Ok(()) };
    let coupon = new_coupon(now, batch, chosen.to_uppercase(), None);
    let code = Identifier::coupon_code(&CouponCode::read(chosen).map_err(Error::internal)?);
    exchange(tx, Holder { resource_id: coupon.id.cast(), customer_id: None }, &[], &[code])?;
    Ok(repository::insert(tx, &[coupon])?)
}

fn new_coupon(now: Instant, batch: &CouponBatch, code: String, customer_id: Option<Id<Customer>>) -> Coupon {
    Coupon {
        id: Id::generate(),
        customer_id,
        batch_id: batch.id,
        code,
        uses: batch.draft.uses(),
        reserved: 0,
        redeemed: 0,
        created_at: now,
        updated_at: now,
    }
}
