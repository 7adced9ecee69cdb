//! Settings that are kept version by version, each in a table of its own: all these tables are alike.

use diesel::prelude::*;

use crate::{
    db::{
        DbConnection, DbError, DbResult,
        schema::{contact_policies, points_programmes, service_targets},
        sql_types::Json,
    },
    domain::{
        contact_policy::ContactPolicy, instants::Instant, points::PointsProgramme, service_targets::ServiceTargets, versions::Versioned,
    },
    on,
};

/// What has a table for its versions.
pub trait VersionTable: Versioned {
    /// What the table is called.
    const NAME: &'static str;

    /// The last version of those made by `until`.
    ///
    /// # Errors
    /// The database's.
    fn find_newest(conn: &mut DbConnection, until: Instant) -> DbResult<Option<Self>>;

    /// Stores the next version.
    ///
    /// # Errors
    /// The table's primary key when another request has just stored it.
    fn insert(&self, conn: &mut DbConnection) -> DbResult<()>;

    /// Stores a version unless it is there already.
    ///
    /// # Errors
    /// The database's.
    fn insert_if_absent(&self, conn: &mut DbConnection) -> DbResult<()>;
}

macro_rules! version_tables {
    ($($table:ident => $versioned:ty),+ $(,)?) => { $(
        impl VersionTable for $versioned {
            const NAME: &'static str = stringify!($table);

            fn find_newest(conn: &mut DbConnection, until: Instant) -> DbResult<Option<Self>> {
                type Columns = (i64, Instant, Json<<$versioned as Versioned>::Draft>);
                let made = $table::table.filter($table::created_at.le(until));
                let newest = made.order($table::version.desc()).select(($table::version, $table::created_at, $table::definition));
                let found: Option<Columns> = on!(conn, c => newest.first(c).optional())?;
                // It was checked when it was stored.
                let invalid = |_| DbError::Other(concat!("the last of ", stringify!($table), " is not valid").into());
                found.map(|(version, at, Json(draft))| Self::build(version, at, draft).map_err(invalid)).transpose()
            }

            fn insert(&self, conn: &mut DbConnection) -> DbResult<()> {
                let row = row_of!($table, self);
                on!(conn, c => diesel::insert_into($table::table).values(row).execute(c))?;
                Ok(())
            }

            fn insert_if_absent(&self, conn: &mut DbConnection) -> DbResult<()> {
                let row = row_of!($table, self);
                on!(conn, c => diesel::insert_into($table::table).values(row).on_conflict_do_nothing().execute(c))?;
                Ok(())
            }
        }
    )+ };
}

macro_rules! row_of {
    ($table:ident, $versioned:expr) => {
        (
            $table::version.eq($versioned.version()),
            $table::definition.eq(Json($versioned.draft().clone())),
            $table::created_at.eq($versioned.updated_at()),
        )
    };
}

version_tables! {
    contact_policies => ContactPolicy,
    points_programmes => PointsProgramme,
    service_targets => ServiceTargets,
}
