//! `/v1/customers/{id}/addresses`.

use actix_web::{HttpResponse, delete, get, patch, post};

use crate::{
    domain::{
        customers::{Address, AddressDraft, Customer},
        ids::Id,
    },
    dto::customers::AddressView,
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadCustomers, WriteCustomers},
        conditional::Known,
        extract::{Body, BodyTrace, Path},
        paging::{PageView, whole},
        patch::MergePatch,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::customers::addresses,
};

/// List a customer's addresses
///
/// All of them in one page, in the order they were given: a customer has at most 100.
#[utoipa::path(tag = "Addresses", params(("id" = Uuid, Path, description = "The customer's id.")), security(("bearer" = ["customers:read"])),
    responses((status = 200, description = "The addresses.", body = PageView<AddressView>)))]
#[get("/{id}/addresses")]
pub async fn list_addresses(_auth: Allowed<ReadCustomers>, id: Path<Id<Customer>>, app: AppData) -> Result<HttpResponse, Problem> {
    let found = app.db.read(move |tx| addresses::list_addresses(tx, id.0)).await?;
    Ok(whole(found.into_iter().map(AddressView::from).collect()))
}

/// Add an address
///
/// A new default address takes that from the one before.
#[utoipa::path(tag = "Addresses", params(("id" = Uuid, Path, description = "The customer's id.")), request_body = AddressDraft,
    security(("bearer" = ["customers:write"])), responses((status = 201, description = "The address.", body = AddressView)))]
#[post("/{id}/addresses")]
pub async fn create_address(
    auth: Allowed<WriteCustomers>,
    id: Path<Id<Customer>>,
    write: WriteRequest,
    body: Body<AddressDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let address = addresses::create_address(tx, context.now, id.0, body.value)?;
        answer::created(
            format!("/v1/customers/{}/addresses/{}", address.owner_id, address.id),
            address.version,
            &AddressView::from(address),
        )
    })
    .await
}

/// Read an address
///
/// By its id, of this customer.
#[utoipa::path(tag = "Addresses", params(("id" = Uuid, Path, description = "The customer's id."), ("address_id" = Uuid, Path, description = "The address's id.")), security(("bearer" = ["customers:read"])),
    responses((status = 200, description = "The address.", body = AddressView)))]
#[get("/{id}/addresses/{address_id}")]
pub async fn get_address(
    _auth: Allowed<ReadCustomers>,
    path: Path<(Id<Customer>, Id<Address>)>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (owner_id, id) = path.0;
    let address = app.db.query(move |conn| addresses::get_address(conn, owner_id, id)).await?;
    Ok(known.answer(address.version, &AddressView::from(address)))
}

/// Change an address
///
/// JSON Merge Patch: what is absent stays, null clears.
#[utoipa::path(tag = "Addresses", params(("id" = Uuid, Path, description = "The customer's id."), ("address_id" = Uuid, Path, description = "The address's id.")), request_body = MergePatch<AddressDraft>, security(("bearer" = ["customers:write"])),
    responses((status = 200, description = "The address as it is now.", body = AddressView)))]
#[patch("/{id}/addresses/{address_id}")]
pub async fn update_address(
    auth: Allowed<WriteCustomers>,
    path: Path<(Id<Customer>, Id<Address>)>,
    write: WriteRequest,
    body: Body<MergePatch<AddressDraft>>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (owner_id, id) = path.0;
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let address = addresses::update_address(tx, context.now, owner_id, id, &context.precondition, |known| body.value.apply(known))?;
        answer::ok(address.version, &AddressView::from(address))
    })
    .await
}

/// Forget an address
///
/// Orders that went there are not changed.
#[utoipa::path(tag = "Addresses", params(("id" = Uuid, Path, description = "The customer's id."), ("address_id" = Uuid, Path, description = "The address's id.")), security(("bearer" = ["customers:write"])), responses((status = 204, description = "Forgotten.")))]
#[delete("/{id}/addresses/{address_id}")]
pub async fn delete_address(
    auth: Allowed<WriteCustomers>,
    path: Path<(Id<Customer>, Id<Address>)>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (owner_id, id) = path.0;
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        addresses::delete_address(tx, owner_id, id, &context.precondition)?;
        Ok(answer::no_content())
    })
    .await
}
