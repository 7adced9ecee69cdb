//! Messages to customers: writing them into the outbox, taking them out of it, telling what became of them.

use crate::{
    db::DbConnection,
    domain::{
        ids::Id,
        instants::Instant,
        links::without_tokens,
        messages::{
            Carrier, Claim, Delivery, LEASE, MAX_ATTEMPTS, Message, MessageFilter, MessageSort, MessageStatus, NewMessage, backoff,
            one_line,
        },
        paging::{Page, PageRequest},
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::{
        messages::{self, Lane, Settlement},
        settings,
    },
    services::{
        campaigns::sending::{self, may_leave},
        message_events::hear_bad_address,
    },
};

/// The setting that names the domain of every `Message-ID`.
const MESSAGE_ID_DOMAIN: &str = "message_id_domain";

/// Has a message sent once the transaction has committed. Its `Message-ID` is fixed with its id. A subject of several lines becomes one.
///
/// # Errors
/// The database's.
pub fn enqueue(tx: &mut DbConnection, now: Instant, content: NewMessage) -> Result<Id<Message>, Error> {
    let message = queued(now, content);
    messages::insert(tx, std::slice::from_ref(&message))?;
    Ok(message.id)
}

/// As [`enqueue`], for many at once; answers their ids in order.
///
/// # Errors
/// The database's.
pub fn enqueue_all(tx: &mut DbConnection, now: Instant, contents: Vec<NewMessage>) -> Result<Vec<Id<Message>>, Error> {
    let queued: Vec<Message> = contents.into_iter().map(|content| queued(now, content)).collect();
    if !queued.is_empty() {
        messages::insert(tx, &queued)?;
    }
    Ok(queued.iter().map(|message| message.id).collect())
}

fn queued(now: Instant, content: NewMessage) -> Message {
    Message {
        id: Id::generate(),
        content: NewMessage { subject: one_line(&content.subject), ..content },
        status: MessageStatus::Queued,
        attempts: 0,
        send_at: now,
        error: None,
        version: 1,
        created_at: now,
        updated_at: now,
        sent_at: None,
    }
}

/// A message.
///
/// # Errors
/// `not_found`.
pub fn get_message(tx: &mut DbConnection, id: Id<Message>) -> Result<Message, Error> {
    messages::find(tx, id)?.ok_or_else(|| Error::not_found("message"))
}

/// A page of messages.
///
/// # Errors
/// The database's.
pub fn list_messages(tx: &mut DbConnection, filter: &MessageFilter, page: &PageRequest<MessageSort>) -> Result<Page<Message>, Error> {
    Ok(messages::list(tx, filter, page)?)
}

/// Has a message that was given up tried again from the start.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition` for one that was not given up.
pub fn retry_message(tx: &mut DbConnection, now: Instant, id: Id<Message>, precondition: &Precondition) -> Result<Message, Error> {
    let before = messages::find_for_update(tx, id)?.ok_or_else(|| Error::not_found("message"))?;
    if !precondition.holds_for(before.version) {
        return Err(Error::stale(before.version));
    }
    if before.status != MessageStatus::Failed {
        let words = format!("The message is {}: only one that has failed is tried again.", before.status);
        return Err(Error::new(Code::InvalidTransition, words));
    }
    let version = before.version + 1;
    let after = Message { status: MessageStatus::Queued, attempts: 0, send_at: now, error: None, version, updated_at: now, ..before };
    messages::requeue(tx, &after)?;
    Ok(after)
}

/// Takes up to `limit` messages that are due for a carrier's worker, those that a vanished worker has left among them. They are the worker's under `claim`
/// until its lease ends; one that took its workers down at every attempt is given up.
///
/// # Errors
/// The database's.
pub fn claim(tx: &mut DbConnection, now: Instant, carrier: Carrier, claim: Id<Claim>, limit: i64) -> Result<Vec<Message>, Error> {
    let room = |batch: &Vec<Message>| limit.saturating_sub(batch.len().try_into().unwrap_or(limit));
    // What was left behind has waited longest. What one customer waits for goes before what is written to many.
    let mut batch = messages::find_abandoned(tx, carrier, now, limit)?;
    batch.extend(messages::find_due(tx, carrier, Lane::Service, now, room(&batch))?);
    batch.extend(messages::find_due(tx, carrier, Lane::Campaigns, now, room(&batch))?);
    if batch.is_empty() {
        return Ok(batch);
    }
    let ids: Vec<Id<Message>> = batch.iter().map(|message| message.id).collect();
    messages::claim(tx, &ids, claim, now, lease(now))?;
    let (hopeless, batch): (Vec<Message>, Vec<Message>) = batch.into_iter().partition(|message| message.attempts >= MAX_ATTEMPTS);
    for message in &hopeless {
        settle(tx, now, claim, message, &Delivery::refused("the worker vanished at every attempt".to_owned()), 0)?;
    }
    Ok(batch)
}

/// Begins an attempt, and makes the lease of everything under the claim longer. `false` when the message is the worker's no longer, or may not leave any more, so that it must not
/// send it.
///
/// # Errors
/// The database's.
pub fn begin(tx: &mut DbConnection, now: Instant, claim: Id<Claim>, message: &Message) -> Result<bool, Error> {
    messages::renew(tx, claim, lease(now))?;
    Ok(messages::begin(tx, claim, message.id, now)? && may_leave(tx, now, message)?)
}

/// Tells what became of an attempt at `message`, which is as it was claimed. What was sent is kept without the tokens of its links, and an
/// address that there is not is suppressed. `jitter` is any random number.
///
/// # Errors
/// The database's.
pub fn settle(
    tx: &mut DbConnection,
    now: Instant,
    claim: Id<Claim>,
    message: &Message,
    delivery: &Delivery,
    jitter: u32,
) -> Result<(), Error> {
    let body = message.content.body.as_str();
    let attempts = (message.attempts + 1).min(MAX_ATTEMPTS);
    let kept = Settlement { status: MessageStatus::Failed, attempts, send_at: message.send_at, error: None, body, sent_at: None };
    let shortened;
    let settlement = match delivery {
        Delivery::Taken => {
            shortened = without_tokens(body);
            Settlement { status: MessageStatus::Sent, body: &shortened, sent_at: Some(now), ..kept }
        }
        Delivery::Refused { words, .. } => Settlement { error: Some(words), ..kept },
        Delivery::Failed(error) if attempts >= MAX_ATTEMPTS => Settlement { error: Some(error), ..kept },
        Delivery::Failed(error) => {
            let send_at = now.checked_add(backoff(attempts, jitter)).unwrap_or(now);
            Settlement { status: MessageStatus::Queued, send_at, error: Some(error), ..kept }
        }
        Delivery::NotTried(error) => Settlement { status: MessageStatus::Queued, attempts: message.attempts, error: Some(error), ..kept },
    };
    let is_settled = messages::settle(tx, claim, message.id, now, &settlement)?;
    if is_settled && matches!(delivery, Delivery::Refused { is_bad_address: true, .. }) {
        hear_bad_address(tx, now, message)?;
    }
    if is_settled && message.content.campaign.is_some() {
        sending::settle(tx, message, settlement.status, settlement.sent_at)?;
        if settlement.status == MessageStatus::Sent {
            messages::forget_html(tx, message.id)?;
        }
    }
    Ok(())
}

/// Puts back what is left of a batch: the program stops, or the carrier can not be reached, which `error` then tells. No attempt is counted.
///
/// # Errors
/// The database's.
pub fn release(tx: &mut DbConnection, now: Instant, claim: Id<Claim>, error: Option<&str>) -> Result<(), Error> {
    Ok(messages::release(tx, claim, now, error)?)
}

/// The domain that ends every `Message-ID` of this database: the `wanted` one of the first worker that sent, for ever.
///
/// # Errors
/// The database's.
pub fn message_id_domain(tx: &mut DbConnection, wanted: &str) -> Result<String, Error> {
    if let Some(domain) = settings::find(tx, MESSAGE_ID_DOMAIN)? {
        return Ok(domain);
    }
    settings::insert_if_absent(tx, MESSAGE_ID_DOMAIN, wanted)?;
    Ok(settings::find(tx, MESSAGE_ID_DOMAIN)?.unwrap_or_else(|| wanted.to_owned()))
}

/// Puts a message back that is not to leave before `send_at`, as it was claimed: that no attempt was made counts as none.
///
/// # Errors
/// The database's.
pub fn put_off(tx: &mut DbConnection, now: Instant, message: &Message, send_at: Instant) -> Result<(), Error> {
    Ok(messages::put_off(tx, &Message { send_at, updated_at: now, ..message.clone() })?)
}

/// Takes a message out of the outbox that is not to leave.
///
/// # Errors
/// The database's.
pub fn delete(tx: &mut DbConnection, id: Id<Message>) -> Result<(), Error> {
    Ok(messages::delete(tx, id)?)
}

fn lease(now: Instant) -> Instant {
    now.checked_add(LEASE).unwrap_or(now)
}
