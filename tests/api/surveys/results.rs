//! Results against numbers that SciPy 1.17.1 has worked out from the same answers.

use serde_json::{Value, json};

use super::{customer, invited, open, survey};
use crate::{
    on_both,
    support::{Caller, person},
};

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

fn answers(number: usize) -> Value {
    let (staff, recommend, prices, music) = ANSWERS[number];
    json!({
        "staff": staff, "recommend": recommend, "prices": {"importance": prices[0], "satisfaction": prices[1]},
        "music": {"importance": music[0], "satisfaction": music[1]}, "floors": if number.is_multiple_of(2) { json!(["books"]) } else { json!(["toys", "books"]) },
    })
}

async fn bring(caller: &Caller, survey: &str, number: usize, customer: Option<&str>, channel: &str) {
    caller.make(&format!("{survey}/responses"), json!({"customer_id": customer, "channel": channel, "answers": answers(number)})).await;
}

fn estimate(value: f64, low: f64, high: f64) -> Value {
    json!({"value": value, "low": low, "high": high})
}

on_both! {
    async fn answers_add_up(app: &TestApp) {
        let admin = app.admin();
        let survey = open(&admin, survey("Your visit")).await;
        let student = customer(&admin, person("李娜")).await;
        admin.make(&format!("/v1/customers/{student}/cards"), json!({"number": "S-1", "kind": "student"})).await;
        let (regular, silent) = (customer(&admin, person("王")).await, customer(&admin, person("张")).await);
        let link = invited(&admin, &survey, &regular).await;
        for customer in [&student, &silent] {
            invited(&admin, &survey, customer).await;
        }
        bring(&admin, &survey, 0, Some(&student), "in_store").await;
        app.nobody().post(&link, json!({"answers": answers(1)})).await.expect(200);
        for number in 2..10 {
            bring(&admin, &survey, number, None, if number < 7 { "phone" } else { "in_store" }).await;
        }
        let results = admin.get(&format!("{survey}/results")).await.expect(200);
        assert_eq!(json!([results["responses"], results["invited"], results["invited_answered"], results["trend"]]), json!([10, 3, 2, null]));
        // scipy.stats.binomtest(2, 3).proportion_ci(method='wilson')
        assert_eq!(results["response_rate"], estimate(0.6667, 0.2077, 0.9385));
        let [staff, recommend, prices, music, visit, floors, words] = results["questions"].as_array().unwrap().as_slice() else { panic!("seven") };
        assert_eq!(staff["mean"], estimate(3.9, 3.1886, 4.6114));
        assert_eq!(staff["satisfied"], estimate(0.7, 0.3968, 0.8922));
        assert_eq!(staff["distribution"][4], json!({"value": "5", "count": 3, "share": 0.3}));
        assert_eq!(recommend["nps"], json!({"score": estimate(20.0, -30.326, 61.0952), "promoters": 5, "passives": 2, "detractors": 3}));
        assert_eq!(recommend["distribution"].as_array().unwrap().len(), 11);
        assert_eq!(prices["importance"], estimate(4.6, 4.2306, 4.9694));
        assert_eq!(json!([prices["mean"]["value"], music["mean"]["value"], prices["importance_distribution"][4]["count"]]), json!([2.2, 4.2, 6]));
        assert_eq!(floors["distribution"], json!([{"value": "books", "count": 10, "share": 1.0}, {"value": "toys", "count": 5, "share": 0.5}]));
        assert_eq!(json!([visit["answered"], words["answered"], words["mean"], words["distribution"]]), json!([0, 0, null, []]));
        let index = &results["index"];
        assert_eq!(index["overall"], estimate(73.9, 56.8229, 90.9771));
        assert_eq!(index["by_card_kind"][1], json!({"group": "student", "responses": 1, "index": {"value": 100.0, "low": null, "high": null}}));
        let sizes = |group: &str| -> Vec<Value> { index[group].as_array().unwrap().iter().map(|row| json!([row["group"], row["responses"]])).collect() };
        assert_eq!(sizes("by_tier"), [json!([null, 8]), json!(["prospect", 2])]);
        assert_eq!(sizes("by_card_kind"), [json!([null, 9]), json!(["student", 1])]);
        assert_eq!(sizes("by_channel"), [json!(["email", 1]), json!(["phone", 5]), json!(["in_store", 4])]);
        let quadrants = &results["quadrants"];
        assert_eq!(json!([quadrants["importance_threshold"], quadrants["satisfaction_threshold"]]), json!([3.35, 3.2]));
        assert_eq!(quadrants["questions"][0], json!({"key": "prices", "importance": 4.6, "satisfaction": 2.2, "quadrant": "concentrate_here"}));
        assert_eq!(quadrants["questions"][1]["quadrant"], "possible_overkill");
    }

    async fn a_survey_without_answers_adds_up_to_nothing(app: &TestApp) {
        let admin = app.admin();
        let survey = open(&admin, survey("Your visit")).await;
        let results = admin.get(&format!("{survey}/results")).await.expect(200);
        assert_eq!(json!([results["responses"], results["response_rate"], results["index"]["overall"], results["quadrants"], results["trend"]]), json!([0, null, null, null, null]));
        assert_eq!(json!([results["questions"][0]["mean"], results["questions"][1]["nps"], results["questions"][0]["satisfied"]]), json!([null, null, null]));
        admin.get("/v1/surveys/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77/results").await.problem(404, "not_found");
    }

    async fn a_series_shows_what_has_changed(app: &TestApp) {
        let admin = app.admin();
        let of_series = |title: &str, series: &str| {
            let mut draft = survey(title);
            draft["series"] = json!(series);
            draft
        };
        let before = open(&admin, of_series("Spring", "visit")).await;
        let other = open(&admin, of_series("Returns", "returns")).await;
        let now = open(&admin, of_series("Autumn", "visit")).await;
        for number in 0..5 {
            bring(&admin, &now, number, None, "phone").await;
            bring(&admin, &before, number + 5, None, "phone").await;
        }
        let id = |path: &str| path.rsplit_once('/').unwrap().1.to_owned();
        let trend = admin.get(&format!("{now}/results")).await.expect(200)["trend"].clone();
        assert_eq!(json!([trend["survey_id"], trend["title"]]), json!([id(&before), "Spring"]));
        // scipy.stats.ttest_ind(after, before, equal_var=False).confidence_interval(0.95)
        assert_eq!(trend["index"], json!({"before": 66.2, "after": 81.6, "difference": estimate(15.4, -20.3917, 51.1917)}));
        let changed: Vec<Value> = trend["questions"].as_array().unwrap().iter().map(|row| json!([row["key"], row["measure"]])).collect();
        assert_eq!(changed, [json!(["staff", "mean"]), json!(["recommend", "nps"]), json!(["prices", "mean"]), json!(["music", "mean"])]);
        assert_eq!(trend["questions"][1]["change"], json!({"before": 0.0, "after": 40.0, "difference": estimate(40.0, -54.3876, 104.3876)}));
        assert_eq!(admin.get(&format!("{before}/results")).await.expect(200)["trend"], Value::Null, "nothing came before");
        let turned = admin.get(&format!("{before}/results?compare_with={}", id(&now))).await.expect(200)["trend"].clone();
        assert_eq!(turned["index"]["difference"], estimate(-15.4, -51.1917, 20.3917));
        for wrong in [id(&other), id(&now), "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77".to_owned()] {
            admin.get(&format!("{now}/results?compare_with={wrong}")).await.fault("/compare_with", "other_series");
        }
        admin.get(&format!("{now}/results?compare_with=x")).await.fault("/compare_with", "format");
    }
}
