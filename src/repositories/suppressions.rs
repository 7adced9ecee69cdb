//! Suppressed addresses.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::suppressions},
    domain::{
        ids::Id,
        instants::Instant,
        paging::{Direction, Page, PageRequest, Position, SortOrder},
        suppressions::{SuppressibleChannel, Suppression, SuppressionDraft, SuppressionReason, SuppressionSearch, SuppressionSort},
    },
    on,
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = suppressions, treat_none_as_default_value = false)]
struct SuppressionRow {
    id: Id<Suppression>,
    channel: SuppressibleChannel,
    address: String,
    reason: SuppressionReason,
    note: Option<String>,
    created_at: Instant,
}

impl From<SuppressionRow> for Suppression {
    fn from(row: SuppressionRow) -> Self {
        let SuppressionRow { id, channel, address, reason, note, created_at } = row;
        Self { id, draft: SuppressionDraft { channel, address, reason, note }, created_at }
    }
}

impl From<&Suppression> for SuppressionRow {
    fn from(suppression: &Suppression) -> Self {
        let Suppression { id, draft, created_at } = suppression.clone();
        let SuppressionDraft { channel, address, reason, note } = draft;
        Self { id, channel, address, reason, note, created_at }
    }
}

/// A suppression.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<Suppression>) -> DbResult<Option<Suppression>> {
    Ok(on!(conn, c => suppressions::table.find(id).select(SuppressionRow::as_select()).first(c).optional())?.map(SuppressionRow::into))
}

/// The suppression of an address, which is in its one form.
///
/// # Errors
/// The database's.
pub fn find_address(conn: &mut DbConnection, channel: SuppressibleChannel, address: &str) -> DbResult<Option<Suppression>> {
    let wanted = suppressions::table.filter(suppressions::channel.eq(channel).and(suppressions::address.eq(address)));
    Ok(on!(conn, c => wanted.select(SuppressionRow::as_select()).first(c).optional())?.map(SuppressionRow::into))
}

/// Stores a suppression unless its address is suppressed already; `false` when it is.
///
/// # Errors
/// The database's.
pub fn insert_if_absent(conn: &mut DbConnection, suppression: &Suppression) -> DbResult<bool> {
    let row = SuppressionRow::from(suppression);
    Ok(on!(conn, c => diesel::insert_into(suppressions::table).values(&row).on_conflict_do_nothing().execute(c))? == 1)
}

/// Forgets a suppression.
///
/// # Errors
/// The database's.
pub fn delete(conn: &mut DbConnection, id: Id<Suppression>) -> DbResult<()> {
    on!(conn, c => diesel::delete(suppressions::table.find(id)).execute(c))?;
    Ok(())
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $search:expr) => {{
        let mut query = $query.into_boxed();
        if let Some(channel) = $search.channel {
            query = query.filter(suppressions::channel.eq(channel));
        }
        if let Some(reason) = $search.reason {
            query = query.filter(suppressions::reason.eq(reason));
        }
        if let Some(address) = &$search.address {
            query = query.filter(suppressions::address.eq(address));
        }
        query
    }};
}

/// A page of suppressions.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, search: &SuppressionSearch, page: &PageRequest<SuppressionSort>) -> DbResult<Page<Suppression>> {
    let after = page.after.map(|after| Id::<Suppression>::from(after.id));
    let rows: Vec<SuppressionRow> = on!(&mut *conn, c => {
        let query = filtered!(suppressions::table.select(SuppressionRow::as_select()), search);
        let query = match (page.sort.direction(), after) {
            (Direction::Ascending, None) => query.order(suppressions::id.asc()),
            (Direction::Ascending, Some(id)) => query.order(suppressions::id.asc()).filter(suppressions::id.gt(id)),
            (Direction::Descending, None) => query.order(suppressions::id.desc()),
            (Direction::Descending, Some(id)) => query.order(suppressions::id.desc()).filter(suppressions::id.lt(id)),
        };
        query.limit(page.rows()).load(c)
    })?;
    let total = if page.with_total {
        Some(on!(conn, c => filtered!(suppressions::table.select(diesel::dsl::count_star()), search).first(c))?)
    } else {
        None
    };
    let items = rows.into_iter().map(Into::into).collect();
    Ok(Page::from_rows(items, page, total, |suppression: &Suppression| Position { key: 0, id: suppression.id.uuid() }))
}
