//! What completed runs froze, kept in memory: it never changes, and a live score needs it each time.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError, RwLock},
};

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

/// Runs that are remembered; each takes about 80 KB.
const REMEMBERED: usize = 8;

/// Remembers the runs used last. Shared by all threads.
#[derive(Debug, Default)]
pub struct BasisCache(RwLock<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    /// What the last live score was read against.
    latest: Option<Arc<ScoringBasis>>,
    /// By run, the newest in memory last.
    runs: VecDeque<Arc<ScoringBasis>>,
}

impl BasisCache {
    /// What was current when last asked; only the database knows whether it still is.
    pub(super) fn latest(&self) -> Option<Arc<ScoringBasis>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).latest.clone()
    }

    /// Notes what is current.
    pub(super) fn remember_latest(&self, basis: &Arc<ScoringBasis>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).latest = Some(Arc::clone(basis));
    }

    /// The basis of a completed run.
    ///
    /// # Errors
    /// `internal` for a run that has not completed.
    pub(super) fn of_run(&self, tx: &mut DbConnection, run: Id<ScoringRun>) -> Result<Arc<ScoringBasis>, Error> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).runs.iter().find(|basis| basis.run_id() == Some(run)).cloned();
        let basis = match known {
            Some(basis) => basis,
            None => Arc::new(load(tx, run)?),
        };
        let mut remembered = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !remembered.runs.iter().any(|known| known.run_id() == Some(run)) {
            remembered.runs.push_back(Arc::clone(&basis));
            if remembered.runs.len() > REMEMBERED {
                remembered.runs.pop_front();
            }
        }
        Ok(basis)
    }
}

/// The basis before the active model's first run: the model alone.
///
/// # Errors
/// The database's.
pub(super) fn of_active_model(tx: &mut DbConnection) -> Result<Arc<ScoringBasis>, Error> {
    let model = value_models::active_model(tx)?;
    Ok(Arc::new(ScoringBasis::new(model.named(), model.definition, None)))
}

fn load(tx: &mut DbConnection, run: Id<ScoringRun>) -> Result<ScoringBasis, Error> {
    let frozen = scoring_runs::find_frozen(tx, run)?.ok_or_else(|| Error::internal("the scoring run has not completed"))?;
    let Frozen { model_id, as_of, window_days, cuts, distribution } = frozen;
    let model = value_models::get_model(tx, model_id)?;
    let definition = model.definition.clone().with_window_days(window_days).map_err(|fault| Error::internal(fault.message))?;
    Ok(ScoringBasis::new(model.named(), definition, Some(BasisRun { id: run, as_of, cuts, distribution })))
}
