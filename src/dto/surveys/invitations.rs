//! Invitations to surveys on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::PAGE;
use crate::{
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        links::Links,
        messages::Message,
        surveys::{Invitation, InvitationOutcome, InvitationSearch, InvitationSort, Invited, Response},
    },
    list_params,
};

list_params! {
    /// Which invitations.
    ListInvitations sorted by InvitationSort = NewestFirst {
        /// Of this customer.
        #[param(value_type = Option<Uuid>)] customer_id: Id<Customer>,
        /// Was answered, or not.
        answered: bool,
    }
}

impl From<ListInvitations> for InvitationSearch {
    fn from(params: ListInvitations) -> Self {
        Self { customer_id: params.customer_id, answered: params.answered }
    }
}

/// An invitation. Its link is told when it is made, and not kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyInvitation, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a91", "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "message_id": null,
    "expires_at": "2026-07-30T08:15:00Z", "response_id": null, "answered_at": null, "created_at": "2026-06-30T08:15:00Z", "updated_at": "2026-06-30T08:15:00Z"
}))]
pub struct InvitationView {
    /// The invitation's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Invitation>,
    /// Who is asked.
    #[schema(value_type = Uuid)]
    pub customer_id: Id<Customer>,
    /// The message that brought the link last; null when none was sent.
    #[schema(value_type = Option<Uuid>, required)]
    pub message_id: Option<Id<Message>>,
    /// Until when the link works.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Instant,
    /// What was answered.
    #[schema(value_type = Option<Uuid>, required)]
    pub response_id: Option<Id<Response>>,
    /// When that was.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub answered_at: Option<Instant>,
    /// When the customer was first invited.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When the customer was last invited, or answered.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<Invitation> for InvitationView {
    fn from(invitation: Invitation) -> Self {
        let Invitation { id, customer_id, message_id, expires_at, response_id, answered_at, created_at, updated_at, .. } = invitation;
        Self { id, customer_id, message_id, expires_at, response_id, answered_at, created_at, updated_at }
    }
}

/// What became of inviting each customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyInvited, example = json!({"invitations": [{
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a91", "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "outcome": "invited",
    "url": "https://shop.example/v1/public/surveys/Xb3…", "message_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a92", "expires_at": "2026-07-30T08:15:00Z"
}]}))]
pub struct InvitedListView {
    /// In the order of the request.
    pub invitations: Vec<InvitedView>,
}

/// What became of inviting a customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyInvitedCustomer)]
pub struct InvitedView {
    /// The invitation's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Invitation>,
    /// Who is asked.
    #[schema(value_type = Uuid)]
    pub customer_id: Id<Customer>,
    /// What became of it.
    pub outcome: InvitationOutcome,
    /// The link, told this once and not kept; null for who has answered, in a dry run, and when the answer is replayed.
    #[schema(required)]
    pub url: Option<String>,
    /// The message that brings the link; null when none is sent.
    #[schema(value_type = Option<Uuid>, required)]
    pub message_id: Option<Id<Message>>,
    /// Until when the link works.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Instant,
}

impl InvitedListView {
    /// With the links.
    pub fn with_links(links: &Links, invited: &[Invited]) -> Self {
        Self::of(invited, |invited| invited.token.as_ref().map(|token| links.url(PAGE, token.reveal())))
    }

    /// Without them.
    pub fn without_links(invited: &[Invited]) -> Self {
        Self::of(invited, |_| None)
    }

    fn of(invited: &[Invited], url: impl Fn(&Invited) -> Option<String>) -> Self {
        let view = |invited: &Invited| InvitedView {
            id: invited.invitation.id,
            customer_id: invited.invitation.customer_id,
            outcome: invited.outcome,
            url: url(invited),
            message_id: invited.invitation.message_id,
            expires_at: invited.invitation.expires_at,
        };
        Self { invitations: invited.iter().map(view).collect() }
    }
}
