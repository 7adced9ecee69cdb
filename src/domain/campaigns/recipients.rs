//! The audience of a campaign, frozen at its launch: one row a person, with what became of them.

use super::{Campaign, ContactReport};
use crate::domain::{
    contact_policy::NoContact, coupons::Coupon, customers::Customer, ids::Id, instants::Instant, messages::Message, paging::SortOrder,
};

text_enum! {
    /// How far a campaign has come with one customer.
    RecipientStatus {
        /// They were not to be written to.
        LeftOut = "left_out",
        /// They are in the control group.
        HeldOut = "held_out",
        /// Their message is to be written, or they are to be talked to.
        Waiting = "waiting",
        /// It is in the outbox.
        Queued = "queued",
        /// The mail server or the gateway has taken it, or they were talked to.
        Sent = "sent",
        /// It was given up, or they were not reached.
        Failed = "failed",
        /// The campaign was cancelled before.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// Why a customer was left out.
    LeftOutReason {
        FormerCustomer = "former_customer",
        NoAddress = "no_address",
        Suppressed = "suppressed",
        Withdrawn = "consent_withdrawn",
        NoConsent = "no_consent",
        FrequencyCap = "frequency_cap",
        /// What the templates print was known at the launch, and was not any more when the message was written.
        Unwritten = "not_written",
    }
}

impl From<NoContact> for LeftOutReason {
    fn from(reason: NoContact) -> Self {
        match reason {
            NoContact::FormerCustomer => Self::FormerCustomer,
            NoContact::NoAddress => Self::NoAddress,
            NoContact::Suppressed => Self::Suppressed,
            NoContact::Withdrawn => Self::Withdrawn,
            NoContact::NoConsent => Self::NoConsent,
            NoContact::FrequencyCap => Self::FrequencyCap,
        }
    }
}

/// A customer in the audience of a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The recipient's id, which links in messages carry.
    pub id: Id<Recipient>,
    /// Who it is.
    pub customer_id: Id<Customer>,
    /// In the audience of what.
    pub campaign_id: Id<Campaign>,
    /// The key of their variant; none of who is left out or held out.
    pub variant: Option<String>,
    /// How far it has come.
    pub status: RecipientStatus,
    /// Why they were left out.
    pub left_out_reason: Option<LeftOutReason>,
    /// When their message is to be written or they are to be talked to, at the earliest.
    pub send_at: Option<Instant>,
    /// The message.
    pub message_id: Option<Id<Message>>,
    /// When it was written.
    pub queued_at: Option<Instant>,
    /// When it left, or they were talked to.
    pub sent_at: Option<Instant>,
    /// The coupon they were given of their own.
    pub coupon_id: Option<Id<Coupon>>,
    /// What was heard of it afterwards.
    pub traces: Traces,
    /// What came of talking to them, as it was said last.
    pub report: Option<ContactReport>,
}

/// What was heard of a message after it had left: each the first time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traces {
    /// When it arrived, where its provider tells.
    pub delivered_at: Option<Instant>,
    /// When it came back.
    pub bounced_at: Option<Instant>,
    /// When it was opened.
    pub opened_at: Option<Instant>,
    /// When a link in it was followed.
    pub clicked_at: Option<Instant>,
    /// When its reader answered.
    pub replied_at: Option<Instant>,
    /// When its reader called it spam.
    pub complained_at: Option<Instant>,
    /// When its reader said that they want no more of it.
    pub unsubscribed_at: Option<Instant>,
}

impl Traces {
    /// Notes that it arrived.
    #[must_use]
    pub fn delivered(self, at: Instant) -> Self {
        Self { delivered_at: first(self.delivered_at, at), ..self }
    }

    /// Notes that it came back.
    #[must_use]
    pub fn bounced(self, at: Instant) -> Self {
        Self { bounced_at: first(self.bounced_at, at), ..self }
    }

    /// Notes that its reader answered.
    #[must_use]
    pub fn replied(self, at: Instant) -> Self {
        Self { replied_at: first(self.replied_at, at), ..self }
    }

    /// Notes that its reader called it spam.
    #[must_use]
    pub fn complained(self, at: Instant) -> Self {
        Self { complained_at: first(self.complained_at, at), ..self }
    }

    /// Notes that it was opened.
    #[must_use]
    pub fn opened(self, at: Instant) -> Self {
        Self { opened_at: first(self.opened_at, at), ..self }
    }

    /// Notes that a link in it was followed, which tells that it was opened too.
    #[must_use]
    pub fn clicked(self, at: Instant) -> Self {
        Self { clicked_at: first(self.clicked_at, at), ..self.opened(at) }
    }

    /// Notes that its reader wants no more of it.
    #[must_use]
    pub fn unsubscribed(self, at: Instant) -> Self {
        Self { unsubscribed_at: first(self.unsubscribed_at, at), ..self }
    }
}

/// The earlier of two: in whatever order it is told, and however often, the same is known in the end.
fn first(known: Option<Instant>, at: Instant) -> Option<Instant> {
    Some(known.map_or(at, |known| known.min(at)))
}

text_enum! {
    /// The orders of the list of recipients.
    RecipientSort {
        /// By the customers' ids.
        CustomerId = "customer_id",
    }
}

impl SortOrder for RecipientSort {}

/// Which recipients of a campaign are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecipientSearch {
    /// Who have come so far.
    pub status: Option<RecipientStatus>,
    /// Who were left out for this.
    pub left_out_reason: Option<LeftOutReason>,
    /// Who get this variant.
    pub variant: Option<String>,
    /// This customer.
    pub customer_id: Option<Id<Customer>>,
}
