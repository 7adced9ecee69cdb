//! Suppressed addresses.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::suppressions},
    domain::{
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        suppressions::{SuppressibleChannel, Suppression, SuppressionDraft, SuppressionReason, SuppressionSearch, SuppressionSort},
    },
    list_by_id, on,
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

/// Stores suppressions, but for those whose address is suppressed already.
///
/// # Errors
/// The database's.
pub fn insert_many_if_absent(conn: &mut DbConnection, suppressions: &[Suppression]) -> DbResult<()> {
    let rows: Vec<SuppressionRow> = suppressions.iter().map(SuppressionRow::from).collect();
    for rows in rows.chunks(1000) {
        on!(&mut *conn, c => diesel::insert_into(suppressions::table).values(rows).on_conflict_do_nothing().execute(c))?;
    }
    Ok(())
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
    Ok(
        list_by_id!(conn, page, SuppressionRow => Suppression, suppressions::id, |select| filtered!(suppressions::table.select(select), search)),
    )
}
