//! What a coupon takes off certain lines.

use std::collections::{HashMap, HashSet};

use crate::{
    db::DbConnection,
    domain::{
        catalogue::{Category, Product},
        coupons::{CouponBatch, NotApplicable, Quote, QuotedLine, attributed, quote},
        ids::Id,
        orders::OrderLine,
    },
    error::Error,
    repositories::{categories::ancestry, products},
};

/// Which products the coupons of a batch are for.
enum Eligible {
    All,
    These(HashSet<Id<Product>>),
}

impl Eligible {
    fn contains(&self, product: Id<Product>) -> bool {
        match self {
            Self::All => true,
            Self::These(products) => products.contains(&product),
        }
    }
}

fn eligible(tx: &mut DbConnection, batch: &CouponBatch, lines: &[OrderLine]) -> Result<Eligible, Error> {
    let wanted = &batch.draft.category_ids;
    if wanted.is_empty() {
        return Ok(Eligible::All);
    }
    let ids: HashSet<Id<Product>> = lines.iter().map(|line| line.product_id).collect();
    let ids: Vec<Id<Product>> = ids.into_iter().collect();
    let category_of: HashMap<Id<Product>, Id<Category>> = products::find_many(tx, &ids)?
        .into_iter()
        .filter_map(|product| product.draft.category_id.map(|category| (product.id, category)))
        .collect();
    let tree = ancestry(tx, category_of.values().copied())?;
    let is_below = |category: &Id<Category>| tree.chain(*category).iter().any(|node| wanted.contains(&node.id));
    Ok(Eligible::These(category_of.into_iter().filter(|(_, category)| is_below(category)).map(|(product, _)| product).collect()))
}

/// What the coupons of a batch take off lines that come without them.
pub(super) fn quote_lines(
    tx: &mut DbConnection,
    batch: &CouponBatch,
    lines: &[OrderLine],
    is_minimum_held: bool,
) -> Result<Result<Quote, NotApplicable>, Error> {
    let eligible = eligible(tx, batch, lines)?;
    let lines: Vec<QuotedLine> = lines.iter().map(|line| QuotedLine::of(line, eligible.contains(line.product_id))).collect();
    Ok(quote(&batch.draft, &lines, is_minimum_held))
}

/// What of the discounts that lines came with may be put down to a coupon of the batch.
pub(super) fn attributed_to(tx: &mut DbConnection, batch: &CouponBatch, lines: &[OrderLine]) -> Result<i64, Error> {
    let eligible = eligible(tx, batch, lines)?;
    Ok(attributed(&batch.draft, lines, |product| eligible.contains(product)))
}
