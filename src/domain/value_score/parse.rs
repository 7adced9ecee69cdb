//! From a model as it is written to a model that scores; every fault is named at once.

use std::ops::RangeInclusive;

use super::{
    BasisPoints, Hundredths, ModelDefinition,
    draft::{ClassPointsDraft, ModelDraft, TierSharesDraft, UserPointsDraft, WeightsDraft},
    model::{BANDS, ClassPoints, CutRule, TierShares, UserPoints, WINDOW_DAYS, Weights, out_of_range},
};
use crate::domain::field_error::FieldError;

/// Characters of a model's name.
const NAME_CHARS: RangeInclusive<usize> = 1..=100;
/// Fixed cuts of a factor.
const FIXED_CUTS: RangeInclusive<usize> = 1..=99;
/// A fixed cut of recency: at most the days between the first and the last instant that can be held, negated.
pub(super) const RECENCY_CUTS: RangeInclusive<i64> = -3_652_058..=0;
/// A fixed cut of a count or an amount.
pub(super) const QUANTITY_CUTS: RangeInclusive<i64> = 0..=i64::MAX;
/// A share at which a tier ends, in basis points: neither nobody nor everybody.
const TIER_SHARES: RangeInclusive<i32> = 1..=9_999;

impl ModelDraft {
    /// The name and the model that this draft describes; what is left out is as in [`ModelDefinition::five_factor`].
    ///
    /// # Errors
    /// All faults, with JSON Pointers into the draft. Codes: `required` (empty name), `format` (control character in the name), `length`
    /// (of the name, or number of fixed cuts), `range`, `precision` (more decimals than are held), `weights_sum`, `not_ascending`
    /// (fixed cuts, tier shares), `exclusive` (both bands and fixed cuts).
    pub fn parse(&self) -> Result<(String, ModelDefinition), Vec<FieldError>> {
        let standard = ModelDefinition::five_factor();
        let mut faults = Faults(Vec::new());
        faults.name(&self.name);
        let cuts = self.cuts.clone().unwrap_or_default();
        let (recency, frequency, monetary) =
            (cuts.recency.unwrap_or_default(), cuts.frequency.unwrap_or_default(), cuts.monetary.unwrap_or_default());
        let model = ModelDefinition {
            window_days: faults.integer("/window_days", self.window_days, &WINDOW_DAYS).unwrap_or(standard.window_days),
            weights: self.weights.as_ref().map_or(standard.weights, |weights| faults.weights(weights)),
            recency: faults.cut_rule("/cuts/recency", recency.bands, recency.fixed, &RECENCY_CUTS).unwrap_or(standard.recency),
            frequency: faults.cut_rule("/cuts/frequency", frequency.bands, frequency.fixed, &QUANTITY_CUTS).unwrap_or(standard.frequency),
            monetary: faults.cut_rule("/cuts/monetary", monetary.bands, monetary.fixed, &QUANTITY_CUTS).unwrap_or(standard.monetary),
            class_points: faults.class_points(self.class_points.as_ref(), standard.class_points),
            user_points: faults.user_points(self.user_points.as_ref(), standard.user_points),
            tier_shares: faults.tier_shares(self.tier_shares.as_ref(), standard.tier_shares),
        };
        if faults.0.is_empty() { Ok((self.name.clone(), model)) } else { Err(faults.0) }
    }
}

/// Collects what is wrong. What can not be read is replaced by anything: the model is thrown away when there is a fault.
struct Faults(Vec<FieldError>);

impl Faults {
    fn add(&mut self, pointer: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.0.push(FieldError::new(pointer, code, message));
    }

    fn name(&mut self, name: &str) {
        if name.is_empty() {
            self.add("/name", "required", "must not be empty");
        } else if !NAME_CHARS.contains(&name.chars().count()) {
            self.add("/name", "length", format!("must have at most {} characters", NAME_CHARS.end()));
        }
        if name.chars().any(char::is_control) {
            self.add("/name", "format", "must not have control characters");
        }
    }

