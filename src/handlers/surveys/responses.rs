//! `/v1/surveys/{id}/responses`.

use actix_web::{HttpRequest, HttpResponse, get, post};

use crate::{
    domain::{
        ids::Id,
        surveys::{Response, ResponseDraft, ResponseSearch, Survey},
    },
    dto::surveys::{ListResponses, ResponseView},
    http::{
        answer::{self, Answer},
        app::AppData,
        auth::{Allowed, ReadSurveys, WriteSurveys},
        extract::{Body, Params, Path},
        paging::{self, PageView},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::surveys::responses,
};

/// List the responses to a survey
///
/// The newest first unless sorted otherwise.
#[utoipa::path(tag = "Surveys", params(("id" = Uuid, Path, description = "The survey's id."), ListResponses), security(("bearer" = ["surveys:read"])),
    responses((status = 200, description = "A page of responses.", body = PageView<ResponseView>)))]
#[get("/{id}/responses")]
pub async fn list_survey_responses(
    _auth: Allowed<ReadSurveys>,
    id: Path<Id<Survey>>,
    params: Params<ListResponses>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let search = ResponseSearch::from(params.0);
    let (survey, found) = app.db.read(move |tx| responses::list_responses(tx, id.0, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(|response| ResponseView::of(&survey, response)), sort))
}

/// Bring a response in
///
/// What was answered on paper, on the telephone or in an app. Each answer is checked against its question. A customer who was invited has then answered
/// the invitation: 409 `already_answered` when they had before. Ratings as low as a question's `low_up_to` open one complaint.
#[utoipa::path(tag = "Surveys", params(("id" = Uuid, Path, description = "The survey's id.")), request_body = ResponseDraft,
    security(("bearer" = ["surveys:write"])), responses((status = 201, description = "The response.", body = ResponseView)))]
#[post("/{id}/responses")]
pub async fn create_survey_response(
    auth: Allowed<WriteSurveys>,
    id: Path<Id<Survey>>,
    write: WriteRequest,
    body: Body<ResponseDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let (survey, response) = responses::create_response(tx, &context.actor, context.now, id.0, &body.value)?;
        let location = format!("/v1/surveys/{}/responses/{}", survey.id, response.id);
        Ok(Answer { location: Some(location), status: 201, ..answer::done(&ResponseView::of(&survey, response))? })
    })
    .await
}

/// Read a response
///
/// With its answers and the complaint that it opened, if any.
#[utoipa::path(tag = "Surveys", params(("id" = Uuid, Path, description = "The survey's id."), ("response_id" = Uuid, Path, description = "The response's id.")),
    security(("bearer" = ["surveys:read"])), responses((status = 200, description = "The response.", body = ResponseView)))]
#[get("/{id}/responses/{response_id}")]
pub async fn get_survey_response(
    _auth: Allowed<ReadSurveys>,
    path: Path<(Id<Survey>, Id<Response>)>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (survey, id) = path.0;
    let (survey, response) = app.db.read(move |tx| responses::get_response(tx, survey, id)).await?;
    Ok(HttpResponse::Ok().json(ResponseView::of(&survey, response)))
}
