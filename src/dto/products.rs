//! Products on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        attributes::Attributes,
        catalogue::{Category, Product, ProductSearch, ProductSort, ProductStatus, ProductUser, product_codes::without_hyphens},
        external_refs::ExternalRef,
        ids::Id,
        instants::Instant,
        money::Currency,
        texts,
    },
    list_params,
};

list_params! {
    /// Which products.
    ListProducts sorted by ProductSort = NewestFirst {
        /// Is in this category itself, not in one below it.
        #[param(value_type = Option<Uuid>)] category_id: Id<Category>,
        /// Can be sold or not.
        #[param(inline)] status: ProductStatus,
        /// Has exactly this SKU.
        #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
        #[param(min_length = 1, max_length = 100, pattern = "plain")] sku: String,
        /// Has a SKU that begins so, letter by letter.
        #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
        #[param(min_length = 1, max_length = 100, pattern = "plain")] sku_prefix: String,
        /// Has exactly this barcode.
        #[validate(length(min = 1, max = 20), custom(function = "texts::plain"))]
        #[param(min_length = 1, max_length = 20, pattern = "plain")] barcode: String,
        /// Has exactly this ISBN, with or without hyphens.
        #[validate(length(min = 1, max = 20), custom(function = "texts::plain"))]
        #[param(min_length = 1, max_length = 20, pattern = "plain")] isbn: String,
        /// Changed at or after this instant.
        #[param(value_type = Option<String>, format = DateTime)] updated_since: Instant,
    }
}

impl From<ListProducts> for ProductSearch {
    fn from(params: ListProducts) -> Self {
        let ListProducts { category_id, status, sku, sku_prefix, barcode, isbn, updated_since, limit: _, cursor: _, sort: _, include: _ } =
            params;
        Self { category_id, status, sku, sku_prefix, barcode, isbn: isbn.as_deref().map(without_hyphens), updated_since }
    }
}

/// A product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Product, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "sku": "BK-0001", "title": "红楼梦", "category_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a76", "price": 5970,
    "currency": "CNY", "default_user": "self", "isbn": "9787020002207", "barcode": null, "attributes": {"binding": "paperback"}, "status": "active",
    "external_refs": [{"system": "erp", "id": "P-1001"}], "version": 1, "created_at": "2026-06-30T08:15:00Z", "updated_at": "2026-06-30T08:15:00Z"
}))]
pub struct ProductView {
    /// The product's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Product>,
    /// The shop's own number for it.
    pub sku: String,
    /// What it is called.
    pub title: String,
    /// Its category.
    #[schema(value_type = Option<Uuid>, required)]
    pub category_id: Option<Id<Category>>,
    /// The list price in minor units.
    #[schema(required, minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub price: Option<i64>,
    /// The price's currency.
    pub currency: Currency,
    /// Who uses such goods, where an order does not say.
    #[schema(required)]
    pub default_user: Option<ProductUser>,
    /// ISBN-10 or ISBN-13 without hyphens.
    #[schema(required)]
    pub isbn: Option<String>,
    /// EAN-8, UPC-A, EAN-13 or GTIN-14.
    #[schema(required)]
    pub barcode: Option<String>,
    /// Whatever else the shop keeps.
    #[schema(value_type = Object)]
    pub attributes: Attributes,
    /// Whether it can be sold.
    pub status: ProductStatus,
    /// What other systems call this product.
    pub external_refs: Vec<ExternalRef>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<Product> for ProductView {
    fn from(product: Product) -> Self {
        let draft = product.draft;
        Self {
            id: product.id,
            sku: draft.sku,
            title: draft.title,
            category_id: draft.category_id,
            price: draft.price,
            currency: product.currency,
            default_user: draft.default_user,
            isbn: draft.isbn,
            barcode: draft.barcode,
            attributes: draft.attributes,
            status: draft.status,
            external_refs: draft.external_refs,
            version: product.version,
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}
