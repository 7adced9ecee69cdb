//! The outbox.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::messages},
    domain::{
        campaigns::Campaign,
        customers::Customer,
        ids::Id,
        instants::Instant,
        messages::{CampaignMessage, Claim, Message, MessageFilter, MessageKind, MessageSort, MessageStatus, NewMessage},
        paging::{Page, PageRequest},
    },
    insert_many, list_by_id, on, on_locked, on_skip_locked,
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
struct MessageRow {
    id: Id<Message>,
    kind: MessageKind,
    status: MessageStatus,
    customer_id: Option<Id<Customer>>,
    about_id: Option<Id<()>>,
    recipient: String,
    subject: String,
    body: String,
    attempts: i32,
    send_at: Instant,
    error: Option<String>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    sent_at: Option<Instant>,
    html: Option<String>,
    campaign_id: Option<Id<Campaign>>,
    unsubscribe_url: Option<String>,
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        let MessageRow { id, kind, status, customer_id, about_id, recipient, subject, body, html, campaign_id, unsubscribe_url, .. } = row;
        let MessageRow { attempts, send_at, error, version, created_at, updated_at, sent_at, .. } = row;
        let campaign = campaign_id.map(|campaign_id| CampaignMessage { campaign_id, unsubscribe_url });
        let content = NewMessage { kind, customer_id, about_id, recipient, subject, body, html, campaign };
        Self { id, content, status, attempts, send_at, error, version, created_at, updated_at, sent_at }
    }
}

impl From<&Message> for MessageRow {
    fn from(message: &Message) -> Self {
        let Message { id, content, status, attempts, send_at, error, version, created_at, updated_at, sent_at } = message.clone();
        let NewMessage { kind, customer_id, about_id, recipient, subject, body, html, campaign } = content;
        let (campaign_id, unsubscribe_url) = campaign.map(|campaign| (campaign.campaign_id, campaign.unsubscribe_url)).unzip();
        Self {
            id,
            kind,
            status,
            customer_id,
            about_id,
            recipient,
            subject,
            body,
            attempts,
            send_at,
            error,
            version,
            created_at,
            updated_at,
            sent_at,
            html,
            campaign_id,
            unsubscribe_url: unsubscribe_url.flatten(),
        }
    }
}

/// Stores new messages.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, new: &[Message]) -> DbResult<()> {
    let rows: Vec<MessageRow> = new.iter().map(Into::into).collect();
    Ok(insert_many!(conn, messages::table, &rows)?)
}

/// A message.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<Message>) -> DbResult<Option<Message>> {
    let found: Option<MessageRow> = on!(conn, c => messages::table.find(id).select(MessageRow::as_select()).first(c).optional())?;
    Ok(found.map(Into::into))
}

/// As [`find`]; the row stays locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, id: Id<Message>) -> DbResult<Option<Message>> {
    let found: Option<MessageRow> = on_locked!(conn, c, messages::table.find(id).select(MessageRow::as_select()) => first).optional()?;
    Ok(found.map(Into::into))
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let mut query = $query.into_boxed();
        if let Some(status) = $filter.status {
            query = query.filter(messages::status.eq(status));
        }
        if let Some(kind) = $filter.kind {
            query = query.filter(messages::kind.eq(kind));
        }
        if let Some(customer_id) = $filter.customer_id {
            query = query.filter(messages::customer_id.eq(customer_id));
        }
        query
    }};
}

/// A page of messages.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, filter: &MessageFilter, page: &PageRequest<MessageSort>) -> DbResult<Page<Message>> {
    Ok(list_by_id!(conn, page, MessageRow => Message, messages::id, |select| filtered!(messages::table.select(select), filter)))
}

