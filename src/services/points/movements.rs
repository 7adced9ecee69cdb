//! What the shop does with a customer's points: spending, giving and taking.

use super::{close_ledger, open_ledger, programme};
use crate::{
    db::DbConnection,
    domain::{
        customers::Customer,
        identifiers::Identifier,
        ids::Id,
        instants::Instant,
        permissions::Actor,
        points::{AdjustmentDraft, PointAccount, PointEntry, PointKind, SpendingDraft},
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::{identifiers::Holder, orders, points::entries},
    services::{customers::get_customer, identifiers::exchange},
};

/// Gives points or takes them. What is given expires like what is earned.
///
/// # Errors
/// `not_found`, `stale_version`, `already_taken` for a business id that was used before, `insufficient_points` below a balance of 0.
pub fn adjust(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    customer_id: Id<Customer>,
    precondition: &Precondition,
    draft: AdjustmentDraft,
) -> Result<(PointAccount, PointEntry), Error> {
    let new = PointEntry::new(Id::generate(), customer_id, actor, now, PointKind::Adjust, draft.points);
    let expires_after_days = if draft.points > 0 { programme::current(tx)?.draft.expires_after_days } else { None };
    let entry = PointEntry { reason: Some(draft.reason), expires_after_days, ..new };
    move_points(tx, now, precondition, draft.business_id, entry)
}

/// Spends points: those first that came first.
///
/// # Errors
/// `not_found`, `stale_version`, `unknown_reference` for an order that is not the customer's, `already_taken` for a business id that was used before,
/// `insufficient_points`.
pub fn spend(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    customer_id: Id<Customer>,
    precondition: &Precondition,
    draft: SpendingDraft,
) -> Result<(PointAccount, PointEntry), Error> {
    if let Some(order_id) = draft.order_id
        && orders::find(tx, order_id)?.is_none_or(|order| order.details.customer_id != Some(customer_id))
    {
        get_customer(tx, customer_id)?;
        return Err(Error::new(Code::UnknownReference, "The customer has no such order.").at("/order_id"));
    }
    let new = PointEntry::new(Id::generate(), customer_id, actor, now, PointKind::Spend, -draft.points);
    move_points(tx, now, precondition, draft.business_id, PointEntry { reason: draft.reason, order_id: draft.order_id, ..new })
}

fn move_points(
    tx: &mut DbConnection,
    now: Instant,
    precondition: &Precondition,
    business_id: String,
    entry: PointEntry,
) -> Result<(PointAccount, PointEntry), Error> {
    let (customer_id, id) = (get_customer(tx, entry.customer_id)?.id, entry.id);
    let mut ledger = open_ledger(tx, now, customer_id, None)?;
    if !precondition.holds_for(ledger.account().version) {
        return Err(Error::stale(ledger.account().version));
    }
    // The chore comes by within seconds; until then what is over is not spent either.
    ledger.expire(now)?;
    let holder = Holder { resource_id: id.cast(), customer_id: Some(customer_id) };
    exchange(tx, holder, &[], &[Identifier::points(&business_id)])?;
    ledger.post(now, PointEntry { business_id: Some(business_id), ..entry })?;
    let account = close_ledger(tx, now, ledger)?;
    let entry = entries::find(tx, customer_id, id)?.ok_or_else(|| Error::internal("an entry of points was not kept"))?;
    Ok((account, entry))
}
