//! Segments: made, changed, deleted. Those that come with Patron are read only.

use std::{borrow::Cow, collections::HashMap};

use crate::{
    db::{DbConnection, DbError, lock},
    domain::{
        field_error::FieldError,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        precondition::Precondition,
        segments::{Condition, Definition, GraphFault, Segment, SegmentDraft, SegmentSearch, SegmentSort, built_in, check_graph},
    },
    error::{Code, Error},
    repositories::{campaigns, references, segments as repository},
};

mod members;
pub mod snapshots;

pub use members::{explain, list_members, member_ids, preview, preview_definition};

/// Stores the segments that come with Patron in a database that does not have them yet. Several programs may start at once.
///
/// # Errors
/// The database's.
pub fn ensure_built_in(tx: &mut DbConnection, now: Instant) -> Result<(), Error> {
    let all: Vec<Segment> = built_in()
        .into_iter()
        .map(|own| Segment { id: own.id, draft: own.draft, is_built_in: true, version: 1, created_at: now, updated_at: now })
        .collect();
    Ok(repository::insert_absent(tx, &all)?)
}

/// A segment.
///
/// # Errors
/// `not_found`.
pub fn get_segment(tx: &mut DbConnection, id: Id<Segment>) -> Result<Segment, Error> {
    repository::find(tx, id)?.ok_or_else(|| Error::not_found("segment"))
}

/// A page of segments.
///
/// # Errors
/// The database's.
pub fn list_segments(tx: &mut DbConnection, search: &SegmentSearch, page: &PageRequest<SegmentSort>) -> Result<Page<Segment>, Error> {
    Ok(repository::list(tx, search, page)?)
}

/// Makes a segment.
///
/// # Errors
/// `invalid` with every fault of the definition, `unknown_reference`, `already_taken`.
pub fn create_segment(tx: &mut DbConnection, now: Instant, draft: SegmentDraft) -> Result<Segment, Error> {
    lock_all(tx)?;
    let segment = Segment { id: Id::generate(), draft, is_built_in: false, version: 1, created_at: now, updated_at: now };
    check(tx, segment.id, &segment.draft.definition)?;
    repository::insert(tx, &segment).map_err(name_taken)?;
    Ok(segment)
}

/// Changes a segment to what `change` makes of what is known; what says nothing new changes nothing.
///
/// # Errors
/// `not_found`, `stale_version`, `conflict` for one that came with Patron, what `change` answers, and as [`create_segment`].
pub fn update_segment(
    tx: &mut DbConnection,
    now: Instant,
    id: Id<Segment>,
    precondition: &Precondition,
    change: impl FnOnce(&SegmentDraft) -> Result<SegmentDraft, Error>,
) -> Result<Segment, Error> {
    lock_all(tx)?;
    let segment = held(tx, id, precondition)?;
    let draft = change(&segment.draft)?;
    if draft == segment.draft {
        return Ok(segment);
    }
    if draft.definition != segment.draft.definition {
        check(tx, id, &draft.definition)?;
    }
    let segment = Segment { draft, version: segment.version + 1, updated_at: now, ..segment };
    repository::update(tx, &segment).map_err(name_taken)?;
    Ok(segment)
}

/// Deletes a segment that no other one names, nor a campaign that has not ended, with its snapshots.
///
/// Who stores a campaign [holds](hold) the segments that it names: so once this one's row is locked every campaign that names it is there to be seen, and
/// who comes later finds it gone.
///
/// # Errors
/// `not_found`, `stale_version`, `conflict` for one that came with Patron, `still_referenced`.
pub fn delete_segment(tx: &mut DbConnection, id: Id<Segment>, precondition: &Precondition) -> Result<(), Error> {
    lock_all(tx)?;
    held(tx, id, precondition)?;
    if conditions(tx)?.values().any(|condition| condition.segments().contains(&id)) {
        return Err(still_referenced("Another segment names this one."));
    }
    if let Some((campaign, name, _)) = campaigns::open_audiences(tx)?.into_iter().find(|(_, _, audience)| audience.names(id)) {
        return Err(still_referenced(format!("The campaign \"{name}\" ({campaign}) names this segment, and has not ended.")));
    }
    repository::delete(tx, id).map_err(|error| match error {
        DbError::Foreign(_) => still_referenced("Something names this segment."),
        other => other.into(),
    })
}

fn still_referenced(told: impl Into<Cow<'static, str>>) -> Error {
    Error::new(Code::StillReferenced, told)
}

