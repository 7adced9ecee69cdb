//! Shares of a whole.

use super::{Estimate, Interval, Z_95};

/// The share `successes / trials` with the Wilson score interval; none of no trials.
///
/// With p = successes / n and z = 1.96: (p + z²/2n ± z √(p (1 − p)/n + z²/4n²)) / (1 + z²/n), which unlike p ± z √(p (1 − p)/n) stays within
/// [0, 1] and holds for few trials and for shares near the ends. (E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical
/// Inference", JASA 22, 1927; recommended by Brown, Cai and DasGupta, Statistical Science 16, 2001.)
pub fn wilson(successes: u32, trials: u32) -> Option<Estimate> {
    if trials == 0 {
        return None;
    }
    let n = f64::from(trials);
    let share = f64::from(successes.min(trials)) / n;
    let square = Z_95 * Z_95;
    let denominator = 1.0 + square / n;
    let centre = (share + square / (2.0 * n)) / denominator;
    let reach = Z_95 * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt() / denominator;
    Some(Estimate { value: share, interval: Some(Interval::around(centre, reach).within(0.0, 1.0)) })
}

/// The difference of two shares, `after − before`, each given as (successes, trials), with Newcombe's hybrid score interval; none where either is of no
/// trials.
///
/// With p̂ and the Wilson intervals (l, u) of each share: d − √((p̂₂ − l₂)² + (u₁ − p̂₁)²) to d + √((u₂ − p̂₂)² + (p̂₁ − l₁)²), where d = p̂₂ − p̂₁. Unlike
/// d ± z √(p̂₁(1 − p̂₁)/n₁ + p̂₂(1 − p̂₂)/n₂) it holds for small groups and rare successes. (R. G. Newcombe, "Interval estimation for the difference
/// between independent proportions: comparison of eleven methods", Statistics in Medicine 17, 1998, method 10.)
pub fn difference_of_shares(before: (u32, u32), after: (u32, u32)) -> Option<Estimate> {
    let ends = |(successes, trials)| wilson(successes, trials).and_then(|share| Some((share.value, share.interval?)));
    let ((first, first_ends), (second, second_ends)) = (ends(before)?, ends(after)?);
    let value = second - first;
    let low = value - (second - second_ends.low).hypot(first_ends.high - first);
    let high = value + (second_ends.high - second).hypot(first - first_ends.low);
    Some(Estimate { value, interval: Some(Interval { low, high }) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn agrees_with_scipy() {
        // scipy.stats.binomtest(k, n).proportion_ci(method='wilson')
        for (successes, trials, low, high) in [
            (21, 30, 0.521_242_125_412_850_5, 0.833_352_517_317_562),
            (0, 10, 0.0, 0.277_532_799_862_889_26),
            (10, 10, 0.722_467_200_137_111_1, 1.0),
            (1, 1, 0.206_549_314_377_237_45, 1.0),
            (57, 312, 0.143_761_817_945_58, 0.229_341_381_554_247_96),
        ] {
            let interval = wilson(successes, trials).and_then(|estimate| estimate.interval).unwrap();
            assert!((interval.low - low).abs() < 1e-12 && (interval.high - high).abs() < 1e-12, "{successes}/{trials}: {interval:?}");
        }
        assert_eq!(wilson(0, 0), None);
    }

    /// The examples (a), (b) and (g) of Newcombe's paper, table II, method 10.
    #[test]
    fn differences_agree_with_the_paper() {
        for (after, before, low, high) in
            [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((10, 10), (0, 20), 0.6791, 1.0)]
        {
            let estimate = difference_of_shares(before, after).unwrap();
            let interval = estimate.interval.unwrap();
            assert!((interval.low - low).abs() < 5e-5 && (interval.high - high).abs() < 5e-5, "{after:?} against {before:?}: {interval:?}");
        }
        assert_eq!(difference_of_shares((0, 0), (1, 2)), None);
        assert_eq!(difference_of_shares((1, 2), (0, 0)), None);
    }

    proptest! {
        #[test]
        fn the_other_way_round_it_is_the_negative(a in 0_u32..50, b in 0_u32..50, more in 1_u32..50) {
            let (first, second) = ((a, a + more), (b, b + more));
            let (forth, back) = (difference_of_shares(first, second).unwrap(), difference_of_shares(second, first).unwrap());
            let (forth_ends, back_ends) = (forth.interval.unwrap(), back.interval.unwrap());
            prop_assert!((forth.value + back.value).abs() < 1e-12);
            prop_assert!((forth_ends.low + back_ends.high).abs() < 1e-12 && (forth_ends.high + back_ends.low).abs() < 1e-12);
            prop_assert!(forth_ends.low >= -1.0 - 1e-12 && forth_ends.high <= 1.0 + 1e-12);
        }

        #[test]
        fn the_interval_holds_the_share((trials, successes) in (1_u32..100_000).prop_flat_map(|trials| (Just(trials), 0..=trials))) {
            let estimate = wilson(successes, trials).unwrap();
            let interval = estimate.interval.unwrap();
            prop_assert!(0.0 <= interval.low && interval.low <= estimate.value + 1e-12);
            prop_assert!(estimate.value <= interval.high + 1e-12 && interval.high <= 1.0);
        }
    }
}
