//! Messages to customers: writing them into the outbox.

use crate::{
    db::DbConnection,
    domain::{
        ids::Id,
        instants::Instant,
        messages::{Message, MessageStatus, NewMessage},
    },
    error::Error,
    repositories::messages,
};

/// Has a message sent once the transaction has committed. Its `Message-ID` is fixed with its id.
///
/// # Errors
/// The database's.
pub fn enqueue(tx: &mut DbConnection, now: Instant, content: NewMessage) -> Result<Id<Message>, Error> {
    let id = Id::generate();
    let message = Message {
        id,
        content,
        status: MessageStatus::Queued,
        attempts: 0,
        send_at: now,
        error: None,
        version: 1,
        created_at: now,
        updated_at: now,
        sent_at: None,
    };
    messages::insert(tx, &message)?;
    Ok(id)
}
