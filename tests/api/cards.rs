//! Membership cards whose time is over.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{on_both, support::Reply};

on_both! {
    async fn a_card_ends_by_itself(app: &TestApp) {
        let admin = app.admin();
        let customer = admin.make("/v1/customers", json!({"name": "A"})).await;
        let base = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
        let end = app.now().checked_add(chrono::TimeDelta::minutes(5)).unwrap();
        admin.make(&format!("{base}/cards"), json!({"number": "M1", "kind": "student", "expires_at": end})).await;
        let reply = admin.get(&base).await;
        let etag = reply.header("etag").to_owned();
        assert_eq!(reply.expect(200)["membership"]["number"], "M1");
        app.pass(301);
        // The version is the same, so nothing that is known already stands in for it.
        let known = Reply::of(admin.request(Method::GET, &base).header("if-none-match", &etag)).await.expect(200);
        assert_eq!(known["membership"], Value::Null);
        assert_eq!(admin.get("/v1/customers").await.expect(200)["data"][0]["membership"], Value::Null);
        let card = Reply::of(admin.request(Method::GET, &format!("{base}/cards/M1")).header("if-none-match", "\"1\"")).await.expect(200);
        assert_eq!((&card["status"], &card["version"]), (&json!("expired"), &json!(1)));
        assert_eq!(admin.get(&format!("{base}/cards")).await.expect(200)["data"][0]["status"], "expired");
        // It can be changed, made to last longer, and followed by another one.
        let changed = admin.patch(&format!("{base}/cards/M1"), json!({"kind": "vip"})).await.expect(200);
        assert_eq!((&changed["status"], &changed["kind"]), (&json!("expired"), &json!("vip")));
        let later = app.now().checked_add(chrono::TimeDelta::minutes(5)).unwrap();
        assert_eq!(admin.patch(&format!("{base}/cards/M1"), json!({"expires_at": later})).await.expect(200)["status"], "active");
        assert_eq!(admin.get(&base).await.expect(200)["membership"]["kind"], "vip");
        admin.post(&format!("{base}/cards"), json!({"number": "M2"})).await.problem(409, "conflict");
        app.pass(301);
        admin.make(&format!("{base}/cards"), json!({"number": "M2"})).await;
        assert_eq!(admin.get(&base).await.expect(200)["membership"]["number"], "M2");
        assert_eq!(admin.get(&format!("{base}/cards/M1")).await.expect(200)["status"], "expired");
        // One of a history has ended before it came.
        let old = admin.make(&format!("{base}/cards"), json!({"number": "M0", "issued_at": "2020-01-01T00:00:00Z", "expires_at": "2021-01-01T00:00:00Z"})).await;
        assert_eq!(old["status"], "expired");
    }

    async fn a_card_is_replaced_by_replacing_it(app: &TestApp) {
        let admin = app.admin();
        let customer = admin.make("/v1/customers", json!({"name": "A"})).await;
        let base = format!("/v1/customers/{}/cards", customer["id"].as_str().unwrap());
        admin.make(&base, json!({"number": "M1"})).await;
        admin.patch(&format!("{base}/M1"), json!({"status": "replaced"})).await.fault("/status", "immutable");
        admin.make(&format!("{base}/M1/replace"), json!({"number": "M2"})).await;
        let kept = admin.patch(&format!("{base}/M1"), json!({"kind": "senior"})).await.expect(200);
        assert_eq!((&kept["status"], &kept["replaced_by"]), (&json!("replaced"), &json!("M2")));
    }
}
