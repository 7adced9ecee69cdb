//! Values of customers on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::value_models::ModelNameView;
use crate::{
    domain::{
        customer_values::{CustomerValue, NoScoreReason},
        customers::Customer,
        ids::Id,
        instants::Instant,
        money::Currency,
        scoring_runs::{PastScore, RankedScore, RankingSort, ScoreFilter, ScoringRun, ScoringRunSort},
        value_score::{Hundredths, Tier},
    },
    list_params,
};

use self::factors::factors;

mod factors;
mod previews;

pub use factors::FactorView;
pub use previews::PreviewView;

/// When a customer is looked at.
#[derive(Debug, serde::Deserialize, validator::Validate, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AsOf {
    /// An instant, not in the future; now when left out. Where a run of the active model was made at exactly this instant, its cuts are used, so that
    /// its scores come out again; else those of the current run.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime, nullable = false)]
    pub as_of: Option<Instant>,
}

list_params! {
    /// Which of a customer's scores.
    ListValueHistory sorted by ScoringRunSort = NewestFirst {}
}

list_params! {
    /// Which scores of the current run.
    ListValueScores sorted by RankingSort = HighestFirst {
        /// In this tier; nobody in the ranking is a `prospect`.
        #[param(inline)] tier: Tier,
        /// At least so high.
        #[param(value_type = Option<f64>, minimum = 0, maximum = 100)] min_score: Hundredths,
        /// At most so high.
        #[param(value_type = Option<f64>, minimum = 0, maximum = 100)] max_score: Hundredths,
    }
}

impl ListValueScores {
    /// Which scores.
    pub const fn filter(&self) -> ScoreFilter {
        ScoreFilter { tier: self.tier, min_score: self.min_score, max_score: self.max_score }
    }
}

/// A customer's value, explained.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ValueScore, example = json!({
    "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "score": 88.5, "tier": "most_valuable", "rank": 12, "percentile": 99.49, "population": 2357,
    "as_of": "2026-06-30T00:00:00Z", "window_days": 365, "run_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90",
    "model": {"id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a80", "name": "five-factor", "version": 1},
    "factors": [
        {"factor": "recency", "weight": 0.1, "raw": {"days": 17, "last_purchase_at": "2026-06-12T09:00:00Z"},
         "cuts": [-300, -120, -60, -20], "band": 5, "bands": 5, "score": 100.0, "contribution": 10.0},
        {"factor": "product_type", "weight": 0.25, "raw": {"by_class": [
            {"class": "high", "amount": 80000, "points": 100.0}, {"class": "everyday", "amount": 20000, "points": 40.0}]},
         "score": 88.0, "contribution": 22.0}
    ],
    "change": {"since": "2026-06-29T00:00:00Z", "score": 71.2, "tier": "growth", "difference": 17.3}
}))]
pub struct ValueScoreView {
    /// Whose.
    #[schema(value_type = Uuid)]
    pub customer_id: Id<Customer>,
    /// From 0 to 100; null for a customer without one, and then `reason` says why.
    #[schema(required)]
    pub score: Option<Hundredths>,
    /// The tier; null while there is no run to compare with.
    #[schema(required)]
    pub tier: Option<Tier>,
    /// 1 + the number of customers in the run's population with a higher score.
    #[schema(required, minimum = 1)]
    pub rank: Option<i64>,
    /// The share of the run's population with a lower score, in per cent.
    #[schema(required)]
    pub percentile: Option<Hundredths>,
    /// Customers in the run's population.
    #[schema(required, minimum = 0)]
    pub population: Option<i64>,
    /// Why there is no score.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<NoScoreReason>,
    /// The instant that purchases were counted up to.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Instant,
    /// Days, counted back from then, whose purchases count.
    #[schema(minimum = 1, maximum = 3650)]
    pub window_days: i32,
    /// The run whose cuts were used; null before the model's first run.
    #[schema(value_type = Option<Uuid>, required)]
    pub run_id: Option<Id<ScoringRun>>,
    /// The model.
    pub model: ModelNameView,
    /// The five factors; none without a score.
    pub factors: Vec<FactorView>,
    /// How the score moved since the run; null for who was not in its population.
    #[schema(required)]
    pub change: Option<ChangeView>,
}

/// How a score moved since the run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScoreChange)]
pub struct ChangeView {
    /// The instant that the run scored at.
    #[schema(value_type = String, format = DateTime)]
    pub since: Instant,
    /// The score then.
    pub score: Hundredths,
    /// The tier then.
    pub tier: Tier,
    /// Score now less score then.
    #[schema(minimum = -100, maximum = 100)]
    pub difference: f64,
}

impl ValueScoreView {
    /// A customer's value, with amounts in `currency`.
    pub fn of(value: &CustomerValue, currency: Currency) -> Self {
        let basis = &value.basis;
        let mut view = Self {
            customer_id: value.customer_id,
            score: None,
            tier: None,
            rank: None,
            percentile: None,
            population: basis.run.as_ref().map(|run| run.distribution.population()),
            reason: None,
            as_of: value.as_of,
            window_days: basis.definition.window_days(),
            run_id: basis.run_id(),
            model: (&basis.model).into(),
            factors: Vec::new(),
            change: None,
        };
        match value.score() {
            Err(reason) => {
                view.reason = Some(reason);
                view.tier = if reason == NoScoreReason::NoScoringRun { None } else { Some(Tier::Prospect) };
            }
            Ok(scored) => {
                view.score = Some(scored.score);
                if let Some((tier, standing)) = value.standing(scored.score) {
                    view.tier = Some(tier);
                    view.rank = Some(standing.rank);
                    view.percentile = Some(standing.percentile);
                }
                view.factors = factors(&scored, &value.measures, &basis.definition, currency);
                view.change = change(value, scored.score);
            }
        }
        view
    }
}

