//! What was heard of messages after they had left.

use diesel::prelude::*;

use super::recipients::RecipientRow;
use crate::{
    db::{DbConnection, DbResult, schema::campaign_recipients as recipients},
    domain::{
        campaigns::{Recipient, Traces},
        ids::Id,
    },
    on, on_locked,
};

/// A recipient, by the id that links carry, whose row stays locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, recipient: Id<Recipient>) -> DbResult<Option<Recipient>> {
    let wanted = recipients::table.filter(recipients::id.eq(recipient));
    let found: Option<RecipientRow> = on_locked!(conn, c, wanted.select(RecipientRow::as_select()) => first).optional()?;
    Ok(found.map(Into::into))
}

/// Those of `ids` that are recipients, in the order of customers; their rows stay locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_many_for_update(conn: &mut DbConnection, ids: &[Id<Recipient>]) -> DbResult<Vec<Recipient>> {
    let wanted = recipients::table.filter(recipients::id.eq_any(ids)).order((recipients::customer_id, recipients::campaign_id));
    let found: Vec<RecipientRow> = on_locked!(conn, c, wanted.select(RecipientRow::as_select()) => load)?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// Stores what was heard of many, who were there before.
///
/// # Errors
/// The database's.
pub fn update_many(conn: &mut DbConnection, heard: Vec<Recipient>) -> DbResult<()> {
    use diesel::upsert::excluded;
    let rows: Vec<RecipientRow> = heard.into_iter().map(Into::into).collect();
    let key = (recipients::customer_id, recipients::campaign_id);
    for rows in rows.chunks(1000) {
        let changes = (
            recipients::delivered_at.eq(excluded(recipients::delivered_at)),
            recipients::bounced_at.eq(excluded(recipients::bounced_at)),
            recipients::opened_at.eq(excluded(recipients::opened_at)),
            recipients::clicked_at.eq(excluded(recipients::clicked_at)),
            recipients::replied_at.eq(excluded(recipients::replied_at)),
            recipients::complained_at.eq(excluded(recipients::complained_at)),
            recipients::unsubscribed_at.eq(excluded(recipients::unsubscribed_at)),
        );
        on!(&mut *conn, c => diesel::insert_into(recipients::table).values(rows).on_conflict(key).do_update().set(changes).execute(c))?;
    }
    Ok(())
}

/// Stores what was heard.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, recipient: &Recipient) -> DbResult<()> {
    let Traces { delivered_at, bounced_at, opened_at, clicked_at, replied_at, complained_at, unsubscribed_at } = recipient.traces;
    let wanted = recipients::table.find((recipient.customer_id, recipient.campaign_id));
    let changes = (
        recipients::delivered_at.eq(delivered_at),
        recipients::bounced_at.eq(bounced_at),
        recipients::opened_at.eq(opened_at),
        recipients::clicked_at.eq(clicked_at),
        recipients::replied_at.eq(replied_at),
        recipients::complained_at.eq(complained_at),
        recipients::unsubscribed_at.eq(unsubscribed_at),
    );
    on!(conn, c => diesel::update(wanted).set(changes).execute(c))?;
    Ok(())
}
