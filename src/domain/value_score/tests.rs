//! The whole way from measures to tiers, against examples worked out by hand.

use proptest::prelude::*;

use super::*;
use crate::domain::{
    TextEnum,
    catalogue::{ProductUser, ValueClass},
    customers::RelationKind,
    instants::Instant,
};

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn as_of() -> Instant {
    at("2026-06-30T00:00:00Z")
}

fn cuts() -> BandCuts {
    BandCuts { recency: vec![-300, -120, -60, -20], frequency: vec![0, 1, 2, 4], monetary: vec![0, 5_000, 12_000, 30_000] }
}

/// A customer who bought `frequency` times, last at `last`, one line of everyday goods for nobody known.
fn customer(last: &str, frequency: i64, amount: i64) -> Measures {
    let mut measures = Measures::new(Some(at(last)), frequency, 0).unwrap();
    measures.add_line(ValueClass::Everyday, ProductUser::Unknown, UserSource::Unknown, amount).unwrap();
    measures
}

/// The worked example of value-score.md.
#[test]
fn the_worked_example() {
    let mut measures = Measures::new(Some(at("2026-06-12T09:00:00Z")), 3, 0).unwrap();
    for (class, amount, (user, source)) in [
        (ValueClass::High, 80_000, product_user(Some(ProductUser::Self_), None, None, None)),
        (ValueClass::Everyday, 15_000, product_user(None, None, Some(ProductUser::Student), None)),
        (ValueClass::Everyday, 5_000, product_user(None, Some(RelationKind::Child), None, None)),
    ] {
        measures.add_line(class, user, source, amount).unwrap();
    }
    let (model, cuts) = (ModelDefinition::five_factor(), cuts());
    let found = score(&measures, &model, &cuts, as_of()).unwrap();

    let banded = |part: BandedScore<'_>| (part.goodness, part.band, part.bands, part.score.get(), part.contribution.to_string());
    assert_eq!(banded(found.recency), (-17, 5, 5, 10_000, "10.00".into()));
    assert_eq!(banded(found.frequency), (3, 4, 5, 8_000, "8.00".into()));
    assert_eq!(banded(found.monetary), (100_000, 5, 5, 10_000, "35.00".into()));
    assert_eq!((found.product_type.score.get(), found.product_type.contribution.to_string()), (8_800, "22.00".into()));
    assert_eq!((found.product_user.score.get(), found.product_user.contribution.to_string()), (6_750, "13.50".into()));
    assert_eq!((found.score.get(), found.score.to_string()), (8_850, "88.50".into()));
    assert_eq!(serde_json::to_string(&found.score).unwrap(), "88.5");
    assert_eq!(found.recency.cuts, [-300, -120, -60, -20]);
    assert_eq!(measures.by_user().get((ProductUser::Student, UserSource::Product)), 15_000);
    assert_eq!(measures.by_user().get((ProductUser::Child, UserSource::Beneficiary)), 5_000);
}

#[test]
fn the_last_microsecond_of_a_day_decides() {
    let (model, cuts) = (ModelDefinition::five_factor(), cuts());
    for (last, days, band) in [
        ("2026-06-30T00:00:00Z", 0, 5),
        ("2026-06-10T00:00:00.000001Z", 19, 5),
        ("2026-06-10T00:00:00Z", 20, 4),
        ("2026-06-09T00:00:00.000001Z", 20, 4),
        ("2026-06-09T00:00:00Z", 21, 4),
        ("2025-09-03T00:00:00.000001Z", 299, 2),
        ("2025-09-03T00:00:00Z", 300, 1),
        ("1970-01-01T00:00:00Z", 20_634, 1),
    ] {
        let found = score(&customer(last, 1, 1), &model, &cuts, as_of()).unwrap().recency;
        assert_eq!((found.goodness, found.band), (-days, band), "{last}");
    }
}

#[test]
fn without_a_purchase_there_is_no_score() {
    let (model, cuts) = (ModelDefinition::five_factor(), cuts());
    assert_eq!(score(&Measures::default(), &model, &cuts, as_of()), None);
    let only_returned = Measures::new(None, 0, 500).unwrap();
    assert_eq!(score(&only_returned, &model, &cuts, as_of()), None);
}

