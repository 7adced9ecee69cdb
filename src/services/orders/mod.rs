//! Orders: taking them in, moving them on, giving money back.
//!
//! Whoever changes an order holds the lock on its row, counts its version up by one and leaves one entry in its history.

use chrono::TimeDelta;

use crate::{
    db::DbConnection,
    domain::{
        customers::{Customer, Relation},
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        instants::Instant,
        orders::{InvalidTransition, Order, OrderEvent, OrderEventKind, OrderFilter, OrderSort},
        paging::{Page, PageRequest},
        permissions::{Actor, ActorKind, Permission},
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::{
        customers,
        identifiers::{self, Holder},
        orders::{self as repository, events},
    },
    services::{history, identifiers::exchange, references::check_customers},
};

pub mod coupons;
mod details;
pub mod effects;
mod intake;
pub mod payments;
mod refunds;
mod steps;

use effects::Stored;

pub use details::{update_line, update_order};
pub use intake::{basket, create_order, put_order};
pub use refunds::refund_order;
pub use steps::take_step;

/// How far ahead of our clock an order may be placed: what a ledger or a till says of its day may lack the time zone.
pub(in crate::services) const AHEAD: TimeDelta = TimeDelta::hours(24);

/// How far the clocks of those may differ who tell of a step as it happens.
const STEP_AHEAD: TimeDelta = TimeDelta::minutes(5);

/// An order.
///
/// # Errors
/// `not_found`.
pub fn get_order(tx: &mut DbConnection, id: Id<Order>) -> Result<Order, Error> {
    repository::find(tx, id)?.ok_or_else(|| Error::not_found("order"))
}

/// The order that has a number or a reference.
///
/// # Errors
/// `not_found`.
pub fn find_order(tx: &mut DbConnection, identifier: &Identifier) -> Result<Order, Error> {
    let holder = identifiers::find(tx, identifier)?.ok_or_else(|| Error::not_found("order"))?;
    get_order(tx, holder.resource_id.cast())
}

/// A page of orders with their lines.
///
/// # Errors
/// The database's.
pub fn list_orders(tx: &mut DbConnection, filter: &OrderFilter, page: &PageRequest<OrderSort>) -> Result<Page<Order>, Error> {
    Ok(repository::list(tx, filter, page)?)
}

/// What happened to an order, the oldest first.
///
/// # Errors
/// The database's.
pub fn history(tx: &mut DbConnection, order: &Order) -> Result<Vec<OrderEvent>, Error> {
    Ok(events::list(tx, order.owner(), order.id)?)
}

/// The order, locked and at a version that the caller has seen.
fn locked(tx: &mut DbConnection, id: Id<Order>, precondition: &Precondition) -> Result<Order, Error> {
    let order = repository::find_for_update(tx, id)?.ok_or_else(|| Error::not_found("order"))?;
    if precondition.holds_for(order.version) { Ok(order) } else { Err(Error::stale(order.version)) }
}

type Change = history::Change<OrderEventKind>;

/// Stores a new order, and does what follows from it.
fn store_new(tx: &mut DbConnection, actor: &Actor, now: Instant, order: Order, change: Change) -> Result<Order, Error> {
    repository::insert(tx, std::slice::from_ref(&order))?;
    exchange(tx, holder(&order), &[], &identifiers_of(&order))?;
    let event = change.entry(actor, None, order.status, order.version);
    events::insert(tx, [(&order, event)])?;
    effects::follow(tx, &Stored { actor, now, before: None, after: &order })?;
    Ok(order)
}

/// Stores what became of an order: its next version, under its next owner; and does what follows from it. What came out as it was is not stored.
fn store(tx: &mut DbConnection, actor: &Actor, now: Instant, before: &Order, after: Order, change: Change) -> Result<Order, Error> {
    let after = Order { version: before.version, updated_at: before.updated_at, ..after };
    if after == *before {
        return Ok(after);
    }
    let after = Order { version: before.version + 1, updated_at: now, ..after };
    exchange(tx, holder(&after), &identifiers_of(before), &identifiers_of(&after))?;
    if before.owner() != after.owner() {
        move_rows(tx, before, &after)?;
    } else if before.lines == after.lines {
        repository::update(tx, &after)?;
    } else {
        repository::replace(tx, std::slice::from_ref(&after))?;
    }
    let event = change.entry(actor, Some(before.status), after.status, after.version);
    events::insert(tx, [(&after, event)])?;
    effects::follow(tx, &Stored { actor, now, before: Some(before), after: &after })?;
    Ok(after)
}

/// Owner and key are one, so an order that finds its customer is written anew among the customer's rows.
fn move_rows(tx: &mut DbConnection, before: &Order, after: &Order) -> Result<(), Error> {
    let history = events::list(tx, before.owner(), before.id)?;
    repository::delete(tx, before)?;
    repository::insert(tx, std::slice::from_ref(after))?;
    events::insert(tx, history.into_iter().map(|event| (after, event)))?;
    Ok(identifiers::reassign(tx, &identifiers_of(after), after.owner())?)
}

fn holder(order: &Order) -> Holder {
    Holder { resource_id: order.id.cast(), customer_id: order.details.customer_id }
}

/// The values that only one order may have.
pub fn identifiers_of(order: &Order) -> Vec<Identifier> {
    let refs = identifiers::of_refs(IdentifierKind::OrderRef, &order.details.external_refs);
    std::iter::once(Identifier::order_number(&order.number)).chain(refs).collect()
}

/// A customer who is there to be an order's.
fn check_customer(tx: &mut DbConnection, customer_id: Option<Id<Customer>>) -> Result<(), Error> {
    check_customers(tx, customer_id.map(|id| ("/customer_id", id)))
}

/// The people whom the lines are bought for are people whom the customer buys for. `named` gives each with the place where it stands.
fn check_beneficiaries<P: Into<String>>(
    tx: &mut DbConnection,
    customer_id: Option<Id<Customer>>,
    named: impl IntoIterator<Item = (P, Id<Relation>)>,
) -> Result<(), Error> {
    let named: Vec<_> = named.into_iter().collect();
    if named.is_empty() {
        return Ok(());
    }
    let known = match customer_id {
        Some(id) => customers::relations::list(tx, id)?,
        None => Vec::new(),
    };
    let unknown = named.into_iter().filter(|(_, id)| known.iter().all(|relation| relation.id != *id));
    let detail = match customer_id {
        Some(_) => "The customer has no such relation.",
        None => "Nobody is known of whom an anonymous customer buys for.",
    };
    Error::all_at(Code::UnknownReference, detail, unknown.map(|(pointer, _)| pointer.into()))
}

/// When an order was placed: now unless said.
fn placed_at_of(at: Option<Instant>, now: Instant) -> Result<Instant, Error> {
    let latest = now.checked_add(AHEAD).unwrap_or(now);
    match at {
        Some(at) if at > latest => Err(Error::invalid_field("/placed_at", "range", "must lie at most 24 hours ahead")),
        at => Ok(at.unwrap_or(now)),
    }
}

/// What is told to have happened has happened.
fn check_not_ahead(at: Instant, now: Instant) -> Result<(), Error> {
    match now.checked_add(STEP_AHEAD) {
        Some(latest) if at > latest => Err(Error::invalid_field("/at", "range", "must lie at most 5 minutes ahead")),
        _ => Ok(()),
    }
}

/// When a step was taken or money given back: now unless said; after the order was placed and after the step or refund before, but for `slack`.
fn time_of_step(tx: &mut DbConnection, order: &Order, said: Option<Instant>, now: Instant, slack: TimeDelta) -> Result<Instant, Error> {
    let earliest = events::last_step_at(tx, order.owner(), order.id)?.map_or(order.placed_at, |last| last.max(order.placed_at));
    let Some(at) = said else { return Ok(now.max(earliest)) };
    check_not_ahead(at, now)?;
    if at.checked_add(slack).is_some_and(|at| at < earliest) {
        return Err(Error::invalid_field(
            "/at",
            "range",
            format!("must not lie before {earliest}, when the order was placed or last took a step"),
        ));
    }
    Ok(at)
}

/// Who may say that money was received: a storefront's word is not proof of payment.
fn check_may_tell_of_payments(actor: &Actor) -> Result<(), Error> {
    let may = match actor.kind {
        ActorKind::Staff | ActorKind::System | ActorKind::Provider => true,
        ActorKind::Client => actor.permissions.contains(Permission::WritePayments),
        ActorKind::Customer | ActorKind::Gateway => false,
    };
    if may {
        return Ok(());
    }
    Err(Error::new(
        Code::PermissionDenied,
        "Saying that an order was paid, or changing what was bought, when and for how much in one that was, needs the permission payments:write.",
    ))
}

impl From<InvalidTransition> for Error {
    fn from(refused: InvalidTransition) -> Self {
        Self::new(Code::InvalidTransition, refused.to_string())
    }
}
