//! A scoring model as callers write it, the API shows it and the database keeps it: JSON numbers, each part with a default.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::{
        ArrayBuilder, KnownFormat, ObjectBuilder, SchemaFormat, Type,
        schema::{Array, SchemaType},
    },
};

use super::{
    ModelDefinition,
    model::CutRule,
    parse::{QUANTITY_CUTS, RECENCY_CUTS},
};

/// A scoring model. Every part but the name may be left out (or be null), and then is as in the default model `five-factor`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "school-year",
    "window_days": 365,
    "weights": {"recency": 0.1, "frequency": 0.1, "monetary": 0.35, "product_type": 0.25, "product_user": 0.2},
    "cuts": {"recency": {"fixed": [-300, -120, -60, -20]}, "frequency": {"bands": 5}, "monetary": {"bands": 5}},
    "class_points": {"high": 100, "everyday": 40},
    "user_points": {"self": 60, "student": 100, "child": 90, "organisation": 80, "senior": 50, "family": 70, "gift": 40, "unknown": 50},
    "tier_shares": {"ordinary_up_to": 0.5, "growth_up_to": 0.8}
}))]
pub struct ModelDraft {
    /// What the model is called: 1 to 100 characters, no control characters.
    #[schema(min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]+$")]
    pub name: String,
    /// Days, counted back from the instant of scoring, whose purchases count; 365 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3650)]
    pub window_days: Option<i64>,
    /// Weights of the five factors; the paper's 0.1, 0.1, 0.35, 0.25, 0.2 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<WeightsDraft>,
    /// How raw measures are parted into bands; five bands each, from the population, when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cuts: Option<CutsDraft>,
    /// Points of the value classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_points: Option<ClassPointsDraft>,
    /// Points of the product users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_points: Option<UserPointsDraft>,
    /// Where tiers end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier_shares: Option<TierSharesDraft>,
}

/// Weights of the five factors, each with at most four decimals; together exactly 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"recency": 0.1, "frequency": 0.1, "monetary": 0.35, "product_type": 0.25, "product_user": 0.2}))]
pub struct WeightsDraft {
    /// Days since the last purchase.
    #[schema(minimum = 0, maximum = 1)]
    pub recency: f64,
    /// Purchases in the window.
    #[schema(minimum = 0, maximum = 1)]
    pub frequency: f64,
    /// Net amount bought in the window.
    #[schema(minimum = 0, maximum = 1)]
    pub monetary: f64,
    /// Value class of what was bought.
    #[schema(minimum = 0, maximum = 1)]
    pub product_type: f64,
    /// Who uses what was bought.
    #[schema(minimum = 0, maximum = 1)]
    pub product_user: f64,
}

/// The cuts of the three factors that are parted into bands; a factor left out has five bands, from the population.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"recency": {"fixed": [-300, -120, -60, -20]}, "frequency": {"bands": 5}, "monetary": {"bands": 5}}))]
pub struct CutsDraft {
    /// Of the days since the last purchase, written as negative numbers, so that more is better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recency: Option<RecencyCutsDraft>,
    /// Of the number of purchases in the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency: Option<QuantityCutsDraft>,
    /// Of the net amount bought in the window, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monetary: Option<QuantityCutsDraft>,
}

/// Cuts of recency: either `bands` from each run's population, or `fixed` ones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"fixed": [-300, -120, -60, -20]}))]
pub struct RecencyCutsDraft {
    /// That many bands, cut at equal shares of the population of a run; 5 when neither is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 2, maximum = 100)]
    pub bands: Option<i64>,
    /// These cuts, strictly ascending: minus days since the last purchase. k cuts make k + 1 bands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = recency_cuts)]
    pub fixed: Option<Vec<i64>>,
}

/// Cuts of a count or an amount: either `bands` from each run's population, or `fixed` ones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"bands": 5}))]
pub struct QuantityCutsDraft {
    /// That many bands, cut at equal shares of the population of a run; 5 when neither is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 2, maximum = 100)]
    pub bands: Option<i64>,
    /// These cuts, strictly ascending: a measure above a cut is in the next band. k cuts make k + 1 bands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = quantity_cuts)]
    pub fixed: Option<Vec<i64>>,
}

/// Points of the value classes, each with at most two decimals.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"high": 100, "everyday": 40}))]
pub struct ClassPointsDraft {
    /// Instruments, works of art, digital devices; 100 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100)]
    pub high: Option<f64>,
    /// Books, audio-video, stationery, sports goods, toys; 40 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100)]
    pub everyday: Option<f64>,
}

