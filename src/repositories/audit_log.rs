//! Who changed what.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::audit_log, sql_types::Json},
    domain::{
        ids::Id,
        instants::Instant,
        permissions::{ActorKind, Caller},
    },
    on,
};

/// Marks ids of entries.
#[derive(Debug)]
pub enum AuditEntry {}

/// One write, as it is kept.
#[derive(Debug, Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = audit_log, treat_none_as_default_value = false)]
pub struct Entry {
    /// Ascending in time.
    pub id: Id<AuditEntry>,
    /// When.
    pub at: Instant,
    /// What kind of caller.
    pub actor_kind: ActorKind,
    /// Which one.
    pub actor_id: Option<Id<Caller>>,
    /// Method and route.
    pub operation: String,
    /// The path called.
    pub path: String,
    /// The resource made, where one was.
    pub resource: Option<String>,
    /// The HTTP status answered; 0 for commands.
    pub status: i32,
    /// The names of the fields sent, never their values.
    pub fields: Json<Vec<String>>,
    /// The request, as in the log.
    pub request_id: String,
}

/// Adds an entry.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, entry: &Entry) -> DbResult<()> {
    on!(conn, c => diesel::insert_into(audit_log::table).values(entry).execute(c))?;
    Ok(())
}
