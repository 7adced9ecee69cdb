//! Uses of coupons: set aside, made, given up. Whoever changes one holds the lock on its batch.

use diesel::prelude::*;

use crate::{
    db::{
        DbConnection, DbResult,
        expressions::{Word, row_in},
        schema::coupon_redemptions,
        sql_types::Json,
    },
    domain::{
        coupons::{Coupon, CouponBatch, CouponSort, LineShare, Redemption, RedemptionSearch, RedemptionStatus},
        customers::Customer,
        ids::Id,
        instants::Instant,
        orders::Order,
        paging::{Page, PageRequest},
    },
    list_by_id, on,
};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = coupon_redemptions, primary_key(customer_id, id), treat_none_as_default_value = false, treat_none_as_null = true)]
struct RedemptionRow {
    customer_id: Id<Customer>,
    id: Id<Redemption>,
    coupon_id: Id<Coupon>,
    batch_id: Id<CouponBatch>,
    order_id: Option<Id<Order>>,
    status: RedemptionStatus,
    discount: i64,
    shares: Json<Vec<LineShare>>,
    is_applied: bool,
    expires_at: Option<Instant>,
    redeemed_at: Option<Instant>,
    created_at: Instant,
    updated_at: Instant,
}

impl From<RedemptionRow> for Redemption {
    fn from(row: RedemptionRow) -> Self {
        let stands_in = |owner: &Id<Customer>| owner.uuid() == row.id.uuid() || Some(owner.cast()) == row.order_id;
        Self {
            id: row.id,
            customer_id: Some(row.customer_id).filter(|owner| !stands_in(owner)),
            coupon_id: row.coupon_id,
            batch_id: row.batch_id,
            order_id: row.order_id,
            status: row.status,
            discount: row.discount,
            shares: row.shares.0,
            is_applied: row.is_applied,
            expires_at: row.expires_at,
            redeemed_at: row.redeemed_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<&Redemption> for RedemptionRow {
    fn from(redemption: &Redemption) -> Self {
        Self {
            customer_id: redemption.owner(),
            id: redemption.id,
            coupon_id: redemption.coupon_id,
            batch_id: redemption.batch_id,
            order_id: redemption.order_id,
            status: redemption.status,
            discount: redemption.discount,
            shares: Json(redemption.shares.clone()),
            is_applied: redemption.is_applied,
            expires_at: redemption.expires_at,
            redeemed_at: redemption.redeemed_at,
            created_at: redemption.created_at,
            updated_at: redemption.updated_at,
        }
    }
}

/// A use by its id.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<Redemption>) -> DbResult<Option<Redemption>> {
    let wanted = coupon_redemptions::table.filter(coupon_redemptions::id.eq(id));
    Ok(on!(conn, c => wanted.select(RedemptionRow::as_select()).first(c).optional())?.map(RedemptionRow::into))
}

/// What was redeemed for an order, which is at most one coupon.
///
/// # Errors
/// The database's.
pub fn find_of_order(conn: &mut DbConnection, owner: Id<Customer>, order: Id<Order>) -> DbResult<Option<Redemption>> {
    let wanted = coupon_redemptions::table
        .filter(coupon_redemptions::customer_id.eq(owner).and(coupon_redemptions::order_id.eq(order)))
        .filter(coupon_redemptions::status.eq(RedemptionStatus::Redeemed));
    Ok(on!(conn, c => wanted.select(RedemptionRow::as_select()).first(c).optional())?.map(RedemptionRow::into))
}

/// A customer's own. What owns itself, or is its order's, is nobody's.
macro_rules! of_customer {
    ($customer:expr) => {
        coupon_redemptions::customer_id
            .eq($customer)
            .and(coupon_redemptions::id.ne($customer.cast::<Redemption>()))
            .and(coupon_redemptions::order_id.is_null().or(coupon_redemptions::order_id.ne($customer.cast::<Order>())))
    };
}

/// The reservations of a coupon that stand, the oldest first; at most 100.
///
/// # Errors
/// The database's.
pub fn standing(conn: &mut DbConnection, coupon: Id<Coupon>, customer: Option<Id<Customer>>) -> DbResult<Vec<Redemption>> {
    let rows: Vec<RedemptionRow> = on!(conn, c => {
        let mut query = coupon_redemptions::table
            .filter(coupon_redemptions::coupon_id.eq(coupon).and(coupon_redemptions::status.eq(Word("reserved"))))
            .into_boxed();
        if let Some(customer) = customer {
            query = query.filter(of_customer!(customer));
        }
        query.order(coupon_redemptions::id).limit(100).select(RedemptionRow::as_select()).load(c)
    })?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// How many coupons of a batch a customer has used or set aside.
///
/// # Errors
/// The database's.
pub fn count_of(conn: &mut DbConnection, customer: Id<Customer>, batch: Id<CouponBatch>) -> DbResult<i64> {
    let used = coupon_redemptions::table
        .filter(coupon_redemptions::customer_id.eq(customer).and(coupon_redemptions::batch_id.eq(batch)))
        .filter(coupon_redemptions::status.eq_any([RedemptionStatus::Reserved, RedemptionStatus::Redeemed]));
    Ok(on!(conn, c => used.count().get_result(c))?)
}

/// Up to `limit` reservations of a batch whose time is over.
///
/// # Errors
/// The database's.
pub fn overdue(conn: &mut DbConnection, batch: Id<CouponBatch>, now: Instant, limit: i64) -> DbResult<Vec<Redemption>> {
    let due = coupon_redemptions::table
        .filter(coupon_redemptions::batch_id.eq(batch).and(coupon_redemptions::status.eq(Word("reserved"))))
        .filter(coupon_redemptions::expires_at.le(now))
        .order(coupon_redemptions::expires_at);
    let rows: Vec<RedemptionRow> = on!(conn, c => due.limit(limit).select(RedemptionRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The batches that have reservations whose time is over.
///
/// # Errors
/// The database's.
pub fn overdue_batches(conn: &mut DbConnection, now: Instant) -> DbResult<Vec<Id<CouponBatch>>> {
    let due = coupon_redemptions::table
        .filter(coupon_redemptions::status.eq(Word("reserved")).and(coupon_redemptions::expires_at.le(now)))
        .select(coupon_redemptions::batch_id);
    Ok(on!(conn, c => due.distinct().load(c))?)
}

/// Marks reservations as expired.
///
/// # Errors
/// The database's.
pub fn expire(conn: &mut DbConnection, now: Instant, overdue: &[Redemption]) -> DbResult<()> {
    let keys = overdue.iter().map(|redemption| (redemption.owner(), redemption.id));
    let gone = coupon_redemptions::table.filter(row_in((coupon_redemptions::customer_id, coupon_redemptions::id), keys));
    let changes = (coupon_redemptions::status.eq(RedemptionStatus::Expired), coupon_redemptions::updated_at.eq(now));
    on!(conn, c => diesel::update(gone).set(changes).execute(c))?;
    Ok(())
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $search:expr) => {{
        let mut query = $query.filter(coupon_redemptions::batch_id.eq($search.batch_id)).into_boxed();
        if let Some(customer) = $search.customer_id {
            query = query.filter(of_customer!(customer));
        }
        if let Some(status) = $search.status {
            query = query.filter(coupon_redemptions::status.eq(status));
        }
        query
    }};
}

/// A page of the uses of a batch's coupons.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, search: &RedemptionSearch, page: &PageRequest<CouponSort>) -> DbResult<Page<Redemption>> {
    Ok(
        list_by_id!(conn, page, RedemptionRow => Redemption, coupon_redemptions::id, |select| filtered!(coupon_redemptions::table.select(select), search)),
    )
}

/// Stores a new use.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, redemption: &Redemption) -> DbResult<()> {
    let row = RedemptionRow::from(redemption);
    on!(conn, c => diesel::insert_into(coupon_redemptions::table).values(&row).execute(c))?;
    Ok(())
}

/// Stores what became of a use. One that finds its owner is written anew among the owner's rows.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, before: &Redemption, after: &Redemption) -> DbResult<()> {
    if before.owner() != after.owner() {
        on!(&mut *conn, c => diesel::delete(coupon_redemptions::table.find((before.owner(), before.id))).execute(c))?;
        return insert(conn, after);
    }
    let row = RedemptionRow::from(after);
    on!(conn, c => diesel::update(coupon_redemptions::table.find((after.owner(), after.id))).set(&row).execute(c))?;
    Ok(())
}
