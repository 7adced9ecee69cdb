//! Taking orders in: new ones, and ones that an ERP sends again.

use std::collections::HashMap;

use super::{Change, check_beneficiaries, check_customer, check_may_tell_of_payments, locked, placed_at_of, store, store_new};
use crate::{
    db::DbConnection,
    domain::{
        catalogue::Product,
        external_refs::ExternalRef,
        field_error::FieldError,
        identifiers::IdentifierKind,
        ids::Id,
        instants::Instant,
        money::Currency,
        orders::{
            AmountFault, MAX_AMOUNT, Order, OrderAmounts, OrderDetails, OrderDraft, OrderEventKind, OrderLine, OrderLineDetails,
            OrderLineDraft, OrderStatus, OrderType, number_of,
        },
        permissions::Actor,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::orders::goods::{self, Goods},
    services::{coupons, upserts},
};

/// Takes a new order in.
///
/// # Errors
/// `already_taken` for a number or reference of another order; `unknown_reference` for a customer, product or beneficiary that is not there;
/// `unsupported_currency`; `amount_overflow`; `invalid` where the order contradicts itself; `permission_denied` when it says that it was paid and the
/// caller's word is no proof of that.
pub fn create_order(tx: &mut DbConnection, actor: &Actor, now: Instant, base: Currency, draft: OrderDraft) -> Result<Order, Error> {
    let (order, discount) = assemble(tx, now, base, draft, None)?;
    if order.status.is_paid() {
        check_may_tell_of_payments(actor)?;
    }
    store_new(tx, actor, now, order, Change::new(OrderEventKind::Created, now).with("coupon_discount", discount))
}

/// Replaces the order that another system calls `reference`, or takes it in. The second half of the answer tells whether it is new.
///
/// What never changes is type, customer (once there is one) and currency; the status can only go on, never back; what was given back for a line stays
/// given back, so the line must stay too.
///
/// # Errors
/// As [`create_order`], and `stale_version`, `invalid_transition`, `conflict` for a line that must stay.
pub fn put_order(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    base: Currency,
    reference: &ExternalRef,
    precondition: &Precondition,
    draft: OrderDraft,
) -> Result<(Order, bool), Error> {
    let create = |tx: &mut DbConnection, draft| create_order(tx, actor, now, base, draft);
    let replace = |tx: &mut DbConnection, id: Id<()>, draft| {
        let before = locked(tx, id.cast(), precondition)?;
        replace_order(tx, actor, now, base, &before, draft)
    };
    upserts::put(tx, IdentifierKind::OrderRef, reference, precondition, draft, create, replace)
}

fn replace_order(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    base: Currency,
    before: &Order,
    draft: OrderDraft,
) -> Result<Order, Error> {
    let (after, _) = assemble(tx, now, base, draft, Some(before))?;
    let is_new = |is: fn(OrderStatus) -> bool| is(after.status) && !is(before.status);
    let is_told_anew = is_new(OrderStatus::is_paid) || is_new(|status| status == OrderStatus::Refunded);
    if is_told_anew || (after.status.is_paid() && !is_paid_for_alike(before, &after)) {
        check_may_tell_of_payments(actor)?;
    }
    store(tx, actor, now, before, after, Change::new(OrderEventKind::Replaced, now))
}

/// Whether what money was received for is the same: the goods, when they were bought, and for how much.
fn is_paid_for_alike(before: &Order, after: &Order) -> bool {
    let goods = |line: &OrderLine| (line.line_no, line.product_id, line.quantity, line.unit_price, line.discount, line.refunded);
    before.placed_at == after.placed_at
        && before.amounts == after.amounts
        && before.lines.iter().map(goods).eq(after.lines.iter().map(goods))
}

/// The order that a draft describes, every check made but whose word it is, and what its coupon took off. What the draft leaves out is as it was `before`.
fn assemble(
    tx: &mut DbConnection,
    now: Instant,
    base: Currency,
    draft: OrderDraft,
    before: Option<&Order>,
) -> Result<(Order, Option<i64>), Error> {
    if draft.currency.is_some_and(|currency| currency != base) {
        return Err(Error::new(Code::UnsupportedCurrency, format!("This shop keeps its amounts in {base}.")).at("/currency"));
    }
    if before.is_some_and(|before| before.r#type != draft.r#type) {
        return Err(Error::invalid_field("/type", "immutable", "can not be changed"));
    }
    let known_customer = before.and_then(|before| before.details.customer_id);
    // Left out is as it was; null would part the order from its customer.
    if known_customer.is_some() && draft.customer_id.is_some_and(|said| said != known_customer) {
        return Err(Error::invalid_field("/customer_id", "immutable", "can not be changed once it is set"));
    }
    let placed_at = placed_at_of(draft.placed_at.or(before.map(|before| before.placed_at)), now)?;
    let customer_id = draft.customer_id.flatten().or(known_customer);
    if known_customer.is_none() {
        check_customer(tx, customer_id)?;
    }
    let beneficiaries = draft.lines.iter().enumerate().filter_map(|(index, line)| Some((index, line.beneficiary_id?)));
    check_beneficiaries(tx, customer_id, beneficiaries.map(|(index, id)| (format!("/lines/{index}/beneficiary_id"), id)))?;

    let from = before.map_or_else(OrderStatus::default, |before| before.status);
    let status = draft.status.unwrap_or(from);
    if before.is_some() {
        from.catch_up_to(status)?;
    }
    let lines = lines_of(tx, &draft.lines, before)?;
    // Before its coupon, which is only redeemed for what holds without it.
    let amounts = OrderAmounts::of(&lines, draft.shipping_fee).map_err(amount_error)?;
    let id = before.map_or_else(Id::generate, |before| before.id);
    let number = draft.number.or_else(|| before.map(|before| before.number.clone())).unwrap_or_else(|| number_of(id, placed_at));
    let mut order = Order {
        id,
        number,
        r#type: draft.r#type,
        details: OrderDetails {
            customer_id,
            channel: draft.channel,
            store: draft.store,
            campaign_id: draft.campaign_id,
            coupon_code: draft.coupon_code,
            external_refs: draft.external_refs,
        },
        status,
        currency: base,
        placed_at,
        amounts,
        lines,
        version: before.map_or(1, |before| before.version),
        created_at: before.map_or(now, |before| before.created_at),
        updated_at: now,
    };
    let discount = coupons::orders::price(tx, now, before, &mut order)?;
    for (line, drafted) in order.lines.iter_mut().zip(&draft.lines) {
        if status == OrderStatus::Refunded && drafted.refunded.is_none() {
            line.refunded = line.net();
        }
    }
    order.amounts = OrderAmounts::of(&order.lines, draft.shipping_fee).map_err(amount_error)?;
    check_refunds(order.r#type, status, &order.lines, &order.amounts)?;
    if let Some(before) = before {
        check_kept_refunds(before, &order.lines)?;
    }
    Ok((order, discount))
}

/// The lines of a basket, which is no order yet.
///
/// # Errors
/// `unknown_reference`, `amount_overflow`, `invalid`, as for the lines of an order.
pub fn basket(tx: &mut DbConnection, drafts: &[OrderLineDraft]) -> Result<Vec<OrderLine>, Error> {
    let lines = lines_of(tx, drafts, None)?;
    OrderAmounts::of(&lines, 0).map_err(amount_error)?;
    Ok(lines)
}

/// The lines with what the catalogue knows of their products.
fn lines_of(tx: &mut DbConnection, drafts: &[OrderLineDraft], before: Option<&Order>) -> Result<Vec<OrderLine>, Error> {
    let ids: Vec<Id<Product>> = drafts.iter().filter_map(|draft| draft.product_id).collect();
    let skus: Vec<&str> = drafts.iter().filter_map(|draft| draft.sku.as_deref()).collect();
    let found = goods::find(tx, &ids, &skus)?;
    let by_id: HashMap<Id<Product>, &Goods> = found.iter().map(|goods| (goods.id, goods)).collect();
    let by_sku: HashMap<&str, &Goods> = found.iter().map(|goods| (goods.sku.as_str(), goods)).collect();

    let (mut lines, mut unknown, mut unpriced) = (Vec::with_capacity(drafts.len()), Vec::new(), Vec::new());
    for (index, (draft, line_no)) in drafts.iter().zip(1..).enumerate() {
        let named = match (&draft.product_id, &draft.sku) {
            (Some(id), _) => (by_id.get(id), "product_id"),
            (None, Some(sku)) => (by_sku.get(sku.as_str()), "sku"),
            (None, None) => (None, "sku"),
        };
        let (Some(goods), _) = named else {
            unknown.push(format!("/lines/{index}/{}", named.1));
            continue;
        };
        let earlier = before.and_then(|before| before.lines.iter().find(|line| line.line_no == line_no));
        // What the catalogue says of a product by now is not what it said when it was bought.
        let as_bought = earlier.filter(|line| line.product_id == goods.id);
        let Some(unit_price) = draft.unit_price.or(as_bought.map(|line| line.unit_price)).or(goods.price) else {
            unpriced.push(FieldError::new(format!("/lines/{index}/unit_price"), "required", "must be given: the product has no price"));
            continue;
        };
        lines.push(OrderLine {
            line_no,
            product_id: goods.id,
            sku: as_bought.map_or_else(|| goods.sku.clone(), |line| line.sku.clone()),
            title: draft.title.clone().or_else(|| as_bought.map(|line| line.title.clone())).unwrap_or_else(|| goods.title.clone()),
            quantity: draft.quantity,
            unit_price,
            discount: draft.discount,
            refunded: draft.refunded.or(earlier.map(|earlier| earlier.refunded)).unwrap_or(0),
            details: OrderLineDetails { used_by: draft.used_by, beneficiary_id: draft.beneficiary_id, need: draft.need },
        });
    }
    Error::all_at(Code::UnknownReference, "There is no such product.", unknown)?;
    if unpriced.is_empty() { Ok(lines) } else { Err(Error::invalid(unpriced)) }
}

fn amount_error(fault: AmountFault) -> Error {
    let too_large = || Error::new(Code::AmountOverflow, format!("An order comes to at most {MAX_AMOUNT} in minor units."));
    match fault {
        AmountFault::TooLarge { line } => too_large().at(format!("/lines/{line}")),
        AmountFault::ShippingFee => too_large().at("/shipping_fee"),
        AmountFault::Discount { line, most } => Error::invalid_field(
            format!("/lines/{line}/discount"),
            "range",
            format!("must be at most quantity × unit_price, which is {most}"),
        ),
        AmountFault::Refunded { line, most } => Error::invalid_field(
            format!("/lines/{line}/refunded"),
            "range",
            format!("must be at most what the line comes to, which is {most}"),
        ),
    }
}

/// What was given back agrees with the status: nothing before anything was paid, everything when it says `refunded`, and then only.
fn check_refunds(order_type: OrderType, status: OrderStatus, lines: &[OrderLine], amounts: &OrderAmounts) -> Result<(), Error> {
    if order_type == OrderType::Return && status == OrderStatus::Refunded {
        return Err(Error::invalid_field("/status", "not_for_returns", "a return gives money back already: it can not be refunded"));
    }
    let at_lines = |code, message, is_at_fault: &dyn Fn(&OrderLine) -> bool| {
        let faults = lines.iter().enumerate().filter(|(_, line)| is_at_fault(line));
        Err(Error::invalid(faults.map(|(index, _)| FieldError::new(format!("/lines/{index}/refunded"), code, message)).collect()))
    };
    let any_refunded = lines.iter().any(|line| line.refunded > 0);
    match status {
        _ if any_refunded && order_type == OrderType::Return => {
            at_lines("not_for_returns", "must be 0: a return gives money back already", &|line| line.refunded > 0)
        }
        OrderStatus::Placed | OrderStatus::Cancelled if any_refunded => {
            at_lines("not_paid", "must be 0: nothing can be given back before the order is paid", &|line| line.refunded > 0)
        }
        OrderStatus::Refunded if lines.iter().any(|line| line.refundable() > 0) => {
            at_lines("not_whole", "must be all that the line comes to: the order's status is refunded", &|line| line.refundable() > 0)
        }
        OrderStatus::Paid | OrderStatus::Fulfilled | OrderStatus::Completed if amounts.is_refunded() => {
            Err(Error::invalid_field("/status", "whole_refund", "must be refunded: everything was given back"))
        }
        _ => Ok(()),
    }
}

/// Money that was given back stays given back, for the goods that it was given back for.
fn check_kept_refunds(before: &Order, lines: &[OrderLine]) -> Result<(), Error> {
    let is_kept = |earlier: &OrderLine| {
        let now = lines.iter().find(|line| line.line_no == earlier.line_no);
        now.is_some_and(|now| now.product_id == earlier.product_id && now.refunded >= earlier.refunded)
    };
    let lost = before.lines.iter().filter(|earlier| earlier.refunded > 0 && !is_kept(earlier));
    let pointers = lost.map(|line| format!("/lines/{}", line.line_no - 1));
    Error::all_at(Code::Conflict, "Money was given back for this line: it must stay, with its product and what was given back.", pointers)
}
