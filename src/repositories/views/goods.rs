//! What scoring needs to know of everything that is sold. It changes rarely, and is asked for with every line: so it is kept in memory, and a revision
//! in the database tells when that is no longer right.

use std::collections::HashMap;

use diesel::{connection::DefaultLoadingMode, prelude::*};

use crate::{
    db::{
        DbConnection, DbResult,
        schema::{categories, products, settings},
    },
    domain::{
        catalogue::{Goods, Product, ProductUser, ValueClass},
        ids::Id,
    },
    on,
};

/// Where the revision stands; [`super::purchases`] reads it beside a customer's lines.
const REVISION: &str = "goods_revision";

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

/// The goods of these products, and the revision that they are of.
///
/// # Errors
/// The database's.
pub fn find_many(conn: &mut DbConnection, ids: &[Id<Product>]) -> DbResult<(Option<String>, GoodsById)> {
    let revision = settings::table.find(REVISION).select(settings::value).single_value();
    let mut found = GoodsById::with_capacity(ids.len());
    let mut read = None;
    for some in ids.chunks(2_000) {
        let chosen = all_goods!()
            .filter(products::id.eq_any(some))
            .select(((products::id, products::default_user, categories::effective_value_class.nullable()), revision));
        let rows: Vec<(Columns, Option<String>)> = on!(&mut *conn, c => chosen.load(c))?;
        let revision = rows.first().and_then(|(_, revision)| revision.clone());
        if !found.is_empty() && revision != read {
            // Something has changed between two statements: what was read is of no one moment.
            return find_many(conn, ids);
        }
        read = revision;
        found.extend(rows.into_iter().map(|(columns, _)| goods(columns)));
    }
    Ok((read, found))
}

/// Notes that goods which were sold before are others now.
///
/// # Errors
/// The database's.
pub fn set_revision(conn: &mut DbConnection, revision: &str) -> DbResult<()> {
    let row = (settings::key.eq(REVISION), settings::value.eq(revision));
    on!(conn, c => diesel::insert_into(settings::table)
        .values(row).on_conflict(settings::key).do_update().set(settings::value.eq(revision)).execute(c))?;
    Ok(())
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
