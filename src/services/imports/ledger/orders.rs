//! The orders of a batch: new ones, ones that stand as they are, ones that the ledger tells anew.

use std::collections::{HashMap, HashSet};

use super::{Batch, BatchOutcome, Ids, customers::CustomerIds, plan::PlannedOrder, products::ProductIds};
use crate::{
    db::DbConnection,
    domain::{
        customers::Customer,
        external_refs::ExternalRef,
        identifiers::Identifier,
        ids::Id,
        instants::Instant,
        ledger::{Column, LedgerOptions, LedgerRow},
        orders::{Order, OrderAmounts, OrderDetails, OrderEvent, OrderEventKind, OrderLine, OrderLineDetails, OrderStatus, number_of},
        permissions::Actor,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::{
        identifiers::{self, Holder},
        orders::{self as repository, events},
    },
    services::{
        history::Change,
        orders::{identifiers_of, update_order},
    },
};

/// The longest number of an order.
const MAX_NUMBER_CHARS: usize = 100;

/// Orders that are there already, by what the ledger calls them.
pub(super) type StoredOrders = HashMap<String, Order>;

/// The orders that are there already.
pub(super) fn find_stored(tx: &mut DbConnection, batch: Batch<'_>, planned: &[PlannedOrder<'_>]) -> Result<StoredOrders, Error> {
    let references: Vec<&str> = planned.iter().map(|order| order.reference.as_str()).collect();
    Ok(repository::find_by_refs(tx, batch.options.system(), &references)?.into_iter().collect())
}

/// The orders whose reference is theirs alone; the rows of the others are rejected.
///
/// An order that was sold to nobody known goes on to the customer whom the ledger names now. One that was given a customer here and that the ledger still
/// tells without is the same order, as long as nothing else differs.
pub(super) fn without_conflicts<'a>(
    batch: Batch<'_>,
    planned: Vec<PlannedOrder<'a>>,
    stored: &StoredOrders,
    customer_ids: &CustomerIds,
    outcome: &mut BatchOutcome,
) -> Vec<PlannedOrder<'a>> {
    let mut met: HashSet<String> = HashSet::with_capacity(planned.len());
    let mut kept = Vec::with_capacity(planned.len());
    for order in planned {
        let fault = if met.contains(&order.reference) {
            Some(("customer_conflict", "is the reference of another customer's order"))
        } else {
            stored.get(&order.reference).and_then(|known| conflict(&order, known, customer_ids))
        };
        if let Some((code, message)) = fault {
            for row in &order.rows {
                outcome.reject(batch.options.reject(row, Some(Column::OrderRef), code, row.order_ref(), message));
            }
        } else {
            met.insert(order.reference.clone());
            kept.push(order);
        }
    }
    kept
}

fn conflict(order: &PlannedOrder<'_>, known: &Order, customer_ids: &CustomerIds) -> Option<(&'static str, &'static str)> {
    if known.r#type != order.r#type {
        return Some(("order_type_conflict", "is the reference of an order of the other type, sale or return"));
    }
    let is_same_customer = match (known.details.customer_id, order.customer_ref) {
        (Some(owner), Some(reference)) => customer_ids.get(reference) == Some(&owner),
        (Some(_), None) => is_as_told(known, order),
        (None, _) => true,
    };
    (!is_same_customer).then_some(("customer_conflict", "is the reference of another customer's order"))
}

/// Whether an order stands as the ledger tells it.
fn is_as_told(known: &Order, told: &PlannedOrder<'_>) -> bool {
    let details = &known.details;
    known.placed_at == told.placed_at
        && details.channel == told.channel
        && details.store.as_deref() == told.store
        && known.lines.len() == told.rows.len()
        && known.lines.iter().zip(&told.rows).all(|(line, row)| is_line_as_told(line, row))
}

