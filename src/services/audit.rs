//! The audit log: one entry a write, in the write's own transaction, so that no change goes unnamed.

use crate::{
    db::DbConnection,
    domain::{
        audit_entries::{AuditEntry, AuditFilter, AuditSort},
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        permissions::Actor,
    },
    error::Error,
    repositories::audit_log,
};

/// A write to be remembered.
#[derive(Debug)]
pub struct Deed<'a> {
    /// Method and route, or the command.
    pub operation: &'a str,
    /// The path called.
    pub path: &'a str,
    /// The resource made, where one was.
    pub resource: Option<&'a str>,
    /// The HTTP status answered; 0 for commands.
    pub status: u16,
    /// The names of the fields sent.
    pub fields: &'a [String],
    /// The request.
    pub request_id: &'a str,
}

/// Remembers who did what.
///
/// # Errors
/// The database's.
pub fn record(tx: &mut DbConnection, actor: &Actor, now: Instant, deed: &Deed<'_>) -> Result<(), Error> {
    let entry = AuditEntry {
        id: Id::generate(),
        at: now,
        actor_kind: actor.kind,
        actor_id: actor.id,
        operation: deed.operation.to_owned(),
        path: deed.path.to_owned(),
        resource: deed.resource.map(ToOwned::to_owned),
        status: deed.status,
        fields: deed.fields.to_owned(),
        request_id: deed.request_id.to_owned(),
    };
    Ok(audit_log::insert(tx, &entry)?)
}

/// One page of entries.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, filter: &AuditFilter, page: &PageRequest<AuditSort>) -> Result<Page<AuditEntry>, Error> {
    Ok(audit_log::list(conn, filter, page)?)
}
