//! `/v1/coupons`: what tills and storefronts do with a code. Case, hyphens and blanks of a code make no difference.

use actix_web::{HttpRequest, HttpResponse, get, post};

use crate::{
    domain::{
        coupons::{RedeemDraft, ReserveDraft},
        customers::Customer,
        ids::Id,
    },
    dto::coupons::{CouponView, ListCustomerCoupons, RedemptionView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadCoupons, RedeemCoupons},
        extract::{Body, OptionalBody, Params, Path},
        paging::{self, PageView},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::coupons,
};

pub mod batches;

/// Read a coupon
///
/// What it is good for, and whether it can be used now. A code of ours with a wrong, missing or swapped character is 422 `invalid_coupon_code`; one
/// that was typed right and is not there is 404.
#[utoipa::path(tag = "Coupons", params(("code" = String, Path, description = "The code.")), security(("bearer" = ["coupons:read"])),
    responses((status = 200, description = "The coupon.", body = CouponView)))]
#[get("/{code}")]
pub async fn get_coupon(_auth: Allowed<ReadCoupons>, code: Path<String>, app: AppData) -> Result<HttpResponse, Problem> {
    let now = app.clock.now();
    let (coupon, batch) = app.db.read(move |tx| coupons::find_coupon(tx, now, &code.0)).await?;
    Ok(HttpResponse::Ok().json(CouponView::of(coupon, &batch, now)))
}

/// Set a coupon aside
///
/// One use is kept for whoever is about to pay, for the batch's `reservation_minutes`. With the `lines` of the basket the answer says what the coupon takes off
/// each. The customer's order with this code takes the reservation up, whatever has become of the batch since.
#[utoipa::path(tag = "Coupons", params(("code" = String, Path, description = "The code.")), request_body(content = Option<ReserveDraft>),
    security(("bearer" = ["coupons:redeem"])), responses((status = 200, description = "The reservation.", body = RedemptionView)))]
#[post("/{code}/reserve")]
pub async fn reserve_coupon(
    auth: Allowed<RedeemCoupons>,
    code: Path<String>,
    write: WriteRequest,
    body: OptionalBody<ReserveDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.0.trace, move |tx, context| {
        let reserved = coupons::reserve(tx, context.now, &code.0, &body.0.value)?;
        answer::done(&RedemptionView::from(reserved))
    })
    .await
}

/// Redeem a coupon
///
/// For an order that stands and has no coupon yet: while it is `placed` what the coupon gives is taken off its lines; one that was paid keeps its amounts. Or a
/// reservation without an order. An order that is sent with a `coupon_code` redeems it by itself.
#[utoipa::path(tag = "Coupons", params(("code" = String, Path, description = "The code.")), request_body = RedeemDraft,
    security(("bearer" = ["coupons:redeem"])), responses((status = 200, description = "The use.", body = RedemptionView)))]
#[post("/{code}/redeem")]
pub async fn redeem_coupon(
    auth: Allowed<RedeemCoupons>,
    code: Path<String>,
    write: WriteRequest,
    body: Body<RedeemDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let redeemed = coupons::redeem(tx, &context.actor, context.now, &code.0, &body.value)?;
        answer::done(&RedemptionView::from(redeemed))
    })
    .await
}

/// Give a coupon's use up
///
/// What was set aside, what was redeemed without an order, or what was redeemed for an order that is `placed`, which then comes to what it came to
/// without the coupon. Once the order is paid the coupon stays redeemed, and a refund does not give it back. Cancelling an order gives its coupon up.
#[utoipa::path(tag = "Coupons", params(("code" = String, Path, description = "The code.")), request_body = RedeemDraft,
    security(("bearer" = ["coupons:redeem"])), responses((status = 200, description = "The use, given up.", body = RedemptionView)))]
#[post("/{code}/release")]
pub async fn release_coupon(
    auth: Allowed<RedeemCoupons>,
    code: Path<String>,
    write: WriteRequest,
    body: Body<RedeemDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let released = coupons::release(tx, &context.actor, context.now, &code.0, &body.value)?;
        answer::done(&RedemptionView::from(released))
    })
    .await
}

/// List a customer's coupons
///
/// Those that only this customer can redeem; the newest first unless sorted otherwise.
#[utoipa::path(tag = "Coupons", params(("id" = Uuid, Path, description = "The customer's id."), ListCustomerCoupons), security(("bearer" = ["coupons:read"])),
    responses((status = 200, description = "A page of coupons.", body = PageView<CouponView>)))]
#[get("/{id}/coupons")]
pub async fn list_customer_coupons(
    _auth: Allowed<ReadCoupons>,
    id: Path<Id<Customer>>,
    params: Params<ListCustomerCoupons>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort, search) = (params.0.page(&request)?, params.0.sort(), params.0.of(id.0));
    let (found, now) = (app.db.read(move |tx| coupons::list_coupons(tx, &search, &page)).await?, app.clock.now());
    Ok(paging::answer(&request, found.map(|(coupon, batch)| CouponView::of(coupon, &batch, now)), sort))
}
