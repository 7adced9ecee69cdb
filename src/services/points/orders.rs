//! What orders earn. Paid, an order earns points that are pending until it is completed; whatever happens to it later, its points come to what is left of it.
//! A return takes nothing back: it belongs to no sale. What was bought before the programme began, and what a ledger brought in, earns nothing.

use super::{close_ledger, open_known_ledger, open_ledger, programme};
use crate::{
    db::DbConnection,
    domain::{
        catalogue::Product,
        customers::Customer,
        ids::Id,
        orders::{Order, OrderEventKind, OrderLine, OrderStatus, OrderType},
        points::{EarningTerms, PointEntry, PointKind, PointSource, PointsProgramme, ProductBonus},
    },
    error::Error,
    repositories::{categories, customers, orders::events, products},
    services::orders::effects::Stored,
};

/// Has a customer's points follow an order that is new or has changed. An order of which nothing has changed that points depend on costs no statement.
///
/// # Errors
/// The database's.
pub fn follow(tx: &mut DbConnection, stored: &Stored<'_>) -> Result<(), Error> {
    let Stored { actor, now, before, after } = *stored;
    let Some(customer_id) = after.details.customer_id else { return Ok(()) };
    if !is_sold(after) || before.is_some_and(|before| weighs_alike(before, after)) {
        return Ok(());
    }
    let programme = programme::current(tx)?;
    let ledger = open_known_ledger(tx, customer_id, after.id)?;
    let known = ledger.as_ref().and_then(|ledger| ledger.terms(after.id)).cloned();
    let terms = match &known {
        Some(terms) => terms.clone(),
        None if earns(tx, &programme, before, after)? => terms_for(tx, stored, customer_id, &programme)?,
        None => return Ok(()),
    };
    let mut ledger = match ledger {
        Some(ledger) => ledger,
        None => open_ledger(tx, now, customer_id, Some(after.id))?,
    };
    let due = if after.status == OrderStatus::Refunded { 0 } else { terms.points(&after.lines) };
    let new = PointEntry {
        source: PointSource::Order,
        order_id: Some(after.id),
        terms: if known.is_none() { Some(terms) } else { None },
        expires_after_days: programme.draft.expires_after_days,
        ..PointEntry::new(Id::generate(), customer_id, actor, now, PointKind::Earn, 0)
    };
    ledger.settle(now, due, after.status == OrderStatus::Completed, new)?;
    close_ledger(tx, now, ledger).map(drop)
}

/// Only sales that were paid earn. No order goes back from there.
fn is_sold(order: &Order) -> bool {
    order.r#type == OrderType::Sale && order.status.is_paid()
}

/// Whether nothing has changed that points depend on.
fn weighs_alike(before: &Order, after: &Order) -> bool {
    let counts = |order: &Order| (is_sold(order), order.status == OrderStatus::Refunded, order.status == OrderStatus::Completed);
    let left = |line: &OrderLine| (line.product_id, line.refundable());
    before.details.customer_id == after.details.customer_id
        && counts(before) == counts(after)
        && before.lines.iter().map(left).eq(after.lines.iter().map(left))
}

/// Whether an order that has earned nothing yet earns now: when it is paid, or found to have come to more, or to be its customer's.
fn earns(tx: &mut DbConnection, programme: &PointsProgramme, before: Option<&Order>, after: &Order) -> Result<bool, Error> {
    if !programme.draft.enabled || after.placed_at < programme.starts_at || after.status == OrderStatus::Refunded {
        return Ok(false);
    }
    let Some(before) = before.filter(|before| is_sold(before)) else { return Ok(true) };
    let left = |order: &Order| order.amounts.subtotal.saturating_sub(order.amounts.refunded_total);
    let is_anew = before.details.customer_id != after.details.customer_id || left(after) > left(before);
    // It was paid when it came in: then it may be out of another system's books.
    Ok(is_anew && !events::list(tx, after.owner(), after.id)?.iter().any(|event| event.kind == OrderEventKind::Imported))
}

/// The terms that hold now for an order of this customer.
fn terms_for(
    tx: &mut DbConnection,
    stored: &Stored<'_>,
    customer_id: Id<Customer>,
    programme: &PointsProgramme,
) -> Result<EarningTerms, Error> {
    let card = customers::find(tx, customer_id)?.and_then(|customer| customer.membership).filter(|card| !card.has_lapsed(stored.now));
    Ok(EarningTerms {
        minor_per_point: programme.draft.minor_per_point,
        card_percent: programme.card_percent(card.map(|card| card.kind)),
        bonuses: bonuses(tx, programme, &stored.after.lines)?,
    })
}

fn bonuses(tx: &mut DbConnection, programme: &PointsProgramme, lines: &[OrderLine]) -> Result<Vec<ProductBonus>, Error> {
    if programme.draft.category_bonuses.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids: Vec<Id<Product>> = lines.iter().map(|line| line.product_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let goods = products::find_many(tx, &ids)?;
    let tree = categories::ancestry(tx, goods.iter().filter_map(|product| product.draft.category_id))?;
    let bonus = |product: &Product| {
        let percent = programme.bonus_percent(product.draft.category_id?, &tree);
        (percent > 0).then_some(ProductBonus { product_id: product.id, percent })
    };
    Ok(goods.iter().filter_map(bonus).collect())
}
