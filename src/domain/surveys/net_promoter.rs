//! The net promoter score.

use crate::domain::statistics::{Estimate, Interval, Z_95};

/// How many would recommend the shop, and how many would not: of ratings from 0 to 10 those from 9 on are promoters, those up to 6 detractors.
/// (F. F. Reichheld, "The One Number You Need to Grow", Harvard Business Review, December 2003.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NetPromoter {
    /// 9 and 10.
    pub promoters: u32,
    /// 7 and 8.
    pub passives: u32,
    /// 0 to 6.
    pub detractors: u32,
}

/// A score and its variance after a few made-up answers were added.
struct Adjusted {
    score: f64,
    variance: f64,
}

impl NetPromoter {
    /// Of `count` answers for each rating from 0 on.
    pub fn of_counts(counts: impl IntoIterator<Item = u32>) -> Self {
        let mut sums = Self::default();
        for (rating, count) in counts.into_iter().enumerate() {
            let part = match rating {
                0..=6 => &mut sums.detractors,
                7 | 8 => &mut sums.passives,
                _ => &mut sums.promoters,
            };
            *part = part.saturating_add(count);
        }
        sums
    }

    /// How many answered.
    pub const fn count(&self) -> u32 {
        self.promoters.saturating_add(self.passives).saturating_add(self.detractors)
    }

    /// 100 · (promoters − detractors) / n, from −100 to 100, with the adjusted Wald interval; none of no answers, without interval of one.
    ///
    /// Promoters and detractors are counts of one multinomial, so that the variance of the difference of their shares p and d is
    /// (p + d − (p − d)²) / n. The interval is the difference ± 1.96 standard deviations after three answers were added, ¾ of them promoters and ¾
    /// detractors, and is cut at the ends of the scale: of six methods the one that held best. (B. Rocks, "Interval Estimation for the 'Net
    /// Promoter Score'", The American Statistician 70, 2016.)
    pub fn score(&self) -> Option<Estimate> {
        let n = f64::from(self.count());
        if n == 0.0 {
            return None;
        }
        let value = 100.0 * (f64::from(self.promoters) - f64::from(self.detractors)) / n;
        let Adjusted { score, variance } = self.adjusted();
        let interval = Interval::around(100.0 * score, 100.0 * Z_95 * variance.sqrt());
        Some(Estimate { value, interval: Some(interval).filter(|_| n > 1.0) }.within(-100.0, 100.0))
    }

    /// The score now less the score `before`, from −200 to 200, with the interval of two independent scores: the difference of the adjusted scores
    /// ± 1.96 √(variance + variance), each adjusted as in [`Self::score`]; none where either has no answers, without interval where either has one.
    pub fn difference(&self, before: &Self) -> Option<Estimate> {
        let value = self.score()?.value - before.score()?.value;
        let (now, then) = (self.adjusted(), before.adjusted());
        let interval = Interval::around(100.0 * (now.score - then.score), 100.0 * Z_95 * (now.variance + then.variance).sqrt());
        let is_enough = self.count() > 1 && before.count() > 1;
        Some(Estimate { value, interval: Some(interval).filter(|_| is_enough) }.within(-200.0, 200.0))
    }

    fn adjusted(&self) -> Adjusted {
        let n = f64::from(self.count()) + 3.0;
        let (promoters, detractors) = ((f64::from(self.promoters) + 0.75) / n, (f64::from(self.detractors) + 0.75) / n);
        let score = promoters - detractors;
        Adjusted { score, variance: (promoters + detractors - score * score) / n }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(promoters: u32, passives: u32, detractors: u32) -> NetPromoter {
        NetPromoter { promoters, passives, detractors }
    }

    #[test]
    fn ratings_are_sorted_into_three() {
        assert_eq!(NetPromoter::of_counts([1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 3]), of(6, 4, 7));
    }

    /// By hand: 5 promoters, 3 passives and 2 detractors of 10 make 100 · 0.3 = 30. With 3 added p = 5.75/13, d = 2.75/13, p − d = 3/13 and
    /// the variance (8.5/13 − 9/169)/13 = (110.5 − 9)/2197 = 101.5/2197.
    #[test]
    fn ten_answers_by_hand() {
        let score = of(5, 3, 2).score().unwrap();
        let interval = score.interval.unwrap();
        let (centre, reach) = (300.0 / 13.0, 196.0 * (101.5_f64 / 2197.0).sqrt());
        assert!((score.value - 30.0).abs() < 1e-12);
        assert!((interval.low - (centre - reach)).abs() < 0.001 && (interval.high - (centre + reach)).abs() < 0.001, "{interval:?}");
    }

    /// The same formula in NumPy, with the normal quantile of SciPy 1.17.1.
    #[test]
    fn intervals_agree_with_numpy() {
        for (counts, value, low, high) in [
            (of(19, 8, 9), 27.777_777_777_777_78, -0.441_473_926_398_577_85, 51.723_525_208_449_85),
            (of(50, 30, 20), 30.0, 14.051_130_178_761_607, 44.201_297_005_704_41),
            (of(36, 37, 27), 9.0, -6.451_056_533_836_274, 23.926_784_689_176_085),
            (of(10, 0, 0), 100.0, 47.503_551_544_790_2, 100.0),
        ] {
            let score = counts.score().unwrap();
            let interval = score.interval.unwrap();
            assert!((score.value - value).abs() < 1e-9, "{counts:?}");
            assert!((interval.low - low).abs() < 1e-9 && (interval.high - high).abs() < 1e-9, "{counts:?}: {interval:?}");
        }
        assert_eq!(of(0, 0, 0).score(), None);
        assert_eq!(of(0, 0, 1).score(), Some(Estimate { value: -100.0, interval: None }));
    }

    proptest! {
        #[test]
        fn changes_mirror_each_other(first in (0_u32..500, 0_u32..500, 1_u32..500), second in (1_u32..500, 0_u32..500, 0_u32..500)) {
            let (first, second) = (of(first.0, first.1, first.2), of(second.0, second.1, second.2));
            let (there, back) = (second.difference(&first).unwrap(), first.difference(&second).unwrap());
            prop_assert!((there.value + back.value).abs() < 1e-9);
            if let (Some(there), Some(back)) = (there.interval, back.interval) {
                prop_assert!((there.low + back.high).abs() < 1e-9 && (there.high + back.low).abs() < 1e-9);
            }
        }
    }
}
