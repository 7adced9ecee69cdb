//! The people who work for the shop and may log in.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::{
    accounts::AccountStatus, ids::Id, instants::Instant, merge_patch::present, paging::SortOrder, permissions::Role, secrets::SecretText,
    texts,
};

/// What is said of a new member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "li.na@example.com", "name": "李娜", "role": "agent", "password": "a long and quiet river"}))]
pub struct UserDraft {
    /// What the person logs in with; unique among staff, whatever its letters' case, and kept in lower case.
    #[validate(length(max = 254), custom(function = "texts::email"))]
    #[schema(max_length = 254, pattern = r"^[^@\s\u0000-\u001F\u007F]{1,64}@[^@\s.\u0000-\u001F\u007F]+(\.[^@\s.\u0000-\u001F\u007F]+)+$")]
    pub email: String,
    /// The full name.
    #[serde(default)]
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub name: Option<String>,
    /// What the person may do.
    pub role: Role,
    /// The first password: 12 to 128 characters, whichever.
    #[validate(length(min = 12, max = 128))]
    #[schema(value_type = String, format = "password", min_length = 12, max_length = 128, pattern = r"^[^\u0000]*$")]
    pub password: SecretText,
}

/// What changes of a member of staff; what is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "manager"}))]
pub struct UserPatch {
    /// The full name.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200, pattern = "plain")]
    pub name: Option<Option<String>>,
    /// What the person may do.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub role: Option<Role>,
    /// `disabled` refuses every further login and refresh; access tokens end within 15 minutes.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub status: Option<AccountStatus>,
    /// A new password: 12 to 128 characters. It ends every session and lifts a lock.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 12, max = 128))]
    #[schema(value_type = String, format = "password", min_length = 12, max_length = 128, pattern = r"^[^\u0000]*$", required = false)]
    pub password: Option<SecretText>,
}

/// A member of staff as kept, without the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub id: Id<User>,
    /// What the person logs in with, in lower case.
    pub email: String,
    /// The full name.
    pub name: Option<String>,
    /// What the person may do.
    pub role: Role,
    /// Whether the person may log in.
    pub status: AccountStatus,
    /// Counts the changes.
    pub version: i64,
    /// When the person was added.
    pub created_at: Instant,
    /// When something was last changed.
    pub updated_at: Instant,
}

impl User {
    /// Whether the shop would lose this person as somebody who can let others in, were `patch` applied.
    pub fn ceases_to_be_admin(&self, patch: &UserPatch) -> bool {
        let is_admin = |role, status| role == Role::Admin && status == AccountStatus::Active;
        is_admin(self.role, self.status) && !is_admin(patch.role.unwrap_or(self.role), patch.status.unwrap_or(self.status))
    }
}

/// The form in which e-mail addresses are compared.
pub fn folded_email(email: &str) -> String {
    email.to_lowercase()
}

/// Which members of staff are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserFilter {
    /// Only this address, whatever its letters' case.
    pub email: Option<String>,
    /// Only this role.
    pub role: Option<Role>,
    /// Only this status.
    pub status: Option<AccountStatus>,
}

text_enum! {
    /// How the list of users or of clients is sorted.
    AccountSort { OldestFirst = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for AccountSort {}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(role: Role, status: AccountStatus) -> User {
        let at: Instant = "2026-06-30T08:00:00Z".parse().unwrap();
        User {
            id: uuid::Uuid::from_u128(1).into(),
            email: "li.na@example.com".to_owned(),
            name: None,
            role,
            status,
            version: 1,
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn an_admin_is_lost_by_demotion_or_disabling_only() {
        let patch = |text: &str| serde_json::from_str::<UserPatch>(text).unwrap();
        let admin = user(Role::Admin, AccountStatus::Active);
        for (text, loses) in [
            (r#"{"role":"manager"}"#, true),
            (r#"{"status":"disabled"}"#, true),
            (r#"{"role":"admin","status":"active"}"#, false),
            (r#"{"name":null}"#, false),
            ("{}", false),
        ] {
            assert_eq!(admin.ceases_to_be_admin(&patch(text)), loses, "{text}");
        }
        assert!(!user(Role::Admin, AccountStatus::Disabled).ceases_to_be_admin(&patch(r#"{"role":"agent"}"#)));
        assert!(!user(Role::Agent, AccountStatus::Active).ceases_to_be_admin(&patch(r#"{"status":"disabled"}"#)));
    }

    #[test]
    fn null_clears_only_what_may_be_empty() {
        let read = |text: &str| serde_json::from_str::<UserPatch>(text);
        assert_eq!(read(r#"{"name":null}"#).unwrap().name, Some(None));
        assert_eq!(read("{}").unwrap(), UserPatch::default());
        for text in [r#"{"role":null}"#, r#"{"status":null}"#, r#"{"password":null}"#, r#"{"email":"a@example.com"}"#] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
