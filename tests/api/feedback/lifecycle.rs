//! The steps of feedback's life.

use patron::domain::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{feedback_of, open_desk, path_of, resolve};
use crate::{
    on_both,
    support::{Caller, PASSWORD, Reply, TestApp, log_in},
};

/// Where each action leads from each status; none where it is refused.
const TABLE: [(&str, [Option<&str>; 8]); 5] = [
    ("open", [Some("in_progress"), None, None, None, Some("open"), None, None, None]),
    ("in_progress", [None, Some("resolved"), None, None, Some("in_progress"), Some("in_progress"), None, None]),
    ("resolved", [None, None, Some("closed"), Some("reopened"), Some("resolved"), None, Some("closed"), Some("reopened")]),
    ("closed", [None, None, None, Some("reopened"), None, None, None, Some("reopened")]),
    ("reopened", [Some("in_progress"), None, None, None, Some("reopened"), None, None, None]),
];

fn actions() -> [(&'static str, Value); 8] {
    [
        ("start", json!({})),
        ("resolve", json!({"resolution": "Done."})),
        ("close", json!({})),
        ("reopen", json!({})),
        ("actions", json!({"note": "Called."})),
        ("wait", json!({})),
        ("outcome", json!({"helped": true})),
        ("outcome", json!({"helped": false})),
    ]
}

/// The path of new feedback at a status.
async fn at_status(caller: &Caller, status: &str) -> String {
    let path = feedback_of(caller, "inquiry").await;
    let steps: &[&str] = match status {
        "in_progress" => &["start"],
        "resolved" => &["start", "resolve"],
        "closed" => &["start", "resolve", "close"],
        "reopened" => &["start", "resolve", "reopen"],
        _ => &[],
    };
    for step in steps {
        let body = if *step == "resolve" { json!({"resolution": "Done."}) } else { json!({}) };
        caller.post(&format!("{path}/{step}"), body).await.expect(200);
    }
    path
}

/// Somebody who works on feedback and is among the users.
pub async fn agent(app: &TestApp, email: &str, role: &str) -> (String, Caller) {
    let user = app.almighty().make("/v1/users", json!({"email": email, "role": role, "password": PASSWORD})).await;
    (user["id"].as_str().unwrap().to_owned(), logged_in(app, email).await)
}

/// Them again, later.
pub async fn logged_in(app: &TestApp, email: &str) -> Caller {
    let login = log_in(app, email, PASSWORD).await.expect(200);
    app.bearer(login["access_token"].as_str().unwrap())
}

on_both! {
    async fn the_last_rating_is_that_of_the_last_review(app: &TestApp) {
        let shop = open_desk(app).await;
        let (mei, admin) = (shop.customer("Mei").await, &shop.admin);
        let rating = async || admin.get(&format!("/v1/customers/{mei}")).await.expect(200)["satisfaction"]["last_rating"].clone();
        let review = async |rating: i32| path_of(&admin.make("/v1/feedback", json!({"type": "review", "channel": "web", "customer_id": mei, "rating": rating})).await);
        let anonymous = path_of(&admin.make("/v1/feedback", json!({"type": "review", "channel": "web", "rating": 2})).await);
        let (first, second) = (review(5).await, review(1).await);
        assert_eq!(rating().await, 1);
        admin.patch(&first, json!({"rating": 4})).await.expect(200);
        assert_eq!(rating().await, 1, "an older review was corrected");
        admin.patch(&anonymous, json!({"customer_id": mei})).await.expect(200);
        assert_eq!(rating().await, 1, "an older review found its customer");
        admin.patch(&second, json!({"type": "praise", "rating": null, "body": "!"})).await.expect(200);
        assert_eq!(rating().await, 4, "the last review is none any more");
        for path in [&first, &anonymous] {
            admin.patch(path, json!({"type": "praise", "rating": null, "body": "!"})).await.expect(200);
        }
        assert_eq!(rating().await, Value::Null);
    }

    async fn every_status_knows_its_steps(app: &TestApp) {
        let shop = open_desk(app).await;
        for (status, row) in TABLE {
            for ((action, body), expected) in actions().into_iter().zip(row) {
                let path = at_status(&shop.admin, status).await;
                let before = shop.admin.get(&path).await.expect(200);
                assert_eq!(before["status"], status);
                let reply = shop.admin.post(&format!("{path}/{action}"), body).await;
                match expected {
                    Some(next) => {
                        let after = reply.expect(200);
                        assert_eq!(after["status"], next, "{status} {action}");
                        assert_eq!(after["version"].as_i64(), before["version"].as_i64().map(|version| version + 1), "{status} {action}");
                        let event = after["history"].as_array().unwrap().last().unwrap();
                        assert_eq!((&event["from"], &event["to"]), (&json!(status), &json!(next)), "{status} {action}");
                        assert_eq!(shop.admin.get(&path).await.expect(200), after);
                    }
                    None => {
                        let problem = reply.problem(409, "invalid_transition");
                        assert!(problem["detail"].as_str().unwrap().contains(status), "{status} {action}: {problem}");
                        assert_eq!(shop.admin.get(&path).await.expect(200), before);
                    }
                }
            }
        }
    }

    async fn work_is_somebodys(app: &TestApp) {
        let shop = open_desk(app).await;
        let (li, as_li) = agent(app, "li.na@example.com", "agent").await;
        let (zhang, as_zhang) = agent(app, "zhang.wei@example.com", "manager").await;
        let (marketer, _) = agent(app, "market@example.com", "marketer").await;
        let path = feedback_of(&as_li, "inquiry").await;
        let unassigned = feedback_of(&as_li, "praise").await;
        let assign = async |to: Value| shop.admin.post(&format!("{path}/assign"), json!({"assignee_id": to})).await;
        let given = assign(json!(zhang)).await.expect(200);
        assert_eq!((&given["assignee_id"], &given["history"][1]["details"]), (&json!(zhang), &json!({"assignee_id": zhang})));
        for nobody in [marketer.as_str(), "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77"] {
            assign(json!(nobody)).await.fault("/assignee_id", "unknown_reference");
        }
        shop.admin.post(&format!("{path}/assign"), json!({})).await.fault("/assignee_id", "required");
        // Who starts what nobody has, has it.
        assert_eq!(as_li.post(&format!("{path}/start"), json!({})).await.expect(200)["assignee_id"], json!(zhang));
        let queue = async |caller: &Caller, whose: &str| -> Vec<String> {
            caller.all(&format!("/v1/feedback?assignee_id={whose}")).await.iter().map(path_of).collect()
        };
        assert_eq!(queue(&as_zhang, "me").await, [path.as_str()]);
        assert_eq!(queue(&as_li, "none").await, [unassigned.as_str()]);
        assert_eq!(as_li.post(&format!("{unassigned}/start"), json!({})).await.expect(200)["assignee_id"], json!(li));
        assert_eq!(queue(&as_zhang, &li).await, [unassigned.as_str()]);
        assert!(queue(&as_li, "none").await.is_empty());
        assert_eq!(assign(Value::Null).await.expect(200)["assignee_id"], Value::Null);
        app.client("feedback:read").get("/v1/feedback?assignee_id=me").await.fault("/assignee_id", "not_staff");
        shop.admin.get("/v1/feedback?assignee_id=li.na").await.fault("/assignee_id", "format");
        // A disabled user is nobody to give work to.
        app.almighty().patch(&format!("/v1/users/{li}"), json!({"status": "disabled"})).await.expect(200);
        assign(json!(li)).await.fault("/assignee_id", "unknown_reference");
    }

    async fn what_is_done_is_noted(app: &TestApp) {
        let shop = open_desk(app).await;
        let agent = app.staff(Role::Agent);
        let path = feedback_of(&agent, "inquiry").await;
        let note = "Asked the warehouse.\n<img src=x onerror=alert(1)>";
        let internal = agent.post(&format!("{path}/actions"), json!({"note": note})).await.expect(200);
        assert_eq!(internal["history"][1]["details"], json!({"note": note, "visible_to_customer": false}));
        assert_eq!((&internal["first_answered_at"], &internal["history"][1]["actor"]["kind"]), (&Value::Null, &json!("staff")));
        // Twice the same is done twice.
        let again = agent.post(&format!("{path}/actions"), json!({"note": note})).await.expect(200);
        assert_eq!((again["history"].as_array().unwrap().len(), &again["version"]), (3, &json!(3)));
        let answer = agent.post(&format!("{path}/actions"), json!({"note": "On its way.", "visible_to_customer": true})).await.expect(200);
        assert!(answer["first_answered_at"].is_string(), "{answer}");
        let dry = agent.post(&format!("{path}/actions?validate_only=true"), json!({"note": "x"})).await.expect(200);
        assert_eq!(dry["version"], 5);
        assert_eq!(shop.admin.get(&path).await.expect(200), answer);
        agent.post(&format!("{path}/actions"), json!({"note": " "})).await.fault("/note", "blank");
        let key = |key: &'static str| agent.request(Method::POST, &format!("{path}/actions")).header("idempotency-key", key).json(&json!({"note": "Once."}));
        assert_eq!(Reply::of(key("k")).await.expect(200), Reply::of(key("k")).await.expect(200));
        assert_eq!(shop.admin.get(&path).await.expect(200)["version"], 5);
    }

    async fn open_complaints_are_in_the_customers_record(app: &TestApp) {
        let shop = open_desk(app).await;
        let mei = shop.customer("Mei").await;
        let count = async || shop.admin.get(&format!("/v1/customers/{mei}")).await.expect(200)["satisfaction"]["open_complaints"].clone();
        let complain = |kind: &str| shop.admin.make("/v1/feedback", json!({"type": kind, "channel": "web", "customer_id": mei, "body": "!"}));
        let before = shop.admin.get(&format!("/v1/customers/{mei}")).await;
        let (first, second) = (path_of(&complain("complaint").await), path_of(&complain("complaint").await));
        let inquiry = path_of(&complain("inquiry").await);
        assert_eq!(count().await, 2);
        let known = Reply::of(shop.admin.request(Method::GET, &format!("/v1/customers/{mei}")).header("if-none-match", before.header("etag"))).await;
        assert_eq!(known.status, 200, "the record has changed");
        resolve(&shop.admin, &first).await;
        assert_eq!(count().await, 2, "resolved is not closed");
        shop.admin.post(&format!("{first}/close"), json!({"reason": "by telephone"})).await.expect(200);
        assert_eq!(count().await, 1);
        shop.admin.post(&format!("{first}/reopen"), json!({})).await.expect(200);
        assert_eq!(count().await, 2);
        shop.admin.patch(&second, json!({"type": "suggestion"})).await.expect(200);
        shop.admin.patch(&inquiry, json!({"type": "complaint"})).await.expect(200);
        assert_eq!(count().await, 2);
        let anonymous = feedback_of(&shop.admin, "complaint").await;
        shop.admin.patch(&anonymous, json!({"customer_id": mei})).await.expect(200);
        assert_eq!(count().await, 3);
    }
}
