//! Coupons: batches, codes, and the uses of one.
//!
//! Whoever uses a coupon, or changes what its batch says, holds the lock on the batch's row. So limits hold however many come at once, and the counters
//! are the sums of what there is.

use crate::{
    db::DbConnection,
    domain::{
        coupons::{
            BatchCounters, BatchSearch, BatchSort, BatchStatus, CouponBatch, CouponBatchDraft, CouponSort, Redemption, RedemptionSearch,
            Refusal,
        },
        ids::Id,
        instants::Instant,
        money::Currency,
        paging::{Page, PageRequest},
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::{
        coupons::{batches, redemptions},
        products,
    },
    services::references::check_categories,
};

pub mod chores;
mod codes;
mod issuing;
pub mod orders;
mod quoting;
mod reservations;
mod uses;

pub use codes::{find_coupon, get_coupon, list_coupons};
pub use issuing::{issue, issue_coupons};
pub use reservations::{redeem, release, reserve};

/// A batch.
///
/// # Errors
/// `not_found`.
pub fn get_batch(tx: &mut DbConnection, id: Id<CouponBatch>) -> Result<CouponBatch, Error> {
    batches::find(tx, id)?.ok_or_else(|| Error::not_found("coupon batch"))
}

/// A page of batches.
///
/// # Errors
/// The database's.
pub fn list_batches(tx: &mut DbConnection, search: &BatchSearch, page: &PageRequest<BatchSort>) -> Result<Page<CouponBatch>, Error> {
    Ok(batches::list(tx, search, page)?)
}

/// A page of the uses of a batch's coupons.
///
/// # Errors
/// `not_found`.
pub fn list_redemptions(
    tx: &mut DbConnection,
    search: &RedemptionSearch,
    page: &PageRequest<CouponSort>,
) -> Result<Page<Redemption>, Error> {
    get_batch(tx, search.batch_id)?;
    Ok(redemptions::list(tx, search, page)?)
}

/// Makes a batch; one with a code of its own has its one coupon at once.
///
/// # Errors
/// `unknown_reference` for a product or category that is not there, `already_taken` for the code of another coupon.
pub fn create_batch(tx: &mut DbConnection, now: Instant, currency: Currency, draft: CouponBatchDraft) -> Result<CouponBatch, Error> {
    check_references(tx, &draft)?;
    let batch = CouponBatch {
        id: Id::generate(),
        draft,
        currency,
        status: BatchStatus::Active,
        counters: BatchCounters::default(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    batches::insert(tx, &batch)?;
    if batch.draft.code.is_none() {
        return Ok(batch);
    }
    issuing::issue_shared(tx, now, &batch)?;
    let counters = BatchCounters { issued: 1, ..batch.counters };
    let batch = CouponBatch { counters, ..batch };
    batches::update(tx, &batch)?;
    Ok(batch)
}

/// Changes a batch to what `change` makes of it; what says nothing new changes nothing. What its coupons give never changes.
///
/// # Errors
/// `not_found`, `stale_version`, what `change` answers, `invalid` (`immutable`) for what never changes, `unknown_reference`.
pub fn update_batch(
    tx: &mut DbConnection,
    now: Instant,
    id: Id<CouponBatch>,
    precondition: &Precondition,
    change: impl FnOnce(&CouponBatchDraft) -> Result<CouponBatchDraft, Error>,
) -> Result<CouponBatch, Error> {
    let batch = held(tx, id, precondition)?;
    let draft = change(&batch.draft)?;
    if draft == batch.draft {
        return Ok(batch);
    }
    if let Some(field) = batch.draft.fixed_field_changed(&draft) {
        return Err(Error::invalid_field(field, "immutable", "can not be changed: make another batch"));
    }
    if draft.category_ids != batch.draft.category_ids {
        check_references(tx, &draft)?;
    }
    store(tx, now, CouponBatch { draft, ..batch })
}

/// Ends a batch: its coupons are redeemed no more. What is set aside can still be redeemed while it holds.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition` for one that has ended.
pub fn end_batch(tx: &mut DbConnection, now: Instant, id: Id<CouponBatch>, precondition: &Precondition) -> Result<CouponBatch, Error> {
    let batch = held(tx, id, precondition)?;
    if batch.status == BatchStatus::Ended {
        return Err(Error::new(Code::InvalidTransition, "The batch has ended already."));
    }
    store(tx, now, CouponBatch { status: BatchStatus::Ended, ..batch })
}

fn held(tx: &mut DbConnection, id: Id<CouponBatch>, precondition: &Precondition) -> Result<CouponBatch, Error> {
    let batch = batches::find_for_update(tx, id)?.ok_or_else(|| Error::not_found("coupon batch"))?;
    if precondition.holds_for(batch.version) { Ok(batch) } else { Err(Error::stale(batch.version)) }
}

fn store(tx: &mut DbConnection, now: Instant, changed: CouponBatch) -> Result<CouponBatch, Error> {
    let batch = CouponBatch { version: changed.version + 1, updated_at: now, ..changed };
    batches::update(tx, &batch)?;
    Ok(batch)
}

fn check_references(tx: &mut DbConnection, draft: &CouponBatchDraft) -> Result<(), Error> {
    if let Some(product) = draft.product_id
        && products::find(tx, product)?.is_none()
    {
        return Err(Error::new(Code::UnknownReference, "There is no such product.").at("/product_id"));
    }
    let named = draft.category_ids.iter().enumerate().map(|(index, id)| (format!("/category_ids/{index}"), *id));
    check_categories(tx, named).map_err(Error::at_first)
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::NotYetValid(_) | Refusal::Expired(_) | Refusal::Ended => Code::CouponNotValid,
            Refusal::UsedUp | Refusal::BatchUsedUp | Refusal::CustomerLimit(_) => Code::CouponUsedUp,
            Refusal::CustomerUnknown(_) | Refusal::NotTheirs | Refusal::NotApplicable(_) => Code::CouponNotApplicable,
        };
        Self::new(code, refusal.to_string())
    }
}
