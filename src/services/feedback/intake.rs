//! Taking feedback in: new, and sent again by another system.

use super::{Change, locked, not_before, store, store_new};
use crate::{
    db::DbConnection,
    domain::{
        customers::Customer,
        external_refs::ExternalRef,
        feedback::{Feedback, FeedbackClock, FeedbackDraft, FeedbackEventKind, FeedbackStatus},
        identifiers::IdentifierKind,
        ids::Id,
        instants::Instant,
        orders::Order,
        permissions::Actor,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::{orders, products},
    services::{changed_fields::changed_fields, references::check_customers, scoring_runs::tier_of, service_targets, upserts},
};

/// Takes new feedback in. Its clock begins, and what is promised for its type, its priority and the customer's tier is fixed.
///
/// # Errors
/// `already_taken` for a reference of other feedback; `unknown_reference` for a customer, order or product that is not there; `invalid` where order, line and
/// product contradict each other.
pub fn create_feedback(tx: &mut DbConnection, actor: &Actor, now: Instant, draft: FeedbackDraft) -> Result<Feedback, Error> {
    let draft = settled(tx, draft, None)?;
    let tier = tier_of(tx, draft.customer_id.flatten())?;
    let targets = service_targets::current(tx)?;
    let promise = targets.target(draft.r#type, draft.priority, tier);
    let feedback = Feedback {
        id: Id::generate(),
        draft,
        tier,
        status: FeedbackStatus::default(),
        clock: FeedbackClock::start(targets.calendar(), now, promise),
        assignee_id: None,
        resolution: None,
        outcome: None,
        outcome_comment: None,
        closes_at: None,
        closed_at: None,
        reopened_count: 0,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    store_new(tx, actor, feedback, Change::new(FeedbackEventKind::Created, now))
}

/// Replaces what was said in the feedback that another system calls `reference`, or takes it in. The second half of the answer tells whether it is new. How far it
/// has come stays as it is.
///
/// # Errors
/// As [`create_feedback`], and `stale_version`.
pub fn put_feedback(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    reference: &ExternalRef,
    precondition: &Precondition,
    draft: FeedbackDraft,
) -> Result<(Feedback, bool), Error> {
    let create = |tx: &mut DbConnection, draft| create_feedback(tx, actor, now, draft);
    let replace = |tx: &mut DbConnection, id: Id<()>, draft: FeedbackDraft| {
        let before = locked(tx, now, id.cast(), precondition)?;
        let now = not_before(&before, now);
        // Left out is as it was; null would part the feedback from its customer.
        let customer_id = draft.customer_id.or(before.draft.customer_id);
        let draft = FeedbackDraft { customer_id, ..draft };
        say_anew(tx, actor, now, &before, draft, FeedbackEventKind::Replaced)
    };
    upserts::put(tx, IdentifierKind::FeedbackRef, reference, precondition, draft, create, replace)
}

/// Stores what is said now instead of what was said before. Anonymous feedback that is given a customer moves to the customer's, and what is promised follows type,
/// priority and tier: of what is resolved too, which may be taken up again.
pub(super) fn say_anew(
    tx: &mut DbConnection,
    actor: &Actor,
    now: Instant,
    before: &Feedback,
    draft: FeedbackDraft,
    kind: FeedbackEventKind,
) -> Result<Feedback, Error> {
    let known = before.customer_id();
    if known.is_some() && draft.customer_id.flatten() != known {
        return Err(Error::invalid_field("/customer_id", "immutable", "can not be changed once it is set"));
    }
    let draft = settled(tx, draft, Some(&before.draft))?;
    let is_claim = draft.customer_id.flatten() != known;
    let tier = if is_claim { tier_of(tx, draft.customer_id.flatten())? } else { before.tier };
    let is_promised_anew = (draft.r#type, draft.priority, tier) != (before.draft.r#type, before.draft.priority, before.tier);
    let clock = if is_promised_anew {
        let targets = service_targets::current(tx)?;
        before.clock.promising(targets.calendar(), targets.target(draft.r#type, draft.priority, tier))
    } else {
        before.clock
    };
    let kind = if is_claim { FeedbackEventKind::Claimed } else { kind };
    let change = Change::new(kind, now).with("changed", Some(changed_fields(&before.draft, &draft)?));
    store(tx, actor, now, before, Feedback { draft, tier, clock, ..before.clone() }, change)
}

/// The draft with what its order tells, every reference checked that was not `known` before.
fn settled(tx: &mut DbConnection, draft: FeedbackDraft, known: Option<&FeedbackDraft>) -> Result<FeedbackDraft, Error> {
    let about = |draft: &FeedbackDraft| (draft.customer_id.flatten(), draft.order_id, draft.line_no, draft.product_id);
    if known.is_some_and(|known| about(known) == about(&draft)) {
        return Ok(FeedbackDraft { customer_id: Some(draft.customer_id.flatten()), ..draft });
    }
    let order = match draft.order_id {
        Some(id) => Some(orders::find(tx, id)?.ok_or_else(|| unknown("There is no such order.", "/order_id"))?),
        None => None,
    };
    let customer_id = customer_of(tx, &draft, order.as_ref())?;
    let of_line = match (&order, draft.line_no) {
        (Some(order), Some(line_no)) => {
            let line = order.lines.iter().find(|line| line.line_no == line_no);
            Some(line.ok_or_else(|| Error::invalid_field("/line_no", "unknown_line", "must be a line of the order"))?.product_id)
        }
        _ => None,
    };
    match (draft.product_id, of_line) {
        (Some(said), Some(known)) if said != known => {
            return Err(Error::invalid_field("/product_id", "other_product", "must be the product of the order's line, or left out"));
        }
        (Some(said), None) if products::find(tx, said)?.is_none() => return Err(unknown("There is no such product.", "/product_id")),
        _ => {}
    }
    Ok(FeedbackDraft { customer_id: Some(customer_id), product_id: draft.product_id.or(of_line), ..draft })
}

/// Whose feedback it is: as said, and else that of the order.
fn customer_of(tx: &mut DbConnection, draft: &FeedbackDraft, order: Option<&Order>) -> Result<Option<Id<Customer>>, Error> {
    let of_order = order.and_then(|order| order.details.customer_id);
    match draft.customer_id {
        None => Ok(of_order),
        Some(None) => Ok(None),
        Some(Some(said)) => {
            check_customers(tx, [("/customer_id", said)])?;
            if of_order.is_some_and(|other| other != said) {
                return Err(unknown("The customer has no such order.", "/order_id"));
            }
            Ok(Some(said))
        }
    }
}

fn unknown(detail: &'static str, pointer: &str) -> Error {
    Error::new(Code::UnknownReference, detail).at(pointer)
}
