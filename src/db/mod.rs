//! The dialect room: everything that knows which database this is.
//!
//! Lives here: connections, the threads that own them, transactions, column types, the few SQL expressions that
//! differ, error translation and the schema. The words of either dialect appear here and in `migrations/` only.
//! May import: `domain`.

use diesel::{MultiConnection, PgConnection, SqliteConnection};

mod assembled;
mod connect;
mod executor;
pub mod expressions;
mod integrity;
mod key_store;
mod migrations;
mod pages;
pub mod schema;
pub mod segments;
pub mod sql_types;
mod statistics;
mod task;
mod transaction;
mod violations;

pub use connect::{DatabaseUrl, InvalidDatabaseUrl, open};
pub use executor::{Db, DbSettings};
pub use integrity::integrity_faults;
pub use key_store::KeyStore;
pub use migrations::{migrate, pending, revert_all};
pub use statistics::refresh_statistics;
pub use task::WriteMode;
pub use transaction::{Transactional, in_savepoint, lock, try_lock};
pub use violations::{DbError, DbResult};

/// A connection to whichever database the URL named. Queries go through [`on!`](crate::on).
#[derive(MultiConnection)]
#[allow(missing_debug_implementations, reason = "connections of diesel have none")]
pub enum DbConnection {
    /// Many instances, one server.
    Postgres(PgConnection),
    /// One file beside the program.
    Sqlite(SqliteConnection),
}

/// Runs one diesel expression on whichever database the connection is; `$c` is the *concrete* connection, so all of
/// diesel works and each query has one text.
#[macro_export]
macro_rules! on {
    ($conn:expr, $c:ident => $query:expr) => {
        match $conn {
            $crate::db::DbConnection::Postgres($c) => $query,
            $crate::db::DbConnection::Sqlite($c) => $query,
        }
    };
}

/// As [`on!`](crate::on) for a select whose rows stay locked until the transaction ends. One database locks rows, on the other
/// the write transaction already holds the only write lock.
#[macro_export]
macro_rules! on_locked {
    ($conn:expr, $c:ident, $select:expr => $method:ident) => {
        match $conn {
            $crate::db::DbConnection::Postgres($c) => diesel::QueryDsl::for_update($select).$method($c),
            $crate::db::DbConnection::Sqlite($c) => $select.$method($c),
        }
    };
}

/// As [`on_locked!`](crate::on_locked) for rows that others may read in the same way at the same time, but nobody change.
#[macro_export]
macro_rules! on_shared {
    ($conn:expr, $c:ident, $select:expr => $method:ident) => {
        match $conn {
            $crate::db::DbConnection::Postgres($c) => diesel::QueryDsl::for_share($select).$method($c),
            $crate::db::DbConnection::Sqlite($c) => $select.$method($c),
        }
    };
}

/// As [`on_locked!`](crate::on_locked), but leaves out rows that another transaction has locked instead of waiting for them: for queues.
#[macro_export]
macro_rules! on_skip_locked {
    ($conn:expr, $c:ident, $select:expr => $method:ident) => {
        match $conn {
            $crate::db::DbConnection::Postgres($c) => diesel::QueryDsl::skip_locked(diesel::QueryDsl::for_update($select)).$method($c),
            $crate::db::DbConnection::Sqlite($c) => $select.$method($c),
        }
    };
}

/// Stores rows as fast as the database takes them: `COPY` on one, multi-row inserts whose statement is prepared once on the other.
/// The rows are a `Vec` of something `Insertable`, all columns given. A few rows are not worth a `COPY`, which takes more turns.
#[macro_export]
macro_rules! insert_many {
    ($conn:expr, $table:expr, $rows:expr) => {
        match $conn {
            $crate::db::DbConnection::Postgres(c) => match $rows {
                rows if rows.len() < 32 => diesel::insert_into($table).values(rows).execute(c).map(|_| ()),
                rows => diesel::ExecuteCopyFromDsl::execute(diesel::copy_from($table).from_insertable(rows), c).map(|_| ()),
            },
            $crate::db::DbConnection::Sqlite(c) => $crate::insert_in_fixed_chunks!(c, $table, $rows),
        }
    };
}

/// Only an array has a statement that diesel keeps: a slice of any length would be parsed anew each time.
#[macro_export]
#[doc(hidden)]
macro_rules! insert_in_fixed_chunks {
    ($c:expr, $table:expr, $rows:expr) => {{
        let rows = $rows;
        let (chunks, rest) = rows.as_chunks::<32>();
        let chunks = chunks.iter().try_for_each(|chunk| diesel::insert_into($table).values(chunk).execute($c).map(|_| ()));
        chunks.and_then(|()| rest.iter().try_for_each(|row| diesel::insert_into($table).values(row).execute($c).map(|_| ())))
    }};
}
