//! Feedback: what customers say of the shop, and what is done about it.

use super::{
    catalogue::Product,
    customers::Customer,
    ids::Id,
    instants::Instant,
    orders::{Order, owner_of},
    paging::SortOrder,
    staff::User,
    value_score::Tier,
};

mod clock;
mod draft;
mod history;
mod letter;
mod lifecycle;
mod outcome;
mod steps;

pub use clock::{Breach, ClockState, FeedbackClock};
pub use draft::{Attachment, FeedbackDraft};
pub use history::{FeedbackEvent, FeedbackEventKind};
pub use letter::OutcomeQuestion;
pub use lifecycle::{FeedbackStatus, FeedbackStep, InvalidStep};
pub use outcome::{Outcome, OutcomeDraft};
pub use steps::{ActionDraft, AssignmentDraft, ReasonDraft, ResolutionDraft};

text_enum! {
    /// What a customer wants with their feedback.
    FeedbackType {
        Complaint = "complaint",
        Suggestion = "suggestion",
        Inquiry = "inquiry",
        ReturnRequest = "return_request",
        Review = "review",
        Praise = "praise",
    }
}

text_enum! {
    /// How pressing feedback is.
    #[derive(Default)]
    FeedbackPriority { Low = "low", #[default] Normal = "normal", High = "high", Urgent = "urgent" }
}

text_enum! {
    /// The way that feedback came in.
    FeedbackChannel {
        Web = "web",
        Mobile = "mobile",
        Email = "email",
        Phone = "phone",
        Fax = "fax",
        InStore = "in_store",
        /// Opened by Patron itself, for a low answer to a survey.
        Survey = "survey",
    }
}

/// Feedback as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// The feedback's id.
    pub id: Id<Feedback>,
    /// What was said, and of what.
    pub draft: FeedbackDraft,
    /// The customer's tier when it came in; none of somebody unknown.
    pub tier: Option<Tier>,
    /// How far it has come.
    pub status: FeedbackStatus,
    /// How long it has taken and may take.
    pub clock: FeedbackClock,
    /// Whose work it is.
    pub assignee_id: Option<Id<User>>,
    /// What was found and done, told to the customer.
    pub resolution: Option<String>,
    /// Whether it helped.
    pub outcome: Option<Outcome>,
    /// What the customer said to that.
    pub outcome_comment: Option<String>,
    /// When it closes by itself unless the customer says otherwise.
    pub closes_at: Option<Instant>,
    /// When it was closed.
    pub closed_at: Option<Instant>,
    /// How often it was taken up again.
    pub reopened_count: i32,
    /// Counts the changes.
    pub version: i64,
    /// When it came in.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl Feedback {
    /// Who said it; none for somebody unknown.
    pub fn customer_id(&self) -> Option<Id<Customer>> {
        self.draft.customer_id.flatten()
    }

    /// Whose rows the feedback's are. As with orders, anonymous feedback is owned by itself.
    pub fn owner(&self) -> Id<Customer> {
        owner_of(self.id.cast(), self.customer_id())
    }

    /// How its clock stands.
    pub const fn clock_state(&self) -> ClockState {
        match (self.status, self.clock.waiting_since) {
            (FeedbackStatus::Resolved | FeedbackStatus::Closed, _) => ClockState::Stopped,
            (_, None) => ClockState::Running,
            (_, Some(_)) => ClockState::Paused,
        }
    }

    /// When it next breaks a promise if nothing happens.
    pub fn breach_at(&self) -> Option<Instant> {
        let next = self.clock.next_breach().filter(|_| self.clock_state() == ClockState::Running);
        next.map(|(_, at)| at)
    }

    /// Whether it is a complaint that has not been closed.
    pub fn is_open_complaint(&self) -> bool {
        self.draft.r#type == FeedbackType::Complaint && self.status != FeedbackStatus::Closed
    }
}

text_enum! {
    /// The orders of the list of feedback.
    FeedbackSort {
        CreatedAt = "created_at", NewestFirst = "-created_at", UpdatedAt = "updated_at", LastUpdatedFirst = "-updated_at",
        FirstDueFirst = "due_at", LastDueFirst = "-due_at",
    }
}

impl SortOrder for FeedbackSort {}

/// Whose work feedback is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    /// This member of staff's.
    Of(Id<User>),
    /// Nobody's yet.
    Nobody,
}

/// Which feedback a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedbackFilter {
    /// At this status.
    pub status: Option<FeedbackStatus>,
    /// Of this type.
    pub r#type: Option<FeedbackType>,
    /// From this channel.
    pub channel: Option<FeedbackChannel>,
    /// Of this priority.
    pub priority: Option<FeedbackPriority>,
    /// Whose work it is.
    pub assignee: Option<Assignee>,
    /// Of this customer.
    pub customer_id: Option<Id<Customer>>,
    /// Of this order.
    pub order_id: Option<Id<Order>>,
    /// Of this product.
    pub product_id: Option<Id<Product>>,
    /// With exactly this tag.
    pub tag: Option<String>,
    /// Past its due time at this instant, its clock running; or, when false, not.
    pub overdue: Option<(bool, Instant)>,
    /// Came in at or after.
    pub created_since: Option<Instant>,
    /// Changed at or after.
    pub updated_since: Option<Instant>,
}