#[test]
fn nothing_bought_in_the_window_earns_no_points() {
    let before_the_window = Measures::new(Some(at("2024-01-01T00:00:00Z")), 0, 0).unwrap();
    let gifts_with_purchase = customer("2026-06-29T00:00:00Z", 1, 0);
    let (model, cuts) = (ModelDefinition::five_factor(), cuts());
    // 0.1 · 20 + 0.1 · 20 + 0.35 · 20, and 0.1 · 100 + 0.1 · 40 + 0.35 · 20
    for (measures, expected) in [(before_the_window, 1_100), (gifts_with_purchase, 2_100)] {
        let found = score(&measures, &model, &cuts, as_of()).unwrap();
        assert_eq!((found.product_type.score, found.product_user.score), (Hundredths::ZERO, Hundredths::ZERO));
        assert_eq!(found.score.get(), expected);
    }
}

#[test]
fn returns_reduce_the_amount_but_no_points() {
    let mut measures = Measures::new(Some(at("2026-06-12T09:00:00Z")), 1, 90_000).unwrap();
    measures.add_line(ValueClass::High, ProductUser::Gift, UserSource::Line, 100_000).unwrap();
    let (model, cuts) = (ModelDefinition::five_factor(), cuts());
    let found = score(&measures, &model, &cuts, as_of()).unwrap();
    assert_eq!((found.monetary.goodness, found.monetary.band), (10_000, 3));
    assert_eq!((found.product_type.score.get(), found.product_user.score.get()), (10_000, 4_000));
}

#[test]
fn huge_amounts_do_not_overflow() {
    let mut measures = Measures::new(Some(as_of()), i64::MAX, 0).unwrap();
    measures.add_line(ValueClass::High, ProductUser::Student, UserSource::Line, i64::MAX - 1).unwrap();
    measures.add_line(ValueClass::Everyday, ProductUser::Gift, UserSource::Line, 1).unwrap();
    let (model, cuts) = (ModelDefinition::five_factor(), cuts());
    let found = score(&measures, &model, &cuts, as_of()).unwrap();
    assert_eq!((found.monetary.goodness, found.score), (i64::MAX, Hundredths::MAX));
}

#[test]
fn means_and_totals_are_rounded_half_up_once() {
    let (model, cuts) = (ModelDefinition::five_factor(), BandCuts { recency: vec![-10, -5], frequency: vec![0, 1], monetary: vec![0, 1] });
    // 10000 · 2 / 3 = 6666.67 → 6667; (1 · 10000 + 2 · 4000) / 3 = 6000; (1 · 6000 + 2 · 5000) / 3 = 5333.33 → 5333
    let mut measures = Measures::new(Some(at("2026-06-23T00:00:00Z")), 1, 2).unwrap();
    measures.add_line(ValueClass::High, ProductUser::Self_, UserSource::Line, 1).unwrap();
    measures.add_line(ValueClass::Everyday, ProductUser::Senior, UserSource::Card, 2).unwrap();
    let found = score(&measures, &model, &cuts, as_of()).unwrap();
    let scores = [found.recency.score, found.frequency.score, found.monetary.score, found.product_type.score, found.product_user.score]
        .map(Hundredths::get);
    assert_eq!(scores, [6_667, 6_667, 6_667, 6_000, 5_333]);
    // 666.7 + 666.7 + 2333.45 + 1500 + 1066.6 = 6233.45 → 6233, while the shown parts 667 + 667 + 2333 + 1500 + 1067 sum to 6234
    assert_eq!(found.score.get(), 6_233);
    let shown = [
        found.recency.contribution,
        found.frequency.contribution,
        found.monetary.contribution,
        found.product_type.contribution,
        found.product_user.contribution,
    ];
    assert_eq!(shown.map(Hundredths::get), [667, 667, 2_333, 1_500, 1_067]);
}

