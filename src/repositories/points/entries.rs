//! The ledgers of points.

use diesel::{dsl::exists, prelude::*};

use crate::{
    db::{DbConnection, DbResult, expressions::Number, schema::point_entries, sql_types::Json},
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        orders::Order,
        paging::{Page, PageRequest},
        permissions::{ActorKind, Caller},
        points::{EarningTerms, Expiring, PointEntry, PointFilter, PointKind, PointSort, PointSource, PointStatus},
    },
    list_by_id, on,
};

/// Rows of one statement: 20 columns a row stay below the 32,766 values that it can carry.
const CHUNK: usize = 1000;

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = point_entries, treat_none_as_default_value = false)]
struct EntryRow {
    customer_id: Id<Customer>,
    id: Id<PointEntry>,
    kind: PointKind,
    status: PointStatus,
    points: i64,
    remaining: i64,
    source: PointSource,
    order_id: Option<Id<Order>>,
    about_id: Option<Id<()>>,
    business_id: Option<String>,
    reason: Option<String>,
    terms: Option<Json<EarningTerms>>,
    expires_after_days: Option<i64>,
    expires_at: Option<Instant>,
    noticed_at: Option<Instant>,
    balance_after: Option<i64>,
    actor_kind: ActorKind,
    actor_id: Option<Id<Caller>>,
    created_at: Instant,
    posted_at: Option<Instant>,
}

impl From<EntryRow> for PointEntry {
    fn from(row: EntryRow) -> Self {
        Self {
            customer_id: row.customer_id,
            id: row.id,
            kind: row.kind,
            status: row.status,
            points: row.points,
            remaining: row.remaining,
            source: row.source,
            order_id: row.order_id,
            about_id: row.about_id,
            business_id: row.business_id,
            reason: row.reason,
            terms: row.terms.map(|terms| terms.0),
            expires_after_days: row.expires_after_days,
            expires_at: row.expires_at,
            noticed_at: row.noticed_at,
            balance_after: row.balance_after,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            created_at: row.created_at,
            posted_at: row.posted_at,
        }
    }
}

impl From<PointEntry> for EntryRow {
    fn from(entry: PointEntry) -> Self {
        Self {
            customer_id: entry.customer_id,
            id: entry.id,
            kind: entry.kind,
            status: entry.status,
            points: entry.points,
            remaining: entry.remaining,
            source: entry.source,
            order_id: entry.order_id,
            about_id: entry.about_id,
            business_id: entry.business_id,
            reason: entry.reason,
            terms: entry.terms.map(Json),
            expires_after_days: entry.expires_after_days,
            expires_at: entry.expires_at,
            noticed_at: entry.noticed_at,
            balance_after: entry.balance_after,
            actor_kind: entry.actor_kind,
            actor_id: entry.actor_id,
            created_at: entry.created_at,
            posted_at: entry.posted_at,
        }
    }
}

/// An entry.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, customer_id: Id<Customer>, id: Id<PointEntry>) -> DbResult<Option<PointEntry>> {
    let found: Option<EntryRow> =
        on!(conn, c => point_entries::table.find((customer_id, id)).select(EntryRow::as_select()).first(c).optional())?;
    Ok(found.map(Into::into))
}

