//! Who is a member, and why.

use std::collections::HashMap;

use chrono_tz::Tz;

use super::{conditions, get_segment, understood};
use crate::{
    db::DbConnection,
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        segments::{
            Circumstances, Condition, CurrentRun, Definition, Explanation, MAX_LEAVES, Member, MemberSort, Plan, Present, Segment,
            SegmentPreview, count_leaves, explain as explained,
        },
    },
    error::{Code, Error},
    repositories::{scoring_runs, segments::members as repository},
    services::service_targets,
};

/// What a condition is looked at with.
struct Perspective {
    present: Present,
    run: Option<CurrentRun>,
    segments: HashMap<Id<Segment>, Condition>,
}

impl Perspective {
    /// Reads no more than `condition` asks for: few statements, however many customers there are.
    fn on(tx: &mut DbConnection, now: Instant, condition: &Condition) -> Result<Self, Error> {
        let segments = if condition.segments().is_empty() { HashMap::new() } else { conditions(tx)? };
        Self::among(tx, now, condition.needs_run(), segments)
    }

    fn among(tx: &mut DbConnection, now: Instant, needs_run: bool, segments: HashMap<Id<Segment>, Condition>) -> Result<Self, Error> {
        let zone = service_targets::current(tx)?.draft().calendar.time_zone.parse().unwrap_or(Tz::UTC);
        let current = if needs_run { scoring_runs::current_id(tx)? } else { None };
        let run = match current {
            None => None,
            Some(id) => scoring_runs::find_frozen(tx, id)?.map(|frozen| CurrentRun {
                id,
                cuts: frozen.cuts.bands,
                distribution: frozen.distribution,
            }),
        };
        Ok(Self { present: Present { now, zone }, run, segments })
    }

    fn plan(&self, condition: &Condition) -> Result<Plan, Error> {
        let circumstances = Circumstances { present: self.present, run: self.run.as_ref(), segments: &self.segments };
        condition.plan(&circumstances).map_err(|fault| match fault {
            crate::domain::segments::PlanFault::Unknown(_) => Error::new(Code::UnknownReference, "There is no such segment."),
            crate::domain::segments::PlanFault::TooDeep => Error::new(Code::Conflict, "The segments name each other too far."),
        })
    }
}

/// The condition of a stored definition.
fn stored(segment: &Segment) -> Result<Condition, Error> {
    segment.draft.definition.parse().map_err(|_| Error::internal("a stored segment can not be understood"))
}

/// Everybody who is a member of one of `included` and of none of `excluded`, ascending: one statement over the customers. Nobody, when nothing is included.
///
/// # Errors
/// `unknown_reference` for a segment that is not there, `invalid` at `/audience` for more conditions than one segment may have.
pub fn member_ids(
    tx: &mut DbConnection,
    included: &[Id<Segment>],
    excluded: &[Id<Segment>],
    now: Instant,
) -> Result<Vec<Id<Customer>>, Error> {
    let segments = conditions(tx)?;
    let of = |ids: &[Id<Segment>]| {
        let unknown = || Error::new(Code::UnknownReference, "There is no such segment.");
        ids.iter().map(|id| segments.get(id).cloned().ok_or_else(unknown)).collect::<Result<Vec<Condition>, Error>>()
    };
    let condition = Condition::All(vec![Condition::Any(of(included)?), Condition::Not(Box::new(Condition::Any(of(excluded)?)))]);
    let leaves = count_leaves(&condition, &segments);
    if leaves > MAX_LEAVES {
        let words = format!("has {leaves} conditions in its segments: at most {MAX_LEAVES} are looked at together");
        return Err(Error::invalid_field("/audience", "too_large", words));
    }
    let plan = Perspective::among(tx, now, true, segments)?.plan(&condition)?;
    Ok(repository::ids(tx, &plan)?)
}

/// Who would be a member by a definition that is kept nowhere.
///
/// # Errors
/// `invalid` with every fault of the definition, `unknown_reference`.
pub fn preview_definition(tx: &mut DbConnection, now: Instant, definition: &Definition) -> Result<SegmentPreview, Error> {
    let condition = understood(tx, definition)?;
    let perspective = Perspective::on(tx, now, &condition)?;
    if let Some(unknown) = condition.segments().into_iter().find(|id| !perspective.segments.contains_key(id)) {
        return Err(super::unknown_reference(definition, unknown.cast(), "segment"));
    }
    Ok(repository::preview(tx, &perspective.plan(&condition)?)?)
}

/// Who is a member now, in numbers and by example.
///
/// # Errors
/// `not_found`.
pub fn preview(tx: &mut DbConnection, now: Instant, id: Id<Segment>) -> Result<SegmentPreview, Error> {
    let plan = plan_of(tx, now, id)?;
    Ok(repository::preview(tx, &plan)?)
}

/// A page of those who are members now.
///
/// # Errors
/// `not_found`.
pub fn list_members(tx: &mut DbConnection, now: Instant, id: Id<Segment>, page: &PageRequest<MemberSort>) -> Result<Page<Member>, Error> {
    let plan = plan_of(tx, now, id)?;
    Ok(repository::list(tx, &plan, page)?)
}

/// What the members of a segment fulfil now.
pub(super) fn plan_of(tx: &mut DbConnection, now: Instant, id: Id<Segment>) -> Result<Plan, Error> {
    let condition = stored(&get_segment(tx, id)?)?;
    Perspective::on(tx, now, &condition)?.plan(&condition)
}

/// Why a customer is a member now, or why not.
///
/// # Errors
/// `not_found` for the segment, `invalid` without a customer, `unknown_reference` for one that is not there.
pub fn explain(
    tx: &mut DbConnection,
    now: Instant,
    id: Id<Segment>,
    customer: Option<Id<Customer>>,
) -> Result<(Id<Customer>, Explanation), Error> {
    let segment = get_segment(tx, id)?;
    let customer = customer.ok_or_else(|| Error::invalid_field("/customer_id", "required", "is required"))?;
    let condition = stored(&segment)?;
    let perspective = Perspective::on(tx, now, &condition)?;
    let plan = perspective.plan(&condition)?;
    let rows = repository::explain(tx, &plan, customer)?;
    if rows.is_empty() {
        return Err(Error::new(Code::UnknownReference, "There is no such customer.").at("/customer_id"));
    }
    let explanation = explained(&segment.draft.definition.0, &plan, &rows, &perspective.present, perspective.run.as_ref());
    Ok((customer, explanation))
}
