//! Work lists: of a campaign by phone or in the store nothing is sent, but staff talk to each customer and report what came of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{Recipient, RecipientStatus};
use crate::domain::{
    customers::Customer,
    field_error::FieldError,
    ids::Id,
    instants::Instant,
    paging::SortOrder,
    permissions::{Actor, ActorKind, Caller},
    texts,
};

text_enum! {
    /// What came of talking to a customer.
    ContactOutcome {
        /// They want it.
        Accepted = "accepted",
        /// They do not want it.
        Declined = "declined",
        /// Nobody was there.
        NotReached = "not_reached",
        /// Somebody else was.
        WrongNumber = "wrong_number",
        /// They do not want to be contacted like this again: their consent is withdrawn.
        DoNotContact = "do_not_contact",
    }
}

/// What a caller may say of talking to a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "not_reached", "note": "Engaged", "try_again_at": "2026-08-20T16:00:00Z"}))]
pub struct ContactReportDraft {
    /// What came of it.
    pub outcome: ContactOutcome,
    /// What else is to be known.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 500, pattern = "plain")]
    pub note: Option<String>,
    /// When to try again, of who was not reached; without it they are given up.
    #[serde(default)]
    pub try_again_at: Option<Instant>,
}

/// What came of talking to a customer, and who said so when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactReport {
    /// What.
    pub outcome: ContactOutcome,
    /// What else is to be known.
    pub note: Option<String>,
    /// When it was said.
    pub at: Instant,
    /// What kind of caller said it.
    pub actor_kind: ActorKind,
    /// Who.
    pub actor_id: Option<Id<Caller>>,
}

/// A recipient after a report, and whether their consent is withdrawn by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// As they are now.
    pub recipient: Recipient,
    /// Whether they want no more of it.
    pub withdraws: bool,
}

impl ContactReportDraft {
    /// Checks what single fields can not tell.
    ///
    /// # Errors
    /// `not_applicable` for another try of who was reached, `range` for one that is not in the future.
    pub fn check(&self, now: Instant) -> Result<(), FieldError> {
        let Some(at) = self.try_again_at else { return Ok(()) };
        if self.outcome != ContactOutcome::NotReached {
            return Err(FieldError::new("/try_again_at", "not_applicable", "must be left out where they were reached"));
        }
        if at <= now {
            return Err(FieldError::new("/try_again_at", "range", "must lie in the future"));
        }
        Ok(())
    }

    /// Whether it only takes away: it is believed even of somebody who was not to be contacted any more.
    pub const fn only_takes_away(&self) -> bool {
        matches!(self.outcome, ContactOutcome::WrongNumber | ContactOutcome::DoNotContact)
    }

    /// What becomes of a recipient who waits.
    pub fn settle(self, recipient: Recipient, actor: &Actor, now: Instant) -> Settlement {
        let report = ContactReport { outcome: self.outcome, note: self.note, at: now, actor_kind: actor.kind, actor_id: actor.id };
        let recipient = Recipient { report: Some(report), ..recipient };
        let traces = recipient.traces;
        let reached = |recipient| Recipient { status: RecipientStatus::Sent, sent_at: Some(now), ..recipient };
        let recipient = match (self.outcome, self.try_again_at) {
            (ContactOutcome::Accepted | ContactOutcome::Declined, _) => Recipient { traces: traces.replied(now), ..reached(recipient) },
            (ContactOutcome::NotReached, Some(later)) => Recipient { send_at: Some(later), ..recipient },
            (ContactOutcome::NotReached, None) => Recipient { status: RecipientStatus::Failed, ..recipient },
            (ContactOutcome::WrongNumber, _) => Recipient { status: RecipientStatus::Failed, traces: traces.bounced(now), ..recipient },
            (ContactOutcome::DoNotContact, _) => Recipient { traces: traces.unsubscribed(now), ..reached(recipient) },
        };
        Settlement { recipient, withdraws: self.outcome == ContactOutcome::DoNotContact }
    }
}

text_enum! {
    /// The orders of a work list.
    WorklistSort {
        /// Who is due first.
        SendAt = "send_at",
    }
}

impl SortOrder for WorklistSort {}

/// Which entries of a work list are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorklistSearch {
    /// This customer's.
    pub customer_id: Option<Id<Customer>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::campaigns::Traces;

    fn at(hour: u32) -> Instant {
        format!("2026-08-20T{hour:02}:00:00Z").parse().unwrap()
    }

    fn waiting() -> Recipient {
        Recipient {
            id: "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8d01".parse().unwrap(),
            customer_id: "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77".parse().unwrap(),
            campaign_id: "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8d02".parse().unwrap(),
            variant: Some("a".to_owned()),
            status: RecipientStatus::Waiting,
            left_out_reason: None,
            send_at: Some(at(9)),
            message_id: None,
            queued_at: None,
            sent_at: None,
            coupon_id: None,
            traces: Traces::default(),
            report: None,
        }
    }

    #[test]
    fn each_outcome_settles_in_its_way() {
        use ContactOutcome::{Accepted, Declined, DoNotContact, NotReached, WrongNumber};
        let now = at(10);
        let nothing = Traces::default();
        for (outcome, again, status, send_at, sent_at, traces, withdraws) in [
            (Accepted, None, RecipientStatus::Sent, at(9), Some(now), Traces { replied_at: Some(now), ..nothing }, false),
            (Declined, None, RecipientStatus::Sent, at(9), Some(now), Traces { replied_at: Some(now), ..nothing }, false),
            (NotReached, None, RecipientStatus::Failed, at(9), None, nothing, false),
            (NotReached, Some(at(16)), RecipientStatus::Waiting, at(16), None, nothing, false),
            (WrongNumber, None, RecipientStatus::Failed, at(9), None, Traces { bounced_at: Some(now), ..nothing }, false),
            (DoNotContact, None, RecipientStatus::Sent, at(9), Some(now), Traces { unsubscribed_at: Some(now), ..nothing }, true),
        ] {
            let draft = ContactReportDraft { outcome, note: Some("So they said".to_owned()), try_again_at: again };
            assert_eq!(draft.check(now), Ok(()));
            let settled = draft.settle(waiting(), &Actor::system(), now);
            let recipient = settled.recipient;
            assert_eq!((recipient.status, recipient.send_at, recipient.sent_at), (status, Some(send_at), sent_at), "{outcome}");
            assert_eq!((recipient.traces, settled.withdraws), (traces, withdraws), "{outcome}");
            let report = recipient.report.unwrap();
            assert_eq!((report.outcome, report.at, report.note.as_deref()), (outcome, now, Some("So they said")));
        }
    }

    #[test]
    fn only_who_was_not_reached_is_tried_again_and_only_later() {
        let draft = |outcome, hour| ContactReportDraft { outcome, note: None, try_again_at: Some(at(hour)) };
        let code = |draft: ContactReportDraft| draft.check(at(10)).err().map(|fault| fault.code);
        assert_eq!(code(draft(ContactOutcome::Accepted, 11)), Some("not_applicable"));
        assert_eq!(code(draft(ContactOutcome::NotReached, 10)), Some("range"));
        assert_eq!(code(draft(ContactOutcome::NotReached, 11)), None);
    }
}
