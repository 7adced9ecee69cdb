//! Service targets: there from the start, replaced as a whole, each change a version.

use super::versions;
use crate::{
    db::DbConnection,
    domain::{
        instants::Instant,
        precondition::Precondition,
        service_targets::{ServiceTargets, ServiceTargetsDraft},
    },
    error::Error,
};

/// Makes the targets of a new shop in a database that has none yet. Several programs may start at once.
///
/// # Errors
/// The database's.
pub fn ensure_default(tx: &mut DbConnection, now: Instant) -> Result<(), Error> {
    versions::ensure_default::<ServiceTargets>(tx, now)
}

/// The targets that hold now.
///
/// # Errors
/// `internal`: there always are some.
pub fn current(tx: &mut DbConnection) -> Result<ServiceTargets, Error> {
    versions::current(tx)
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
    versions::replace(tx, now, precondition, draft, |_, _| Ok(()))
}
