//! Messages on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        links::without_tokens,
        messages::{Message, MessageChannel, MessageFilter, MessageKind, MessageSort, MessageStatus},
        permissions::{Actor, Permission},
    },
    list_params,
};

list_params! {
    /// Which messages.
    ListMessages sorted by MessageSort = NewestFirst {
        /// At this status.
        #[param(inline)] status: MessageStatus,
        /// Of this kind.
        #[param(inline)] kind: MessageKind,
        /// By this way.
        #[param(inline)] channel: MessageChannel,
        /// To this customer.
        #[param(value_type = Option<Uuid>)] customer_id: Id<Customer>,
    }
}

impl From<ListMessages> for MessageFilter {
    fn from(params: ListMessages) -> Self {
        let ListMessages { status, kind, channel, customer_id, limit: _, cursor: _, sort: _, include: _ } = params;
        Self { status, kind, channel, customer_id }
    }
}

/// A message to a customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa0", "kind": "feedback_outcome", "channel": "email", "status": "sent", "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77",
    "about_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a9b", "recipient": "xiaoming@example.com", "subject": "Did it help?",
    "body": "Did it help? Tell us: https://shop.example/v1/public/…", "attempts": 1, "send_at": "2026-06-30T08:15:00Z", "error": null, "version": 4,
    "created_at": "2026-06-30T08:15:00Z", "updated_at": "2026-06-30T08:15:01Z", "sent_at": "2026-06-30T08:15:01Z"
}))]
pub struct MessageView {
    /// The message's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Message>,
    /// Why it is sent.
    pub kind: MessageKind,
    /// The way it goes.
    pub channel: MessageChannel,
    /// How far it has come.
    pub status: MessageStatus,
    /// Whom it goes to, where they are known.
    #[schema(value_type = Option<Uuid>, required)]
    pub customer_id: Option<Id<Customer>>,
    /// What it is about: of `feedback_outcome` the feedback, of `survey_invitation` the invitation, of `campaign` the recipient.
    #[schema(value_type = Option<Uuid>, required)]
    pub about_id: Option<Id<()>>,
    /// The e-mail address; of `sms` and `fax` the number, of `mail` the address on one line.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// The text. Links are shown whole to those only who may answer in the customer's stead (`feedback:write`, `surveys:write`), and once it has been
    /// sent to nobody: what lets their bearer in is kept no longer.
    pub body: String,
    /// How often it has been tried.
    #[schema(minimum = 0)]
    pub attempts: i32,
    /// When it is tried next, or was last.
    #[schema(value_type = String, format = DateTime)]
    pub send_at: Instant,
    /// Why the last attempt failed, or why there has been none yet.
    #[schema(required)]
    pub error: Option<String>,
    /// Counts its changes.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
    /// When the mail server or the gateway took it.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub sent_at: Option<Instant>,
}

impl MessageView {
    /// What `actor` sees of a message: what its link opens would speak for the customer, so that only those see it who may take the customer's word.
    pub fn of(message: Message, actor: &Actor) -> Self {
        let needed = match message.content.kind {
            MessageKind::FeedbackOutcome => Permission::WriteFeedback,
            MessageKind::SurveyInvitation => Permission::WriteSurveys,
            MessageKind::Campaign => Permission::WriteCampaigns,
        };
        let may_answer = actor.permissions.contains(needed);
        let Message { id, content, status, attempts, send_at, error, version, created_at, updated_at, sent_at } = message;
        Self {
            id,
            kind: content.kind,
            channel: content.channel,
            status,
            customer_id: content.customer_id,
            about_id: content.about_id,
            recipient: content.recipient,
            subject: content.subject,
            body: if may_answer { content.body } else { without_tokens(&content.body) },
            attempts,
            send_at,
            error,
            version,
            created_at,
            updated_at,
            sent_at,
        }
    }
}
