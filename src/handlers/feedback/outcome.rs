//! Whether it helped: `POST /v1/feedback/{id}/resolve|outcome` for staff, and `/v1/public/feedback/{token}` for whoever was sent a link.

use actix_web::{HttpResponse, get, post};

use super::changed;
use crate::{
    domain::{
        feedback::{Feedback, OutcomeDraft, ResolutionDraft},
        ids::Id,
        permissions::Actor,
    },
    dto::feedback::{FeedbackView, FollowedLink, OutcomeQuestionView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, WriteFeedback},
        extract::{Body, Params, Path},
        pages::{Page, Said, Viewer},
        problem::{Problem, ProblemBody},
        write::{WriteRequest, perform},
    },
    services::feedback,
};

/// Resolve feedback
///
/// From `in_progress`. The resolution is also the first answer, if there was none. The customer is asked whether it helped: by a message with a link, where they have an e-mail address. Yes closes the feedback, no reopens it,
/// and when they say nothing it closes at `closes_at`.
#[utoipa::path(tag = "Feedback", params(("id" = Uuid, Path, description = "The feedback's id.")), request_body = ResolutionDraft,
    security(("bearer" = ["feedback:write"])), responses((status = 200, description = "The feedback as it is now.", body = FeedbackView)))]
#[post("/{id}/resolve")]
pub async fn resolve_feedback(
    auth: Allowed<WriteFeedback>,
    id: Path<Id<Feedback>>,
    write: WriteRequest,
    body: Body<ResolutionDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let links = app.links.clone();
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let after = feedback::resolve(tx, &context.actor, context.now, &links, id.0, &context.precondition, body.value)?;
        changed(tx, after)
    })
    .await
}

/// Record whether it helped
///
/// What the customer said on the telephone or at the till. Yes closes feedback that is `resolved`; no reopens what is `resolved` or `closed`.
#[utoipa::path(tag = "Feedback", params(("id" = Uuid, Path, description = "The feedback's id.")), request_body = OutcomeDraft,
    security(("bearer" = ["feedback:write"])), responses((status = 200, description = "The feedback as it is now.", body = FeedbackView)))]
#[post("/{id}/outcome")]
pub async fn record_feedback_outcome(
    auth: Allowed<WriteFeedback>,
    id: Path<Id<Feedback>>,
    write: WriteRequest,
    body: Body<OutcomeDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let after = feedback::record_outcome(tx, &context.actor, context.now, id.0, &context.precondition, body.value)?;
        changed(tx, after)
    })
    .await
}

/// Read the question of a link: did it help?
///
/// For the bearer of the link in the message that asks whether a resolution helped, without an access token. To see it answers nothing: mail programs open links by
/// themselves. A link that is not ours is 404, and so is one that has ended:
/// 30 days after silence would close the feedback, or when the customer is asked about a later resolution.
#[utoipa::path(tag = "Feedback", params(("token" = String, Path, description = "The token of the link."), FollowedLink),
    responses((status = 200, description = "What is asked; for a browser as a page with a form.", content((OutcomeQuestionView = "application/json"), (String = "text/html")),
            headers(("Cache-Control" = String, description = "`no-store`"))),
        (status = 404, description = "No link of ours, or one that has ended.", body = ProblemBody, content_type = "application/problem+json")))]
#[get("/v1/public/feedback/{token}")]
pub async fn get_outcome_question(
    token: Path<String>,
    params: Params<FollowedLink>,
    viewer: Viewer,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (links, now) = (app.links.clone(), app.clock.now());
    let found = app.db.query(move |conn| feedback::asked_by_link(conn, now, &links, &token.0)).await;
    viewer.show(Page::Outcome, found.map(|found| OutcomeQuestionView::of(found, params.0)).map_err(Problem))
}

/// Answer the question of a link: did it help?
///
/// For the bearer of the link, without an access token. Yes closes the feedback; no reopens it, even after it has closed. 409 where nothing is asked any more.
#[utoipa::path(tag = "Feedback", params(("token" = String, Path, description = "The token of the link.")),
    request_body(content((OutcomeDraft = "application/json"), (OutcomeDraft = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "What has become of it; for a browser a page that says thanks.", content((OutcomeQuestionView = "application/json"), (String = "text/html"))),
        (status = 404, description = "No link of ours, or one that has ended.", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/public/feedback/{token}")]
pub async fn answer_outcome_question(
    token: Path<String>,
    write: WriteRequest,
    viewer: Viewer,
    body: Result<Said<OutcomeDraft>, Problem>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let body = match body {
        Ok(Said(body)) => body,
        Err(problem) => return viewer.thank(Err(problem)),
    };
    let links = app.links.clone();
    let answered = perform(&app, Actor::customer(None), write, body.trace, move |tx, context| {
        let after = feedback::answer_by_link(tx, context.now, &links, &token.0, body.value)?;
        answer::done(&OutcomeQuestionView::of(after, FollowedLink::default()))
    });
    viewer.thank(answered.await)
}
