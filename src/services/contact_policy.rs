//! The contact policy: there from the start, replaced as a whole, each change a version.

use super::versions;
use crate::{
    db::DbConnection,
    domain::{
        contact_policy::{ContactPolicy, ContactPolicyDraft},
        instants::Instant,
        precondition::Precondition,
    },
    error::Error,
};

/// Makes the policy of a new shop in a database that has none yet. Several programs may start at once.
///
/// # Errors
/// The database's.
pub fn ensure_default(tx: &mut DbConnection, now: Instant) -> Result<(), Error> {
    versions::ensure_default::<ContactPolicy>(tx, now)
}

/// The policy that holds now.
///
/// # Errors
/// `internal`: there always is one.
pub fn current(tx: &mut DbConnection) -> Result<ContactPolicy, Error> {
    versions::current(tx)
}

/// Replaces the policy. The same policy again changes nothing.
///
/// # Errors
/// `invalid` with every fault of the draft, `stale_version`, `conflict` when another request has just replaced it.
pub fn replace(
    tx: &mut DbConnection,
    now: Instant,
    precondition: &Precondition,
    draft: ContactPolicyDraft,
) -> Result<ContactPolicy, Error> {
    versions::replace(tx, now, precondition, draft, |_, _| Ok(()))
}
