//! What order lines take from the catalogue.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::products},
    domain::{catalogue::Product, ids::Id},
    on,
};

/// What a line takes from its product.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = products)]
pub struct Goods {
    /// The product.
    pub id: Id<Product>,
    /// Its stock-keeping unit.
    pub sku: String,
    /// What it is called.
    pub title: String,
    /// What a piece costs in minor units, where that is fixed.
    pub price: Option<i64>,
}

/// The products that have one of `ids` or one of `skus`.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, ids: &[Id<Product>], skus: &[&str]) -> DbResult<Vec<Goods>> {
    let mut found: Vec<Goods> = Vec::with_capacity(ids.len() + skus.len());
    if !ids.is_empty() {
        found.extend(on!(&mut *conn, c => products::table.filter(products::id.eq_any(ids)).select(Goods::as_select()).load(c))?);
    }
    if !skus.is_empty() {
        found.extend(on!(conn, c => products::table.filter(products::sku.eq_any(skus)).select(Goods::as_select()).load(c))?);
    }
    Ok(found)
}
