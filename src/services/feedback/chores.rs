//! What time does to feedback: promises are broken, and silence closes. Each pass takes a few at a time, in a short transaction, and changes nothing that is
//! done already, so that several instances may do it at once.

use super::{Change, locked, steps::closed, store};
use crate::{
    db::DbConnection,
    domain::{
        feedback::{Feedback, FeedbackEventKind, FeedbackStatus, Outcome},
        instants::Instant,
        permissions::Actor,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::feedback::due,
};

/// Feedback of one pass.
pub const BATCH: i64 = 100;

/// Marks promises that are broken by `now`; answers how much feedback it looked at, less than [`BATCH`] when there is no more.
///
/// # Errors
/// The database's.
pub fn mark_breaches(tx: &mut DbConnection, now: Instant) -> Result<usize, Error> {
    let found = due::breaching(tx, now, BATCH)?;
    for id in &found {
        still_there(locked(tx, now, *id, &Precondition::None))?;
    }
    Ok(found.len())
}

/// Closes what was resolved and of which the customer has said nothing; answers how much feedback it looked at, less than [`BATCH`] when there is no more.
///
/// # Errors
/// The database's.
pub fn close_silent(tx: &mut DbConnection, now: Instant) -> Result<usize, Error> {
    let found = due::closing(tx, now, BATCH)?;
    for id in &found {
        let Some(before) = still_there(locked(tx, now, *id, &Precondition::None))? else { continue };
        close_if_silent(tx, now, &before)?;
    }
    Ok(found.len())
}

fn close_if_silent(tx: &mut DbConnection, now: Instant, before: &Feedback) -> Result<(), Error> {
    // The customer may have answered since we looked.
    if before.status != FeedbackStatus::Resolved || before.closes_at.is_none_or(|at| at > now) {
        return Ok(());
    }
    let after = Feedback { outcome: Some(Outcome::Silence), ..closed(before, now)? };
    let change = Change::new(FeedbackEventKind::Closed, now).with("reason", Some("silence"));
    store(tx, &Actor::system(), now, before, after, change)?;
    Ok(())
}

/// What was erased since we looked is done too.
fn still_there(found: Result<Feedback, Error>) -> Result<Option<Feedback>, Error> {
    match found {
        Ok(feedback) => Ok(Some(feedback)),
        Err(error) if error.code() == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
