//! One word that moves whenever something changes that every live score is read against: the current run, the active model, what is known of goods.
//! So that all of it can be kept in memory, by any number of instances.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::settings},
    on,
};

/// Where it stands among the settings; `views::purchases` names it too.
const KEY: &str = "value_revision";

/// The word; empty before the first change.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection) -> DbResult<String> {
    let stored: Option<String> = on!(conn, c => settings::table.find(KEY).select(settings::value).first(c).optional())?;
    Ok(stored.unwrap_or_default())
}

/// Moves it. Whoever else moves it waits from here to the end of the transaction.
///
/// # Errors
/// The database's.
pub fn set(conn: &mut DbConnection, revision: &str) -> DbResult<()> {
    let row = (settings::key.eq(KEY), settings::value.eq(revision));
    on!(conn, c => diesel::insert_into(settings::table)
        .values(row).on_conflict(settings::key).do_update().set(settings::value.eq(revision)).execute(c))?;
    Ok(())
}
