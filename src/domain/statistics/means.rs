//! Means, and the difference of two.

use super::{Estimate, Interval, critical_value};

/// Count, mean and spread of numbers, kept while they pass by; their order matters in the last digits only.
///
/// (B. P. Welford, "Note on a method for calculating corrected sums of squares and products", Technometrics 4, 1962.)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Moments {
    count: u32,
    mean: f64,
    /// Σ (x − mean)².
    squares: f64,
}

impl Moments {
    /// Takes one number in.
    pub fn add(&mut self, number: f64) {
        self.count = self.count.saturating_add(1);
        let before = number - self.mean;
        self.mean += before / f64::from(self.count);
        self.squares += before * (number - self.mean);
    }

    /// Takes the same number in `times` times.
    ///
    /// (T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample variance", The American Statistician 37, 1983.)
    pub fn add_many(&mut self, number: f64, times: u32) {
        if times == 0 {
            return;
        }
        let (count, more) = (f64::from(self.count), f64::from(times));
        self.count = self.count.saturating_add(times);
        let before = number - self.mean;
        self.mean += before * more / f64::from(self.count);
        self.squares += before * before * count * more / f64::from(self.count);
    }

    /// Of numbers of which each value was counted.
    pub fn of_counts(counts: impl IntoIterator<Item = (f64, u32)> + Clone) -> Self {
        let count = counts.clone().into_iter().fold(0_u32, |sum, (_, count)| sum.saturating_add(count));
        if count == 0 {
            return Self::default();
        }
        let sum: f64 = counts.clone().into_iter().map(|(value, count)| value * f64::from(count)).sum();
        let mean = sum / f64::from(count);
        let squares = counts.into_iter().map(|(value, count)| (value - mean).powi(2) * f64::from(count)).sum();
        Self { count, mean, squares }
    }

    /// How many numbers.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// x̄; none of no numbers.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then_some(self.mean)
    }

    /// s² = Σ (x − x̄)² / (n − 1); none of fewer than two numbers.
    pub fn variance(&self) -> Option<f64> {
        (self.count > 1).then(|| self.squares / f64::from(self.count - 1))
    }

    /// The mean with Student's interval x̄ ± t(0.975; n − 1) · s/√n; none of no numbers, without interval of one.
    ///
    /// (Student, "The probable error of a mean", Biometrika 6, 1908.) For ratings, which are not normal, it holds the better the more there are;
    /// on five-point scales from some twenty on.
    pub fn estimate(&self) -> Option<Estimate> {
        let interval = self.variance().map(|variance| {
            let error = (variance / f64::from(self.count)).sqrt();
            Interval::around(self.mean, critical_value(f64::from(self.count - 1)) * error)
        });
        self.mean().map(|value| Estimate { value, interval })
    }
}

