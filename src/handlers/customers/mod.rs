//! `/v1/customers`.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, put};

use crate::{
    domain::{
        customers::{Customer, CustomerDraft, CustomerSearch},
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        permissions::Permission,
        precondition::Precondition,
    },
    dto::customers::{CustomerView, ListCustomers, LookupCustomer},
    error::{Code, Error},
    http::{
        answer,
        app::{App, AppData},
        auth::{Allowed, ReadCustomers, WriteCustomers},
        batch::{self, BatchBody, BatchOf, BatchResults, Upserted},
        conditional::Known,
        extract::{Body, CheckedRef, Params, Path, RefPath},
        paging::{self, PageView},
        patch::MergePatch,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::customers,
};

pub mod addresses;
pub mod cards;
pub mod consents;
pub mod events;
pub mod points;
pub mod referrals;
pub mod relations;

/// The customer, or 304 when the caller has them. Of one whose card's time is over, whatever the caller has may be from before.
fn answer_known(app: &App, known: Known, customer: Customer) -> HttpResponse {
    let now = app.clock.now();
    let has_lapsed = customer.membership.as_ref().is_some_and(|card| card.has_lapsed(now));
    let known = if has_lapsed { Known::default() } else { known };
    known.answer(customer.version, &CustomerView::at(now, customer))
}

/// List customers
///
/// The newest first unless sorted otherwise. With `updated_since` and `sort=updated_at` an ERP reads what has changed since its last visit. `tier` needs
/// `scores:read` too; who opted out of profiling is a `prospect`. That a card's time is over changes no version.
#[utoipa::path(tag = "Customers", params(ListCustomers), security(("bearer" = ["customers:read"])),
    responses((status = 200, description = "A page of customers.", body = PageView<CustomerView>)))]
#[get("")]
pub async fn list_customers(
    auth: Allowed<ReadCustomers>,
    params: Params<ListCustomers>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort, now) = (params.0.page(&request)?, params.0.sort(), app.clock.now());
    let search = CustomerSearch::from(params.0);
    // A tier tells of a score as the ranking does.
    if search.tier.is_some() && !auth.actor.permissions.contains(Permission::ReadScores) {
        return Err(Error::new(Code::PermissionDenied, format!("Listing by tier needs the permission {}.", Permission::ReadScores)).into());
    }
    let found = app.db.read(move |tx| customers::list_customers(tx, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(|customer| CustomerView::at(now, customer)), sort))
}

/// Create a customer
///
/// E-mail, phone and every external reference must be nobody else's yet: 409 `already_taken` names the one that is.
#[utoipa::path(tag = "Customers", request_body = CustomerDraft, security(("bearer" = ["customers:write"])),
    responses((status = 201, description = "The new customer.", body = CustomerView)))]
#[post("")]
pub async fn create_customer(
    auth: Allowed<WriteCustomers>,
    write: WriteRequest,
    body: Body<CustomerDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let customer = customers::create_customer(tx, context.now, body.value)?;
        answer::created(format!("/v1/customers/{}", customer.id), customer.version, &CustomerView::at(context.now, customer))
    })
    .await
}

/// Look a customer up
///
/// For the till and the call centre: by card number, e-mail, phone or external reference, exactly one of them.
#[utoipa::path(tag = "Customers", params(LookupCustomer), security(("bearer" = ["customers:read"])),
    responses((status = 200, description = "The customer.", body = CustomerView),
        (status = 404, description = "Nobody has it.", body = crate::http::problem::ProblemBody, content_type = "application/problem+json")))]
#[get("/lookup")]
pub async fn lookup_customer(
    _auth: Allowed<ReadCustomers>,
    params: Params<LookupCustomer>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let identifier = params.0.identifier()?;
    let customer = app.db.read(move |tx| customers::find_customer(tx, &identifier)).await?;
    Ok(answer_known(&app, known, customer))
}

/// Read a customer
///
/// With the active card as `membership`.
#[utoipa::path(tag = "Customers", params(("id" = Uuid, Path, description = "The customer's id.")), security(("bearer" = ["customers:read"])),
    responses((status = 200, description = "The customer.", body = CustomerView)))]
#[get("/{id}")]
pub async fn get_customer(
    _auth: Allowed<ReadCustomers>,
    id: Path<Id<Customer>>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let customer = app.db.query(move |conn| customers::get_customer(conn, id.0)).await?;
    Ok(answer_known(&app, known, customer))
}

/// Change a customer
///
/// JSON Merge Patch: what is absent stays, null clears. `former` needs a `stopped_reason`.
#[utoipa::path(tag = "Customers", params(("id" = Uuid, Path, description = "The customer's id.")), request_body = MergePatch<CustomerDraft>,
    security(("bearer" = ["customers:write"])), responses((status = 200, description = "The customer as it is now.", body = CustomerView)))]
#[patch("/{id}")]
pub async fn update_customer(
    auth: Allowed<WriteCustomers>,
    id: Path<Id<Customer>>,
    write: WriteRequest,
    body: Body<MergePatch<CustomerDraft>>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let customer = customers::update_customer(tx, context.now, id.0, &context.precondition, |known| body.value.apply(known))?;
        answer::ok(customer.version, &CustomerView::at(context.now, customer))
    })
    .await
}

/// Read a customer by reference
///
/// By what another system calls the customer.
#[utoipa::path(tag = "Customers", params(RefPath), security(("bearer" = ["customers:read"])),
    responses((status = 200, description = "The customer.", body = CustomerView)))]
#[get("/by-ref/{system}/{id}")]
pub async fn get_customer_by_ref(
    _auth: Allowed<ReadCustomers>,
    reference: CheckedRef,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let identifier = Identifier::reference(IdentifierKind::CustomerRef, &reference.0);
    let customer = app.db.read(move |tx| customers::find_customer(tx, &identifier)).await?;
    Ok(answer_known(&app, known, customer))
}

/// Create or replace a customer by reference
///
/// The customer that another system calls so is replaced as a whole; when there is none it is made. The reference itself is always kept.
#[utoipa::path(tag = "Customers", params(RefPath), request_body = CustomerDraft, security(("bearer" = ["customers:write"])),
    responses((status = 200, description = "Replaced.", body = CustomerView), (status = 201, description = "Made.", body = CustomerView)))]
#[put("/by-ref/{system}/{id}")]
pub async fn put_customer_by_ref(
    auth: Allowed<WriteCustomers>,
    reference: CheckedRef,
    write: WriteRequest,
    body: Body<CustomerDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let (customer, is_new) = customers::put_customer(tx, context.now, &reference.0, &context.precondition, body.value)?;
        let location = format!("/v1/customers/{}", customer.id);
        answer::put(is_new, location, customer.version, &CustomerView::at(context.now, customer))
    })
    .await
}

/// Create or replace many customers
///
/// Up to 1,000 upserts by reference, each answered in order with its own status; one bad item never sinks the rest.
#[utoipa::path(tag = "Customers", request_body = BatchOf<CustomerDraft>, security(("bearer" = ["customers:write"])),
    responses((status = 200, description = "What became of each item.", body = BatchResults)))]
#[post("/batch")]
pub async fn batch_customers(
    auth: Allowed<WriteCustomers>,
    write: WriteRequest,
    body: BatchBody,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        batch::run(tx, &context.request_id, "/v1/customers", body.value, |tx, reference, draft| {
            let (customer, is_new) = customers::put_customer(tx, context.now, reference, &Precondition::None, draft)?;
            Ok(Upserted { id: customer.id.uuid(), version: customer.version, is_new })
        })
    })
    .await
}
