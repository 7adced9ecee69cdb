//! What happened to feedback: one entry a change.

use serde_json::{Map, Value};

use super::FeedbackStatus;
use crate::domain::{
    ids::Id,
    instants::Instant,
    permissions::{ActorKind, Caller},
};

text_enum! {
    /// What kind of change.
    FeedbackEventKind {
        /// It came in.
        Created = "created",
        /// Something that was said of it was changed.
        Updated = "updated",
        /// Anonymous feedback found its customer.
        Claimed = "claimed",
        /// It was sent again in whole.
        Replaced = "replaced",
        /// It was given to somebody, or to nobody.
        Assigned = "assigned",
        /// Somebody began to work on it.
        Started = "started",
        /// Something was done about it.
        Acted = "acted",
        /// It waits for the customer: its clock stands still.
        Paused = "paused",
        /// It goes on.
        Resumed = "resumed",
        /// It was resolved, and the customer is asked whether that helped.
        Resolved = "resolved",
        /// It was closed.
        Closed = "closed",
        /// It was taken up again.
        Reopened = "reopened",
        /// The first answer did not come in time.
        FirstAnswerBreached = "first_answer_breached",
        /// It was not resolved in time.
        ResolutionBreached = "resolution_breached",
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedbackEvent {
    /// The feedback's version that the change made: changes of one feedback are numbered without a gap.
    pub seq: i32,
    /// When it happened.
    pub at: Instant,
    /// What kind of change.
    pub kind: FeedbackEventKind,
    /// The status before; none where the feedback began.
    pub from: Option<FeedbackStatus>,
    /// The status after.
    pub to: FeedbackStatus,
    /// Who did it.
    pub actor_kind: ActorKind,
    /// Which one; none for Patron itself, and for a customer whom nobody knows.
    pub actor_id: Option<Id<Caller>>,
    /// What else is known: what was done, a reason, who has the work now.
    pub details: Map<String, Value>,
}
