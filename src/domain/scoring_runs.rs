//! Scoring runs: everybody's score under one model at one instant, kept as history.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    customers::Customer,
    ids::Id,
    instants::Instant,
    jobs::{JobStatus, Progress},
    paging::SortOrder,
    value_models::{ModelName, ValueModel},
    value_score::{Hundredths, RunCuts, Tier},
};

/// What is asked of a scoring run. Everything may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"as_of": "2026-06-30T00:00:00Z", "window_days": 365}))]
pub struct ScoringRunDraft {
    /// The value model to score by; the active one when left out.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub model_id: Option<Id<ValueModel>>,
    /// The instant to score at, not in the future; now when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Instant>,
    /// Days whose purchases count; the model's own when left out.
    #[serde(default)]
    #[validate(range(min = 1, max = 3650))]
    #[schema(minimum = 1, maximum = 3650)]
    pub window_days: Option<i32>,
}

/// A scoring run as it is kept, with the state of its job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoringRun {
    /// The run's id, which is its job's too.
    pub id: Id<ScoringRun>,
    /// The model that it scores by.
    pub model: ModelName,
    /// The instant that it scores at.
    pub as_of: Instant,
    /// Days whose purchases count.
    pub window_days: i32,
    /// How far it has come.
    pub status: JobStatus,
    /// Customers read and rows written, of those to read and write.
    pub progress: Progress,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Customers with a score, once completed.
    pub population: Option<i64>,
    /// The cuts that it froze, once completed over a population.
    pub cuts: Option<RunCuts>,
    /// How many customers are in each tier, once completed.
    pub tier_counts: Option<TierCounts>,
    /// When it was asked for.
    pub created_at: Instant,
    /// When its scores became visible.
    pub completed_at: Option<Instant>,
}

/// How many customers of a run's population are in each tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct TierCounts {
    /// With the highest scores.
    #[schema(minimum = 0)]
    pub most_valuable: i64,
    /// In between.
    #[schema(minimum = 0)]
    pub growth: i64,
    /// With the lowest scores.
    #[schema(minimum = 0)]
    pub ordinary: i64,
}

impl TierCounts {
    /// Counts one more customer; one without a score is none of a run's population.
    pub const fn count(&mut self, tier: Tier) {
        match tier {
            Tier::MostValuable => self.most_valuable += 1,
            Tier::Growth => self.growth += 1,
            Tier::Ordinary => self.ordinary += 1,
            Tier::Prospect => {}
        }
    }
}

/// One customer's score in a run, with the measures and bands that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunScore {
    /// Whose.
    pub customer_id: Id<Customer>,
    /// The last purchase up to the run's instant.
    pub last_purchase_at: Instant,
    /// Whole days since then.
    pub recency_days: i64,
    /// Purchases in the window.
    pub frequency: i64,
    /// Net amount bought in the window less returns, in minor units.
    pub monetary: i64,
    /// Band of recency, from 1.
    pub recency_band: i32,
    /// Band of frequency, from 1.
    pub frequency_band: i32,
    /// Band of the amount, from 1.
    pub monetary_band: i32,
    /// Points for the value class of what was bought.
    pub product_type: Hundredths,
    /// Points for who uses what was bought.
    pub product_user: Hundredths,
    /// The score.
    pub score: Hundredths,
    /// The tier.
    pub tier: Tier,
    /// 1 + the number of customers with a higher score.
    pub rank: i64,
}

/// A score in a customer's history: the run that it is of, and the score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastScore {
    /// The run.
    pub run_id: Id<ScoringRun>,
    /// The model that it scored by.
    pub model: ModelName,
    /// The instant that it scored at.
    pub as_of: Instant,
    /// The population of the run.
    pub population: i64,
    /// When it completed.
    pub completed_at: Instant,
    /// The score.
    pub score: RunScore,
}

/// A score in the ranking of the current run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankedScore {
    /// The run.
    pub run_id: Id<ScoringRun>,
    /// The instant that it scored at.
    pub as_of: Instant,
    /// The score.
    pub score: RunScore,
    /// The share of the run's population with a lower score.
    pub percentile: Hundredths,
}

/// Which scores of a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScoreFilter {
    /// In this tier.
    pub tier: Option<Tier>,
    /// At least so high.
    pub min_score: Option<Hundredths>,
    /// At most so high.
    pub max_score: Option<Hundredths>,
}

text_enum! {
    /// The orders of the list of scoring runs and of a customer's history.
    ScoringRunSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for ScoringRunSort {}

text_enum! {
    /// The orders of a ranking.
    RankingSort { LowestFirst = "score", HighestFirst = "-score" }
}

impl SortOrder for RankingSort {}