/// The difference of two means, `after − before`, with Welch's interval, which does not suppose that both spread alike; none where either is of no
/// numbers, without interval where either is of one.
///
/// ± t(0.975; ν) · √(s₁²/n₁ + s₂²/n₂) with ν = (s₁²/n₁ + s₂²/n₂)² / ((s₁²/n₁)²/(n₁ − 1) + (s₂²/n₂)²/(n₂ − 1)). (B. L. Welch, "The generalization of
/// 'Student's' problem when several different population variances are involved", Biometrika 34, 1947; ν by F. E. Satterthwaite, 1946.)
pub fn difference(before: &Moments, after: &Moments) -> Option<Estimate> {
    let value = after.mean()? - before.mean()?;
    let interval = before.variance().zip(after.variance()).map(|(first, second)| {
        let (first, second) = (first / f64::from(before.count), second / f64::from(after.count));
        let sum = first + second;
        let degrees = sum.powi(2) / (first.powi(2) / f64::from(before.count - 1) + second.powi(2) / f64::from(after.count - 1));
        // Where nobody differs from anybody there is no spread, and 0/0 degrees.
        let reach = if sum > 0.0 { critical_value(degrees) * sum.sqrt() } else { 0.0 };
        Interval::around(value, reach)
    });
    Some(Estimate { value, interval })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(numbers: &[f64]) -> Moments {
        let mut moments = Moments::default();
        numbers.iter().for_each(|number| moments.add(*number));
        moments
    }

    fn assert_near(found: Option<Estimate>, value: f64, low: f64, high: f64) {
        let found = found.unwrap();
        let interval = found.interval.unwrap();
        for (found, expected) in [(found.value, value), (interval.low, low), (interval.high, high)] {
            assert!((found - expected).abs() < 1e-8, "{found} is not {expected}");
        }
    }

    /// By hand: 2, 4, 6 have the mean 4, s² = (4 + 0 + 4)/2 = 4, and t(0.975; 2) = 4.30265 makes 4 ± 4.30265 · 2/√3.
    #[test]
    fn three_numbers_by_hand() {
        let moments = of(&[2.0, 4.0, 6.0]);
        assert_eq!((moments.mean(), moments.variance()), (Some(4.0), Some(4.0)));
        let reach = 4.302_652_729_749_462 * 2.0 / 3.0_f64.sqrt();
        assert_near(moments.estimate(), 4.0, 4.0 - reach, 4.0 + reach);
    }

    /// scipy.stats.t.interval(0.95, 29, loc=mean, scale=sem) of thirty ratings: twelve 5, nine 4, four 3, three 2, two 1.
    #[test]
    fn ratings_agree_with_scipy() {
        let moments = Moments::of_counts([(1.0, 2), (2.0, 3), (3.0, 4), (4.0, 9), (5.0, 12)]);
        assert_near(moments.estimate(), 3.866_666_666_666_666_7, 3.399_115_645_406_078_5, 4.334_217_687_927_254_5);
    }

    /// scipy.stats.ttest_ind(after, before, equal_var=False).confidence_interval(0.95)
    #[test]
    fn differences_agree_with_scipy() {
        let before = of(&[62.5, 75.0, 50.0, 100.0, 87.5, 25.0, 75.0, 62.5]);
        let after = of(&[87.5, 100.0, 75.0, 62.5, 100.0, 87.5]);
        assert_near(difference(&before, &after), 18.229_166_666_666_67, -3.845_130_640_128_406_4, 40.303_463_973_461_746);
    }

    #[test]
    fn few_numbers_say_little() {
        assert_eq!(of(&[]).estimate(), None);
        assert_eq!(of(&[3.0]).estimate(), Some(Estimate { value: 3.0, interval: None }));
        assert_eq!(difference(&of(&[3.0]), &of(&[])), None);
        assert_eq!(difference(&of(&[3.0]), &of(&[4.0, 5.0])), Some(Estimate { value: 1.5, interval: None }));
        assert_eq!(difference(&of(&[3.0, 3.0]), &of(&[4.0, 4.0])).and_then(|it| it.interval), Some(Interval { low: 1.0, high: 1.0 }));
    }

    proptest! {
        #[test]
        fn counted_or_one_by_one_is_the_same(counts in prop::collection::vec(0_u32..40, 5)) {
            let counted: Vec<(f64, u32)> = (1_u32..).map(f64::from).zip(counts.iter().copied()).collect();
            let mut single = Moments::default();
            for (value, count) in &counted {
                (0..*count).for_each(|_| single.add(*value));
            }
            let mut many = Moments::default();
            counted.iter().for_each(|(value, count)| many.add_many(*value, *count));
            prop_assert_eq!(many.count(), single.count());
            prop_assert!((many.mean - single.mean).abs() < 1e-9 && (many.squares - single.squares).abs() < 1e-7);
            let all = Moments::of_counts(counted);
            prop_assert_eq!(all.count(), single.count());
            prop_assert!((all.mean - single.mean).abs() < 1e-9 && (all.squares - single.squares).abs() < 1e-7);
        }

        #[test]
        fn the_interval_is_around_the_mean(numbers in prop::collection::vec(0.0..100.0_f64, 2..60)) {
            let estimate = of(&numbers).estimate().unwrap();
            let interval = estimate.interval.unwrap();
            prop_assert!(interval.low <= estimate.value && estimate.value <= interval.high);
        }
    }
}
