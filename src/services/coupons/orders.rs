//! Coupons and orders: what an order's code takes off its lines, and what becomes of the use when the order changes.

use super::{
    codes::find_holder,
    quoting::{attributed_to, quote_lines},
    uses::{Held, hold, hold_of},
};
use crate::{
    db::DbConnection,
    domain::{
        coupons::{CouponCode, LineShare, Quote, Redemption, RedemptionStatus, Refusal, put_back, take_off},
        instants::Instant,
        orders::{Order, OrderLine, OrderStatus, OrderType},
    },
    error::{Code, Error},
    repositories::coupons::redemptions,
};

const CODE: &str = "/coupon_code";

/// Redeems the code of an order that is taken in, or replaces the order `before`: takes what it gives off the lines, which come without it. Answers what
/// that is, where something was redeemed.
///
/// An order that comes in paid keeps its amounts. A code that Patron has not made is any text, unless it has the form of one of ours. What was redeemed
/// stays redeemed while the order stands: left out, the code is as it was.
///
/// # Errors
/// `invalid_coupon_code`, `unknown_reference`, `coupon_not_valid`, `coupon_used_up`, `coupon_not_applicable`, all at `/coupon_code`; `invalid` (`immutable`)
/// for another code than the one that was redeemed.
pub fn price(tx: &mut DbConnection, now: Instant, before: Option<&Order>, order: &mut Order) -> Result<Option<i64>, Error> {
    if order.r#type == OrderType::Return {
        return Ok(None);
    }
    let known = before.and_then(|before| before.details.coupon_code.as_deref().map(|code| (before, code)));
    if let Some((before, code)) = known
        && let Some(redeemed) = redemptions::find_of_order(tx, before.owner(), before.id)?
    {
        keep_code(order, code)?;
        return price_again(tx, now, before, order, redeemed).map(Some);
    }
    let is_new = known.map(|(_, code)| code) != order.details.coupon_code.as_deref();
    let Some(code) = order.details.coupon_code.clone().filter(|_| is_new && order.status != OrderStatus::Cancelled) else {
        return Ok(None);
    };
    let holder = match find_holder(tx, &code) {
        Err(error) if error.code() == Code::NotFound => {
            let is_ours = CouponCode::read(&code).is_ok_and(|code| code.is_ours());
            return if is_ours { Err(Error::new(Code::UnknownReference, "There is no such coupon.").at(CODE)) } else { Ok(None) };
        }
        found => found.map_err(|error| error.at(CODE))?,
    };
    let held = hold(tx, now, &holder)?;
    let reservation = held.reservation_for(tx, order.details.customer_id)?;
    redeem_for(tx, now, held, reservation, order).map(|redeemed| Some(redeemed.discount)).map_err(|error| error.at(CODE))
}

/// Redeems a coupon for an order: of one that is placed what it gives is taken off the lines, one that was paid keeps its amounts. A reservation is honoured
/// whatever has become of the batch since.
pub(super) fn redeem_for(
    tx: &mut DbConnection,
    now: Instant,
    held: Held,
    reservation: Option<Redemption>,
    order: &mut Order,
) -> Result<Redemption, Error> {
    let customer_id = order.details.customer_id;
    let is_paid = order.status.is_paid();
    if reservation.is_none() {
        // When a sale was paid for is known from who may say so; for all others it is now.
        held.check(tx, customer_id, if is_paid { order.placed_at } else { now })?;
    } else {
        held.coupon.check_holder(customer_id)?;
    }
    let (discount, shares) = if is_paid {
        (attributed_to(tx, &held.batch, &order.lines)?, Vec::new())
    } else {
        let quote = quote_lines(tx, &held.batch, &order.lines, true)?.map_err(Refusal::from)?;
        take_off(&mut order.lines, &quote.shares).map_err(|line| Error::internal(format!("a coupon takes too much off line {line}")))?;
        (quote.discount, quote.shares)
    };
    order.details.coupon_code = Some(held.coupon.code.clone());
    let begun = reservation.clone().unwrap_or_else(|| held.new_use(now, customer_id, RedemptionStatus::Redeemed));
    let redeemed = Redemption {
        customer_id,
        order_id: Some(order.id),
        status: RedemptionStatus::Redeemed,
        discount,
        shares,
        is_applied: !is_paid,
        expires_at: None,
        redeemed_at: Some(now),
        ..begun
    };
    held.put(tx, now, reservation.as_ref(), redeemed)
}

