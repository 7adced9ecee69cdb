//! Rules that hold for users and clients alike.

use crate::{
    db::DbConnection,
    domain::{
        accounts::AccountStatus,
        permissions::{Actor, ActorKind, Permission, PermissionSet},
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::{clients, staff},
};

/// The caller with what they may do by now, which may be less than their token says: an access token outlives a change of its account by minutes,
/// and nobody shall use those to undo that change.
///
/// # Errors
/// `unauthenticated` for an account that was disabled, `permission_denied` for one that no longer has the permission.
pub(super) fn check_standing(conn: &mut DbConnection, actor: &Actor, needed: Permission) -> Result<Actor, Error> {
    let account = match (actor.kind, actor.id) {
        (ActorKind::System, _) => return Ok(*actor),
        (ActorKind::Staff, Some(id)) => staff::find_account_by_id(conn, id.cast())?,
        (ActorKind::Client, Some(id)) => clients::find_account(conn, id.cast())?,
        _ => None,
    };
    let Some(account) = account.filter(|account| account.status == AccountStatus::Active) else {
        return Err(Error::new(Code::Unauthenticated, "This account was disabled."));
    };
    let granted = account.actor.permissions;
    let permissions: PermissionSet = actor.permissions.iter().filter(|permission| granted.contains(*permission)).collect();
    if permissions.contains(needed) {
        Ok(Actor { permissions, ..*actor })
    } else {
        Err(Error::new(Code::PermissionDenied, format!("This account has no longer the permission {needed}.")))
    }
}

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
