//! Feedback on the wire.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::orders::ActorView;
use crate::{
    domain::{
        catalogue::Product,
        customers::Customer,
        external_refs::ExternalRef,
        feedback::{
            Assignee, Attachment, ClockState, Feedback, FeedbackChannel, FeedbackEvent, FeedbackEventKind, FeedbackFilter,
            FeedbackPriority, FeedbackSort, FeedbackStatus, FeedbackType, Outcome,
        },
        ids::Id,
        instants::Instant,
        orders::Order,
        permissions::{Actor, ActorKind},
        staff::User,
        value_score::Tier,
    },
    error::Error,
    list_params,
};

list_params! {
    /// Which feedback.
    ListFeedback sorted by FeedbackSort = NewestFirst {
        /// At this status.
        #[param(inline)] status: FeedbackStatus,
        /// Of this type.
        #[param(inline)] r#type: FeedbackType,
        /// From this channel.
        #[param(inline)] channel: FeedbackChannel,
        /// Of this priority.
        #[param(inline)] priority: FeedbackPriority,
        /// The work of this member of staff; `me` is whoever asks, `none` is nobody.
        #[validate(length(min = 2, max = 36))]
        #[param(min_length = 2, max_length = 36, pattern = "^(me|none|[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12})$", example = "me")]
        assignee_id: String,
        /// Of this customer.
        #[param(value_type = Option<Uuid>)] customer_id: Id<Customer>,
        /// Of this order.
        #[param(value_type = Option<Uuid>)] order_id: Id<Order>,
        /// Of this product.
        #[param(value_type = Option<Uuid>)] product_id: Id<Product>,
        /// Has exactly this tag.
        #[validate(length(min = 1, max = 50))] #[param(min_length = 1, max_length = 50)] tag: String,
        /// Whether its due time is over while its clock runs.
        overdue: bool,
        /// Came in at or after this instant.
        #[param(value_type = Option<String>, format = DateTime)] created_since: Instant,
        /// Changed at or after this instant.
        #[param(value_type = Option<String>, format = DateTime)] updated_since: Instant,
    }
}

impl ListFeedback {
    /// The filter as it is meant by who asks now.
    ///
    /// # Errors
    /// `invalid` for an assignee that is no id, and for `me` from somebody who is not staff.
    pub fn filter(self, actor: &Actor, now: Instant) -> Result<FeedbackFilter, Error> {
        let assignee = self.assignee_id.map(|text| assignee(&text, actor)).transpose()?;
        Ok(FeedbackFilter {
            status: self.status,
            r#type: self.r#type,
            channel: self.channel,
            priority: self.priority,
            assignee,
            customer_id: self.customer_id,
            order_id: self.order_id,
            product_id: self.product_id,
            tag: self.tag,
            overdue: self.overdue.map(|overdue| (overdue, now)),
            created_since: self.created_since,
            updated_since: self.updated_since,
        })
    }
}

fn assignee(text: &str, actor: &Actor) -> Result<Assignee, Error> {
    match (text, actor.kind, actor.id) {
        ("none", ..) => Ok(Assignee::Nobody),
        ("me", ActorKind::Staff, Some(id)) => Ok(Assignee::Of(id.cast())),
        ("me", ..) => Err(Error::invalid_field("/assignee_id", "not_staff", "me is a member of staff, which a program is not")),
        (text, ..) => {
            let id = text.parse::<Id<User>>().ok().filter(|_| text.len() == 36);
            let told = "must be the id of a member of staff, me or none";
            id.map(Assignee::Of).ok_or_else(|| Error::invalid_field("/assignee_id", "format", told))
        }
    }
}

list_params! {
    /// Which feedback of a customer.
    ListCustomerFeedback sorted by FeedbackSort = NewestFirst {
        /// At this status.
        #[param(inline)] status: FeedbackStatus,
        /// Of this type.
        #[param(inline)] r#type: FeedbackType,
    }
}

