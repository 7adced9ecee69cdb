//! What customers said, in whatever order it is heard.

use futures_util::future::join_all;
use patron::domain::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Caller, Reply, TestApp, person},
};

async fn customer(app: &TestApp) -> String {
    let made = app.admin().make("/v1/customers", person("王小明")).await;
    format!("/v1/customers/{}", made["id"].as_str().unwrap())
}

async fn say(caller: &Caller, path: &str, status: &str, source: &str, at: &str) -> Value {
    let reply = caller.put(path, json!({"status": status, "source": source, "at": at})).await;
    assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
    reply.body
}

on_both! {
    async fn what_was_said_is_kept_and_told(app: &TestApp) {
        let (agent, customer) = (app.staff(Role::Agent), customer(app).await);
        let path = format!("{customer}/consents/email/marketing");
        agent.get(&path).await.problem(404, "not_found");
        let body = json!({"status": "granted", "source": "web", "evidence": "Newsletter form", "at": "2026-06-30T08:15:00Z"});
        let dry = agent.put(&format!("{path}?validate_only=true"), body.clone()).await.expect(200);
        assert_eq!(dry["status"], "granted");
        agent.get(&path).await.problem(404, "not_found");
        let reply = agent.put(&path, body.clone()).await;
        assert_eq!((reply.header("etag"), reply.header("location")), ("\"1\"", path.as_str()));
        let first = reply.expect(201);
        assert_eq!(json!([first["channel"], first["purpose"], first["status"], first["source"], first["evidence"], first["at"], first["version"]]),
            json!(["email", "marketing", "granted", "web", "Newsletter form", "2026-06-30T08:15:00Z", 1]));
        assert_eq!(agent.put(&path, body).await.expect(200), first, "the same again changes nothing");
        let second = agent.put(&path, json!({"status": "withdrawn", "source": "phone"})).await.expect(200);
        assert_eq!(json!([second["status"], second["version"], second["created_at"]]), json!(["withdrawn", 2, first["created_at"]]));
        let listed = agent.get(&format!("{customer}/consents")).await.expect(200);
        assert_eq!(listed["data"], json!([second]));
        let history = agent.all(&format!("{customer}/consents/history?sort=created_at")).await;
        let told: Vec<_> = history.iter().map(|it| json!([it["status"], it["source"], it["is_effective"], it["actor"]["kind"]])).collect();
        assert_eq!(told, [json!(["granted", "web", true, "staff"]), json!(["withdrawn", "phone", true, "staff"])]);
        let known = Reply::of(agent.request(Method::GET, &path).header("If-None-Match", "\"2\"")).await;
        assert_eq!(known.status, 304);
    }

    async fn a_withdrawal_is_not_upgraded_by_what_is_older_or_imported(app: &TestApp) {
        let (agent, customer) = (app.staff(Role::Agent), customer(app).await);
        let path = format!("{customer}/consents/sms/marketing");
        // (said, from, at) and what holds then.
        for (status, source, at, holds, version) in [
            ("granted", "import", "2026-05-09T10:00:00Z", "granted", 1),
            ("withdrawn", "in_store", "2026-05-01T10:00:00Z", "withdrawn", 2),
            ("granted", "import", "2026-05-20T10:00:00Z", "withdrawn", 2),
            ("granted", "web", "2026-05-01T10:00:00Z", "withdrawn", 2),
            ("granted", "web", "2026-05-02T10:00:00Z", "granted", 3),
            ("withdrawn", "unsubscribe", "2026-05-02T10:00:00Z", "withdrawn", 4),
            ("granted", "web", "2026-04-02T10:00:00Z", "withdrawn", 4),
        ] {
            let consent = say(&agent, &path, status, source, at).await;
            assert_eq!(json!([consent["status"], consent["version"]]), json!([holds, version]), "{status} {source} {at}");
        }
        let history = agent.get(&format!("{customer}/consents/history?sort=created_at&include=total&channel=sms")).await.expect(200);
        let effective: Vec<_> = history["data"].as_array().unwrap().iter().map(|it| it["is_effective"].as_bool().unwrap()).collect();
        assert_eq!(effective, [true, true, false, false, true, true, false]);
        assert_eq!(history["total"], 7);
        assert_eq!(agent.all(&format!("{customer}/consents/history?channel=email")).await, Vec::<Value>::new());
        let page = agent.get(&format!("{customer}/consents/history?limit=3")).await.expect(200);
        assert_eq!(page["data"].as_array().unwrap().len(), 3);
        assert_eq!(agent.all(&format!("{customer}/consents/history?limit=3")).await.len(), 7);
    }

    async fn statements_are_checked(app: &TestApp) {
        let (agent, customer) = (app.staff(Role::Agent), customer(app).await);
        let path = format!("{customer}/consents/email/marketing");
        for (body, pointer, code) in [
            (json!({"status": "granted", "source": "web", "at": "2126-06-30T08:15:00Z"}), "/at", "range"),
            (json!({"status": "perhaps", "source": "web"}), "/status", "unknown_value"),
            (json!({"status": "granted", "source": "rumour"}), "/source", "unknown_value"),
            (json!({"status": "granted", "source": "web", "evidence": ""}), "/evidence", "length"),
            (json!({"status": "granted", "source": "web", "colour": 1}), "/colour", "unknown_field"),
        ] {
            agent.put(&path, body).await.fault(pointer, code);
        }
        let body = json!({"status": "granted", "source": "web"});
        for path in [
            format!("{customer}/consents/pigeon/marketing"),
            format!("{customer}/consents/email/fun"),
            "/v1/customers/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77/consents/email/marketing".to_owned(),
        ] {
            agent.put(&path, body.clone()).await.problem(404, "not_found");
        }
        agent.get("/v1/customers/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77/consents").await.problem(404, "not_found");
        let put = |name: &'static str, tag: &'static str| Reply::of(agent.request(Method::PUT, &path).header(name, tag).json(&body));
        put("If-Match", "\"1\"").await.problem(412, "stale_version");
        put("If-None-Match", "*").await.expect(201);
        put("If-None-Match", "*").await.problem(412, "stale_version");
        put("If-Match", "\"2\"").await.problem(412, "stale_version");
        app.staff(Role::Marketer).put(&path, body.clone()).await.problem(403, "permission_denied");
        app.staff(Role::Marketer).get(&path).await.expect(200);
    }

    async fn of_many_who_tell_at_once_the_last_word_holds(app: &TestApp) {
        let (agent, customer) = (app.staff(Role::Agent), customer(app).await);
        app.open_connections().await;
        let path = format!("{customer}/consents/email/marketing");
        let all: Vec<(String, &str)> = (0..12).map(|minute| (format!("2026-06-30T08:{minute:02}:00Z"), if minute == 11 { "withdrawn" } else { "granted" })).collect();
        let told = all.iter().rev().map(|(at, status)| agent.put(&path, json!({"status": status, "source": "web", "at": at})));
        let replies = join_all(told).await;
        assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 201)), "{replies:?}");
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
        let holds = agent.get(&path).await.expect(200);
        assert_eq!(json!([holds["status"], holds["at"]]), json!(["withdrawn", "2026-06-30T08:11:00Z"]));
        assert_eq!(agent.all(&format!("{customer}/consents/history")).await.len(), 12);
    }

    async fn a_customer_may_live_in_a_zone(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let made = agent.make("/v1/customers", json!({"name": "Mei", "time_zone": "Asia/Shanghai"})).await;
        assert_eq!(made["time_zone"], "Asia/Shanghai");
        let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
        assert_eq!(agent.patch(&path, json!({"time_zone": "Europe/Berlin"})).await.expect(200)["time_zone"], "Europe/Berlin");
        assert_eq!(agent.patch(&path, json!({"time_zone": null})).await.expect(200)["time_zone"], Value::Null);
        agent.patch(&path, json!({"time_zone": "Mars/Olympus"})).await.fault("/time_zone", "time_zone");
    }
}
