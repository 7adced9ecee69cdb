//! The schema's history, embedded for both databases.

use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{
    DbConnection, DbError, DbResult,
    transaction::{release_session_lock, take_session_lock},
};

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Brings the database to this program's schema; answers how many migrations ran. Several programs may start at once: one
/// migrates, the others wait for it.
///
/// # Errors
/// The database's.
pub fn migrate(conn: &mut DbConnection) -> DbResult<usize> {
    take_session_lock(conn, "patron migrations")?;
    let outcome = match conn {
        DbConnection::Postgres(c) => c.run_pending_migrations(POSTGRES).map(|done| done.len()),
        DbConnection::Sqlite(c) => c.immediate_transaction(|c| c.run_pending_migrations(SQLITE).map(|done| done.len())),
    };
    release_session_lock(conn, "patron migrations")?;
    outcome.map_err(DbError::Other)
}

/// How many migrations the database lacks to be at this program's schema.
///
/// # Errors
/// The database's.
pub fn pending(conn: &mut DbConnection) -> DbResult<usize> {
    let outcome = match conn {
        DbConnection::Postgres(c) => c.pending_migrations(POSTGRES).map(|missing| missing.len()),
        DbConnection::Sqlite(c) => c.pending_migrations(SQLITE).map(|missing| missing.len()),
    };
    outcome.map_err(DbError::Other)
}

/// Takes every migration back, the newest first: for tests of the way down.
///
/// # Errors
/// The database's.
pub fn revert_all(conn: &mut DbConnection) -> DbResult<usize> {
    let outcome = match conn {
        DbConnection::Postgres(c) => c.revert_all_migrations(POSTGRES).map(|done| done.len()),
        DbConnection::Sqlite(c) => c.revert_all_migrations(SQLITE).map(|done| done.len()),
    };
    outcome.map_err(DbError::Other)
}