/// Of a customer's entries those of which something remains, and those of an order.
///
/// # Errors
/// The database's.
pub fn find_needed(conn: &mut DbConnection, customer_id: Id<Customer>, order_id: Option<Id<Order>>) -> DbResult<Vec<PointEntry>> {
    let remaining = point_entries::customer_id.eq(customer_id).and(point_entries::remaining.gt(Number(0)));
    let rows: Vec<EntryRow> = match order_id {
        None => on!(conn, c => point_entries::table.filter(remaining).select(EntryRow::as_select()).load(c))?,
        Some(order_id) => {
            let of_order = point_entries::customer_id.eq(customer_id).and(point_entries::order_id.eq(order_id));
            on!(conn, c => point_entries::table.filter(remaining.or(of_order)).select(EntryRow::as_select()).load(c))?
        }
    };
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Of many customers' entries those of which something remains.
///
/// # Errors
/// The database's.
pub fn find_remaining(conn: &mut DbConnection, customer_ids: &[Id<Customer>]) -> DbResult<Vec<PointEntry>> {
    let remaining = point_entries::customer_id.eq_any(customer_ids).and(point_entries::remaining.gt(Number(0)));
    let rows: Vec<EntryRow> = on!(conn, c => point_entries::table.filter(remaining).select(EntryRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Whether a customer has earned something by something already.
///
/// # Errors
/// The database's.
pub fn is_earned(conn: &mut DbConnection, customer_id: Id<Customer>, source: PointSource, about_id: Id<()>) -> DbResult<bool> {
    let earned = point_entries::table
        .filter(point_entries::customer_id.eq(customer_id))
        .filter(point_entries::source.eq(source).and(point_entries::about_id.eq(about_id)))
        .filter(point_entries::kind.eq(PointKind::Earn))
        .select(point_entries::id);
    Ok(on!(conn, c => diesel::select(exists(earned)).get_result(c))?)
}

/// Whose points expire by `until`, those that expire first; a customer may stand there more than once. With `unnoticed`, only where the customer was not
/// told of it.
///
/// # Errors
/// The database's.
pub fn find_expiring(conn: &mut DbConnection, until: Instant, unnoticed: bool, limit: i64) -> DbResult<Vec<Id<Customer>>> {
    let expiring = point_entries::table
        .filter(point_entries::remaining.gt(Number(0)).and(point_entries::expires_at.le(until)))
        .order(point_entries::expires_at)
        .select(point_entries::customer_id)
        .limit(limit);
    Ok(if unnoticed {
        on!(conn, c => expiring.filter(point_entries::noticed_at.is_null()).load(c))?
    } else {
        on!(conn, c => expiring.load(c))?
    })
}

/// What of a customer's points expires next.
///
/// # Errors
/// The database's.
pub fn find_expiring_next(conn: &mut DbConnection, customer_id: Id<Customer>) -> DbResult<Option<Expiring>> {
    let lots = point_entries::table
        .filter(point_entries::customer_id.eq(customer_id).and(point_entries::remaining.gt(Number(0))))
        .filter(point_entries::expires_at.is_not_null())
        .order(point_entries::expires_at)
        .select((point_entries::expires_at, point_entries::remaining));
    let next: Option<(Option<Instant>, i64)> = on!(conn, c => lots.first(c).optional())?;
    Ok(next.and_then(|(at, points)| Some(Expiring { points, at: at? })))
}

/// Stores entries: new ones, and what became of ones that were there before.
///
/// # Errors
/// The database's.
pub fn save(conn: &mut DbConnection, entries: Vec<PointEntry>) -> DbResult<()> {
    use diesel::upsert::excluded;
    let rows: Vec<EntryRow> = entries.into_iter().map(Into::into).collect();
    for chunk in rows.chunks(CHUNK) {
        let changes = (
            point_entries::status.eq(excluded(point_entries::status)),
            point_entries::remaining.eq(excluded(point_entries::remaining)),
            point_entries::expires_at.eq(excluded(point_entries::expires_at)),
            point_entries::noticed_at.eq(excluded(point_entries::noticed_at)),
            point_entries::balance_after.eq(excluded(point_entries::balance_after)),
            point_entries::posted_at.eq(excluded(point_entries::posted_at)),
        );
        on!(&mut *conn, c => diesel::insert_into(point_entries::table).values(chunk)
            .on_conflict((point_entries::customer_id, point_entries::id)).do_update().set(changes).execute(c))?;
    }
    Ok(())
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let mut query = $query.filter(point_entries::customer_id.eq($filter.customer_id)).into_boxed();
        if let Some(kind) = $filter.kind {
            query = query.filter(point_entries::kind.eq(kind));
        }
        if let Some(status) = $filter.status {
            query = query.filter(point_entries::status.eq(status));
        }
        if let Some(order_id) = $filter.order_id {
            query = query.filter(point_entries::order_id.eq(order_id));
        }
        query
    }};
}

/// A page of a customer's entries.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, filter: &PointFilter, page: &PageRequest<PointSort>) -> DbResult<Page<PointEntry>> {
    Ok(list_by_id!(conn, page, EntryRow => PointEntry, point_entries::id, |select| filtered!(point_entries::table.select(select), filter)))
}