/// The code stays the one that was redeemed.
fn keep_code(order: &mut Order, redeemed: &str) -> Result<(), Error> {
    match &order.details.coupon_code {
        Some(said) if CouponCode::read(said) != CouponCode::read(redeemed) => Err(immutable()),
        _ => {
            order.details.coupon_code = Some(redeemed.to_owned());
            Ok(())
        }
    }
}

fn immutable() -> Error {
    Error::invalid_field(CODE, "immutable", "was redeemed with this order: release the coupon first, while the order is not paid")
}

/// What the coupon takes off an order that is sent again in whole: for the same goods the same, for others what it gives now.
fn price_again(tx: &mut DbConnection, now: Instant, before: &Order, order: &mut Order, redeemed: Redemption) -> Result<i64, Error> {
    if !redeemed.is_applied {
        return Ok(redeemed.discount);
    }
    let mut plain = before.lines.clone();
    put_back(&mut plain, &redeemed.shares);
    let goods = |line: &OrderLine| (line.line_no, line.product_id, line.quantity, line.unit_price, line.discount);
    let is_alike = plain.iter().map(goods).eq(order.lines.iter().map(goods));
    let (discount, shares) = if is_alike { (redeemed.discount, redeemed.shares) } else { quote_again(tx, now, order, redeemed)? };
    take_off(&mut order.lines, &shares).map_err(|line| Error::internal(format!("a coupon takes too much off line {line}")))?;
    Ok(discount)
}

fn quote_again(tx: &mut DbConnection, now: Instant, order: &Order, redeemed: Redemption) -> Result<(i64, Vec<LineShare>), Error> {
    let held = hold_of(tx, &redeemed)?;
    let is_paid = order.status.is_paid();
    let quote = match quote_lines(tx, &held.batch, &order.lines, !is_paid)? {
        Ok(quote) => quote,
        // Nothing is taken off goods that it is not for; the sale stands.
        Err(_) if is_paid => Quote::default(),
        Err(fault) => return Err(Error::from(Refusal::from(fault)).at(CODE)),
    };
    let after = Redemption { discount: quote.discount, shares: quote.shares.clone(), ..redeemed.clone() };
    held.put(tx, now, Some(&redeemed), after)?;
    Ok((quote.discount, quote.shares))
}

/// Whether an order's code may be changed to `code` where no money moves: one that was redeemed stays, and one of ours is redeemed, not written down.
///
/// # Errors
/// `invalid` (`immutable`, `not_redeemed`) at `/coupon_code`, `invalid_coupon_code`.
pub fn check_code_change(tx: &mut DbConnection, before: &Order, code: Option<&str>) -> Result<(), Error> {
    if before.details.coupon_code.as_deref() == code {
        return Ok(());
    }
    if before.details.coupon_code.is_some() && redemptions::find_of_order(tx, before.owner(), before.id)?.is_some() {
        return Err(immutable());
    }
    let Some(code) = code.filter(|_| before.r#type == OrderType::Sale) else { return Ok(()) };
    match find_holder(tx, code) {
        Err(error) if error.code() == Code::NotFound => Ok(()),
        Err(error) => Err(error.at(CODE)),
        Ok(_) => Err(Error::invalid_field(CODE, "not_redeemed", "is one of our coupons: redeem it with POST /v1/coupons/{code}/redeem")),
    }
}

/// What becomes of a use when its order is cancelled, which gives the coupon back, or finds its customer, whose use it then is.
///
/// # Errors
/// The database's.
pub fn follow(tx: &mut DbConnection, now: Instant, before: &Order, after: &Order) -> Result<(), Error> {
    let is_cancelled = after.status == OrderStatus::Cancelled && before.status != OrderStatus::Cancelled;
    if after.details.coupon_code.is_none() || !(is_cancelled || before.owner() != after.owner()) {
        return Ok(());
    }
    let Some(redeemed) = redemptions::find_of_order(tx, before.owner(), before.id)? else { return Ok(()) };
    let held = hold_of(tx, &redeemed)?;
    let status = if is_cancelled { RedemptionStatus::Released } else { redeemed.status };
    let follows = Redemption { customer_id: after.details.customer_id, status, ..redeemed.clone() };
    held.put(tx, now, Some(&redeemed), follows)?;
    Ok(())
}
