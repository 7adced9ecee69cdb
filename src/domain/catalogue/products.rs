//! Products: what order lines name.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{Category, ProductStatus, ProductUser, product_codes};
use crate::domain::{
    attributes::{self, Attributes},
    external_refs::{self, ExternalRef},
    ids::Id,
    instants::Instant,
    money::Currency,
    paging::SortOrder,
    texts,
};

/// Everything a caller may say about a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "sku": "BK-0001", "title": "红楼梦", "price": 5970, "currency": "CNY", "default_user": "self", "isbn": "9787020002207",
    "attributes": {"binding": "paperback"}, "status": "active", "external_refs": [{"system": "erp", "id": "P-1001"}]
}))]
pub struct ProductDraft {
    /// The shop's own number for the product; unique.
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub sku: String,
    /// What it is called.
    #[validate(length(min = 1, max = 500), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 500, pattern = "plain")]
    pub title: String,
    /// The category, which gives the product its value class; without one it counts as `everyday`.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub category_id: Option<Id<Category>>,
    /// The list price in minor units.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub price: Option<i64>,
    /// The price's currency: the shop's own, which is also meant when it is left out.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Who uses such goods, where an order does not say.
    #[serde(default)]
    pub default_user: Option<ProductUser>,
    /// ISBN-10 or ISBN-13 with a right check digit; hyphens and blanks are taken out.
    #[serde(default, deserialize_with = "product_codes::bare_isbn")]
    #[validate(custom(function = "product_codes::isbn"))]
    #[schema(pattern = "^(97[89][ -]?)?([0-9][ -]?){9}[0-9Xx]$")]
    pub isbn: Option<String>,
    /// EAN-8, UPC-A, EAN-13 or GTIN-14 with a right check digit.
    #[serde(default)]
    #[validate(custom(function = "product_codes::barcode"))]
    #[schema(pattern = "^([0-9]{8}|[0-9]{12,14})$")]
    pub barcode: Option<String>,
    /// Whatever else the shop keeps, at most 16 KiB as JSON.
    #[serde(default)]
    #[validate(custom(function = "attributes::small"))]
    #[schema(value_type = Object)]
    pub attributes: Attributes,
    /// Whether it can be sold.
    #[serde(default)]
    #[schema(default = "active")]
    pub status: ProductStatus,
    /// What other systems call this product.
    #[serde(default)]
    #[validate(nested, length(max = 20), custom(function = "external_refs::distinct"))]
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
}

/// A product as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Product {
    /// The product's id.
    pub id: Id<Product>,
    /// What was said about it.
    pub draft: ProductDraft,
    /// The currency of its price.
    pub currency: Currency,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

text_enum! {
    /// The orders of the list of products.
    ProductSort { CreatedAt = "created_at", NewestFirst = "-created_at", UpdatedAt = "updated_at", LastUpdatedFirst = "-updated_at" }
}

impl SortOrder for ProductSort {}

/// Which products are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductSearch {
    /// Is in this category itself, not in one below it.
    pub category_id: Option<Id<Category>>,
    /// Can be sold or not.
    pub status: Option<ProductStatus>,
    /// Has exactly this number.
    pub sku: Option<String>,
    /// Has a number that begins so.
    pub sku_prefix: Option<String>,
    /// Has this barcode.
    pub barcode: Option<String>,
    /// Has this ISBN.
    pub isbn: Option<String>,
    /// Changed at or after this instant.
    pub updated_since: Option<Instant>,
}
