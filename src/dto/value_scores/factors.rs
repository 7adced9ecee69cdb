//! The five factors of a score, explained.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{
    catalogue::{ProductUser, ValueClass},
    instants::Instant,
    money::Currency,
    value_score::{BandedScore, BasisPoints, CustomerScore, Factor, Hundredths, MeanScore, Measures, ModelDefinition, UserSource},
};

/// One of the five factors: what was measured, what it passed through, what it is worth.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FactorScore, example = json!({
    "factor": "recency", "weight": 0.1, "raw": {"days": 17, "last_purchase_at": "2026-06-12T09:00:00Z"},
    "cuts": [-300, -120, -60, -20], "band": 5, "bands": 5, "score": 100.0, "contribution": 10.0
}))]
pub struct FactorView {
    /// Which.
    pub factor: Factor,
    /// Its share of the score.
    pub weight: BasisPoints,
    /// What was measured.
    pub raw: RawMeasureView,
    /// The cuts that the measure passed through, ascending, so turned that more is better; `product_type` and `product_user` have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cuts: Option<Vec<i64>>,
    /// 1 + the number of cuts below the measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    pub band: Option<i32>,
    /// How many bands there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    pub bands: Option<i32>,
    /// The factor's own score: 100 · band / bands, or the mean points.
    pub score: Hundredths,
    /// weight · score; the total is rounded once, from the exact sum, and may differ from the sum of these by a few hundredths.
    pub contribution: Hundredths,
}

/// What was measured of a factor.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = RawMeasure)]
pub enum RawMeasureView {
    /// Of `recency`.
    Recency(RecencyMeasure),
    /// Of `frequency`.
    Frequency(FrequencyMeasure),
    /// Of `monetary`.
    Monetary(MonetaryMeasure),
    /// Of `product_type`.
    ProductType(ProductTypeMeasure),
    /// Of `product_user`.
    ProductUser(ProductUserMeasure),
}

/// How lately the customer bought.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecencyMeasure {
    /// Whole days since the last purchase.
    #[schema(minimum = 0)]
    pub days: i64,
    /// The last purchase, in the window or before it.
    #[schema(value_type = String, format = DateTime)]
    pub last_purchase_at: Instant,
}

/// How often the customer bought.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrequencyMeasure {
    /// Purchases in the window.
    #[schema(minimum = 0)]
    pub purchases: i64,
}

/// For how much the customer bought.
#[derive(Debug, Serialize, ToSchema)]
pub struct MonetaryMeasure {
    /// Bought less returned, never below 0, in minor units.
    #[schema(minimum = 0)]
    pub amount: i64,
    /// Net amount of the purchases in the window: after discounts and refunds, without shipping.
    #[schema(minimum = 0)]
    pub purchased: i64,
    /// Net amount of the returns in the window.
    #[schema(minimum = 0)]
    pub returned: i64,
    /// Of these amounts.
    pub currency: Currency,
}

/// Goods of what value class the customer bought.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductTypeMeasure {
    /// The purchases in the window by value class.
    pub by_class: Vec<ClassAmount>,
}

/// What was bought of one value class.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClassAmount {
    /// The value class.
    pub class: ValueClass,
    /// Net amount in minor units.
    #[schema(minimum = 0)]
    pub amount: i64,
    /// What the model gives for it.
    pub points: Hundredths,
}

/// For whom the customer bought.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductUserMeasure {
    /// The purchases in the window by who uses the goods and how that is known.
    pub by_user: Vec<UserAmount>,
}

/// What was bought for one kind of user.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserAmount {
    /// Who uses the goods.
    pub user: ProductUser,
    /// How that is known.
    pub known_by: UserSource,
    /// Net amount in minor units.
    #[schema(minimum = 0)]
    pub amount: i64,
    /// What the model gives for it.
    pub points: Hundredths,
}

/// The five factors of a score.
pub fn factors(scored: &CustomerScore<'_>, measures: &Measures, model: &ModelDefinition, currency: Currency) -> Vec<FactorView> {
    let recency = measures.last_purchase_at().map(|last_purchase_at| {
        let days = -scored.recency.goodness;
        banded(Factor::Recency, &scored.recency, RawMeasureView::Recency(RecencyMeasure { days, last_purchase_at }))
    });
    let frequency = RawMeasureView::Frequency(FrequencyMeasure { purchases: measures.frequency() });
    let monetary = RawMeasureView::Monetary(MonetaryMeasure {
        amount: measures.monetary_minor(),
        purchased: measures.purchases_minor(),
        returned: measures.returns_minor(),
        currency,
    });
    let by_class = measures.by_class().iter().map(|(class, amount)| ClassAmount { class, amount, points: model.class_points(class) });
    let by_user =
        measures.by_user().iter().map(|((user, known_by), amount)| UserAmount { user, known_by, amount, points: model.user_points(user) });
    let product_type = RawMeasureView::ProductType(ProductTypeMeasure { by_class: by_class.collect() });
    let product_user = RawMeasureView::ProductUser(ProductUserMeasure { by_user: by_user.collect() });
    let rest = [
        banded(Factor::Frequency, &scored.frequency, frequency),
        banded(Factor::Monetary, &scored.monetary, monetary),
        mean(Factor::ProductType, &scored.product_type, product_type),
        mean(Factor::ProductUser, &scored.product_user, product_user),
    ];
    recency.into_iter().chain(rest).collect()
}

fn banded(factor: Factor, scored: &BandedScore<'_>, raw: RawMeasureView) -> FactorView {
    FactorView {
        factor,
        weight: scored.weight,
        raw,
        cuts: Some(scored.cuts.to_vec()),
        band: Some(scored.band),
        bands: Some(scored.bands),
        score: scored.score,
        contribution: scored.contribution,
    }
}

fn mean(factor: Factor, scored: &MeanScore, raw: RawMeasureView) -> FactorView {
    FactorView {
        factor,
        weight: scored.weight,
        raw,
        cuts: None,
        band: None,
        bands: None,
        score: scored.score,
        contribution: scored.contribution,
    }
}
