//! The shop's trade as a ledger file: one row per order line, in the columns that the ledger import knows.

use std::{io::Write, ops::Range};

use serde::Serialize;

use super::{DemoCustomer, DemoLine, DemoOrder, DemoShop, seasons::DAYS};
use crate::domain::{
    catalogue::{ProductUser, ValueClass},
    customers::{CardKind, RelationKind},
    instants::Instant,
    orders::{OrderChannel, OrderType},
};

/// A row of the ledger; the columns stand in this order.
#[derive(Debug, Serialize)]
struct LedgerRow {
    customer_ref: String,
    card_kind: Option<CardKind>,
    order_ref: String,
    placed_at: Instant,
    store: Option<&'static str>,
    channel: OrderChannel,
    sku: String,
    title: String,
    category: String,
    value_class: ValueClass,
    quantity: i64,
    line_total: String,
    used_by: Option<ProductUser>,
    customer_name: String,
    email: Option<String>,
    phone: Option<String>,
}

/// What a ledger holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LedgerSize {
    /// Data rows, without the header.
    pub rows: u64,
}

/// Writes the shop's trade to `to` as CSV (UTF-8, comma, header row), so that an import of it gives every customer the same value as
/// the shop itself.
///
/// - Sales that took place (paid and neither cancelled nor wholly refunded) and returns; customers without any are not in it.
/// - `line_total` is in yuan with two decimals, after discounts and refunds. Returned goods have a negative quantity and total.
/// - `category` and `value_class` are the product's category and the class that counts for it, inherited or not.
/// - `used_by` is who uses the goods as far as line, beneficiary or product tell; the card is the import's to look at.
/// - Anonymous sales have neither customer nor card.
///
/// `slices` is the number of parts that the customers are dealt into, in order of index. The file takes one row of each part in turn, so
/// that an order's rows are about `slices` rows apart; the anonymous sales are one more part where there are several, and the last one
/// otherwise. 0 and 1 write customer after customer. Memory holds one customer of each part.
///
/// # Errors
/// Where `to` can not be written to.
pub fn write_ledger<W: Write>(shop: &DemoShop, slices: u32, to: W) -> csv::Result<LedgerSize> {
    let mut writer = csv::Writer::from_writer(to);
    let mut size = LedgerSize::default();
    let mut parts: Vec<Box<dyn Iterator<Item = LedgerRow> + '_>> = Vec::new();
    for slice in slices_of(shop.customers, slices) {
        parts.push(Box::new(slice.flat_map(|index| customer_rows(shop, index))));
    }
    let till_sales = (0..DAYS).flat_map(|day| super::orders::till_sales_on(shop, day)).flat_map(|order| order_rows(shop, None, &order));
    match parts.pop() {
        Some(only) if parts.is_empty() => parts.push(Box::new(only.chain(till_sales))),
        last => parts.extend(last.into_iter().chain([Box::new(till_sales) as Box<_>])),
    }
    while !parts.is_empty() {
        let mut failed = None;
        parts.retain_mut(|part| {
            let Some(row) = part.next() else { return false };
            size.rows += 1;
            failed = failed.take().or(writer.serialize(row).err());
            true
        });
        if let Some(error) = failed {
            return Err(error);
        }
    }
    writer.flush()?;
    Ok(size)
}

/// The indexes of all customers in `slices` runs of nearly equal length.
fn slices_of(customers: u32, slices: u32) -> impl Iterator<Item = Range<u32>> {
    let slices = slices.clamp(1, customers.max(1));
    let bound = move |slice: u32| u32::try_from(u64::from(customers) * u64::from(slice) / u64::from(slices)).unwrap_or(customers);
    (0..slices).map(move |slice| bound(slice)..bound(slice + 1))
}

fn customer_rows(shop: &DemoShop, index: u32) -> Vec<LedgerRow> {
    let customer = shop.customer(index);
    shop.orders_of(&customer).iter().filter(|order| order.took_place()).flat_map(|order| order_rows(shop, Some(&customer), order)).collect()
}

fn order_rows(shop: &DemoShop, customer: Option<&DemoCustomer>, order: &DemoOrder) -> Vec<LedgerRow> {
    order.lines.iter().filter_map(|line| row(shop, customer, order, line)).collect()
}

fn row(shop: &DemoShop, customer: Option<&DemoCustomer>, order: &DemoOrder, line: &DemoLine) -> Option<LedgerRow> {
    let product = shop.catalogue.products.get(line.product)?;
    let category = shop.catalogue.categories.get(product.category)?;
    let beneficiary = customer.zip(line.beneficiary).and_then(|(customer, position)| customer.relations.get(position));
    let sign = if order.order_type == OrderType::Return { -1 } else { 1 };
    Some(LedgerRow {
        customer_ref: customer.map(|customer| customer.reference.clone()).unwrap_or_default(),
        card_kind: customer.and_then(|customer| customer.card.as_ref()).map(|card| card.kind),
        order_ref: order.reference.clone(),
        placed_at: order.placed_at,
        store: order.store,
        channel: order.channel,
        sku: product.sku.clone(),
        title: product.title.clone(),
        category: category.joined_path(),
        value_class: shop.catalogue.value_class(category),
        quantity: sign * line.quantity,
        line_total: major_units(sign * line.net()),
        used_by: line.used_by.or_else(|| beneficiary.map(|person| user_of(person.kind))).or(product.default_user),
        customer_name: customer.map(|customer| customer.name.clone()).unwrap_or_default(),
        email: customer.and_then(|customer| customer.email.clone()),
        phone: customer.and_then(|customer| customer.phone.clone()),
    })
}

/// Friends and colleagues are given presents.
const fn user_of(relation: RelationKind) -> ProductUser {
    match relation {
        RelationKind::Child => ProductUser::Child,
        RelationKind::Student => ProductUser::Student,
        RelationKind::Senior => ProductUser::Senior,
        RelationKind::Family => ProductUser::Family,
        RelationKind::Friend | RelationKind::Colleague => ProductUser::Gift,
    }
}

fn major_units(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", minor.unsigned_abs() / 100, minor.unsigned_abs() % 100)
}
