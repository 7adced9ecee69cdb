//! The audiences of campaigns.

use diesel::{
    dsl::{count_star, exists},
    prelude::*,
};

use crate::{
    db::{
        DbConnection, DbResult,
        expressions::Word,
        schema::{campaign_recipients as recipients, messages},
    },
    domain::{
        campaigns::{
            Campaign, ContactOutcome, ContactReport, LeftOutReason, Recipient, RecipientSearch, RecipientSort, RecipientStatus, Traces,
        },
        coupons::Coupon,
        customers::Customer,
        ids::Id,
        instants::Instant,
        messages::{MAX_ATTEMPTS, Message, MessageStatus},
        paging::{Page, PageRequest, Position},
        permissions::{ActorKind, Caller},
    },
    insert_many, on, on_locked,
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = recipients, treat_none_as_default_value = false)]
pub(super) struct RecipientRow {
    customer_id: Id<Customer>,
    campaign_id: Id<Campaign>,
    id: Id<Recipient>,
    variant: Option<String>,
    status: RecipientStatus,
    left_out_reason: Option<LeftOutReason>,
    send_at: Option<Instant>,
    message_id: Option<Id<Message>>,
    queued_at: Option<Instant>,
    sent_at: Option<Instant>,
    coupon_id: Option<Id<Coupon>>,
    delivered_at: Option<Instant>,
    bounced_at: Option<Instant>,
    opened_at: Option<Instant>,
    clicked_at: Option<Instant>,
    replied_at: Option<Instant>,
    complained_at: Option<Instant>,
    unsubscribed_at: Option<Instant>,
    outcome: Option<ContactOutcome>,
    outcome_note: Option<String>,
    outcome_at: Option<Instant>,
    outcome_by_kind: Option<ActorKind>,
    outcome_by_id: Option<Id<Caller>>,
}

/// Both ways between the row and the recipient, which keeps its traces and what was reported apart.
macro_rules! row_of_recipient {
    ($($field:ident),+; $($trace:ident),+) => {
        impl From<RecipientRow> for Recipient {
            fn from(row: RecipientRow) -> Self {
                let said = row.outcome.zip(row.outcome_at).zip(row.outcome_by_kind);
                let (note, actor_id) = (row.outcome_note, row.outcome_by_id);
                let report = said.map(|((outcome, at), actor_kind)| ContactReport { outcome, note, at, actor_kind, actor_id });
                Self { $($field: row.$field,)+ traces: Traces { $($trace: row.$trace),+ }, report }
            }
        }

        impl From<Recipient> for RecipientRow {
            fn from(recipient: Recipient) -> Self {
                let report = recipient.report;
                Self {
                    $($field: recipient.$field,)+
                    $($trace: recipient.traces.$trace,)+
                    outcome: report.as_ref().map(|report| report.outcome),
                    outcome_at: report.as_ref().map(|report| report.at),
                    outcome_by_kind: report.as_ref().map(|report| report.actor_kind),
                    outcome_by_id: report.as_ref().and_then(|report| report.actor_id),
                    outcome_note: report.and_then(|report| report.note),
                }
            }
        }
    };
}

row_of_recipient! {
    id, customer_id, campaign_id, variant, status, left_out_reason, send_at, message_id, queued_at, sent_at, coupon_id;
    delivered_at, bounced_at, opened_at, clicked_at, replied_at, complained_at, unsubscribed_at
}

/// Stores an audience.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, audience: Vec<Recipient>) -> DbResult<()> {
    let rows: Vec<RecipientRow> = audience.into_iter().map(Into::into).collect();
    Ok(insert_many!(conn, recipients::table, &rows)?)
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $campaign:expr, $search:expr) => {{
        let mut query = $query.filter(recipients::campaign_id.eq($campaign)).into_boxed();
        if let Some(status) = $search.status {
            query = query.filter(recipients::status.eq(status));
        }
        if let Some(reason) = $search.left_out_reason {
            query = query.filter(recipients::left_out_reason.eq(reason));
        }
        if let Some(variant) = &$search.variant {
            query = query.filter(recipients::variant.eq(variant));
        }
        if let Some(customer) = $search.customer_id {
            query = query.filter(recipients::customer_id.eq(customer));
        }
        query
    }};
}

