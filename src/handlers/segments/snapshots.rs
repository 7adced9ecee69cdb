//! `/v1/segments/{id}/snapshots`.

use actix_web::{HttpRequest, HttpResponse, delete, get, post};

use crate::{
    domain::{
        ids::Id,
        segments::{Segment, SegmentSnapshot},
    },
    dto::segments::{ChangeView, ListChanges, ListMembers, ListSnapshots, MemberView, SnapshotView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadSegments, WriteSegments},
        extract::{BodyTrace, Params, Path},
        paging::{self, PageView},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::segments::snapshots,
};

/// List a segment's snapshots
///
/// The newest first unless sorted otherwise.
#[utoipa::path(tag = "Segments", params(("id" = Uuid, Path, description = "The segment's id."), ListSnapshots), security(("bearer" = ["segments:read"])),
    responses((status = 200, description = "A page of snapshots.", body = PageView<SnapshotView>)))]
#[get("/{id}/snapshots")]
pub async fn list_segment_snapshots(
    _auth: Allowed<ReadSegments>,
    id: Path<Id<Segment>>,
    params: Params<ListSnapshots>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let found = app.db.read(move |tx| snapshots::list_snapshots(tx, id.0, &page)).await?;
    Ok(paging::answer(&request, found.map(SnapshotView::from), sort))
}

/// Take a snapshot of a segment
///
/// Freezes who is a member now, to be listed and compared later.
#[utoipa::path(tag = "Segments", params(("id" = Uuid, Path, description = "The segment's id.")), security(("bearer" = ["segments:write"])),
    responses((status = 201, description = "The new snapshot.", body = SnapshotView)))]
#[post("/{id}/snapshots")]
pub async fn create_segment_snapshot(
    auth: Allowed<WriteSegments>,
    id: Path<Id<Segment>>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        let snapshot = snapshots::take_snapshot(tx, context.now, id.0)?;
        answer::created(format!("/v1/segments/{}/snapshots/{}", id.0, snapshot.id), 1, &SnapshotView::from(snapshot))
    })
    .await
}

/// Read a snapshot
///
/// When it was taken, and how many members there were.
#[utoipa::path(tag = "Segments", params(("id" = Uuid, Path, description = "The segment's id."), ("snapshot_id" = Uuid, Path, description = "The snapshot's id.")),
    security(("bearer" = ["segments:read"])), responses((status = 200, description = "The snapshot.", body = SnapshotView)))]
#[get("/{id}/snapshots/{snapshot_id}")]
pub async fn get_segment_snapshot(
    _auth: Allowed<ReadSegments>,
    path: Path<(Id<Segment>, Id<SegmentSnapshot>)>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let Path((segment, id)) = path;
    let snapshot = app.db.query(move |conn| snapshots::get_snapshot(conn, segment, id)).await?;
    Ok(HttpResponse::Ok().json(SnapshotView::from(snapshot)))
}

/// Delete a snapshot
///
/// With the list of who was a member.
#[utoipa::path(tag = "Segments", params(("id" = Uuid, Path, description = "The segment's id."), ("snapshot_id" = Uuid, Path, description = "The snapshot's id.")),
    security(("bearer" = ["segments:write"])), responses((status = 204, description = "It is gone.")))]
#[delete("/{id}/snapshots/{snapshot_id}")]
pub async fn delete_segment_snapshot(
    auth: Allowed<WriteSegments>,
    path: Path<(Id<Segment>, Id<SegmentSnapshot>)>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let Path((segment, id)) = path;
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, _| {
        snapshots::delete_snapshot(tx, segment, id)?;
        Ok(answer::no_content())
    })
    .await
}

/// List a snapshot's members
///
/// By their ids, as they are called today.
#[utoipa::path(tag = "Segments", params(("id" = Uuid, Path, description = "The segment's id."), ("snapshot_id" = Uuid, Path, description = "The snapshot's id."),
    ListMembers), security(("bearer" = ["segments:read"])), responses((status = 200, description = "A page of members.", body = PageView<MemberView>)))]
#[get("/{id}/snapshots/{snapshot_id}/members")]
pub async fn list_segment_snapshot_members(
    _auth: Allowed<ReadSegments>,
    path: Path<(Id<Segment>, Id<SegmentSnapshot>)>,
    params: Params<ListMembers>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (Path((segment, id)), page, sort) = (path, params.0.page(&request)?, params.0.sort());
    let found = app.db.read(move |tx| snapshots::list_snapshot_members(tx, segment, id, &page)).await?;
    Ok(paging::answer(&request, found.map(MemberView::from), sort))
}

/// List what changed until a snapshot
///
/// Who has entered the segment and who has left it between an earlier snapshot and this one, by their ids.
#[utoipa::path(tag = "Segments", params(("id" = Uuid, Path, description = "The segment's id."), ("snapshot_id" = Uuid, Path, description = "The later snapshot's id."),
    ListChanges), security(("bearer" = ["segments:read"])), responses((status = 200, description = "A page of changes.", body = PageView<ChangeView>)))]
#[get("/{id}/snapshots/{snapshot_id}/changes")]
pub async fn list_segment_changes(
    _auth: Allowed<ReadSegments>,
    path: Path<(Id<Segment>, Id<SegmentSnapshot>)>,
    params: Params<ListChanges>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (Path((segment, id)), page, sort, since) = (path, params.0.page(&request)?, params.0.sort(), params.0.since);
    let found = app.db.read(move |tx| snapshots::list_changes(tx, segment, id, since, &page)).await?;
    Ok(paging::answer(&request, found.map(ChangeView::from), sort))
}
