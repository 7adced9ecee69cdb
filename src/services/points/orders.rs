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
    let ledger = open_known_ledger(tx, customer_id, after.id)?;
    let known = ledger.as_ref().and_then(|ledger| ledger.terms(after.id)).cloned();
    let terms = match known.clone() {
        Some(terms) => with_new_goods(tx, terms, after)?,
        None => match earned_under(tx, stored)? {
            Some(programme) => terms_for(tx, stored, customer_id, &programme)?,
            None => return Ok(()),
        },
    };
    let mut ledger = match ledger {
        Some(ledger) => ledger,
        None => open_ledger(tx, now, customer_id, Some(after.id))?,
    };
    let due = if after.status == OrderStatus::Refunded { 0 } else { terms.points(&after.lines) };
    let new = PointEntry {
        source: PointSource::Order,
        order_id: Some(after.id),
        expires_after_days: programme::current(tx)?.draft.expires_after_days,
        terms: Some(terms).filter(|terms| known.as_ref() != Some(terms)),
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

/// The programme under which an order that has earned nothing yet earns now: when it is paid, or found to have come to more, or to be its customer's. It is the
/// one that held when the order was paid; none where that gave nothing.
fn earned_under(tx: &mut DbConnection, stored: &Stored<'_>) -> Result<Option<PointsProgramme>, Error> {
    let Stored { before, after, .. } = *stored;
    let left = |order: &Order| order.amounts.subtotal.saturating_sub(order.amounts.refunded_total);
    let is_anew = |before: &Order| before.details.customer_id != after.details.customer_id || left(after) > left(before);
    let programme = match before.filter(|before| is_sold(before)) {
        _ if after.status == OrderStatus::Refunded => None,
        None => Some(programme::current(tx)?),
        Some(before) if is_anew(before) => programme_of(tx, after)?,
        Some(_) => None,
    };
    Ok(programme.filter(|programme| programme.draft.enabled && after.placed_at >= programme.starts_at))
}

/// The programme that held when an order was paid; none of one that a ledger brought in, which may be out of another system's books.
fn programme_of(tx: &mut DbConnection, order: &Order) -> Result<Option<PointsProgramme>, Error> {
    let history = events::list(tx, order.owner(), order.id)?;
    if history.iter().any(|event| event.kind == OrderEventKind::Imported) {
        return Ok(None);
    }
    let paid_at = history.iter().find(|event| event.to.is_paid()).map(|event| event.at);
    paid_at.map_or(Ok(None), |at| programme::find_at(tx, at))
}

/// The same terms for goods that were not on the order when it was paid: what the programme of then adds for their categories.
fn with_new_goods(tx: &mut DbConnection, mut terms: EarningTerms, order: &Order) -> Result<EarningTerms, Error> {
    let is_new = |line: &&OrderLine| !terms.bonuses.iter().any(|bonus| bonus.product_id == line.product_id);
    let new: Vec<&OrderLine> = order.lines.iter().filter(is_new).collect();
    // Where the programme has bonuses, each product is named: those without one too.
    if terms.bonuses.is_empty() || new.is_empty() {
        return Ok(terms);
    }
    if let Some(programme) = programme_of(tx, order)? {
        terms.bonuses.extend(bonuses(tx, &programme, new)?);
    }
    Ok(terms)
}

/// The terms of a programme for an order of this customer, with the card that they have now.
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
        bonuses: bonuses(tx, programme, stored.after.lines.iter())?,
    })
}

/// What the goods on `lines` earn more, also those that earn nothing more; nothing at all where the programme has no bonuses.
fn bonuses<'a>(
    tx: &mut DbConnection,
    programme: &PointsProgramme,
    lines: impl IntoIterator<Item = &'a OrderLine>,
) -> Result<Vec<ProductBonus>, Error> {
    if programme.draft.category_bonuses.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids: Vec<Id<Product>> = lines.into_iter().map(|line| line.product_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let goods = products::find_many(tx, &ids)?;
    let tree = categories::ancestry(tx, goods.iter().filter_map(|product| product.draft.category_id))?;
    let bonus = |product: &Product| {
        let percent = product.draft.category_id.map_or(0, |category| programme.bonus_percent(category, &tree));
        ProductBonus { product_id: product.id, percent }
    };
    Ok(goods.iter().map(bonus).collect())
}
