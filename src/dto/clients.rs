//! Clients on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        accounts::AccountStatus, clients::Client, ids::Id, instants::Instant, permissions::Permission, secrets::SecretText,
        staff::AccountSort,
    },
    list_params,
};

/// A program that comes in with a secret of its own.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Client, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "name": "ERP connector", "scopes": ["customers:write", "orders:write"], "status": "active",
    "version": 1, "created_at": "2026-06-30T08:15:00Z", "updated_at": "2026-06-30T08:15:00Z"
}))]
pub struct ClientView {
    /// The client's id, its `client_id`.
    #[schema(value_type = Uuid)]
    pub id: Id<Client>,
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// Whether it may come in.
    pub status: AccountStatus,
    /// Counts the changes.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was added.
    pub created_at: Instant,
    /// When something was last changed.
    pub updated_at: Instant,
    /// Its `client_secret`. Answered once, when it was just made: it is not kept, so a replayed answer, a dry run and a GET do not have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, pattern = "^ps_[A-Za-z0-9_-]{43}$")]
    pub secret: Option<String>,
}

impl From<Client> for ClientView {
    fn from(client: Client) -> Self {
        let Client { id, name, scopes, status, version, created_at, updated_at } = client;
        Self { id, name, scopes: scopes.iter().collect(), status, version, created_at, updated_at, secret: None }
    }
}

impl ClientView {
    /// The client with the secret that it was just given.
    #[must_use]
    pub fn with_secret(self, secret: &SecretText) -> Self {
        Self { secret: Some(secret.reveal().to_owned()), ..self }
    }
}

list_params! {
    /// Which clients.
    ListClients sorted by AccountSort = OldestFirst {
        /// Only this status.
        #[param(inline)]
        status: AccountStatus,
    }
}
