//! How much there is of everything.

use diesel::{prelude::*, sql_types::BigInt};

use crate::{
    db::{DbConnection, DbResult, expressions::Statement},
    on,
};

/// How many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overview {
    /// Customers.
    pub customers: i64,
    /// Cards.
    pub cards: i64,
    /// Categories.
    pub categories: i64,
    /// Products.
    pub products: i64,
    /// Orders, anonymous ones included.
    pub orders: i64,
    /// Order lines.
    pub lines: i64,
}

/// Counts everything.
///
/// # Errors
/// The database's.
pub fn overview(conn: &mut DbConnection) -> DbResult<Overview> {
    type Counts = (BigInt, BigInt, BigInt, BigInt, BigInt, BigInt);
    let query = Statement::<Counts>::new(
        "SELECT (SELECT COUNT(*) FROM customers), (SELECT COUNT(*) FROM cards), (SELECT COUNT(*) FROM categories), (SELECT COUNT(*) FROM products), \
         (SELECT COUNT(*) FROM orders), (SELECT COUNT(*) FROM order_lines)",
        Vec::new(),
    );
    let (customers, cards, categories, products, orders, lines) = on!(conn, c => query.get_result(c))?;
    Ok(Overview { customers, cards, categories, products, orders, lines })
}
