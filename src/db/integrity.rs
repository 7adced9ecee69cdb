//! What a database can say of its own soundness.

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};

use super::{DbConnection, DbResult};

#[derive(QueryableByName)]
struct Finding {
    #[diesel(sql_type = Text)]
    finding: String,
}

/// Faults in the file itself and foreign keys that point nowhere; empty when sound. A server looks after its own files and keys.
///
/// # Errors
/// The database's.
pub fn integrity_faults(conn: &mut DbConnection) -> DbResult<Vec<String>> {
    let DbConnection::Sqlite(c) = conn else { return Ok(Vec::new()) };
    let file: Vec<Finding> =
        sql_query("SELECT integrity_check AS finding FROM pragma_integrity_check WHERE integrity_check <> 'ok'").load(c)?;
    let keys: Vec<Finding> = sql_query(
        "SELECT \"table\" || ' refers to a row of ' || parent || ' that is not there' AS finding FROM pragma_foreign_key_check LIMIT 20",
    )
    .load(c)?;
    Ok(file.into_iter().chain(keys).map(|row| row.finding).collect())
}
