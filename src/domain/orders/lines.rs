//! The lines of an order: what, how many, for how much, and for whom.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::PurchaseNeed;
use crate::domain::{
    catalogue::{Product, ProductUser},
    customers::Relation,
    ids::Id,
    texts::{self, fault},
};

/// Everything a caller may say about a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "names_one_product"))]
#[schema(example = json!({"sku": "BK-0001", "quantity": 2, "unit_price": 4500, "discount": 500, "used_by": "student"}))]
pub struct OrderLineDraft {
    /// The product by its id; either this or `sku`.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub product_id: Option<Id<Product>>,
    /// The product by its stock-keeping unit; either this or `product_id`.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub sku: Option<String>,
    /// What it was called when it was sold; when left out the product's title, and as it was for a line that is replaced.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 500, pattern = "plain")]
    pub title: Option<String>,
    /// How many pieces; positive for returns too.
    #[validate(range(min = 1, max = 1_000_000_i64))]
    #[schema(minimum = 1, maximum = 1_000_000_i64)]
    pub quantity: i64,
    /// The price of one piece before discount, in minor units; when left out the product's price, and as it was for a line that is replaced.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub unit_price: Option<i64>,
    /// What was taken off the whole line, in minor units: at most quantity × unit_price.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64, default = 0)]
    pub discount: i64,
    /// What was given back already, in minor units, for histories: at most what the line comes to. When left out: nothing for a new line,
    /// everything when the order's status is `refunded`, and as it was for a line that is replaced.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    pub refunded: Option<i64>,
    /// Who will use the goods, when it is known better than through the beneficiary or the product.
    #[serde(default)]
    pub used_by: Option<ProductUser>,
    /// The person it is bought for: a relation of this order's customer.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub beneficiary_id: Option<Id<Relation>>,
    /// Why it was bought.
    #[serde(default)]
    pub need: Option<PurchaseNeed>,
}

fn names_one_product(draft: &OrderLineDraft) -> Result<(), ValidationError> {
    let mut refused = match (&draft.product_id, &draft.sku) {
        (Some(_), None) | (None, Some(_)) => return Ok(()),
        (None, None) => fault("required", "must name the product by sku or by product_id"),
        (Some(_), Some(_)) => fault("exclusive", "must name the product by sku or by product_id, not by both"),
    };
    refused.add_param("field".into(), &"sku");
    Err(refused)
}

/// What may still be said about a line of an order that stands: everything that moves no money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"used_by": "child", "need": "desire"}))]
pub struct OrderLineDetails {
    /// Who will use the goods.
    #[serde(default)]
    pub used_by: Option<ProductUser>,
    /// The person it is bought for: a relation of this order's customer.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub beneficiary_id: Option<Id<Relation>>,
    /// Why it was bought.
    #[serde(default)]
    pub need: Option<PurchaseNeed>,
}

/// A line as it is kept; amounts in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// Its place in the order, from 1.
    pub line_no: i32,
    /// What was bought.
    pub product_id: Id<Product>,
    /// Its stock-keeping unit when it was bought.
    pub sku: String,
    /// What it was called when it was bought.
    pub title: String,
    /// How many pieces, at least 1.
    pub quantity: i64,
    /// The price of one piece before discount, at least 0.
    pub unit_price: i64,
    /// What was taken off the line: at most quantity × unit price.
    pub discount: i64,
    /// What was given back: at most what the line came to.
    pub refunded: i64,
    /// Who uses the goods and why they were bought.
    pub details: OrderLineDetails,
}