/// Segments name each other: one changes at a time.
fn lock_all(tx: &mut DbConnection) -> Result<(), Error> {
    Ok(lock(tx, "segments")?)
}

fn held(tx: &mut DbConnection, id: Id<Segment>, precondition: &Precondition) -> Result<Segment, Error> {
    let segment = repository::find_for_update(tx, id)?.ok_or_else(|| Error::not_found("segment"))?;
    if !precondition.holds_for(segment.version) {
        return Err(Error::stale(segment.version));
    }
    if segment.is_built_in {
        return Err(Error::new(Code::Conflict, "This segment came with Patron: copy its definition into one of your own and change that."));
    }
    Ok(segment)
}

fn name_taken(error: DbError) -> Error {
    if error.is_unique("segments_name_key") {
        Error::new(Code::AlreadyTaken, "Another segment has this name already.").at("/name")
    } else {
        error.into()
    }
}

/// The condition that a caller's definition stands for; what it names is there.
///
/// # Errors
/// `invalid` with every fault, `unknown_reference`.
fn understood(tx: &mut DbConnection, definition: &Definition) -> Result<Condition, Error> {
    let under = |faults: Vec<FieldError>| Error::invalid(faults.into_iter().map(|fault| fault.under("/definition")).collect());
    let condition = definition.parse().map_err(under)?;
    let named = condition.references();
    let mut unknown: Vec<(Id<()>, &str)> = Vec::new();
    let categories = references::unknown_categories(tx, &named.categories)?;
    unknown.extend(categories.into_iter().map(|id| (id.cast(), "category")));
    let products = references::unknown_products(tx, &named.products)?;
    unknown.extend(products.into_iter().map(|id| (id.cast(), "product")));
    let surveys = references::unknown_surveys(tx, &named.surveys)?;
    unknown.extend(surveys.into_iter().map(|id| (id.cast(), "survey")));
    let batches = references::unknown_coupon_batches(tx, &named.coupon_batches)?;
    unknown.extend(batches.into_iter().map(|id| (id.cast(), "batch of coupons")));
    let campaigns = references::unknown_campaigns(tx, &named.campaigns)?;
    unknown.extend(campaigns.into_iter().map(|id| (id.cast(), "campaign")));
    match unknown.first() {
        None => Ok(condition),
        Some((id, what)) => Err(unknown_reference(definition, *id, what)),
    }
}

fn unknown_reference(definition: &Definition, id: Id<()>, what: &str) -> Error {
    let error = Error::new(Code::UnknownReference, format!("There is no such {what}."));
    definition.places_of(id).into_iter().fold(error, |error, place| error.at(format!("/definition{place}")))
}

/// Checks a definition by itself and among the others.
fn check(tx: &mut DbConnection, id: Id<Segment>, definition: &Definition) -> Result<(), Error> {
    let condition = understood(tx, definition)?;
    let mut all = conditions(tx)?;
    all.insert(id, condition);
    check_graph(id, &all).map_err(|fault| graph_fault(definition, id, fault))
}

fn graph_fault(definition: &Definition, changed: Id<Segment>, fault: GraphFault) -> Error {
    let whose = |of: Id<Segment>| if of == changed { "it".to_owned() } else { format!("the segment {of}, which names this one,") };
    match fault {
        GraphFault::Unknown(id) => unknown_reference(definition, id.cast(), "segment"),
        GraphFault::Ring(id) => {
            let places = definition.places_of(id.cast()).into_iter();
            let fault = |place| FieldError::new(format!("/definition{place}"), "ring", "names the segment that it would be part of");
            Error::invalid(places.map(fault).collect())
        }
        GraphFault::TooDeep(of) => Error::invalid_field("/definition", "too_deep", format!("{} would name segments too far", whose(of))),
        GraphFault::TooLarge(of) => Error::invalid_field(
            "/definition",
            "too_large",
            format!("{} would have too many leaves with those of the segments named", whose(of)),
        ),
    }
}

/// What every segment asks for.
fn conditions(tx: &mut DbConnection) -> Result<HashMap<Id<Segment>, Condition>, Error> {
    // They were checked when they were stored.
    let invalid = |_| Error::internal("a stored segment can not be understood");
    let stored = repository::definitions(tx)?.into_iter();
    stored.map(|(id, definition)| Ok((id, definition.parse().map_err(invalid)?))).collect()
}
