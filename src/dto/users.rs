//! Users on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        accounts::AccountStatus,
        ids::Id,
        instants::Instant,
        permissions::Role,
        staff::{AccountSort, User, UserFilter},
    },
    list_params,
};

/// A member of staff.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "email": "li.na@example.com", "name": "李娜", "role": "agent", "status": "active", "version": 1,
    "created_at": "2026-06-30T08:15:00Z", "updated_at": "2026-06-30T08:15:00Z"
}))]
pub struct UserView {
    /// The person's id.
    #[schema(value_type = Uuid)]
    pub id: Id<User>,
    /// What the person logs in with.
    pub email: String,
    /// The full name.
    #[schema(required)]
    pub name: Option<String>,
    /// What the person may do.
    pub role: Role,
    /// Whether the person may log in.
    pub status: AccountStatus,
    /// Counts the changes.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the person was added.
    pub created_at: Instant,
    /// When something was last changed.
    pub updated_at: Instant,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let User { id, email, name, role, status, version, created_at, updated_at } = user;
        Self { id, email, name, role, status, version, created_at, updated_at }
    }
}

list_params! {
    /// Which users.
    ListUsers sorted by AccountSort = OldestFirst {
        /// Only the person with this e-mail address.
        #[validate(length(min = 1, max = 254))]
        #[param(min_length = 1, max_length = 254)]
        email: String,
        /// Only this role.
        #[param(inline)]
        role: Role,
        /// Only this status.
        #[param(inline)]
        status: AccountStatus,
    }
}

impl ListUsers {
    /// The filters alone.
    pub fn filter(&self) -> UserFilter {
        UserFilter { email: self.email.clone(), role: self.role, status: self.status }
    }
}
