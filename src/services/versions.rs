//! Settings that are there from the start and replaced as a whole, each change a version.

use crate::{
    db::DbConnection,
    domain::{instants::Instant, precondition::Precondition},
    error::Error,
    repositories::versions::VersionTable,
};

/// Makes the first version, as a new shop has it, in a database that has none yet. Several programs may start at once.
///
/// # Errors
/// The database's.
pub fn ensure_default<T: VersionTable>(tx: &mut DbConnection, now: Instant) -> Result<(), Error> {
    if T::find_newest(tx, Instant::MAX)?.is_some() {
        return Ok(());
    }
    let first = T::build(1, now, T::Draft::default()).map_err(Error::invalid)?;
    Ok(first.insert_if_absent(tx)?)
}

/// The version that holds now.
///
/// # Errors
/// `internal`: there always is one.
pub fn current<T: VersionTable>(tx: &mut DbConnection) -> Result<T, Error> {
    T::find_newest(tx, Instant::MAX)?.ok_or_else(|| Error::internal(format!("there are no {}", T::NAME)))
}

/// The version that held at `at`; none before the first.
///
/// # Errors
/// The database's.
pub fn find_at<T: VersionTable>(tx: &mut DbConnection, at: Instant) -> Result<Option<T>, Error> {
    Ok(T::find_newest(tx, at)?)
}

/// Makes the next version, which `check` finds right. The same draft again changes nothing.
///
/// # Errors
/// `stale_version`, `invalid` with every fault of the draft, what `check` answers, `conflict` when another request has just stored the next version.
pub fn replace<T: VersionTable>(
    tx: &mut DbConnection,
    now: Instant,
    precondition: &Precondition,
    draft: T::Draft,
    check: impl FnOnce(&mut DbConnection, &T) -> Result<(), Error>,
) -> Result<T, Error> {
    let current: T = current(tx)?;
    if !precondition.holds_for(current.version()) {
        return Err(Error::stale(current.version()));
    }
    let next = current.next(now, draft).map_err(Error::invalid)?;
    if next.draft() == current.draft() {
        return Ok(current);
    }
    check(tx, &next)?;
    next.insert(tx)?;
    Ok(next)
}
