//! `/v1/service-targets`.

use actix_web::{HttpResponse, get, put};

use crate::{
    domain::service_targets::ServiceTargetsDraft,
    dto::service_targets::ServiceTargetsView,
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ManageFeedback, ReadFeedback},
        conditional::Known,
        extract::Body,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::service_targets,
};

/// Read the service targets
///
/// By when feedback is answered and resolved, in working time. There are targets from the start.
#[utoipa::path(tag = "Feedback", security(("bearer" = ["feedback:read"])),
    responses((status = 200, description = "The targets that hold now.", body = ServiceTargetsView)))]
#[get("")]
pub async fn get_service_targets(_auth: Allowed<ReadFeedback>, known: Known, app: AppData) -> Result<HttpResponse, Problem> {
    let targets = app.db.query(service_targets::current).await?;
    Ok(known.answer(targets.version, &ServiceTargetsView::from(&targets)))
}

/// Replace the service targets
///
/// As a whole; what is left out is as it is in a new shop. They hold for feedback that comes in from now on: what was promised before is kept.
/// The same targets again change nothing.
#[utoipa::path(tag = "Feedback", request_body = ServiceTargetsDraft, security(("bearer" = ["feedback:manage"])),
    responses((status = 200, description = "The targets as they are now.", body = ServiceTargetsView)))]
#[put("")]
pub async fn put_service_targets(
    auth: Allowed<ManageFeedback>,
    write: WriteRequest,
    body: Body<ServiceTargetsDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let targets = service_targets::replace(tx, context.now, &context.precondition, body.value)?;
        answer::ok(targets.version, &ServiceTargetsView::from(&targets))
    })
    .await
}
