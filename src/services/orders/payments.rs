//! What providers of payments tell.

use serde_json::Value;

use super::{
    Change, STEP_AHEAD, check_not_ahead, locked,
    refunds::{check_refundable, give_back},
    store, time_of_step,
};
use crate::{
    db::DbConnection,
    domain::{
        identifiers::Identifier,
        ids::Id,
        instants::Instant,
        orders::{
            Order, OrderEventKind, OrderStatus, OrderStep, RefundDraft, RefundLine,
            payments::{PaymentEvent, PaymentNotification},
            spread,
        },
        permissions::Actor,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::{
        identifiers::{self, Holder},
        orders::events,
    },
    services::identifiers::{already_taken, exchange},
};

/// Does what a provider tells; told again under the same reference, it changes nothing.
///
/// # Errors
/// `unknown_reference` for an order that is not there, `already_taken` when the reference was another order's, `conflict` when it stood for another
/// amount, `invalid_transition`, `invalid` for an
/// amount that is not the order's or more than is left of it.
pub fn notify(tx: &mut DbConnection, actor: &Actor, now: Instant, notification: &PaymentNotification) -> Result<Order, Error> {
    check_not_ahead(notification.at, now)?;
    let before = named_order(tx, notification)?;
    let told = Identifier::payment(notification.event, &notification.reference);
    match identifiers::find(tx, &told)? {
        Some(holder) if holder.resource_id == before.id.cast() => {
            check_told_alike(tx, &before, notification)?;
            return Ok(before);
        }
        Some(_) => return Err(already_taken(&told)),
        None => {}
    }
    let holder = Holder { resource_id: before.id.cast(), customer_id: before.details.customer_id };
    exchange(tx, holder, &[], &[told])?;
    let status = match notification.event {
        PaymentEvent::Paid => before.status.step_to(OrderStep::Pay.target())?,
        PaymentEvent::Refunded => {
            check_refundable(&before)?;
            before.status
        }
    };
    // A provider's clock is not the shop's: a payment is not refused because it seems to come a moment before its order.
    let at = time_of_step(tx, &before, Some(notification.at), now, STEP_AHEAD)?;
    let entry = |kind| Change::new(kind, at).with("reference", Some(notification.reference.as_str()));
    match notification.event {
        PaymentEvent::Paid => {
            check_paid_amount(&before, notification.amount)?;
            let entry = entry(OrderEventKind::Stepped).with("amount", notification.amount);
            store(tx, actor, now, &before, Order { status, ..before.clone() }, entry)
        }
        PaymentEvent::Refunded => {
            let refunds = refunds_of(&before, notification.amount)?;
            give_back(tx, actor, now, &before, &refunds, entry(OrderEventKind::Refunded))
        }
    }
}

/// Whether what is told again is what was told before: the same reference for another amount is a mistake that nobody should overlook.
fn check_told_alike(tx: &mut DbConnection, order: &Order, again: &PaymentNotification) -> Result<(), Error> {
    let Some(amount) = again.amount else { return Ok(()) };
    let kind = match again.event {
        PaymentEvent::Paid => OrderEventKind::Stepped,
        PaymentEvent::Refunded => OrderEventKind::Refunded,
    };
    let history = events::list(tx, order.owner(), order.id)?;
    let is_it = |details: &serde_json::Map<String, Value>| details.get("reference").and_then(Value::as_str) == Some(&again.reference);
    let Some(first) = history.iter().find(|event| event.kind == kind && is_it(&event.details)) else { return Ok(()) };
    let told = first.details.get("amount").and_then(Value::as_i64);
    // A refund of everything may be told with the shipping fee, which is not given back.
    let with_shipping = told.filter(|_| first.to == OrderStatus::Refunded).map(|told| told.saturating_add(order.amounts.shipping_fee));
    if told.is_none() || told == Some(amount) || with_shipping == Some(amount) {
        return Ok(());
    }
    Err(Error::new(Code::Conflict, "This reference was told with another amount before.").at("/amount"))
}

fn named_order(tx: &mut DbConnection, notification: &PaymentNotification) -> Result<Order, Error> {
    let (id, pointer): (Option<Id<Order>>, _) = match (&notification.order_id, &notification.number) {
        (Some(id), _) => (Some(*id), "/order_id"),
        (None, Some(number)) => {
            (identifiers::find(tx, &Identifier::order_number(number))?.map(|holder| holder.resource_id.cast()), "/number")
        }
        (None, None) => (None, "/order_id"),
    };
    let unknown = || Error::new(Code::UnknownReference, "There is no such order.").at(pointer);
    match locked(tx, id.ok_or_else(unknown)?, &Precondition::None) {
        Err(error) if error.code() == Code::NotFound => Err(unknown()),
        order => order,
    }
}

fn check_paid_amount(order: &Order, amount: Option<i64>) -> Result<(), Error> {
    match amount {
        Some(amount) if amount != order.amounts.total => {
            Err(Error::invalid_field("/amount", "range", format!("must be the order's total, which is {}", order.amounts.total)))
        }
        _ => Ok(()),
    }
}

fn refunds_of(order: &Order, amount: Option<i64>) -> Result<Vec<RefundLine>, Error> {
    let left = order.amounts.subtotal - order.amounts.refunded_total;
    match amount {
        Some(amount) if amount != left + order.amounts.shipping_fee => spread(&order.lines, amount).ok_or_else(|| {
            Error::invalid_field("/amount", "range", format!("must be at least 1 and at most {left}, which is what is left"))
        }),
        _ => RefundDraft::default().per_line(&order.lines).map_err(Error::invalid),
    }
}