    /// `None` where the number is not given or out of range.
    fn integer(&mut self, pointer: &str, number: Option<i64>, range: &RangeInclusive<i32>) -> Option<i32> {
        let number = number?;
        let within = i32::try_from(number).ok().filter(|number| range.contains(number));
        if within.is_none() {
            self.0.push(out_of_range(pointer, range));
        }
        within
    }

    fn share(&mut self, pointer: &str, number: f64) -> BasisPoints {
        BasisPoints::parse(number).unwrap_or_else(|error| {
            self.add(pointer, error.code(), error.to_string());
            BasisPoints::ZERO
        })
    }

    fn points(&mut self, pointer: &str, number: Option<f64>, standard: Hundredths) -> Hundredths {
        number.map_or(standard, |number| {
            Hundredths::parse(number).unwrap_or_else(|error| {
                self.add(pointer, error.code(), error.to_string());
                standard
            })
        })
    }

    fn weights(&mut self, draft: &WeightsDraft) -> Weights {
        let faults_before = self.0.len();
        let weights = Weights {
            recency: self.share("/weights/recency", draft.recency),
            frequency: self.share("/weights/frequency", draft.frequency),
            monetary: self.share("/weights/monetary", draft.monetary),
            product_type: self.share("/weights/product_type", draft.product_type),
            product_user: self.share("/weights/product_user", draft.product_user),
        };
        let sum = weights.recency.get()
            + weights.frequency.get()
            + weights.monetary.get()
            + weights.product_type.get()
            + weights.product_user.get();
        if self.0.len() == faults_before && sum != BasisPoints::MAX.get() {
            let (whole, fraction) = (sum / BasisPoints::MAX.get(), sum % BasisPoints::MAX.get());
            self.add("/weights", "weights_sum", format!("must sum to exactly 1, not to {whole}.{fraction:04}"));
        }
        weights
    }

    /// `None` where neither bands nor cuts are given, or something is wrong with them.
    fn cut_rule(&mut self, at: &str, bands: Option<i64>, fixed: Option<Vec<i64>>, range: &RangeInclusive<i64>) -> Option<CutRule> {
        if bands.is_some() && fixed.is_some() {
            self.add(at, "exclusive", "must have either bands or fixed cuts, not both");
        }
        let population = self.integer(&format!("{at}/bands"), bands, &BANDS).map(|bands| CutRule::Population { bands });
        let Some(cuts) = fixed else { return population };
        if !FIXED_CUTS.contains(&cuts.len()) {
            let (least, most) = (FIXED_CUTS.start(), FIXED_CUTS.end());
            self.add(format!("{at}/fixed"), "length", format!("must have {least} to {most} cuts"));
            return None;
        }
        for (k, cut) in cuts.iter().enumerate() {
            if !range.contains(cut) {
                self.0.push(out_of_range(format!("{at}/fixed/{k}"), range));
            }
        }
        for (k, (cut, next)) in cuts.iter().zip(cuts.iter().skip(1)).enumerate() {
            if cut >= next {
                self.add(format!("{at}/fixed/{}", k + 1), "not_ascending", format!("must be greater than the cut before it, {cut}"));
            }
        }
        Some(CutRule::Fixed(cuts))
    }

    fn class_points(&mut self, draft: Option<&ClassPointsDraft>, standard: ClassPoints) -> ClassPoints {
        draft.map_or(standard, |draft| ClassPoints {
            high: self.points("/class_points/high", draft.high, standard.high),
            everyday: self.points("/class_points/everyday", draft.everyday, standard.everyday),
        })
    }

    fn user_points(&mut self, draft: Option<&UserPointsDraft>, standard: UserPoints) -> UserPoints {
        draft.map_or(standard, |draft| UserPoints {
            self_: self.points("/user_points/self", draft.self_, standard.self_),
            student: self.points("/user_points/student", draft.student, standard.student),
            child: self.points("/user_points/child", draft.child, standard.child),
            organisation: self.points("/user_points/organisation", draft.organisation, standard.organisation),
            senior: self.points("/user_points/senior", draft.senior, standard.senior),
            family: self.points("/user_points/family", draft.family, standard.family),
            gift: self.points("/user_points/gift", draft.gift, standard.gift),
            unknown: self.points("/user_points/unknown", draft.unknown, standard.unknown),
        })
    }

