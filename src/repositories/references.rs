//! Whether what somebody names is there.

use diesel::prelude::*;

use crate::{
    db::{
        DbConnection, DbResult,
        schema::{campaigns, categories, coupon_batches, customers, products, surveys},
    },
    domain::{
        campaigns::Campaign,
        catalogue::{Category, Product},
        coupons::CouponBatch,
        customers::Customer,
        ids::Id,
        surveys::Survey,
    },
    on,
};

/// Which of `ids` are no rows of `$table`.
macro_rules! unknown {
    ($conn:expr, $ids:expr, $table:ident) => {{
        if $ids.is_empty() {
            return Ok(Vec::new());
        }
        let known: Vec<Id<_>> = on!($conn, c => $table::table.select($table::id).filter($table::id.eq_any($ids)).load(c))?;
        Ok($ids.iter().filter(|id| !known.contains(id)).copied().collect())
    }};
}

/// Which of `ids` are no categories.
///
/// # Errors
/// The database's.
pub fn unknown_categories(conn: &mut DbConnection, ids: &[Id<Category>]) -> DbResult<Vec<Id<Category>>> {
    unknown!(conn, ids, categories)
}

/// Which of `ids` are no customers.
///
/// # Errors
/// The database's.
pub fn unknown_customers(conn: &mut DbConnection, ids: &[Id<Customer>]) -> DbResult<Vec<Id<Customer>>> {
    unknown!(conn, ids, customers)
}

/// Which of `ids` are no products.
///
/// # Errors
/// The database's.
pub fn unknown_products(conn: &mut DbConnection, ids: &[Id<Product>]) -> DbResult<Vec<Id<Product>>> {
    unknown!(conn, ids, products)
}

/// Which of `ids` are no surveys.
///
/// # Errors
/// The database's.
pub fn unknown_surveys(conn: &mut DbConnection, ids: &[Id<Survey>]) -> DbResult<Vec<Id<Survey>>> {
    unknown!(conn, ids, surveys)
}

/// Which of `ids` are no batches of coupons.
///
/// # Errors
/// The database's.
pub fn unknown_coupon_batches(conn: &mut DbConnection, ids: &[Id<CouponBatch>]) -> DbResult<Vec<Id<CouponBatch>>> {
    unknown!(conn, ids, coupon_batches)
}

/// Which of `ids` are no campaigns.
///
/// # Errors
/// The database's.
pub fn unknown_campaigns(conn: &mut DbConnection, ids: &[Id<Campaign>]) -> DbResult<Vec<Id<Campaign>>> {
    unknown!(conn, ids, campaigns)
}
