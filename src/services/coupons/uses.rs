//! One use of a coupon, step by step, under the lock of its batch.

use std::collections::BTreeMap;

use super::codes::owner_of;
use crate::{
    db::DbConnection,
    domain::{
        coupons::{Coupon, CouponBatch, Redemption, RedemptionStatus, recount},
        customers::Customer,
        ids::Id,
        instants::Instant,
    },
    error::Error,
    repositories::{
        coupons::{self as repository, batches, redemptions},
        identifiers::Holder,
    },
};

/// Reservations that are marked as expired at once.
const OVERDUE: i64 = 1000;

/// A coupon while nobody else can use it: its batch is locked until the transaction ends.
#[derive(Debug)]
pub(super) struct Held {
    pub batch: CouponBatch,
    pub coupon: Coupon,
}

/// Holds the coupon that was found by its code. What was set aside for too long is given back first.
pub(super) fn hold(tx: &mut DbConnection, now: Instant, holder: &Holder) -> Result<Held, Error> {
    let (owner, id) = (owner_of(holder), holder.resource_id.cast());
    let batch = batches::of_coupon_for_update(tx, owner, id)?.ok_or_else(|| Error::not_found("coupon"))?;
    let batch = expire_overdue(tx, now, batch)?;
    let coupon = repository::find(tx, owner, id)?.ok_or_else(|| Error::not_found("coupon"))?;
    Ok(Held { batch, coupon })
}

/// Holds the coupon of a use.
pub(super) fn hold_of(tx: &mut DbConnection, redemption: &Redemption) -> Result<Held, Error> {
    let gone = || Error::internal("the coupon of a use is not there");
    let batch = batches::find_for_update(tx, redemption.batch_id)?.ok_or_else(gone)?;
    let coupon = repository::find_by_id(tx, redemption.coupon_id)?.ok_or_else(gone)?;
    Ok(Held { batch, coupon })
}

/// Gives back what was set aside for too long.
pub(super) fn expire_overdue(tx: &mut DbConnection, now: Instant, mut batch: CouponBatch) -> Result<CouponBatch, Error> {
    if batch.counters.reserved == 0 {
        return Ok(batch);
    }
    let overdue = redemptions::overdue(tx, batch.id, now, OVERDUE)?;
    if overdue.is_empty() {
        return Ok(batch);
    }
    redemptions::expire(tx, now, &overdue)?;
    let mut ids: Vec<Id<Coupon>> = overdue.iter().map(|redemption| redemption.coupon_id).collect();
    ids.sort_unstable();
    // Nearly always one use of each, or one coupon with all of them: one statement for each number of uses.
    let mut by_uses: BTreeMap<usize, Vec<Id<Coupon>>> = BTreeMap::new();
    for uses in ids.chunk_by(|one, next| one == next) {
        by_uses.entry(uses.len()).or_default().extend(uses.first());
    }
    for (uses, ids) in by_uses {
        repository::give_back(tx, now, &ids, i64::try_from(uses).unwrap_or(i64::MAX))?;
    }
    batch.counters.reserved -= i64::try_from(overdue.len()).unwrap_or(i64::MAX);
    super::store(tx, now, batch)
}

impl Held {
    /// Whether a customer can use the coupon once more at an instant.
    pub fn check(&self, tx: &mut DbConnection, customer: Option<Id<Customer>>, at: Instant) -> Result<(), Error> {
        self.batch.check_valid(at)?;
        self.coupon.check_holder(customer)?;
        self.coupon.check_uses()?;
        self.batch.check_limit()?;
        let used = match (self.batch.draft.per_customer_limit, customer) {
            (Some(_), Some(customer)) => redemptions::count_of(tx, customer, self.batch.id)?,
            _ => 0,
        };
        Ok(self.batch.check_customer(customer, used)?)
    }

    /// The reservation that a customer's order takes up: the customer's own, and of a coupon with one use the one that somebody unknown has made,
    /// who knew the code.
    pub fn reservation_for(&self, tx: &mut DbConnection, customer: Option<Id<Customer>>) -> Result<Option<Redemption>, Error> {
        if self.coupon.reserved == 0 {
            return Ok(None);
        }
        if let Some(customer) = customer
            && let Some(own) = redemptions::standing(tx, self.coupon.id, Some(customer))?.into_iter().next()
        {
            return Ok(Some(own));
        }
        if self.coupon.uses != Some(1) {
            return Ok(None);
        }
        Ok(redemptions::standing(tx, self.coupon.id, None)?.into_iter().find(|it| it.customer_id.is_none()))
    }

    /// A use that begins now.
    pub fn new_use(&self, now: Instant, customer_id: Option<Id<Customer>>, status: RedemptionStatus) -> Redemption {
        Redemption {
            id: Id::generate(),
            customer_id,
            coupon_id: self.coupon.id,
            batch_id: self.batch.id,
            order_id: None,
            status,
            discount: 0,
            shares: Vec::new(),
            is_applied: false,
            expires_at: None,
            redeemed_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Stores what became of a use, and counts it.
    pub fn put(mut self, tx: &mut DbConnection, now: Instant, before: Option<&Redemption>, after: Redemption) -> Result<Redemption, Error> {
        let after = Redemption { updated_at: now, ..after };
        recount(&mut self.batch, &mut self.coupon, before, &after);
        self.coupon.updated_at = now;
        match before {
            None => redemptions::insert(tx, &after)?,
            Some(before) => redemptions::update(tx, before, &after)?,
        }
        repository::update(tx, &self.coupon)?;
        super::store(tx, now, self.batch)?;
        Ok(after)
    }
}
