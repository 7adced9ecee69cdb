//! Scoring runs.

use diesel::prelude::*;

use crate::{
    db::{
        DbConnection, DbResult,
        schema::{scoring_runs, value_models},
    },
    domain::{ids::Id, value_score::ScoringRun},
    on,
};

/// The newest completed run of the active model.
///
/// # Errors
/// The database's.
pub fn current_id(conn: &mut DbConnection) -> DbResult<Option<Id<ScoringRun>>> {
    let completed = scoring_runs::table
        .inner_join(value_models::table)
        .filter(value_models::is_active.and(scoring_runs::completed_at.is_not_null()))
        .order((scoring_runs::completed_at.desc(), scoring_runs::id.desc()))
        .select(scoring_runs::id);
    Ok(on!(conn, c => completed.first(c).optional())?)
}
