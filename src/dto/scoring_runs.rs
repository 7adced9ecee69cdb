//! Scoring runs on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::value_models::ModelNameView;
use crate::{
    domain::{
        ids::Id,
        instants::Instant,
        jobs::JobStatus,
        scoring_runs::{ScoringRun, ScoringRunSort, TierCounts},
        value_score::{RunCuts, TierCuts},
    },
    list_params,
};

list_params! {
    /// Which scoring runs.
    ListScoringRuns sorted by ScoringRunSort = NewestFirst {}
}

/// A scoring run: a job while it works, then a part of every customer's history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScoringRun, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90", "status": "completed", "progress": {"done": 4357, "total": 4357},
    "model": {"id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a80", "name": "five-factor", "version": 1}, "as_of": "2026-06-30T00:00:00Z", "window_days": 365,
    "population": 2357, "tier_counts": {"most_valuable": 470, "growth": 708, "ordinary": 1179},
    "cuts": {"recency": [-300, -120, -60, -20], "frequency": [0, 1, 2, 4], "monetary": [0, 5000, 12000, 30000],
             "tiers": {"ordinary_up_to": 52.4, "growth_up_to": 74.15}},
    "error": null, "created_at": "2026-06-30T00:05:00Z", "completed_at": "2026-06-30T00:05:01Z"
}))]
pub struct ScoringRunView {
    /// The run's id.
    #[schema(value_type = Uuid)]
    pub id: Id<ScoringRun>,
    /// How far it has come.
    pub status: JobStatus,
    /// The same in numbers.
    pub progress: ProgressView,
    /// The model that it scores by.
    pub model: ModelNameView,
    /// The instant that it scores at.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Instant,
    /// Days whose purchases count.
    #[schema(minimum = 1, maximum = 3650)]
    pub window_days: i32,
    /// Customers with a score, once completed.
    #[schema(required, minimum = 0)]
    pub population: Option<i64>,
    /// How many customers are in each tier, once completed.
    #[schema(required)]
    pub tier_counts: Option<TierCounts>,
    /// The cuts that it froze, once completed; none when there was nobody to score.
    #[schema(required)]
    pub cuts: Option<RunCutsView>,
    /// Why the last attempt failed.
    #[schema(required)]
    pub error: Option<String>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When its scores became visible.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub completed_at: Option<Instant>,
}

/// Work done and work to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Progress)]
pub struct ProgressView {
    /// Of a scoring run customers read and scores written, of an import bytes.
    #[schema(minimum = 0)]
    pub done: i64,
    /// Of so many, once known.
    #[schema(required, minimum = 0)]
    pub total: Option<i64>,
}

/// Every cut of a run. A factor with k cuts has k + 1 bands; a measure above a cut is in the next band.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RunCuts)]
pub struct RunCutsView {
    /// Of minus the days since the last purchase.
    pub recency: Vec<i64>,
    /// Of the number of purchases.
    pub frequency: Vec<i64>,
    /// Of the net amount, in minor units.
    pub monetary: Vec<i64>,
    /// Of the score.
    pub tiers: TierCuts,
}

impl From<RunCuts> for RunCutsView {
    fn from(cuts: RunCuts) -> Self {
        Self { recency: cuts.bands.recency, frequency: cuts.bands.frequency, monetary: cuts.bands.monetary, tiers: cuts.tiers }
    }
}

impl From<ScoringRun> for ScoringRunView {
    fn from(run: ScoringRun) -> Self {
        Self {
            id: run.id,
            status: run.status,
            progress: ProgressView { done: run.progress.done, total: run.progress.total },
            model: (&run.model).into(),
            as_of: run.as_of,
            window_days: run.window_days,
            population: run.population,
            tier_counts: run.tier_counts,
            cuts: run.cuts.map(Into::into),
            error: run.error,
            created_at: run.created_at,
            completed_at: run.completed_at,
        }
    }
}
