//! `/v1/suppressions`.

use actix_web::{HttpRequest, HttpResponse, delete, get, post};

use crate::{
    domain::{
        ids::Id,
        suppressions::{Suppression, SuppressionDraft, SuppressionSearch},
    },
    dto::suppressions::{ListSuppressions, SuppressionView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadCampaigns, WriteCampaigns},
        conditional::Known,
        extract::{Body, BodyTrace, Params, Path},
        paging::{self, PageView},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::suppressions::{self, VERSION},
};

/// List suppressed addresses
///
/// The newest first unless sorted otherwise.
#[utoipa::path(tag = "Contacts", params(ListSuppressions), security(("bearer" = ["campaigns:read"])),
    responses((status = 200, description = "A page of suppressions.", body = PageView<SuppressionView>)))]
#[get("")]
pub async fn list_suppressions(
    _auth: Allowed<ReadCampaigns>,
    params: Params<ListSuppressions>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let search = SuppressionSearch::from(params.0);
    let found = app.db.read(move |tx| suppressions::list_suppressions(tx, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(SuppressionView::from), sort))
}

/// Suppress an address
///
/// Nothing is sent to it any more, whoever has it and whatever they consented to. One that is suppressed already is answered as it is (200).
#[utoipa::path(tag = "Contacts", request_body = SuppressionDraft, security(("bearer" = ["campaigns:write"])),
    responses((status = 200, description = "It was suppressed already.", body = SuppressionView), (status = 201, description = "The suppression.", body = SuppressionView)))]
#[post("")]
pub async fn create_suppression(
    auth: Allowed<WriteCampaigns>,
    write: WriteRequest,
    body: Body<SuppressionDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let (suppression, is_new) = suppressions::suppress(tx, context.now, body.value)?;
        let location = format!("/v1/suppressions/{}", suppression.id);
        answer::put(is_new, location, VERSION, &SuppressionView::from(suppression))
    })
    .await
}

/// Read a suppression
///
/// With the reason, and what else is known.
#[utoipa::path(tag = "Contacts", params(("id" = Uuid, Path, description = "The suppression's id.")), security(("bearer" = ["campaigns:read"])),
    responses((status = 200, description = "The suppression.", body = SuppressionView)))]
#[get("/{id}")]
pub async fn get_suppression(
    _auth: Allowed<ReadCampaigns>,
    id: Path<Id<Suppression>>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let suppression = app.db.query(move |conn| suppressions::get_suppression(conn, id.0)).await?;
    Ok(known.answer(VERSION, &SuppressionView::from(suppression)))
}

/// Remove a suppression
///
/// From now on the address is written to again, as far as its owner's consents go.
#[utoipa::path(tag = "Contacts", params(("id" = Uuid, Path, description = "The suppression's id.")), security(("bearer" = ["campaigns:write"])),
    responses((status = 204, description = "Removed.")))]
#[delete("/{id}")]
pub async fn delete_suppression(
    auth: Allowed<WriteCampaigns>,
    id: Path<Id<Suppression>>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        suppressions::delete_suppression(tx, id.0, &context.precondition)?;
        Ok(answer::no_content())
    })
    .await
}
