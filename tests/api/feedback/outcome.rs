//! Whether it helped: links in messages, answered without login.

use diesel::prelude::*;
use patron::{
    db::{DbError, schema::messages},
    domain::{customers::Customer, ids::Id, links::LinkPurpose, permissions::Role},
    on,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{DAY, desk, feedback_of, keep_time_once, open_desk, path_of, resolve, seconds};
use crate::{
    on_both,
    support::{Reply, TestApp},
};

/// The path of the link in the newest message to a customer.
pub async fn link_sent_to(app: &TestApp, customer: &str) -> String {
    let customer_id = customer.parse::<uuid::Uuid>().unwrap();
    let bodies = bodies_sent_to(app, customer_id).await;
    let body = bodies.last().expect("a message");
    let line = body.lines().find(|line| line.starts_with("Yes: ")).expect("a link");
    let (_, path) = line.split_once("/v1/").expect("a path");
    format!("/v1/{}", path.split('?').next().expect("no query"))
}

async fn bodies_sent_to(app: &TestApp, customer_id: uuid::Uuid) -> Vec<String> {
    let own = messages::table.filter(messages::customer_id.eq(Id::<Customer>::from(customer_id))).order(messages::id);
    let bodies = app.app.db.query(move |conn| Ok::<_, DbError>(on!(conn, c => own.select(messages::body).load(c))?)).await;
    bodies.expect("messages")
}

async fn customer_with_email(app: &TestApp, email: &str) -> String {
    app.admin().make("/v1/customers", json!({"name": "王小美", "nickname": "Mei", "email": email})).await["id"].as_str().unwrap().to_owned()
}

on_both! {
    async fn yes_closes_and_no_reopens(app: &TestApp) {
        let shop = open_desk(app).await;
        let mei = customer_with_email(app, "mei@example.com").await;
        let draft = json!({"type": "complaint", "channel": "web", "customer_id": mei, "subject": "Two pages", "body": "secret words"});
        let path = path_of(&shop.admin.make("/v1/feedback", draft).await);
        let resolved = resolve(&shop.admin, &path).await;
        assert_eq!(seconds(&resolved["resolved_at"], &resolved["closes_at"]), 7 * DAY);
        let link = link_sent_to(app, &mei).await;
        let nobody = app.nobody();
        // To look answers nothing, however often a mail program does it.
        for query in ["", "?helped=true", "?helped=false"] {
            let seen = nobody.get(&format!("{link}{query}")).await;
            assert_eq!(seen.header("cache-control"), "no-store");
            let meant = query.split_once('=').map(|(_, meant)| meant == "true");
            let expected = json!({"subject": "Two pages", "resolution": "Sent another one.", "resolved_at": resolved["resolved_at"], "status": "resolved", "outcome": null, "meant": meant});
            assert_eq!(seen.expect(200), expected);
        }
        assert_eq!(shop.admin.get(&path).await.expect(200), resolved);
        nobody.get(&format!("{link}?helped=maybe")).await.problem(422, "invalid");
        nobody.get(&format!("{link}?yes=1")).await.problem(422, "invalid");
        for wrong in [json!({}), json!({"helped": "no"}), json!({"helped": true, "comment": " "}), json!({"helped": true, "status": "closed"})] {
            nobody.post(&link, wrong).await.problem(422, "invalid");
        }
        let answer = nobody.post(&link, json!({"helped": false, "comment": "The same pages\nare missing."})).await.expect(200);
        assert_eq!((&answer["status"], &answer["outcome"]), (&json!("reopened"), &json!("not_helped")));
        let after = shop.admin.get(&path).await.expect(200);
        assert_eq!((&after["outcome_comment"], &after["reopened_count"], &after["closes_at"]), (&json!("The same pages\nare missing."), &json!(1), &Value::Null));
        let event = after["history"].as_array().unwrap().last().unwrap();
        assert_eq!((&event["actor"], &event["details"]["helped"]), (&json!({"kind": "customer", "id": mei}), &json!(false)));
        nobody.post(&link, json!({"helped": false})).await.problem(409, "invalid_transition");
        nobody.post(&link, json!({"helped": true})).await.problem(409, "invalid_transition");
        let again = resolve(&shop.admin, &path).await;
        assert_eq!((&again["outcome"], &again["outcome_comment"]), (&Value::Null, &Value::Null));
        let second = link_sent_to(app, &mei).await;
        // The link of the resolution before asks nothing any more, now and once this is closed: an old message undoes nothing.
        nobody.get(&link).await.problem(404, "not_found");
        nobody.post(&link, json!({"helped": true})).await.problem(404, "not_found");
        let closed = nobody.post(&second, json!({"helped": true})).await.expect(200);
        nobody.post(&link, json!({"helped": false})).await.problem(404, "not_found");
        assert_eq!((&closed["status"], &closed["outcome"]), (&json!("closed"), &json!("helped")));
        nobody.post(&second, json!({"helped": true})).await.problem(409, "invalid_transition");
        let after = shop.admin.get(&path).await.expect(200);
        assert_eq!((&after["reopened_count"], &after["closed_at"]), (&json!(1), &after["updated_at"]));
    }

    async fn silence_closes_after_a_week(app: &TestApp) {
        let shop = open_desk(app).await;
        let mei = customer_with_email(app, "mei@example.com").await;
        let path = path_of(&shop.admin.make("/v1/feedback", json!({"type": "inquiry", "channel": "web", "customer_id": mei, "body": "?"})).await);
        let anonymous = feedback_of(&shop.admin, "complaint").await;
        resolve(&shop.admin, &path).await;
        resolve(&shop.admin, &anonymous).await;
        let link = link_sent_to(app, &mei).await;
        app.pass(7 * DAY - 60);
        keep_time_once(app).await;
        assert_eq!(desk(app).get(&path).await.expect(200)["status"], "resolved");
        app.pass(120);
        keep_time_once(app).await;
        keep_time_once(app).await;
        for path in [&path, &anonymous] {
            let closed = desk(app).get(path).await.expect(200);
            assert_eq!((&closed["status"], &closed["outcome"], &closed["closes_at"], &closed["version"]), (&json!("closed"), &json!("silence"), &Value::Null, &json!(4)));
            assert_eq!(closed["history"][3]["details"], json!({"reason": "silence"}));
        }
        // Who comes back late can still say no, and a month later no more.
        app.nobody().post(&link, json!({"helped": false})).await.expect(200);
        assert_eq!(desk(app).get(&path).await.expect(200)["status"], "reopened");
        app.pass(30 * DAY);
        app.nobody().get(&link).await.problem(404, "not_found");
        app.nobody().post(&link, json!({"helped": true})).await.problem(404, "not_found");
    }

    async fn links_are_neither_guessed_nor_changed(app: &TestApp) {
        let shop = open_desk(app).await;
        let path = feedback_of(&shop.admin, "complaint").await;
        resolve(&shop.admin, &path).await;
        let id: uuid::Uuid = path.rsplit('/').next().unwrap().parse().unwrap();
        let later = app.now().checked_add(chrono::TimeDelta::days(1)).unwrap();
        let token = |purpose, at| app.app.links.token(purpose, id.into(), at);
        let good = token(LinkPurpose::FeedbackOutcome, later);
        let mut forged = good.clone();
        forged.replace_range(0..1, if good.starts_with('B') { "C" } else { "B" });
        let nobody = app.nobody();
        for bad in [forged, token(LinkPurpose::OpenSurvey, later), token(LinkPurpose::FeedbackOutcome, app.now()), id.to_string(), "x".repeat(300), "%00".to_owned()] {
            nobody.get(&format!("/v1/public/feedback/{bad}")).await.problem(404, "not_found");
            nobody.post(&format!("/v1/public/feedback/{bad}"), json!({"helped": true})).await.problem(404, "not_found");
        }
        assert_eq!(shop.admin.get(&path).await.expect(200)["status"], "resolved");
        let good = format!("/v1/public/feedback/{good}");
        nobody.get(&good).await.expect(200);
        // A bad token of access does no harm where none is needed.
        app.bearer("nonsense").post(&good, json!({"helped": true})).await.expect(200);
        // Neither the log of changes nor anything else keeps what opens the link.
        let log = shop.admin.get("/v1/audit-log?limit=5").await;
        assert!(log.text.contains("/v1/public/…") && !log.text.contains(good.rsplit('/').next().unwrap()), "{}", log.text);
    }

    async fn two_links_may_be_answered_under_the_same_key(app: &TestApp) {
        let shop = open_desk(app).await;
        let mut links = Vec::new();
        for name in ["mei", "li"] {
            let customer = customer_with_email(app, &format!("{name}@example.com")).await;
            let path = path_of(&shop.admin.make("/v1/feedback", json!({"type": "inquiry", "channel": "web", "customer_id": customer, "body": "?"})).await);
            resolve(&shop.admin, &path).await;
            links.push(link_sent_to(app, &customer).await);
        }
        let answer = async |link: &str, helped: bool| {
            let request = app.nobody().request(Method::POST, link).header("idempotency-key", "1").json(&json!({"helped": helped}));
            Reply::of(request).await
        };
        for link in &links {
            answer(link, true).await.expect(200);
            assert_eq!(answer(link, true).await.header("idempotent-replayed"), "true");
            answer(link, false).await.problem(422, "idempotency_key_reused");
        }
    }

    async fn a_link_is_shown_to_those_who_may_answer(app: &TestApp) {
        let shop = open_desk(app).await;
        let mei = customer_with_email(app, "mei@example.com").await;
        let path = path_of(&shop.admin.make("/v1/feedback", json!({"type": "inquiry", "channel": "web", "customer_id": mei, "body": "?"})).await);
        resolve(&shop.admin, &path).await;
        let token = link_sent_to(app, &mei).await.rsplit('/').next().unwrap().to_owned();
        let message = shop.admin.all(&format!("/v1/messages?customer_id={mei}")).await.remove(0);
        assert!(message["body"].as_str().unwrap().contains(&token));
        let marketer = app.staff(Role::Marketer);
        for told in [marketer.get("/v1/messages").await, marketer.get(&format!("/v1/messages/{}", message["id"].as_str().unwrap())).await] {
            assert!(!told.text.contains(&token) && told.text.contains("/v1/public/…"), "{}", told.text);
        }
    }

    async fn a_word_on_the_telephone_counts_too(app: &TestApp) {
        let shop = open_desk(app).await;
        let path = feedback_of(&shop.admin, "complaint").await;
        resolve(&shop.admin, &path).await;
        let no = shop.admin.post(&format!("{path}/outcome"), json!({"helped": false, "comment": "Still broken."})).await.expect(200);
        assert_eq!((&no["status"], &no["outcome"], &no["history"][3]["actor"]["kind"]), (&json!("reopened"), &json!("not_helped"), &json!("staff")));
        resolve(&shop.admin, &path).await;
        let yes = Reply::of(shop.admin.request(Method::POST, &format!("{path}/outcome")).header("if-match", "\"1\"").json(&json!({"helped": true}))).await;
        yes.problem(412, "stale_version");
        let yes = shop.admin.post(&format!("{path}/outcome"), json!({"helped": true})).await.expect(200);
        assert_eq!((&yes["status"], &yes["outcome"]), (&json!("closed"), &json!("helped")));
    }
}
