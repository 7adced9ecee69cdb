//! What is sent to customers: an outbox, whose rows are written in the transaction that causes them and handed to a carrier by a worker later.

use chrono::TimeDelta;

use super::{
    campaigns::Campaign, consents::ContactChannel, customers::Customer, ids::Id, instants::Instant, paging::SortOrder,
    suppressions::SuppressibleChannel,
};

text_enum! {
    /// Why a message is sent.
    MessageKind {
        /// Asks whether the resolution of a feedback helped.
        FeedbackOutcome = "feedback_outcome",
        /// Asks for answers to a survey.
        SurveyInvitation = "survey_invitation",
        /// Is part of a campaign.
        Campaign = "campaign",
    }
}

text_enum! {
    /// The way a message goes.
    MessageChannel {
        /// By the mail server.
        Email = "email",
        /// By the shop's gateway, as all below.
        Sms = "sms",
        Fax = "fax",
        /// On paper.
        Mail = "mail",
    }
}

impl MessageChannel {
    /// The way that messages to a customer go; none where nothing is sent, but somebody talks to them.
    pub const fn of(channel: ContactChannel) -> Option<Self> {
        match channel {
            ContactChannel::Email => Some(Self::Email),
            ContactChannel::Sms => Some(Self::Sms),
            ContactChannel::Fax => Some(Self::Fax),
            ContactChannel::Mail => Some(Self::Mail),
            ContactChannel::Phone | ContactChannel::InStore => None,
        }
    }

    /// The same way among those to a customer; none of these is left out.
    pub const fn contact(self) -> ContactChannel {
        match self {
            Self::Email => ContactChannel::Email,
            Self::Sms => ContactChannel::Sms,
            Self::Fax => ContactChannel::Fax,
            Self::Mail => ContactChannel::Mail,
        }
    }

    /// The same way among those whose addresses can be suppressed.
    pub fn suppressible(self) -> Option<SuppressibleChannel> {
        SuppressibleChannel::of(self.contact())
    }
}

/// Who takes messages from us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// The mail server: e-mail.
    MailServer,
    /// The shop's own gateway: everything else.
    Gateway,
}

text_enum! {
    /// How far a message has come.
    MessageStatus {
        /// Waits for a worker, or for its next attempt.
        Queued = "queued",
        /// A worker has it.
        Sending = "sending",
        /// Its carrier, the mail server or the gateway, has taken it.
        Sent = "sent",
        /// Given up.
        Failed = "failed",
    }
}

text_enum! {
    /// The orders of the list of messages.
    MessageSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for MessageSort {}

/// How often a message is tried before it is given up: with the waits of [`backoff`], for about a day.
pub const MAX_ATTEMPTS: i32 = 12;

/// How long a worker has the messages that it took without saying that it still lives; after that another may take them over.
pub const LEASE: TimeDelta = TimeDelta::minutes(5);

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Why.
    pub kind: MessageKind,
    /// The way it goes.
    pub channel: MessageChannel,
    /// Whom it goes to, where they are known.
    pub customer_id: Option<Id<Customer>>,
    /// What it is about: the feedback, the invitation.
    pub about_id: Option<Id<()>>,
    /// The address: of e-mail, a number in E.164, or a postal address on one line.
    pub recipient: String,
    /// One line.
    pub subject: String,
    /// Plain text. Links that end in a token are shortened once it has been sent: see [`super::links::without_tokens`].
    pub body: String,
    /// The same as HTML; not kept once it has been sent.
    pub html: Option<String>,
    /// What it is part of.
    pub campaign: Option<CampaignMessage>,
}

/// What a message of a campaign carries besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignMessage {
    /// The campaign.
    pub campaign_id: Id<Campaign>,
    /// Where its reader says that they want no more of it; not kept once it has been sent.
    pub unsubscribe_url: Option<String>,
}

