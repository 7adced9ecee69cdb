//! Work lists: those of an audience who wait to be talked to.

use diesel::{dsl::count_star, prelude::*};

use super::recipients::RecipientRow;
use crate::{
    db::{
        DbConnection, DbResult,
        expressions::{Word, row_gt},
        schema::campaign_recipients as recipients,
        sql_types::{Timestamptz, Uuid},
    },
    domain::{
        campaigns::{Campaign, Recipient, WorklistSearch, WorklistSort},
        customers::Customer,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest, Position},
    },
    on, on_locked,
};

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! due {
    ($query:expr, $campaign:expr, $now:expr, $search:expr) => {{
        let waits = recipients::campaign_id.eq($campaign).and(recipients::status.eq(Word("waiting"))).and(recipients::send_at.le($now));
        let mut query = $query.filter(waits).into_boxed();
        if let Some(customer) = $search.customer_id {
            query = query.filter(recipients::customer_id.eq(customer));
        }
        query
    }};
}

/// A page of who waits and is due.
///
/// # Errors
/// The database's.
pub fn list(
    conn: &mut DbConnection,
    campaign: Id<Campaign>,
    now: Instant,
    search: &WorklistSearch,
    page: &PageRequest<WorklistSort>,
) -> DbResult<Page<Recipient>> {
    let after = page.after.and_then(|after| Some((Instant::from_micros(after.key).ok()?, Id::<Customer>::from(after.id))));
    let rows: Vec<RecipientRow> = on!(&mut *conn, c => {
        let mut query = due!(recipients::table.select(RecipientRow::as_select()), campaign, now, search);
        if let Some((send_at, customer)) = after {
            let position = (send_at.into_sql::<Timestamptz>(), customer.into_sql::<Uuid>());
            query = query.filter(row_gt((recipients::send_at.assume_not_null(), recipients::customer_id), position));
        }
        query.order((recipients::send_at, recipients::customer_id)).limit(page.rows()).load(c)
    })?;
    let total = if page.with_total {
        Some(on!(conn, c => due!(recipients::table.select(count_star()), campaign, now, search).first(c))?)
    } else {
        None
    };
    let position = |recipient: &Recipient| Position { key: recipient.send_at.map_or(0, Instant::micros), id: recipient.customer_id.uuid() };
    Ok(Page::from_rows(rows.into_iter().map(Into::into).collect(), page, total, position))
}

/// A customer in the audience of a campaign, whose row stays locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, campaign: Id<Campaign>, customer: Id<Customer>) -> DbResult<Option<Recipient>> {
    let wanted = recipients::table.filter(recipients::customer_id.eq(customer).and(recipients::campaign_id.eq(campaign)));
    let found: Option<RecipientRow> = on_locked!(conn, c, wanted.select(RecipientRow::as_select()) => first).optional()?;
    Ok(found.map(Into::into))
}

/// Stores what came of talking to somebody.
///
/// # Errors
/// The database's.
pub fn settle(conn: &mut DbConnection, recipient: &Recipient) -> DbResult<()> {
    let report = recipient.report.as_ref();
    let changes = (
        recipients::status.eq(recipient.status),
        recipients::send_at.eq(recipient.send_at),
        recipients::sent_at.eq(recipient.sent_at),
        recipients::bounced_at.eq(recipient.traces.bounced_at),
        recipients::replied_at.eq(recipient.traces.replied_at),
        recipients::unsubscribed_at.eq(recipient.traces.unsubscribed_at),
        recipients::outcome.eq(report.map(|report| report.outcome)),
        recipients::outcome_note.eq(report.and_then(|report| report.note.as_deref())),
        recipients::outcome_at.eq(report.map(|report| report.at)),
        recipients::outcome_by_kind.eq(report.map(|report| report.actor_kind)),
        recipients::outcome_by_id.eq(report.and_then(|report| report.actor_id)),
    );
    let wanted = recipients::table.find((recipient.customer_id, recipient.campaign_id));
    on!(conn, c => diesel::update(wanted).set(changes).execute(c))?;
    Ok(())
}
