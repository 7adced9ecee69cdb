//! Rules that hold for users and clients alike.

use crate::{
    domain::{
        permissions::{Actor, PermissionSet},
        precondition::Precondition,
    },
    error::{Code, Error},
};

/// Nobody gives away, or takes over, more than they have.
///
/// # Errors
/// `permission_denied` with the permissions that `actor` lacks.
pub(super) fn check_within_reach(actor: &Actor, permissions: PermissionSet) -> Result<(), Error> {
    let lacking: PermissionSet = permissions.iter().filter(|permission| !actor.permissions.contains(*permission)).collect();
    if lacking == PermissionSet::default() {
        Ok(())
    } else {
        Err(Error::new(Code::PermissionDenied, format!("This would hand on permissions that the caller lacks: {lacking}.")))
    }
}

/// The caller's version is the stored one.
///
/// # Errors
/// `stale_version`.
pub(super) fn check_version(precondition: &Precondition, version: i64) -> Result<(), Error> {
    if precondition.holds_for(version) { Ok(()) } else { Err(Error::stale(version)) }
}
