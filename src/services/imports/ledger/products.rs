//! The products of a batch: found by SKU, else made.

use std::collections::HashMap;

use super::{Batch, BatchOutcome, KnownProduct, plan::PlannedOrder};
use crate::{
    db::DbConnection,
    domain::{
        attributes::Attributes,
        catalogue::{Category, Product, ProductDraft, ProductStatus},
        ids::Id,
        instants::Instant,
        ledger::LedgerOptions,
    },
    error::{Code, Error},
    repositories::products as repository,
};

/// The ids of products by SKU.
pub(super) type ProductIds<'a> = HashMap<&'a str, Id<Product>>;

/// What a ledger says of a product: of each value the first that a row gives.
#[derive(Debug, Default, Clone, Copy)]
struct Goods<'a> {
    title: Option<&'a str>,
    category_id: Option<Id<Category>>,
}

impl Goods<'_> {
    const fn adds_to(&self, known: &KnownProduct) -> bool {
        (self.title.is_some() && !known.has_title) || (self.category_id.is_some() && !known.has_category)
    }
}

/// Makes the products that are missing and gives those that are there the title and category that they lack; answers all of them.
pub(super) fn settle<'a>(
    tx: &mut DbConnection,
    batch: Batch<'_>,
    planned: &'a [PlannedOrder<'_>],
    outcome: &mut BatchOutcome,
) -> Result<ProductIds<'a>, Error> {
    let Batch { now, options, known } = batch;
    let mut ids = ProductIds::new();
    // In the order of the rows, so that new ids rise with their first sale.
    let mut wanted: Vec<(&'a str, Goods<'a>)> = Vec::new();
    let mut places: HashMap<&'a str, usize> = HashMap::new();
    for row in planned.iter().flat_map(|order| &order.rows) {
        let sku = row.sku();
        // A file without titles has the SKU in their place.
        let title = Some(row.title()).filter(|title| *title != sku);
        let category_id = row.category().and_then(|path| known.categories.get(path)).map(|category| category.id);
        let goods = Goods { title, category_id };
        if let Some(product) = known.products.get(sku).filter(|product| !goods.adds_to(product)) {
            ids.insert(sku, product.id);
            continue;
        }
        let place = *places.entry(sku).or_insert_with(|| {
            wanted.push((sku, Goods::default()));
            wanted.len() - 1
        });
        if let Some((_, heard)) = wanted.get_mut(place) {
            heard.title = heard.title.or(title);
            heard.category_id = heard.category_id.or(category_id);
        }
    }

    let skus: Vec<&str> = wanted.iter().map(|(sku, _)| *sku).collect();
    let mut found: HashMap<String, Product> =
        repository::find_by_skus(tx, &skus)?.into_iter().map(|product| (product.draft.sku.clone(), product)).collect();
    let (mut new, mut changed, mut changed_category) = (Vec::new(), Vec::new(), false);
    for (sku, goods) in wanted {
        let is_counted = !known.products.contains_key(sku);
        let product = match found.remove(sku) {
            None => {
                let product = make(now, options, sku, &goods);
                new.push(product.clone());
                product
            }
            Some(before) if goods.adds_to(&known_of(&before)) => {
                changed_category |= goods.category_id.is_some() && before.draft.category_id.is_none();
                let after = add_to(now, before, &goods);
                changed.push(after.clone());
                outcome.counts.products.updated += u64::from(is_counted);
                after
            }
            Some(product) => {
                outcome.counts.products.unchanged += u64::from(is_counted);
                product
            }
        };
        ids.insert(sku, product.id);
        outcome.learned.products.push((sku.into(), known_of(&product)));
    }
    outcome.counts.products.created += u64::try_from(new.len()).unwrap_or(0);
    if repository::insert_missing(tx, &new)? < new.len() {
        return Err(Error::new(Code::Conflict, "Another request has just stored a product of the ledger."));
    }
    repository::update_descriptions(tx, &changed)?;
    // A title is worth nothing; a category says of what value class the goods are.
    outcome.revalues |= changed_category;
    Ok(ids)
}

fn known_of(product: &Product) -> KnownProduct {
    KnownProduct { id: product.id, has_title: product.draft.title != product.draft.sku, has_category: product.draft.category_id.is_some() }
}

/// A new product. What was paid for it is in the orders; a list price is not known.
fn make(now: Instant, options: &LedgerOptions, sku: &str, goods: &Goods<'_>) -> Product {
    let currency = options.currency();
    let draft = ProductDraft {
        sku: sku.to_owned(),
        title: goods.title.unwrap_or(sku).to_owned(),
        category_id: goods.category_id,
        price: None,
        currency: Some(currency),
        default_user: None,
        isbn: None,
        barcode: None,
        attributes: Attributes::default(),
        status: ProductStatus::Active,
        external_refs: Vec::new(),
    };
    Product { id: Id::generate(), draft, currency, version: 1, created_at: now, updated_at: now }
}

fn add_to(now: Instant, before: Product, goods: &Goods<'_>) -> Product {
    let known = known_of(&before);
    let Product { mut draft, version, .. } = before;
    if let Some(title) = goods.title.filter(|_| !known.has_title) {
        title.clone_into(&mut draft.title);
    }
    draft.category_id = draft.category_id.or(goods.category_id);
    Product { draft, version: version + 1, updated_at: now, ..before }
}
