//! Products.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::products, sql_types::Json},
    domain::{
        attributes::Attributes,
        catalogue::{Category, Product, ProductDraft, ProductStatus, ProductUser},
        external_refs::ExternalRef,
        ids::Id,
        instants::Instant,
        money::Currency,
    },
    on, on_locked,
};

mod list;

pub use list::list;

/// Values of one statement: keeps their number far below what the databases take.
const CHUNK: usize = 10_000;
/// Rows of one insert: 15 columns a row stay below the 32,766 values that a statement can carry.
const ROW_CHUNK: usize = 1000;

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = products, treat_none_as_default_value = false, treat_none_as_null = true)]
struct ProductRow {
    id: Id<Product>,
    sku: String,
    title: String,
    category_id: Option<Id<Category>>,
    price: Option<i64>,
    currency: Currency,
    default_user: Option<ProductUser>,
    isbn: Option<String>,
    barcode: Option<String>,
    attributes: Json<Attributes>,
    status: ProductStatus,
    external_refs: Json<Vec<ExternalRef>>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<ProductRow> for Product {
    fn from(row: ProductRow) -> Self {
        Self {
            id: row.id,
            draft: ProductDraft {
                sku: row.sku,
                title: row.title,
                category_id: row.category_id,
                price: row.price,
                currency: Some(row.currency),
                default_user: row.default_user,
                isbn: row.isbn,
                barcode: row.barcode,
                attributes: row.attributes.0,
                status: row.status,
                external_refs: row.external_refs.0,
            },
            currency: row.currency,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<&Product> for ProductRow {
    fn from(product: &Product) -> Self {
        let draft = product.draft.clone();
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
            attributes: Json(draft.attributes),
            status: draft.status,
            external_refs: Json(draft.external_refs),
            version: product.version,
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}

/// A product.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<Product>) -> DbResult<Option<Product>> {
    let row: Option<ProductRow> = on!(conn, c => products::table.find(id).select(ProductRow::as_select()).first(c).optional())?;
    Ok(row.map(Into::into))
}

/// A product whose row stays locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, id: Id<Product>) -> DbResult<Option<Product>> {
    let row: Option<ProductRow> = on_locked!(conn, c, products::table.find(id).select(ProductRow::as_select()) => first).optional()?;
    Ok(row.map(Into::into))
}

/// Those of `ids` that are products.
///
/// # Errors
/// The database's.
pub fn find_many(conn: &mut DbConnection, ids: &[Id<Product>]) -> DbResult<Vec<Product>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(CHUNK) {
        let query = products::table.filter(products::id.eq_any(ids));
        let rows: Vec<ProductRow> = on!(&mut *conn, c => query.select(ProductRow::as_select()).load(c))?;
        found.extend(rows.into_iter().map(Product::from));
    }
    Ok(found)
}

/// The products that have one of `skus`.
///
/// # Errors
/// The database's.
pub fn find_by_skus(conn: &mut DbConnection, skus: &[&str]) -> DbResult<Vec<Product>> {
    let mut found = Vec::with_capacity(skus.len());
    for skus in skus.chunks(CHUNK) {
        let query = products::table.filter(products::sku.eq_any(skus));
        let rows: Vec<ProductRow> = on!(&mut *conn, c => query.select(ProductRow::as_select()).load(c))?;
        found.extend(rows.into_iter().map(Product::from));
    }
    Ok(found)
}

/// Stores new products.
///
/// # Errors
/// The database's: the unique constraint `products_sku_key` when a SKU is taken.
pub fn insert(conn: &mut DbConnection, new: &[Product]) -> DbResult<()> {
    for chunk in new.chunks(ROW_CHUNK) {
        let rows: Vec<ProductRow> = chunk.iter().map(ProductRow::from).collect();
        on!(&mut *conn, c => diesel::insert_into(products::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Stores new products, leaving out those whose SKU is taken; answers how many were stored.
///
/// # Errors
/// The database's.
pub fn insert_missing(conn: &mut DbConnection, new: &[Product]) -> DbResult<usize> {
    let mut stored = 0;
    for chunk in new.chunks(ROW_CHUNK) {
        let rows: Vec<ProductRow> = chunk.iter().map(ProductRow::from).collect();
        stored += on!(&mut *conn, c => diesel::insert_into(products::table).values(&rows).on_conflict_do_nothing().execute(c))?;
    }
    Ok(stored)
}

/// Stores a product that was there before.
///
/// # Errors
/// The database's: the unique constraint `products_sku_key` when the SKU is taken.
pub fn update(conn: &mut DbConnection, product: &Product) -> DbResult<()> {
    let row = ProductRow::from(product);
    on!(conn, c => diesel::update(products::table.find(product.id)).set(&row).execute(c))?;
    Ok(())
}

/// Stores the titles and categories of products that were there before.
///
/// # Errors
/// The database's.
pub fn update_descriptions(conn: &mut DbConnection, changed: &[Product]) -> DbResult<()> {
    use diesel::upsert::excluded;
    for chunk in changed.chunks(ROW_CHUNK) {
        let rows: Vec<ProductRow> = chunk.iter().map(ProductRow::from).collect();
        let changes = (
            products::title.eq(excluded(products::title)),
            products::category_id.eq(excluded(products::category_id)),
            products::version.eq(excluded(products::version)),
            products::updated_at.eq(excluded(products::updated_at)),
        );
        on!(&mut *conn, c => diesel::insert_into(products::table).values(&rows).on_conflict(products::id).do_update().set(changes).execute(c))?;
    }
    Ok(())
}