fn change(value: &CustomerValue, now: Hundredths) -> Option<ChangeView> {
    let ((score, tier), run) = value.run_score.zip(value.basis.run.as_ref())?;
    Some(ChangeView { since: run.as_of, score, tier, difference: difference(score, now) })
}

/// `now` less `then`, with two decimals.
fn difference(then: Hundredths, now: Hundredths) -> f64 {
    f64::from(now.get() - then.get()) / 100.0
}

/// A customer's place in the ranking of a run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RankedScore, example = json!({
    "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "score": 88.5, "tier": "most_valuable", "rank": 12, "percentile": 99.49,
    "last_purchase_at": "2026-06-12T09:00:00Z", "recency_days": 17, "frequency": 3, "monetary": 100000, "currency": "CNY",
    "recency_band": 5, "frequency_band": 4, "monetary_band": 5, "product_type": 88.0, "product_user": 67.5,
    "run_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90", "as_of": "2026-06-30T00:00:00Z"
}))]
pub struct RankedScoreView {
    /// Whose.
    #[schema(value_type = Uuid)]
    pub customer_id: Id<Customer>,
    /// From 0 to 100.
    pub score: Hundredths,
    /// The tier.
    pub tier: Tier,
    /// 1 + the number of customers with a higher score.
    #[schema(minimum = 1)]
    pub rank: i64,
    /// The share of customers with a lower score, in per cent.
    pub percentile: Hundredths,
    /// The last purchase.
    #[schema(value_type = String, format = DateTime)]
    pub last_purchase_at: Instant,
    /// Whole days since then.
    #[schema(minimum = 0)]
    pub recency_days: i64,
    /// Purchases in the window.
    #[schema(minimum = 0)]
    pub frequency: i64,
    /// Net amount bought in the window less returns, in minor units.
    #[schema(minimum = 0)]
    pub monetary: i64,
    /// Of `monetary`.
    pub currency: Currency,
    /// Band of recency.
    #[schema(minimum = 1)]
    pub recency_band: i32,
    /// Band of frequency.
    #[schema(minimum = 1)]
    pub frequency_band: i32,
    /// Band of the amount.
    #[schema(minimum = 1)]
    pub monetary_band: i32,
    /// Points for the value class of what was bought.
    pub product_type: Hundredths,
    /// Points for who uses it.
    pub product_user: Hundredths,
    /// The run.
    #[schema(value_type = Uuid)]
    pub run_id: Id<ScoringRun>,
    /// The instant that the run scored at.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Instant,
}

impl RankedScoreView {
    /// A ranked score, with amounts in `currency`.
    pub fn of(ranked: &RankedScore, currency: Currency) -> Self {
        let score = &ranked.score;
        Self {
            customer_id: score.customer_id,
            score: score.score,
            tier: score.tier,
            rank: score.rank,
            percentile: ranked.percentile,
            last_purchase_at: score.last_purchase_at,
            recency_days: score.recency_days,
            frequency: score.frequency,
            monetary: score.monetary,
            currency,
            recency_band: score.recency_band,
            frequency_band: score.frequency_band,
            monetary_band: score.monetary_band,
            product_type: score.product_type,
            product_user: score.product_user,
            run_id: ranked.run_id,
            as_of: ranked.as_of,
        }
    }
}

/// A customer's score in a run.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PastScore, example = json!({
    "run_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90", "model": {"id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a80", "name": "five-factor", "version": 1},
    "as_of": "2026-06-30T00:00:00Z", "completed_at": "2026-06-30T00:05:01Z", "score": 88.5, "tier": "most_valuable", "rank": 12, "population": 2357,
    "recency_days": 17, "frequency": 3, "monetary": 100000, "currency": "CNY"
}))]
pub struct PastScoreView {
    /// The run.
    #[schema(value_type = Uuid)]
    pub run_id: Id<ScoringRun>,
    /// The model that it scored by.
    pub model: ModelNameView,
    /// The instant that it scored at.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Instant,
    /// When it completed.
    #[schema(value_type = String, format = DateTime)]
    pub completed_at: Instant,
    /// From 0 to 100.
    pub score: Hundredths,
    /// The tier.
    pub tier: Tier,
    /// 1 + the number of customers with a higher score.
    #[schema(minimum = 1)]
    pub rank: i64,
    /// Customers in the run's population.
    #[schema(minimum = 0)]
    pub population: i64,
    /// Whole days since the last purchase.
    #[schema(minimum = 0)]
    pub recency_days: i64,
    /// Purchases in the window.
    #[schema(minimum = 0)]
    pub frequency: i64,
    /// Net amount bought in the window less returns, in minor units.
    #[schema(minimum = 0)]
    pub monetary: i64,
    /// Of `monetary`.
    pub currency: Currency,
}

impl PastScoreView {
    /// A past score, with amounts in `currency`.
    pub fn of(past: &PastScore, currency: Currency) -> Self {
        Self {
            run_id: past.run_id,
            model: (&past.model).into(),
            as_of: past.as_of,
            completed_at: past.completed_at,
            score: past.score.score,
            tier: past.score.tier,
            rank: past.score.rank,
            population: past.population,
            recency_days: past.score.recency_days,
            frequency: past.score.frequency,
            monetary: past.score.monetary,
            currency,
        }
    }
}
