//! `/v1/imports`.

use actix_web::{HttpRequest, HttpResponse, get, post, web};

use crate::{
    domain::{ids::Id, imports::Import, ledger::LedgerOptions},
    dto::imports::{ImportView, ListImports, ListRejects, RejectView, UploadParams},
    error::Error,
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadImports, WriteImports},
        extract::{Params, Path},
        paging::{self, PageView},
        problem::Problem,
        upload::{FileHeaders, Upload},
        write::{StreamedWriteRequest, perform},
    },
    services::imports,
};

/// List imports
///
/// The newest first unless sorted otherwise. A file that still arrives is not among them.
#[utoipa::path(tag = "Imports", params(ListImports), security(("bearer" = ["imports:read"])),
    responses((status = 200, description = "A page of imports.", body = PageView<ImportView>)))]
#[get("")]
pub async fn list_imports(
    _auth: Allowed<ReadImports>,
    params: Params<ListImports>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let search = params.0.into();
    let found = app.db.read(move |tx| imports::list_imports(tx, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(ImportView::from), sort))
}

/// Bring a ledger in
///
/// The body is the file itself, of any length: CSV with a header, or one JSON object a line, one row an order line, UTF-8, gzip too. It is brought in by
/// a job: watch it at its `Location`. Needed are the columns `order_ref`, `placed_at`, `sku`, `quantity` and `line_total` or `unit_price`; known besides
/// are `customer_ref`, `store`, `channel`, `title`, `category` (a path, its parts joined by ` / `), `value_class`, `used_by`, `card_kind`, `customer_name`,
/// `email`, `phone`, `card_number`, `discount`, `order_type`, `line_no` and `currency`. Customers, categories, products and orders are found by what the
/// file calls them, or made. A bad row stays out alone and is told at `/v1/imports/{id}/rejects`; the same file again changes nothing. A file of which more
/// than 100,000 rows, and more than half, are bad is given up: its columns hold something else. A ledger's orders come in as completed, so `imports:write` is
/// for whom one would give `payments:write`.
#[utoipa::path(tag = "Imports", params(UploadParams), security(("bearer" = ["imports:write"])), extensions(("x-streamed-body" = json!(true))),
    request_body(description = "The file.", content((String = "text/csv"), (String = "application/x-ndjson"), (String = "application/gzip"),
        (String = "application/octet-stream"))),
    responses((status = 202, description = "The import, queued.", body = ImportView)))]
#[post("")]
pub async fn create_import(
    auth: Allowed<WriteImports>,
    write: StreamedWriteRequest,
    params: Params<UploadParams>,
    headers: FileHeaders,
    app: AppData,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let (kind, options) = (params.0.kind, params.0.options(headers.format));
    LedgerOptions::parse(&options, app.currency).map_err(Error::invalid)?;
    let upload = Upload::receive(&app, kind, &options, &headers, body).await?;
    let (id, byte_count) = (upload.id, upload.byte_count);
    let answer = perform(&app, auth.actor, write.0, upload.trace(), move |tx, context| {
        let import = imports::finish_upload(tx, context.now, id, byte_count)?;
        answer::accepted(format!("/v1/imports/{id}"), &ImportView::from(import))
    })
    .await?;
    upload.keep(&answer);
    Ok(answer)
}

/// Read an import
///
/// How far its job has come; once completed, what came of the file.
#[utoipa::path(tag = "Imports", params(("id" = Uuid, Path, description = "The import's id.")), security(("bearer" = ["imports:read"])),
    responses((status = 200, description = "The import.", body = ImportView)))]
#[get("/{id}")]
pub async fn get_import(_auth: Allowed<ReadImports>, id: Path<Id<Import>>, app: AppData) -> Result<HttpResponse, Problem> {
    let import = app.db.query(move |conn| imports::get_import(conn, id.0)).await?;
    Ok(HttpResponse::Ok().json(ImportView::from(import)))
}

/// List what an import rejected
///
/// In the order of the file: each row that stayed out with line, column, code and value. `already_taken` are rows that went in without an e-mail, phone or
/// card number, because another customer has it.
#[utoipa::path(tag = "Imports", params(("id" = Uuid, Path, description = "The import's id."), ListRejects), security(("bearer" = ["imports:read"])),
    responses((status = 200, description = "A page of the report.", body = PageView<RejectView>)))]
#[get("/{id}/rejects")]
pub async fn list_import_rejects(
    _auth: Allowed<ReadImports>,
    id: Path<Id<Import>>,
    params: Params<ListRejects>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let found = app.db.read(move |tx| imports::list_rejects(tx, id.0, &page)).await?;
    Ok(paging::answer(&request, found.map(RejectView::from), sort))
}
