//! Claiming values that only one resource may have, with a problem that names the one at fault.

use crate::{
    db::DbConnection,
    domain::identifiers::Identifier,
    error::{Code, Error},
    repositories::identifiers::{self, Holder},
};

/// Claims what `after` has and `before` had not, and lets go what only `before` had.
///
/// # Errors
/// `already_taken` at the field whose value another resource has.
pub fn exchange(tx: &mut DbConnection, holder: Holder, before: &[Identifier], after: &[Identifier]) -> Result<(), Error> {
    let released: Vec<Identifier> = before.iter().filter(|old| !after.contains(old)).cloned().collect();
    identifiers::release(tx, &released)?;
    let claims: Vec<(Identifier, Holder)> = after.iter().filter(|new| !before.contains(new)).map(|new| (new.clone(), holder)).collect();
    match identifiers::claim(tx, &claims)?.first() {
        None => Ok(()),
        Some(taken) => Err(already_taken(taken)),
    }
}

/// The conflict of a value that another resource has.
pub fn already_taken(identifier: &Identifier) -> Error {
    let kind = identifier.kind.as_str();
    let what = match kind.split_once(':') {
        Some((_, system)) => format!("reference {} of system {system}", identifier.value),
        None => kind.replace('_', " "),
    };
    Error::new(Code::AlreadyTaken, format!("Another resource has this {what} already.")).at(identifier.pointer())
}

/// Whether anything has a value.
///
/// # Errors
/// The database's.
pub fn is_claimed(tx: &mut DbConnection, identifier: &Identifier) -> Result<bool, Error> {
    Ok(identifiers::find(tx, identifier)?.is_some())
}
