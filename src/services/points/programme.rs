//! The points programme: there from the start, replaced as a whole, each change a version.

use crate::{
    db::DbConnection,
    domain::{
        field_error::FieldError,
        instants::Instant,
        points::{PointsProgramme, PointsProgrammeDraft},
        precondition::Precondition,
    },
    error::Error,
    repositories::points::programmes,
    services::references::check_categories,
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
    let bonuses = programme.draft.category_bonuses.iter().enumerate();
    check_categories(tx, bonuses.map(|(index, bonus)| (format!("/category_bonuses/{index}/category_id"), bonus.category_id)))?;
    programmes::insert(tx, &programme)?;
    Ok(programme)
}
