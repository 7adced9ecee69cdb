//! What happened to feedback: one entry a change.

use super::FeedbackStatus;
use crate::domain::history::HistoryEntry;

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

/// One change of feedback.
pub type FeedbackEvent = HistoryEntry<FeedbackEventKind, FeedbackStatus>;
