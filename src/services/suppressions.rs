//! Suppressed addresses: adding, removing, listing.

use crate::{
    db::DbConnection,
    domain::{
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        precondition::Precondition,
        suppressions::{Suppression, SuppressionDraft, SuppressionSearch, SuppressionSort},
    },
    error::Error,
    repositories::suppressions as repository,
};

/// The version of every suppression: it is made and removed, and never changed.
pub const VERSION: i64 = 1;

/// A suppression.
///
/// # Errors
/// `not_found`.
pub fn get_suppression(tx: &mut DbConnection, id: Id<Suppression>) -> Result<Suppression, Error> {
    repository::find(tx, id)?.ok_or_else(|| Error::not_found("suppression"))
}

/// A page of suppressions.
///
/// # Errors
/// The database's.
pub fn list_suppressions(
    tx: &mut DbConnection,
    search: &SuppressionSearch,
    page: &PageRequest<SuppressionSort>,
) -> Result<Page<Suppression>, Error> {
    Ok(repository::list(tx, search, page)?)
}

/// Suppresses an address. One that is suppressed already stays as it is, and is answered; the second half of the answer tells whether it is new.
///
/// # Errors
/// `invalid` for what is no address of the channel.
pub fn suppress(tx: &mut DbConnection, now: Instant, draft: SuppressionDraft) -> Result<(Suppression, bool), Error> {
    let draft = draft.normalised().map_err(|fault| Error::invalid(vec![fault]))?;
    let suppression = Suppression { id: Id::generate(), draft, created_at: now };
    if repository::insert_if_absent(tx, &suppression)? {
        return Ok((suppression, true));
    }
    let known = repository::find_address(tx, suppression.draft.channel, &suppression.draft.address)?;
    known.map(|known| (known, false)).ok_or_else(|| Error::internal("a suppression was removed just now"))
}

/// Suppresses addresses that were written to: one that is suppressed already stays as it is, and what is no address of its channel is left alone.
///
/// # Errors
/// The database's.
pub fn suppress_all(tx: &mut DbConnection, now: Instant, drafts: impl Iterator<Item = SuppressionDraft>) -> Result<(), Error> {
    let suppression = |draft| Suppression { id: Id::generate(), draft, created_at: now };
    let suppressions: Vec<Suppression> = drafts.filter_map(|draft| draft.normalised().ok()).map(suppression).collect();
    Ok(repository::insert_many_if_absent(tx, &suppressions)?)
}

/// Lets an address be written to again.
///
/// # Errors
/// `not_found`, `stale_version`.
pub fn delete_suppression(tx: &mut DbConnection, id: Id<Suppression>, precondition: &Precondition) -> Result<(), Error> {
    get_suppression(tx, id)?;
    if !precondition.holds_for(VERSION) {
        return Err(Error::stale(VERSION));
    }
    Ok(repository::delete(tx, id)?)
}
