//! `/v1/customers/{id}/points`.

use actix_web::{HttpRequest, HttpResponse, get, post};

use crate::{
    domain::{
        customers::Customer,
        ids::Id,
        points::{AdjustmentDraft, SpendingDraft},
    },
    dto::points::{ListPoints, PointEntryView, PointMovementView, PointsView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadPoints, WritePoints},
        conditional::Known,
        extract::{Body, Params, Path},
        paging,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::points,
};

/// Read a customer's points
///
/// Where they stand, and the ledger, the newest entry first unless sorted otherwise. Orders earn points once they are paid, which are pending until they are
/// completed; what is given back of an order takes back its share. What came first is spent first and expires first.
#[utoipa::path(tag = "Points", params(("id" = Uuid, Path, description = "The customer's id."), ListPoints), security(("bearer" = ["points:read"])),
    responses((status = 200, description = "The points, with a page of their entries.", body = PointsView)))]
#[get("/{id}/points")]
pub async fn list_customer_points(
    _auth: Allowed<ReadPoints>,
    id: Path<Id<Customer>>,
    params: Params<ListPoints>,
    known: Known,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort, filter, now) = (params.0.page(&request)?, params.0.sort(), params.0.filter(id.0), app.clock.now());
    let (standing, found) = app.db.read(move |tx| points::get_points(tx, now, &filter, &page)).await?;
    Ok(known.answer_with(standing.account.version, || {
        paging::answer_with(&request, found.map(PointEntryView::from), sort, |page| {
            PointsView::new(standing, page.data, page.next_cursor, page.total)
        })
    }))
}

/// Give a customer points, or take some
///
/// With a reason, and a business id that no other entry has: booked twice, the second is refused. What is given expires like what is earned; what is taken can
/// not be more than there is. `If-Match` means the version of the customer's points.
#[utoipa::path(tag = "Points", params(("id" = Uuid, Path, description = "The customer's id.")), request_body = AdjustmentDraft,
    security(("bearer" = ["points:write"])), responses((status = 200, description = "What was done, and where the points stand.", body = PointMovementView)))]
#[post("/{id}/points/adjust")]
pub async fn adjust_customer_points(
    auth: Allowed<WritePoints>,
    id: Path<Id<Customer>>,
    write: WriteRequest,
    body: Body<AdjustmentDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let moved = points::adjust(tx, &context.actor, context.now, id.0, &context.precondition, body.value)?;
        answer::ok(moved.0.version, &PointMovementView::from(moved))
    })
    .await
}

/// Spend a customer's points
///
/// At most the balance, 409 `insufficient_points` else; those first that came first. The business id is the till's or the shop's own: spent twice under the same,
/// the second is refused. Points that were spent on an order which is cancelled or refunded are given back by an adjustment. `If-Match` means the version of
/// the customer's points.
#[utoipa::path(tag = "Points", params(("id" = Uuid, Path, description = "The customer's id.")), request_body = SpendingDraft,
    security(("bearer" = ["points:write"])), responses((status = 200, description = "What was done, and where the points stand.", body = PointMovementView)))]
#[post("/{id}/points/spend")]
pub async fn spend_customer_points(
    auth: Allowed<WritePoints>,
    id: Path<Id<Customer>>,
    write: WriteRequest,
    body: Body<SpendingDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let moved = points::spend(tx, &context.actor, context.now, id.0, &context.precondition, body.value)?;
        answer::ok(moved.0.version, &PointMovementView::from(moved))
    })
    .await
}
