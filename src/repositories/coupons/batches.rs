//! Batches of coupons. Whoever uses a coupon, or changes what its batch says, holds the lock on the batch's row.

use diesel::{dsl::exists, prelude::*};

use crate::{
    db::{
        DbConnection, DbResult,
        schema::{coupon_batches, coupons},
        sql_types::Json,
    },
    domain::{
        catalogue::{Category, Product},
        coupons::{BatchCounters, BatchSearch, BatchSort, BatchStatus, Coupon, CouponBatch, CouponBatchDraft, CouponKind},
        customers::Customer,
        ids::Id,
        instants::Instant,
        money::Currency,
        paging::{Page, PageRequest},
    },
    list_by_id, on, on_locked,
};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = coupon_batches, treat_none_as_default_value = false, treat_none_as_null = true)]
struct BatchRow {
    id: Id<CouponBatch>,
    name: String,
    kind: CouponKind,
    percent: Option<i32>,
    amount: Option<i64>,
    product_id: Option<Id<Product>>,
    currency: Currency,
    minimum_order: i64,
    category_ids: Json<Vec<Id<Category>>>,
    valid_from: Option<Instant>,
    valid_until: Option<Instant>,
    code: Option<String>,
    uses_per_coupon: Option<i64>,
    total_limit: Option<i64>,
    per_customer_limit: Option<i64>,
    reservation_minutes: i32,
    status: BatchStatus,
    issued: i64,
    reserved: i64,
    redeemed: i64,
    discount_total: i64,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<BatchRow> for CouponBatch {
    fn from(row: BatchRow) -> Self {
        Self {
            id: row.id,
            draft: CouponBatchDraft {
                name: row.name,
                kind: row.kind,
                percent: row.percent,
                amount: row.amount,
                product_id: row.product_id,
                minimum_order: row.minimum_order,
                category_ids: row.category_ids.0,
                valid_from: row.valid_from,
                valid_until: row.valid_until,
                code: row.code,
                uses_per_coupon: row.uses_per_coupon,
                total_limit: row.total_limit,
                per_customer_limit: row.per_customer_limit,
                reservation_minutes: row.reservation_minutes,
            },
            currency: row.currency,
            status: row.status,
            counters: BatchCounters {
                issued: row.issued,
                reserved: row.reserved,
                redeemed: row.redeemed,
                discount_total: row.discount_total,
            },
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<&CouponBatch> for BatchRow {
    fn from(batch: &CouponBatch) -> Self {
        let (draft, counters) = (batch.draft.clone(), batch.counters);
        Self {
            id: batch.id,
            name: draft.name,
            kind: draft.kind,
            percent: draft.percent,
            amount: draft.amount,
            product_id: draft.product_id,
            currency: batch.currency,
            minimum_order: draft.minimum_order,
            category_ids: Json(draft.category_ids),
            valid_from: draft.valid_from,
            valid_until: draft.valid_until,
            code: draft.code,
            uses_per_coupon: draft.uses_per_coupon,
            total_limit: draft.total_limit,
            per_customer_limit: draft.per_customer_limit,
            reservation_minutes: draft.reservation_minutes,
            status: batch.status,
            issued: counters.issued,
            reserved: counters.reserved,
            redeemed: counters.redeemed,
            discount_total: counters.discount_total,
            version: batch.version,
            created_at: batch.created_at,
            updated_at: batch.updated_at,
        }
    }
}

/// A batch.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<CouponBatch>) -> DbResult<Option<CouponBatch>> {
    let found = on!(conn, c => coupon_batches::table.find(id).select(BatchRow::as_select()).first(c).optional())?;
    Ok(found.map(Into::into))
}

/// Those of `ids` that are batches.
///
/// # Errors
/// The database's.
pub fn find_many(conn: &mut DbConnection, ids: &[Id<CouponBatch>]) -> DbResult<Vec<CouponBatch>> {
    let wanted = coupon_batches::table.filter(coupon_batches::id.eq_any(ids));
    let rows: Vec<BatchRow> = on!(conn, c => wanted.select(BatchRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The batches whose coupons expire by `until`, and can still be used, some of whose holders were not told.
///
/// # Errors
/// The database's.
pub fn find_expiring(conn: &mut DbConnection, now: Instant, until: Instant) -> DbResult<Vec<Id<CouponBatch>>> {
    let is_valid = coupon_batches::status
        .eq(BatchStatus::Active)
        .and(coupon_batches::valid_from.is_null().or(coupon_batches::valid_from.le(now)))
        .and(coupon_batches::valid_until.gt(now).and(coupon_batches::valid_until.le(until)));
    let used = (coupon_batches::reserved + coupon_batches::redeemed).nullable();
    let is_left = coupon_batches::total_limit.is_null().or(used.lt(coupon_batches::total_limit));
    let unnoticed = coupons::table.filter(coupons::batch_id.eq(coupon_batches::id)).filter(super::to_be_noticed!());
    let expiring = coupon_batches::table.filter(is_valid).filter(is_left).filter(exists(unnoticed)).select(coupon_batches::id);
    Ok(on!(conn, c => expiring.order(coupon_batches::id).load(c))?)
}

/// A batch whose row stays locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, id: Id<CouponBatch>) -> DbResult<Option<CouponBatch>> {
    let wanted = coupon_batches::table.filter(coupon_batches::id.eq(id));
    let found: Option<BatchRow> = on_locked!(conn, c, wanted.select(BatchRow::as_select()) => first).optional()?;
    Ok(found.map(Into::into))
}

/// The batch of a coupon; its row stays locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn of_coupon_for_update(conn: &mut DbConnection, owner: Id<Customer>, coupon: Id<Coupon>) -> DbResult<Option<CouponBatch>> {
    let of_coupon = coupons::table.filter(coupons::customer_id.eq(owner).and(coupons::id.eq(coupon))).select(coupons::batch_id);
    let wanted = coupon_batches::table.filter(coupon_batches::id.eq_any(of_coupon));
    let found: Option<BatchRow> = on_locked!(conn, c, wanted.select(BatchRow::as_select()) => first).optional()?;
    Ok(found.map(Into::into))
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $search:expr) => {{
        let mut query = $query.into_boxed();
        if let Some(status) = $search.status {
            query = query.filter(coupon_batches::status.eq(status));
        }
        if let Some(kind) = $search.kind {
            query = query.filter(coupon_batches::kind.eq(kind));
        }
        query
    }};
}

/// A page of batches.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, search: &BatchSearch, page: &PageRequest<BatchSort>) -> DbResult<Page<CouponBatch>> {
    Ok(
        list_by_id!(conn, page, BatchRow => CouponBatch, coupon_batches::id, |select| filtered!(coupon_batches::table.select(select), search)),
    )
}

/// Stores a new batch.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, batch: &CouponBatch) -> DbResult<()> {
    let row = BatchRow::from(batch);
    on!(conn, c => diesel::insert_into(coupon_batches::table).values(&row).execute(c))?;
    Ok(())
}

/// Stores a batch that was there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, batch: &CouponBatch) -> DbResult<()> {
    let row = BatchRow::from(batch);
    on!(conn, c => diesel::update(coupon_batches::table.find(batch.id)).set(&row).execute(c))?;
    Ok(())
}
