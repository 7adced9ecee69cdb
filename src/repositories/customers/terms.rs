//! What customers are found by.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::customer_terms},
    domain::{customers::Customer, ids::Id},
    insert_many, on,
};

#[derive(Debug, Insertable)]
#[diesel(table_name = customer_terms, treat_none_as_default_value = false)]
struct TermRow {
    customer_id: Id<Customer>,
    term: String,
}

/// Adds terms, each with its customer, who has none of them yet.
///
/// # Errors
/// The database's.
pub fn insert_new(conn: &mut DbConnection, terms: Vec<(Id<Customer>, String)>) -> DbResult<()> {
    let rows: Vec<TermRow> = terms.into_iter().map(|(customer_id, term)| TermRow { customer_id, term }).collect();
    Ok(insert_many!(conn, customer_terms::table, &rows)?)
}

/// Adds terms, each with its customer.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, terms: &[(Id<Customer>, String)]) -> DbResult<()> {
    for chunk in terms.chunks(5000) {
        let rows: Vec<_> =
            chunk.iter().map(|(customer_id, term)| (customer_terms::customer_id.eq(*customer_id), customer_terms::term.eq(term))).collect();
        on!(&mut *conn, c => diesel::insert_into(customer_terms::table).values(&rows).on_conflict_do_nothing().execute(c))?;
    }
    Ok(())
}

/// The terms of a customer.
///
/// # Errors
/// The database's.
pub fn of_customer(conn: &mut DbConnection, customer_id: Id<Customer>) -> DbResult<Vec<String>> {
    let query = customer_terms::table.select(customer_terms::term).filter(customer_terms::customer_id.eq(customer_id));
    Ok(on!(conn, c => query.order(customer_terms::term).load(c))?)
}

/// Takes terms of a customer away.
///
/// # Errors
/// The database's.
pub fn delete(conn: &mut DbConnection, customer_id: Id<Customer>, terms: &[String]) -> DbResult<()> {
    let gone = customer_terms::table.filter(customer_terms::customer_id.eq(customer_id).and(customer_terms::term.eq_any(terms)));
    on!(conn, c => diesel::delete(gone).execute(c))?;
    Ok(())
}
