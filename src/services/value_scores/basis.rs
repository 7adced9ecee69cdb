//! What scores are read against: a run's model, cuts and distribution, or the active model alone.

use std::sync::Arc;

use crate::{
    db::DbConnection,
    domain::{
        customer_values::{BasisRun, ScoringBasis},
        ids::Id,
        scoring_runs::ScoringRun,
    },
    error::Error,
    repositories::scoring_runs::{self, Frozen},
    services::value_models,
};

/// The basis before the active model's first run: the model alone.
///
/// # Errors
/// The database's.
pub(super) fn of_active_model(tx: &mut DbConnection) -> Result<Arc<ScoringBasis>, Error> {
    let model = value_models::active_model(tx)?;
    Ok(Arc::new(ScoringBasis::new(model.named(), model.definition, None)))
}

/// The basis that a completed run makes.
///
/// # Errors
/// `internal` for a run that has not completed.
pub(super) fn load(tx: &mut DbConnection, run: Id<ScoringRun>) -> Result<ScoringBasis, Error> {
    let frozen = scoring_runs::find_frozen(tx, run)?.ok_or_else(|| Error::internal("the scoring run has not completed"))?;
    let Frozen { model_id, as_of, window_days, cuts, distribution } = frozen;
    let model = value_models::get_model(tx, model_id)?;
    let definition = model.definition.clone().with_window_days(window_days).map_err(|fault| Error::internal(fault.message))?;
    Ok(ScoringBasis::new(model.named(), definition, Some(BasisRun { id: run, as_of, cuts, distribution })))
}
