//! Sending: the feeder writes messages of running campaigns into the outbox, the workers that send them ask before each whether it may still leave.

use chrono::TimeDelta;

use super::{
    letters::{sort_out, write_letters},
    store, worklist,
};
use crate::{
    db::DbConnection,
    domain::{
        campaigns::{Campaign, CampaignStatus, Recipient, RecipientStatus},
        ids::Id,
        instants::Instant,
        links::Links,
        messages::{Message, MessageStatus},
    },
    error::Error,
    repositories::campaigns::{self as repository, recipients},
    services::messages,
};

/// The most messages that are written in one transaction, and that a campaign has in the outbox: what waits there for long was written too soon.
const BATCH: i64 = 500;

/// The campaigns that may have something to send.
///
/// # Errors
/// The database's.
pub fn live_campaigns(tx: &mut DbConnection, now: Instant) -> Result<Vec<Id<Campaign>>, Error> {
    Ok(repository::live(tx, now)?)
}

/// Writes the next messages of a campaign into the outbox: at most its rate within any minute, no more than are sent meanwhile, outside quiet hours, each with what is known and holds now.
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
    let rate = campaign.draft.rate_per_minute;
    let in_outbox = recipients::count_queued(tx, id)?;
    let room = (rate - recipients::count_queued_since(tx, id, a_minute_ago)?).min(rate.min(BATCH) - in_outbox).max(0);
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

/// Whether a message of a campaign, which a worker has, may leave now. One that may not is called back: nothing leaves while the campaign is paused or after
/// it was cancelled, to somebody who is not to be written to any more or not at this hour, or to where they were.
///
/// # Errors
/// The database's.
pub fn may_leave(tx: &mut DbConnection, now: Instant, message: &Message) -> Result<bool, Error> {
    let Some(about) = &message.content.campaign else { return Ok(true) };
    let Some(campaign) = repository::find_for_update(tx, about.campaign_id)? else { return Ok(false) };
    let recipient = match message.content.about_id {
        Some(recipient) => recipients::find(tx, recipient.cast())?,
        None => None,
    };
    let (changed, readers) = sort_out(tx, now, &campaign, recipient.into_iter().collect())?;
    let runs = matches!(campaign.status, CampaignStatus::Running | CampaignStatus::Completed);
    if runs && readers.iter().any(|reader| reader.found.address.as_ref() == Some(&message.content.recipient)) {
        return Ok(true);
    }
    messages::delete(tx, message.id)?;
    // Who was erased meanwhile is none.
    let Some(recipient) = changed.into_iter().chain(readers.into_iter().map(|reader| reader.recipient)).next() else { return Ok(false) };
    let status = match (recipient.status, campaign.status) {
        (RecipientStatus::LeftOut, _) => RecipientStatus::LeftOut,
        (_, CampaignStatus::Cancelled) => RecipientStatus::Cancelled,
        _ => RecipientStatus::Waiting,
    };
    recipients::update(tx, vec![Recipient { status, message_id: None, queued_at: None, ..recipient }])?;
    if status == RecipientStatus::Waiting && campaign.status == CampaignStatus::Completed {
        // A message that was tried again after all the others had left.
        store(tx, now, Campaign { status: CampaignStatus::Running, ended_at: None, ..campaign })?;
    }
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
