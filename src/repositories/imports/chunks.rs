//! Uploaded files, in pieces.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::import_chunks},
    domain::{ids::Id, imports::Import},
    on,
};

/// Stores the piece number `seq` of a file.
///
/// # Errors
/// The database's: a foreign key when the import is gone.
pub fn insert(conn: &mut DbConnection, import_id: Id<Import>, seq: i64, data: &[u8]) -> DbResult<()> {
    let row = (import_chunks::import_id.eq(import_id), import_chunks::seq.eq(seq), import_chunks::data.eq(data));
    on!(conn, c => diesel::insert_into(import_chunks::table).values(row).execute(c))?;
    Ok(())
}

/// Up to `count` pieces of a file in order, from number `seq` on.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, import_id: Id<Import>, seq: i64, count: i64) -> DbResult<Vec<Vec<u8>>> {
    let own = import_chunks::table.filter(import_chunks::import_id.eq(import_id).and(import_chunks::seq.ge(seq)));
    Ok(on!(conn, c => own.order(import_chunks::seq).limit(count).select(import_chunks::data).load(c))?)
}

/// Forgets up to `count` pieces of a file, from the first on; answers how many there were.
///
/// # Errors
/// The database's.
pub fn delete_first(conn: &mut DbConnection, import_id: Id<Import>, count: i64) -> DbResult<usize> {
    let first = on!(&mut *conn, c => {
        let own = import_chunks::table.filter(import_chunks::import_id.eq(import_id)).select(diesel::dsl::min(import_chunks::seq));
        own.first::<Option<i64>>(c)
    })?;
    let Some(first) = first else { return Ok(0) };
    let own = import_chunks::table.filter(import_chunks::import_id.eq(import_id).and(import_chunks::seq.lt(first.saturating_add(count))));
    Ok(on!(conn, c => diesel::delete(own).execute(c))?)
}
