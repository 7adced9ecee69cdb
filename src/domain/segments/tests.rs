//! Definitions: what is understood, what is refused and where, and what is asked of the stored rows.

use std::collections::HashMap;

use chrono_tz::Tz;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    plan::{Accepts, Aggregate, Column, Function, Node, Predicate, Probe, Shown, Source},
    *,
};
use crate::domain::value_score::{BandCuts, Hundredths, ScoreDistribution};

fn faults(definition: Value) -> Vec<(String, &'static str)> {
    let faults = Condition::parse(&definition).expect_err("a fault");
    faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect()
}

fn one(definition: Value) -> (String, &'static str) {
    let faults = faults(definition);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults[0].clone()
}

#[test]
fn every_kind_of_leaf_is_understood() {
    let id = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90";
    for leaf in [
        json!({"fact": "lifecycle", "is": "active"}),
        json!({"fact": "gender", "not_in": ["male", "other"]}),
        json!({"fact": "gender", "exists": false}),
        json!({"fact": "birth_date", "before": "1990-01-01"}),
        json!({"fact": "birth_month", "in": [1, 12]}),
        json!({"fact": "birth_month", "is": "current"}),
        json!({"fact": "age", "between": [18, 25]}),
        json!({"fact": "locale", "starts_with": "zh"}),
        json!({"fact": "created_at", "within_days": 30}),
        json!({"fact": "tags", "has_all": ["teacher", "music"]}),
        json!({"fact": "interests", "has": id}),
        json!({"fact": "attribute", "name": "school", "is": "No. 7"}),
        json!({"fact": "attribute", "name": "children", "above": 1.5}),
        json!({"fact": "attribute", "name": "newsletter", "is": true}),
        json!({"fact": "score", "at_least": 70.5}),
        json!({"fact": "profiling_opt_out", "is": false}),
        json!({"purchases": "count", "at_least": 1}),
        json!({"purchases": "sum", "from": "2026-01-01", "to": "2026-06-30", "category_id": [id], "above": 10_000}),
        json!({"purchases": "average", "value_class": "high", "used_by": ["student", "child"], "channel": "web", "exists": true}),
        json!({"purchases": "last", "product_id": id, "store": "Tianhe", "within_days": 30}),
        json!({"purchases": "first", "campaign_id": id, "after": "2026-01-01T00:00:00Z"}),
        json!({"feedback": "count", "type": ["complaint", "return_request"], "within_days": 90, "is": 0}),
        json!({"feedback": "last", "at_least_days_ago": 0}),
        json!({"buys_for": ["child", "student"]}),
        json!({"survey_answered": id, "within_days": 90}),
        json!({"consent": "email", "purpose": "marketing", "is": "granted"}),
        json!({"coupons": "redeemed", "batch_id": id, "within_days": 30}),
        json!({"campaigns": "received"}),
        json!({"campaigns": "opened", "campaign_id": id, "from": "2026-01-01", "to": "2026-06-30"}),
        json!({"campaigns": "responded", "campaign_id": [id], "within_days": 30}),
        json!({"campaigns": "held_out", "from": "2026-01-01T00:00:00Z"}),
        json!({"segment_id": id}),
    ] {
        assert!(Condition::parse(&leaf).is_ok(), "{leaf}: {:?}", Condition::parse(&leaf));
    }
}

