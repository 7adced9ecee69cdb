//! What a database knows of its tables when it plans.

use diesel::connection::SimpleConnection;

use super::{DbConnection, DbResult};

/// Has a server look at tables that have grown by much; it would by itself, a minute later, and until then plan as for empty ones. It looks at a
/// tenth of the rows that it would itself: enough to tell large tables from small ones. A file's plans go by the indexes alone.
///
/// # Errors
/// The database's.
pub fn refresh_statistics(conn: &mut DbConnection) -> DbResult<()> {
    match conn {
        DbConnection::Postgres(c) => Ok(c.batch_execute(
            "SET LOCAL default_statistics_target = 10; \
             ANALYZE customers, customer_terms, cards, categories, products, orders, order_lines, order_events, identifiers, scores",
        )?),
        DbConnection::Sqlite(_) => Ok(()),
    }
}

/// Ends a load: what was committed without waiting for the disk is on it afterwards.
pub(super) fn settle(conn: &mut DbConnection) -> DbResult<()> {
    match conn {
        // A later commit that is durable makes every earlier one so; this is the smallest that changes nothing.
        DbConnection::Postgres(c) => c.batch_execute("SET synchronous_commit=on; ANALYZE value_models")?,
        DbConnection::Sqlite(c) => c.batch_execute("PRAGMA synchronous=FULL; PRAGMA wal_checkpoint(TRUNCATE)")?,
    }
    Ok(())
}
