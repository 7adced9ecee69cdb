//! What may be put right in feedback that stands: what was said, and of what.

use super::{intake::say_anew, locked, not_before};
use crate::{
    db::DbConnection,
    domain::{
        feedback::{Feedback, FeedbackDraft, FeedbackEventKind},
        ids::Id,
        instants::Instant,
        permissions::Actor,
        precondition::Precondition,
    },
    error::Error,
};

/// Changes what is said in feedback to what `change` makes of it. Anonymous feedback that is given a customer moves to the customer's.
///
/// # Errors
/// `not_found`, `stale_version`, what `change` answers, and as [`super::create_feedback`].
pub fn update_feedback(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    id: Id<Feedback>,
    precondition: &Precondition,
    change: impl FnOnce(&FeedbackDraft) -> Result<FeedbackDraft, Error>,
) -> Result<Feedback, Error> {
    let before = locked(tx, now, id, precondition)?;
    let now = not_before(&before, now);
    let draft = change(&before.draft)?;
    // A patch that says nothing of the customer does not look for one.
    let draft = FeedbackDraft { customer_id: Some(draft.customer_id.flatten()), ..draft };
    say_anew(tx, actor, now, &before, draft, FeedbackEventKind::Updated)
}
