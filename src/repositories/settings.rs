//! The shop's own facts, by name.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::settings},
    on,
};

/// The value of a fact.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, key: &str) -> DbResult<Option<String>> {
    Ok(on!(conn, c => settings::table.find(key).select(settings::value).first(c).optional())?)
}

/// Stores a fact unless it is known.
///
/// # Errors
/// The database's.
pub fn insert_if_absent(conn: &mut DbConnection, key: &str, value: &str) -> DbResult<()> {
    let row = (settings::key.eq(key), settings::value.eq(value));
    on!(conn, c => diesel::insert_into(settings::table).values(row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}
