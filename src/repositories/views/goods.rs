//! What scoring needs to know of everything that is sold. It changes rarely, and is asked for with every line: so it is kept in memory, and
//! [`crate::repositories::value_revision`] tells when that is no longer right.

use std::collections::HashMap;

use diesel::{connection::DefaultLoadingMode, prelude::*};

use crate::{
    db::{
        DbConnection, DbResult,
        schema::{categories, products},
    },
    domain::{
        catalogue::{Goods, Product, ProductUser, ValueClass},
        ids::Id,
    },
    on,
};

type Columns = (Id<Product>, Option<ProductUser>, Option<ValueClass>);

fn goods((id, default_user, value_class): Columns) -> (Id<Product>, Goods) {
    (id, Goods { value_class: value_class.unwrap_or_default(), default_user })
}

/// Goods by product.
pub type GoodsById = HashMap<Id<Product>, Goods>;

/// Written once: a product without category has the everyday class.
macro_rules! all_goods {
    () => {
        products::table.left_join(categories::table)
    };
}

/// The goods of these products.
///
/// # Errors
/// The database's.
pub fn find_many(conn: &mut DbConnection, ids: &[Id<Product>]) -> DbResult<GoodsById> {
    let mut found = GoodsById::with_capacity(ids.len());
    for ids in ids.chunks(2_000) {
        let columns = (products::id, products::default_user, categories::effective_value_class.nullable());
        let chosen = all_goods!().filter(products::id.eq_any(ids)).select(columns);
        let rows: Vec<Columns> = on!(&mut *conn, c => chosen.load(c))?;
        found.extend(rows.into_iter().map(goods));
    }
    Ok(found)
}

/// Everything that is sold, by product: so small beside the lines that it is kept in memory while they are read.
#[derive(Debug)]
pub struct Shelf(GoodsById);

impl Shelf {
    /// Reads it.
    ///
    /// # Errors
    /// The database's.
    pub fn load(conn: &mut DbConnection) -> DbResult<Self> {
        let all = all_goods!().select((products::id, products::default_user, categories::effective_value_class.nullable()));
        let mut shelf = GoodsById::new();
        on!(conn, c => for row in all.load_iter::<Columns, DefaultLoadingMode>(c)? {
            shelf.extend([goods(row?)]);
        });
        Ok(Self(shelf))
    }

    /// What is known of a product; of one that has come since the shelf was read, what any is until it is known better.
    pub fn goods(&self, product: Id<Product>) -> Goods {
        self.0.get(&product).copied().unwrap_or_default()
    }
}
