//! The points programme: there from the start, replaced as a whole, each change a version.

use chrono::TimeDelta;

use crate::{
    db::DbConnection,
    domain::{
        instants::Instant,
        points::{PointsProgramme, PointsProgrammeDraft},
        precondition::Precondition,
    },
    error::Error,
    services::{references::check_categories, versions},
};

/// Makes the programme of a new shop in a database that has none yet: it begins now. Several programs may start at once.
///
/// # Errors
/// The database's.
pub fn ensure_default(tx: &mut DbConnection, now: Instant) -> Result<(), Error> {
    versions::ensure_default::<PointsProgramme>(tx, now)
}

/// The programme that holds now.
///
/// # Errors
/// `internal`: there always is one.
pub fn current(tx: &mut DbConnection) -> Result<PointsProgramme, Error> {
    versions::current(tx)
}

/// The programme that held at `at`; none before there was any.
///
/// # Errors
/// The database's.
pub fn find_at(tx: &mut DbConnection, at: Instant) -> Result<Option<PointsProgramme>, Error> {
    versions::find_at(tx, at)
}

/// What expires by then is told of in customers' events now; nothing is, when the programme has no days of notice.
///
/// # Errors
/// As [`current`].
pub fn noticed_until(tx: &mut DbConnection, now: Instant) -> Result<Option<Instant>, Error> {
    let notice = TimeDelta::try_days(current(tx)?.draft.notice_days).filter(|notice| !notice.is_zero());
    Ok(notice.and_then(|notice| now.checked_add(notice)))
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
    versions::replace(tx, now, precondition, draft, |tx, programme: &PointsProgramme| {
        let bonuses = programme.draft.category_bonuses.iter().enumerate();
        check_categories(tx, bonuses.map(|(index, bonus)| (format!("/category_bonuses/{index}/category_id"), bonus.category_id)))
    })
}
