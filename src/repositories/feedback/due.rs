//! Feedback whose time has come: to be marked as late, or to be closed by silence.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::feedback},
    domain::{feedback::Feedback, ids::Id, instants::Instant},
    on,
};

/// Feedback that has broken a promise by `now` and is not marked yet, the oldest first.
///
/// # Errors
/// The database's.
pub fn breaching(conn: &mut DbConnection, now: Instant, limit: i64) -> DbResult<Vec<Id<Feedback>>> {
    let due = feedback::table.filter(feedback::breach_at.is_not_null().and(feedback::breach_at.lt(now)));
    Ok(on!(conn, c => due.order((feedback::breach_at, feedback::id)).select(feedback::id).limit(limit).load(c))?)
}

/// Resolved feedback of which the customer has said nothing for so long by `now` that it closes, the oldest first.
///
/// # Errors
/// The database's.
pub fn closing(conn: &mut DbConnection, now: Instant, limit: i64) -> DbResult<Vec<Id<Feedback>>> {
    let due = feedback::table.filter(feedback::closes_at.is_not_null().and(feedback::closes_at.le(now)));
    Ok(on!(conn, c => due.order((feedback::closes_at, feedback::id)).select(feedback::id).limit(limit).load(c))?)
}
