//! Setting a coupon aside, redeeming it, giving it up.

use chrono::TimeDelta;

use super::{
    codes::find_holder,
    quoting::quote_lines,
    uses::{Held, hold},
};
use crate::{
    db::DbConnection,
    domain::{
        coupons::{RedeemDraft, Redemption, RedemptionStatus, Refusal, ReserveDraft},
        ids::Id,
        instants::Instant,
        permissions::Actor,
    },
    error::{Code, Error},
    repositories::coupons::redemptions,
    services::{orders, references::check_customers},
};

/// Sets one use of a coupon aside for a while; with the lines of a basket it says what that takes off.
///
/// # Errors
/// `not_found`, `invalid_coupon_code`, `coupon_not_valid`, `coupon_used_up`, `coupon_not_applicable`, `unknown_reference`.
pub fn reserve(tx: &mut DbConnection, now: Instant, code: &str, draft: &ReserveDraft) -> Result<Redemption, Error> {
    let holder = find_holder(tx, code)?;
    check_customers(tx, draft.customer_id.map(|id| ("/customer_id", id)))?;
    let lines = match &draft.lines {
        None => None,
        Some(drafts) => Some(orders::basket(tx, drafts)?),
    };
    let held = hold(tx, now, &holder)?;
    held.check(tx, draft.customer_id, now)?;
    let quote = match &lines {
        None => None,
        Some(lines) => Some(quote_lines(tx, &held.batch, lines, true)?.map_err(Refusal::from)?),
    };
    let minutes = TimeDelta::minutes(held.batch.draft.reservation_minutes.into());
    let expires_at = now.checked_add(minutes).ok_or_else(|| Error::internal("a reservation ends after the last day"))?;
    let quote = quote.unwrap_or_default();
    let reserved = Redemption {
        discount: quote.discount,
        shares: quote.shares,
        expires_at: Some(expires_at),
        ..held.new_use(now, draft.customer_id, RedemptionStatus::Reserved)
    };
    held.put(tx, now, None, reserved)
}

/// Redeems a coupon: for an order, which then has its code and, unless it was paid, what it gives off its lines; or what was set aside, without an order.
///
/// # Errors
/// As [`reserve`]; `conflict` for an order that has a coupon already, `invalid_transition` for one that was cancelled or given back, `coupon_not_valid` for
/// a reservation that does not stand any more.
pub fn redeem(tx: &mut DbConnection, actor: &Actor, now: Instant, code: &str, draft: &RedeemDraft) -> Result<Redemption, Error> {
    let holder = find_holder(tx, code)?;
    let Some(order_id) = draft.order_id else {
        let held = hold(tx, now, &holder)?;
        let reserved = standing(tx, &held, draft.reservation_id)?.ok_or_else(|| Error::not_found("reservation"))?;
        let redeemed = Redemption { status: RedemptionStatus::Redeemed, expires_at: None, redeemed_at: Some(now), ..reserved.clone() };
        return held.put(tx, now, Some(&reserved), redeemed);
    };
    orders::coupons::redeem(tx, actor, now, order_id, |tx, order| {
        let held = hold(tx, now, &holder)?;
        let reservation = match draft.reservation_id {
            Some(id) => standing(tx, &held, Some(id))?,
            None => held.reservation_for(tx, order.details.customer_id)?,
        };
        super::orders::redeem_for(tx, now, held, reservation, order)
    })
}

/// Gives a use up: what was set aside, what was redeemed without an order, or what was redeemed for an order that was not paid yet, which then comes to what
/// it came to without the coupon.
///
/// # Errors
/// `not_found`, `invalid_coupon_code`, `invalid_transition` for what was given up already, has expired, or belongs to an order that was paid.
pub fn release(tx: &mut DbConnection, actor: &Actor, now: Instant, code: &str, draft: &RedeemDraft) -> Result<Redemption, Error> {
    let holder = find_holder(tx, code)?;
    let of_order = match (draft.order_id, draft.reservation_id) {
        (Some(order), _) => Some(order),
        (None, Some(id)) => redemptions::find(tx, id)?.and_then(|it| it.order_id),
        (None, None) => None,
    };
    if let Some(order) = of_order {
        return orders::coupons::release(tx, actor, now, order, |tx, redeemed| {
            let held = hold(tx, now, &holder)?;
            if redeemed.coupon_id != held.coupon.id || draft.reservation_id.is_some_and(|id| id != redeemed.id) {
                return Err(other_coupon());
            }
            held.put(tx, now, Some(redeemed), Redemption { status: RedemptionStatus::Released, ..redeemed.clone() })
        });
    }
    let held = hold(tx, now, &holder)?;
    let found = match draft.reservation_id {
        Some(id) => redemptions::find(tx, id)?.filter(|it| it.coupon_id == held.coupon.id),
        None => None,
    };
    let before = found.ok_or_else(|| Error::new(Code::UnknownReference, "There is no such reservation.").at("/reservation_id"))?;
    if !matches!(before.status, RedemptionStatus::Reserved | RedemptionStatus::Redeemed) {
        return Err(Error::new(Code::InvalidTransition, format!("The use is {} already.", before.status)));
    }
    held.put(tx, now, Some(&before), Redemption { status: RedemptionStatus::Released, ..before.clone() })
}

fn other_coupon() -> Error {
    Error::new(Code::Conflict, "The order has another coupon.").at("/order_id")
}

/// A reservation of the coupon that can be redeemed.
fn standing(tx: &mut DbConnection, held: &Held, id: Option<Id<Redemption>>) -> Result<Option<Redemption>, Error> {
    let Some(id) = id else { return Ok(None) };
    let unknown = || Error::new(Code::UnknownReference, "There is no such reservation.").at("/reservation_id");
    let found = redemptions::find(tx, id)?.filter(|it| it.coupon_id == held.coupon.id).ok_or_else(unknown)?;
    match found.status {
        RedemptionStatus::Reserved => Ok(Some(found)),
        status => Err(Error::new(Code::CouponNotValid, format!("The reservation is {status}.")).at("/reservation_id")),
    }
}
