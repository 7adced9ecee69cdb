//! Feedback: taking it in, working on it, and following it until the customer says that it helped.
//!
//! Whoever changes feedback holds the lock on its row, counts its version up by one and leaves one entry in its history.

use crate::{
    db::DbConnection,
    domain::{
        customers::{Customer, SatisfactionChange},
        feedback::{Breach, ClockState, Feedback, FeedbackEvent, FeedbackEventKind, FeedbackFilter, FeedbackSort, InvalidStep},
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        permissions::Actor,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::{
        feedback::{self as repository, events},
        identifiers::{self, Holder},
    },
    services::{customers, history, identifiers::exchange, points, satisfaction},
};

pub mod chores;
mod details;
mod intake;
mod outcome;
mod steps;

pub use details::update_feedback;
pub use intake::{create_feedback, put_feedback};
pub use outcome::{answer_by_link, asked_by_link, record_outcome, resolve};
pub use steps::{act, assign, take_step};

/// Feedback by its id.
///
/// # Errors
/// `not_found`.
pub fn get_feedback(tx: &mut DbConnection, id: Id<Feedback>) -> Result<Feedback, Error> {
    repository::find(tx, id)?.ok_or_else(|| Error::not_found("feedback"))
}

/// The feedback that another system has a reference for.
///
/// # Errors
/// `not_found`.
pub fn find_feedback(tx: &mut DbConnection, identifier: &Identifier) -> Result<Feedback, Error> {
    let holder = identifiers::find(tx, identifier)?.ok_or_else(|| Error::not_found("feedback"))?;
    get_feedback(tx, holder.resource_id.cast())
}

/// A page of feedback.
///
/// # Errors
/// The database's.
pub fn list_feedback(tx: &mut DbConnection, filter: &FeedbackFilter, page: &PageRequest<FeedbackSort>) -> Result<Page<Feedback>, Error> {
    Ok(repository::list(tx, filter, page)?)
}

/// A page of one customer's feedback.
///
/// # Errors
/// `not_found` for a customer who is not there.
pub fn list_of_customer(
    tx: &mut DbConnection,
    customer_id: Id<Customer>,
    filter: FeedbackFilter,
    page: &PageRequest<FeedbackSort>,
) -> Result<Page<Feedback>, Error> {
    customers::get_customer(tx, customer_id)?;
    list_feedback(tx, &FeedbackFilter { customer_id: Some(customer_id), ..filter }, page)
}

/// What happened to feedback, the oldest first.
///
/// # Errors
/// The database's.
pub fn history(tx: &mut DbConnection, feedback: &Feedback) -> Result<Vec<FeedbackEvent>, Error> {
    Ok(events::list(tx, feedback.owner(), feedback.id)?)
}

/// The feedback, locked, at a version that the caller has seen, and with every promise that it has broken by `now` marked.
fn locked(tx: &mut DbConnection, now: Instant, id: Id<Feedback>, precondition: &Precondition) -> Result<Feedback, Error> {
    let feedback = repository::find_for_update(tx, id)?.ok_or_else(|| Error::not_found("feedback"))?;
    if !precondition.holds_for(feedback.version) {
        return Err(Error::stale(feedback.version));
    }
    with_breaches(tx, now, feedback)
}

/// A change that waited for another one is made after it, whenever it was asked for: histories do not run backwards.
fn not_before(feedback: &Feedback, now: Instant) -> Instant {
    now.max(feedback.updated_at)
}

/// Marks what was promised and not kept by `now`: an entry in the history for each, at the instant when it was due.
fn with_breaches(tx: &mut DbConnection, now: Instant, mut feedback: Feedback) -> Result<Feedback, Error> {
    while feedback.clock_state() == ClockState::Running
        && let Some((breach, due_at)) = feedback.clock.next_breach().filter(|(_, due_at)| *due_at < now)
    {
        let kind = match breach {
            Breach::FirstAnswer => FeedbackEventKind::FirstAnswerBreached,
            Breach::Resolution => FeedbackEventKind::ResolutionBreached,
        };
        let after = Feedback { clock: feedback.clock.breached(breach), ..feedback.clone() };
        feedback = store(tx, &Actor::system(), now, &feedback, after, Change::new(kind, due_at))?;
    }
    Ok(feedback)
}

type Change = history::Change<FeedbackEventKind>;

/// Stores new feedback.
fn store_new(tx: &mut DbConnection, actor: &Actor, feedback: Feedback, change: Change) -> Result<Feedback, Error> {
    repository::insert(tx, std::slice::from_ref(&feedback))?;
    exchange(tx, holder(&feedback), &[], &identifiers_of(&feedback))?;
    let event = change.entry(actor, None, feedback.status, feedback.version);
    events::insert(tx, [(&feedback, event)])?;
    tell_customer_record(tx, feedback.created_at, None, &feedback)?;
    points::reward_review(tx, actor, feedback.created_at, &feedback)?;
    Ok(feedback)
}

/// Stores what became of feedback: its next version, under its next owner. What came out as it was is not stored, unless it is something that was done.
fn store(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    before: &Feedback,
    after: Feedback,
    change: Change,
) -> Result<Feedback, Error> {
    let after = Feedback { version: before.version, updated_at: before.updated_at, ..after };
    if after == *before && change.kind != FeedbackEventKind::Acted {
        return Ok(after);
    }
    let after = Feedback { version: before.version + 1, updated_at: now, ..after };
    exchange(tx, holder(&after), &identifiers_of(before), &identifiers_of(&after))?;
    if before.owner() == after.owner() {
        repository::update(tx, before, &after)?;
    } else {
        move_rows(tx, before, &after)?;
    }
    let event = change.entry(actor, Some(before.status), after.status, after.version);
    events::insert(tx, [(&after, event)])?;
    tell_customer_record(tx, now, Some(before), &after)?;
    if reviewed(before) != reviewed(&after) {
        points::reward_review(tx, actor, now, &after)?;
    }
    Ok(after)
}

/// What makes feedback a customer's review of a product.
fn reviewed(feedback: &Feedback) -> impl PartialEq {
    (feedback.customer_id(), feedback.draft.r#type, feedback.draft.product_id)
}

/// Owner and key are one, so feedback that finds its customer is written anew among the customer's rows.
fn move_rows(tx: &mut DbConnection, before: &Feedback, after: &Feedback) -> Result<(), Error> {
    let history = events::list(tx, before.owner(), before.id)?;
    repository::delete(tx, before)?;
    repository::insert(tx, std::slice::from_ref(after))?;
    events::insert(tx, history.into_iter().map(|event| (after, event)))?;
    Ok(identifiers::reassign(tx, &identifiers_of(after), after.owner())?)
}

/// Keeps the customer's own record up to date.
fn tell_customer_record(tx: &mut DbConnection, now: Instant, before: Option<&Feedback>, after: &Feedback) -> Result<(), Error> {
    let Some(customer_id) = after.customer_id() else { return Ok(()) };
    // What was anonymous was in nobody's record.
    let before = before.filter(|before| before.customer_id() == Some(customer_id));
    let counted = before.is_some_and(Feedback::is_open_complaint);
    // Only reviews have a rating, and the one that is changed need not be the last.
    let is_rated_anew = before.and_then(|before| before.draft.rating) != after.draft.rating;
    let rating = if is_rated_anew { Some(satisfaction::last_rating(tx, customer_id)?) } else { None };
    let change = SatisfactionChange { complaints: i32::from(after.is_open_complaint()) - i32::from(counted), rating, nps: None };
    satisfaction::record(tx, now, customer_id, change)
}

fn holder(feedback: &Feedback) -> Holder {
    Holder { resource_id: feedback.id.cast(), customer_id: feedback.customer_id() }
}

/// The values that only one feedback may have.
fn identifiers_of(feedback: &Feedback) -> Vec<Identifier> {
    identifiers::of_refs(IdentifierKind::FeedbackRef, &feedback.draft.external_refs).collect()
}

impl From<InvalidStep> for Error {
    fn from(refused: InvalidStep) -> Self {
        Self::new(Code::InvalidTransition, refused.to_string())
    }
}
