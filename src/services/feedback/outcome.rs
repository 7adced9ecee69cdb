//! Whether it helped: resolving, asking the customer, and what becomes of the answer.

use chrono::TimeDelta;

use super::{
    Change, locked, not_before,
    steps::{closed, reopened},
    store,
};
use crate::{
    db::DbConnection,
    domain::{
        feedback::{Feedback, FeedbackEventKind, FeedbackStatus, Outcome, OutcomeDraft, OutcomeQuestion, ResolutionDraft},
        ids::Id,
        instants::Instant,
        links::{LinkPurpose, Links},
        messages::{MessageChannel, MessageKind, NewMessage},
        permissions::Actor,
        precondition::Precondition,
    },
    error::Error,
    repositories::{customers, feedback as repository},
    services::{messages, service_targets},
};

/// For so long after feedback has closed by silence the customer can still say that it did not help.
const LINK_OUTLASTS_SILENCE: TimeDelta = TimeDelta::days(30);

/// The page of a link, below the base of links.
const PAGE: &str = "/v1/public/feedback";

/// Resolves what is in progress and asks the customer whether it helped, by a message with a link where they have an e-mail address. Without an answer it closes after
/// the days of silence that the service targets give.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition`.
pub fn resolve(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    links: &Links,
    id: Id<Feedback>,
    precondition: &Precondition,
    said: ResolutionDraft,
) -> Result<Feedback, Error> {
    let before = locked(tx, now, id, precondition)?;
    let now = not_before(&before, now);
    let status = before.status.step_to(FeedbackStatus::Resolved)?;
    let targets = service_targets::current(tx)?;
    let closes_at = now.checked_add(targets.silence()).unwrap_or(now);
    let clock = before.clock.resolved(targets.calendar(), now);
    let change = Change::new(FeedbackEventKind::Resolved, now).with("resolution", Some(said.resolution.clone()));
    let after = Feedback {
        status,
        clock,
        closes_at: Some(closes_at),
        resolution: Some(said.resolution),
        outcome: None,
        outcome_comment: None,
        ..before.clone()
    };
    let after = store(tx, actor, now, &before, after, change)?;
    ask(tx, now, links, &after, closes_at)?;
    Ok(after)
}

fn ask(tx: &mut DbConnection, now: Instant, links: &Links, feedback: &Feedback, closes_at: Instant) -> Result<(), Error> {
    let Some(customer_id) = feedback.customer_id() else { return Ok(()) };
    let Some(customer) = customers::find(tx, customer_id)? else { return Ok(()) };
    let Some(recipient) = customer.draft.email else { return Ok(()) };
    let expires_at = closes_at.checked_add(LINK_OUTLASTS_SILENCE).unwrap_or(closes_at);
    let token = links.token_of_round(LinkPurpose::FeedbackOutcome, feedback.id.cast(), feedback.reopened_count, expires_at);
    let question = OutcomeQuestion {
        locale: customer.draft.locale.as_deref(),
        name: customer.draft.nickname.as_deref().unwrap_or(&customer.draft.name),
        subject: feedback.draft.subject.as_deref(),
        resolution: feedback.resolution.as_deref().unwrap_or_default(),
        url: &links.url(PAGE, &token),
    };
    let (subject, body) = question.message();
    let message = NewMessage {
        kind: MessageKind::FeedbackOutcome,
        channel: MessageChannel::Email,
        customer_id: Some(customer_id),
        about_id: Some(feedback.id.cast()),
        recipient,
        subject,
        body,
        html: None,
        campaign: None,
    };
    messages::enqueue(tx, now, message)?;
    Ok(())
}

/// The feedback that a link asks about.
///
/// # Errors
/// `not_found` for a link that is not ours, or has ended.
pub fn asked_by_link(tx: &mut DbConnection, now: Instant, links: &Links, token: &str) -> Result<Feedback, Error> {
    linked(tx, links, token, now)
}

/// What the bearer of a link answers: yes closes the feedback, no reopens it, even after silence has closed it.
///
/// # Errors
/// `not_found` for a link that is not ours, or has ended; `invalid_transition` where nothing is asked any more.
pub fn answer_by_link(tx: &mut DbConnection, now: Instant, links: &Links, token: &str, said: OutcomeDraft) -> Result<Feedback, Error> {
    let id = linked(tx, links, token, now)?.id;
    let before = locked(tx, now, id, &Precondition::None)?;
    let now = not_before(&before, now);
    check_link(links, token, now, &before)?;
    answer(tx, &Actor::customer(before.customer_id()), now, &before, said)
}

fn linked(tx: &mut DbConnection, links: &Links, token: &str, now: Instant) -> Result<Feedback, Error> {
    let missing = || Error::not_found("link");
    let named = Links::named(token).ok_or_else(missing)?;
    let feedback = repository::find(tx, named.cast())?.ok_or_else(missing)?;
    check_link(links, token, now, &feedback)?;
    Ok(feedback)
}

/// A link asks about one resolution, and ends when the customer is asked about the next: an old message must not undo what was said of a later one.
fn check_link(links: &Links, token: &str, now: Instant, feedback: &Feedback) -> Result<(), Error> {
    let is_of_round = |round| links.verify_round(LinkPurpose::FeedbackOutcome, round, token, now) == Some(feedback.id.cast());
    let is_asked = matches!(feedback.status, FeedbackStatus::Resolved | FeedbackStatus::Closed);
    let oldest = if is_asked { feedback.reopened_count } else { 0 };
    if (oldest..=feedback.reopened_count).rev().any(is_of_round) { Ok(()) } else { Err(Error::not_found("link")) }
}

/// What a customer answered otherwise, on the telephone or at the till, as told by whoever heard it.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition`.
pub fn record_outcome(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    id: Id<Feedback>,
    precondition: &Precondition,
    said: OutcomeDraft,
) -> Result<Feedback, Error> {
    let before = locked(tx, now, id, precondition)?;
    let now = not_before(&before, now);
    answer(tx, actor, now, &before, said)
}

fn answer(tx: &mut DbConnection, actor: &Actor, now: Instant, before: &Feedback, said: OutcomeDraft) -> Result<Feedback, Error> {
    let (after, kind, outcome) = if said.helped {
        (closed(before, now)?, FeedbackEventKind::Closed, Outcome::Helped)
    } else {
        (reopened(tx, before, now)?, FeedbackEventKind::Reopened, Outcome::NotHelped)
    };
    let change = Change::new(kind, now).with("helped", Some(said.helped)).with("comment", said.comment.clone());
    store(tx, actor, now, before, Feedback { outcome: Some(outcome), outcome_comment: said.comment, ..after }, change)
}
