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
