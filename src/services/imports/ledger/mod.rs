//! A shop's ledger, a batch of invoices at a time: customers, categories, products and orders are found by what the ledger calls them, or made.
//!
//! What holds for every batch:
//!
//! - **The same again changes nothing.** What is there already and stands as the ledger says is not written.
//! - **Orders** follow the ledger: other lines, another date, store or channel make the order anew, with an entry in its history. An order that was
//!   refunded, moved on or edited here since it came in is kept as it is instead: this side knows more.
//! - **Customers and products** are only added to: a name, e-mail, phone, card, title or category that is missing is taken from the ledger, one that is known
//!   stays. An e-mail, phone or card number that another customer has is left out, and told; the purchase counts all the same.
//! - **Categories** take the value class that the ledger states when they state none; a row that contradicts a stated class stays out.
//! - Every query is for a whole batch: their number does not depend on the number of rows.

use std::collections::HashMap;

use crate::{
    db::DbConnection,
    domain::{
        catalogue::{Category, Product, ValueClass},
        ids::Id,
        imports::LedgerSummary,
        instants::Instant,
        ledger::{InvoiceGroup, LedgerOptions, RowReject},
    },
    error::Error,
    services::value_scores,
};

mod categories;
mod customers;
mod orders;
mod plan;
mod products;

pub use categories::{CategoryPaths, ensure_categories};

/// What a run knows of the shop from the batches before.
#[derive(Debug, Default)]
pub struct Known {
    /// Every category of the file, by its path.
    categories: HashMap<Box<str>, KnownCategory>,
    /// Products by SKU.
    products: HashMap<Box<str>, KnownProduct>,
    /// The customer of the last invoice, who may have more.
    last_customer: Option<String>,
    /// References made for the returns of mixed invoices, while invoices that begin like them may still come.
    return_refs: plan::ReturnRefs,
}

/// A category of the file.
#[derive(Debug, Clone, Copy)]
pub struct KnownCategory {
    id: Id<Category>,
    value_class: Option<ValueClass>,
}

/// A product met before, and what is still missing of it.
#[derive(Debug, Clone, Copy)]
struct KnownProduct {
    id: Id<Product>,
    has_title: bool,
    has_category: bool,
}

/// Products that are remembered at most: what a run remembers must stay small. Above it, counts of unchanged products count some twice.
const MAX_PRODUCTS: usize = 400_000;

impl Known {
    /// Adds categories that were ensured.
    pub fn add_categories(&mut self, ensured: Vec<(Box<str>, KnownCategory)>) {
        self.categories.extend(ensured);
    }

    /// Forgets what may have changed under a batch that failed.
    pub fn forget_products(&mut self) {
        self.products.clear();
    }

    /// Takes over what a batch has learned, once it is stored.
    pub fn learn(&mut self, learned: Learned) {
        if self.products.len() + learned.products.len() > MAX_PRODUCTS {
            self.products.clear();
        }
        self.products.extend(learned.products);
        self.last_customer = learned.last_customer;
        self.return_refs = learned.return_refs;
    }
}

/// What a batch adds to [`Known`]: only once its transaction is committed is it true.
#[derive(Debug, Default)]
pub struct Learned {
    products: Vec<(Box<str>, KnownProduct)>,
    last_customer: Option<String>,
    return_refs: plan::ReturnRefs,
}

/// What came of a batch.
#[derive(Debug, Default)]
pub struct BatchOutcome {
    /// Its share of the import's counts.
    pub counts: LedgerSummary,
    /// Rows that stayed out, and values that were left out.
    pub report: Vec<RowReject>,
    /// What the next batch should know.
    pub learned: Learned,
    /// Whether something was learned of goods that were bought before, by which their buyers are worth more or less now.
    revalues: bool,
}

impl BatchOutcome {
    fn reject(&mut self, reject: RowReject) {
        self.counts.rows_rejected += 1;
        self.report.push(reject);
    }

    fn leave_out(&mut self, note: RowReject) {
        self.counts.values_left_out += 1;
        self.report.push(note);
    }
}

/// What the steps of a batch share.
#[derive(Debug, Clone, Copy)]
struct Batch<'a> {
    now: Instant,
    options: &'a LedgerOptions,
    known: &'a Known,
}

/// Brings whole invoices in, which come in import order; every category of theirs must be known.
///
/// # Errors
/// The database's: `conflict` when somebody else has stored something of the same name just now, after which the batch can be tried again.
pub fn import_invoices(
    tx: &mut DbConnection,
    now: Instant,
    options: &LedgerOptions,
    known: &Known,
    invoices: &[InvoiceGroup],
) -> Result<BatchOutcome, Error> {
    let batch = Batch { now, options, known };
    let mut outcome = BatchOutcome::default();
    let planned = plan::plan(batch, invoices, &mut outcome);
    let stored = orders::find_stored(tx, batch, &planned)?;
    let customer_ids = customers::find_ids(tx, batch, &planned)?;
    let planned = orders::without_conflicts(batch, planned, &stored, &customer_ids, &mut outcome);
    let customer_ids = customers::settle(tx, batch, &planned, customer_ids, &mut outcome)?;
    let product_ids = products::settle(tx, batch, &planned, &mut outcome)?;
    orders::settle(tx, batch, &planned, stored, Ids { customers: &customer_ids, products: &product_ids }, &mut outcome)?;
    if outcome.revalues {
        value_scores::note_change(tx)?;
    }
    Ok(outcome)
}

/// What the orders of a batch refer to.
#[derive(Debug, Clone, Copy)]
struct Ids<'a> {
    customers: &'a customers::CustomerIds,
    products: &'a products::ProductIds<'a>,
}
