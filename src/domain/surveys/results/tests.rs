//! Ten responses to a survey of five questions, worked out by hand and with SciPy 1.17.1.

use serde_json::{Value, json};

use super::*;
use crate::domain::{
    customers::CardKind,
    surveys::{ResponseChannel, answers::check},
    value_score::Tier,
};

fn questions() -> Vec<Question> {
    serde_json::from_value(json!([
        {"key": "staff", "kind": "csat", "text": "Our staff?", "weight": 0.6},
        {"key": "recommend", "kind": "nps", "text": "Recommend us?", "weight": 0.4},
        {"key": "prices", "kind": "importance_and_satisfaction", "text": "Our prices?", "weight": 0},
        {"key": "music", "kind": "importance_and_satisfaction", "text": "Our music floor?", "weight": 0},
        {"key": "floors", "kind": "multiple", "text": "Which?", "options": [{"key": "books", "text": "Books"}, {"key": "toys", "text": "Toys"}]}
    ]))
    .unwrap()
}

/// staff, recommend, prices (importance, satisfaction), music (importance, satisfaction).
const ANSWERS: [(u8, u8, [u8; 2], [u8; 2]); 10] = [
    (5, 10, [5, 2], [2, 5]),
    (4, 9, [5, 3], [3, 4]),
    (4, 8, [4, 2], [2, 4]),
    (3, 6, [5, 1], [1, 5]),
    (5, 9, [4, 3], [3, 4]),
    (2, 3, [5, 2], [2, 3]),
    (4, 7, [4, 2], [2, 4]),
    (5, 10, [5, 3], [1, 5]),
    (3, 5, [5, 2], [3, 4]),
    (4, 9, [4, 2], [2, 4]),
];

fn tally(questions: &[Question], answers: &[(u8, u8, [u8; 2], [u8; 2])]) -> Tally {
    let mut tally = Tally::new(questions);
    for (number, (staff, recommend, prices, music)) in answers.iter().enumerate() {
        let Value::Object(given) = json!({
            "staff": staff, "recommend": recommend, "floors": if number.is_multiple_of(2) { json!(["books"]) } else { json!(["toys", "books"]) },
            "prices": {"importance": prices[0], "satisfaction": prices[1]}, "music": {"importance": music[0], "satisfaction": music[1]}
        }) else {
            panic!("an object")
        };
        tally.add(&Counted {
            tier: (number < 4).then_some(Tier::MostValuable),
            card_kind: if number < 5 { Some(CardKind::Student) } else { None },
            channel: if number < 7 { ResponseChannel::Email } else { ResponseChannel::InStore },
            answers: check(questions, &given).unwrap(),
        });
    }
    tally
}

fn assert_near(found: Option<Estimate>, value: f64, low: f64, high: f64) {
    let found = found.unwrap();
    let interval = found.interval.unwrap();
    for (found, expected) in [(found.value, value), (interval.low, low), (interval.high, high)] {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }
}

#[test]
fn each_question_adds_up() {
    let questions = questions();
    let tally = tally(&questions, &ANSWERS);
    let [staff, recommend, prices, music, floors] = tally.questions.as_slice() else { panic!("five") };
    assert_eq!(staff.ratings().map(|(_, count)| count).collect::<Vec<_>>(), [0, 1, 2, 4, 3]);
    // (2 + 2·3 + 4·4 + 3·5)/10 = 3.9; s² = (1.9² + 2·0.9² + 4·0.1² + 3·1.1²)/9 = 8.9/9.
    assert_near(staff.mean(), 3.9, 3.188_628_400_280_501, 4.611_371_599_719_499);
    assert_near(staff.satisfied(), 0.7, 0.396_778_147_461_145_26, 0.892_208_732_593_699);
    assert_eq!(recommend.net_promoter(), Some(NetPromoter { promoters: 5, passives: 2, detractors: 3 }));
    assert_near(recommend.net_promoter().unwrap().score(), 20.0, -30.325_994_435_504_16, 61.095_225_204_734_94);
    assert_eq!((recommend.satisfied(), staff.net_promoter(), floors.mean()), (None, None, None));
    assert_near(prices.importance(), 4.6, 4.230_591_282_210_82, 4.969_408_717_789_18);
    assert!((music.mean().unwrap().value - 4.2).abs() < 1e-12);
    assert_eq!((floors.answered, floors.options.as_slice()), (10, [10, 5].as_slice()));
}

