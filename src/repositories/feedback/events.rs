//! What happened to feedback.

use diesel::prelude::*;
use serde_json::{Map, Value};

use crate::{
    db::{DbConnection, DbResult, schema::feedback_events, sql_types::Json},
    domain::{
        customers::Customer,
        feedback::{Feedback, FeedbackEvent, FeedbackEventKind, FeedbackStatus},
        ids::Id,
        instants::Instant,
        permissions::{ActorKind, Caller},
    },
    insert_many, on,
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = feedback_events, treat_none_as_default_value = false)]
struct EventRow {
    customer_id: Id<Customer>,
    feedback_id: Id<Feedback>,
    seq: i32,
    at: Instant,
    kind: FeedbackEventKind,
    from_status: Option<FeedbackStatus>,
    to_status: FeedbackStatus,
    actor_kind: ActorKind,
    actor_id: Option<Id<Caller>>,
    details: Json<Map<String, Value>>,
}

impl From<EventRow> for FeedbackEvent {
    fn from(row: EventRow) -> Self {
        Self {
            seq: row.seq,
            at: row.at,
            kind: row.kind,
            from: row.from_status,
            to: row.to_status,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            details: row.details.0,
        }
    }
}

/// What happened to feedback, the oldest first.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, owner_id: Id<Customer>, id: Id<Feedback>) -> DbResult<Vec<FeedbackEvent>> {
    let own = feedback_events::table.filter(feedback_events::customer_id.eq(owner_id).and(feedback_events::feedback_id.eq(id)));
    let rows: Vec<EventRow> = on!(conn, c => own.order(feedback_events::seq).select(EventRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Adds entries, each to the history of its feedback.
///
/// # Errors
/// The database's.
pub fn insert<'a>(conn: &mut DbConnection, new: impl IntoIterator<Item = (&'a Feedback, FeedbackEvent)>) -> DbResult<()> {
    let rows: Vec<EventRow> = new
        .into_iter()
        .map(|(it, event)| EventRow {
            customer_id: it.owner(),
            feedback_id: it.id,
            seq: event.seq,
            at: event.at,
            kind: event.kind,
            from_status: event.from,
            to_status: event.to,
            actor_kind: event.actor_kind,
            actor_id: event.actor_id,
            details: Json(event.details),
        })
        .collect();
    Ok(insert_many!(conn, feedback_events::table, &rows)?)
}