/// Six customers and somebody who never bought, three bands, worked out by hand.
#[test]
fn a_small_population_by_hand() {
    let draft = r#"{"name": "thirds", "cuts": {"recency": {"bands": 3}, "frequency": {"bands": 3}, "monetary": {"bands": 3}}}"#;
    let (_, model) = serde_json::from_str::<ModelDraft>(draft).unwrap().parse().unwrap();
    let people = [
        customer("2026-06-29T00:00:00Z", 6, 600), // 1 day
        customer("2026-06-28T00:00:00Z", 5, 100), // 2 days
        customer("2026-06-27T00:00:00Z", 2, 300), // 3 days
        customer("2026-06-27T00:00:00Z", 2, 300), // the twin of the one before
        customer("2026-06-10T00:00:00Z", 2, 0),   // 20 days, only gifts
        customer("2024-06-29T00:00:00Z", 0, 0),   // 731 days
        Measures::default(),
    ];
    let mut columns = PopulationColumns::default();
    people.iter().for_each(|measures| columns.add(measures, as_of()));
    assert_eq!(columns.population(), 6);
    // b₁ = a[⌈6/3⌉ − 1] = a[1], b₂ = a[3] of −731 −20 −3 −3 −2 −1, of 0 2 2 2 5 6 and of 0 0 100 300 300 600
    let cuts = columns.band_cuts(&model).unwrap();
    assert_eq!(cuts, BandCuts { recency: vec![-20, -3], frequency: vec![2, 2], monetary: vec![0, 300] });

    let scores: Vec<Option<Hundredths>> =
        people.iter().map(|measures| score(measures, &model, &cuts, as_of()).map(|found| found.score)).collect();
    // Bands 3 3 3: 0.1·100 + 0.1·100 + 0.35·100 + 0.25·40 + 0.2·50 = 75.00
    // Bands 3 3 2: 55 − 0.35·(100 − 66.67) + 20 = 63.3345 → 63.33
    // Bands 2 1 2, twice: 6.667 + 3.333 + 23.3345 + 20 = 53.3345 → 53.33
    // Bands 1 1 1, twice, nothing bought: 0.55·33.33 = 18.3315 → 18.33
    let expected = [Some(7_500), Some(6_333), Some(5_333), Some(5_333), Some(1_833), Some(1_833), None];
    assert_eq!(scores.iter().map(|score| score.map(Hundredths::get)).collect::<Vec<_>>(), expected);

    let distribution: ScoreDistribution = scores.iter().copied().flatten().collect();
    // of 1833 1833 5333 5333 6333 7500: a[⌈3⌉ − 1] and a[⌈4.8⌉ − 1]
    let tiers = distribution.tier_cuts(model.tier_shares()).unwrap();
    assert_eq!((tiers.ordinary_up_to.get(), tiers.growth_up_to.get()), (5_333, 6_333));
    let places: Vec<(Tier, i64, String)> = scores
        .iter()
        .copied()
        .flatten()
        .map(|score| (tier(score, &tiers), distribution.standing(score).rank, distribution.standing(score).percentile.to_string()))
        .collect();
    let expected = [
        (Tier::MostValuable, 1, "83.33"),
        (Tier::Growth, 2, "66.67"),
        (Tier::Ordinary, 3, "33.33"),
        (Tier::Ordinary, 3, "33.33"),
        (Tier::Ordinary, 5, "0.00"),
        (Tier::Ordinary, 5, "0.00"),
    ];
    assert_eq!(places, expected.map(|(tier, rank, percentile)| (tier, rank, percentile.to_owned())));
}

#[test]
fn cuts_need_a_population_unless_they_are_given() {
    let mut nobody = PopulationColumns::default();
    assert_eq!(nobody.band_cuts(&ModelDefinition::five_factor()), None);
    let draft = r#"{"name": "fixed", "cuts": {"recency": {"fixed": [-9]}, "frequency": {"fixed": [3, 5]}, "monetary": {"fixed": [1]}}}"#;
    let (_, model) = serde_json::from_str::<ModelDraft>(draft).unwrap().parse().unwrap();
    let fixed = BandCuts { recency: vec![-9], frequency: vec![3, 5], monetary: vec![1] };
    assert_eq!(nobody.band_cuts(&model), Some(fixed.clone()));
    assert_eq!(model.fixed_cuts(), Some(fixed));
}

prop_compose! {
    fn any_measures()(
        last in 0i64..=1_782_777_600_000_000, frequency in 0i64..9, returns in prop_oneof![Just(0), 0i64..1_000_000, any::<i64>().prop_map(|n| n.max(0))],
        lines in prop::collection::vec((0usize..2, 0usize..8, 0usize..5, prop_oneof![0i64..100_000, 0i64..=i64::MAX / 8]), 0..8),
    ) -> Measures {
        let mut measures = Measures::new(Some(Instant::from_micros(last).unwrap()), frequency, returns).unwrap();
        for (class, user, source, amount) in lines {
            measures.add_line(ValueClass::ALL[class], ProductUser::ALL[user], UserSource::ALL[source], amount).unwrap();
        }
        measures
    }
}

