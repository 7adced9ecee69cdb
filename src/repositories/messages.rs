//! The outbox.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, expressions::Word, schema::messages},
    domain::{
        campaigns::Campaign,
        customers::Customer,
        ids::Id,
        instants::Instant,
        messages::{
            AddressedMessage, CampaignMessage, Carrier, Claim, Message, MessageChannel, MessageFilter, MessageKind, MessageSort,
            MessageStatus, NewMessage,
        },
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
    channel: MessageChannel,
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Self {
        let MessageRow {
            id,
            kind,
            channel,
            status,
            customer_id,
            about_id,
            recipient,
            subject,
            body,
            html,
            campaign_id,
            unsubscribe_url,
            ..
        } = row;
        let MessageRow { attempts, send_at, error, version, created_at, updated_at, sent_at, .. } = row;
        let campaign = campaign_id.map(|campaign_id| CampaignMessage { campaign_id, unsubscribe_url });
        let content = NewMessage { kind, channel, customer_id, about_id, recipient, subject, body, html, campaign };
        Self { id, content, status, attempts, send_at, error, version, created_at, updated_at, sent_at }
    }
}

impl From<&Message> for MessageRow {
    fn from(message: &Message) -> Self {
        let Message { id, content, status, attempts, send_at, error, version, created_at, updated_at, sent_at } = message.clone();
        let NewMessage { kind, channel, customer_id, about_id, recipient, subject, body, html, campaign } = content;
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
            channel,
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

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = messages)]
struct AddressedRow {
    id: Id<Message>,
    kind: MessageKind,
    channel: MessageChannel,
    customer_id: Option<Id<Customer>>,
    about_id: Option<Id<()>>,
    recipient: String,
    campaign_id: Option<Id<Campaign>>,
    created_at: Instant,
}

/// Those of `ids` that are messages, without what they say.
///
/// # Errors
/// The database's.
pub fn find_addressed(conn: &mut DbConnection, ids: &[Id<Message>]) -> DbResult<Vec<AddressedMessage>> {
    let wanted = messages::table.filter(messages::id.eq_any(ids));
    let rows: Vec<AddressedRow> = on!(conn, c => wanted.select(AddressedRow::as_select()).load(c))?;
    let addressed = |row| {
        let AddressedRow { id, kind, channel, customer_id, about_id, recipient, campaign_id, created_at } = row;
        AddressedMessage { id, kind, channel, customer_id, about_id, recipient, campaign_id, created_at }
    };
    Ok(rows.into_iter().map(addressed).collect())
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
        if let Some(channel) = $filter.channel {
            query = query.filter(messages::channel.eq(channel));
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

/// A query for what a carrier takes: of two indexes, one for each of them, the database sees which it can use.
macro_rules! carried_by {
    ($carrier:expr, $conn:expr, $c:ident, |$is_theirs:ident| $query:expr) => {
        match $carrier {
            Carrier::MailServer => on_skip_locked!($conn, $c, {
                let $is_theirs = messages::channel.eq(Word("email"));
                $query
            } => load),
            Carrier::Gateway => on_skip_locked!($conn, $c, {
                let $is_theirs = messages::channel.ne(Word("email"));
                $query
            } => load),
        }
    };
}

/// Messages that wait for each other only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Those to one customer, who may wait for them.
    Service,
    /// Those of campaigns.
    Campaigns,
}

/// Up to `limit` messages for a carrier that are due, the longest first; what another transaction looks at is left out.
///
/// # Errors
/// The database's.
pub fn find_due(conn: &mut DbConnection, carrier: Carrier, lane: Lane, now: Instant, limit: i64) -> DbResult<Vec<Message>> {
    if limit <= 0 {
        return Ok(Vec::new());
    }
    let is_of_lane = messages::campaign_id.is_not_null().eq(lane == Lane::Campaigns);
    let due = messages::status.eq(MessageStatus::Queued).and(messages::send_at.le(now)).and(is_of_lane);
    let rows: Vec<MessageRow> = carried_by!(carrier, conn, c, |is_theirs| {
        messages::table.filter(due.and(is_theirs)).order(messages::send_at).limit(limit).select(MessageRow::as_select())
    })?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Up to `limit` messages for a carrier whose worker has not been heard of since its lease ended.
///
/// # Errors
/// The database's.
pub fn find_abandoned(conn: &mut DbConnection, carrier: Carrier, now: Instant, limit: i64) -> DbResult<Vec<Message>> {
    let abandoned = messages::status.eq(MessageStatus::Sending).and(messages::locked_until.lt(now));
    let rows: Vec<MessageRow> = carried_by!(carrier, conn, c, |is_theirs| {
        messages::table.filter(abandoned.and(is_theirs)).order(messages::locked_until).limit(limit).select(MessageRow::as_select())
    })?;
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
    /// How often it has been tried.
    pub attempts: i32,
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
    let Settlement { status, attempts, send_at, error, body, sent_at } = *settlement;
    let changes = (
        messages::status.eq(status),
        messages::attempts.eq(attempts),
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

/// Puts a message that a worker has back into the queue, to be taken from its `send_at` on.
///
/// # Errors
/// The database's.
pub fn put_off(conn: &mut DbConnection, message: &Message) -> DbResult<()> {
    let changes = (
        messages::status.eq(MessageStatus::Queued),
        messages::attempts.eq(message.attempts),
        messages::send_at.eq(message.send_at),
        messages::claim_id.eq(None::<Id<Claim>>),
        messages::locked_until.eq(None::<Instant>),
        messages::version.eq(messages::version + 1),
        messages::updated_at.eq(message.updated_at),
    );
    on!(conn, c => diesel::update(messages::table.find(message.id)).set(changes).execute(c))?;
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
