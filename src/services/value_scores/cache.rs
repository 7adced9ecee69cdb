//! What every live score is read against, kept in memory: the current run's basis, and what is known of goods.

use std::{
    collections::VecDeque,
    sync::{Arc, PoisonError, RwLock},
};

use super::basis;
use crate::{
    db::DbConnection,
    domain::{customer_values::ScoringBasis, ids::Id, scoring_runs::ScoringRun, value_score::Measures},
    error::Error,
    repositories::{
        scoring_runs, value_revision,
        views::{
            goods::{self, GoodsById},
            purchases::Purchases,
        },
    },
};

/// Runs that are remembered; each takes about 80 KB.
const RUNS: usize = 8;

/// Products that are remembered, in about 4 MiB. When there are more, remembering begins anew.
const PRODUCTS: usize = 65_536;

/// Shared by all threads; instances learn of each other's changes by the revision in the database.
#[derive(Debug, Default)]
pub struct ValueCache {
    current: RwLock<Option<Current>>,
    /// What completed runs froze, the newest in memory last: it never changes.
    runs: RwLock<VecDeque<Arc<ScoringBasis>>>,
}

/// What holds as long as the revision stands.
#[derive(Debug)]
struct Current {
    revision: Arc<str>,
    basis: Arc<ScoringBasis>,
    goods: GoodsById,
}

/// The basis of one revision.
#[derive(Debug, Clone)]
pub(super) struct RevisedBasis {
    /// The revision, which only the database knows to be the latest still.
    pub revision: Arc<str>,
    /// What was current then.
    pub basis: Arc<ScoringBasis>,
}

impl ValueCache {
    /// What was current when last asked.
    pub(super) fn remembered(&self) -> Option<RevisedBasis> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().map(|current| RevisedBasis { revision: Arc::clone(&current.revision), basis: Arc::clone(&current.basis) })
    }

    /// What is current: remembered, when the revision in the database says that it still holds.
    ///
    /// # Errors
    /// The database's.
    pub(super) fn current(&self, conn: &mut DbConnection) -> Result<RevisedBasis, Error> {
        // The revision first: should anything move between two statements, what is remembered under it will not be taken for the latest.
        let revision = value_revision::find(conn)?;
        if let Some(remembered) = self.remembered().filter(|remembered| *remembered.revision == *revision) {
            return Ok(remembered);
        }
        let basis = match scoring_runs::current_id(conn)? {
            Some(run) => self.of_run(conn, run)?,
            None => basis::of_active_model(conn)?,
        };
        let revised = RevisedBasis { revision: revision.into(), basis };
        let RevisedBasis { revision, basis } = revised.clone();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Current { revision, basis, goods: GoodsById::new() });
        Ok(revised)
    }

    /// The basis of a completed run.
    ///
    /// # Errors
    /// `internal` for a run that has not completed.
    pub(super) fn of_run(&self, conn: &mut DbConnection, run: Id<ScoringRun>) -> Result<Arc<ScoringBasis>, Error> {
        let known = self.runs.read().unwrap_or_else(PoisonError::into_inner).iter().find(|basis| basis.run_id() == Some(run)).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let loaded = Arc::new(basis::load(conn, run)?);
        let mut runs = self.runs.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have loaded it meanwhile.
        if let Some(known) = runs.iter().find(|basis| basis.run_id() == Some(run)) {
            return Ok(Arc::clone(known));
        }
        runs.push_back(Arc::clone(&loaded));
        if runs.len() > RUNS {
            runs.pop_front();
        }
        Ok(loaded)
    }

    /// The measures of what was bought, read beside whether `revision` still holds. Only where something of it is not remembered is the database asked.
    ///
    /// # Errors
    /// The database's.
    pub(super) fn measures(&self, conn: &mut DbConnection, bought: &Purchases, revision: &str) -> Result<Measures, Error> {
        let products = bought.products();
        {
            let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
            let known = current.as_ref().filter(|current| bought.is_current && *current.revision == *revision);
            if let Some(Current { goods, .. }) = known
                && products.iter().all(|product| goods.contains_key(product))
            {
                return Ok(bought.measures(|product| goods.get(&product).copied())?);
            }
        }
        let before = value_revision::find(conn)?;
        let found = goods::find_many(conn, &products)?;
        let measures = bought.measures(|product| found.get(&product).copied())?;
        self.remember(&before, found);
        Ok(measures)
    }

    /// Goods that were read after `revision`, and so are of it, or of a later one that will be noticed.
    fn remember(&self, revision: &str, found: GoodsById) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let Some(current) = current.as_mut().filter(|current| *current.revision == *revision) else { return };
        if current.goods.len() + found.len() > PRODUCTS {
            current.goods = GoodsById::new();
        }
        current.goods.extend(found);
    }
}