proptest! {
    #[test]
    fn scores_lie_in_range_and_are_the_sum_of_their_parts(measures in any_measures(), bands in prop::array::uniform3(prop::collection::vec(-900i64..900, 0..9))) {
        let [recency, frequency, monetary] = bands.map(|mut cuts| { cuts.sort_unstable(); cuts });
        let cuts = BandCuts { recency, frequency, monetary };
        let found = score(&measures, &ModelDefinition::five_factor(), &cuts, as_of()).unwrap();
        let parts = [
            (found.recency.score, found.recency.contribution, 1_000),
            (found.frequency.score, found.frequency.contribution, 1_000),
            (found.monetary.score, found.monetary.contribution, 3_500),
            (found.product_type.score, found.product_type.contribution, 2_500),
            (found.product_user.score, found.product_user.contribution, 2_000),
        ];
        let exact: i32 = parts.iter().map(|(score, _, weight)| score.get() * weight).sum();
        let shown: i32 = parts.iter().map(|(_, contribution, _)| contribution.get()).sum();
        prop_assert!((0..=10_000).contains(&found.score.get()));
        prop_assert!((2 * found.score.get() * 10_000 - 2 * exact).abs() <= 10_000);
        prop_assert!((found.score.get() - shown).abs() <= 3, "five roundings of at most a half each, and one of the sum");
    }

    #[test]
    fn a_mean_lies_between_the_points_it_is_made_of(measures in any_measures()) {
        let cuts = cuts();
        let found = score(&measures, &ModelDefinition::five_factor(), &cuts, as_of()).unwrap();
        if measures.purchases_minor() > 0 {
            prop_assert!((4_000..=10_000).contains(&found.product_type.score.get()));
            prop_assert!((4_000..=10_000).contains(&found.product_user.score.get()));
        } else {
            prop_assert_eq!(found.product_type.score, Hundredths::ZERO);
        }
    }

    #[test]
    fn more_is_never_worse(measures in any_measures(), more in 0i64..50) {
        let (model, cuts) = (ModelDefinition::five_factor(), cuts());
        let oftener = Measures::new(measures.last_purchase_at(), measures.frequency() + more, measures.returns_minor()).unwrap();
        let seldomer = Measures::new(measures.last_purchase_at(), measures.frequency(), measures.returns_minor()).unwrap();
        let (high, low) = (score(&oftener, &model, &cuts, as_of()).unwrap(), score(&seldomer, &model, &cuts, as_of()).unwrap());
        prop_assert!(low.score <= high.score);
        prop_assert!(low.frequency.band <= high.frequency.band);
    }

    #[test]
    fn the_order_and_grouping_of_lines_do_not_matter(amounts in prop::collection::vec((0usize..2, 0usize..8, 0i64..1_000_000), 0..20)) {
        let gathered = |lines: &mut dyn Iterator<Item = &(usize, usize, i64)>| {
            let mut measures = Measures::new(Some(as_of()), 1, 0).unwrap();
            for (class, user, amount) in lines {
                for part in [amount / 2, amount - amount / 2] {
                    measures.add_line(ValueClass::ALL[*class], ProductUser::ALL[*user], UserSource::Line, part).unwrap();
                }
            }
            measures
        };
        prop_assert_eq!(gathered(&mut amounts.iter()), gathered(&mut amounts.iter().rev()));
    }

    #[test]
    fn equals_share_everything(people in prop::collection::vec(any_measures(), 1..12)) {
        let model = ModelDefinition::five_factor();
        let mut columns = PopulationColumns::default();
        people.iter().chain(&people).for_each(|measures| columns.add(measures, as_of()));
        let cuts = columns.band_cuts(&model).unwrap();
        for measures in &people {
            let found = score(measures, &model, &cuts, as_of()).unwrap();
            prop_assert_eq!(score(&measures.clone(), &model, &cuts, as_of()), Some(found));
            for other in &people {
                let other = score(other, &model, &cuts, as_of()).unwrap();
                for (one, two) in [(found.recency, other.recency), (found.frequency, other.frequency), (found.monetary, other.monetary)] {
                    prop_assert!(one.goodness != two.goodness || one.band == two.band);
                    prop_assert!(one.goodness > two.goodness || one.band <= two.band);
                }
            }
        }
    }
}
