//! `/v1/surveys`.

use actix_web::{HttpRequest, HttpResponse, get, patch, post};

use crate::{
    domain::{
        ids::Id,
        surveys::{Survey, SurveyDraft, SurveySearch},
    },
    dto::surveys::{ListSurveys, ResultsParams, SurveyResultsView, SurveyView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadSurveys, WriteSurveys},
        conditional::Known,
        extract::{Body, BodyTrace, Params, Path},
        paging::{self, PageView},
        patch::MergePatch,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::surveys,
};

pub mod invitations;
pub mod public;
pub mod responses;

/// List surveys
///
/// The newest first unless sorted otherwise.
#[utoipa::path(tag = "Surveys", params(ListSurveys), security(("bearer" = ["surveys:read"])),
    responses((status = 200, description = "A page of surveys.", body = PageView<SurveyView>)))]
#[get("")]
pub async fn list_surveys(
    _auth: Allowed<ReadSurveys>,
    params: Params<ListSurveys>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let search = SurveySearch::from(params.0);
    let found = app.db.read(move |tx| surveys::list_surveys(tx, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(|survey| SurveyView::of(&app.links, survey)), sort))
}

/// Create a survey
///
/// As a draft, which nobody can answer before it is opened.
#[utoipa::path(tag = "Surveys", request_body = SurveyDraft, security(("bearer" = ["surveys:write"])),
    responses((status = 201, description = "The new survey.", body = SurveyView)))]
#[post("")]
pub async fn create_survey(
    auth: Allowed<WriteSurveys>,
    write: WriteRequest,
    body: Body<SurveyDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let links = app.links.clone();
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let survey = surveys::create_survey(tx, context.now, body.value)?;
        answer::created(format!("/v1/surveys/{}", survey.id), survey.version, &SurveyView::of(&links, survey))
    })
    .await
}

/// Read a survey
///
/// With its own link, while it has one.
#[utoipa::path(tag = "Surveys", params(("id" = Uuid, Path, description = "The survey's id.")), security(("bearer" = ["surveys:read"])),
    responses((status = 200, description = "The survey.", body = SurveyView)))]
#[get("/{id}")]
pub async fn get_survey(_auth: Allowed<ReadSurveys>, id: Path<Id<Survey>>, known: Known, app: AppData) -> Result<HttpResponse, Problem> {
    let survey = app.db.query(move |conn| surveys::get_survey(conn, id.0)).await?;
    Ok(known.answer(survey.version, &SurveyView::of(&app.links, survey)))
}

/// Change a survey
///
/// JSON Merge Patch: what is absent stays, null clears; `questions` are replaced as a whole. Once somebody has answered they are frozen: 409.
#[utoipa::path(tag = "Surveys", params(("id" = Uuid, Path, description = "The survey's id.")), request_body = MergePatch<SurveyDraft>,
    security(("bearer" = ["surveys:write"])), responses((status = 200, description = "The survey as it is now.", body = SurveyView)))]
#[patch("/{id}")]
pub async fn update_survey(
    auth: Allowed<WriteSurveys>,
    id: Path<Id<Survey>>,
    write: WriteRequest,
    body: Body<MergePatch<SurveyDraft>>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let links = app.links.clone();
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let survey = surveys::update_survey(tx, context.now, id.0, &context.precondition, |known| body.value.apply(known))?;
        answer::ok(survey.version, &SurveyView::of(&links, survey))
    })
    .await
}

/// Open a survey
///
/// A draft is opened: from now on customers can be invited, and answers are taken.
#[utoipa::path(tag = "Surveys", params(("id" = Uuid, Path, description = "The survey's id.")), security(("bearer" = ["surveys:write"])),
    responses((status = 200, description = "The survey, open.", body = SurveyView)))]
#[post("/{id}/open")]
pub async fn open_survey(
    auth: Allowed<WriteSurveys>,
    id: Path<Id<Survey>>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let links = app.links.clone();
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        let survey = surveys::open_survey(tx, context.now, id.0, &context.precondition)?;
        answer::ok(survey.version, &SurveyView::of(&links, survey))
    })
    .await
}

/// Close a survey
///
/// From now on no answers are taken. A closed survey is not opened again: make another of the same series.
#[utoipa::path(tag = "Surveys", params(("id" = Uuid, Path, description = "The survey's id.")), security(("bearer" = ["surveys:write"])),
    responses((status = 200, description = "The survey, closed.", body = SurveyView)))]
#[post("/{id}/close")]
pub async fn close_survey(
    auth: Allowed<WriteSurveys>,
    id: Path<Id<Survey>>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let links = app.links.clone();
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        let survey = surveys::close_survey(tx, context.now, id.0, &context.precondition)?;
        answer::ok(survey.version, &SurveyView::of(&links, survey))
    })
    .await
}

/// Read the results of a survey
///
/// As of now, with 95 % confidence intervals: of means Student's, of shares Wilson's, of the net promoter score the adjusted Wald interval. The satisfaction
/// index of a response is the weighted mean of its ratings from 0 to 100, that of the survey the mean over its responses. Double ratings are parted into
/// quadrants at their mean importance and mean satisfaction.
#[utoipa::path(tag = "Surveys", params(("id" = Uuid, Path, description = "The survey's id."), ResultsParams), security(("bearer" = ["surveys:read"])),
    responses((status = 200, description = "What the responses add up to.", body = SurveyResultsView)))]
#[get("/{id}/results")]
pub async fn get_survey_results(
    _auth: Allowed<ReadSurveys>,
    id: Path<Id<Survey>>,
    params: Params<ResultsParams>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let results = app.db.read(move |tx| surveys::results::results(tx, id.0, params.0.compare_with)).await?;
    Ok(HttpResponse::Ok().json(SurveyResultsView::from(results)))
}