impl From<ListCustomerFeedback> for FeedbackFilter {
    fn from(params: ListCustomerFeedback) -> Self {
        let ListCustomerFeedback { status, r#type, limit: _, cursor: _, sort: _, include: _ } = params;
        Self { status, r#type, ..Self::default() }
    }
}

/// Feedback. Seconds are working time: what the service targets call opening hours, without the time that the shop waited for the customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Feedback, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90", "type": "complaint", "channel": "web", "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77",
    "order_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a80", "line_no": 1, "product_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a81",
    "subject": "Two pages are missing", "body": "Pages 113 and 114 are missing from my copy.\nPlease send me another one.", "rating": null,
    "priority": "high", "attachments": [{"url": "https://shop.example/uploads/4711.jpg", "name": "page-112.jpg", "media_type": "image/jpeg"}],
    "tags": ["binding"], "tier": "most_valuable", "status": "resolved", "clock": "stopped", "assignee_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a02",
    "first_answer_due_at": "2026-06-30T09:15:00Z", "due_at": "2026-07-01T08:15:00Z", "first_answered_at": "2026-06-30T08:40:00Z", "waiting_since": null,
    "resolved_at": "2026-06-30T10:15:00Z", "closes_at": "2026-07-07T10:15:00Z", "closed_at": null, "paused_seconds": 0, "first_answer_seconds": 1500,
    "resolution_seconds": 7200, "first_answer_breached": false, "resolution_breached": false, "reopened_count": 0,
    "resolution": "We have sent you another copy; keep the first one.", "outcome": null, "outcome_comment": null,
    "history": [{"at": "2026-06-30T08:15:00Z", "kind": "created", "from": null, "to": "open",
        "actor": {"kind": "client", "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a01"}, "details": {}}],
    "external_refs": [{"system": "helpdesk", "id": "T-1001"}], "version": 5, "created_at": "2026-06-30T08:15:00Z", "updated_at": "2026-06-30T10:15:00Z"
}))]
pub struct FeedbackView {
    /// The feedback's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Feedback>,
    /// What the customer wants.
    pub r#type: FeedbackType,
    /// The way that it came in.
    pub channel: FeedbackChannel,
    /// Who said it; null for somebody unknown.
    #[schema(value_type = Option<Uuid>, required)]
    pub customer_id: Option<Id<Customer>>,
    /// The order that it is about.
    #[schema(value_type = Option<Uuid>, required)]
    pub order_id: Option<Id<Order>>,
    /// The line of that order.
    #[schema(required)]
    pub line_no: Option<i32>,
    /// The product that it is about.
    #[schema(value_type = Option<Uuid>, required)]
    pub product_id: Option<Id<Product>>,
    /// What it is about, in one line.
    #[schema(required)]
    pub subject: Option<String>,
    /// What was said, as it came.
    #[schema(required)]
    pub body: Option<String>,
    /// Of a review: from 1, the worst, to 5.
    #[schema(required)]
    pub rating: Option<i32>,
    /// How pressing it is.
    pub priority: FeedbackPriority,
    /// What came with it.
    pub attachments: Vec<Attachment>,
    /// Labels.
    pub tags: Vec<String>,
    /// The customer's tier when it came in; null for somebody unknown.
    #[schema(required)]
    pub tier: Option<Tier>,
    /// How far it has come.
    pub status: FeedbackStatus,
    /// Whether time runs against the shop.
    pub clock: ClockState,
    /// Whose work it is.
    #[schema(value_type = Option<Uuid>, required)]
    pub assignee_id: Option<Id<User>>,
    /// By when the customer is promised a first answer.
    #[schema(value_type = String, format = DateTime)]
    pub first_answer_due_at: Instant,
    /// By when the customer is promised a resolution. While the shop waits for the customer it stays; then it moves by as long as that took.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Instant,
    /// When the customer had the first answer.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub first_answered_at: Option<Instant>,
    /// Since when the shop waits for the customer.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub waiting_since: Option<Instant>,
    /// When it was last resolved, until it is reopened.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub resolved_at: Option<Instant>,
    /// When it closes by itself unless the customer says otherwise.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub closes_at: Option<Instant>,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub closed_at: Option<Instant>,
    /// Working time for which the shop waited for the customer, a pause that goes on apart.
    #[schema(minimum = 0)]
    pub paused_seconds: i64,
    /// Working time that the first answer took.
    #[schema(required, minimum = 0)]
    pub first_answer_seconds: Option<i64>,
    /// Working time that the resolution took.
    #[schema(required, minimum = 0)]
    pub resolution_seconds: Option<i64>,
    /// The first answer was late.
    pub first_answer_breached: bool,
    /// A resolution was late.
    pub resolution_breached: bool,
    /// How often it was taken up again.
    #[schema(minimum = 0)]
    pub reopened_count: i32,
    /// What was found and done.
    #[schema(required)]
    pub resolution: Option<String>,
    /// Whether that helped.
    #[schema(required)]
    pub outcome: Option<Outcome>,
    /// What the customer said to that.
    #[schema(required)]
    pub outcome_comment: Option<String>,
    /// What happened to it, the oldest first; left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub history: Option<Vec<FeedbackEventView>>,
    /// What other systems call this feedback.
    pub external_refs: Vec<ExternalRef>,
    /// Counts the changes.
    pub version: i64,
    /// When it came in.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<Feedback> for FeedbackView {
    /// Without its history.
    fn from(feedback: Feedback) -> Self {
        let (customer_id, state) = (feedback.customer_id(), feedback.clock_state());
        let (draft, clock) = (feedback.draft, feedback.clock);
        Self {
            id: feedback.id,
            r#type: draft.r#type,
            channel: draft.channel,
            customer_id,
            order_id: draft.order_id,
            line_no: draft.line_no,
            product_id: draft.product_id,
            subject: draft.subject,
            body: draft.body,
            rating: draft.rating,
            priority: draft.priority,
            attachments: draft.attachments,
            tags: draft.tags,
            tier: feedback.tier,
            status: feedback.status,
            clock: state,
            assignee_id: feedback.assignee_id,
            first_answer_due_at: clock.first_answer_due_at,
            due_at: clock.due_at,
            first_answered_at: clock.first_answered_at,
            waiting_since: clock.waiting_since,
            resolved_at: clock.resolved_at,
            closes_at: feedback.closes_at,
            closed_at: feedback.closed_at,
            paused_seconds: clock.paused_seconds,
            first_answer_seconds: clock.first_answer_seconds,
            resolution_seconds: clock.resolution_seconds,
            first_answer_breached: clock.first_answer_breached,
            resolution_breached: clock.resolution_breached,
            reopened_count: feedback.reopened_count,
            resolution: feedback.resolution,
            outcome: feedback.outcome,
            outcome_comment: feedback.outcome_comment,
            history: None,
            external_refs: draft.external_refs,
            version: feedback.version,
            created_at: feedback.created_at,
            updated_at: feedback.updated_at,
        }
    }
}

