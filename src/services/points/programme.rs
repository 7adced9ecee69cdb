//! The points programme: there from the start, replaced as a whole, each change a version.

use crate::{
    db::DbConnection,
    domain::{
        catalogue::Category,
        field_error::FieldError,
        ids::Id,
        instants::Instant,
        points::{PointsProgramme, PointsProgrammeDraft},
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::{categories, points::programmes},
};

/// Makes the programme of a new shop in a database that has none yet: it begins now. Several programs may start at once.
///
/// # Errors
/// The database's.
pub fn ensure_default(tx: &mut DbConnection, now: Instant) -> Result<(), Error> {
    if programmes::find_newest(tx)?.is_some() {
        return Ok(());
    }
    Ok(programmes::insert_if_absent(tx, &PointsProgramme::new(1, now, now, PointsProgrammeDraft::default()))?)
}

/// The programme that holds now.
///
/// # Errors
/// `internal`: there always is one.
pub fn current(tx: &mut DbConnection) -> Result<PointsProgramme, Error> {
    programmes::find_newest(tx)?.ok_or_else(|| Error::internal("there is no points programme"))
}

/// Replaces the programme. It holds for what is earned from now on. The same again changes nothing.
///
/// # Errors
/// `invalid` for what stands twice, `unknown_reference` for a category that is not there, `stale_version`, `conflict` when another request has just
/// replaced it.
pub fn replace(
    tx: &mut DbConnection,
    now: Instant,
    precondition: &Precondition,
    draft: PointsProgrammeDraft,
) -> Result<PointsProgramme, Error> {
    let current = current(tx)?;
    if !precondition.holds_for(current.version) {
        return Err(Error::stale(current.version));
    }
    let faults: Vec<FieldError> = draft.faults();
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let programme = PointsProgramme::new(current.version + 1, now, current.starts_at, draft);
    if programme.draft == current.draft {
        return Ok(current);
    }
    check_categories(tx, &programme.draft)?;
    programmes::insert(tx, &programme)?;
    Ok(programme)
}

fn check_categories(tx: &mut DbConnection, draft: &PointsProgrammeDraft) -> Result<(), Error> {
    let ids: Vec<Id<Category>> = draft.category_bonuses.iter().map(|bonus| bonus.category_id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let known: Vec<Id<Category>> = categories::find_many(tx, &ids)?.into_iter().map(|category| category.id).collect();
    let mut unknown = ids.iter().enumerate().filter(|(_, id)| !known.contains(id)).peekable();
    if unknown.peek().is_none() {
        return Ok(());
    }
    let error = Error::new(Code::UnknownReference, "There is no such category.");
    Err(unknown.fold(error, |error, (index, _)| error.at(format!("/category_bonuses/{index}/category_id"))))
}
