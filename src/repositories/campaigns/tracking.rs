//! What was heard of messages after they had left.

use diesel::prelude::*;

use super::recipients::RecipientRow;
use crate::{
    db::{DbConnection, DbResult, schema::campaign_recipients as recipients},
    domain::{campaigns::Recipient, ids::Id},
    on, on_locked,
};

/// Those of `ids` that are recipients, in the order of customers; their rows stay locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, ids: &[Id<Recipient>]) -> DbResult<Vec<Recipient>> {
    let wanted = recipients::table.filter(recipients::id.eq_any(ids)).order((recipients::customer_id, recipients::campaign_id));
    let found: Vec<RecipientRow> = on_locked!(conn, c, wanted.select(RecipientRow::as_select()) => load)?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// Stores what was heard of many, who were there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, heard: Vec<Recipient>) -> DbResult<()> {
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
