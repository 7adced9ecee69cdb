//! Sending: the feeder writes messages of running campaigns into the outbox, the mail worker asks before each whether it may still leave.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::{
    contacts::{address_of, look_at},
    store,
};
use crate::{
    db::DbConnection,
    domain::{
        campaigns::{Campaign, CampaignStatus, Facts, LeftOutReason, Recipient, RecipientStatus, Templates},
        consents::ConsentStatus,
        contact_policy::ContactPolicy,
        customers::Customer,
        ids::Id,
        instants::Instant,
        links::{LinkPurpose, Links},
        messages::{CampaignMessage, Message, MessageKind, MessageStatus, NewMessage},
        suppressions::SuppressibleChannel,
    },
    error::Error,
    repositories::{
        campaigns::{self as repository, recipients},
        consents, suppressions,
    },
    services::{contact_policy, messages},
};

/// The page that ends marketing to a customer.
pub const UNSUBSCRIBE_PAGE: &str = "/v1/public/unsubscribe";

/// How long the links of a message work.
const LINKS_WORK: TimeDelta = TimeDelta::days(2 * 365);

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
/// Answers how many people were looked at; none when there is nothing to do at present. A campaign of which everything has left is completed.
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

/// What becomes of each who is due, and the letters to those of them who are queued, in the same order.
fn write_letters(
    tx: &mut DbConnection,
    now: Instant,
    links: &Links,
    campaign: &Campaign,
    due: Vec<Recipient>,
) -> Result<(Vec<Recipient>, Vec<NewMessage>), Error> {
    let policy = contact_policy::current(tx)?;
    let ids: Vec<Id<Customer>> = due.iter().map(|recipient| recipient.customer_id).collect();
    let reached = look_at(tx, now, &policy, campaign, &ids)?;
    let templates = templates_of(campaign);
    let mut changed = Vec::with_capacity(due.len());
    let mut letters = Vec::new();
    for recipient in due {
        // Who is no customer any more is no recipient either.
        let Ok(place) = reached.binary_search_by_key(&recipient.customer_id, |reached| reached.customer.id) else { continue };
        let Some(found) = reached.get(place) else { continue };
        if let Some(reason) = found.refusal {
            changed.push(left_out(recipient, reason.into()));
            continue;
        }
        if let Some(later) = quiet_until(&policy, now, &found.customer) {
            changed.push(Recipient { send_at: Some(later), ..recipient });
            continue;
        }
        match write_letter(now, links, campaign, &templates, &recipient, &found.customer) {
            Some(letter) => {
                letters.push(letter);
                changed.push(Recipient { status: RecipientStatus::Queued, queued_at: Some(now), ..recipient });
            }
            None => changed.push(left_out(recipient, LeftOutReason::Unwritten)),
        }
    }
    Ok((changed, letters))
}

fn left_out(recipient: Recipient, reason: LeftOutReason) -> Recipient {
    Recipient { status: RecipientStatus::LeftOut, left_out_reason: Some(reason), ..recipient }
}

fn quiet_until(policy: &ContactPolicy, now: Instant, customer: &Customer) -> Option<Instant> {
    Some(policy.first_loud(now, customer.draft.time_zone.as_deref())).filter(|later| *later > now)
}

/// The templates of each variant, read once for many letters.
fn templates_of(campaign: &Campaign) -> HashMap<&str, Templates> {
    campaign.draft.variants.iter().filter_map(|variant| Some((variant.key.as_str(), Templates::parse(variant).ok()?))).collect()
}

fn write_letter(
    now: Instant,
    links: &Links,
    campaign: &Campaign,
    templates: &HashMap<&str, Templates>,
    recipient: &Recipient,
    customer: &Customer,
) -> Option<NewMessage> {
    let templates = templates.get(recipient.variant.as_deref()?)?;
    let address = address_of(campaign.draft.channel, &customer.draft)?;
    let ends_at = now.checked_add(LINKS_WORK).unwrap_or(Instant::MAX);
    let unsubscribe_url = links.url(UNSUBSCRIBE_PAGE, &links.token(LinkPurpose::Unsubscribe, recipient.id.cast(), ends_at));
    let facts = Facts::of(customer, &campaign.draft.name, &unsubscribe_url);
    let letter = templates.write(&facts).ok()?;
    Some(NewMessage {
        kind: MessageKind::Campaign,
        customer_id: Some(customer.id),
        about_id: Some(recipient.id.cast()),
        recipient: address.to_owned(),
        subject: letter.subject,
        body: letter.text,
        html: letter.html,
        campaign: Some(CampaignMessage { campaign_id: campaign.id, unsubscribe_url: Some(unsubscribe_url) }),
    })
}

/// Whether a message of a campaign, which the mail worker has, may leave now. One that may not is called back: nothing leaves while the campaign is paused,
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
