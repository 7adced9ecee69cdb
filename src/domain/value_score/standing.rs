//! Where a score stands among the scores of a population: tier, rank, percentile.

use super::{BasisPoints, Hundredths, Tier, TierCuts, cuts::rank_at_share, model::TierShares};

/// The tier of a score. [`Tier::Prospect`] is never the answer: it is for customers without a score.
pub fn tier(score: Hundredths, cuts: &TierCuts) -> Tier {
    if score <= cuts.ordinary_up_to {
        Tier::Ordinary
    } else if score <= cuts.growth_up_to {
        Tier::Growth
    } else {
        Tier::MostValuable
    }
}

/// A score's place in a population.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// 1 + the number of customers with a higher score (competition ranking).
    pub rank: i64,
    /// 100 · |{x : x < score}| / N, rounded half-up to two decimals; 0 in an empty population.
    pub percentile: Hundredths,
    /// N.
    pub population: i64,
}

impl Standing {
    /// The place of a score with `higher` customers above it and `lower` ones below it among `population`; all three ≥ 0.
    pub fn from_counts(higher: i64, lower: i64, population: i64) -> Self {
        let whole = i128::from(Hundredths::MAX.get());
        let percentile = Hundredths::ratio(whole * i128::from(lower), population.into());
        Self { rank: higher.saturating_add(1), percentile, population }
    }
}

/// The scores of a population, counted: its size in memory does not depend on how many there are (a score is one of 10 001).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreDistribution {
    /// For each score s in hundredths, how many customers have a score ≤ s.
    at_most: Vec<i64>,
}

impl FromIterator<Hundredths> for ScoreDistribution {
    fn from_iter<I: IntoIterator<Item = Hundredths>>(scores: I) -> Self {
        let mut counts: Vec<i64> = (0..=Hundredths::MAX.get()).map(|_| 0).collect();
        for score in scores {
            counts.get_mut(position(score)).into_iter().for_each(|count| *count += 1);
        }
        Self::cumulated(counts)
    }
}

impl ScoreDistribution {
    fn cumulated(mut counts: Vec<i64>) -> Self {
        let mut sum = 0;
        for count in &mut counts {
            sum += *count;
            *count = sum;
        }
        Self { at_most: counts }
    }

    /// Number of customers with a score, N.
    pub fn population(&self) -> i64 {
        self.at_most.last().copied().unwrap_or(0)
    }

    /// How many customers have each score from 0.00 to 100.00: 10 001 little-endian 32-bit counts. A count that does not fit is its maximum.
    pub fn to_bytes(&self) -> Vec<u8> {
        let below = std::iter::once(&0).chain(&self.at_most);
        let counts = self.at_most.iter().zip(below).map(|(at_most, below)| u32::try_from(at_most - below).unwrap_or(u32::MAX));
        counts.flat_map(u32::to_le_bytes).collect()
    }

    /// The distribution that [`Self::to_bytes`] has written; `None` for bytes of any other length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (counts, rest) = bytes.as_chunks::<4>();
        let scores = (0..=Hundredths::MAX.get()).count();
        (rest.is_empty() && counts.len() == scores)
            .then(|| Self::cumulated(counts.iter().map(|count| u32::from_le_bytes(*count).into()).collect()))
    }

    /// Where `score` stands; it need not be one of the population's own. O(1).
    pub fn standing(&self, score: Hundredths) -> Standing {
        let population = self.population();
        let higher = population - self.at_most.get(position(score)).copied().unwrap_or(0);
        Standing::from_counts(higher, self.lower(score), population)
    }

    /// Where a customer of the population whose score was `own` would stand with `score` instead: nobody stands above themselves.
    pub fn standing_instead(&self, own: Hundredths, score: Hundredths) -> Standing {
        let standing = self.standing(score);
        let (higher, lower) = (standing.rank - 1, self.lower(score));
        Standing::from_counts(higher - i64::from(own > score), lower - i64::from(own < score), self.population())
    }

    fn lower(&self, score: Hundredths) -> i64 {
        position(score).checked_sub(1).and_then(|at| self.at_most.get(at)).copied().unwrap_or(0)
    }

    /// The scores that end the tiers at these shares: a[⌈share·N⌉ − 1], a being the scores ascending. `None` in an empty population.
    pub fn tier_cuts(&self, shares: &TierShares) -> Option<TierCuts> {
        Some(TierCuts { ordinary_up_to: self.at_share(shares.ordinary_up_to)?, growth_up_to: self.at_share(shares.growth_up_to)? })
    }

    fn at_share(&self, share: BasisPoints) -> Option<Hundredths> {
        let rank = rank_at_share(share.get().into(), BasisPoints::MAX.get().into(), self.population());
        let score = self.at_most.partition_point(|at_most| *at_most < rank);
        if self.population() == 0 { None } else { i64::try_from(score).ok().and_then(Hundredths::new) }
    }
}

