//! What became of messages after they had left: what is known of them, and who is not to be written to any more.

use std::collections::{BTreeSet, HashMap};

use crate::{
    db::DbConnection,
    domain::{
        campaigns::{Campaign, Recipient},
        consents::{ConsentSource, ConsentStatus, ContactPurpose, Statement},
        ids::Id,
        instants::Instant,
        message_events::{MessageEvent, MessageEventType, MessageEvents},
        messages::{AddressedMessage, Message, MessageChannel, MessageKind},
        permissions::Actor,
        suppressions::{SuppressionDraft, SuppressionReason},
    },
    error::Error,
    repositories::{
        campaigns::{self as campaigns, tracking},
        messages,
    },
    services::{
        campaigns::tracking::note,
        consents::{self, Said},
        suppressions,
    },
};

/// How many events were taken, and how many were of messages that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Of ours.
    pub taken: usize,
    /// Of nobody's.
    pub unknown: usize,
}

/// Hears what became of messages: a fixed number of statements however many they are. Heard again, or in another order, the same is known in the end.
///
/// # Errors
/// `invalid` for what can not be.
pub fn hear(tx: &mut DbConnection, actor: &Actor, now: Instant, told: &MessageEvents) -> Result<Taken, Error> {
    told.check(now).map_err(Error::invalid)?;
    let ids: BTreeSet<Id<Message>> = told.events.iter().map(|event| event.message_id).collect();
    let known: HashMap<Id<Message>, AddressedMessage> =
        messages::find_addressed(tx, &ids.into_iter().collect::<Vec<_>>())?.into_iter().map(|message| (message.id, message)).collect();
    let heard: Vec<Heard<'_>> = told
        .events
        .iter()
        .filter_map(|event| {
            let message = known.get(&event.message_id)?;
            // The clocks of others are not ours: nothing becomes of a message before it was written, or later than now.
            Some(Heard { event, message, at: event.at.min(now).max(message.created_at) })
        })
        .collect();
    withdraw(tx, actor, now, &heard)?;
    suppressions::suppress_all(tx, now, heard.iter().filter_map(Heard::suppression))?;
    note_all(tx, &heard)?;
    Ok(Taken { taken: heard.len(), unknown: told.events.len() - heard.len() })
}

/// Notes that a message came back at once, because there is no such address: nothing is sent there any more.
///
/// # Errors
/// The database's.
pub fn hear_bad_address(tx: &mut DbConnection, now: Instant, message: &Message) -> Result<(), Error> {
    let content = &message.content;
    suppressions::suppress_all(tx, now, suppression(content.channel, &content.recipient, SuppressionReason::HardBounce).into_iter())?;
    match content.about_id.filter(|_| content.kind == MessageKind::Campaign) {
        Some(recipient) => note(tx, recipient.cast(), |traces| traces.bounced(now)),
        None => Ok(()),
    }
}

/// An event, with the message that it is about.
struct Heard<'a> {
    event: &'a MessageEvent,
    message: &'a AddressedMessage,
    at: Instant,
}

impl Heard<'_> {
    fn suppression(&self) -> Option<SuppressionDraft> {
        let reason = match self.event.r#type {
            MessageEventType::Bounced if self.event.is_permanent => SuppressionReason::HardBounce,
            MessageEventType::Complained => SuppressionReason::Complaint,
            _ => return None,
        };
        suppression(self.message.channel, &self.message.recipient, reason)
    }

    /// What the event says of the consent of the message's reader.
    fn withdrawal(&self, plans: &HashMap<Id<Campaign>, Campaign>) -> Option<Said> {
        let (source, word) = match self.event.r#type {
            MessageEventType::Complained => (ConsentSource::Complaint, "A complaint"),
            MessageEventType::Unsubscribed => (ConsentSource::Unsubscribe, "An unsubscription"),
            _ => return None,
        };
        let plan = self.message.campaign_id.and_then(|id| plans.get(&id)).map(|campaign| &campaign.draft);
        let purpose = match self.message.kind {
            MessageKind::Campaign => plan?.purpose,
            MessageKind::SurveyInvitation => ContactPurpose::Survey,
            MessageKind::FeedbackOutcome => ContactPurpose::Service,
        };
        let of = plan.map(|plan| format!(" of the campaign {}", plan.name)).unwrap_or_default();
        let evidence = Some(format!("{word}, told by the carrier of message {}{of}", self.message.id));
        Some(Said {
            customer_id: self.message.customer_id?,
            channel: self.message.channel.contact(),
            purpose,
            statement: Statement { status: ConsentStatus::Withdrawn, source, evidence, at: self.at },
        })
    }
}

fn suppression(channel: MessageChannel, address: &str, reason: SuppressionReason) -> Option<SuppressionDraft> {
    Some(SuppressionDraft { channel: channel.suppressible()?, address: address.to_owned(), reason, note: None })
}

fn withdraw(tx: &mut DbConnection, actor: &Actor, now: Instant, heard: &[Heard<'_>]) -> Result<(), Error> {
    let ends = |heard: &&Heard<'_>| matches!(heard.event.r#type, MessageEventType::Complained | MessageEventType::Unsubscribed);
    let ids: BTreeSet<Id<Campaign>> = heard.iter().filter(ends).filter_map(|heard| heard.message.campaign_id).collect();
    let plans: HashMap<Id<Campaign>, Campaign> =
        campaigns::find_many(tx, &ids.into_iter().collect::<Vec<_>>())?.into_iter().map(|campaign| (campaign.id, campaign)).collect();
    consents::hear_all(tx, now, actor, heard.iter().filter_map(|heard| heard.withdrawal(&plans)).collect())
}

fn note_all(tx: &mut DbConnection, heard: &[Heard<'_>]) -> Result<(), Error> {
    let about = |heard: &Heard<'_>| heard.message.about_id.filter(|_| heard.message.kind == MessageKind::Campaign).map(Id::cast);
    let ids: BTreeSet<Id<Recipient>> = heard.iter().filter_map(about).collect();
    let before = tracking::find_for_update(tx, &ids.into_iter().collect::<Vec<_>>())?;
    let mut after: HashMap<Id<Recipient>, Recipient> = before.iter().map(|recipient| (recipient.id, recipient.clone())).collect();
    for heard in heard {
        if let Some(recipient) = about(heard).and_then(|id| after.get_mut(&id)) {
            recipient.traces = heard.event.noted(recipient.traces, heard.at);
        }
    }
    let changed = before.iter().filter_map(|known| after.remove(&known.id).filter(|recipient| recipient.traces != known.traces));
    Ok(tracking::update(tx, changed.collect())?)
}
