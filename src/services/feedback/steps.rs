//! The steps of feedback's life, and what is done between them.

use super::{Change, locked, not_before, store};
use crate::{
    db::DbConnection,
    domain::{
        accounts::AccountStatus,
        feedback::{ActionDraft, AssignmentDraft, Feedback, FeedbackEventKind, FeedbackStatus, FeedbackStep, InvalidStep, ReasonDraft},
        ids::Id,
        instants::Instant,
        permissions::{Actor, ActorKind, Permission},
        precondition::Precondition,
        staff::User,
    },
    error::{Code, Error},
    repositories::staff,
    services::service_targets,
};

/// Gives the work to a member of staff, or to nobody.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition` for what is closed, `unknown_reference` for somebody who is not there or may not work on feedback.
pub fn assign(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    id: Id<Feedback>,
    precondition: &Precondition,
    said: &AssignmentDraft,
) -> Result<Feedback, Error> {
    let before = not_closed(locked(tx, now, id, precondition)?)?;
    let now = not_before(&before, now);
    if let Some(user) = said.assignee_id.filter(|_| said.assignee_id != before.assignee_id) {
        check_may_work(tx, user)?;
    }
    let change = Change::new(FeedbackEventKind::Assigned, now).with("assignee_id", Some(said.assignee_id.map(|id| id.to_string())));
    store(tx, actor, now, &before, Feedback { assignee_id: said.assignee_id, ..before.clone() }, change)
}

fn check_may_work(tx: &mut DbConnection, id: Id<User>) -> Result<(), Error> {
    let may = staff::find(tx, id)?
        .is_some_and(|user| user.status == AccountStatus::Active && user.role.permissions().contains(Permission::WriteFeedback));
    if may {
        return Ok(());
    }
    Err(Error::new(Code::UnknownReference, "There is no such member of staff, or none who may work on feedback.").at("/assignee_id"))
}

/// Notes something that was done. The first that the customer may see is the first answer.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition` for what is closed.
pub fn act(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    id: Id<Feedback>,
    precondition: &Precondition,
    said: ActionDraft,
) -> Result<Feedback, Error> {
    let before = not_closed(locked(tx, now, id, precondition)?)?;
    let now = not_before(&before, now);
    let clock = if said.visible_to_customer { before.clock.answered(service_targets::current(tx)?.calendar(), now) } else { before.clock };
    let change = Change::new(FeedbackEventKind::Acted, now)
        .with("note", Some(said.note))
        .with("visible_to_customer", Some(said.visible_to_customer));
    store(tx, actor, now, &before, Feedback { clock, ..before.clone() }, change)
}

/// Takes one step:
///
/// - *start*: nobody's work becomes that of the member of staff who begins;
/// - *wait* for the customer: the clock stands still;
/// - *resume*: what is due moves by as much working time as the clock stood still;
/// - *close* what is resolved, without the customer's word;
/// - *reopen* what is resolved or closed: its clock goes on as after a pause.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition`.
pub fn take_step(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    id: Id<Feedback>,
    precondition: &Precondition,
    step: FeedbackStep,
    said: ReasonDraft,
) -> Result<Feedback, Error> {
    let before = locked(tx, now, id, precondition)?;
    let now = not_before(&before, now);
    let (kind, after) = match step {
        FeedbackStep::Start => (FeedbackEventKind::Started, started(&before, actor)?),
        FeedbackStep::Wait => (FeedbackEventKind::Paused, waiting(&before, now)?),
        FeedbackStep::Resume => (FeedbackEventKind::Resumed, resumed(tx, &before, now)?),
        FeedbackStep::Close => (FeedbackEventKind::Closed, closed(&before, now)?),
        FeedbackStep::Reopen => {
            let after = reopened(tx, &before, now)?;
            (FeedbackEventKind::Reopened, Feedback { outcome: None, outcome_comment: None, ..after })
        }
    };
    store(tx, actor, now, &before, after, Change::new(kind, now).with("reason", said.reason))
}

fn started(before: &Feedback, actor: &Actor) -> Result<Feedback, Error> {
    let status = before.status.step_to(FeedbackStatus::InProgress)?;
    let beginner = actor.id.filter(|_| actor.kind == ActorKind::Staff).map(Id::cast);
    Ok(Feedback { status, assignee_id: before.assignee_id.or(beginner), ..before.clone() })
}

fn waiting(before: &Feedback, now: Instant) -> Result<Feedback, Error> {
    if before.status != FeedbackStatus::InProgress {
        return Err(InvalidStep::NotInProgress(before.status).into());
    }
    if before.clock.waiting_since.is_some() {
        return Err(InvalidStep::Waits.into());
    }
    Ok(Feedback { clock: before.clock.paused(now), ..before.clone() })
}

fn resumed(tx: &mut DbConnection, before: &Feedback, now: Instant) -> Result<Feedback, Error> {
    if before.clock.waiting_since.is_none() {
        return Err(InvalidStep::DoesNotWait.into());
    }
    let clock = before.clock.resumed(service_targets::current(tx)?.calendar(), now);
    Ok(Feedback { clock, ..before.clone() })
}

/// As `before`, closed.
pub(super) fn closed(before: &Feedback, now: Instant) -> Result<Feedback, Error> {
    let status = before.status.step_to(FeedbackStatus::Closed)?;
    Ok(Feedback { status, closes_at: None, closed_at: Some(now), ..before.clone() })
}

/// As `before`, taken up again.
pub(super) fn reopened(tx: &mut DbConnection, before: &Feedback, now: Instant) -> Result<Feedback, Error> {
    let status = before.status.step_to(FeedbackStatus::Reopened)?;
    let clock = before.clock.reopened(service_targets::current(tx)?.calendar(), now);
    let reopened_count = before.reopened_count.saturating_add(1);
    Ok(Feedback { status, clock, reopened_count, closes_at: None, closed_at: None, ..before.clone() })
}

fn not_closed(feedback: Feedback) -> Result<Feedback, Error> {
    if feedback.status == FeedbackStatus::Closed { Err(InvalidStep::Closed.into()) } else { Ok(feedback) }
}