fn is_line_as_told(line: &OrderLine, row: &LedgerRow) -> bool {
    line.sku == row.sku()
        && line.title == row.title()
        && (line.quantity, line.unit_price, line.discount) == (row.quantity(), row.unit_price_minor(), row.discount_minor())
        && line.details.used_by == row.used_by()
}

/// Stores what is new and what has changed.
pub(super) fn settle(
    tx: &mut DbConnection,
    batch: Batch<'_>,
    planned: &[PlannedOrder<'_>],
    mut stored: StoredOrders,
    ids: Ids<'_>,
    outcome: &mut BatchOutcome,
) -> Result<(), Error> {
    let (mut new, mut told_anew) = (Vec::new(), Vec::new());
    for order in planned {
        let customer_id = order.customer_ref.and_then(|reference| ids.customers.get(reference)).copied();
        match stored.remove(&order.reference) {
            None => new.push(make(batch, order, customer_id, ids.products)?),
            Some(known) => {
                let is_claimed = customer_id.is_some() && known.details.customer_id.is_none();
                let known = if is_claimed { claim(tx, batch.now, &known, customer_id)? } else { known };
                if !is_as_told(&known, order) {
                    told_anew.push((known, order));
                } else if is_claimed {
                    outcome.counts.orders.updated += 1;
                } else {
                    outcome.counts.orders.unchanged += 1;
                }
            }
        }
    }
    replace(tx, batch.now, told_anew, ids.products, outcome)?;
    store_new(tx, batch, new, outcome)
}

/// Gives an order that was sold to nobody known to the customer whom the ledger names now.
fn claim(tx: &mut DbConnection, now: Instant, known: &Order, customer_id: Option<Id<Customer>>) -> Result<Order, Error> {
    update_order(tx, &Actor::system(), now, known.id, &Precondition::None, |details| Ok(OrderDetails { customer_id, ..details.clone() }))
}

/// Tells orders anew, those left out that were changed here since they came in.
fn replace(
    tx: &mut DbConnection,
    now: Instant,
    told_anew: Vec<(Order, &PlannedOrder<'_>)>,
    product_ids: &ProductIds<'_>,
    outcome: &mut BatchOutcome,
) -> Result<(), Error> {
    if told_anew.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> = told_anew.iter().map(|(order, _)| (order.owner(), order.id)).collect();
    if repository::lock_many(tx, &keys)? < keys.len() {
        return Err(Error::new(Code::Conflict, "An order of the ledger has just found its customer."));
    }
    let edited: HashSet<Id<Order>> = events::edited(tx, &keys)?.into_iter().collect();
    let mut changed = Vec::with_capacity(told_anew.len());
    for (before, told) in told_anew {
        if edited.contains(&before.id) {
            outcome.counts.orders_kept += 1;
            continue;
        }
        let lines = lines_of(told, product_ids)?;
        let amounts = amounts_of(&lines, before.amounts.shipping_fee)?;
        let details = OrderDetails { channel: told.channel, store: told.store.map(str::to_owned), ..before.details };
        let after = Order { details, placed_at: told.placed_at, amounts, lines, version: before.version + 1, updated_at: now, ..before };
        changed.push(after);
    }
    repository::replace(tx, &changed)?;
    outcome.counts.orders.updated += count(changed.len());
    outcome.counts.lines_written += changed.iter().map(|order| count(order.lines.len())).sum::<u64>();
    Ok(events::insert(tx, changed.iter().map(|order| (order, event(now, order, Some(order.status)))))?)
}

fn store_new(tx: &mut DbConnection, batch: Batch<'_>, mut new: Vec<Order>, outcome: &mut BatchOutcome) -> Result<(), Error> {
    number(tx, batch.options, &mut new)?;
    let holder = |order: &Order| Holder { resource_id: order.id.cast(), customer_id: order.details.customer_id };
    let claims: Vec<_> = new.iter().flat_map(|order| identifiers_of(order).into_iter().map(|it| (it, holder(order)))).collect();
    repository::insert(tx, &new)?;
    identifiers::insert(tx, claims)?;
    outcome.counts.orders.created += count(new.len());
    outcome.counts.lines_written += new.iter().map(|order| count(order.lines.len())).sum::<u64>();
    Ok(events::insert(tx, new.iter().map(|order| (order, event(batch.now, order, None))))?)
}

/// Gives orders the number that the ledger calls them by; where another order has it, with the system before it, or else one of our own.
fn number(tx: &mut DbConnection, options: &LedgerOptions, new: &mut [Order]) -> Result<(), Error> {
    let taken = taken_numbers(tx, new.iter())?;
    let (mut clashing, free): (Vec<&mut Order>, Vec<&mut Order>) = new.iter_mut().partition(|order| taken.contains(&order.number));
    if clashing.is_empty() {
        return Ok(());
    }
    let mut given: HashSet<String> = free.into_iter().map(|order| order.number.clone()).collect();
    for order in &mut clashing {
        order.number = format!("{}-{}", options.system(), order.number);
    }
    let taken = taken_numbers(tx, clashing.iter().map(|order| &**order))?;
    for order in clashing {
        let is_long = order.number.chars().count() > MAX_NUMBER_CHARS;
        if is_long || taken.contains(&order.number) || !given.insert(order.number.clone()) {
            order.number = number_of(order.id, order.placed_at);
        }
    }
    Ok(())
}

fn taken_numbers<'a>(tx: &mut DbConnection, orders: impl Iterator<Item = &'a Order>) -> Result<HashSet<String>, Error> {
    let wanted: Vec<Identifier> = orders.map(|order| Identifier::order_number(&order.number)).collect();
    Ok(identifiers::find_many(tx, &wanted)?.into_iter().map(|(identifier, _)| identifier.value).collect())
}

fn make(
    batch: Batch<'_>,
    order: &PlannedOrder<'_>,
    customer_id: Option<Id<Customer>>,
    product_ids: &ProductIds<'_>,
) -> Result<Order, Error> {
    let Batch { now, options, .. } = batch;
    let lines = lines_of(order, product_ids)?;
    let reference = ExternalRef { system: options.system().to_owned(), id: order.reference.clone() };
    Ok(Order {
        id: Id::generate(),
        number: order.reference.clone(),
        r#type: order.r#type,
        details: OrderDetails {
            customer_id,
            channel: order.channel,
            store: order.store.map(str::to_owned),
            campaign_id: None,
            coupon_code: None,
            external_refs: vec![reference],
        },
        status: OrderStatus::Completed,
        currency: options.currency(),
        placed_at: order.placed_at,
        amounts: amounts_of(&lines, 0)?,
        lines,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

fn lines_of(order: &PlannedOrder<'_>, product_ids: &ProductIds<'_>) -> Result<Vec<OrderLine>, Error> {
    let lines = order.rows.iter().zip(1..).map(|(row, line_no)| {
        let product_id = product_ids.get(row.sku()).copied();
        Ok(OrderLine {
            line_no,
            product_id: product_id.ok_or_else(|| Error::internal("a row's product was not settled"))?,
            sku: row.sku().to_owned(),
            title: row.title().to_owned(),
            quantity: row.quantity(),
            unit_price: row.unit_price_minor(),
            discount: row.discount_minor(),
            refunded: 0,
            details: OrderLineDetails { used_by: row.used_by(), beneficiary_id: None, need: None },
        })
    });
    lines.collect()
}

/// The rows were added up when they were planned; only the shipping fee of an order that is told anew can take it too far.
fn amounts_of(lines: &[OrderLine], shipping_fee: i64) -> Result<OrderAmounts, Error> {
    OrderAmounts::of(lines, shipping_fee)
        .map_err(|_| Error::new(Code::AmountOverflow, "An order and its shipping come to more than can be held."))
}

fn event(now: Instant, order: &Order, from: Option<OrderStatus>) -> OrderEvent {
    Change::new(OrderEventKind::Imported, now).entry(&Actor::system(), from, order.status, order.version)
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
