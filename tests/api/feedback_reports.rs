//! Reports on feedback, against figures worked out by hand.

use patron::{
    domain::{
        feedback_reports::{FeedbackGrouping, ReportRequest},
        instants::Instant,
        permissions::Role,
    },
    services::feedback_reports,
};
use serde_json::{Value, json};

use crate::{
    feedback::{desk, keep_time_once, open_desk, path_of},
    on_both,
    support::{Caller, TestApp, plans_of},
};

const PATH: &str = "/v1/reports/feedback";

async fn take_in(caller: &Caller, kind: &str, channel: &str, more: Value) -> String {
    let mut draft = more;
    for (field, value) in [("type", kind), ("channel", channel), ("body", "Well.")] {
        draft[field] = json!(value);
    }
    path_of(&caller.make("/v1/feedback", draft).await)
}

async fn step(caller: &Caller, path: &str, step: &str, body: Value) {
    caller.post(&format!("{path}/{step}"), body).await.expect(200);
}

/// `(key, label, count)` of each group.
fn groups(report: &Value) -> Vec<Value> {
    report["groups"].as_array().unwrap().iter().map(|group| json!([group["key"], group["label"], group["figures"]["count"]])).collect()
}

fn group<'a>(report: &'a Value, key: &str) -> &'a Value {
    &report["groups"].as_array().unwrap().iter().find(|group| group["key"] == key).expect("the group")["figures"]
}

/// An hour and a half's work: two complaints, an inquiry and two reviews come in together. Answers are due within an hour, resolutions of complaints within
/// two, of the rest within a day; the shop is always open.
async fn a_morning(app: &TestApp) -> Value {
    let shop = open_desk(app).await;
    let books = shop.admin.make("/v1/categories", json!({"name": "Books"})).await;
    let book = format!("/v1/products/{}", shop.book["id"].as_str().unwrap());
    shop.admin.patch(&book, json!({"category_id": books["id"]})).await.expect(200);
    let li_na = json!({"email": "li.na@example.com", "name": "Li Na", "role": "agent", "password": "correct horse battery"});
    let li_na = app.almighty().make("/v1/users", li_na).await;
    let of_book = |rating: Value| json!({"product_id": shop.book["id"], "rating": rating});
    let first = take_in(&shop.admin, "complaint", "web", of_book(Value::Null)).await;
    take_in(&shop.admin, "complaint", "phone", json!({})).await;
    let inquiry = take_in(&shop.admin, "inquiry", "phone", json!({"customer_id": shop.customer("Mei").await})).await;
    let review = take_in(&shop.admin, "review", "web", of_book(json!(4))).await;
    take_in(&shop.admin, "review", "web", of_book(json!(5))).await;
    step(&shop.admin, &review, "assign", json!({"assignee_id": li_na["id"]})).await;
    app.pass(600);
    step(&desk(app), &first, "start", json!({})).await;
    step(&desk(app), &first, "actions", json!({"note": "We are looking for it.", "visible_to_customer": true})).await;
    app.pass(2_400);
    step(&desk(app), &inquiry, "start", json!({})).await;
    step(&desk(app), &inquiry, "resolve", json!({"resolution": "On Saturdays, too."})).await;
    step(&desk(app), &inquiry, "outcome", json!({"helped": true})).await;
    // Late, and not helpful either.
    app.pass(4_800);
    step(&desk(app), &first, "resolve", json!({"resolution": "It is on its way."})).await;
    step(&desk(app), &first, "outcome", json!({"helped": false})).await;
    app.pass(1_200);
    step(&desk(app), &first, "start", json!({})).await;
    step(&desk(app), &first, "resolve", json!({"resolution": "Sent by courier."})).await;
    step(&desk(app), &first, "outcome", json!({"helped": true})).await;
    keep_time_once(app).await;
    json!({"book": shop.book["id"], "books": books["id"], "li_na": li_na["id"]})
}

