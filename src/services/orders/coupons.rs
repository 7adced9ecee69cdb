//! Redeeming a coupon for an order that stands, and giving it up again.

use super::{Change, locked, store};
use crate::{
    db::DbConnection,
    domain::{
        coupons::{Redemption, put_back},
        ids::Id,
        instants::Instant,
        orders::{Order, OrderAmounts, OrderDetails, OrderEventKind, OrderStatus, OrderType},
        permissions::Actor,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::coupons::redemptions,
};

/// Redeems what `redeem` redeems for an order, and stores what the order has become.
///
/// # Errors
/// `unknown_reference`, `conflict` for an order that has a coupon, `invalid_transition` for one that was cancelled or given back, `invalid` for a return,
/// and what `redeem` answers.
pub fn redeem(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    id: Id<Order>,
    redeem: impl FnOnce(&mut DbConnection, &mut Order) -> Result<Redemption, Error>,
) -> Result<Redemption, Error> {
    let before = known(tx, id)?;
    if before.r#type == OrderType::Return {
        return Err(Error::invalid_field("/order_id", "not_for_returns", "must be a sale"));
    }
    if matches!(before.status, OrderStatus::Cancelled | OrderStatus::Refunded) {
        return Err(Error::new(Code::InvalidTransition, format!("The order is {}: no coupon is redeemed for it.", before.status)));
    }
    if before.details.coupon_code.is_some() {
        return Err(Error::new(Code::Conflict, "The order has a coupon already, and an order can have one.").at("/order_id"));
    }
    let mut after = before.clone();
    let redeemed = redeem(tx, &mut after)?;
    let change = Change::new(OrderEventKind::Updated, now)
        .with("coupon_code", after.details.coupon_code.clone())
        .with("coupon_discount", Some(redeemed.discount));
    let after = recomputed(after)?;
    store(tx, actor, now, &before, after, change)?;
    Ok(redeemed)
}

/// Gives up what was redeemed for an order that was not paid yet: `release` does so with the use, here the order gets back what it came to.
///
/// # Errors
/// `unknown_reference`, `invalid_transition` for an order that was paid or cancelled, or has no coupon of ours, and what `release` answers.
pub fn release(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    id: Id<Order>,
    release: impl FnOnce(&mut DbConnection, &Redemption) -> Result<Redemption, Error>,
) -> Result<Redemption, Error> {
    let before = known(tx, id)?;
    let redeemed = redemptions::find_of_order(tx, before.owner(), before.id)?;
    let redeemed = redeemed.ok_or_else(|| Error::new(Code::InvalidTransition, "No coupon of ours is redeemed for the order."))?;
    if before.status != OrderStatus::Placed {
        let told = format!("The order is {}: its coupon stays redeemed.", before.status);
        return Err(Error::new(Code::InvalidTransition, told));
    }
    let released = release(tx, &redeemed)?;
    let mut after = before.clone();
    if redeemed.is_applied {
        put_back(&mut after.lines, &redeemed.shares);
    }
    let after = recomputed(Order { details: OrderDetails { coupon_code: None, ..after.details.clone() }, ..after })?;
    let change = Change::new(OrderEventKind::Updated, now).with("coupon_released", before.details.coupon_code.clone());
    store(tx, actor, now, &before, after, change)?;
    Ok(released)
}

fn known(tx: &mut DbConnection, id: Id<Order>) -> Result<Order, Error> {
    match locked(tx, id, &Precondition::None) {
        Err(error) if error.code() == Code::NotFound => Err(Error::new(Code::UnknownReference, "There is no such order.").at("/order_id")),
        order => order,
    }
}

fn recomputed(order: Order) -> Result<Order, Error> {
    let amounts = OrderAmounts::of(&order.lines, order.amounts.shipping_fee)
        .map_err(|fault| Error::internal(format!("a coupon broke the order: {fault:?}")))?;
    Ok(Order { amounts, ..order })
}
