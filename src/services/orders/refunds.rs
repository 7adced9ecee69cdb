//! Giving money back.

use chrono::TimeDelta;
use serde_json::json;

use super::{Change, check_may_tell_of_payments, locked, store, time_of_step};
use crate::{
    db::DbConnection,
    domain::{
        ids::Id,
        instants::Instant,
        orders::{Order, OrderAmounts, OrderEventKind, OrderLine, OrderStatus, OrderType, RefundDraft, RefundLine},
        permissions::Actor,
        precondition::Precondition,
    },
    error::{Code, Error},
};

/// Gives money back, in part or whole; whole, the order's status is `refunded`. Shipping is not given back.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition` unless the order is a sale that was paid and not given back yet, `invalid` at the line for more than
/// is left of it and at `/at` as for steps, `permission_denied` for somebody whose word is no proof of a payment.
pub fn refund_order(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    id: Id<Order>,
    precondition: &Precondition,
    draft: &RefundDraft,
) -> Result<Order, Error> {
    check_may_tell_of_payments(actor)?;
    let before = locked(tx, id, precondition)?;
    check_refundable(&before)?;
    let at = time_of_step(tx, &before, draft.at, now, TimeDelta::zero())?;
    let refunds = draft.per_line(&before.lines).map_err(Error::invalid)?;
    let entry = Change::new(OrderEventKind::Refunded, at).with("reason", draft.reason.clone());
    give_back(tx, actor, now, &before, &refunds, entry)
}

/// Whether money can be given back at all.
pub(super) fn check_refundable(order: &Order) -> Result<(), Error> {
    if order.r#type == OrderType::Return {
        return Err(Error::new(Code::InvalidTransition, "A return gives money back already: it can not be refunded."));
    }
    order.status.step_to(OrderStatus::Refunded)?;
    Ok(())
}

/// Gives back what was found to be owed, and tells the history how much for which line.
pub(super) fn give_back(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    before: &Order,
    refunds: &[RefundLine],
    entry: Change,
) -> Result<Order, Error> {
    let amount_of =
        |line: &OrderLine| refunds.iter().filter(|refund| refund.line_no == line.line_no).map(|refund| refund.amount).sum::<i64>();
    let lines: Vec<OrderLine> =
        before.lines.iter().map(|line| OrderLine { refunded: line.refunded.saturating_add(amount_of(line)), ..line.clone() }).collect();
    let amounts = OrderAmounts::of(&lines, before.amounts.shipping_fee)
        .map_err(|fault| Error::internal(format!("a refund broke the order: {fault:?}")))?;
    // An order that cost nothing is given back whole as well.
    let status = if lines.iter().all(|line| line.refundable() == 0) { OrderStatus::Refunded } else { before.status };
    let entry = entry.with("amount", Some(amounts.refunded_total - before.amounts.refunded_total)).with("lines", Some(json!(refunds)));
    store(tx, actor, now, before, Order { lines, amounts, status, ..before.clone() }, entry)
}
