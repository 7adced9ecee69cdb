//! The steps of an order's life.

use chrono::TimeDelta;

use super::{Change, check_may_tell_of_payments, locked, store, time_of_step};
use crate::{
    db::DbConnection,
    domain::{
        ids::Id,
        instants::Instant,
        orders::{Order, OrderEventKind, OrderStep, StepDraft},
        permissions::Actor,
        precondition::Precondition,
    },
    error::Error,
};

/// Takes one step.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition` naming from and to, `invalid` for a time before the step before it or ahead of
/// ours, `permission_denied` for a payment by somebody whose word is no proof of it.
pub fn take_step(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    id: Id<Order>,
    precondition: &Precondition,
    step: OrderStep,
    said: StepDraft,
) -> Result<Order, Error> {
    if step == OrderStep::Pay {
        check_may_tell_of_payments(actor)?;
    }
    let before = locked(tx, id, precondition)?;
    let status = before.status.step_to(step.target())?;
    let at = time_of_step(tx, &before, said.at, now, TimeDelta::zero())?;
    let entry = Change::new(OrderEventKind::Stepped, at).with("reason", said.reason);
    store(tx, actor, now, &before, Order { status, ..before.clone() }, entry)
}
