//! `/v1/coupon-batches`.

use actix_web::{HttpRequest, HttpResponse, get, patch, post};

use crate::{
    domain::{
        coupons::{BatchSearch, CouponBatch, CouponBatchDraft, IssueDraft},
        ids::Id,
    },
    dto::coupons::{CouponBatchView, CouponView, IssuedCouponsView, ListBatchCoupons, ListBatches, ListRedemptions, RedemptionView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadCoupons, WriteCoupons},
        conditional::Known,
        extract::{Body, BodyTrace, Params, Path},
        paging::{self, PageView},
        patch::MergePatch,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::coupons,
};

/// List coupon batches
///
/// The newest first unless sorted otherwise, with what has come of each.
#[utoipa::path(tag = "Coupons", params(ListBatches), security(("bearer" = ["coupons:read"])),
    responses((status = 200, description = "A page of batches.", body = PageView<CouponBatchView>)))]
#[get("")]
pub async fn list_coupon_batches(
    _auth: Allowed<ReadCoupons>,
    params: Params<ListBatches>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let search = BatchSearch::from(params.0);
    let found = app.db.read(move |tx| coupons::list_batches(tx, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(CouponBatchView::from), sort))
}

/// Create a coupon batch
///
/// Coupons of a batch give the same and share their limits. With a `code` of the shop's own there is one coupon, which everybody shares; without it
/// coupons are made with `POST /v1/coupon-batches/{id}/coupons`. What a coupon gives, the code and the uses of each never change.
#[utoipa::path(tag = "Coupons", request_body = CouponBatchDraft, security(("bearer" = ["coupons:write"])),
    responses((status = 201, description = "The new batch.", body = CouponBatchView)))]
#[post("")]
pub async fn create_coupon_batch(
    auth: Allowed<WriteCoupons>,
    write: WriteRequest,
    body: Body<CouponBatchDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let currency = app.currency;
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let batch = coupons::create_batch(tx, context.now, currency, body.value)?;
        answer::created(format!("/v1/coupon-batches/{}", batch.id), batch.version, &CouponBatchView::from(batch))
    })
    .await
}

/// Read a coupon batch
///
/// With what has come of it: coupons made, uses set aside and made, what they took off.
#[utoipa::path(tag = "Coupons", params(("id" = Uuid, Path, description = "The batch's id.")), security(("bearer" = ["coupons:read"])),
    responses((status = 200, description = "The batch.", body = CouponBatchView)))]
#[get("/{id}")]
pub async fn get_coupon_batch(
    _auth: Allowed<ReadCoupons>,
    id: Path<Id<CouponBatch>>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let batch = app.db.query(move |conn| coupons::get_batch(conn, id.0)).await?;
    Ok(known.answer(batch.version, &CouponBatchView::from(batch)))
}

/// Change a coupon batch
///
/// JSON Merge Patch of name, validity, minimum order, categories and limits; they hold from now on, for coupons that were handed out too. A limit below what
/// was used already keeps what was used. Every use counts the version up, so that `If-Match` refuses a change of what has been used meanwhile.
#[utoipa::path(tag = "Coupons", params(("id" = Uuid, Path, description = "The batch's id.")), request_body = MergePatch<CouponBatchDraft>,
    security(("bearer" = ["coupons:write"])), responses((status = 200, description = "The batch as it is now.", body = CouponBatchView)))]
#[patch("/{id}")]
pub async fn update_coupon_batch(
    auth: Allowed<WriteCoupons>,
    id: Path<Id<CouponBatch>>,
    write: WriteRequest,
    body: Body<MergePatch<CouponBatchDraft>>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let batch = coupons::update_batch(tx, context.now, id.0, &context.precondition, |known| body.value.apply(known))?;
        answer::ok(batch.version, &CouponBatchView::from(batch))
    })
    .await
}

/// End a coupon batch
///
/// From now on its coupons are not redeemed, but for what is set aside while that holds. A batch that has ended does not begin again.
#[utoipa::path(tag = "Coupons", params(("id" = Uuid, Path, description = "The batch's id.")), security(("bearer" = ["coupons:write"])),
    responses((status = 200, description = "The batch, ended.", body = CouponBatchView)))]
#[post("/{id}/end")]
pub async fn end_coupon_batch(
    auth: Allowed<WriteCoupons>,
    id: Path<Id<CouponBatch>>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        let batch = coupons::end_batch(tx, context.now, id.0, &context.precondition)?;
        answer::ok(batch.version, &CouponBatchView::from(batch))
    })
    .await
}

/// Make coupons
///
/// Up to 1,000 at once, each with a code that nobody guesses: 70 random bits and a check character, no letters that are mistaken for digits. Either so many
/// that nobody in particular holds, or one for each of some customers, which only they can redeem.
#[utoipa::path(tag = "Coupons", params(("id" = Uuid, Path, description = "The batch's id.")), request_body = IssueDraft,
    security(("bearer" = ["coupons:write"])),
    responses((status = 200, description = "The coupons, in the order that they were asked for.", body = IssuedCouponsView)))]
#[post("/{id}/coupons")]
pub async fn issue_coupons(
    auth: Allowed<WriteCoupons>,
    id: Path<Id<CouponBatch>>,
    write: WriteRequest,
    body: Body<IssueDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let (batch, made) = coupons::issue_coupons(tx, context.now, id.0, &body.value)?;
        let coupons = made.into_iter().map(|coupon| CouponView::of(coupon, &batch, context.now)).collect();
        answer::done(&IssuedCouponsView { coupons })
    })
    .await
}

/// List the coupons of a batch
///
/// In the order in which they were made unless sorted otherwise.
#[utoipa::path(tag = "Coupons", params(("id" = Uuid, Path, description = "The batch's id."), ListBatchCoupons), security(("bearer" = ["coupons:read"])),
    responses((status = 200, description = "A page of coupons.", body = PageView<CouponView>)))]
#[get("/{id}/coupons")]
pub async fn list_batch_coupons(
    _auth: Allowed<ReadCoupons>,
    id: Path<Id<CouponBatch>>,
    params: Params<ListBatchCoupons>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort, search) = (params.0.page(&request)?, params.0.sort(), params.0.of(id.0));
    let (found, now) = (app.db.read(move |tx| coupons::list_coupons(tx, &search, &page)).await?, app.clock.now());
    Ok(paging::answer(&request, found.map(|(coupon, batch)| CouponView::of(coupon, &batch, now)), sort))
}

/// List the uses of a batch's coupons
///
/// Reservations and redemptions, those that were given up or have expired among them; the newest first unless sorted otherwise.
#[utoipa::path(tag = "Coupons", params(("id" = Uuid, Path, description = "The batch's id."), ListRedemptions), security(("bearer" = ["coupons:read"])),
    responses((status = 200, description = "A page of uses.", body = PageView<RedemptionView>)))]
#[get("/{id}/redemptions")]
pub async fn list_coupon_redemptions(
    _auth: Allowed<ReadCoupons>,
    id: Path<Id<CouponBatch>>,
    params: Params<ListRedemptions>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort, search) = (params.0.page(&request)?, params.0.sort(), params.0.of(id.0));
    let found = app.db.read(move |tx| coupons::list_redemptions(tx, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(RedemptionView::from), sort))
}
