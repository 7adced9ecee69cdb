//! What can be said of everybody from those who answered: means, proportions and differences, each with its 95 % confidence interval.
//!
//! Every function names its formula and where it comes from; the expected values of the tests were computed with SciPy 1.17.1.

mod means;
mod proportions;
mod student_t;

pub use means::{Moments, difference};
pub use proportions::{difference_of_shares, wilson};
pub use student_t::critical_value;

/// The 97.5 % quantile of the standard normal distribution: 95 % lie within as many standard deviations of the mean.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// Where a true value lies with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// `reach` to both sides of `centre`.
    pub const fn around(centre: f64, reach: f64) -> Self {
        Self { low: centre - reach, high: centre + reach }
    }

    /// The part of it between `least` and `greatest`: what lies outside a scale is no value of it.
    #[must_use]
    pub const fn within(self, least: f64, greatest: f64) -> Self {
        Self { low: self.low.clamp(least, greatest), high: self.high.clamp(least, greatest) }
    }

    /// Both ends multiplied.
    #[must_use]
    pub const fn scaled(self, factor: f64) -> Self {
        Self { low: self.low * factor, high: self.high * factor }
    }
}

/// What was observed, and what that says of everybody.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// As observed.
    pub value: f64,
    /// Where the true value lies; none where so few answers say nothing.
    pub interval: Option<Interval>,
}

impl Estimate {
    /// The same beside another zero.
    #[must_use]
    pub fn shifted(self, by: f64) -> Self {
        let shift = |interval: Interval| Interval { low: interval.low + by, high: interval.high + by };
        Self { value: self.value + by, interval: self.interval.map(shift) }
    }

    /// The same in other units.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self { value: self.value * factor, interval: self.interval.map(|interval| interval.scaled(factor)) }
    }

    /// The same with the interval cut at the ends of the scale.
    #[must_use]
    pub fn within(self, least: f64, greatest: f64) -> Self {
        Self { interval: self.interval.map(|interval| interval.within(least, greatest)), ..self }
    }
}
