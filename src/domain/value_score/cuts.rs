//! Cuts: ascending values of goodness that part a population into bands of about equal size.

use serde::{Deserialize, Serialize};

use super::{Goodness, Hundredths, Measures, ModelDefinition, model::CutRule};
use crate::domain::instants::Instant;

/// Band of goodness `g` among ascending `cuts`: 1 + |{k : b_k < g}|, in 1 … n. Equal goodness is always the same band.
pub fn band(cuts: &[i64], goodness: i64) -> i32 {
    cuts.iter().fold(1, |band, cut| band.saturating_add(i32::from(*cut < goodness)))
}

/// Number of bands that `cuts` make: n = one more than there are cuts.
pub fn bands(cuts: &[i64]) -> i32 {
    cuts.iter().fold(1, |bands, _| bands.saturating_add(1))
}

/// The cuts that part `values` at equal shares: b_k = a[⌈k·N/n⌉ − 1] for k = 1 … n−1, a being the values ascending.
///
/// Sorts `values` in place. Ties make cuts equal, and bands between equal cuts empty. No values, no cuts.
pub fn population_cuts(values: &mut [i64], bands: i32) -> Vec<i64> {
    values.sort_unstable();
    let population = i64::try_from(values.len()).unwrap_or(i64::MAX);
    (1..bands)
        .filter_map(|k| {
            let rank = rank_at_share(k.into(), bands.into(), population);
            values.get(usize::try_from(rank.checked_sub(1)?).ok()?).copied()
        })
        .collect()
}

/// ⌈part·N/whole⌉: how many of a population of N stand at or below the share part/whole.
pub(super) fn rank_at_share(part: i64, whole: i64, population: i64) -> i64 {
    let (part, whole, population) = (i128::from(part), i128::from(whole), i128::from(population));
    if whole <= 0 { 0 } else { i64::try_from((part * population + whole - 1) / whole).unwrap_or(i64::MAX) }
}

/// The cuts of the three factors that have some; a factor with k cuts has k + 1 bands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BandCuts {
    /// Minus whole days since the last purchase.
    pub recency: Vec<i64>,
    /// Purchases in the window.
    pub frequency: Vec<i64>,
    /// Net amount bought in the window, in minor units.
    pub monetary: Vec<i64>,
}

/// The scores at which one tier ends and the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ordinary_up_to": 52.4, "growth_up_to": 74.15}))]
pub struct TierCuts {
    /// The highest score that is `ordinary`.
    pub ordinary_up_to: Hundredths,
    /// The highest score that is `growth`; above it lies `most_valuable`.
    pub growth_up_to: Hundredths,
}

/// Every cut that a scoring run freezes; as JSON it reads back exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunCuts {
    /// From measures to bands.
    pub bands: BandCuts,
    /// From scores to tiers.
    pub tiers: TierCuts,
}

/// What a population's cuts are made of: three numbers a customer, whatever the number of lines.
#[derive(Debug, Clone, Default)]
pub struct PopulationColumns {
    recency: Vec<i64>,
    frequency: Vec<i64>,
    monetary: Vec<i64>,
}

impl PopulationColumns {
    /// Takes a customer into the population; one without any purchase is left out. Merged, erased and opted-out customers are the caller's to leave out.
    pub fn add(&mut self, measures: &Measures, as_of: Instant) {
        if let Some(goodness) = measures.goodness(as_of) {
            self.add_goodness(goodness);
        }
    }

    /// As [`Self::add`], for a customer whose measures are known to hold a purchase.
    pub fn add_goodness(&mut self, goodness: Goodness) {
        self.recency.push(goodness.recency);
        self.frequency.push(goodness.frequency);
        self.monetary.push(goodness.monetary);
    }

    /// Number of customers in the population, N.
    pub fn population(&self) -> i64 {
        i64::try_from(self.recency.len()).unwrap_or(i64::MAX)
    }

    /// The cuts of `model` in this population: its fixed ones, and the others at equal shares. The order of customers does not matter, and
    /// another model can be asked for afterwards. `None` where cuts have to come from a population and there is nobody in it.
    pub fn band_cuts(&mut self, model: &ModelDefinition) -> Option<BandCuts> {
        Some(BandCuts {
            recency: cuts_by(model.recency_cuts(), &mut self.recency)?,
            frequency: cuts_by(model.frequency_cuts(), &mut self.frequency)?,
            monetary: cuts_by(model.monetary_cuts(), &mut self.monetary)?,
        })
    }
}

