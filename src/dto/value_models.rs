//! Value models on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        ids::Id,
        instants::Instant,
        value_models::{ModelName, ValueModel, ValueModelSort},
        value_score::{ClassPointsDraft, CutsDraft, ModelDraft, TierSharesDraft, UserPointsDraft, WeightsDraft},
    },
    list_params,
};

list_params! {
    /// Which value models.
    ListValueModels sorted by ValueModelSort = NewestFirst {}
}

/// A scoring model. It never changes; another definition under the same name is the next version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ValueModel, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a80", "name": "five-factor", "version": 1, "is_active": true, "window_days": 365,
    "weights": {"recency": 0.1, "frequency": 0.1, "monetary": 0.35, "product_type": 0.25, "product_user": 0.2},
    "cuts": {"recency": {"bands": 5}, "frequency": {"bands": 5}, "monetary": {"bands": 5}},
    "class_points": {"high": 100.0, "everyday": 40.0},
    "user_points": {"self": 60.0, "student": 100.0, "child": 90.0, "organisation": 80.0, "senior": 50.0, "family": 70.0, "gift": 40.0, "unknown": 50.0},
    "tier_shares": {"ordinary_up_to": 0.5, "growth_up_to": 0.8},
    "created_at": "2026-06-01T00:00:00Z", "activated_at": "2026-06-01T00:00:00Z"
}))]
pub struct ValueModelView {
    /// The model's id.
    #[schema(value_type = Uuid)]
    pub id: Id<ValueModel>,
    /// What it is called.
    pub name: String,
    /// Counts the models of this name, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Whether scores are this model's; exactly one model is active.
    pub is_active: bool,
    /// Days whose purchases count.
    #[schema(required, nullable = false)]
    pub window_days: Option<i64>,
    /// Weights of the five factors.
    #[schema(required, nullable = false)]
    pub weights: Option<WeightsDraft>,
    /// How raw measures are parted into bands.
    #[schema(required, nullable = false)]
    pub cuts: Option<CutsDraft>,
    /// Points of the value classes.
    #[schema(required, nullable = false)]
    pub class_points: Option<ClassPointsDraft>,
    /// Points of the product users.
    #[schema(required, nullable = false)]
    pub user_points: Option<UserPointsDraft>,
    /// Where tiers end.
    #[schema(required, nullable = false)]
    pub tier_shares: Option<TierSharesDraft>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last made the active one.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub activated_at: Option<Instant>,
}

impl From<ValueModel> for ValueModelView {
    fn from(model: ValueModel) -> Self {
        let ModelDraft { name, window_days, weights, cuts, class_points, user_points, tier_shares } = model.draft();
        Self {
            id: model.id,
            name,
            version: model.version,
            is_active: model.is_active,
            window_days,
            weights,
            cuts,
            class_points,
            user_points,
            tier_shares,
            created_at: model.created_at,
            activated_at: model.activated_at,
        }
    }
}

/// Which model something belongs to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModelName, example = json!({"id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a80", "name": "five-factor", "version": 1}))]
pub struct ModelNameView {
    /// The model's id.
    #[schema(value_type = Uuid)]
    pub id: Id<ValueModel>,
    /// What it is called.
    pub name: String,
    /// Which of this name.
    #[schema(minimum = 1)]
    pub version: i64,
}

impl From<&ModelName> for ModelNameView {
    fn from(model: &ModelName) -> Self {
        Self { id: model.id, name: model.name.clone(), version: model.version }
    }
}
