//! `/v1/categories`.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};

use crate::{
    domain::{
        catalogue::{Category, CategoryDraft},
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        precondition::Precondition,
    },
    dto::categories::{CategoryView, ListCategories},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadCatalogue, WriteCatalogue},
        batch::{self, BatchBody, BatchOf, BatchResults, Upserted},
        conditional::Known,
        extract::{Body, BodyTrace, CheckedRef, Params, Path, RefPath},
        paging::{self, PageView},
        patch::MergePatch,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::categories,
};

/// List categories
///
/// The newest first unless sorted otherwise. With `parent_id` the children of one category.
#[utoipa::path(tag = "Catalogue", params(ListCategories), security(("bearer" = ["catalogue:read"])),
    responses((status = 200, description = "A page of categories.", body = PageView<CategoryView>)))]
#[get("")]
pub async fn list_categories(
    _auth: Allowed<ReadCatalogue>,
    params: Params<ListCategories>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let search = params.0.into();
    let found = app.db.read(move |tx| categories::list_categories(tx, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(CategoryView::from), sort))
}

/// Create a category
///
/// Without a `value_class` it has that of the category above, and `everyday` at a root. The tree has at most ten levels.
#[utoipa::path(tag = "Catalogue", request_body = CategoryDraft, security(("bearer" = ["catalogue:write"])),
    responses((status = 201, description = "The new category.", body = CategoryView)))]
#[post("")]
pub async fn create_category(
    auth: Allowed<WriteCatalogue>,
    write: WriteRequest,
    body: Body<CategoryDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let made = categories::create_category(tx, context.now, body.value)?;
        answer::created(format!("/v1/categories/{}", made.category.id), made.category.version, &CategoryView::from(made))
    })
    .await
}

/// Read a category
///
/// With its path and the value class that its products count as.
#[utoipa::path(tag = "Catalogue", params(("id" = Uuid, Path, description = "The category's id.")), security(("bearer" = ["catalogue:read"])),
    responses((status = 200, description = "The category.", body = CategoryView)))]
#[get("/{id}")]
pub async fn get_category(
    _auth: Allowed<ReadCatalogue>,
    id: Path<Id<Category>>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let found = app.db.read(move |tx| categories::get_category(tx, id.0)).await?;
    Ok(known.answer(found.category.version, &CategoryView::from(found)))
}

/// Change a category
///
/// JSON Merge Patch: what is absent stays, null clears. Another name, parent or value class also changes what the categories below show, so
/// their versions count up too. A category can not hang below itself: 422 `cycle`.
#[utoipa::path(tag = "Catalogue", params(("id" = Uuid, Path, description = "The category's id.")), request_body = MergePatch<CategoryDraft>,
    security(("bearer" = ["catalogue:write"])), responses((status = 200, description = "The category as it is now.", body = CategoryView)))]
#[patch("/{id}")]
pub async fn update_category(
    auth: Allowed<WriteCatalogue>,
    id: Path<Id<Category>>,
    write: WriteRequest,
    body: Body<MergePatch<CategoryDraft>>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let changed = categories::update_category(tx, context.now, id.0, &context.precondition, |known| body.value.apply(known))?;
        answer::ok(changed.category.version, &CategoryView::from(changed))
    })
    .await
}

/// Delete a category
///
/// Only one to which no product and no other category belongs: else 409 `still_referenced`.
#[utoipa::path(tag = "Catalogue", params(("id" = Uuid, Path, description = "The category's id.")), security(("bearer" = ["catalogue:write"])),
    responses((status = 204, description = "It is gone.")))]
#[delete("/{id}")]
pub async fn delete_category(
    auth: Allowed<WriteCatalogue>,
    id: Path<Id<Category>>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        categories::delete_category(tx, id.0, &context.precondition)?;
        Ok(answer::no_content())
    })
    .await
}

/// Read a category by reference
///
/// By what another system calls the category.
#[utoipa::path(tag = "Catalogue", params(RefPath), security(("bearer" = ["catalogue:read"])),
    responses((status = 200, description = "The category.", body = CategoryView)))]
#[get("/by-ref/{system}/{id}")]
pub async fn get_category_by_ref(
    _auth: Allowed<ReadCatalogue>,
    reference: CheckedRef,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let identifier = Identifier::reference(IdentifierKind::CategoryRef, &reference.0);
    let found = app.db.read(move |tx| categories::find_category(tx, &identifier)).await?;
    Ok(known.answer(found.category.version, &CategoryView::from(found)))
}

/// Create or replace a category by reference
///
/// The category that another system calls so is replaced as a whole; when there is none it is made. The reference itself is always kept.
#[utoipa::path(tag = "Catalogue", params(RefPath), request_body = CategoryDraft, security(("bearer" = ["catalogue:write"])),
    responses((status = 200, description = "Replaced.", body = CategoryView), (status = 201, description = "Made.", body = CategoryView)))]
#[put("/by-ref/{system}/{id}")]
pub async fn put_category_by_ref(
    auth: Allowed<WriteCatalogue>,
    reference: CheckedRef,
    write: WriteRequest,
    body: Body<CategoryDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let (put, is_new) = categories::put_category(tx, context.now, &reference.0, &context.precondition, body.value)?;
        let location = format!("/v1/categories/{}", put.category.id);
        answer::put(is_new, location, put.category.version, &CategoryView::from(put))
    })
    .await
}

/// Create or replace many categories
///
/// Up to 1,000 upserts by reference, each answered in order with its own status; one bad item never sinks the rest. Parents before their children.
#[utoipa::path(tag = "Catalogue", request_body = BatchOf<CategoryDraft>, security(("bearer" = ["catalogue:write"])),
    responses((status = 200, description = "What became of each item.", body = BatchResults)))]
#[post("/batch")]
pub async fn batch_categories(
    auth: Allowed<WriteCatalogue>,
    write: WriteRequest,
    body: BatchBody,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        batch::run(tx, &context.request_id, "/v1/categories", body.value, |tx, reference, draft| {
            let (put, is_new) = categories::put_category(tx, context.now, reference, &Precondition::None, draft)?;
            Ok(Upserted { id: put.category.id.uuid(), version: put.category.version, is_new })
        })
    })
    .await
}
