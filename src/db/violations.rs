//! What a database said no to, in words that are the same for both.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

/// Result of a repository function.
pub type DbResult<T> = Result<T, DbError>;

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A unique constraint, by its name in the migrations.
    #[error("unique constraint {0} violated")]
    Unique(String),
    /// A foreign key points nowhere, or something still points here.
    #[error("foreign key violated: {0}")]
    Foreign(String),
    /// A check constraint, by its name in the migrations.
    #[error("check constraint {0} violated")]
    Check(String),
    /// Locked, timed out or too many waiting: the same request may succeed later.
    #[error("database busy: {0}")]
    Busy(String),
    /// Two transactions waited for each other, and this one was chosen to give way.
    #[error("deadlock: {0}")]
    Deadlock(String),
    /// The database can not be reached just now.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// Anything else is a defect of ours.
    #[error("database error: {0}")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl DbError {
    /// Whether this is the unique constraint named `constraint`.
    pub fn is_unique(&self, constraint: &str) -> bool {
        matches!(self, Self::Unique(name) if name == constraint)
    }
}

impl From<DieselError> for DbError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(kind, info) => classify(kind, info.as_ref()),
            DieselError::BrokenTransactionManager => Self::Unavailable("connection lost within a transaction".to_owned()),
            other => Self::Other(Box::new(other)),
        }
    }
}

impl From<diesel::ConnectionError> for DbError {
    fn from(error: diesel::ConnectionError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

fn classify(kind: DatabaseErrorKind, info: &(dyn DatabaseErrorInformation + Send + Sync)) -> DbError {
    let message = info.message();
    let named = || info.constraint_name().map_or_else(|| name_from(message), ToOwned::to_owned);
    match kind {
        DatabaseErrorKind::UniqueViolation => DbError::Unique(named()),
        DatabaseErrorKind::ForeignKeyViolation => DbError::Foreign(named()),
        DatabaseErrorKind::CheckViolation => DbError::Check(named()),
        DatabaseErrorKind::SerializationFailure => DbError::Busy(message.to_owned()),
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => DbError::Unavailable(message.to_owned()),
        _ if message.contains("deadlock detected") => DbError::Deadlock(message.to_owned()),
        _ if is_busy(message) => DbError::Busy(message.to_owned()),
        _ if is_gone(message) => DbError::Unavailable(message.to_owned()),
        _ => DbError::Other(format!("{kind:?}: {message}").into()),
    }
}

/// SQLite names a check constraint, but for a unique one only the columns: `UNIQUE constraint failed: cards.customer_id, cards.number`.
fn name_from(message: &str) -> String {
    let Some((_, columns)) = message.split_once("constraint failed: ") else { return message.to_owned() };
    if let Some(index) = columns.strip_prefix("index ") {
        return index.trim_matches('\'').to_owned();
    }
    let mut names = columns.split(", ").map(|column| column.split_once('.').unwrap_or(("", column)));
    let Some((table, first)) = names.next() else { return message.to_owned() };
    if table.is_empty() {
        return first.to_owned();
    }
    let columns: Vec<&str> = std::iter::once(first).chain(names.map(|(_, column)| column)).collect();
    unique_name(table, &columns)
}

/// The one place that gives SQLite's column lists the names that the migrations declare.
fn unique_name(table: &str, columns: &[&str]) -> String {
    match (table, columns) {
        ("cards", ["customer_id"]) => "cards_active_key".to_owned(),
        ("addresses", ["customer_id"]) => "addresses_default_key".to_owned(),
        ("value_models", ["is_active"]) => "value_models_active_key".to_owned(),
        ("segments", ["name"]) | ("staff", ["email"]) | ("products", ["sku"]) | ("value_models", ["name", "version"]) => {
            format!("{table}_{}_key", columns.join("_"))
        }
        _ => format!("{table}_pkey"),
    }
}

fn is_busy(message: &str) -> bool {
    ["database is locked", "database table is locked", "statement timeout", "lock timeout", "too many clients"]
        .iter()
        .any(|sign| message.contains(sign))
}

fn is_gone(message: &str) -> bool {
    [
        "server closed the connection",
        "terminating connection",
        "the database system is",
        "connection to server",
        "could not receive data",
        "could not send data",
        "no connection to the server",
        "SSL connection has been closed",
        "connection not open",
    ]
    .iter()
    .any(|sign| message.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::name_from;

    #[test]
    fn column_lists_become_constraint_names() {
        for (message, name) in [
            ("UNIQUE constraint failed: identifiers.kind, identifiers.value", "identifiers_pkey"),
            ("UNIQUE constraint failed: staff.email", "staff_email_key"),
            ("UNIQUE constraint failed: cards.customer_id", "cards_active_key"),
            ("UNIQUE constraint failed: cards.customer_id, cards.number", "cards_pkey"),
            ("UNIQUE constraint failed: value_models.name, value_models.version", "value_models_name_version_key"),
            ("CHECK constraint failed: orders_amounts_check", "orders_amounts_check"),
            ("FOREIGN KEY constraint failed", "FOREIGN KEY constraint failed"),
        ] {
            assert_eq!(name_from(message), name);
        }
    }
}