/// Up to `limit` messages that are due, the longest first; what another transaction looks at is left out.
///
/// # Errors
/// The database's.
pub fn find_due(conn: &mut DbConnection, now: Instant, limit: i64) -> DbResult<Vec<Message>> {
    let due = messages::status.eq(MessageStatus::Queued).and(messages::send_at.le(now));
    let rows: Vec<MessageRow> = on_skip_locked!(conn, c,
        messages::table.filter(due).order(messages::send_at).limit(limit).select(MessageRow::as_select()) => load)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Up to `limit` messages whose worker has not been heard of since its lease ended.
///
/// # Errors
/// The database's.
pub fn find_abandoned(conn: &mut DbConnection, now: Instant, limit: i64) -> DbResult<Vec<Message>> {
    let abandoned = messages::status.eq(MessageStatus::Sending).and(messages::locked_until.lt(now));
    let rows: Vec<MessageRow> = on_skip_locked!(conn, c,
        messages::table.filter(abandoned).order(messages::locked_until).limit(limit).select(MessageRow::as_select()) => load)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Gives messages to one worker until its lease ends.
///
/// # Errors
/// The database's.
pub fn claim(conn: &mut DbConnection, ids: &[Id<Message>], claim: Id<Claim>, now: Instant, lease: Instant) -> DbResult<()> {
    let changes = (
        messages::status.eq(MessageStatus::Sending),
        messages::claim_id.eq(Some(claim)),
        messages::locked_until.eq(Some(lease)),
        messages::version.eq(messages::version + 1),
        messages::updated_at.eq(now),
    );
    on!(conn, c => diesel::update(messages::table.filter(messages::id.eq_any(ids))).set(changes).execute(c))?;
    Ok(())
}

/// What a worker has and has not settled yet; nothing once another has taken it over.
macro_rules! claimed {
    ($claim:expr) => {
        messages::table.filter(messages::claim_id.eq($claim).and(messages::status.eq(MessageStatus::Sending)))
    };
}

/// Makes the lease of all that a worker still has longer.
///
/// # Errors
/// The database's.
pub fn renew(conn: &mut DbConnection, claim: Id<Claim>, lease: Instant) -> DbResult<()> {
    on!(conn, c => diesel::update(claimed!(claim)).set(messages::locked_until.eq(Some(lease))).execute(c))?;
    Ok(())
}

/// Counts an attempt that begins; `false` when the message is the worker's no longer.
///
/// # Errors
/// The database's.
pub fn begin(conn: &mut DbConnection, claim: Id<Claim>, id: Id<Message>, now: Instant) -> DbResult<bool> {
    let changes =
        (messages::attempts.eq(messages::attempts + 1), messages::version.eq(messages::version + 1), messages::updated_at.eq(now));
    Ok(on!(conn, c => diesel::update(claimed!(claim).filter(messages::id.eq(id))).set(changes).execute(c))? == 1)
}

/// Takes a message out of the outbox.
///
/// # Errors
/// The database's.
pub fn delete(conn: &mut DbConnection, id: Id<Message>) -> DbResult<()> {
    on!(conn, c => diesel::delete(messages::table.find(id)).execute(c))?;
    Ok(())
}

/// Forgets what is not kept of a message once it has been sent.
///
/// # Errors
/// The database's.
pub fn forget_html(conn: &mut DbConnection, id: Id<Message>) -> DbResult<()> {
    let nothing = (messages::html.eq(None::<String>), messages::unsubscribe_url.eq(None::<String>));
    on!(conn, c => diesel::update(messages::table.find(id)).set(nothing).execute(c))?;
    Ok(())
}

/// What becomes of a message that a worker lets go of.
#[derive(Debug, Clone, Copy)]
pub struct Settlement<'a> {
    /// Where it stands now.
    pub status: MessageStatus,
    /// When it is tried next, where it is.
    pub send_at: Instant,
    /// Why it was not sent.
    pub error: Option<&'a str>,
    /// What is kept of it.
    pub body: &'a str,
    /// When it was sent.
    pub sent_at: Option<Instant>,
}

/// Ends an attempt; `false` when the message is the worker's no longer.
///
/// # Errors
/// The database's.
pub fn settle(conn: &mut DbConnection, claim: Id<Claim>, id: Id<Message>, now: Instant, settlement: &Settlement<'_>) -> DbResult<bool> {
    let Settlement { status, send_at, error, body, sent_at } = *settlement;
    let changes = (
        messages::status.eq(status),
        messages::send_at.eq(send_at),
        messages::error.eq(error),
        messages::body.eq(body),
        messages::sent_at.eq(sent_at),
        messages::claim_id.eq(None::<Id<Claim>>),
        messages::locked_until.eq(None::<Instant>),
        messages::version.eq(messages::version + 1),
        messages::updated_at.eq(now),
    );
    Ok(on!(conn, c => diesel::update(claimed!(claim).filter(messages::id.eq(id))).set(changes).execute(c))? == 1)
}

/// Puts back all that a worker still has, with why where there is a reason to tell.
///
/// # Errors
/// The database's.
pub fn release(conn: &mut DbConnection, claim: Id<Claim>, now: Instant, error: Option<&str>) -> DbResult<()> {
    let changes = (
        messages::status.eq(MessageStatus::Queued),
        messages::claim_id.eq(None::<Id<Claim>>),
        messages::locked_until.eq(None::<Instant>),
        messages::version.eq(messages::version + 1),
        messages::updated_at.eq(now),
    );
    match error {
        None => on!(conn, c => diesel::update(claimed!(claim)).set(changes).execute(c))?,
        Some(error) => on!(conn, c => diesel::update(claimed!(claim)).set((changes, messages::error.eq(error))).execute(c))?,
    };
    Ok(())
}

/// Puts a message back into the queue as if it had never been tried.
///
/// # Errors
/// The database's.
pub fn requeue(conn: &mut DbConnection, message: &Message) -> DbResult<()> {
    let changes = (
        messages::status.eq(message.status),
        messages::attempts.eq(message.attempts),
        messages::send_at.eq(message.send_at),
        messages::error.eq(&message.error),
        messages::version.eq(message.version),
        messages::updated_at.eq(message.updated_at),
    );
    on!(conn, c => diesel::update(messages::table.find(message.id)).set(changes).execute(c))?;
    Ok(())
}
