//! Service targets, version by version.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbError, DbResult, schema::service_targets, sql_types::Json},
    domain::{
        instants::Instant,
        service_targets::{ServiceTargets, ServiceTargetsDraft},
    },
    on,
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = service_targets)]
struct TargetsRow {
    version: i64,
    definition: Json<ServiceTargetsDraft>,
    created_at: Instant,
}

impl From<&ServiceTargets> for TargetsRow {
    fn from(targets: &ServiceTargets) -> Self {
        Self { version: targets.version, definition: Json(targets.draft().clone()), created_at: targets.updated_at }
    }
}

/// The last version.
///
/// # Errors
/// The database's.
pub fn find_newest(conn: &mut DbConnection) -> DbResult<Option<ServiceTargets>> {
    let newest = service_targets::table.order(service_targets::version.desc());
    let found: Option<TargetsRow> = on!(conn, c => newest.select(TargetsRow::as_select()).first(c).optional())?;
    // It was checked when it was stored.
    let invalid = |_| DbError::Other("stored service targets are not valid".into());
    found.map(|row| ServiceTargets::new(row.version, row.created_at, row.definition.0).map_err(invalid)).transpose()
}

/// Stores the next version.
///
/// # Errors
/// `service_targets_pkey` when another request has just stored it.
pub fn insert(conn: &mut DbConnection, targets: &ServiceTargets) -> DbResult<()> {
    let row = TargetsRow::from(targets);
    on!(conn, c => diesel::insert_into(service_targets::table).values(&row).execute(c))?;
    Ok(())
}

/// Stores a version unless it is there already.
///
/// # Errors
/// The database's.
pub fn insert_if_absent(conn: &mut DbConnection, targets: &ServiceTargets) -> DbResult<()> {
    let row = TargetsRow::from(targets);
    on!(conn, c => diesel::insert_into(service_targets::table).values(&row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}
