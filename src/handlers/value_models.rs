//! `/v1/value-models`.

use actix_web::{HttpRequest, HttpResponse, get, post};

use crate::{
    domain::{ids::Id, value_models::ValueModel, value_score::ModelDraft},
    dto::value_models::{ListValueModels, ValueModelView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadScores, WriteScores},
        conditional::Known,
        extract::{Body, BodyTrace, Params, Path},
        paging::{self, PageView},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::value_models,
};

/// List value models
///
/// The newest first unless sorted otherwise; exactly one is active.
#[utoipa::path(tag = "Value", params(ListValueModels), security(("bearer" = ["scores:read"])),
    responses((status = 200, description = "A page of value models.", body = PageView<ValueModelView>)))]
#[get("")]
pub async fn list_value_models(
    _auth: Allowed<ReadScores>,
    params: Params<ListValueModels>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let found = app.db.read(move |tx| value_models::list_models(tx, &page)).await?;
    Ok(paging::answer(&request, found.map(ValueModelView::from), sort))
}

/// Create a value model
///
/// What is left out is as in the default model `five-factor`. Models never change: a known name makes its next version. The new model scores nobody
/// before it is activated; `POST /v1/value-scores/preview` tells beforehand who would move.
#[utoipa::path(tag = "Value", request_body = ModelDraft, security(("bearer" = ["scores:write"])),
    responses((status = 201, description = "The new model.", body = ValueModelView)))]
#[post("")]
pub async fn create_value_model(
    auth: Allowed<WriteScores>,
    write: WriteRequest,
    body: Body<ModelDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let model = value_models::create_model(tx, context.now, &body.value)?;
        answer::created(format!("/v1/value-models/{}", model.id), model.revision(), &ValueModelView::from(model))
    })
    .await
}

/// Read a value model
///
/// With every part written out.
#[utoipa::path(tag = "Value", params(("id" = Uuid, Path, description = "The model's id.")), security(("bearer" = ["scores:read"])),
    responses((status = 200, description = "The model.", body = ValueModelView)))]
#[get("/{id}")]
pub async fn get_value_model(
    _auth: Allowed<ReadScores>,
    id: Path<Id<ValueModel>>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let model = app.db.query(move |conn| value_models::get_model(conn, id.0)).await?;
    Ok(known.answer(model.revision(), &ValueModelView::from(model)))
}

/// Activate a value model
///
/// From now on live scores are this model's, and the current run is one of this model. Before its first run only a model with fixed
/// cuts scores anybody: start one with `POST /v1/scoring-runs`, with `model_id` even before activating.
#[utoipa::path(tag = "Value", params(("id" = Uuid, Path, description = "The model's id.")), security(("bearer" = ["scores:write"])),
    responses((status = 200, description = "The model, active.", body = ValueModelView)))]
#[post("/{id}/activate")]
pub async fn activate_value_model(
    auth: Allowed<WriteScores>,
    id: Path<Id<ValueModel>>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        let model = value_models::activate_model(tx, context.now, id.0, &context.precondition)?;
        answer::ok(model.revision(), &ValueModelView::from(model))
    })
    .await
}
