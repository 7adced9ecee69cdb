//! A scoring model: weights, cut rules, points and tier shares, checked and in integers.

use std::{fmt::Display, ops::RangeInclusive};

use chrono::TimeDelta;

use super::{BasisPoints, Factor, Hundredths};
use crate::domain::{
    catalogue::{ProductUser, ValueClass},
    field_error::FieldError,
    instants::Instant,
};

/// Days that a window may span.
pub(super) const WINDOW_DAYS: RangeInclusive<i32> = 1..=3_650;
/// Bands that a factor may have.
pub(super) const BANDS: RangeInclusive<i32> = 2..=100;

/// How measures become scores; made by [`super::ModelDraft::parse`] or [`ModelDefinition::five_factor`], so always consistent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelDefinition {
    pub(super) window_days: i32,
    pub(super) weights: Weights,
    pub(super) recency: CutRule,
    pub(super) frequency: CutRule,
    pub(super) monetary: CutRule,
    pub(super) class_points: ClassPoints,
    pub(super) user_points: UserPoints,
    pub(super) tier_shares: TierShares,
}

/// Where a factor's cuts come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CutRule {
    /// From each run's population, at equal shares.
    Population {
        /// 2 … 100.
        bands: i32,
    },
    /// Given: 1 … 99 values of goodness, strictly ascending.
    Fixed(Vec<i64>),
}

/// Weights of the five factors; they sum to exactly 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weights {
    pub(super) recency: BasisPoints,
    pub(super) frequency: BasisPoints,
    pub(super) monetary: BasisPoints,
    pub(super) product_type: BasisPoints,
    pub(super) product_user: BasisPoints,
}

/// Points of the value classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClassPoints {
    pub(super) high: Hundredths,
    pub(super) everyday: Hundredths,
}

/// Points of the product users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UserPoints {
    pub(super) self_: Hundredths,
    pub(super) student: Hundredths,
    pub(super) child: Hundredths,
    pub(super) organisation: Hundredths,
    pub(super) senior: Hundredths,
    pub(super) family: Hundredths,
    pub(super) gift: Hundredths,
    pub(super) unknown: Hundredths,
}

/// Shares of a run's population, counted from the lowest score, at which tiers end; ascending, between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TierShares {
    /// Up to here customers are `ordinary`.
    pub ordinary_up_to: BasisPoints,
    /// Up to here they are `growth`, beyond it `most_valuable`.
    pub growth_up_to: BasisPoints,
}

impl ModelDefinition {
    /// Name of the model that stands from the first start.
    pub const FIVE_FACTOR: &'static str = "five-factor";

    /// The model of the design paper for the Guangzhou Book Center's CRM, with the points and bands of `value-score.md`: 365 days; recency 10 %,
    /// frequency 10 %, amount 35 %, product type 25 %, product user 20 %; five bands each from the population; tiers at 50 % and 80 %.
    pub fn five_factor() -> Self {
        let (share, points) = (BasisPoints::constant, Hundredths::constant);
        Self {
            window_days: 365,
            weights: Weights {
                recency: share(1_000),
                frequency: share(1_000),
                monetary: share(3_500),
                product_type: share(2_500),
                product_user: share(2_000),
            },
            recency: CutRule::Population { bands: 5 },
            frequency: CutRule::Population { bands: 5 },
            monetary: CutRule::Population { bands: 5 },
            class_points: ClassPoints { high: points(10_000), everyday: points(4_000) },
            user_points: UserPoints {
                self_: points(6_000),
                student: points(10_000),
                child: points(9_000),
                organisation: points(8_000),
                senior: points(5_000),
                family: points(7_000),
                gift: points(4_000),
                unknown: points(5_000),
            },
            tier_shares: TierShares { ordinary_up_to: share(5_000), growth_up_to: share(8_000) },
        }
    }

    /// The same model over another window.
    ///
    /// # Errors
    /// A `range` error of `/window_days` outside 1 … 3650 days.
    pub fn with_window_days(self, window_days: i32) -> Result<Self, FieldError> {
        if WINDOW_DAYS.contains(&window_days) { Ok(Self { window_days, ..self }) } else { Err(out_of_range("/window_days", &WINDOW_DAYS)) }
    }

    /// Days that the window spans, 1 … 3650.
    pub const fn window_days(&self) -> i32 {
        self.window_days
    }

    /// The instant after which a purchase is in the window that ends with `as_of`: the window is (T − W days, T], so a purchase at the returned
    /// instant is outside. `None` where the window reaches back before the year 1, and so holds everything up to `as_of`.
    pub fn window_start(&self, as_of: Instant) -> Option<Instant> {
        TimeDelta::try_days(-i64::from(self.window_days)).and_then(|window| as_of.checked_add(window))
    }

