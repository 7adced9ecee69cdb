//! Coupons, their batches, and what became of each use.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, expressions::row_in, schema::coupons},
    domain::{
        coupons::{Coupon, CouponBatch, CouponSearch, CouponSort},
        customers::Customer,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
    },
    insert_many, list_by_id, on,
};

/// Somebody holds it, can still use it, and was not told that it expires. The index over such coupons has the same words in the same order: one
/// of the databases uses it for no others.
macro_rules! to_be_noticed {
    () => {
        coupons::noticed_at
            .is_null()
            .and(coupons::customer_id.ne(coupons::id))
            .and(coupons::uses.is_null().or(coupons::uses.gt((coupons::reserved + coupons::redeemed).nullable())))
    };
}
use to_be_noticed;

pub mod batches;
pub mod redemptions;

/// When its holder was told that it expires is kept beside it, for the chore that tells them.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = coupons, primary_key(customer_id, id), treat_none_as_default_value = false, treat_none_as_null = true)]
struct CouponRow {
    customer_id: Id<Customer>,
    id: Id<Coupon>,
    batch_id: Id<CouponBatch>,
    code: String,
    uses: Option<i64>,
    reserved: i64,
    redeemed: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<CouponRow> for Coupon {
    fn from(row: CouponRow) -> Self {
        Self {
            id: row.id,
            customer_id: Some(row.customer_id).filter(|owner| owner.uuid() != row.id.uuid()),
            batch_id: row.batch_id,
            code: row.code,
            uses: row.uses,
            reserved: row.reserved,
            redeemed: row.redeemed,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<&Coupon> for CouponRow {
    fn from(coupon: &Coupon) -> Self {
        Self {
            customer_id: coupon.owner(),
            id: coupon.id,
            batch_id: coupon.batch_id,
            code: coupon.code.clone(),
            uses: coupon.uses,
            reserved: coupon.reserved,
            redeemed: coupon.redeemed,
            created_at: coupon.created_at,
            updated_at: coupon.updated_at,
        }
    }
}

/// A coupon among its owner's.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, owner: Id<Customer>, id: Id<Coupon>) -> DbResult<Option<Coupon>> {
    let found = on!(conn, c => coupons::table.find((owner, id)).select(CouponRow::as_select()).first(c).optional())?;
    Ok(found.map(Into::into))
}

/// A coupon, whosever it is.
///
/// # Errors
/// The database's.
pub fn find_by_id(conn: &mut DbConnection, id: Id<Coupon>) -> DbResult<Option<Coupon>> {
    let found = on!(conn, c => coupons::table.filter(coupons::id.eq(id)).select(CouponRow::as_select()).first(c).optional())?;
    Ok(found.map(Into::into))
}

/// The coupons with these ids.
///
/// # Errors
/// The database's.
pub fn find_many(conn: &mut DbConnection, ids: &[Id<Coupon>]) -> DbResult<Vec<Coupon>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<CouponRow> = on!(conn, c => coupons::table.filter(coupons::id.eq_any(ids)).select(CouponRow::as_select()).load(c))?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $search:expr) => {{
        let mut query = $query.into_boxed();
        if let Some(batch) = $search.batch_id {
            query = query.filter(coupons::batch_id.eq(batch));
        }
        if let Some(customer) = $search.customer_id {
            // A coupon that nobody holds owns itself, which is no customer to ask for.
            query = query.filter(coupons::customer_id.eq(customer).and(coupons::id.ne(customer.cast::<Coupon>())));
        }
        query
    }};
}

/// A page of coupons.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, search: &CouponSearch, page: &PageRequest<CouponSort>) -> DbResult<Page<Coupon>> {
    Ok(list_by_id!(conn, page, CouponRow => Coupon, coupons::id, |select| filtered!(coupons::table.select(select), search)))
}

/// Stores new coupons.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, new: &[Coupon]) -> DbResult<()> {
    let rows: Vec<CouponRow> = new.iter().map(CouponRow::from).collect();
    Ok(insert_many!(conn, coupons::table, &rows)?)
}

/// Stores a coupon that was there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, coupon: &Coupon) -> DbResult<()> {
    let row = CouponRow::from(coupon);
    on!(conn, c => diesel::update(coupons::table.find((coupon.owner(), coupon.id))).set(&row).execute(c))?;
    Ok(())
}

/// Gives back `uses` uses each that were set aside of these coupons.
///
/// # Errors
/// The database's.
pub fn give_back(conn: &mut DbConnection, now: Instant, ids: &[Id<Coupon>], uses: i64) -> DbResult<()> {
    let given = coupons::table.filter(coupons::id.eq_any(ids));
    let changes = (coupons::reserved.eq(coupons::reserved - uses), coupons::updated_at.eq(now));
    on!(conn, c => diesel::update(given).set(changes).execute(c))?;
    Ok(())
}

/// Up to `limit` coupons of a batch that somebody holds and can still use, and was not told that they expire. The batch's row is held, so nobody else tells
/// of them.
///
/// # Errors
/// The database's.
pub fn find_unnoticed(conn: &mut DbConnection, batch: Id<CouponBatch>, limit: i64) -> DbResult<Vec<Coupon>> {
    let unnoticed = coupons::table.filter(coupons::batch_id.eq(batch)).filter(to_be_noticed!()).order(coupons::id).limit(limit);
    let rows: Vec<CouponRow> = on!(conn, c => unnoticed.select(CouponRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Keeps when the holders of these coupons, of which there must be one at least, were told that they expire.
///
/// # Errors
/// The database's.
pub fn mark_noticed(conn: &mut DbConnection, now: Instant, noticed: &[Coupon]) -> DbResult<()> {
    let keys = noticed.iter().map(|coupon| (coupon.owner(), coupon.id));
    let told = coupons::table.filter(row_in((coupons::customer_id, coupons::id), keys));
    on!(conn, c => diesel::update(told).set(coupons::noticed_at.eq(now)).execute(c))?;
    Ok(())
}
