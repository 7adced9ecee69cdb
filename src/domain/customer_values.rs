//! The value of one customer, explained: what was measured, against what, and how it moved.

use std::sync::Arc;

use super::{
    customers::Customer,
    ids::Id,
    instants::Instant,
    scoring_runs::ScoringRun,
    value_models::ModelName,
    value_score::{
        BandCuts, CustomerScore, Hundredths, Measures, ModelDefinition, RunCuts, ScoreDistribution, Standing, Tier, score, tier,
    },
};

/// What scores are read against: a model and, once there is one, a run of it. Neither ever changes.
#[derive(Debug)]
pub struct ScoringBasis {
    /// The model.
    pub model: ModelName,
    /// The model's definition, over the window of the run.
    pub definition: ModelDefinition,
    /// The run; none before the model's first.
    pub run: Option<BasisRun>,
    /// The model's own cuts, where it gives all of them.
    fixed_cuts: Option<BandCuts>,
}

/// What a completed run froze.
#[derive(Debug)]
pub struct BasisRun {
    /// The run.
    pub id: Id<ScoringRun>,
    /// The instant that it scored at.
    pub as_of: Instant,
    /// Its cuts.
    pub cuts: RunCuts,
    /// Its scores, counted.
    pub distribution: ScoreDistribution,
}

impl ScoringBasis {
    /// A model with a run of it, if any.
    pub fn new(model: ModelName, definition: ModelDefinition, run: Option<BasisRun>) -> Self {
        let fixed_cuts = definition.fixed_cuts();
        Self { model, definition, run, fixed_cuts }
    }

    /// The cuts from measures to bands: the run's, before the first run the model's own. `None` where there are neither.
    pub fn band_cuts(&self) -> Option<&BandCuts> {
        self.run.as_ref().map(|run| &run.cuts.bands).or(self.fixed_cuts.as_ref())
    }

    /// The run's id.
    pub fn run_id(&self) -> Option<Id<ScoringRun>> {
        self.run.as_ref().map(|run| run.id)
    }
}

text_enum! {
    /// Why a customer has no score.
    NoScoreReason {
        /// Nothing was bought up to the instant of scoring.
        NoPurchases = "no_purchases",
        /// The customer does not want to be profiled.
        ProfilingOptOut = "profiling_opt_out",
        /// The model takes its cuts from a population, and has not been run over one.
        NoScoringRun = "no_scoring_run",
    }
}

/// A customer's value at one instant.
#[derive(Debug, Clone)]
pub struct CustomerValue {
    /// Whose.
    pub customer_id: Id<Customer>,
    /// When.
    pub as_of: Instant,
    /// Against what.
    pub basis: Arc<ScoringBasis>,
    /// The customer does not want to be profiled.
    pub profiling_opt_out: bool,
    /// What was measured.
    pub measures: Measures,
    /// Score and tier in the run itself, for who is in its population.
    pub run_score: Option<(Hundredths, Tier)>,
}

impl CustomerValue {
    /// The score with its factors, or why there is none.
    ///
    /// # Errors
    /// The reason.
    pub fn score(&self) -> Result<CustomerScore<'_>, NoScoreReason> {
        if self.profiling_opt_out {
            return Err(NoScoreReason::ProfilingOptOut);
        }
        if self.measures.last_purchase_at().is_none() {
            return Err(NoScoreReason::NoPurchases);
        }
        let cuts = self.basis.band_cuts().ok_or(NoScoreReason::NoScoringRun)?;
        score(&self.measures, &self.basis.definition, cuts, self.as_of).ok_or(NoScoreReason::NoPurchases)
    }

    /// Tier and place of `score` in the run's population; `None` before the first run.
    pub fn standing(&self, score: Hundredths) -> Option<(Tier, Standing)> {
        let run = self.basis.run.as_ref()?;
        let standing = match self.run_score {
            Some((own, _)) => run.distribution.standing_instead(own, score),
            None => run.distribution.standing(score),
        };
        Some((tier(score, &run.cuts.tiers), standing))
    }
}
