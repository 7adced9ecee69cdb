//! Customers who are asked to answer a survey, each at most once.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::{Response, Survey};
use crate::domain::{
    customers::Customer, ids::Id, instants::Instant, messages::Message, paging::SortOrder, secrets::SecretText, texts::fault,
};

/// Who is invited, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"customer_ids": ["018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77"], "expires_in_days": 30}))]
pub struct InvitationsDraft {
    /// The customers, each once.
    #[validate(length(min = 1, max = 1000), custom(function = "distinct"))]
    #[schema(min_items = 1, max_items = 1000, value_type = Vec<Uuid>)]
    pub customer_ids: Vec<Id<Customer>>,
    /// Days that the links work, from 1 to 365; 30 when left out.
    #[serde(default)]
    #[validate(range(min = 1, max = 365))]
    #[schema(minimum = 1, maximum = 365)]
    pub expires_in_days: Option<i64>,
    /// Whether those who have an e-mail address are sent their link; without it the links are only answered here.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub send: bool,
}

const fn yes() -> bool {
    true
}

fn distinct(ids: &[Id<Customer>]) -> Result<(), ValidationError> {
    let mut known = HashSet::new();
    if ids.iter().all(|id| known.insert(id)) { Ok(()) } else { Err(fault("duplicate", "must not name anybody twice")) }
}

/// An invitation as it is kept: of its token only the digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The invitation's id.
    pub id: Id<Invitation>,
    /// Who is asked.
    pub customer_id: Id<Customer>,
    /// What they are asked.
    pub survey_id: Id<Survey>,
    /// The digest of what the link ends in.
    pub token_digest: String,
    /// Until when the link works.
    pub expires_at: Instant,
    /// The message that brought the link last.
    pub message_id: Option<Id<Message>>,
    /// What was answered.
    pub response_id: Option<Id<Response>>,
    /// When that was.
    pub answered_at: Option<Instant>,
    /// When the customer was first invited.
    pub created_at: Instant,
    /// When the customer was last invited, or answered.
    pub updated_at: Instant,
}

impl Invitation {
    /// Whether the link works no more.
    pub fn is_expired(&self, now: Instant) -> bool {
        self.expires_at <= now
    }
}

text_enum! {
    /// What became of inviting somebody.
    InvitationOutcome {
        /// For the first time.
        Invited = "invited",
        /// Again: the link before works no more.
        Renewed = "renewed",
        /// Not again: the customer has answered.
        Answered = "answered",
    }
}

/// Somebody who was invited just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// What became of it.
    pub outcome: InvitationOutcome,
    /// What the link ends in, known only now; none of who has answered.
    pub token: Option<SecretText>,
}

text_enum! {
    /// The orders of the list of invitations.
    InvitationSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for InvitationSort {}

/// Which invitations of a survey are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InvitationSearch {
    /// Of this customer.
    pub customer_id: Option<Id<Customer>>,
    /// Was answered, or not.
    pub answered: Option<bool>,
}