fn position(score: Hundredths) -> usize {
    usize::try_from(score.get()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn points(units: i64) -> Hundredths {
        Hundredths::new(units).unwrap()
    }

    fn distribution(scores: &[i64]) -> ScoreDistribution {
        scores.iter().copied().map(points).collect()
    }

    fn shares(ordinary: i64, growth: i64) -> TierShares {
        TierShares { ordinary_up_to: BasisPoints::new(ordinary).unwrap(), growth_up_to: BasisPoints::new(growth).unwrap() }
    }

    #[test]
    fn a_tier_ends_with_its_cut() {
        let cuts = TierCuts { ordinary_up_to: points(5_000), growth_up_to: points(7_000) };
        for (score, expected) in [
            (0, Tier::Ordinary),
            (5_000, Tier::Ordinary),
            (5_001, Tier::Growth),
            (7_000, Tier::Growth),
            (7_001, Tier::MostValuable),
            (10_000, Tier::MostValuable),
        ] {
            assert_eq!(tier(points(score), &cuts), expected, "{score}");
        }
    }

    #[test]
    fn tier_cuts_stand_at_the_shares() {
        for (scores, ordinary_up_to, growth_up_to) in [
            // ⌈0.5·10⌉ = 5, ⌈0.8·10⌉ = 8
            (&[100, 90, 80, 70, 60, 50, 40, 30, 20, 10][..], 50, 80),
            // ⌈0.5·7⌉ = 4, ⌈0.8·7⌉ = 6
            (&[1, 2, 3, 4, 5, 6, 7], 4, 6),
            // ⌈0.5·1⌉ = 1, ⌈0.8·1⌉ = 1
            (&[8_850], 8_850, 8_850),
            (&[0, 0, 0], 0, 0),
            (&[10_000, 0], 0, 10_000),
        ] {
            let cuts = distribution(scores).tier_cuts(&shares(5_000, 8_000)).unwrap();
            assert_eq!(cuts, TierCuts { ordinary_up_to: points(ordinary_up_to), growth_up_to: points(growth_up_to) }, "{scores:?}");
        }
        assert_eq!(distribution(&[]).tier_cuts(&shares(5_000, 8_000)), None);
    }

    #[test]
    fn ties_share_a_rank_and_leave_the_next_ones_free() {
        let population = distribution(&[900, 700, 700, 700, 100]);
        let standing = |score| (population.standing(points(score)).rank, population.standing(points(score)).percentile);
        assert_eq!(standing(900), (1, points(8_000)));
        assert_eq!(standing(700), (2, points(2_000)));
        assert_eq!(standing(100), (5, points(0)));
        // scores that nobody in the population has
        assert_eq!(standing(10_000), (1, points(10_000)));
        assert_eq!(standing(800), (2, points(8_000)));
        assert_eq!(standing(0), (6, points(0)));
        assert_eq!(population.standing(points(0)).population, 5);
    }

    #[test]
    fn nobody_stands_above_themselves() {
        let population = distribution(&[900, 700, 700, 700, 100]);
        let standing = |own, score| {
            let standing = population.standing_instead(points(own), points(score));
            (standing.rank, standing.percentile.get(), standing.population)
        };
        // unchanged: as it was
        assert_eq!(standing(700, 700), (2, 2_000, 5));
        // down from the first place: 700 700 700 are above, 100 is below
        assert_eq!(standing(900, 500), (4, 2_000, 5));
        // up from the last: nobody is below but the three and the first
        assert_eq!(standing(100, 950), (1, 8_000, 5));
    }

    #[test]
    fn percentiles_have_two_decimals_rounded_half_up() {
        for (lower, population, percentile) in
            [(2_345, 2_357, 9_949), (1, 3, 3_333), (2, 3, 6_667), (1, 16, 625), (1, 32, 313), (1, 20_000, 1), (1, 20_001, 0), (0, 0, 0)]
        {
            assert_eq!(Standing::from_counts(0, lower, population).percentile, points(percentile), "{lower} of {population}");
        }
        assert_eq!(Standing::from_counts(0, i64::MAX, i64::MAX).percentile, points(10_000));
    }

    #[test]
    fn nobody_stands_first_in_an_empty_population() {
        assert_eq!(distribution(&[]).standing(points(5_000)), Standing { rank: 1, percentile: points(0), population: 0 });
    }

    #[test]
    fn bytes_are_counts_by_score() {
        let population = distribution(&[2, 10_000, 2, 0]);
        let bytes = population.to_bytes();
        assert_eq!((bytes.len(), &bytes[..12], &bytes[40_000..]), (40_004, &[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0][..], &[1, 0, 0, 0][..]));
        assert_eq!(ScoreDistribution::from_bytes(&bytes), Some(population));
        for other in [&bytes[1..], &bytes[4..], &[][..]] {
            assert_eq!(ScoreDistribution::from_bytes(other), None);
        }
    }

    proptest! {
        /// Against the definitions taken literally, over a sorted list.
        #[test]
        fn counting_equals_sorting(mut scores in prop::collection::vec(0i64..=10_000, 1..80), probe in 0i64..=10_000, a in 1i64..5_000, b in 5_000i64..10_000) {
            let counted = distribution(&scores);
            scores.sort_unstable();
            let standing = counted.standing(points(probe));
            let (n, below) = (scores.len(), scores.iter().filter(|score| **score < probe).count());
            prop_assert_eq!(standing.rank, 1 + i64::try_from(scores.iter().filter(|score| **score > probe).count()).unwrap());
            prop_assert_eq!(i64::from(standing.percentile.get()), i64::try_from((2 * 10_000 * below + n) / (2 * n)).unwrap());
            let cuts = counted.tier_cuts(&shares(a, b)).unwrap();
            for (share, cut) in [(a, cuts.ordinary_up_to), (b, cuts.growth_up_to)] {
                let index = (usize::try_from(share).unwrap() * n).div_ceil(10_000) - 1;
                prop_assert_eq!(i64::from(cut.get()), scores[index]);
            }
        }
    }
}
