//! How far feedback has come, and which steps it can take.

text_enum! {
    /// How far feedback has come: `open → in_progress → resolved → closed`, and `reopened` from `resolved` or `closed`, from where it goes on as from
    /// `open`.
    #[derive(Default)]
    FeedbackStatus { #[default] Open = "open", InProgress = "in_progress", Resolved = "resolved", Closed = "closed", Reopened = "reopened" }
}

/// Every step that feedback can take, from and to.
const STEPS: [(FeedbackStatus, FeedbackStatus); 6] = {
    use FeedbackStatus::{Closed, InProgress, Open, Reopened, Resolved};
    [(Open, InProgress), (InProgress, Resolved), (Resolved, Closed), (Resolved, Reopened), (Closed, Reopened), (Reopened, InProgress)]
};

text_enum! {
    /// A step that a caller asks for by name. To assign, act and resolve are apart: more is said of them.
    FeedbackStep { Start = "start", Wait = "wait", Resume = "resume", Close = "close", Reopen = "reopen" }
}

/// A step that feedback can not take from where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidStep {
    /// No step leads there.
    #[error("Feedback can not go from {from} to {to}.")]
    Status {
        /// Where it stands.
        from: FeedbackStatus,
        /// Where it was to go.
        to: FeedbackStatus,
    },
    /// It is closed, and nothing is done any more.
    #[error("Feedback that is closed must be reopened first.")]
    Closed,
    /// Only work in progress waits for the customer.
    #[error("Feedback that is {0} does not wait for the customer: only what is in_progress can.")]
    NotInProgress(FeedbackStatus),
    /// It waits already.
    #[error("The feedback waits for the customer already.")]
    Waits,
    /// It does not wait.
    #[error("The feedback does not wait for the customer.")]
    DoesNotWait,
}

impl FeedbackStatus {
    /// One step.
    ///
    /// # Errors
    /// [`InvalidStep`] unless the table of steps has it.
    pub fn step_to(self, to: Self) -> Result<Self, InvalidStep> {
        if STEPS.contains(&(self, to)) { Ok(to) } else { Err(InvalidStep::Status { from: self, to }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TextEnum;

    #[test]
    fn every_pair_of_statuses_is_decided() {
        // Rows: from; columns: to, in the order open, in_progress, resolved, closed, reopened.
        for (from, row) in [("open", ".1..."), ("in_progress", "..1.."), ("resolved", "...11"), ("closed", "....1"), ("reopened", ".1...")]
        {
            let from = FeedbackStatus::parse(from).unwrap();
            for (mark, &to) in row.chars().zip(FeedbackStatus::ALL) {
                assert_eq!(from.step_to(to).is_ok(), mark == '1', "{from} to {to}");
            }
        }
        let refused = FeedbackStatus::Open.step_to(FeedbackStatus::Closed).unwrap_err();
        assert_eq!(refused.to_string(), "Feedback can not go from open to closed.");
    }
}
