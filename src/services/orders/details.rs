//! What may still be said about an order that stands: everything that moves no money.

use super::{Change, check_beneficiaries, check_customer, locked, store};
use crate::{
    db::DbConnection,
    domain::{
        ids::Id,
        instants::Instant,
        orders::{Order, OrderDetails, OrderEventKind, OrderLine, OrderLineDetails},
        permissions::Actor,
        precondition::Precondition,
    },
    error::Error,
    services::{changed_fields::changed_fields, coupons},
};

/// Changes an order's details to what `change` makes of them. An anonymous order that is given a customer moves to the customer's orders.
///
/// # Errors
/// `not_found`, `stale_version`, what `change` answers, `unknown_reference` for a customer who is not there, `already_taken` for another order's reference,
/// `invalid` at `/coupon_code` for a coupon of ours.
pub fn update_order(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    id: Id<Order>,
    precondition: &Precondition,
    change: impl FnOnce(&OrderDetails) -> Result<OrderDetails, Error>,
) -> Result<Order, Error> {
    let before = locked(tx, id, precondition)?;
    let details = change(&before.details)?;
    let is_claim = before.details.customer_id != details.customer_id;
    if is_claim && before.details.customer_id.is_some() {
        return Err(Error::invalid_field("/customer_id", "immutable", "can not be changed once it is set"));
    }
    if is_claim {
        check_customer(tx, details.customer_id)?;
    }
    coupons::orders::check_code_change(tx, &before, details.coupon_code.as_deref())?;
    let kind = if is_claim { OrderEventKind::Claimed } else { OrderEventKind::Updated };
    let entry = Change::new(kind, now).with("changed", Some(changed_fields(&before.details, &details)?));
    let after = Order { details, ..before.clone() };
    store(tx, actor, now, &before, after, entry)
}

/// Changes one line's details to what `change` makes of them.
///
/// # Errors
/// `not_found`, `stale_version`, what `change` answers, `unknown_reference` for a beneficiary whom the order's customer does not buy for.
pub fn update_line(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    id: Id<Order>,
    line_no: i32,
    precondition: &Precondition,
    change: impl FnOnce(&OrderLineDetails) -> Result<OrderLineDetails, Error>,
) -> Result<Order, Error> {
    let before = locked(tx, id, precondition)?;
    let line = before.lines.iter().find(|line| line.line_no == line_no).ok_or_else(|| Error::not_found("line"))?;
    let details = change(&line.details)?;
    // A person who was named already may have been forgotten since.
    let named = details.beneficiary_id.filter(|_| details.beneficiary_id != line.details.beneficiary_id);
    check_beneficiaries(tx, before.details.customer_id, named.map(|id| ("/beneficiary_id", id)))?;
    let entry = Change::new(OrderEventKind::Updated, now)
        .with("line_no", Some(line_no))
        .with("changed", Some(changed_fields(&line.details, &details)?));
    let with_details = |line: &OrderLine| if line.line_no == line_no { OrderLine { details, ..line.clone() } } else { line.clone() };
    let after = Order { lines: before.lines.iter().map(with_details).collect(), ..before.clone() };
    store(tx, actor, now, &before, after, entry)
}
