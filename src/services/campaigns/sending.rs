//! Sending: the feeder writes messages of running campaigns into the outbox, the workers that send them ask before each whether it may still leave.

use chrono::TimeDelta;

use super::{
    letters::{left_out, write_letters},
    store, worklist,
};
use crate::{
    db::DbConnection,
    domain::{
        campaigns::{Campaign, CampaignStatus, LeftOutReason, Recipient, RecipientStatus},
        consents::ConsentStatus,
        ids::Id,
        instants::Instant,
        links::Links,
        messages::{Message, MessageStatus},
        suppressions::SuppressibleChannel,
    },
    error::Error,
    repositories::{
        campaigns::{self as repository, recipients},
        consents, suppressions,
    },
    services::messages,
};

/// The most messages that are written in one transaction.
const BATCH: i64 = 500;

/// The campaigns that may have something to send.
///
/// # Errors
/// The database's.
pub fn live_campaigns(tx: &mut DbConnection, now: Instant) -> Result<Vec<Id<Campaign>>, Error> {
    Ok(repository::live(tx, now)?)
}

/// Writes the next messages of a campaign into the outbox: at most its rate within any minute, outside quiet hours, each with what is known and holds now.
/// Answers how many people were looked at; none when there is nothing to do at present. A campaign of which everything has left is completed. Of one whose
/// customers are talked to nothing is written: its work list is tidied.
///
/// # Errors
/// The database's.
pub fn feed(tx: &mut DbConnection, now: Instant, links: &Links, id: Id<Campaign>) -> Result<usize, Error> {
    let Some(campaign) = repository::find_for_update(tx, id)? else { return Ok(0) };
    let campaign = match campaign.status {
        CampaignStatus::Running => campaign,
        CampaignStatus::Scheduled if campaign.starts_at.is_some_and(|at| at <= now) => {
            store(tx, now, Campaign { status: CampaignStatus::Running, ..campaign })?
        }
        _ => return Ok(0),
    };
    if campaign.draft.is_worked() {
        return worklist::tidy(tx, now, links, campaign);
    }
    let a_minute_ago = now.checked_add(TimeDelta::minutes(-1)).unwrap_or(Instant::MIN);
    let room = (campaign.draft.rate_per_minute - recipients::count_queued_since(tx, id, a_minute_ago)?).clamp(0, BATCH);
    let due = if room > 0 { recipients::find_due(tx, id, now, room)? } else { Vec::new() };
    if due.is_empty() {
        if room > 0 && !recipients::has_open(tx, id)? {
            store(tx, now, Campaign { status: CampaignStatus::Completed, ended_at: Some(now), ..campaign })?;
        }
        return Ok(0);
    }
    let (changed, letters) = write_letters(tx, now, links, &campaign, due)?;
    let looked_at = changed.len();
    let ids = messages::enqueue_all(tx, now, letters)?;
    let mut ids = ids.into_iter();
    let changed = changed.into_iter().map(|recipient| match recipient.status {
        RecipientStatus::Queued => Recipient { message_id: ids.next(), ..recipient },
        _ => recipient,
    });
    recipients::update(tx, changed.collect())?;
    Ok(looked_at)
}

/// Whether a message of a campaign, which a worker has, may leave now. One that may not is called back: nothing leaves while the campaign is paused,
/// after it was cancelled, or after its reader does not want it any more.
///
/// # Errors
/// The database's.
pub fn may_leave(tx: &mut DbConnection, message: &Message) -> Result<bool, Error> {
    let Some(about) = &message.content.campaign else { return Ok(true) };
    let Some(campaign) = repository::find_for_update(tx, about.campaign_id)? else { return Ok(false) };
    let found = match message.content.about_id {
        Some(recipient) => recipients::find(tx, recipient.cast())?,
        None => None,
    };
    let unwanted = match &found {
        Some(recipient) => unwanted(tx, &campaign, recipient, message)?,
        None => None,
    };
    let recipient = match (found, campaign.status, unwanted) {
        (Some(_), CampaignStatus::Running | CampaignStatus::Completed, None) => return Ok(true),
        (Some(recipient), _, Some(reason)) => Some(left_out(recipient, reason)),
        (Some(recipient), CampaignStatus::Cancelled, None) => Some(Recipient { status: RecipientStatus::Cancelled, ..recipient }),
        (Some(recipient), _, None) => Some(Recipient { status: RecipientStatus::Waiting, ..recipient }),
        // Erased meanwhile.
        (None, ..) => None,
    };
    messages::delete(tx, message.id)?;
    let called_back = recipient.map(|recipient| Recipient { message_id: None, queued_at: None, ..recipient });
    recipients::update(tx, called_back.into_iter().collect())?;
    Ok(false)
}

/// Tells the campaign what became of a message: sent, or given up.
///
/// # Errors
/// The database's.
pub fn settle(tx: &mut DbConnection, message: &Message, status: MessageStatus, sent_at: Option<Instant>) -> Result<(), Error> {
    let status = match status {
        MessageStatus::Sent => RecipientStatus::Sent,
        MessageStatus::Failed => RecipientStatus::Failed,
        MessageStatus::Queued | MessageStatus::Sending => return Ok(()),
    };
    match message.content.about_id {
        Some(recipient) => Ok(recipients::settle(tx, recipient.cast(), status, sent_at)?),
        None => Ok(()),
    }
}

/// Why a reader does not want the message any more.
fn unwanted(tx: &mut DbConnection, campaign: &Campaign, recipient: &Recipient, message: &Message) -> Result<Option<LeftOutReason>, Error> {
    let (channel, purpose) = (campaign.draft.channel, campaign.draft.purpose);
    let consent = consents::find(tx, recipient.customer_id, channel, purpose)?;
    if consent.is_some_and(|consent| consent.statement.status == ConsentStatus::Withdrawn) {
        return Ok(Some(LeftOutReason::Withdrawn));
    }
    let Some(way) = SuppressibleChannel::of(channel) else { return Ok(None) };
    let suppression = suppressions::find_address(tx, way, &way.normal(&message.content.recipient))?;
    Ok(suppression.map(|_| LeftOutReason::Suppressed))
}