/// Points of the product users, each with at most two decimals.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"student": 100, "child": 90}))]
pub struct UserPointsDraft {
    /// The buyer; 60 when left out.
    #[serde(rename = "self", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100)]
    pub self_: Option<f64>,
    /// A pupil or student; 100 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100)]
    pub student: Option<f64>,
    /// A child; 90 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100)]
    pub child: Option<f64>,
    /// A company, school or public body; 80 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100)]
    pub organisation: Option<f64>,
    /// A senior citizen; 50 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100)]
    pub senior: Option<f64>,
    /// The family as a whole; 70 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100)]
    pub family: Option<f64>,
    /// Somebody who is given a present; 40 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100)]
    pub gift: Option<f64>,
    /// Nobody said; 50 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 100)]
    pub unknown: Option<f64>,
}

/// Shares of a run's population, counted from the lowest score, at which tiers end; ascending, each with at most four decimals.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ordinary_up_to": 0.5, "growth_up_to": 0.8}))]
pub struct TierSharesDraft {
    /// Up to this share customers are `ordinary`; 0.5 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0.0001, maximum = 0.9999)]
    pub ordinary_up_to: Option<f64>,
    /// Up to this share they are `growth`, beyond it `most_valuable`; 0.8 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0.0001, maximum = 0.9999)]
    pub growth_up_to: Option<f64>,
}

impl validator::Validate for ModelDraft {
    /// Nothing is wrong yet: [`Self::parse`] checks it all, and names every fault.
    fn validate(&self) -> Result<(), validator::ValidationErrors> {
        Ok(())
    }
}

impl ModelDraft {
    /// `model` as the API shows it and the database keeps it, every part written out: [`Self::parse`] gives back exactly `name` and `model`.
    pub fn of(name: &str, model: &ModelDefinition) -> Self {
        let (weights, users) = (&model.weights, &model.user_points);
        Self {
            name: name.to_owned(),
            window_days: Some(model.window_days.into()),
            weights: Some(WeightsDraft {
                recency: weights.recency.as_number(),
                frequency: weights.frequency.as_number(),
                monetary: weights.monetary.as_number(),
                product_type: weights.product_type.as_number(),
                product_user: weights.product_user.as_number(),
            }),
            cuts: Some(CutsDraft {
                recency: Some(written(&model.recency)).map(|(bands, fixed)| RecencyCutsDraft { bands, fixed }),
                frequency: Some(written(&model.frequency)).map(|(bands, fixed)| QuantityCutsDraft { bands, fixed }),
                monetary: Some(written(&model.monetary)).map(|(bands, fixed)| QuantityCutsDraft { bands, fixed }),
            }),
            class_points: Some(ClassPointsDraft {
                high: Some(model.class_points.high.as_number()),
                everyday: Some(model.class_points.everyday.as_number()),
            }),
            user_points: Some(UserPointsDraft {
                self_: Some(users.self_.as_number()),
                student: Some(users.student.as_number()),
                child: Some(users.child.as_number()),
                organisation: Some(users.organisation.as_number()),
                senior: Some(users.senior.as_number()),
                family: Some(users.family.as_number()),
                gift: Some(users.gift.as_number()),
                unknown: Some(users.unknown.as_number()),
            }),
            tier_shares: Some(TierSharesDraft {
                ordinary_up_to: Some(model.tier_shares.ordinary_up_to.as_number()),
                growth_up_to: Some(model.tier_shares.growth_up_to.as_number()),
            }),
        }
    }
}

fn written(rule: &CutRule) -> (Option<i64>, Option<Vec<i64>>) {
    match rule {
        CutRule::Population { bands } => (Some((*bands).into()), None),
        CutRule::Fixed(cuts) => (None, Some(cuts.clone())),
    }
}

fn recency_cuts() -> Array {
    fixed_cuts("These cuts, strictly ascending: minus days since the last purchase. k cuts make k + 1 bands.", &RECENCY_CUTS)
}

fn quantity_cuts() -> Array {
    fixed_cuts("These cuts, strictly ascending: a measure above a cut is in the next band. k cuts make k + 1 bands.", &QUANTITY_CUTS)
}

/// The schema of fixed cuts; that they ascend, JSON Schema can not say.
fn fixed_cuts(description: &str, range: &RangeInclusive<i64>) -> Array {
    let cut = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(*range.start()))
        .maximum(Some(*range.end()));
    let list_or_nothing = SchemaType::from_iter([Type::Array, Type::Null]);
    ArrayBuilder::new()
        .schema_type(list_or_nothing)
        .description(Some(description))
        .items(cut)
        .min_items(Some(1))
        .max_items(Some(99))
        .unique_items(true)
        .build()
}