impl FeedbackView {
    /// With its history.
    pub fn whole(feedback: Feedback, history: Vec<FeedbackEvent>) -> Self {
        Self { history: Some(history.into_iter().map(Into::into).collect()), ..feedback.into() }
    }
}

/// Something that happened to feedback.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedbackEvent)]
pub struct FeedbackEventView {
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// What kind of change.
    pub kind: FeedbackEventKind,
    /// The status before; null where it came in.
    #[schema(required)]
    pub from: Option<FeedbackStatus>,
    /// The status after.
    pub to: FeedbackStatus,
    /// Who did it.
    pub actor: ActorView,
    /// What else is known: the `note` of what was done and whether it is `visible_to_customer`, a `reason`, the `assignee_id`, whether it `helped` and the
    /// customer's `comment`, the names of the fields `changed`.
    #[schema(value_type = Object)]
    pub details: Map<String, Value>,
}

impl From<FeedbackEvent> for FeedbackEventView {
    fn from(event: FeedbackEvent) -> Self {
        let actor = ActorView { kind: event.actor_kind, id: event.actor_id };
        Self { at: event.at, kind: event.kind, from: event.from, to: event.to, actor, details: event.details }
    }
}

/// Which of the links in the message was followed.
#[derive(Debug, Default, serde::Deserialize, validator::Validate, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FollowedLink {
    /// What its bearer means to answer, to be confirmed by a POST.
    #[serde(default)]
    #[param(nullable = false)]
    pub helped: Option<bool>,
}

/// Whether a resolution helped, as the customer is asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutcomeQuestion, example = json!({
    "subject": "Two pages are missing", "resolution": "We have sent you another copy; keep the first one.", "resolved_at": "2026-06-30T10:15:00Z",
    "status": "resolved", "outcome": null, "meant": false
}))]
pub struct OutcomeQuestionView {
    /// What the feedback was about.
    #[schema(required)]
    pub subject: Option<String>,
    /// What was found and done.
    #[schema(required)]
    pub resolution: Option<String>,
    /// When; null while it is worked on again.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub resolved_at: Option<Instant>,
    /// How far it has come: yes is taken while it is `resolved`, no also once it is `closed`.
    pub status: FeedbackStatus,
    /// What was answered.
    #[schema(required)]
    pub outcome: Option<Outcome>,
    /// The answer that the followed link means.
    #[schema(required)]
    pub meant: Option<bool>,
}

impl OutcomeQuestionView {
    /// What is asked of `feedback`, and nothing else of it: links are passed on.
    pub fn of(feedback: Feedback, link: FollowedLink) -> Self {
        Self {
            subject: feedback.draft.subject,
            resolution: feedback.resolution,
            resolved_at: feedback.clock.resolved_at,
            status: feedback.status,
            outcome: feedback.outcome,
            meant: link.helped,
        }
    }
}
