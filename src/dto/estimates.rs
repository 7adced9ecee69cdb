//! Estimates on the wire. Numbers are rounded to four decimals.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::statistics::{Estimate, Interval};

/// To four decimals, more than any sample can tell.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

/// What was observed, with its 95 % confidence interval.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Estimate, example = json!({"value": 3.9, "low": 3.1886, "high": 4.6114}))]
pub struct EstimateView {
    /// As observed.
    pub value: f64,
    /// The lower end; null where so few tell nothing of others.
    #[schema(required)]
    pub low: Option<f64>,
    /// The upper end.
    #[schema(required)]
    pub high: Option<f64>,
}

impl From<Estimate> for EstimateView {
    fn from(estimate: Estimate) -> Self {
        let (low, high) = estimate.interval.map(|Interval { low, high }| (rounded(low), rounded(high))).unzip();
        Self { value: rounded(estimate.value), low, high }
    }
}
