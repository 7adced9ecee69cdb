//! `/v1/reports/feedback`.

use actix_web::{HttpResponse, get};

use crate::{
    dto::feedback_reports::{FeedbackReportView, ReportParams},
    http::{
        app::AppData,
        auth::{Allowed, ReadFeedback},
        extract::Params,
        problem::Problem,
    },
    services::feedback_reports,
};

/// Report on feedback
///
/// What came in within a period, put together by what it has in common, as it stands now: how much, how soon it was answered and resolved in working time
/// (median and 90th percentile), whether in time, how much was reopened, how it rates, and whether it helped.
#[utoipa::path(tag = "Feedback", params(ReportParams), security(("bearer" = ["feedback:read"])),
    responses((status = 200, description = "The report.", body = FeedbackReportView)))]
#[get("/v1/reports/feedback")]
pub async fn get_feedback_report(
    _auth: Allowed<ReadFeedback>,
    params: Params<ReportParams>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let request = params.0.request(app.clock.now());
    let report = app.db.read(move |tx| feedback_reports::report(tx, &request)).await?;
    Ok(HttpResponse::Ok().json(FeedbackReportView::from(report)))
}
