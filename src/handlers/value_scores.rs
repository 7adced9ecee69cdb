//! Values of customers: live, past, ranked, and tried with another model.

use actix_web::{HttpRequest, HttpResponse, get, post};

use crate::{
    domain::{customers::Customer, ids::Id, previews::PreviewDraft},
    dto::value_scores::{AsOf, ListValueHistory, ListValueScores, PastScoreView, PreviewView, RankedScoreView, ValueScoreView},
    error::{Code, Error},
    http::{
        app::AppData,
        auth::{Allowed, ReadScores},
        extract::{Body, Params, Path},
        paging::{self, PageView},
        problem::Problem,
    },
    jobs::preview::preview_model,
    services::{scoring_runs, value_scores},
};

/// Read a customer's value
///
/// Live and explained: the customer's own purchases, read now, through the cuts of the current run. So it is exact the moment an order lands. With
/// `as_of`, the same at an instant of the past.
#[utoipa::path(tag = "Value", params(("id" = Uuid, Path, description = "The customer's id."), AsOf), security(("bearer" = ["scores:read"])),
    responses((status = 200, description = "The customer's value.", body = ValueScoreView)))]
#[get("/{id}/value-score")]
pub async fn get_customer_value_score(
    _auth: Allowed<ReadScores>,
    id: Path<Id<Customer>>,
    params: Params<AsOf>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (now, shared) = (app.clock.now(), app.clone());
    let value = app
        .db
        .query(move |conn| match params.0.as_of {
            None => value_scores::value_now(conn, &shared.values, id.0, now),
            Some(as_of) => value_scores::value_as_of(conn, &shared.values, id.0, as_of, now),
        })
        .await?;
    Ok(HttpResponse::Ok().json(ValueScoreView::of(&value, app.currency)))
}

/// List a customer's past values
///
/// The customer's score in every completed run that had it in its population, the newest run first; empty for a customer who opted out of profiling.
#[utoipa::path(tag = "Value", params(("id" = Uuid, Path, description = "The customer's id."), ListValueHistory),
    security(("bearer" = ["scores:read"])), responses((status = 200, description = "A page of scores.", body = PageView<PastScoreView>)))]
#[get("/{id}/value-score/history")]
pub async fn list_customer_value_history(
    _auth: Allowed<ReadScores>,
    id: Path<Id<Customer>>,
    params: Params<ListValueHistory>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let found = app.db.read(move |tx| scoring_runs::list_history(tx, id.0, &page)).await?;
    Ok(paging::answer(&request, found.map(|past| PastScoreView::of(&past, app.currency)), sort))
}

/// List the current run's ranking
///
/// The highest score first unless sorted otherwise; empty before the first run of the active model. Who opts out of profiling leaves it at once; the others
/// keep the ranks that the run gave them.
#[utoipa::path(tag = "Value", params(ListValueScores), security(("bearer" = ["scores:read"])),
    responses((status = 200, description = "A page of scores.", body = PageView<RankedScoreView>)))]
#[get("/v1/value-scores")]
pub async fn list_value_scores(
    _auth: Allowed<ReadScores>,
    params: Params<ListValueScores>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort, filter) = (params.0.page(&request)?, params.0.sort(), params.0.filter());
    let shared = app.clone();
    let found = app.db.read(move |tx| scoring_runs::list_ranking(tx, &shared.values, &filter, &page)).await?;
    Ok(paging::answer(&request, found.map(|ranked| RankedScoreView::of(&ranked, app.currency)), sort))
}

/// Preview another value model
///
/// Scores everybody by the active model and by another one at the same instant, each with cuts of its own from the same people, and tells who would move.
/// Nothing is stored. It reads every order line and may take some seconds; one preview runs at a time, another is answered 503 meanwhile.
#[utoipa::path(tag = "Value", request_body = PreviewDraft, extensions(("x-reads-only" = json!(true))), security(("bearer" = ["scores:read"])),
    responses((status = 200, description = "Who would move.", body = PreviewView)))]
#[post("/v1/value-scores/preview")]
pub async fn preview_value_scores(_auth: Allowed<ReadScores>, body: Body<PreviewDraft>, app: AppData) -> Result<HttpResponse, Problem> {
    let Ok(_permit) = app.previews.clone().try_acquire_owned() else {
        return Err(Error::new(Code::Unavailable, "Another preview is running.").retry_after(5).into());
    };
    let (db, now) = (app.db.clone(), app.clock.now());
    let outcome = tokio::task::spawn_blocking(move || preview_model(&db, now, &body.value)).await.map_err(Error::internal)??;
    Ok(HttpResponse::Ok().json(PreviewView::of(outcome, app.currency)))
}