/// A message as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id, from which its `Message-ID` is made: the same at every attempt.
    pub id: Id<Message>,
    /// What is sent to whom.
    pub content: NewMessage,
    /// How far it has come.
    pub status: MessageStatus,
    /// How often it has been tried.
    pub attempts: i32,
    /// When it is tried next, or was last.
    pub send_at: Instant,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Counts its changes.
    pub version: i64,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When its carrier took it.
    pub sent_at: Option<Instant>,
}

/// A message without what it says: whom it was for, and what it was part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressedMessage {
    /// The message.
    pub id: Id<Message>,
    /// Why it was sent.
    pub kind: MessageKind,
    /// The way it went.
    pub channel: MessageChannel,
    /// Whom it went to, where they are known.
    pub customer_id: Option<Id<Customer>>,
    /// What it was about.
    pub about_id: Option<Id<()>>,
    /// The address.
    pub recipient: String,
    /// What it was part of.
    pub campaign_id: Option<Id<Campaign>>,
    /// When it was written.
    pub created_at: Instant,
}

/// Which messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MessageFilter {
    /// At this status.
    pub status: Option<MessageStatus>,
    /// Of this kind.
    pub kind: Option<MessageKind>,
    /// By this way.
    pub channel: Option<MessageChannel>,
    /// To this customer.
    pub customer_id: Option<Id<Customer>>,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The carrier has the message.
    Taken,
    /// It will never take it.
    Refused {
        /// What it says.
        words: String,
        /// Whether it says that there is no such address.
        is_bad_address: bool,
    },
    /// Not this time: to be tried again.
    Failed(String),
    /// The carrier can not be talked to: that is no attempt.
    NotTried(String),
}

impl Delivery {
    /// Refused for another reason than the address.
    pub const fn refused(words: String) -> Self {
        Self::Refused { words, is_bad_address: false }
    }
}

/// Marks a batch of messages that one worker has taken.
#[derive(Debug)]
pub enum Claim {}

/// The `Message-ID` of a message, by which mail programs know one that they get twice. `domain` never changes for one database.
pub fn message_id(id: Id<Message>, domain: &str) -> String {
    format!("<{id}@{domain}>")
}

/// The longest subject, in characters.
const MAX_SUBJECT: usize = 200;

/// A text as a subject: one line of at most 200 characters. What is no part of a line becomes a blank.
pub fn one_line(text: &str) -> String {
    let line = text.split(char::is_control).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_SUBJECT).collect()
}

/// How long to wait after the failed attempt number `attempts` (from 1): 1, 2, 4 … minutes, at most four hours, and up to half as much again by
/// `jitter` (any number; equal ones give equal waits), so that what failed together does not come back together.
pub fn backoff(attempts: i32, jitter: u32) -> TimeDelta {
    let doublings = u32::try_from(attempts.clamp(1, 9) - 1).unwrap_or(0);
    let wait_ms = (60_000_i64 << doublings).min(4 * 60 * 60_000);
    TimeDelta::milliseconds(wait_ms + i64::from(jitter % 1000) * wait_ms / 2000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_four_hours() {
        let minutes = |attempts| backoff(attempts, 0).num_minutes();
        assert_eq!([1, 2, 3, 8, 9, 10, i32::MAX].map(minutes), [1, 2, 4, 128, 240, 240, 240]);
        assert_eq!([minutes(0), minutes(i32::MIN)], [1, 1]);
        assert_eq!([500, 999, 1000].map(|jitter| backoff(1, jitter).num_milliseconds()), [75_000, 89_970, 60_000]);
    }

    #[test]
    fn a_subject_is_one_line() {
        assert_eq!(one_line(" Did it help?\r\nBcc: all@example.com\u{0}\t\u{85}x "), "Did it help? Bcc: all@example.com x");
        assert_eq!(one_line(&"王".repeat(300)), "王".repeat(200));
    }

    #[test]
    fn it_is_given_up_after_about_a_day() {
        let hours: i64 = (1..MAX_ATTEMPTS).map(|attempts| backoff(attempts, 0).num_minutes()).sum::<i64>() / 60;
        assert!((12..=36).contains(&hours), "{hours}");
    }
}
