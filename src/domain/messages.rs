//! What is sent to customers by mail: an outbox, whose rows are written in the transaction that causes them and sent by a worker later.

use chrono::TimeDelta;

use super::{campaigns::Campaign, customers::Customer, ids::Id, instants::Instant, paging::SortOrder};

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
    /// How far a message has come.
    MessageStatus {
        /// Waits for a worker, or for its next attempt.
        Queued = "queued",
        /// A worker has it.
        Sending = "sending",
        /// The mail server has taken it.
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
    /// Whom it goes to, where they are known.
    pub customer_id: Option<Id<Customer>>,
    /// What it is about: the feedback, the invitation.
    pub about_id: Option<Id<()>>,
    /// The e-mail address.
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
    /// When the mail server took it.
    pub sent_at: Option<Instant>,
}

/// Which messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MessageFilter {
    /// At this status.
    pub status: Option<MessageStatus>,
    /// Of this kind.
    pub kind: Option<MessageKind>,
    /// To this customer.
    pub customer_id: Option<Id<Customer>>,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The mail server has the message.
    Taken,
    /// It will never take it.
    Refused(String),
    /// Not this time: to be tried again.
    Failed(String),
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
