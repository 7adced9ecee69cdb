//! The points programme, version by version.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::points_programmes, sql_types::Json},
    domain::{
        instants::Instant,
        points::{PointsProgramme, PointsProgrammeDraft},
    },
    on,
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = points_programmes)]
struct ProgrammeRow {
    version: i64,
    definition: Json<PointsProgrammeDraft>,
    created_at: Instant,
}

impl From<&PointsProgramme> for ProgrammeRow {
    fn from(programme: &PointsProgramme) -> Self {
        Self { version: programme.version, definition: Json(programme.draft.clone()), created_at: programme.updated_at }
    }
}

impl From<ProgrammeRow> for PointsProgramme {
    fn from(row: ProgrammeRow) -> Self {
        Self::new(row.version, row.created_at, row.created_at, row.definition.0)
    }
}

/// The last version.
///
/// # Errors
/// The database's.
pub fn find_newest(conn: &mut DbConnection) -> DbResult<Option<PointsProgramme>> {
    let newest = points_programmes::table.order(points_programmes::version.desc());
    let found: Option<ProgrammeRow> = on!(conn, c => newest.select(ProgrammeRow::as_select()).first(c).optional())?;
    Ok(found.map(Into::into))
}

/// Stores the next version.
///
/// # Errors
/// `points_programmes_pkey` when another request has just stored it.
pub fn insert(conn: &mut DbConnection, programme: &PointsProgramme) -> DbResult<()> {
    let row = ProgrammeRow::from(programme);
    on!(conn, c => diesel::insert_into(points_programmes::table).values(&row).execute(c))?;
    Ok(())
}

/// Stores a version unless it is there already.
///
/// # Errors
/// The database's.
pub fn insert_if_absent(conn: &mut DbConnection, programme: &PointsProgramme) -> DbResult<()> {
    let row = ProgrammeRow::from(programme);
    on!(conn, c => diesel::insert_into(points_programmes::table).values(&row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}