#[test]
fn faults_name_their_place() {
    let at = |pointer: &str, code| (pointer.to_owned(), code);
    assert_eq!(one(json!([])), at("", "type"));
    assert_eq!(one(json!({})), at("", "unknown_condition"));
    assert_eq!(one(json!({"all": [], "any": []})), at("", "unknown_condition"));
    assert_eq!(one(json!({"all": []})), at("/all", "length"));
    assert_eq!(
        one(json!({"all": [{"fact": "lifecycle", "is": "active"}, {"fact": "age", "at_least": "old"}]})),
        at("/all/1/at_least", "type")
    );
    assert_eq!(one(json!({"any": [{"not": {"fact": "score", "above": 100.5}}]})), at("/any/0/not/above", "range"));
    assert_eq!(one(json!({"fact": "shoe_size", "is": 43})), at("/fact", "unknown_fact"));
    assert_eq!(one(json!({"fact": "lifecycle", "is": "asleep"})), at("/is", "one_of"));
    assert_eq!(one(json!({"fact": "lifecycle", "at_least": "active"})), at("/at_least", "operator"));
    assert_eq!(one(json!({"fact": "lifecycle", "exists": true})), at("/exists", "operator"));
    assert_eq!(one(json!({"fact": "age", "at_least": 3, "at_most": 5})), at("/at_most", "operator"));
    assert_eq!(one(json!({"fact": "age", "at_least": 3, "a/b": 5})), at("/a~1b", "unknown_field"));
    assert_eq!(one(json!({"fact": "age"})), at("", "required"));
    assert_eq!(one(json!({"fact": "age", "between": [5, 3]})), at("/between", "not_ascending"));
    assert_eq!(one(json!({"fact": "age", "between": [5]})), at("/between", "length"));
    assert_eq!(one(json!({"fact": "age", "at_least": -1})), at("/at_least", "range"));
    assert_eq!(one(json!({"fact": "tags", "has_any": ["a", "b", "a"]})), at("/has_any/2", "duplicate"));
    assert_eq!(one(json!({"fact": "birth_month", "is": 13})), at("/is", "range"));
    assert_eq!(one(json!({"fact": "attribute", "is": "x"})), at("", "required"));
    assert_eq!(one(json!({"fact": "attribute", "name": "$[0]", "is": "x"})), at("/name", "attribute_name"));
    assert_eq!(one(json!({"fact": "created_at", "before": "yesterday"})), at("/before", "date"));
    assert_eq!(one(json!({"purchases": "count", "within_days": 0, "is": 1})), at("/within_days", "range"));
    assert_eq!(one(json!({"purchases": "count", "within_days": 7, "from": "2026-01-01", "is": 1})), at("/from", "operator"));
    assert_eq!(one(json!({"purchases": "count", "months": 9, "is": 1})), at("/months", "range"));
    assert_eq!(one(json!({"purchases": "sum", "category_id": "books", "above": 1})), at("/category_id", "uuid"));
    assert_eq!(one(json!({"purchases": "sum", "value_class": ["high", "low"], "above": 1})), at("/value_class/1", "one_of"));
    assert_eq!(one(json!({"buys_for": "child", "is": true})), at("/is", "unknown_field"));
    assert_eq!(one(json!({"consent": "pigeon", "purpose": "marketing", "is": "granted"})), at("/consent", "one_of"));
    assert_eq!(one(json!({"consent": "email", "purpose": "marketing", "is": "asked"})), at("/is", "one_of"));
    assert_eq!(one(json!({"consent": "email", "is": "granted"})), at("", "required"));
    assert_eq!(one(json!({"coupons": "lost"})), at("/coupons", "one_of"));
    assert_eq!(one(json!({"campaigns": "liked"})), at("/campaigns", "one_of"));
    assert_eq!(one(json!({"campaigns": "received", "campaign_id": ["spring"]})), at("/campaign_id/0", "uuid"));
    assert_eq!(one(json!({"campaigns": "received", "within_days": 0})), at("/within_days", "range"));
    assert_eq!(one(json!({"campaigns": "received", "within_days": 7, "to": "2026-01-01"})), at("/to", "operator"));
    assert_eq!(one(json!({"campaigns": "received", "batch_id": 5})), at("/batch_id", "unknown_field"));
    assert_eq!(one(json!({"campaigns": "received", "coupons": "held"})), at("", "unknown_condition"));
    assert_eq!(one(json!({"segment_id": "x"})), at("/segment_id", "uuid"));
    assert_eq!(
        faults(json!({"all": [{"fact": "age", "is": "x"}, {"any": [{"fact": "kind", "is": 5}]}]})),
        [at("/all/0/is", "type"), at("/all/1/any/0/is", "type")]
    );
}

#[test]
fn a_definition_is_neither_too_deep_nor_too_large() {
    let leaf = json!({"fact": "age", "is": 5});
    let nested = |times: usize| (0..times).fold(leaf.clone(), |inner, _| json!({"not": inner}));
    assert!(Condition::parse(&nested(9)).is_ok());
    assert_eq!(one(nested(10)).1, "too_deep");
    let wide = |halves: [usize; 2]| json!({"any": halves.map(|leaves| json!({"any": vec![leaf.clone(); leaves]}))});
    assert!(Condition::parse(&wide([100, 100])).is_ok());
    assert_eq!(one(wide([100, 101])), (String::new(), "too_large"));
}

fn run() -> CurrentRun {
    let points = |hundredths: i64| Hundredths::new(hundredths).unwrap();
    CurrentRun {
        id: uuid::Uuid::from_u128(7).into(),
        cuts: BandCuts { recency: vec![-300, -120, -60, -20], frequency: vec![0, 1, 2, 4], monetary: vec![0, 5_000] },
        distribution: [points(1_000), points(2_000), points(2_000), points(9_000)].into_iter().collect::<ScoreDistribution>(),
    }
}

fn plan(definition: Value, run: Option<&CurrentRun>) -> Plan {
    let circumstances =
        Circumstances { present: Present { now: "2026-06-30T08:00:00Z".parse().unwrap(), zone: Tz::UTC }, run, segments: &HashMap::new() };
    Condition::parse(&definition).unwrap().plan(&circumstances).unwrap()
}

fn accepted(definition: Value, run: Option<&CurrentRun>) -> (Probe, Accepts) {
    match plan(definition, run).root {
        Node::Leaf(Predicate::Value { probe, accepts, .. }) => (probe, accepts),
        other => panic!("{other:?}"),
    }
}

