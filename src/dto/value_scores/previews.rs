//! Previews of another model on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    difference,
    factors::{FactorView, factors},
};
use crate::{
    domain::{
        customer_values::NoScoreReason,
        customers::Customer,
        ids::Id,
        instants::Instant,
        money::Currency,
        previews::{PreviewOutcome, PreviewedCustomer, PreviewedScore},
        value_score::{Hundredths, Mover, Placing, Tier, Transition, score, tier},
    },
    dto::value_models::ModelNameView,
};

/// What another model would change, on the same customers at the same instant. Nothing of it is stored.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ValuePreview, example = json!({
    "as_of": "2026-06-30T00:00:00Z", "current_model": {"id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a80", "name": "five-factor", "version": 1},
    "preview_model": "long-memory", "population": 2357, "tier_changes": 211,
    "transitions": [{"from": "growth", "to": "most_valuable", "customers": 57}],
    "movers": [{"customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "current": {"score": 41.2, "tier": "ordinary"},
                "preview": {"score": 78.35, "tier": "most_valuable"}, "difference": 37.15}],
    "customer": null
}))]
pub struct PreviewView {
    /// The instant.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Instant,
    /// The active model.
    pub current_model: ModelNameView,
    /// The name of the model tried.
    pub preview_model: String,
    /// Customers who were scored.
    #[schema(minimum = 0)]
    pub population: i64,
    /// Customers whose tier would change.
    #[schema(minimum = 0)]
    pub tier_changes: i64,
    /// From which tier to which how many would go, those who stay included.
    pub transitions: Vec<TransitionView>,
    /// Those whose score would change most, up or down.
    pub movers: Vec<MoverView>,
    /// The customer asked for, by both models.
    #[schema(required)]
    pub customer: Option<PreviewedCustomerView>,
}

/// How many customers would go from one tier to another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TierTransition)]
pub struct TransitionView {
    /// The tier as it is.
    pub from: Tier,
    /// The tier as it would be.
    pub to: Tier,
    /// How many customers.
    #[schema(minimum = 1)]
    pub customers: i64,
}

/// A customer whose score would change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScoreMover)]
pub struct MoverView {
    /// Who.
    #[schema(value_type = Uuid)]
    pub customer_id: Id<Customer>,
    /// By the active model.
    pub current: PlacingView,
    /// By the model tried.
    pub preview: PlacingView,
    /// Score as it would be less score as it is.
    #[schema(minimum = -100, maximum = 100)]
    pub difference: f64,
}

/// A score and its tier.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Placing)]
pub struct PlacingView {
    /// From 0 to 100.
    pub score: Hundredths,
    /// The tier.
    pub tier: Tier,
}

/// A customer by both models.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviewedCustomer)]
pub struct PreviewedCustomerView {
    /// Who.
    #[schema(value_type = Uuid)]
    pub customer_id: Id<Customer>,
    /// By the active model.
    pub current: PreviewedScoreView,
    /// By the model tried.
    pub preview: PreviewedScoreView,
    /// Score as it would be less score as it is; null without scores.
    #[schema(required, minimum = -100, maximum = 100)]
    pub difference: Option<f64>,
}

/// A customer's value by one model, explained.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviewedScore)]
pub struct PreviewedScoreView {
    /// From 0 to 100; null for a customer without one, and then `reason` says why.
    #[schema(required)]
    pub score: Option<Hundredths>,
    /// The tier.
    #[schema(required)]
    pub tier: Option<Tier>,
    /// 1 + the number of customers with a higher score.
    #[schema(required, minimum = 1)]
    pub rank: Option<i64>,
    /// The share of customers with a lower score, in per cent.
    #[schema(required)]
    pub percentile: Option<Hundredths>,
    /// Why there is no score.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<NoScoreReason>,
    /// The five factors; none without a score.
    pub factors: Vec<FactorView>,
}

impl PreviewView {
    /// The outcome of a preview, with amounts in `currency`.
    pub fn of(outcome: PreviewOutcome, currency: Currency) -> Self {
        let PreviewOutcome { as_of, current_model, preview_name, preview, customer } = outcome;
        Self {
            as_of,
            current_model: (&current_model).into(),
            preview_model: preview_name,
            population: preview.population,
            tier_changes: preview.tier_changes,
            transitions: preview.transitions.into_iter().map(Into::into).collect(),
            movers: preview.movers.into_iter().map(Into::into).collect(),
            customer: customer.map(|customer| PreviewedCustomerView::of(&customer, as_of, currency)),
        }
    }
}

impl From<Transition> for TransitionView {
    fn from(transition: Transition) -> Self {
        Self { from: transition.from, to: transition.to, customers: transition.customers }
    }
}

impl From<Mover<Id<Customer>>> for MoverView {
    fn from(mover: Mover<Id<Customer>>) -> Self {
        let placing = |Placing { score, tier }| PlacingView { score, tier };
        Self { customer_id: mover.customer, current: placing(mover.old), preview: placing(mover.new), difference: mover.delta_as_number() }
    }
}

impl PreviewedCustomerView {
    fn of(customer: &PreviewedCustomer, as_of: Instant, currency: Currency) -> Self {
        let of = |scored| PreviewedScoreView::of(scored, customer.profiling_opt_out, as_of, currency);
        let (current, preview) = (of(&customer.current), of(&customer.preview));
        let difference = current.score.zip(preview.score).map(|(then, now)| difference(then, now));
        Self { customer_id: customer.customer_id, current, preview, difference }
    }
}

impl PreviewedScoreView {
    fn of(scored: &PreviewedScore, profiling_opt_out: bool, as_of: Instant, currency: Currency) -> Self {
        let found = scored.cuts.as_ref().filter(|_| !profiling_opt_out).and_then(|cuts| {
            let found = score(&scored.measures, &scored.definition, &cuts.bands, as_of)?;
            Some((found, tier(found.score, &cuts.tiers), scored.distribution.standing(found.score)))
        });
        match found {
            Some((found, tier, standing)) => Self {
                score: Some(found.score),
                tier: Some(tier),
                rank: Some(standing.rank),
                percentile: Some(standing.percentile),
                reason: None,
                factors: factors(&found, &scored.measures, &scored.definition, currency),
            },
            None => {
                let reason = if profiling_opt_out { NoScoreReason::ProfilingOptOut } else { NoScoreReason::NoPurchases };
                Self { score: None, tier: Some(Tier::Prospect), rank: None, percentile: None, reason: Some(reason), factors: Vec::new() }
            }
        }
    }
}
