//! `/v1/points-programme`.

use actix_web::{HttpResponse, get, put};

use crate::{
    domain::points::PointsProgrammeDraft,
    dto::points::PointsProgrammeView,
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ManagePoints, ReadPoints},
        conditional::Known,
        extract::Body,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::points::programme,
};

/// Read the points programme
///
/// How points are earned, how long they last and what they are worth. There is one from the start.
#[utoipa::path(tag = "Points", security(("bearer" = ["points:read"])),
    responses((status = 200, description = "The programme that holds now.", body = PointsProgrammeView)))]
#[get("")]
pub async fn get_points_programme(_auth: Allowed<ReadPoints>, known: Known, app: AppData) -> Result<HttpResponse, Problem> {
    let programme = app.db.query(programme::current).await?;
    Ok(known.answer(programme.version, &PointsProgrammeView::from(programme)))
}

/// Replace the points programme
///
/// As a whole; what is left out is as it is in a new shop, `starts_at` as it was. It holds for what is earned from now on: an order keeps the terms by which it
/// was paid. An order earns `floor(Σ (quantity × unit_price − discount − refunded) × card_percent × (100 + bonus_percent) / (minor_per_point × 10,000))`
/// points: rounded down once, shipping apart. The same programme again changes nothing.
#[utoipa::path(tag = "Points", request_body = PointsProgrammeDraft, security(("bearer" = ["points:manage"])),
    responses((status = 200, description = "The programme as it is now.", body = PointsProgrammeView)))]
#[put("")]
pub async fn put_points_programme(
    auth: Allowed<ManagePoints>,
    write: WriteRequest,
    body: Body<PointsProgrammeDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let programme = programme::replace(tx, context.now, &context.precondition, body.value)?;
        answer::ok(programme.version, &PointsProgrammeView::from(programme))
    })
    .await
}