#[test]
fn operators_of_numbers_are_ranges_with_both_ends_in_them() {
    let range = |operator: &str, number: Value| accepted(json!({"fact": "score", operator: number}), None).1;
    assert_eq!(range("is", json!(70)), Accepts::Numbers(Span::between(7_000, 7_000)));
    assert_eq!(range("above", json!(70.5)), Accepts::Numbers(Span::from(7_051)));
    assert_eq!(range("at_least", json!(70.5)), Accepts::Numbers(Span::from(7_050)));
    assert_eq!(range("below", json!(0)), Accepts::Numbers(Span::up_to(-1)));
    assert_eq!(range("between", json!([10, 20])), Accepts::Numbers(Span::between(1_000, 2_000)));
}

#[test]
fn percentiles_are_scores_and_factors_are_bands() {
    let run = run();
    // Percentiles of the four scores, from the definition 100 · lower / N: 0, 25, 25, 75.
    let scores = |operator: &str, number: f64| accepted(json!({"fact": "percentile", operator: number}), Some(&run)).1;
    assert_eq!(scores("at_least", 25.0), Accepts::Numbers(Span::between(1_001, 10_000)));
    assert_eq!(scores("above", 25.0), Accepts::Numbers(Span::between(2_001, 10_000)));
    assert_eq!(scores("is", 0.0), Accepts::Numbers(Span::between(0, 1_000)));
    // Monetary has two cuts, so three bands: 33.33, 66.67, 100.
    let bands = |number: f64| accepted(json!({"fact": "monetary", "at_least": number}), Some(&run));
    assert_eq!(bands(33.33), (Probe::Column(Column::MonetaryBand), Accepts::Numbers(Span::between(1, 3))));
    assert_eq!(bands(33.34).1, Accepts::Numbers(Span::between(2, 3)));
    assert_eq!(bands(100.0).1, Accepts::Numbers(Span::between(3, 3)));
    assert_eq!([1, 2, 3].map(|band| band_points(3, band).get()), [3_333, 6_667, 10_000]);
}

#[test]
fn leaves_over_the_same_purchases_share_what_is_added_up() {
    let plan = plan(
        json!({"all": [
            {"purchases": "count", "within_days": 365, "at_least": 2},
            {"purchases": "average", "within_days": 365, "at_least": 5_000},
            {"purchases": "sum", "within_days": 365, "at_most": 90_000},
            {"purchases": "sum", "within_days": 365, "value_class": "high", "above": 0},
        ]}),
        None,
    );
    let functions = |aggregates: &[Aggregate]| aggregates.iter().map(|aggregate| aggregate.function).collect::<Vec<_>>();
    assert_eq!((functions(&plan.orders), functions(&plan.lines)), (vec![Function::Count, Function::Sum], vec![Function::Sum]));
    let Node::All(parts) = plan.root else { panic!("not all") };
    let probe = |node: &Node| match node {
        Node::Leaf(Predicate::Value { probe, shown, .. }) => (probe.clone(), *shown),
        other => panic!("{other:?}"),
    };
    assert_eq!(probe(&parts[1]), (Probe::Average(Source::Orders, 1, 0), Shown::Number));
    assert_eq!(probe(&parts[3]), (Probe::Aggregate(Source::Lines, 0), Shown::Number));
}

#[test]
fn segments_name_others_up_to_a_depth() {
    let id = |number: u128| Id::<Segment>::from(uuid::Uuid::from_u128(number));
    let naming = |number: u128| Condition::Leaf(Leaf::Segment(id(number)));
    let leaf = Condition::parse(&json!({"fact": "age", "is": 5})).unwrap();
    let mut segments: HashMap<_, _> = (1..=4).map(|number| (id(number), naming(number + 1))).collect();
    segments.insert(id(5), leaf);
    segments.insert(id(8), naming(8));
    let present = Present { now: "2026-06-30T08:00:00Z".parse().unwrap(), zone: Tz::UTC };
    let circumstances = Circumstances { present, run: None, segments: &segments };
    assert!(naming(1).plan(&circumstances).is_ok());
    segments.insert(id(0), naming(1));
    let circumstances = Circumstances { present, run: None, segments: &segments };
    assert_eq!(naming(0).plan(&circumstances), Err(PlanFault::TooDeep));
    assert_eq!(naming(8).plan(&circumstances), Err(PlanFault::TooDeep));
    assert_eq!(naming(9).plan(&circumstances), Err(PlanFault::Unknown(id(9))));
}

/// JSON that is often nearly a definition.
fn nearly() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "all",
        "any",
        "not",
        "fact",
        "purchases",
        "feedback",
        "buys_for",
        "campaigns",
        "campaign_id",
        "segment_id",
        "is",
        "in",
        "at_least",
        "between",
        "within_days",
        "from",
        "months",
        "name",
        "has_any",
        "exists",
    ]);
    let scalar = prop_oneof![
        prop::sample::select(vec!["age", "tags", "kind", "count", "last", "child", "attribute", "received", "2026-01-01", ""])
            .prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    scalar.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(word.clone(), inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_sent_is_understood_or_its_faults_have_places(definition in nearly()) {
        match Condition::parse(&definition) {
            Ok(condition) => prop_assert!(condition.leaf_count() >= 1),
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                for fault in faults {
                    prop_assert!(definition.pointer(&fault.pointer).is_some(), "{} in {definition}", fault.pointer);
                }
            }
        }
    }
}
