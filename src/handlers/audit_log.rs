//! Who changed what.

use actix_web::{HttpRequest, HttpResponse, get};

use crate::{
    dto::audit_log::{AuditEntryView, ListAuditLog},
    http::{
        app::AppData,
        auth::{Allowed, ReadAuditLog},
        extract::Params,
        paging::{self, PageView},
        problem::Problem,
    },
    services::audit,
};

/// List the audit log
///
/// Every write and every login, newest first: who, when, what, with the names of the fields sent and never their values.
#[utoipa::path(
    tag = "Audit", params(ListAuditLog), security(("bearer" = ["audit:read"])),
    responses((status = 200, description = "A page of entries.", body = PageView<AuditEntryView>))
)]
#[get("/v1/audit-log")]
pub async fn list_audit_log(
    _: Allowed<ReadAuditLog>,
    request: HttpRequest,
    Params(params): Params<ListAuditLog>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, filter) = (params.page(&request)?, params.filter());
    let entries = app.db.read(move |tx| audit::list(tx, &filter, &page)).await?;
    Ok(paging::answer(&request, entries.map(AuditEntryView::from), params.sort()))
}
