//! `/v1/public/surveys/{token}`: surveys for whoever has a link, without login.

use actix_web::{HttpResponse, get, http::header, post};

use crate::{
    domain::{permissions::Actor, surveys::AnswerSheet},
    dto::surveys::{PublicSurveyView, ThanksView},
    http::{
        answer,
        app::AppData,
        extract::{Body, Path},
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
    responses((status = 200, description = "What is asked.", body = PublicSurveyView)))]
#[get("/v1/public/surveys/{token}")]
pub async fn get_public_survey(token: Path<String>, app: AppData) -> Result<HttpResponse, Problem> {
    let (links, now) = (app.links.clone(), app.clock.now());
    let Linked { survey, invitation } = app.db.read(move |tx| find_linked(tx, now, &links, &token.0)).await?;
    let is_answered = invitation.is_some_and(|invitation| invitation.answered_at.is_some());
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(PublicSurveyView::of(survey, is_answered)))
}

/// Answer the survey of a link
///
/// Each answer is checked against its question. An invited customer answers once: 409 `already_answered` the second time. Answers are taken while the survey
/// is open, else 409 `invalid_transition`. A rating as low as its question says opens a complaint, once a response.
#[utoipa::path(tag = "Surveys", params(("token" = String, Path, description = "What the link ends in.")), request_body = AnswerSheet,
    responses((status = 200, description = "Taken in.", body = ThanksView)))]
#[post("/v1/public/surveys/{token}")]
pub async fn answer_public_survey(
    token: Path<String>,
    write: WriteRequest,
    body: Body<AnswerSheet>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let links = app.links.clone();
    perform(&app, Actor::customer(None), write, body.trace, move |tx, context| {
        let response = answer_linked(tx, context.now, &links, &token.0, &body.value)?;
        answer::done(&ThanksView::from(&response))
    })
    .await
}
