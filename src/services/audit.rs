//! The audit log: one entry a write, and for a batch one more for each resource that it touched, in the write's own transaction, so that no change goes
//! unnamed.

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
#[derive(Debug, Clone, Copy)]
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

/// One of many resources that a write made or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Where it is.
    pub resource: String,
    /// The status that it was answered with.
    pub status: u16,
    /// The names of the fields sent for it.
    pub fields: Vec<String>,
}

/// Remembers who did what.
///
/// # Errors
/// The database's.
pub fn record(tx: &mut DbConnection, actor: &Actor, now: Instant, deed: &Deed<'_>) -> Result<(), Error> {
    Ok(audit_log::insert(tx, &[entry(actor, now, deed)])?)
}

/// Remembers who did what to many resources: an entry for the whole, and one for each of them.
///
/// # Errors
/// The database's.
pub fn record_all(tx: &mut DbConnection, actor: &Actor, now: Instant, deed: &Deed<'_>, touched: &[Touched]) -> Result<(), Error> {
    let of_one = |it: &Touched| entry(actor, now, &Deed { resource: Some(&it.resource), status: it.status, fields: &it.fields, ..*deed });
    let entries: Vec<AuditEntry> = std::iter::once(entry(actor, now, deed)).chain(touched.iter().map(of_one)).collect();
    Ok(audit_log::insert(tx, &entries)?)
}

fn entry(actor: &Actor, now: Instant, deed: &Deed<'_>) -> AuditEntry {
    AuditEntry {
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
    }
}

/// One page of entries.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, filter: &AuditFilter, page: &PageRequest<AuditSort>) -> Result<Page<AuditEntry>, Error> {
    Ok(audit_log::list(conn, filter, page)?)
}
