//! `/v1/customers/{id}/cards`.

use actix_web::{HttpResponse, get, patch, post};

use crate::{
    domain::{
        customers::{CardDraft, CardReplacement, Customer},
        ids::Id,
    },
    dto::customers::CardView,
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadCustomers, WriteCustomers},
        conditional::Known,
        extract::{Body, OptionalBody, Path},
        paging::{PageView, whole},
        patch::MergePatch,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::customers::cards,
};

/// List a customer's cards
///
/// All of them in one page, the newest first: a customer has at most 100.
#[utoipa::path(tag = "Cards", params(("id" = Uuid, Path, description = "The customer's id.")), security(("bearer" = ["customers:read"])),
    responses((status = 200, description = "The cards.", body = PageView<CardView>)))]
#[get("/{id}/cards")]
pub async fn list_cards(_auth: Allowed<ReadCustomers>, id: Path<Id<Customer>>, app: AppData) -> Result<HttpResponse, Problem> {
    let now = app.clock.now();
    let cards = app.db.read(move |tx| cards::list_cards(tx, id.0)).await?;
    Ok(whole(cards.into_iter().map(|card| CardView::at(now, card)).collect()))
}

/// Hand out a card
///
/// A customer has at most one active card: replace it, or mark it as lost or expired first.
#[utoipa::path(tag = "Cards", params(("id" = Uuid, Path, description = "The customer's id.")), request_body = CardDraft,
    security(("bearer" = ["customers:write"])), responses((status = 201, description = "The new card.", body = CardView)))]
#[post("/{id}/cards")]
pub async fn create_card(
    auth: Allowed<WriteCustomers>,
    id: Path<Id<Customer>>,
    write: WriteRequest,
    body: Body<CardDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let card = cards::create_card(tx, context.now, id.0, body.value)?;
        answer::created(format!("/v1/customers/{}/cards/{}", card.customer_id, card.number), card.version, &CardView::at(context.now, card))
    })
    .await
}

/// Read a card
///
/// By its number, of this customer.
#[utoipa::path(tag = "Cards", params(("id" = Uuid, Path, description = "The customer's id."), ("number" = String, Path, description = "The card's number.")), security(("bearer" = ["customers:read"])),
    responses((status = 200, description = "The card.", body = CardView)))]
#[get("/{id}/cards/{number}")]
pub async fn get_card(
    _auth: Allowed<ReadCustomers>,
    path: Path<(Id<Customer>, String)>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let ((customer_id, number), now) = (path.0, app.clock.now());
    let card = app.db.query(move |conn| cards::get_card(conn, customer_id, &number)).await?;
    // What ends by itself changes no version, so the caller may have it as it was before.
    let known = if card.has_lapsed(now) { Known::default() } else { known };
    Ok(known.answer(card.version, &CardView::at(now, card)))
}

/// Change a card
///
/// JSON Merge Patch. The number stays: a new number is a new card. `replaced` is set by replacing the card. A card whose time is over shows as `expired`; a
/// later `expires_at` makes it active again.
#[utoipa::path(tag = "Cards", params(("id" = Uuid, Path, description = "The customer's id."), ("number" = String, Path, description = "The card's number.")), request_body = MergePatch<CardDraft>, security(("bearer" = ["customers:write"])),
    responses((status = 200, description = "The card as it is now.", body = CardView)))]
#[patch("/{id}/cards/{number}")]
pub async fn update_card(
    auth: Allowed<WriteCustomers>,
    path: Path<(Id<Customer>, String)>,
    write: WriteRequest,
    body: Body<MergePatch<CardDraft>>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (customer_id, number) = path.0;
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let card = cards::update_card(tx, context.now, customer_id, &number, &context.precondition, |known| body.value.apply(known))?;
        answer::ok(card.version, &CardView::at(context.now, card))
    })
    .await
}

/// Replace a card
///
/// The old card is marked `replaced` or `lost`, the new one is the customer's active card. `If-Match` means the old card.
#[utoipa::path(tag = "Cards", params(("id" = Uuid, Path, description = "The customer's id."), ("number" = String, Path, description = "The card's number.")), request_body(content = Option<CardReplacement>), extensions(("x-conditional" = json!(true))), security(("bearer" = ["customers:write"])),
    responses((status = 201, description = "The new card.", body = CardView)))]
#[post("/{id}/cards/{number}/replace")]
pub async fn replace_card(
    auth: Allowed<WriteCustomers>,
    path: Path<(Id<Customer>, String)>,
    write: WriteRequest,
    body: OptionalBody<CardReplacement>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (customer_id, number) = path.0;
    perform(&app, auth.actor, write, body.0.trace, move |tx, context| {
        let card = cards::replace_card(tx, context.now, customer_id, &number, &context.precondition, body.0.value)?;
        answer::created(format!("/v1/customers/{}/cards/{}", card.customer_id, card.number), card.version, &CardView::at(context.now, card))
    })
    .await
}
