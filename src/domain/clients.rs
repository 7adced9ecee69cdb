//! Programs that come in with a secret of their own: storefronts, ERP connectors.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::{
    accounts::AccountStatus,
    ids::Id,
    instants::Instant,
    merge_patch::present,
    permissions::{Permission, PermissionSet},
    texts,
};

/// What is said of a new client.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "ERP connector", "scopes": ["customers:write", "orders:write"]}))]
pub struct ClientDraft {
    /// What the program is called.
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub name: String,
    /// What it may do; nothing that the caller may not do.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_items = 1, max_items = 50)]
    pub scopes: Vec<Permission>,
}

/// What changes of a client; what is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "disabled"}))]
pub struct ClientPatch {
    /// What the program is called.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(nullable = false, min_length = 1, max_length = 200, pattern = "plain")]
    pub name: Option<String>,
    /// What it may do from its next token on; nothing that the caller may not do.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 50))]
    #[schema(nullable = false, min_items = 1, max_items = 50)]
    pub scopes: Option<Vec<Permission>>,
    /// `disabled` refuses every further token; those given out end within 15 minutes.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub status: Option<AccountStatus>,
}

/// A client as kept, without the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Which; its `client_id`.
    pub id: Id<Client>,
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub scopes: PermissionSet,
    /// Whether it may come in.
    pub status: AccountStatus,
    /// Counts the changes.
    pub version: i64,
    /// When it was added.
    pub created_at: Instant,
    /// When something was last changed.
    pub updated_at: Instant,
}
