//! Answers kept under the key their caller gave, for a day.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::idempotency_keys},
    domain::instants::Instant,
    on,
};

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable, Selectable)]
#[diesel(table_name = idempotency_keys, treat_none_as_default_value = false)]
pub struct KeptAnswer {
    /// Who asked.
    pub caller: String,
    /// Under which key.
    pub key: String,
    /// What was asked: a hash of method, path and body.
    pub fingerprint: String,
    /// The HTTP status.
    pub status: i32,
    /// The `Location` header.
    pub location: Option<String>,
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// When.
    pub created_at: Instant,
}

/// The answer kept under a key.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, caller: &str, key: &str) -> DbResult<Option<KeptAnswer>> {
    Ok(on!(conn, c => idempotency_keys::table.find((caller, key)).select(KeptAnswer::as_select()).first(c).optional())?)
}

/// Keeps an answer.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, answer: &KeptAnswer) -> DbResult<()> {
    on!(conn, c => diesel::insert_into(idempotency_keys::table).values(answer).execute(c))?;
    Ok(())
}

/// Forgets one answer.
///
/// # Errors
/// The database's.
pub fn delete(conn: &mut DbConnection, caller: &str, key: &str) -> DbResult<()> {
    on!(conn, c => diesel::delete(idempotency_keys::table.find((caller, key))).execute(c))?;
    Ok(())
}

/// Forgets what was kept before `cutoff`; answers how many.
///
/// # Errors
/// The database's.
pub fn delete_before(conn: &mut DbConnection, cutoff: Instant) -> DbResult<usize> {
    Ok(on!(conn, c => diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.lt(cutoff))).execute(c))?)
}
