//! Sending: the feeder writes messages of running campaigns into the outbox, the workers that send them ask before each whether it may still leave.

use chrono::TimeDelta;

use super::{
    letters::{Reader, sort_out, write_letters},
    store, worklist,
};
use crate::{
    db::{DbConnection, lock},
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

/// The most messages that are written in one transaction, and that are about to leave: what waits in the outbox for long was written too soon.
const BATCH: i64 = 500;

/// After so long it is looked whether a campaign is still paused, for messages that were tried before the pause.
const PAUSE: TimeDelta = TimeDelta::minutes(5);

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
    // Several programs may feed: one after the other, so that of two campaigns the later sees what the earlier has written to the same people.
    lock(tx, "feeding")?;
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
    let leaving = recipients::count_leaving(tx, id, now)?;
    let room = (rate - recipients::count_queued_since(tx, id, a_minute_ago)?).min(rate.min(BATCH) - leaving).max(0);
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

/// What comes of a message that a worker is about to hand over.
enum Fate {
    Leaves,
    /// It goes out later, as it is and under the same mark.
    PutOff(Instant),
    /// It is taken out of the outbox, and this is what becomes of its recipient.
    CalledBack(Box<Recipient>),
    /// Its recipient was erased, or has another message by now.
    Forgotten,
}

/// Whether a message of a campaign, which a worker has, may leave now. Nothing leaves while the campaign is paused or after it was cancelled, to somebody who
/// is not to be written to any more or not at this hour, or to where they were: it is called back, and written anew when its time comes. What was tried
/// before, so that its receiver may have it, is put off for the hour and the pause.
///
/// # Errors
/// The database's.
pub fn may_leave(tx: &mut DbConnection, now: Instant, message: &Message) -> Result<bool, Error> {
    let Some(about) = &message.content.campaign else { return Ok(true) };
    let Some(campaign) = repository::find_shared(tx, about.campaign_id)? else { return Ok(false) };
    let recipient = message.content.about_id.map_or(Ok(None), |recipient| recipients::find(tx, recipient.cast()))?;
    let theirs = recipient.filter(|recipient| recipient.message_id == Some(message.id));
    let (mut changed, mut readers) = sort_out(tx, now, &campaign, theirs.into_iter().collect())?;
    match fate(now, campaign.status, message, changed.pop(), readers.pop()) {
        Fate::Leaves => return Ok(true),
        Fate::PutOff(send_at) => messages::put_off(tx, now, message, send_at)?,
        Fate::Forgotten => messages::delete(tx, message.id)?,
        Fate::CalledBack(recipient) => {
            messages::delete(tx, message.id)?;
            if recipient.status == RecipientStatus::Waiting && campaign.status == CampaignStatus::Completed {
                // A message that was tried again after all the others had left.
                store(tx, now, Campaign { status: CampaignStatus::Running, ended_at: None, ..campaign })?;
            }
            recipients::update(tx, vec![*recipient])?;
        }
    }
    Ok(false)
}

/// `changed` is who is not to be written to now, `reader` who is.
fn fate(now: Instant, campaign: CampaignStatus, message: &Message, changed: Option<Recipient>, reader: Option<Reader>) -> Fate {
    let runs = matches!(campaign, CampaignStatus::Running | CampaignStatus::Completed);
    let was_tried = message.attempts > 0;
    let called_back = |recipient, status| Fate::CalledBack(Box::new(Recipient { status, message_id: None, queued_at: None, ..recipient }));
    match (changed, reader) {
        (Some(recipient), _) if recipient.status == RecipientStatus::LeftOut => called_back(recipient, RecipientStatus::LeftOut),
        (Some(recipient), _) | (None, Some(Reader { recipient, .. })) if campaign == CampaignStatus::Cancelled => {
            called_back(recipient, RecipientStatus::Cancelled)
        }
        (Some(later), _) => match later.send_at.filter(|_| was_tried) {
            Some(send_at) => Fate::PutOff(send_at),
            None => called_back(later, RecipientStatus::Waiting),
        },
        (None, Some(reader)) if reader.found.address.as_ref() != Some(&message.content.recipient) => {
            called_back(reader.recipient, RecipientStatus::Waiting)
        }
        (None, Some(_)) if runs => Fate::Leaves,
        (None, Some(_)) if was_tried => Fate::PutOff(now.checked_add(PAUSE).unwrap_or(now)),
        (None, Some(reader)) => called_back(reader.recipient, RecipientStatus::Waiting),
        (None, None) => Fate::Forgotten,
    }
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
