//! Who changed what.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::audit_log, sql_types::Json},
    domain::{
        audit_entries::{AuditEntry, AuditFilter, AuditSort},
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        permissions::{ActorKind, Caller},
    },
    insert_many, list_by_id,
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
    Ok(list_by_id!(conn, page, EntryRow => AuditEntry, audit_log::id, |select| {
        let mut query = audit_log::table.select(select).into_boxed();
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
    }))
}
