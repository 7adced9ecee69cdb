//! `/v1/segments`.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};

use crate::{
    domain::{
        ids::Id,
        segments::{Segment, SegmentDraft, SegmentPreviewDraft, SegmentSearch},
    },
    dto::segments::{ExplainParams, ExplanationView, ListMembers, ListSegments, MemberView, SegmentPreviewView, SegmentView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadSegments, WriteSegments},
        conditional::Known,
        extract::{Body, BodyTrace, Params, Path},
        paging::{self, PageView},
        patch::MergePatch,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::segments,
};

pub mod snapshots;

/// List segments
///
/// Those that came with Patron first, then in the order of their making, unless sorted otherwise.
#[utoipa::path(tag = "Segments", params(ListSegments), security(("bearer" = ["segments:read"])),
    responses((status = 200, description = "A page of segments.", body = PageView<SegmentView>)))]
#[get("")]
pub async fn list_segments(
    _auth: Allowed<ReadSegments>,
    params: Params<ListSegments>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let search = SegmentSearch::from(params.0);
    let found = app.db.read(move |tx| segments::list_segments(tx, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(SegmentView::from), sort))
}

/// Create a segment
///
/// Every fault of the definition is told at its place. What it names must be there, and other segments must not name this one in turn.
#[utoipa::path(tag = "Segments", request_body = SegmentDraft, security(("bearer" = ["segments:write"])),
    responses((status = 201, description = "The new segment.", body = SegmentView)))]
#[post("")]
pub async fn create_segment(
    auth: Allowed<WriteSegments>,
    write: WriteRequest,
    body: Body<SegmentDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let segment = segments::create_segment(tx, context.now, body.value)?;
        answer::created(format!("/v1/segments/{}", segment.id), segment.version, &SegmentView::from(segment))
    })
    .await
}

/// Preview a definition
///
/// Who would be a member now: how many, which part of all customers, and the newest ten. Nothing is stored.
#[utoipa::path(tag = "Segments", request_body = SegmentPreviewDraft, extensions(("x-reads-only" = json!(true))),
    security(("bearer" = ["segments:read"])), responses((status = 200, description = "Who would be a member.", body = SegmentPreviewView)))]
#[post("/preview")]
pub async fn preview_segment_definition(
    _auth: Allowed<ReadSegments>,
    body: Body<SegmentPreviewDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let now = app.clock.now();
    let found = app.db.read(move |tx| segments::preview_definition(tx, now, &body.value.definition)).await?;
    Ok(HttpResponse::Ok().json(SegmentPreviewView::from(found)))
}

/// Read a segment
///
/// With its definition as it was said.
#[utoipa::path(tag = "Segments", params(("id" = Uuid, Path, description = "The segment's id.")), security(("bearer" = ["segments:read"])),
    responses((status = 200, description = "The segment.", body = SegmentView)))]
#[get("/{id}")]
pub async fn get_segment(_auth: Allowed<ReadSegments>, id: Path<Id<Segment>>, known: Known, app: AppData) -> Result<HttpResponse, Problem> {
    let segment = app.db.query(move |conn| segments::get_segment(conn, id.0)).await?;
    Ok(known.answer(segment.version, &SegmentView::from(segment)))
}

/// Change a segment
///
/// JSON Merge Patch: what is absent stays, null clears. The definition is merged like any object, so send `null` for the members of it that go. One that came
/// with Patron can not be changed: 409.
#[utoipa::path(tag = "Segments", params(("id" = Uuid, Path, description = "The segment's id.")), request_body = MergePatch<SegmentDraft>,
    security(("bearer" = ["segments:write"])), responses((status = 200, description = "The segment as it is now.", body = SegmentView)))]
#[patch("/{id}")]
pub async fn update_segment(
    auth: Allowed<WriteSegments>,
    id: Path<Id<Segment>>,
    write: WriteRequest,
    body: Body<MergePatch<SegmentDraft>>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let segment = segments::update_segment(tx, context.now, id.0, &context.precondition, |known| body.value.apply(known))?;
        answer::ok(segment.version, &SegmentView::from(segment))
    })
    .await
}

/// Delete a segment
///
/// With its snapshots. Only one that no other segment names, nor a campaign that has not ended: else 409 `still_referenced`. One that came with Patron can not be
/// deleted: 409.
#[utoipa::path(tag = "Segments", params(("id" = Uuid, Path, description = "The segment's id.")), security(("bearer" = ["segments:write"])),
    responses((status = 204, description = "It is gone.")))]
#[delete("/{id}")]
pub async fn delete_segment(
    auth: Allowed<WriteSegments>,
    id: Path<Id<Segment>>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        segments::delete_segment(tx, id.0, &context.precondition)?;
        Ok(answer::no_content())
    })
    .await
}

/// Preview a segment
///
/// Who is a member now: how many, which part of all customers, and the newest ten.
#[utoipa::path(tag = "Segments", params(("id" = Uuid, Path, description = "The segment's id.")), security(("bearer" = ["segments:read"])),
    responses((status = 200, description = "Who is a member.", body = SegmentPreviewView)))]
#[get("/{id}/preview")]
pub async fn preview_segment(_auth: Allowed<ReadSegments>, id: Path<Id<Segment>>, app: AppData) -> Result<HttpResponse, Problem> {
    let now = app.clock.now();
    let found = app.db.read(move |tx| segments::preview(tx, now, id.0)).await?;
    Ok(HttpResponse::Ok().json(SegmentPreviewView::from(found)))
}

/// List a segment's members
///
/// As of now, by their ids. Each page looks anew: who becomes a member or stops being one meanwhile may be missed. Take a snapshot to go through many.
#[utoipa::path(tag = "Segments", params(("id" = Uuid, Path, description = "The segment's id."), ListMembers), security(("bearer" = ["segments:read"])),
    responses((status = 200, description = "A page of members.", body = PageView<MemberView>)))]
#[get("/{id}/members")]
pub async fn list_segment_members(
    _auth: Allowed<ReadSegments>,
    id: Path<Id<Segment>>,
    params: Params<ListMembers>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort, now) = (params.0.page(&request)?, params.0.sort(), app.clock.now());
    let found = app.db.read(move |tx| segments::list_members(tx, now, id.0, &page)).await?;
    Ok(paging::answer(&request, found.map(MemberView::from), sort))
}

/// Explain a membership
///
/// Why a customer is a member now, or why not: the definition, each condition with whether it is met, each leaf with the value that was seen.
#[utoipa::path(tag = "Segments", params(("id" = Uuid, Path, description = "The segment's id."), ExplainParams),
    security(("bearer" = ["segments:read"])), responses((status = 200, description = "The definition, explained.", body = ExplanationView)))]
#[get("/{id}/explain")]
pub async fn explain_segment(
    _auth: Allowed<ReadSegments>,
    id: Path<Id<Segment>>,
    params: Params<ExplainParams>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (customer, now) = (params.0.customer_id, app.clock.now());
    let explained = app.db.read(move |tx| segments::explain(tx, now, id.0, customer)).await?;
    Ok(HttpResponse::Ok().json(ExplanationView::of(explained)))
}
