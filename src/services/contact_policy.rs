//! The contact policy: there from the start, replaced as a whole, each change a version.

use crate::{
    db::DbConnection,
    domain::{
        contact_policy::{ContactPolicy, ContactPolicyDraft},
        instants::Instant,
        precondition::Precondition,
    },
    error::Error,
    repositories::contact_policy,
};

/// Makes the policy of a new shop in a database that has none yet. Several programs may start at once.
///
/// # Errors
/// The database's.
pub fn ensure_default(tx: &mut DbConnection, now: Instant) -> Result<(), Error> {
    if contact_policy::find_newest(tx)?.is_some() {
        return Ok(());
    }
    let policy = ContactPolicy::new(1, now, ContactPolicyDraft::default()).map_err(Error::invalid)?;
    Ok(contact_policy::insert_if_absent(tx, &policy)?)
}

/// The policy that holds now.
///
/// # Errors
/// `internal`: there always is one.
pub fn current(tx: &mut DbConnection) -> Result<ContactPolicy, Error> {
    contact_policy::find_newest(tx)?.ok_or_else(|| Error::internal("there is no contact policy"))
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
    let current = current(tx)?;
    if !precondition.holds_for(current.version) {
        return Err(Error::stale(current.version));
    }
    let policy = ContactPolicy::new(current.version + 1, now, draft).map_err(Error::invalid)?;
    if policy.draft() == current.draft() {
        return Ok(current);
    }
    contact_policy::insert(tx, &policy)?;
    Ok(policy)
}
