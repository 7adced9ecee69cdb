//! What a launch freezes, and what it refuses.

use diesel::connection::SimpleConnection;
use patron::{
    db::{DbError, WriteMode},
    domain::permissions::Role,
    error::Error,
    on,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{campaign, counts, feed, progress, reader, say, step, variant};
use crate::on_both;

on_both! {
    async fn everybody_is_assigned_or_left_out_for_a_reason(app: &TestApp) {
        let mut readers = Vec::new();
        for number in 0..12 {
            readers.push(reader(app, &format!("reader{number}"), json!({})).await);
        }
        let withdrawn = reader(app, "withdrawn", json!({})).await;
        say(app, &withdrawn, "withdrawn").await;
        reader(app, "former", json!({"lifecycle": "former", "stopped_reason": "moved away"})).await;
        reader(app, "nowhere", json!({"email": null})).await;
        reader(app, "Suppressed", json!({})).await;
        app.admin().make("/v1/suppressions", json!({"channel": "email", "address": "suppressed@example.com"})).await;
        app.admin().make("/v1/customers", json!({"name": "unasked", "email": "unasked@example.com", "tags": ["school"]})).await;
        app.admin().make("/v1/customers", json!({"name": "other", "email": "other@example.com", "tags": ["music"]})).await;
        let path = campaign(app, json!({"holdout_share": 0.3, "variants": [variant("a", 0.5, "A"), variant("b", 0.5, "B")]})).await;

        let dry = app.admin().post(&format!("{path}/launch?validate_only=true"), json!({})).await.expect(200);
        assert_eq!(dry["status"], "running");
        assert_eq!(progress(app, &path).await, []);
        let launched = step(app, &path, "launch").await;
        assert_eq!(json!([launched["status"], launched["version"], launched["starts_at"]]), json!(["running", 2, launched["launched_at"]]));
        reader(app, "late", json!({})).await;

        let all = app.staff(Role::Marketer).all(&format!("{path}/messages?limit=5")).await;
        assert_eq!(all.len(), 17, "who comes later is not in the audience");
        let id: Uuid = path.rsplit('/').next().unwrap().parse().unwrap();
        let mut held_out = 0;
        for customer in &readers {
            let found = all.iter().find(|it| it["customer_id"] == customer.as_str()).unwrap();
            let digest = Sha256::digest([id.into_bytes(), customer.parse::<Uuid>().unwrap().into_bytes()].concat());
            let x = digest[..8].iter().fold(0.0, |x, byte| x * 256.0 + f64::from(*byte)) / 2_f64.powi(64);
            let expected = if x < 0.3 {
                held_out += 1;
                json!(["held_out", null])
            } else {
                json!(["waiting", if (x - 0.3) / 0.7 < 0.5 { "a" } else { "b" }])
            };
            assert_eq!(json!([found["status"], found["variant"]]), expected, "{x}");
        }
        let mut expected = counts(&[
            ("left_out consent_withdrawn", 1), ("left_out former_customer", 1), ("left_out no_address", 1), ("left_out no_consent", 1), ("left_out suppressed", 1),
        ]);
        let told = progress(app, &path).await;
        assert_eq!(told.iter().filter(|(words, _)| words.starts_with("left_out")).cloned().collect::<Vec<_>>(), std::mem::take(&mut expected));
        assert_eq!(told.iter().filter(|(words, _)| words == "held_out").map(|(_, count)| count).sum::<i64>(), held_out);
        let listed = app.admin().all(&format!("{path}/messages?left_out_reason=consent_withdrawn")).await;
        assert_eq!(json!([listed.len(), listed[0]["customer_id"]]), json!([1, withdrawn]));
        assert_eq!(app.admin().get(&format!("{path}/messages?status=left_out&include=total")).await.expect(200)["total"], 5);

        let admin = app.admin();
        admin.post(&format!("{path}/launch"), json!({})).await.problem(409, "invalid_transition");
        admin.patch(&path, json!({"goal": "Another"})).await.problem(409, "conflict");
    }

    async fn what_is_not_known_refuses_the_launch(app: &TestApp) {
        reader(app, "known", json!({"nickname": "Kay"})).await;
        let unknown = [reader(app, "one", json!({})).await, reader(app, "two", json!({})).await];
        let path = campaign(app, json!({"variants": [variant("a", 1.0, "Dear {{ customer.nickname }}")]})).await;
        let problem = app.admin().post(&format!("{path}/launch"), json!({})).await.problem(422, "invalid");
        let fault = &problem["errors"][0];
        assert_eq!(json!([fault["pointer"], fault["code"]]), json!(["/variants/0/text", "missing_variable"]));
        let words = fault["message"].as_str().unwrap();
        assert!(words.contains("customer.nickname") && words.contains("2 of") && unknown.iter().all(|id| words.contains(id.as_str())), "{words}");
        assert_eq!(progress(app, &path).await, []);
        app.admin().patch(&path, json!({"variants": [variant("a", 1.0, "Dear {{ customer.nickname or customer.name }}")]})).await.expect(200);
        step(app, &path, "launch").await;
        assert_eq!(progress(app, &path).await, counts(&[("waiting", 3)]));
    }

    async fn a_launch_can_be_for_later(app: &TestApp) {
        reader(app, "reader", json!({})).await;
        let path = campaign(app, json!({})).await;
        let at = app.now().checked_add(chrono::TimeDelta::hours(2)).unwrap().to_string();
        let admin = app.admin();
        admin.post(&format!("{path}/launch"), json!({"at": "2020-01-01T00:00:00Z"})).await.fault("/at", "range");
        let launched = admin.post(&format!("{path}/launch"), json!({"at": at})).await.expect(200);
        assert_eq!(json!([launched["status"], launched["starts_at"]]), json!(["scheduled", at]));
        assert_eq!(feed(app).await, 0);
        app.pass(2 * 60 * 60 + 1);
        assert_eq!(feed(app).await, 1);
        assert_eq!(app.admin().get(&path).await.expect(200)["status"], "running");
    }

    async fn no_more_is_spent_than_was_planned(app: &TestApp) {
        for number in 0..3 {
            reader(app, &format!("reader{number}"), json!({})).await;
        }
        let path = campaign(app, json!({"budget": 20, "cost_per_message": 7})).await;
        let problem = app.admin().post(&format!("{path}/launch"), json!({})).await.problem(422, "invalid");
        assert_eq!(json!([problem["errors"][0]["pointer"], problem["errors"][0]["code"]]), json!(["/budget", "range"]));
        assert!(problem["errors"][0]["message"].as_str().unwrap().contains("21"), "{problem}");
        assert_eq!(progress(app, &path).await, []);
        app.admin().patch(&path, json!({"budget": 21})).await.expect(200);
        step(app, &path, "launch").await;
    }

    async fn coupons_that_nobody_can_use_are_not_promised(app: &TestApp) {
        reader(app, "reader", json!({})).await;
        let admin = app.admin();
        let (until, later) = [1, 2].map(|days| app.now().checked_add(chrono::TimeDelta::days(days)).unwrap().to_string()).into();
        let batch = admin.make("/v1/coupon-batches", json!({"name": "Five off", "kind": "amount", "amount": 500, "valid_until": until})).await;
        let path = campaign(app, json!({"coupon_batch_id": batch["id"]})).await;
        let launch = format!("{path}/launch");
        let problem = admin.post(&launch, json!({"at": later})).await.problem(409, "conflict");
        assert_eq!(problem["errors"][0]["pointer"], "/coupon_batch_id");
        admin.post(&format!("{launch}?validate_only=true"), json!({})).await.expect(200);
        admin.post(&format!("/v1/coupon-batches/{}/end", batch["id"].as_str().unwrap()), json!({})).await.expect(200);
        let problem = admin.post(&launch, json!({})).await.problem(409, "conflict");
        assert_eq!(problem["errors"][0]["pointer"], "/coupon_batch_id");
        assert_eq!(progress(app, &path).await, []);
    }

    async fn coupons_that_have_expired_meanwhile_are_not_given(app: &TestApp) {
        for number in 0..2 {
            reader(app, &format!("reader{number}"), json!({})).await;
        }
        let until = app.now().checked_add(chrono::TimeDelta::hours(1)).unwrap().to_string();
        let batch = app.admin().make("/v1/coupon-batches", json!({"name": "Five off", "kind": "amount", "amount": 500, "valid_until": until})).await;
        let path = campaign(app, json!({"coupon_batch_id": batch["id"], "rate_per_minute": 1, "variants": [variant("a", 1.0, "{{ coupon.code }}")]})).await;
        step(app, &path, "launch").await;
        assert_eq!(feed(app).await, 1);
        app.pass(61 * 60);
        // The first letter is still there, and waits.
        app.app.db.write(WriteMode::Commit, |tx| Ok::<_, Error>(on!(tx, c => c.batch_execute("UPDATE messages SET status = 'sent'").map_err(DbError::from))?)).await.unwrap();
        assert_eq!(feed(app).await, 1);
        assert_eq!(progress(app, &path).await, counts(&[("left_out not_written", 1), ("queued", 1)]));
        let issued = app.admin().get(&format!("/v1/coupon-batches/{}", batch["id"].as_str().unwrap())).await.expect(200)["issued"].clone();
        assert_eq!(issued, 1);
    }

    async fn an_audience_has_no_more_conditions_than_a_segment(app: &TestApp) {
        let admin = app.admin();
        let mut segments = Vec::new();
        for half in ["first", "second"] {
            let leaves: Vec<Value> = (0..101).map(|number| json!({"fact": "tags", "has": format!("{half}{number}")})).collect();
            segments.push(admin.make("/v1/segments", json!({"name": half, "definition": {"any": leaves}})).await["id"].clone());
        }
        let path = campaign(app, json!({"audience": {"segments_in": segments}})).await;
        admin.post(&format!("{path}/launch"), json!({})).await.fault("/audience", "too_large");
        admin.patch(&path, json!({"audience": {"segments_in": [segments[0]]}})).await.expect(200);
        step(app, &path, "launch").await;
    }

    async fn only_who_writes_campaigns_launches_them(app: &TestApp) {
        let path = campaign(app, json!({})).await;
        app.staff(Role::Agent).post(&format!("{path}/launch"), Value::Null).await.problem(403, "permission_denied");
    }
}
