//! PUT by reference: replacing what another system calls so, or making it. One place for every kind of resource that has references.

use crate::{
    db::{DbConnection, in_savepoint},
    domain::{
        catalogue::{CategoryDraft, ProductDraft},
        customers::CustomerDraft,
        external_refs::{self, ExternalRef},
        feedback::FeedbackDraft,
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        orders::OrderDraft,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::identifiers,
};

/// What is said of a resource that other systems have names for.
pub(super) trait Referenced: Clone {
    /// What they call it.
    fn refs(&mut self) -> &mut Vec<ExternalRef>;
}

macro_rules! referenced {
    ($($draft:ty),+ $(,)?) => { $(
        impl Referenced for $draft {
            fn refs(&mut self) -> &mut Vec<ExternalRef> {
                &mut self.external_refs
            }
        }
    )+ };
}

referenced!(CategoryDraft, CustomerDraft, FeedbackDraft, OrderDraft, ProductDraft);

/// Replaces the resource that has `reference`, or makes it. The second half of the answer tells whether it is new.
///
/// Of two requests that make the same one at once, the second waits for the first and then replaces what that has made: so each is answered as if
/// it had come alone.
///
/// # Errors
/// `invalid` where the reference is one too many, `stale_version` for a precondition on what is not there, and what `create` and `replace` answer.
pub(super) fn put<D: Referenced, T>(
    tx: &mut DbConnection,
    kind: IdentifierKind,
    reference: &ExternalRef,
    precondition: &Precondition,
    mut draft: D,
    create: impl FnOnce(&mut DbConnection, D) -> Result<T, Error>,
    replace: impl FnOnce(&mut DbConnection, Id<()>, D) -> Result<T, Error>,
) -> Result<(T, bool), Error> {
    external_refs::add(draft.refs(), reference).map_err(|fault| Error::invalid(vec![fault]))?;
    let identifier = Identifier::reference(kind, reference);
    if let Some(holder) = identifiers::find(tx, &identifier)? {
        return Ok((replace(tx, holder.resource_id, draft)?, false));
    }
    if !precondition.holds_for_none() {
        return Err(Error::new(Code::StaleVersion, "There is no such resource any more."));
    }
    let refused = match in_savepoint(tx, |tx| create(tx, draft.clone())) {
        Ok(new) => return Ok((new, true)),
        Err(error) => error,
    };
    if !matches!(refused.code(), Code::AlreadyTaken | Code::Conflict) {
        return Err(refused);
    }
    // Whether it was this very reference that somebody else has claimed meanwhile, or another value, only a new look tells.
    match identifiers::find(tx, &identifier)? {
        Some(holder) => Ok((replace(tx, holder.resource_id, draft)?, false)),
        None => Err(refused),
    }
}