/// A page of a campaign's audience.
///
/// # Errors
/// The database's.
pub fn list(
    conn: &mut DbConnection,
    campaign: Id<Campaign>,
    search: &RecipientSearch,
    page: &PageRequest<RecipientSort>,
) -> DbResult<Page<Recipient>> {
    let rows: Vec<RecipientRow> = on!(&mut *conn, c => {
        let mut query = filtered!(recipients::table.select(RecipientRow::as_select()), campaign, search);
        if let Some(after) = page.after {
            query = query.filter(recipients::customer_id.gt(Id::<Customer>::from(after.id)));
        }
        query.order(recipients::customer_id).limit(page.rows()).load(c)
    })?;
    let total = if page.with_total {
        Some(on!(conn, c => filtered!(recipients::table.select(count_star()), campaign, search).first(c))?)
    } else {
        None
    };
    let items = rows.into_iter().map(Into::into).collect();
    Ok(Page::from_rows(items, page, total, |recipient: &Recipient| Position { key: 0, id: recipient.customer_id.uuid() }))
}

/// Up to `limit` recipients whose message is to be written, the longest due first. The campaign's row is held, so nobody else looks at them.
///
/// # Errors
/// The database's.
pub fn find_due(conn: &mut DbConnection, campaign: Id<Campaign>, now: Instant, limit: i64) -> DbResult<Vec<Recipient>> {
    let due = recipients::table
        .filter(recipients::campaign_id.eq(campaign).and(recipients::status.eq(Word("waiting"))).and(recipients::send_at.le(now)))
        .order((recipients::send_at, recipients::customer_id))
        .limit(limit);
    let rows: Vec<RecipientRow> = on!(conn, c => due.select(RecipientRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// How many messages of a campaign were written since `since`.
///
/// # Errors
/// The database's.
pub fn count_queued_since(conn: &mut DbConnection, campaign: Id<Campaign>, since: Instant) -> DbResult<i64> {
    let queued = recipients::table.filter(recipients::campaign_id.eq(campaign).and(recipients::queued_at.gt(since)));
    Ok(on!(conn, c => queued.select(count_star()).first(c))?)
}

/// How many messages of a campaign are about to leave. Those that wait for another try keep nobody else waiting.
///
/// # Errors
/// The database's.
pub fn count_leaving(conn: &mut DbConnection, campaign: Id<Campaign>, now: Instant) -> DbResult<i64> {
    let is_due = messages::status.eq(MessageStatus::Queued).and(messages::send_at.le(now));
    let leaving = messages::campaign_id.eq(campaign).and(messages::status.eq(MessageStatus::Sending).or(is_due));
    Ok(on!(conn, c => messages::table.filter(leaving).select(count_star()).first(c))?)
}

/// Whether a campaign has anybody whose message has not left yet, or who is to be talked to.
///
/// # Errors
/// The database's.
pub fn has_open(conn: &mut DbConnection, campaign: Id<Campaign>) -> DbResult<bool> {
    // Each half has an index of its own: of a long list nearly all are done.
    let waiting = recipients::table.filter(recipients::campaign_id.eq(campaign).and(recipients::status.eq(Word("waiting"))));
    let unsent = [MessageStatus::Queued, MessageStatus::Sending];
    let in_outbox = messages::table.filter(messages::campaign_id.eq(campaign).and(messages::status.eq_any(unsent)));
    Ok(on!(conn, c => diesel::select(exists(waiting).or(exists(in_outbox))).get_result(c))?)
}

/// A recipient, by the id that links carry.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, recipient: Id<Recipient>) -> DbResult<Option<Recipient>> {
    let wanted = recipients::table.filter(recipients::id.eq(recipient));
    Ok(on!(conn, c => wanted.select(RecipientRow::as_select()).first(c).optional())?.map(RecipientRow::into))
}

/// Stores recipients that were there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, changed: Vec<Recipient>) -> DbResult<()> {
    use diesel::upsert::excluded;
    let rows: Vec<RecipientRow> = changed.into_iter().map(Into::into).collect();
    let key = (recipients::customer_id, recipients::campaign_id);
    for rows in rows.chunks(1000) {
        let changes = (
            recipients::status.eq(excluded(recipients::status)),
            recipients::left_out_reason.eq(excluded(recipients::left_out_reason)),
            recipients::send_at.eq(excluded(recipients::send_at)),
            recipients::message_id.eq(excluded(recipients::message_id)),
            recipients::queued_at.eq(excluded(recipients::queued_at)),
            recipients::coupon_id.eq(excluded(recipients::coupon_id)),
        );
        on!(&mut *conn, c => diesel::insert_into(recipients::table).values(rows).on_conflict(key).do_update().set(changes).execute(c))?;
    }
    Ok(())
}

/// Tells what became of the message to a recipient.
///
/// # Errors
/// The database's.
pub fn settle(conn: &mut DbConnection, recipient: Id<Recipient>, status: RecipientStatus, sent_at: Option<Instant>) -> DbResult<()> {
    let changes = (recipients::status.eq(status), recipients::sent_at.eq(sent_at));
    on!(conn, c => diesel::update(recipients::table.filter(recipients::id.eq(recipient))).set(changes).execute(c))?;
    Ok(())
}

/// Takes messages of a campaign that no worker has out of the outbox; their recipients wait again. Without `tried` those that were tried before stay, to go
/// out under the same mark.
///
/// # Errors
/// The database's.
pub fn call_back_all(conn: &mut DbConnection, campaign: Id<Campaign>, tried: bool) -> DbResult<()> {
    let in_outbox = messages::campaign_id.eq(campaign).and(messages::status.eq(MessageStatus::Queued));
    let most = if tried { MAX_ATTEMPTS } else { 0 };
    let called_back = messages::table
        .filter(in_outbox.and(messages::attempts.le(most)))
        .order(messages::id)
        .select((messages::id, messages::about_id.assume_not_null()));
    // Locked first: from here on no worker takes one, and who waits again has none that leaves all the same.
    let found: Vec<(Id<Message>, Id<()>)> = on_locked!(&mut *conn, c, called_back => load)?;
    let changes = (
        recipients::status.eq(RecipientStatus::Waiting),
        recipients::message_id.eq(None::<Id<Message>>),
        recipients::queued_at.eq(None::<Instant>),
    );
    for found in found.chunks(1000) {
        let ids: Vec<Id<Message>> = found.iter().map(|(id, _)| *id).collect();
        let about: Vec<Id<Recipient>> = found.iter().map(|(_, recipient)| recipient.cast()).collect();
        let theirs = recipients::id.eq_any(about).and(recipients::message_id.eq_any(&ids));
        on!(&mut *conn, c => diesel::update(recipients::table.filter(theirs)).set(changes).execute(c))?;
        on!(&mut *conn, c => diesel::delete(messages::table.filter(messages::id.eq_any(&ids))).execute(c))?;
    }
    Ok(())
}

/// Gives up who waits.
///
/// # Errors
/// The database's.
pub fn cancel_waiting(conn: &mut DbConnection, campaign: Id<Campaign>) -> DbResult<()> {
    let waiting = recipients::campaign_id.eq(campaign).and(recipients::status.eq(Word("waiting")));
    let cancelled = recipients::status.eq(RecipientStatus::Cancelled);
    on!(conn, c => diesel::update(recipients::table.filter(waiting)).set(cancelled).execute(c))?;
    Ok(())
}