on_both! {
    async fn figures_are_those_of_the_period(app: &TestApp) {
        let began = app.now();
        a_morning(app).await;
        let report = desk(app).get(PATH).await.expect(200);
        assert_eq!(json!([report["group_by"], report["group_count"]]), json!(["type", 3]));
        assert_eq!(*group(&report, "complaint"), json!({
            "count": 2, "reopened_share": 1.0,
            "first_answer": {"count": 1, "median_seconds": 600, "p90_seconds": 600, "within_target_share": 0.5},
            "resolution": {"count": 1, "median_seconds": 9000, "p90_seconds": 9000, "within_target_share": 0.0},
            "rating": {"count": 0, "average": null},
            "outcome": {"helped": 1, "not_helped": 0, "silence": 0, "helped_share": 1.0},
        }));
        assert_eq!(*group(&report, "review"), json!({
            "count": 2, "reopened_share": null,
            "first_answer": {"count": 0, "median_seconds": null, "p90_seconds": null, "within_target_share": 0.0},
            "resolution": {"count": 0, "median_seconds": null, "p90_seconds": null, "within_target_share": null},
            "rating": {"count": 2, "average": 4.5},
            "outcome": {"helped": 0, "not_helped": 0, "silence": 0, "helped_share": null},
        }));
        assert_eq!(report["total"], json!({
            "count": 5, "reopened_share": 0.5,
            "first_answer": {"count": 2, "median_seconds": 600, "p90_seconds": 3000, "within_target_share": 0.4},
            "resolution": {"count": 2, "median_seconds": 3000, "p90_seconds": 9000, "within_target_share": 0.3333},
            "rating": {"count": 2, "average": 4.5},
            "outcome": {"helped": 2, "not_helped": 0, "silence": 0, "helped_share": 1.0},
        }));
        // Half open: what came in at `from` counts, what came in at `to` does not.
        let later = app.now();
        for (from, to, count) in [(began, later, 5), (Instant::MIN, began, 0), (later, Instant::MAX, 0)] {
            let report = desk(app).get(&format!("{PATH}?from={from}&to={to}")).await.expect(200);
            assert_eq!(report["total"]["count"], count, "{from} {to}");
        }
    }

    async fn feedback_is_put_together_by_what_it_has_in_common(app: &TestApp) {
        let ids = a_morning(app).await;
        let desk = desk(app);
        for (group_by, expected) in [
            ("type", json!([["complaint", null, 2], ["review", null, 2], ["inquiry", null, 1]])),
            ("channel", json!([["web", null, 3], ["phone", null, 2]])),
            ("product", json!([[ids["book"], "红楼梦", 3], [null, null, 2]])),
            ("category", json!([[ids["books"], "Books", 3], [null, null, 2]])),
            ("tier", json!([[null, null, 4], ["prospect", null, 1]])),
        ] {
            let report = desk.get(&format!("{PATH}?group_by={group_by}")).await.expect(200);
            assert_eq!(json!(groups(&report)), expected, "{group_by}");
        }
        let by_assignee = desk.get(&format!("{PATH}?group_by=assignee")).await.expect(200);
        assert!(groups(&by_assignee).contains(&json!([ids["li_na"], "Li Na", 1])), "{by_assignee}");
        let largest = desk.get(&format!("{PATH}?group_by=product&limit=1")).await.expect(200);
        assert_eq!(json!([groups(&largest).len(), largest["group_count"], largest["total"]["count"]]), json!([1, 2, 5]));
    }

    async fn reports_are_asked_for_in_reason(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        agent.get(PATH).await.expect(200);
        app.staff(Role::Marketer).get(PATH).await.problem(403, "permission_denied");
        for (query, pointer, code) in [
            ("group_by=colour", "/group_by", "unknown_value"),
            ("from=2026-07-01T00:00:00Z&to=2026-07-01T00:00:00Z", "/to", "not_ascending"),
            ("from=yesterday", "/from", "format"),
            ("limit=0", "/limit", "range"),
            ("limit=201", "/limit", "range"),
        ] {
            agent.get(&format!("{PATH}?{query}")).await.fault(pointer, code);
        }
    }

    async fn a_report_is_two_statements_at_most(app: &TestApp) {
        a_morning(app).await;
        for (grouping, statements) in [(FeedbackGrouping::Type, 1), (FeedbackGrouping::Category, 2), (FeedbackGrouping::Product, 2)] {
            let request = ReportRequest { from: Instant::MIN, to: Instant::MAX, grouping, limit: 50 };
            let plans = plans_of(app.app.db.url(), |conn| drop(feedback_reports::report(conn, &request).unwrap()));
            assert_eq!(plans.len(), statements, "{plans:#?}");
            assert!(plans[0].plan.contains("feedback_created_at_idx"), "{plans:#?}");
        }
    }
}
