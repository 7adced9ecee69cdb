//! `/v1/scoring-runs`.

use actix_web::{HttpRequest, HttpResponse, get, post};

use crate::{
    domain::{
        ids::Id,
        scoring_runs::{ScoringRun, ScoringRunDraft},
    },
    dto::scoring_runs::{ListScoringRuns, ScoringRunView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadScores, WriteScores},
        extract::{OptionalBody, Params, Path},
        paging::{self, PageView},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::scoring_runs,
};

/// List scoring runs
///
/// The newest first unless sorted otherwise. Runs are kept: they are the history of every customer's score.
#[utoipa::path(tag = "Value", params(ListScoringRuns), security(("bearer" = ["scores:read"])),
    responses((status = 200, description = "A page of runs.", body = PageView<ScoringRunView>)))]
#[get("")]
pub async fn list_scoring_runs(
    _auth: Allowed<ReadScores>,
    params: Params<ListScoringRuns>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let found = app.db.read(move |tx| scoring_runs::list_runs(tx, &page)).await?;
    Ok(paging::answer(&request, found.map(ScoringRunView::from), sort))
}

/// Start a scoring run
///
/// Scores everybody under one model at one instant, in the background: watch it at its `Location`. Its scores become visible all at once when it
/// completes. The current run is the completed one of the active model with the latest `as_of`, the last made of equals. The body may be left out.
#[utoipa::path(tag = "Value", request_body = Option<ScoringRunDraft>, security(("bearer" = ["scores:write"])),
    responses((status = 202, description = "The run, queued.", body = ScoringRunView)))]
#[post("")]
pub async fn create_scoring_run(
    auth: Allowed<WriteScores>,
    write: WriteRequest,
    body: OptionalBody<ScoringRunDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.0.trace, move |tx, context| {
        let run = scoring_runs::request_run(tx, context.now, &body.0.value)?;
        answer::accepted(format!("/v1/scoring-runs/{}", run.id), &ScoringRunView::from(run))
    })
    .await
}

/// Read a scoring run
///
/// With its progress while it works, and what it froze once it has completed.
#[utoipa::path(tag = "Value", params(("id" = Uuid, Path, description = "The run's id.")), security(("bearer" = ["scores:read"])),
    responses((status = 200, description = "The run.", body = ScoringRunView)))]
#[get("/{id}")]
pub async fn get_scoring_run(_auth: Allowed<ReadScores>, id: Path<Id<ScoringRun>>, app: AppData) -> Result<HttpResponse, Problem> {
    let run = app.db.query(move |conn| scoring_runs::get_run(conn, id.0)).await?;
    Ok(HttpResponse::Ok().json(ScoringRunView::from(run)))
}
