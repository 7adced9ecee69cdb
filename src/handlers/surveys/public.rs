//! `/v1/public/surveys/{token}`: surveys for whoever has a link, without login.

use actix_web::{HttpResponse, get, post};

use crate::{
    domain::{
        permissions::Actor,
        surveys::{AnswerSheet, Invitation},
    },
    dto::surveys::{AnswerForm, PublicSurveyView, ThanksView},
    http::{
        answer,
        app::AppData,
        extract::Path,
        pages::{Page, Said, Viewer},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::surveys::{
        invitations::{Linked, find_linked},
        responses::answer_linked,
    },
};

/// Read the survey of a link
///
/// For whoever has the link: an invited customer's own, or the survey's. Reading answers nothing, so that a mail program may look first. A link that was
/// made up, has expired or was replaced by a newer one is 404.
#[utoipa::path(tag = "Surveys", params(("token" = String, Path, description = "What the link ends in.")),
    responses((status = 200, description = "What is asked; for a browser as a page with a form.", content((PublicSurveyView = "application/json"), (String = "text/html")))))]
#[get("/v1/public/surveys/{token}")]
pub async fn get_public_survey(token: Path<String>, viewer: Viewer, app: AppData) -> Result<HttpResponse, Problem> {
    let (links, now) = (app.links.clone(), app.clock.now());
    let found = app.db.read(move |tx| find_linked(tx, now, &links, &token.0)).await;
    let is_answered = |invitation: Option<Invitation>| invitation.is_some_and(|invitation| invitation.answered_at.is_some());
    let view = |Linked { survey, invitation }| PublicSurveyView::of(survey, is_answered(invitation));
    viewer.show(Page::Survey, found.map(view).map_err(Problem))
}

/// Answer the survey of a link
///
/// Each answer is checked against its question. An invited customer answers once: 409 `already_answered` the second time. Answers are taken while the survey
/// is open, else 409 `invalid_transition`. A rating as low as its question says opens a complaint, once a response.
#[utoipa::path(tag = "Surveys", params(("token" = String, Path, description = "What the link ends in.")),
    request_body(content((AnswerSheet = "application/json"), (AnswerForm = "application/x-www-form-urlencoded"))),
    responses((status = 200, description = "Taken in; for a browser a page that says thanks.", content((ThanksView = "application/json"), (String = "text/html")))))]
#[post("/v1/public/surveys/{token}")]
pub async fn answer_public_survey(
    token: Path<String>,
    write: WriteRequest,
    viewer: Viewer,
    body: Result<Said<AnswerSheet>, Problem>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let body = match body {
        Ok(Said(body)) => body,
        Err(problem) => return viewer.thank(Err(problem)),
    };
    let links = app.links.clone();
    let answered = perform(&app, Actor::customer(None), write, body.trace, move |tx, context| {
        let response = answer_linked(tx, context.now, &links, &token.0, &body.value)?;
        answer::done(&ThanksView::from(&response))
    });
    viewer.thank(answered.await)
}
