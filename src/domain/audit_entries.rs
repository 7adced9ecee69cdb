//! The audit log's entries: who changed what, by the names of fields, never their values.

use super::{
    ids::Id,
    instants::Instant,
    paging::SortOrder,
    permissions::{ActorKind, Caller},
};

/// One write or login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Ascending in time.
    pub id: Id<AuditEntry>,
    /// When.
    pub at: Instant,
    /// What kind of caller.
    pub actor_kind: ActorKind,
    /// Which one.
    pub actor_id: Option<Id<Caller>>,
    /// Method and route, or the command.
    pub operation: String,
    /// The path called.
    pub path: String,
    /// The resource made, where one was; of an entry for one item of a batch, the item's.
    pub resource: Option<String>,
    /// The HTTP status answered; 0 for commands.
    pub status: u16,
    /// The names of the fields sent.
    pub fields: Vec<String>,
    /// The request, as in the log.
    pub request_id: String,
}

/// Which entries are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Only of this caller.
    pub actor_id: Option<Id<Caller>>,
    /// Not before.
    pub since: Option<Instant>,
    /// Before.
    pub until: Option<Instant>,
}

text_enum! {
    /// How the audit log is sorted.
    AuditSort { NewestFirst = "-at", OldestFirst = "at" }
}

impl SortOrder for AuditSort {}
