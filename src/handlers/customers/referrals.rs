//! `/v1/customers/{id}/referral-code`, `…/referral`, `…/referrals`: customers who bring friends.

use actix_web::{HttpRequest, HttpResponse, get, post};

use crate::{
    domain::{customers::Customer, ids::Id, referrals::ReferralDraft},
    dto::referrals::{ListReferrals, ReferralCodeView, ReferralView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadCustomers, WriteCustomers},
        extract::{Body, BodyTrace, Params, Path},
        paging::{self, PageView},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::referrals,
};

/// Read the code that a customer shares
///
/// Made with POST; 404 until then.
#[utoipa::path(tag = "Referrals", params(("id" = Uuid, Path, description = "The customer's id.")), security(("bearer" = ["customers:read"])),
    responses((status = 200, description = "The code.", body = ReferralCodeView)))]
#[get("/{id}/referral-code")]
pub async fn get_referral_code(_auth: Allowed<ReadCustomers>, id: Path<Id<Customer>>, app: AppData) -> Result<HttpResponse, Problem> {
    let code = app.db.read(move |tx| referrals::get_code(tx, id.0)).await?;
    Ok(HttpResponse::Ok().json(ReferralCodeView::from(code)))
}

/// Make the code that a customer shares
///
/// Each customer has one: asked for again, it is the same.
#[utoipa::path(tag = "Referrals", params(("id" = Uuid, Path, description = "The customer's id.")), security(("bearer" = ["customers:write"])),
    responses((status = 200, description = "The code.", body = ReferralCodeView)))]
#[post("/{id}/referral-code")]
pub async fn make_referral_code(
    auth: Allowed<WriteCustomers>,
    id: Path<Id<Customer>>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        let code = referrals::make_code(tx, context.now, id.0)?;
        answer::done(&ReferralCodeView::from(code))
    })
    .await
}

/// Note who has brought a customer
///
/// By the code that the friend has brought, once, before the friend has paid for anything. The friend's first paid order rewards both with points: pending
/// until it is completed, taken back once all of it was given back. Refused: one's own code (422 `self_referral`), and with 409 a second referral (`already_referred`), a
/// customer who has bought something (`not_a_new_customer`), one who has brought, by however many others, who brings them (`referral_ring`), and two who share
/// an e-mail address (but for what follows a plus sign), a telephone number or an address (`same_household`).
#[utoipa::path(tag = "Referrals", params(("id" = Uuid, Path, description = "The friend's id.")), request_body = ReferralDraft,
    security(("bearer" = ["customers:write"])), responses((status = 200, description = "The referral.", body = ReferralView)))]
#[post("/{id}/referral")]
pub async fn refer_customer(
    auth: Allowed<WriteCustomers>,
    id: Path<Id<Customer>>,
    write: WriteRequest,
    body: Body<ReferralDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let referral = referrals::refer(tx, context.now, id.0, &body.value)?;
        answer::done(&ReferralView::from(referral))
    })
    .await
}

/// Read who has brought a customer
///
/// 404 for one whom nobody has brought.
#[utoipa::path(tag = "Referrals", params(("id" = Uuid, Path, description = "The friend's id.")), security(("bearer" = ["customers:read"])),
    responses((status = 200, description = "The referral.", body = ReferralView)))]
#[get("/{id}/referral")]
pub async fn get_referral(_auth: Allowed<ReadCustomers>, id: Path<Id<Customer>>, app: AppData) -> Result<HttpResponse, Problem> {
    let referral = app.db.read(move |tx| referrals::get_referral(tx, id.0)).await?;
    Ok(HttpResponse::Ok().json(ReferralView::from(referral)))
}

/// List whom a customer has brought
///
/// The newest first unless sorted otherwise.
#[utoipa::path(tag = "Referrals", params(("id" = Uuid, Path, description = "The customer's id."), ListReferrals), security(("bearer" = ["customers:read"])),
    responses((status = 200, description = "A page of referrals.", body = PageView<ReferralView>)))]
#[get("/{id}/referrals")]
pub async fn list_referrals(
    _auth: Allowed<ReadCustomers>,
    id: Path<Id<Customer>>,
    params: Params<ListReferrals>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let found = app.db.read(move |tx| referrals::list_referrals(tx, id.0, &page)).await?;
    Ok(paging::answer(&request, found.map(ReferralView::from), sort))
}