#[test]
fn the_index_counts_every_response_once() {
    let questions = questions();
    let tally = tally(&questions, &ANSWERS);
    assert_near(index_estimate(&tally.index.overall), 73.9, 56.822_919_124_920_716, 90.977_080_875_079_3);
    // The same in the other way, since all answered all: 0.6 · 100 · (3.9 − 1)/4 + 0.4 · 100 · 7.6/10.
    assert!((tally.index.overall.mean().unwrap() - (0.6 * 72.5 + 0.4 * 76.0)).abs() < 1e-9);
    let tiers: Vec<_> = tally.index.by_tier.iter().map(|(tier, indices)| (*tier, indices.count())).collect();
    assert_eq!(tiers, [(None, 6), (Some(Tier::MostValuable), 4)]);
    let most_valuable = tally.index.by_tier[&Some(Tier::MostValuable)];
    assert_near(index_estimate(&most_valuable), 78.0, 47.948_763_197_894_14, 100.0);
    let channels: Vec<_> = tally.index.by_channel.iter().map(|(channel, indices)| (*channel, indices.count())).collect();
    assert_eq!(channels, [(ResponseChannel::Email, 7), (ResponseChannel::InStore, 3)]);
    assert_eq!(tally.index.by_card_kind.len(), 2);
}

#[test]
fn what_is_not_rated_does_not_count() {
    let questions = questions();
    let of = |given: Value| {
        let Value::Object(given) = given else { panic!("an object") };
        index_of(&questions, &check(&questions, &given).unwrap())
    };
    assert_eq!(of(json!({"staff": 4})), Some(75.0));
    assert_eq!(of(json!({"staff": 5, "recommend": 5})), Some(80.0));
    assert_eq!(of(json!({"prices": {"importance": 1, "satisfaction": 1}, "recommend": 3})), Some(30.0), "a weight of 0");
    assert_eq!(of(json!({"prices": {"importance": 1, "satisfaction": 1}})), None);
    assert_eq!(of(json!({"floors": ["toys"]})), None);
}

#[test]
fn what_matters_and_fails_comes_first() {
    let questions = questions();
    let tally = tally(&questions, &ANSWERS);
    let found = quadrants(&tally).unwrap();
    // Importance 4.6 and 2.1, satisfaction 2.2 and 4.2.
    assert!((found.importance_threshold - 3.35).abs() < 1e-9 && (found.satisfaction_threshold - 3.2).abs() < 1e-9);
    let placed: Vec<_> = found.questions.iter().map(|placed| (placed.key, placed.quadrant)).collect();
    assert_eq!(placed, [("prices", Quadrant::ConcentrateHere), ("music", Quadrant::PossibleOverkill)]);
    assert!(quadrants(&Tally::new(&questions)).is_none());
}

#[test]
fn a_series_shows_what_has_changed() {
    let questions = questions();
    let (before, after) = (tally(&questions, &ANSWERS[5..]), tally(&questions, &ANSWERS[..5]));
    let trend = trend(&before, &after);
    let index = trend.index.unwrap();
    assert_near(Some(index.difference), 15.4, -20.391_669_319_272_232, 51.191_669_319_272_215);
    assert!((index.after - index.before - index.difference.value).abs() < 1e-9);
    let keys: Vec<_> = trend.questions.iter().map(|change| change.question.key.as_str()).collect();
    assert_eq!(keys, ["staff", "recommend", "prices", "music"], "options have no trend");
    let nps = trend.questions[1].change;
    assert!((nps.before - 0.0).abs() < 1e-9 && (nps.after - 40.0).abs() < 1e-9, "{nps:?}");
    assert_near(Some(nps.difference), 40.0, -54.387_614_762_639_77, 104.387_614_762_639_79);
    let nothing = Tally::new(&questions);
    assert_eq!(super::trend(&nothing, &after), Trend { index: None, questions: Vec::new() });
}
