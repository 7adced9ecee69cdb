//! `/v1/products`.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, put};

use crate::{
    domain::{
        catalogue::{Product, ProductDraft},
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        precondition::Precondition,
    },
    dto::products::{ListProducts, ProductView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadCatalogue, WriteCatalogue},
        batch::{self, BatchBody, BatchOf, BatchResults, Upserted},
        conditional::Known,
        extract::{Body, CheckedRef, Params, Path, RefPath},
        paging::{self, PageView},
        patch::MergePatch,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::products,
};

/// List products
///
/// The newest first unless sorted otherwise. With `updated_since` and `sort=updated_at` an ERP reads what has changed since its last visit.
#[utoipa::path(tag = "Catalogue", params(ListProducts), security(("bearer" = ["catalogue:read"])),
    responses((status = 200, description = "A page of products.", body = PageView<ProductView>)))]
#[get("")]
pub async fn list_products(
    _auth: Allowed<ReadCatalogue>,
    params: Params<ListProducts>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let search = params.0.into();
    let found = app.db.read(move |tx| products::list_products(tx, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(ProductView::from), sort))
}

/// Create a product
///
/// The SKU and every external reference must be no other product's: 409 `already_taken`. The price is in the shop's currency: another is 422
/// `unsupported_currency`.
#[utoipa::path(tag = "Catalogue", request_body = ProductDraft, security(("bearer" = ["catalogue:write"])),
    responses((status = 201, description = "The new product.", body = ProductView)))]
#[post("")]
pub async fn create_product(
    auth: Allowed<WriteCatalogue>,
    write: WriteRequest,
    body: Body<ProductDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let base = app.currency;
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let product = products::create_product(tx, context.now, base, body.value)?;
        answer::created(format!("/v1/products/{}", product.id), product.version, &ProductView::from(product))
    })
    .await
}

/// Read a product
///
/// Discontinued ones too.
#[utoipa::path(tag = "Catalogue", params(("id" = Uuid, Path, description = "The product's id.")), security(("bearer" = ["catalogue:read"])),
    responses((status = 200, description = "The product.", body = ProductView)))]
#[get("/{id}")]
pub async fn get_product(
    _auth: Allowed<ReadCatalogue>,
    id: Path<Id<Product>>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let product = app.db.query(move |conn| products::get_product(conn, id.0)).await?;
    Ok(known.answer(product.version, &ProductView::from(product)))
}

/// Change a product
///
/// JSON Merge Patch: what is absent stays, null clears. Products are never deleted, because orders name them: what is no longer sold gets the
/// status `discontinued`.
#[utoipa::path(tag = "Catalogue", params(("id" = Uuid, Path, description = "The product's id.")), request_body = MergePatch<ProductDraft>,
    security(("bearer" = ["catalogue:write"])), responses((status = 200, description = "The product as it is now.", body = ProductView)))]
#[patch("/{id}")]
pub async fn update_product(
    auth: Allowed<WriteCatalogue>,
    id: Path<Id<Product>>,
    write: WriteRequest,
    body: Body<MergePatch<ProductDraft>>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let base = app.currency;
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let product = products::update_product(tx, context.now, base, id.0, &context.precondition, |known| body.value.apply(known))?;
        answer::ok(product.version, &ProductView::from(product))
    })
    .await
}

/// Read a product by reference
///
/// By what another system calls the product.
#[utoipa::path(tag = "Catalogue", params(RefPath), security(("bearer" = ["catalogue:read"])),
    responses((status = 200, description = "The product.", body = ProductView)))]
#[get("/by-ref/{system}/{id}")]
pub async fn get_product_by_ref(
    _auth: Allowed<ReadCatalogue>,
    reference: CheckedRef,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let identifier = Identifier::reference(IdentifierKind::ProductRef, &reference.0);
    let product = app.db.read(move |tx| products::find_product(tx, &identifier)).await?;
    Ok(known.answer(product.version, &ProductView::from(product)))
}

/// Create or replace a product by reference
///
/// The product that another system calls so is replaced as a whole; when there is none it is made. The reference itself is always kept.
#[utoipa::path(tag = "Catalogue", params(RefPath), request_body = ProductDraft, security(("bearer" = ["catalogue:write"])),
    responses((status = 200, description = "Replaced.", body = ProductView), (status = 201, description = "Made.", body = ProductView)))]
#[put("/by-ref/{system}/{id}")]
pub async fn put_product_by_ref(
    auth: Allowed<WriteCatalogue>,
    reference: CheckedRef,
    write: WriteRequest,
    body: Body<ProductDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let base = app.currency;
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let (product, is_new) = products::put_product(tx, context.now, base, &reference.0, &context.precondition, body.value)?;
        let location = format!("/v1/products/{}", product.id);
        answer::put(is_new, location, product.version, &ProductView::from(product))
    })
    .await
}

/// Create or replace many products
///
/// Up to 1,000 upserts by reference, each answered in order with its own status; one bad item never sinks the rest.
#[utoipa::path(tag = "Catalogue", request_body = BatchOf<ProductDraft>, security(("bearer" = ["catalogue:write"])),
    responses((status = 200, description = "What became of each item.", body = BatchResults)))]
#[post("/batch")]
pub async fn batch_products(
    auth: Allowed<WriteCatalogue>,
    write: WriteRequest,
    body: BatchBody,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let base = app.currency;
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        batch::run(tx, &context.request_id, "/v1/products", body.value, |tx, reference, draft| {
            let (product, is_new) = products::put_product(tx, context.now, base, reference, &Precondition::None, draft)?;
            Ok(Upserted { id: product.id.uuid(), version: product.version, is_new })
        })
    })
    .await
}
