//! Planning a campaign, and trying it for one customer.

use patron::domain::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{plan, tagged, variant};
use crate::{on_both, support::Reply};

on_both! {
    async fn a_plan_is_kept_and_changed(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let segment = tagged(&marketer, "school").await;
        let made = marketer.make("/v1/campaigns", plan(&segment, &[variant("a", 1.0, "Hello {{ customer.name }}")])).await;
        let path = format!("/v1/campaigns/{}", made["id"].as_str().unwrap());
        for (field, value) in [
            ("status", json!("draft")), ("purpose", json!("marketing")), ("channel", json!("email")), ("holdout_share", json!(0.0)),
            ("attribution_window_days", json!(30)), ("rate_per_minute", json!(600)), ("budget", Value::Null), ("launched_at", Value::Null), ("version", json!(1)),
            ("audience", json!({"segments_in": [segment], "segments_out": []})),
        ] {
            assert_eq!(made[field], value, "{field}");
        }
        assert_eq!(app.staff(Role::Agent).get(&path).await.expect(200), made);
        let patch = |tag: &'static str| Reply::of(marketer.request(Method::PATCH, &path).header("If-Match", tag).json(&json!({"holdout_share": 0.1, "goal": "More of them"})));
        patch("\"2\"").await.problem(412, "stale_version");
        let changed = patch("\"1\"").await.expect(200);
        assert_eq!(json!([changed["holdout_share"], changed["goal"], changed["version"]]), json!([0.1, "More of them", 2]));
        assert_eq!(marketer.patch(&path, json!({"goal": "More of them"})).await.expect(200), changed, "what says nothing new changes nothing");
        let other = marketer.make("/v1/campaigns", plan(&segment, &[variant("a", 1.0, "x")])).await;
        assert_eq!(marketer.all("/v1/campaigns?limit=1").await, [other.clone(), changed.clone()]);
        assert_eq!(marketer.all("/v1/campaigns?sort=created_at&status=draft&channel=email").await, [changed, other]);
        assert_eq!(marketer.get("/v1/campaigns?status=running&include=total").await.expect(200)["total"], 0);
        app.staff(Role::Agent).patch(&path, json!({"goal": null})).await.problem(403, "permission_denied");
    }

    async fn plans_are_checked(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let segment = tagged(&marketer, "school").await;
        let of = |variants: Value| json!({"name": "School", "audience": {"segments_in": [segment]}, "variants": variants});
        let nowhere = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77";
        for (body, pointer, code) in [
            (of(json!([])), "/variants", "length"),
            (of(json!([variant("a", 0.4, "x"), variant("b", 0.4, "y")])), "/variants", "sum"),
            (of(json!([variant("a", 0.5, "x"), variant("a", 0.5, "y")])), "/variants/1/key", "duplicate"),
            (of(json!([variant("a", 1.0, "{{ customer.nmae }}")])), "/variants/0/text", "unknown_variable"),
            (of(json!([variant("a", 1.0, "{% include '/etc/passwd' %}")])), "/variants/0/text", "template"),
            (json!({"name": "School", "audience": {"segments_in": []}, "variants": [variant("a", 1.0, "x")]}), "/audience/segments_in", "length"),
            (json!({"name": "School", "audience": {"segments_in": [nowhere]}, "variants": [variant("a", 1.0, "x")]}), "/audience/segments_in/0", "unknown_reference"),
            (json!({"name": "School", "audience": {"segments_in": [segment], "segments_out": [segment, nowhere]}, "variants": [variant("a", 1.0, "x")]}), "/audience/segments_out/1", "unknown_reference"),
            (json!({"name": "School", "audience": {"segments_in": [segment]}, "variants": [variant("a", 1.0, "x")], "holdout_share": 1}), "/holdout_share", "range"),
        ] {
            marketer.post("/v1/campaigns", body).await.fault(pointer, code);
        }
        assert_eq!(marketer.all("/v1/campaigns").await, Vec::<Value>::new());
    }

    async fn a_preview_shows_what_a_code_will_look_like(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let segment = tagged(&marketer, "school").await;
        let customer = app.admin().make("/v1/customers", json!({"name": "Mei"})).await;
        for (code, shown) in [(Value::Null, "PC-7Q3M0-ZK4TD-8WXYP"), (json!("term-start"), "TERM-START")] {
            let batch = app.admin().make("/v1/coupon-batches", json!({"name": "Five off", "kind": "amount", "amount": 500, "code": code})).await;
            let mut draft = plan(&segment, &[variant("a", 1.0, "{{ coupon.code }}")]);
            draft["coupon_batch_id"] = batch["id"].clone();
            let made = marketer.make("/v1/campaigns", draft).await;
            let seen = marketer.post(&format!("/v1/campaigns/{}/preview", made["id"].as_str().unwrap()), json!({"customer_id": customer["id"]})).await.expect(200);
            assert_eq!(seen["text"], shown);
        }
    }

    async fn a_preview_is_the_letter_of_one_customer(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let segment = tagged(&marketer, "school").await;
        let html = json!({"key": "b", "share": 0.5, "subject": "For you", "text": "{{ customer.nickname }}", "html": "<b>{{ customer.name }}</b> {{ customer.attributes.grade }}"});
        let mut draft = plan(&segment, &[variant("a", 0.5, "Dear {{ customer.nickname or customer.name }}: {{ campaign.name }}"), html]);
        draft["holdout_share"] = json!(0.2);
        let made = marketer.make("/v1/campaigns", draft).await;
        let (id, path) = (made["id"].as_str().unwrap(), format!("/v1/campaigns/{}/preview", made["id"].as_str().unwrap()));
        for number in 0..10 {
            let customer = app.admin().make("/v1/customers", json!({"name": format!("M & {number}"), "nickname": "Mei", "attributes": {"grade": 3}})).await;
            let customer_id = customer["id"].as_str().unwrap();
            let seen = marketer.post(&path, json!({"customer_id": customer_id})).await.expect(200);
            // Another way, in floating point: nobody is that close to a border.
            let digest = Sha256::digest([id.parse::<Uuid>().unwrap().into_bytes(), customer_id.parse::<Uuid>().unwrap().into_bytes()].concat());
            let x = digest[..8].iter().fold(0.0, |x, byte| x * 256.0 + f64::from(*byte)) / 2_f64.powi(64);
            assert_eq!(seen["is_held_out"], x < 0.2, "{x}");
            let theirs = if x < 0.2 || (x - 0.2) / 0.8 < 0.5 { "a" } else { "b" };
            assert_eq!(seen["variant"], theirs, "{x}");
            let a = marketer.post(&path, json!({"customer_id": customer_id, "variant": "a"})).await.expect(200);
            assert_eq!(json!([a["subject"], a["text"], a["html"]]), json!([format!("M & {number}, term starts soon"), "Dear Mei: Back to school", null]));
            let b = marketer.post(&path, json!({"customer_id": customer_id, "variant": "b"})).await.expect(200);
            assert_eq!(json!([b["text"], b["html"]]), json!(["Mei", format!("<b>M &amp; {number}</b> 3")]));
        }
        let unknown = app.admin().make("/v1/customers", json!({"name": "Lu"})).await;
        let of = |customer: &Value, variant: &str| json!({"customer_id": customer, "variant": variant});
        marketer.post(&path, of(&unknown["id"], "a")).await.expect(200);
        marketer.post(&path, of(&unknown["id"], "b")).await.fault("/variants/1/html", "missing_variable");
        marketer.post(&path, of(&unknown["id"], "c")).await.fault("/variant", "unknown_value");
        marketer.post(&path, of(&json!("018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77"), "a")).await.fault("/customer_id", "unknown_reference");
        app.client("campaigns:read").post(&path, of(&unknown["id"], "a")).await.problem(403, "permission_denied");
    }
}
