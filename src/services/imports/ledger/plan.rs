//! From invoices to the orders that they come to, before anything is asked of the database.

use super::{Batch, BatchOutcome, Known};
use crate::{
    domain::{
        instants::Instant,
        ledger::{Column, InvoiceGroup, LedgerRow},
        orders::{MAX_AMOUNT, OrderChannel, OrderType},
    },
    services::orders::AHEAD,
};

/// The longest reference.
const MAX_REF_CHARS: usize = 100;

/// An order as the ledger has it. It has at least one row.
#[derive(Debug)]
pub(super) struct PlannedOrder<'a> {
    /// What the ledger calls it.
    pub reference: String,
    /// Whom the ledger names as the buyer.
    pub customer_ref: Option<&'a str>,
    /// Bought or given back.
    pub r#type: OrderType,
    /// The earliest time that a row gives.
    pub placed_at: Instant,
    /// The first row's channel.
    pub channel: OrderChannel,
    /// The first store that a row names.
    pub store: Option<&'a str>,
    /// The rows in the order of the lines: by `line_no` where given, else as in the file.
    pub rows: Vec<&'a LedgerRow>,
}

/// References that were made for returns of mixed invoices. The rows of a customer come in the order of the invoices' references, so an invoice
/// that has one of these itself comes while all references between still begin like it: what is remembered stays few.
#[derive(Debug, Clone, Default)]
pub(super) struct ReturnRefs {
    customer_ref: Option<String>,
    open: Vec<(String, String)>,
}

impl ReturnRefs {
    /// Forgets what can not come any more.
    fn advance(&mut self, group: &InvoiceGroup) {
        if self.customer_ref != group.customer_ref {
            self.customer_ref.clone_from(&group.customer_ref);
            self.open.clear();
        }
        self.open.retain(|(invoice, _)| group.order_ref.starts_with(invoice.as_str()));
    }

    fn has(&self, reference: &str) -> bool {
        self.open.iter().any(|(_, made)| made == reference)
    }
}

/// The orders of `invoices`. Rows that can not go in are rejected.
pub(super) fn plan<'a>(batch: Batch<'_>, invoices: &'a [InvoiceGroup], outcome: &mut BatchOutcome) -> Vec<PlannedOrder<'a>> {
    let mut orders = Vec::with_capacity(invoices.len());
    let mut return_refs = batch.known.return_refs.clone();
    for group in invoices {
        return_refs.advance(group);
        let is_taken = return_refs.has(&group.order_ref);
        let return_ref = group.return_ref();
        if !group.sale.is_empty() && !group.returns.is_empty() {
            return_refs.open.push((group.order_ref.clone(), return_ref.clone()));
        }
        let parts = [(OrderType::Sale, group.order_ref.clone(), &group.sale), (OrderType::Return, return_ref, &group.returns)];
        for (r#type, reference, rows) in parts {
            let rows = good_rows(batch, &reference, is_taken, rows, outcome);
            orders.extend(order(group.customer_ref.as_deref(), reference, r#type, rows));
        }
    }
    outcome.learned.return_refs = return_refs;
    orders
}

/// The rows that can go in as far as their order alone can tell.
fn good_rows<'a>(
    batch: Batch<'_>,
    reference: &str,
    is_taken: bool,
    rows: &'a [LedgerRow],
    outcome: &mut BatchOutcome,
) -> Vec<&'a LedgerRow> {
    let is_too_long = reference.chars().count() > MAX_REF_CHARS;
    let mut subtotal = 0_i64;
    let mut is_good = |row: &LedgerRow| {
        let fault = if is_taken {
            Some(Fault::of_reference(
                row,
                "order_ref_conflict",
                "is also the reference that the returned goods of another invoice were given".into(),
            ))
        } else if is_too_long {
            let message = format!("must have at most {} characters where goods are given back too", MAX_REF_CHARS - 2);
            Some(Fault::of_reference(row, "too_long", message))
        } else {
            check_time(batch.now, row).or_else(|| check_class(batch.known, row)).or_else(|| add_up(&mut subtotal, row))
        };
        let Some(Fault { column, code, value, message }) = fault else { return true };
        outcome.reject(batch.options.reject(row, column, code, &value, message));
        false
    };
    rows.iter().filter(|row| is_good(row)).collect()
}

/// Why a row stays out.
struct Fault {
    column: Option<Column>,
    code: &'static str,
    value: String,
    message: String,
}

impl Fault {
    fn of_reference(row: &LedgerRow, code: &'static str, message: String) -> Self {
        Self { column: Some(Column::OrderRef), code, value: row.order_ref().to_owned(), message }
    }
}

fn check_time(now: Instant, row: &LedgerRow) -> Option<Fault> {
    let latest = now.checked_add(AHEAD).unwrap_or(now);
    (row.placed_at() > latest).then(|| {
        let message = "must not be more than a day ahead".to_owned();
        Fault { column: Some(Column::PlacedAt), code: "in_future", value: row.placed_at().to_string(), message }
    })
}

fn check_class(known: &Known, row: &LedgerRow) -> Option<Fault> {
    let stated = row.value_class()?;
    let class = known.categories.get(row.category()?)?.value_class?;
    (class != stated).then(|| {
        let message = format!("must be {class}, as the category states already");
        Fault { column: Some(Column::ValueClass), code: "value_class_conflict", value: stated.to_string(), message }
    })
}

fn add_up(subtotal: &mut i64, row: &LedgerRow) -> Option<Fault> {
    let gross = row.quantity().saturating_mul(row.unit_price_minor());
    let sum = subtotal.saturating_add(row.total_minor());
    if gross <= MAX_AMOUNT && sum <= MAX_AMOUNT {
        *subtotal = sum;
        return None;
    }
    let message = format!("an order comes to at most {MAX_AMOUNT} in minor units");
    Some(Fault { column: None, code: "amount_overflow", value: gross.to_string(), message })
}

/// The order of some rows; none without any.
fn order<'a>(
    customer_ref: Option<&'a str>,
    reference: String,
    r#type: OrderType,
    mut rows: Vec<&'a LedgerRow>,
) -> Option<PlannedOrder<'a>> {
    let first = rows.first()?;
    let channel = first.channel();
    let placed_at = rows.iter().map(|row| row.placed_at()).min()?;
    let store = rows.iter().find_map(|row| row.store());
    // A stable sort: rows of one number stay as in the file, and those without a number come last.
    rows.sort_by_key(|row| row.line_no().unwrap_or(i64::MAX));
    Some(PlannedOrder { reference, customer_ref, r#type, placed_at, channel, store, rows })
}
