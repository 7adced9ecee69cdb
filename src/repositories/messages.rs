//! The outbox.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::messages},
    domain::messages::Message,
    on,
};

/// Stores new messages.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, message: &Message) -> DbResult<()> {
    let Message { id, content, status, attempts, send_at, error, version, created_at, updated_at, sent_at } = message;
    let row = (
        messages::id.eq(id),
        messages::kind.eq(content.kind),
        messages::status.eq(status),
        messages::customer_id.eq(content.customer_id),
        messages::about_id.eq(content.about_id),
        messages::recipient.eq(&content.recipient),
        messages::subject.eq(&content.subject),
        messages::body.eq(&content.body),
        messages::attempts.eq(attempts),
        messages::send_at.eq(send_at),
        messages::error.eq(error),
        messages::version.eq(version),
        messages::created_at.eq(created_at),
        messages::updated_at.eq(updated_at),
        messages::sent_at.eq(sent_at),
    );
    on!(conn, c => diesel::insert_into(messages::table).values(row).execute(c))?;
    Ok(())
}
