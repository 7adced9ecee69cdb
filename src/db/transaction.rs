//! Transactions: a write starts with the write lock where there is only one, a read sees one snapshot.

use diesel::{
    Connection, RunQueryDsl,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    sql_types::{BigInt, Bool},
};

use super::{DbConnection, DbError, DbResult};

/// Transactions on either database. `diesel::Connection::transaction` is deferred on SQLite, which fails under concurrent writers.
pub trait Transactional {
    /// Runs `f` in a transaction that may write; commits when it answers `Ok`.
    ///
    /// # Errors
    /// What `f` answers, or the failure to begin or commit.
    fn write_transaction<T, E: From<DbError>>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E>;

    /// Runs `f` on one consistent snapshot, in which writes are refused.
    ///
    /// # Errors
    /// What `f` answers, or the failure to begin.
    fn read_transaction<T, E: From<DbError>>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E>;
}

impl Transactional for DbConnection {
    fn write_transaction<T, E: From<DbError>>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        begin_write(self)?;
        finish(self, f)
    }

    fn read_transaction<T, E: From<DbError>>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        match self {
            Self::Postgres(c) => begin_with(c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
            // The reader's connection has query_only set, see connect.rs.
            Self::Sqlite(c) => begin_with(c, "BEGIN"),
        }?;
        finish(self, f)
    }
}

/// Begins a transaction that may write.
pub(super) fn begin_write(conn: &mut DbConnection) -> DbResult<()> {
    match conn {
        DbConnection::Postgres(c) => begin_with(c, "BEGIN"),
        DbConnection::Sqlite(c) => begin_with(c, "BEGIN IMMEDIATE"),
    }
}

fn begin_with<C>(conn: &mut C, sql: &str) -> DbResult<()>
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
    AnsiTransactionManager: TransactionManager<C>,
{
    Ok(AnsiTransactionManager::begin_transaction_sql(conn, sql)?)
}

/// Commits the innermost transaction or savepoint.
pub(super) fn commit(conn: &mut DbConnection) -> DbResult<()> {
    Ok(<DbConnection as Connection>::TransactionManager::commit_transaction(conn)?)
}

/// Rolls the innermost transaction or savepoint back.
pub(super) fn roll_back(conn: &mut DbConnection) -> DbResult<()> {
    Ok(<DbConnection as Connection>::TransactionManager::rollback_transaction(conn)?)
}

fn finish<T, E: From<DbError>>(conn: &mut DbConnection, f: impl FnOnce(&mut DbConnection) -> Result<T, E>) -> Result<T, E> {
    match f(conn) {
        Ok(value) => {
            commit(conn)?;
            Ok(value)
        }
        Err(error) => {
            // The first failure is the one worth telling; a connection that can not roll back is dropped by its owner.
            if let Err(second) = roll_back(conn) {
                tracing::warn!(error = %second, "rolling back failed");
            }
            Err(error)
        }
    }
}

/// Runs `f` in a savepoint of the running transaction: when it fails, only its own changes are undone.
///
/// # Errors
/// What `f` answers, or the failure to set the savepoint.
pub fn in_savepoint<T, E: From<DbError>>(conn: &mut DbConnection, f: impl FnOnce(&mut DbConnection) -> Result<T, E>) -> Result<T, E> {
    <DbConnection as Connection>::TransactionManager::begin_transaction(conn).map_err(DbError::from)?;
    finish(conn, f)
}

/// Takes a lock on `name` that lasts until the transaction ends; `false` when another transaction holds it.
///
/// # Errors
/// The database's.
pub fn try_lock(conn: &mut DbConnection, name: &str) -> DbResult<bool> {
    match conn {
        DbConnection::Postgres(c) => {
            Ok(diesel::select(diesel::dsl::sql::<Bool>("pg_try_advisory_xact_lock(").bind::<BigInt, _>(lock_number(name)).sql(")"))
                .get_result(c)?)
        }
        // A write transaction is alone already.
        DbConnection::Sqlite(_) => Ok(true),
    }
}

/// Waits for the lock on `name`, which lasts until the transaction ends.
///
/// # Errors
/// The database's, such as busy when the wait was too long.
pub fn lock(conn: &mut DbConnection, name: &str) -> DbResult<()> {
    if let DbConnection::Postgres(c) = conn {
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<BigInt, _>(lock_number(name)).execute(c)?;
    }
    // On the other database a write transaction is alone already.
    Ok(())
}

/// Waits for the lock on `name` and holds it until the connection closes or [`release_session_lock`].
pub(super) fn take_session_lock(conn: &mut DbConnection, name: &str) -> DbResult<()> {
    if let DbConnection::Postgres(c) = conn {
        c.batch_execute(&format!("SELECT pg_advisory_lock({})", lock_number(name)))?;
    }
    Ok(())
}

/// Lets the lock on `name` go.
pub(super) fn release_session_lock(conn: &mut DbConnection, name: &str) -> DbResult<()> {
    if let DbConnection::Postgres(c) = conn {
        c.batch_execute(&format!("SELECT pg_advisory_unlock({})", lock_number(name)))?;
    }
    Ok(())
}

fn lock_number(name: &str) -> i64 {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(name.as_bytes());
    digest.iter().take(8).fold(0_i64, |number, byte| (number << 8) | i64::from(*byte))
}
