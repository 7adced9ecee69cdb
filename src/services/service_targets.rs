//! Service targets: there from the start, replaced as a whole, each change a version.

use crate::{
    db::DbConnection,
    domain::{
        instants::Instant,
        precondition::Precondition,
        service_targets::{ServiceTargets, ServiceTargetsDraft},
    },
    error::Error,
    repositories::service_targets,
};

/// Makes the targets of a new shop in a database that has none yet. Several programs may start at once.
///
/// # Errors
/// The database's.
pub fn ensure_default(tx: &mut DbConnection, now: Instant) -> Result<(), Error> {
    if service_targets::find_newest(tx)?.is_some() {
        return Ok(());
    }
    let targets = ServiceTargets::new(1, now, ServiceTargetsDraft::default()).map_err(Error::invalid)?;
    Ok(service_targets::insert_if_absent(tx, &targets)?)
}

/// The targets that hold now.
///
/// # Errors
/// `internal`: there always are some.
pub fn current(tx: &mut DbConnection) -> Result<ServiceTargets, Error> {
    service_targets::find_newest(tx)?.ok_or_else(|| Error::internal("there are no service targets"))
}

/// Replaces the targets. They hold for what comes in from now on; what has come in keeps what was promised. The same targets again change nothing.
///
/// # Errors
/// `invalid` with every fault of the draft, `stale_version`, `conflict` when another request has just replaced them.
pub fn replace(
    tx: &mut DbConnection,
    now: Instant,
    precondition: &Precondition,
    draft: ServiceTargetsDraft,
) -> Result<ServiceTargets, Error> {
    let current = current(tx)?;
    if !precondition.holds_for(current.version) {
        return Err(Error::stale(current.version));
    }
    let targets = ServiceTargets::new(current.version + 1, now, draft).map_err(Error::invalid)?;
    if targets.draft() == current.draft() {
        return Ok(current);
    }
    service_targets::insert(tx, &targets)?;
    Ok(targets)
}