    fn tier_shares(&mut self, draft: Option<&TierSharesDraft>, standard: TierShares) -> TierShares {
        let Some(draft) = draft else { return standard };
        let faults_before = self.0.len();
        let mut share = |pointer, number: Option<f64>, standard| {
            let share = number.map_or(standard, |number| self.share(pointer, number));
            let reported = self.0.last().is_some_and(|fault| fault.pointer == pointer);
            if !reported && !TIER_SHARES.contains(&share.get()) {
                self.add(pointer, "range", "must be from 0.0001 to 0.9999");
            }
            share
        };
        let ordinary_up_to = share("/tier_shares/ordinary_up_to", draft.ordinary_up_to, standard.ordinary_up_to);
        let growth_up_to = share("/tier_shares/growth_up_to", draft.growth_up_to, standard.growth_up_to);
        if self.0.len() == faults_before && ordinary_up_to >= growth_up_to {
            self.add("/tier_shares/growth_up_to", "not_ascending", format!("must be greater than ordinary_up_to, {ordinary_up_to}"));
        }
        TierShares { ordinary_up_to, growth_up_to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn draft(json: Value) -> ModelDraft {
        serde_json::from_value(json).unwrap()
    }

    /// Pointer and code of each fault.
    fn faults(json: Value) -> Vec<(String, &'static str)> {
        draft(json).parse().unwrap_err().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn a_name_alone_is_the_default_model() {
        let (name, model) = draft(json!({"name": "书城"})).parse().unwrap();
        assert_eq!((name.as_str(), model), ("书城", ModelDefinition::five_factor()));
        let empty_parts = json!({"name": "x", "cuts": {}, "class_points": {}, "user_points": {}, "tier_shares": {}, "weights": null});
        assert_eq!(draft(empty_parts).parse().unwrap().1, ModelDefinition::five_factor());
        let empty_cuts = json!({"name": "x", "cuts": {"recency": {}, "monetary": {"bands": null, "fixed": null}}});
        assert_eq!(draft(empty_cuts).parse().unwrap().1, ModelDefinition::five_factor());
    }

    #[test]
    fn the_default_model_is_written_in_full() {
        let written = serde_json::to_value(ModelDraft::of(ModelDefinition::FIVE_FACTOR, &ModelDefinition::five_factor())).unwrap();
        let expected = json!({
            "name": "five-factor",
            "window_days": 365,
            "weights": {"recency": 0.1, "frequency": 0.1, "monetary": 0.35, "product_type": 0.25, "product_user": 0.2},
            "cuts": {"recency": {"bands": 5}, "frequency": {"bands": 5}, "monetary": {"bands": 5}},
            "class_points": {"high": 100.0, "everyday": 40.0},
            "user_points": {
                "self": 60.0, "student": 100.0, "child": 90.0, "organisation": 80.0, "senior": 50.0, "family": 70.0, "gift": 40.0, "unknown": 50.0
            },
            "tier_shares": {"ordinary_up_to": 0.5, "growth_up_to": 0.8},
        });
        assert_eq!(written, expected);
    }

    #[test]
    fn parts_replace_the_default() {
        let (_, model) = draft(json!({
            "name": "x",
            "window_days": 90,
            "weights": {"recency": 0.3333, "frequency": 0, "monetary": 0.6666, "product_type": 0.0001, "product_user": 0},
            "cuts": {"recency": {"fixed": [-300, -120, -60, -20]}, "frequency": {"bands": 3}, "monetary": {"fixed": [0, 9223372036854775807i64]}},
            "user_points": {"gift": 12.34},
            "tier_shares": {"growth_up_to": 0.9},
        }))
        .parse()
        .unwrap();
        let standard = ModelDefinition::five_factor();
        let share = |units| BasisPoints::new(units).unwrap();
        let expected = ModelDefinition {
            window_days: 90,
            weights: Weights {
                recency: share(3_333),
                frequency: share(0),
                monetary: share(6_666),
                product_type: share(1),
                product_user: share(0),
            },
            recency: CutRule::Fixed(vec![-300, -120, -60, -20]),
            frequency: CutRule::Population { bands: 3 },
            monetary: CutRule::Fixed(vec![0, i64::MAX]),
            user_points: UserPoints { gift: Hundredths::new(1_234).unwrap(), ..standard.user_points },
            tier_shares: TierShares { growth_up_to: share(9_000), ..standard.tier_shares },
            ..standard
        };
        assert_eq!(model, expected);
    }

    #[test]
    fn each_fault_is_named_where_it_stands() {
        let weights = |recency: f64, product_user: f64| json!({"recency": recency, "frequency": 0.1, "monetary": 0.35, "product_type": 0.25, "product_user": product_user});
        let ascending: Vec<i64> = (0..100).collect();
        for (body, pointer, code) in [
            (json!({"name": ""}), "/name", "required"),
            (json!({"name": "书".repeat(101)}), "/name", "length"),
            (json!({"name": "a\u{0}b"}), "/name", "format"),
            (json!({"name": "a\u{85}b"}), "/name", "format"),
            (json!({"name": "x", "window_days": 0}), "/window_days", "range"),
            (json!({"name": "x", "window_days": 3651}), "/window_days", "range"),
            (json!({"name": "x", "weights": weights(0.1, 0.1999)}), "/weights", "weights_sum"),
            (json!({"name": "x", "weights": weights(0.1, 0.2001)}), "/weights", "weights_sum"),
            (json!({"name": "x", "weights": weights(0.10001, 0.2)}), "/weights/recency", "precision"),
            (json!({"name": "x", "weights": weights(-0.1, 0.4)}), "/weights/recency", "range"),
            (json!({"name": "x", "cuts": {"recency": {"bands": 1}}}), "/cuts/recency/bands", "range"),
            (json!({"name": "x", "cuts": {"monetary": {"bands": 101}}}), "/cuts/monetary/bands", "range"),
            (json!({"name": "x", "cuts": {"monetary": {"bands": -9}}}), "/cuts/monetary/bands", "range"),
            (json!({"name": "x", "cuts": {"frequency": {"fixed": []}}}), "/cuts/frequency/fixed", "length"),
            (json!({"name": "x", "cuts": {"frequency": {"fixed": ascending}}}), "/cuts/frequency/fixed", "length"),
            (json!({"name": "x", "cuts": {"frequency": {"fixed": [1, 2, 2]}}}), "/cuts/frequency/fixed/2", "not_ascending"),
            (json!({"name": "x", "cuts": {"frequency": {"fixed": [-1, 2]}}}), "/cuts/frequency/fixed/0", "range"),
            (json!({"name": "x", "cuts": {"recency": {"fixed": [-20, 20]}}}), "/cuts/recency/fixed/1", "range"),
            (json!({"name": "x", "cuts": {"recency": {"bands": 2, "fixed": [-20]}}}), "/cuts/recency", "exclusive"),
            (json!({"name": "x", "class_points": {"high": 100.01}}), "/class_points/high", "range"),
            (json!({"name": "x", "class_points": {"everyday": 40.005}}), "/class_points/everyday", "precision"),
            (json!({"name": "x", "user_points": {"self": -1}}), "/user_points/self", "range"),
            (json!({"name": "x", "tier_shares": {"ordinary_up_to": 0}}), "/tier_shares/ordinary_up_to", "range"),
            (json!({"name": "x", "tier_shares": {"growth_up_to": 1}}), "/tier_shares/growth_up_to", "range"),
            (json!({"name": "x", "tier_shares": {"growth_up_to": 1.5}}), "/tier_shares/growth_up_to", "range"),
            (json!({"name": "x", "tier_shares": {"ordinary_up_to": 0.8}}), "/tier_shares/growth_up_to", "not_ascending"),
        ] {
            assert_eq!(faults(body.clone()), [(pointer.to_owned(), code)], "{body}");
        }
    }

    #[test]
    fn all_faults_are_named_at_once() {
        let body = json!({
            "name": "",
            "window_days": -1,
            "weights": {"recency": 2, "frequency": 0.00001, "monetary": 0, "product_type": 0, "product_user": 0},
            "cuts": {"recency": {"fixed": [5, 4]}},
            "class_points": {"high": 1000},
        });
        let expected = [
            ("/name", "required"),
            ("/window_days", "range"),
            ("/weights/recency", "range"),
            ("/weights/frequency", "precision"),
            ("/cuts/recency/fixed/0", "range"),
            ("/cuts/recency/fixed/1", "range"),
            ("/cuts/recency/fixed/1", "not_ascending"),
            ("/class_points/high", "range"),
        ];
        assert_eq!(faults(body), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn the_example_in_the_spec_is_a_model() {
        let schema = serde_json::to_value(<ModelDraft as utoipa::PartialSchema>::schema()).unwrap();
        let (_, model) = draft(schema["example"].clone()).parse().unwrap();
        assert_eq!(model, ModelDefinition { recency: CutRule::Fixed(vec![-300, -120, -60, -20]), ..ModelDefinition::five_factor() });
    }

    #[test]
    fn unknown_fields_are_refused() {
        for body in [
            json!({"name": "x", "windowDays": 1}),
            json!({"name": "x", "cuts": {"product_type": {"bands": 5}}}),
            json!({"name": "x", "cuts": {"recency": {"band": 5}}}),
            json!({"name": "x", "user_points": {"self_": 5}}),
            json!({"window_days": 1}),
            json!({"name": "x", "weights": {"recency": 1}}),
        ] {
            assert!(serde_json::from_value::<ModelDraft>(body.clone()).is_err(), "{body}");
        }
    }

    fn any_share() -> impl Strategy<Value = BasisPoints> {
        (0i64..=10_000).prop_map(|units| BasisPoints::new(units).unwrap())
    }

    fn any_points() -> impl Strategy<Value = Hundredths> {
        (0i64..=10_000).prop_map(|units| Hundredths::new(units).unwrap())
    }

    fn any_rule(range: RangeInclusive<i64>) -> impl Strategy<Value = CutRule> {
        prop_oneof![
            (2i32..=100).prop_map(|bands| CutRule::Population { bands }),
            prop::collection::btree_set(range, 1..=99).prop_map(|cuts| CutRule::Fixed(cuts.into_iter().collect())),
        ]
    }

    prop_compose! {
        fn any_weights()(mut marks in prop::array::uniform4(any_share())) -> Weights {
            marks.sort_unstable();
            let [a, b, c, d] = marks.map(BasisPoints::get);
            let share = |units: i32| BasisPoints::new(units.into()).unwrap();
            Weights { recency: share(a), frequency: share(b - a), monetary: share(c - b), product_type: share(d - c), product_user: share(10_000 - d) }
        }
    }

    prop_compose! {
        fn any_model()(
            window_days in WINDOW_DAYS, weights in any_weights(),
            recency in any_rule(RECENCY_CUTS), frequency in any_rule(QUANTITY_CUTS), monetary in any_rule(QUANTITY_CUTS),
            points in prop::array::uniform10(any_points()), ordinary in 1i64..9_999, above in 0i64..9_999,
        ) -> ModelDefinition {
            let [high, everyday, self_, student, child, organisation, senior, family, gift, unknown] = points;
            let growth = (ordinary + 1).max(above);
            ModelDefinition {
                window_days, weights, recency, frequency, monetary,
                class_points: ClassPoints { high, everyday },
                user_points: UserPoints { self_, student, child, organisation, senior, family, gift, unknown },
                tier_shares: TierShares { ordinary_up_to: BasisPoints::new(ordinary).unwrap(), growth_up_to: BasisPoints::new(growth).unwrap() },
            }
        }
    }

    proptest! {
        #[test]
        fn every_model_survives_text_and_json(model in any_model(), name in "[^\\p{Cc}]{1,100}") {
            let draft = ModelDraft::of(&name, &model);
            let text = serde_json::to_string(&draft).unwrap();
            prop_assert_eq!(serde_json::from_str::<ModelDraft>(&text).unwrap().parse(), Ok((name.clone(), model.clone())));
            let value = serde_json::to_value(&draft).unwrap();
            prop_assert_eq!(serde_json::from_value::<ModelDraft>(value).unwrap().parse(), Ok((name, model)));
        }
    }
}
