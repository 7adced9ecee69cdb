//! Who changed what.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::audit_log, sql_types::Json},
    domain::{
        audit_entries::{AuditEntry, AuditFilter, AuditSort},
        ids::Id,
        instants::Instant,
        paging::{Direction, Page, PageRequest, Position, SortOrder},
        permissions::{ActorKind, Caller},
    },
    insert_many, on,
};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = audit_log, treat_none_as_default_value = false)]
struct EntryRow {
    id: Id<AuditEntry>,
    at: Instant,
    actor_kind: ActorKind,
    actor_id: Option<Id<Caller>>,
    operation: String,
    path: String,
    resource: Option<String>,
    status: i32,
    fields: Json<Vec<String>>,
    request_id: String,
}

impl From<EntryRow> for AuditEntry {
    fn from(row: EntryRow) -> Self {
        let EntryRow { id, at, actor_kind, actor_id, operation, path, resource, status, fields, request_id } = row;
        Self {
            id,
            at,
            actor_kind,
            actor_id,
            operation,
            path,
            resource,
            status: u16::try_from(status).unwrap_or(0),
            fields: fields.0,
            request_id,
        }
    }
}

impl From<&AuditEntry> for EntryRow {
    fn from(entry: &AuditEntry) -> Self {
        let AuditEntry { id, at, actor_kind, actor_id, operation, path, resource, status, fields, request_id } = entry.clone();
        Self { id, at, actor_kind, actor_id, operation, path, resource, status: status.into(), fields: Json(fields), request_id }
    }
}

/// Adds entries.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, new: &[AuditEntry]) -> DbResult<()> {
    let rows: Vec<EntryRow> = new.iter().map(EntryRow::from).collect();
    Ok(insert_many!(conn, audit_log::table, &rows)?)
}

/// One page of entries.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, filter: &AuditFilter, page: &PageRequest<AuditSort>) -> DbResult<Page<AuditEntry>> {
    let (rows, total): (Vec<EntryRow>, Option<i64>) = on!(conn, c => {
        let matching = || {
            let mut query = audit_log::table.into_boxed();
            if let Some(actor_id) = filter.actor_id {
                query = query.filter(audit_log::actor_id.eq(actor_id));
            }
            if let Some(since) = filter.since {
                query = query.filter(audit_log::at.ge(since));
            }
            if let Some(until) = filter.until {
                query = query.filter(audit_log::at.lt(until));
            }
            query
        };
        let total = if page.with_total { Some(matching().count().get_result(c)?) } else { None };
        let after = page.after.map(|position| Id::<AuditEntry>::from(position.id));
        let query = match (page.sort.direction(), after) {
            (Direction::Ascending, None) => matching().order(audit_log::id.asc()),
            (Direction::Ascending, Some(after)) => matching().filter(audit_log::id.gt(after)).order(audit_log::id.asc()),
            (Direction::Descending, None) => matching().order(audit_log::id.desc()),
            (Direction::Descending, Some(after)) => matching().filter(audit_log::id.lt(after)).order(audit_log::id.desc()),
        };
        (query.select(EntryRow::as_select()).limit(page.rows()).load(c)?, total)
    });
    let entries = rows.into_iter().map(AuditEntry::from).collect();
    Ok(Page::from_rows(entries, page, total, |entry: &AuditEntry| Position { key: 0, id: entry.id.uuid() }))
}