fn cuts_by(rule: &CutRule, values: &mut [i64]) -> Option<Vec<i64>> {
    match rule {
        CutRule::Fixed(cuts) => Some(cuts.clone()),
        CutRule::Population { .. } if values.is_empty() => None,
        CutRule::Population { bands } => Some(population_cuts(values, *bands)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cut_belongs_to_the_band_below_it() {
        let cuts = [-300, -120, -60, -20];
        for (goodness, expected) in [
            (i64::MIN, 1),
            (-301, 1),
            (-300, 1),
            (-299, 2),
            (-120, 2),
            (-119, 3),
            (-60, 3),
            (-59, 4),
            (-20, 4),
            (-19, 5),
            (0, 5),
            (i64::MAX, 5),
        ] {
            assert_eq!(band(&cuts, goodness), expected, "{goodness}");
        }
        assert_eq!((band(&[], 7), bands(&[]), bands(&cuts)), (1, 1, 5));
    }

    #[test]
    fn equal_cuts_leave_the_bands_between_them_empty() {
        let cuts = [0, 0, 0, 4];
        assert_eq!([-1, 0, 1, 4, 5].map(|g| band(&cuts, g)), [1, 1, 4, 4, 5]);
    }

    #[test]
    fn cuts_stand_at_equal_shares() {
        for (values, bands, expected) in [
            // ⌈k·10/5⌉ = 2, 4, 6, 8
            ((1..=10).rev().collect::<Vec<_>>(), 5, vec![2, 4, 6, 8]),
            // ⌈k·7/5⌉ = 2, 3, 5, 6
            (vec![70, 10, 60, 20, 50, 30, 40], 5, vec![20, 30, 50, 60]),
            // fewer customers than bands: ⌈k·3/5⌉ = 1, 2, 2, 3
            (vec![30, 10, 20], 5, vec![10, 20, 20, 30]),
            // one customer: ⌈k/5⌉ = 1
            (vec![42], 5, vec![42, 42, 42, 42]),
            // all equal
            (vec![7; 6], 3, vec![7, 7]),
            // ⌈1·5/2⌉ = 3
            (vec![5, 4, 3, 2, 1], 2, vec![3]),
            (vec![i64::MAX, i64::MIN, 0], 3, vec![i64::MIN, 0]),
            (vec![], 5, vec![]),
        ] {
            let mut shuffled = values.clone();
            assert_eq!(population_cuts(&mut shuffled, bands), expected, "{values:?} in {bands}");
        }
    }

    #[test]
    fn customers_who_are_all_alike_share_the_lowest_band() {
        let cuts = population_cuts(&mut [7; 100], 5);
        assert_eq!(band(&cuts, 7), 1);
    }

    #[test]
    fn shares_of_great_populations_do_not_overflow() {
        assert_eq!(rank_at_share(9_999, 10_000, i64::MAX), 9_222_449_699_651_090_330);
        assert_eq!((rank_at_share(0, 5, 10), rank_at_share(5, 5, 10), rank_at_share(1, 5, 0)), (0, 10, 0));
    }

    #[test]
    fn run_cuts_read_back_from_json() {
        let cuts = RunCuts {
            bands: BandCuts { recency: vec![-300, -20], frequency: vec![i64::MIN, 0], monetary: vec![5, i64::MAX] },
            tiers: TierCuts { ordinary_up_to: Hundredths::new(5_241).unwrap(), growth_up_to: Hundredths::new(7_415).unwrap() },
        };
        let json = serde_json::to_value(&cuts).unwrap();
        assert_eq!(json.pointer("/tiers/ordinary_up_to").unwrap().to_string(), "52.41");
        assert_eq!(serde_json::from_str::<RunCuts>(&json.to_string()).unwrap(), cuts);
        assert_eq!(serde_json::from_value::<RunCuts>(json).unwrap(), cuts);
    }

    proptest! {
        #[test]
        fn bands_grow_with_goodness(mut values in prop::collection::vec(-50i64..50, 1..60), bands in 2i32..=100, a in -60i64..60, b in -60i64..60) {
            let cuts = population_cuts(&mut values, bands);
            prop_assert_eq!(super::bands(&cuts), bands);
            prop_assert!(cuts.is_sorted());
            prop_assert!((1..=bands).contains(&band(&cuts, a)));
            prop_assert!(band(&cuts, a.min(b)) <= band(&cuts, a.max(b)));
        }

        #[test]
        fn the_order_of_customers_does_not_matter(values in prop::collection::vec(any::<i64>(), 0..40), bands in 2i32..12) {
            let (mut forth, mut back) = (values.clone(), values);
            back.reverse();
            prop_assert_eq!(population_cuts(&mut forth, bands), population_cuts(&mut back, bands));
        }

        /// Where no two are equal, band k holds ⌈kN/n⌉ − ⌈(k−1)N/n⌉ customers: sizes differ by at most one.
        #[test]
        fn bands_of_distinct_customers_are_of_equal_size(population in 1i64..300, bands in 2i32..=20) {
            let mut values: Vec<i64> = (0..population).collect();
            let cuts = population_cuts(&mut values, bands);
            let sizes: Vec<usize> = (1..=bands).map(|k| values.iter().filter(|g| band(&cuts, **g) == k).count()).collect();
            if population >= bands.into() {
                prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{:?}", sizes);
            }
            prop_assert_eq!(sizes.iter().sum::<usize>(), values.len());
        }
    }
}
