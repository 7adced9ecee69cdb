//! From what somebody typed to the coupon.

use std::collections::HashMap;

use crate::{
    db::DbConnection,
    domain::{
        coupons::{Coupon, CouponBatch, CouponCode, CouponSearch, CouponSort},
        customers::Customer,
        identifiers::Identifier,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
    },
    error::{Code, Error},
    repositories::{
        coupons::{self as repository, batches, redemptions},
        identifiers::{self, Holder},
    },
    services::customers::get_customer,
};

/// The coupon that has a code, with its batch. What was set aside for too long counts no more, though nobody has marked it yet.
///
/// # Errors
/// `invalid_coupon_code` for a code of ours that was mistyped, `not_found`.
pub fn find_coupon(tx: &mut DbConnection, now: Instant, typed: &str) -> Result<(Coupon, CouponBatch), Error> {
    let holder = find_holder(tx, typed)?;
    let coupon = repository::find(tx, owner_of(&holder), holder.resource_id.cast())?.ok_or_else(|| Error::not_found("coupon"))?;
    let batch = batches::find(tx, coupon.batch_id)?.ok_or_else(|| Error::not_found("coupon"))?;
    let overdue = match coupon.reserved {
        0 => 0,
        _ => redemptions::standing(tx, coupon.id, None)?.iter().filter(|it| it.expires_at.is_some_and(|at| at <= now)).count(),
    };
    let reserved = coupon.reserved.saturating_sub(i64::try_from(overdue).unwrap_or(0));
    Ok((Coupon { reserved, ..coupon }, batch))
}

/// A coupon.
///
/// # Errors
/// `not_found`.
pub fn get_coupon(tx: &mut DbConnection, id: Id<Coupon>) -> Result<Coupon, Error> {
    repository::find_by_id(tx, id)?.ok_or_else(|| Error::not_found("coupon"))
}

/// A page of coupons, each with its batch.
///
/// # Errors
/// `not_found` for a customer or a batch that is not there.
pub fn list_coupons(
    tx: &mut DbConnection,
    search: &CouponSearch,
    page: &PageRequest<CouponSort>,
) -> Result<Page<(Coupon, CouponBatch)>, Error> {
    if let Some(customer) = search.customer_id {
        get_customer(tx, customer)?;
    }
    if let Some(batch) = search.batch_id {
        super::get_batch(tx, batch)?;
    }
    let found = repository::list(tx, search, page)?;
    let mut ids: Vec<Id<CouponBatch>> = found.items.iter().map(|coupon| coupon.batch_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let known: HashMap<Id<CouponBatch>, CouponBatch> = batches::find_many(tx, &ids)?.into_iter().map(|batch| (batch.id, batch)).collect();
    let mut items = Vec::with_capacity(found.items.len());
    for coupon in found.items {
        let batch = known.get(&coupon.batch_id).cloned().ok_or_else(|| Error::internal("a coupon has no batch"))?;
        items.push((coupon, batch));
    }
    Ok(Page { items, next: found.next, total: found.total })
}

/// Who has the code that was typed.
pub(super) fn find_holder(tx: &mut DbConnection, typed: &str) -> Result<Holder, Error> {
    let code = CouponCode::read(typed).map_err(|fault| Error::new(Code::InvalidCouponCode, fault.to_string()))?;
    identifiers::find(tx, &Identifier::coupon_code(&code))?.ok_or_else(|| Error::not_found("coupon"))
}

/// Under whom the coupon's row is kept.
pub(super) fn owner_of(holder: &Holder) -> Id<Customer> {
    holder.customer_id.unwrap_or_else(|| holder.resource_id.cast())
}