    /// The window that ends with `as_of`.
    pub fn window(&self, as_of: Instant) -> super::Window {
        super::Window { start: self.window_start(as_of), as_of }
    }

    /// Weight of a factor.
    pub const fn weight(&self, factor: Factor) -> BasisPoints {
        match factor {
            Factor::Recency => self.weights.recency,
            Factor::Frequency => self.weights.frequency,
            Factor::Monetary => self.weights.monetary,
            Factor::ProductType => self.weights.product_type,
            Factor::ProductUser => self.weights.product_user,
        }
    }

    /// Where the cuts of recency come from; its goodness is minus the days since the last purchase.
    pub const fn recency_cuts(&self) -> &CutRule {
        &self.recency
    }

    /// Where the cuts of frequency come from.
    pub const fn frequency_cuts(&self) -> &CutRule {
        &self.frequency
    }

    /// Where the cuts of the amount come from, in minor units.
    pub const fn monetary_cuts(&self) -> &CutRule {
        &self.monetary
    }

    /// Points of goods of a value class.
    pub const fn class_points(&self, class: ValueClass) -> Hundredths {
        match class {
            ValueClass::High => self.class_points.high,
            ValueClass::Everyday => self.class_points.everyday,
        }
    }

    /// Points of goods for a product user.
    pub const fn user_points(&self, user: ProductUser) -> Hundredths {
        match user {
            ProductUser::Self_ => self.user_points.self_,
            ProductUser::Student => self.user_points.student,
            ProductUser::Child => self.user_points.child,
            ProductUser::Organisation => self.user_points.organisation,
            ProductUser::Senior => self.user_points.senior,
            ProductUser::Family => self.user_points.family,
            ProductUser::Gift => self.user_points.gift,
            ProductUser::Unknown => self.user_points.unknown,
        }
    }

    /// Shares of the population at which tiers end.
    pub const fn tier_shares(&self) -> &TierShares {
        &self.tier_shares
    }

    /// The cuts of a model that gives all of them: what a live score can use before the first run. `None` where one comes from a population.
    pub fn fixed_cuts(&self) -> Option<super::BandCuts> {
        super::PopulationColumns::default().band_cuts(self)
    }
}

/// The fault of a number outside `range`.
pub(super) fn out_of_range<T: Display>(pointer: impl Into<String>, range: &RangeInclusive<T>) -> FieldError {
    FieldError::new(pointer, "range", format!("must be from {} to {}", range.start(), range.end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TextEnum;

    #[test]
    fn the_default_model_is_that_of_the_paper() {
        let model = ModelDefinition::five_factor();
        let weights: Vec<i32> = Factor::ALL.iter().map(|factor| model.weight(*factor).get()).collect();
        assert_eq!(weights, [1_000, 1_000, 3_500, 2_500, 2_000]);
        assert_eq!(weights.iter().sum::<i32>(), 10_000);
        let classes: Vec<i32> = ValueClass::ALL.iter().map(|class| model.class_points(*class).get()).collect();
        assert_eq!(classes, [10_000, 4_000]);
        let users: Vec<(&str, i32)> = ProductUser::ALL.iter().map(|user| (user.as_str(), model.user_points(*user).get())).collect();
        assert_eq!(
            users,
            [
                ("self", 6_000),
                ("student", 10_000),
                ("child", 9_000),
                ("organisation", 8_000),
                ("senior", 5_000),
                ("family", 7_000),
                ("gift", 4_000),
                ("unknown", 5_000)
            ]
        );
        assert_eq!((model.tier_shares().ordinary_up_to.get(), model.tier_shares().growth_up_to.get()), (5_000, 8_000));
        assert_eq!(model.window_days(), 365);
        assert_eq!(model.fixed_cuts(), None);
    }

    #[test]
    fn the_window_starts_whole_days_before() {
        let start = |days, as_of: &str| {
            let model = ModelDefinition::five_factor().with_window_days(days).unwrap();
            model.window_start(as_of.parse().unwrap()).map(|at| at.to_string())
        };
        assert_eq!(start(365, "2026-06-30T00:00:00Z"), Some("2025-06-30T00:00:00Z".into()));
        assert_eq!(start(1, "2024-03-01T12:34:56.000001Z"), Some("2024-02-29T12:34:56.000001Z".into()));
        assert_eq!(start(3_650, "0001-01-02T00:00:00Z"), None);
        for days in [0, -1, 3_651, i32::MIN, i32::MAX] {
            assert_eq!(ModelDefinition::five_factor().with_window_days(days).unwrap_err().code, "range");
        }
    }
}
