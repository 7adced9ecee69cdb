//! The actions of feedback: `POST /v1/feedback/{id}/assign|start|actions|wait|resume|close|reopen`.

use actix_web::{HttpResponse, post};

use super::changed;
use crate::{
    domain::{
        feedback::{ActionDraft, AssignmentDraft, Feedback, FeedbackStep, ReasonDraft},
        ids::Id,
        permissions::Actor,
    },
    dto::feedback::FeedbackView,
    http::{
        app::{App, AppData},
        auth::{Allowed, WriteFeedback},
        extract::{Body, OptionalBody, Path},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::feedback,
};

async fn take(
    app: &App,
    actor: Actor,
    id: Id<Feedback>,
    write: WriteRequest,
    body: OptionalBody<ReasonDraft>,
    step: FeedbackStep,
) -> Result<HttpResponse, Problem> {
    perform(app, actor, write, body.0.trace, move |tx, context| {
        let after = feedback::take_step(tx, &context.actor, context.now, id, &context.precondition, step, body.0.value)?;
        changed(tx, after)
    })
    .await
}

/// Assign feedback
///
/// To a member of staff who may write feedback, or to nobody with null. Not once it is closed.
#[utoipa::path(tag = "Feedback", params(("id" = Uuid, Path, description = "The feedback's id.")), request_body = AssignmentDraft,
    security(("bearer" = ["feedback:write"])), responses((status = 200, description = "The feedback as it is now.", body = FeedbackView)))]
#[post("/{id}/assign")]
pub async fn assign_feedback(
    auth: Allowed<WriteFeedback>,
    id: Path<Id<Feedback>>,
    write: WriteRequest,
    body: Body<AssignmentDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let after = feedback::assign(tx, &context.actor, context.now, id.0, &context.precondition, &body.value)?;
        changed(tx, after)
    })
    .await
}

/// Start to work on feedback
///
/// From `open` or `reopened`. What is nobody's work becomes that of the member of staff who starts.
#[utoipa::path(tag = "Feedback", params(("id" = Uuid, Path, description = "The feedback's id.")), request_body(content = Option<ReasonDraft>),
    security(("bearer" = ["feedback:write"])), responses((status = 200, description = "The feedback as it is now.", body = FeedbackView)))]
#[post("/{id}/start")]
pub async fn start_feedback(
    auth: Allowed<WriteFeedback>,
    id: Path<Id<Feedback>>,
    write: WriteRequest,
    body: OptionalBody<ReasonDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    take(&app, auth.actor, id.0, write, body, FeedbackStep::Start).await
}

/// Note an action
///
/// Something that was done about it. With `visible_to_customer` it is the first answer, if there was none. Not once it is closed.
#[utoipa::path(tag = "Feedback", params(("id" = Uuid, Path, description = "The feedback's id.")), request_body = ActionDraft,
    security(("bearer" = ["feedback:write"])), responses((status = 200, description = "The feedback as it is now.", body = FeedbackView)))]
#[post("/{id}/actions")]
pub async fn act_on_feedback(
    auth: Allowed<WriteFeedback>,
    id: Path<Id<Feedback>>,
    write: WriteRequest,
    body: Body<ActionDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let after = feedback::act(tx, &context.actor, context.now, id.0, &context.precondition, body.value)?;
        changed(tx, after)
    })
    .await
}

/// Wait for the customer
///
/// From `in_progress`: the clock stands still until `resume` or `resolve`.
#[utoipa::path(tag = "Feedback", params(("id" = Uuid, Path, description = "The feedback's id.")), request_body(content = Option<ReasonDraft>),
    security(("bearer" = ["feedback:write"])), responses((status = 200, description = "The feedback as it is now.", body = FeedbackView)))]
#[post("/{id}/wait")]
pub async fn pause_feedback(
    auth: Allowed<WriteFeedback>,
    id: Path<Id<Feedback>>,
    write: WriteRequest,
    body: OptionalBody<ReasonDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    take(&app, auth.actor, id.0, write, body, FeedbackStep::Wait).await
}

/// Go on after waiting
///
/// What is due moves by as much working time as the clock stood still.
#[utoipa::path(tag = "Feedback", params(("id" = Uuid, Path, description = "The feedback's id.")), request_body(content = Option<ReasonDraft>),
    security(("bearer" = ["feedback:write"])), responses((status = 200, description = "The feedback as it is now.", body = FeedbackView)))]
#[post("/{id}/resume")]
pub async fn resume_feedback(
    auth: Allowed<WriteFeedback>,
    id: Path<Id<Feedback>>,
    write: WriteRequest,
    body: OptionalBody<ReasonDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    take(&app, auth.actor, id.0, write, body, FeedbackStep::Resume).await
}

/// Close feedback
///
/// From `resolved`, without the customer's word: they are not asked any more. Otherwise it closes when the customer says that the resolution helped, or says nothing
/// for so many days as the service targets give.
#[utoipa::path(tag = "Feedback", params(("id" = Uuid, Path, description = "The feedback's id.")), request_body(content = Option<ReasonDraft>),
    security(("bearer" = ["feedback:write"])), responses((status = 200, description = "The feedback as it is now.", body = FeedbackView)))]
#[post("/{id}/close")]
pub async fn close_feedback(
    auth: Allowed<WriteFeedback>,
    id: Path<Id<Feedback>>,
    write: WriteRequest,
    body: OptionalBody<ReasonDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    take(&app, auth.actor, id.0, write, body, FeedbackStep::Close).await
}

/// Take feedback up again
///
/// From `resolved` or `closed`. Its clock goes on as after a pause.
#[utoipa::path(tag = "Feedback", params(("id" = Uuid, Path, description = "The feedback's id.")), request_body(content = Option<ReasonDraft>),
    security(("bearer" = ["feedback:write"])), responses((status = 200, description = "The feedback as it is now.", body = FeedbackView)))]
#[post("/{id}/reopen")]
pub async fn reopen_feedback(
    auth: Allowed<WriteFeedback>,
    id: Path<Id<Feedback>>,
    write: WriteRequest,
    body: OptionalBody<ReasonDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    take(&app, auth.actor, id.0, write, body, FeedbackStep::Reopen).await
}
