//! What providers of payments tell.

use super::{
    Change, locked,
    refunds::{check_refundable, give_back},
    store, time_of,
};
use crate::{
    db::DbConnection,
    domain::{
        identifiers::Identifier,
        ids::Id,
        instants::Instant,
        orders::{
            Order, OrderEventKind, OrderStep, RefundDraft, RefundLine,
            payments::{PaymentEvent, PaymentNotification},
            spread,
        },
        permissions::Actor,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::identifiers::{self, Holder},
    services::identifiers::{already_taken, exchange},
};

/// Does what a provider tells; told again under the same reference, it changes nothing.
///
/// # Errors
/// `unknown_reference` for an order that is not there, `already_taken` when the reference was another order's, `invalid_transition`, `invalid` for an
/// amount that is not the order's or more than is left of it.
pub fn notify(tx: &mut DbConnection, actor: &Actor, now: Instant, notification: &PaymentNotification) -> Result<Order, Error> {
    let at = time_of(Some(notification.at), now, "/at")?;
    let before = named_order(tx, notification)?;
    let told = Identifier::payment(notification.event, &notification.reference);
    match identifiers::find(tx, &told)? {
        Some(holder) if holder.resource_id == before.id.cast() => return Ok(before),
        Some(_) => return Err(already_taken(&told)),
        None => {}
    }
    let holder = Holder { resource_id: before.id.cast(), customer_id: before.details.customer_id };
    exchange(tx, holder, &[], &[told])?;
    let entry = |kind| Change::new(kind, at).with("reference", Some(notification.reference.as_str()));
    match notification.event {
        PaymentEvent::Paid => {
            let status = before.status.step_to(OrderStep::Pay.target())?;
            check_paid_amount(&before, notification.amount)?;
            let entry = entry(OrderEventKind::Stepped).with("amount", notification.amount);
            store(tx, actor, now, &before, Order { status, ..before.clone() }, entry)
        }
        PaymentEvent::Refunded => {
            check_refundable(&before)?;
            let refunds = refunds_of(&before, notification.amount)?;
            give_back(tx, actor, now, &before, &refunds, entry(OrderEventKind::Refunded))
        }
    }
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
