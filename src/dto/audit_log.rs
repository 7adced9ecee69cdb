//! The audit log on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        audit_entries::{AuditEntry, AuditFilter, AuditSort},
        ids::Id,
        instants::Instant,
        permissions::{ActorKind, Caller},
    },
    list_params,
};

/// One write or login.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "at": "2026-06-30T08:15:00Z", "actor_kind": "staff",
    "actor_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a01", "operation": "POST /v1/users", "path": "/v1/users",
    "resource": "/v1/users/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a02", "status": 201, "fields": ["email", "name", "password", "role"],
    "request_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a03"
}))]
pub struct AuditEntryView {
    /// Ascending in time.
    #[schema(value_type = Uuid)]
    pub id: Id<AuditEntry>,
    /// When.
    pub at: Instant,
    /// What kind of caller.
    pub actor_kind: ActorKind,
    /// Which one; null for Patron itself. A refused login is listed under the account that it was for; null where there is none.
    #[schema(value_type = Option<Uuid>, required)]
    pub actor_id: Option<Id<Caller>>,
    /// Method and route, or the command.
    pub operation: String,
    /// The path called.
    pub path: String,
    /// The resource made, where one was. A batch has an entry for the whole, and one for each resource that it made or replaced.
    #[schema(required)]
    pub resource: Option<String>,
    /// The HTTP status answered; 0 for commands.
    #[schema(minimum = 0, maximum = 599)]
    pub status: u16,
    /// The names of the fields sent, never their values.
    pub fields: Vec<String>,
    /// The request, as in `X-Request-Id` and in the log.
    pub request_id: String,
}

impl From<AuditEntry> for AuditEntryView {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { id, at, actor_kind, actor_id, operation, path, resource, status, fields, request_id } = entry;
        Self { id, at, actor_kind, actor_id, operation, path, resource, status, fields, request_id }
    }
}

list_params! {
    /// Which entries.
    ListAuditLog sorted by AuditSort = NewestFirst {
        /// Only of this member of staff or client.
        #[param(value_type = Option<Uuid>)]
        actor_id: Id<Caller>,
        /// Not before this instant.
        #[param(value_type = Option<String>, format = DateTime)]
        since: Instant,
        /// Before this instant.
        #[param(value_type = Option<String>, format = DateTime)]
        until: Instant,
    }
}

impl ListAuditLog {
    /// The filters alone.
    pub fn filter(&self) -> AuditFilter {
        AuditFilter { actor_id: self.actor_id, since: self.since, until: self.until }
    }
}
