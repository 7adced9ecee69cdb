//! What another model would change, tried on everybody without storing anything.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError, ValidationErrors};

use super::{
    customers::Customer,
    ids::Id,
    instants::Instant,
    texts::fault,
    value_models::{ModelName, ValueModel},
    value_score::{Measures, ModelDefinition, ModelDraft, Preview, RunCuts, ScoreDistribution},
};

/// Which model is tried, and on whom: exactly one of `model` and `model_id`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "model": {"name": "long-memory", "window_days": 730, "weights": {"recency": 0.2, "frequency": 0.2, "monetary": 0.25, "product_type": 0.2, "product_user": 0.15}},
    "limit": 10
}))]
pub struct PreviewDraft {
    /// A model that need not be stored.
    #[serde(default)]
    pub model: Option<ModelDraft>,
    /// A stored model.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub model_id: Option<Id<ValueModel>>,
    /// A customer whose score is explained by both models.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub customer_id: Option<Id<Customer>>,
    /// The instant to score at, not in the future; now when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Instant>,
    /// How many of those whose score changes most are named.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 200, default = 20)]
    pub limit: Option<u32>,
}

/// The movers named when nothing else is asked.
const DEFAULT_LIMIT: u32 = 20;
/// The most movers that are named.
const MAX_LIMIT: u32 = 200;

impl PreviewDraft {
    /// How many movers are named.
    pub fn limit(&self) -> usize {
        usize::try_from(self.limit.unwrap_or(DEFAULT_LIMIT)).unwrap_or(0)
    }
}

impl Validate for PreviewDraft {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut errors = ValidationErrors::new();
        if self.model.is_some() == self.model_id.is_some() {
            let mut one_of = ValidationError::new("one_of");
            one_of.message = Some("exactly one of model and model_id must be given".into());
            errors.add("__all__", one_of);
        }
        if self.limit.is_some_and(|limit| limit > MAX_LIMIT) {
            errors.add("limit", fault("range", "must lie between 0 and 200"));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// Both models' view of the same people at the same instant, each with cuts of its own from that population.
#[derive(Debug)]
pub struct PreviewOutcome {
    /// The instant.
    pub as_of: Instant,
    /// The active model.
    pub current_model: ModelName,
    /// The name of the model tried.
    pub preview_name: String,
    /// Who would move.
    pub preview: Preview<Id<Customer>>,
    /// The customer asked for.
    pub customer: Option<PreviewedCustomer>,
}

/// One customer by both models.
#[derive(Debug)]
pub struct PreviewedCustomer {
    /// Who.
    pub customer_id: Id<Customer>,
    /// The customer does not want to be profiled.
    pub profiling_opt_out: bool,
    /// By the active model.
    pub current: PreviewedScore,
    /// By the model tried.
    pub preview: PreviewedScore,
}

/// One customer by one model.
#[derive(Debug)]
pub struct PreviewedScore {
    /// The model.
    pub definition: ModelDefinition,
    /// What was measured in the model's window.
    pub measures: Measures,
    /// The cuts of the population; none where there is none.
    pub cuts: Option<RunCuts>,
    /// The scores of the population, counted.
    pub distribution: ScoreDistribution,
}
