//! Value models: made, versioned, activated.

use futures_util::future::join_all;
use patron::domain::permissions::Role;
use reqwest::Method;
use serde_json::json;

use crate::{on_both, support::Reply};

on_both! {
    async fn the_default_model_stands_from_the_start(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let models = marketer.get("/v1/value-models?include=total").await.expect(200);
        assert_eq!(models["total"], 1);
        let model = &models["data"][0];
        assert_eq!(json!([model["name"], model["version"], model["is_active"], model["window_days"]]), json!(["five-factor", 1, true, 365]));
        assert_eq!(model["weights"], json!({"recency": 0.1, "frequency": 0.1, "monetary": 0.35, "product_type": 0.25, "product_user": 0.2}));
        assert_eq!(marketer.get(&format!("/v1/value-models/{}", model["id"].as_str().unwrap())).await.expect(200), *model);
        marketer.post("/v1/value-models", json!({"name": "mine"})).await.problem(403, "permission_denied");
        marketer.get("/v1/value-models/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77").await.problem(404, "not_found");
    }

    async fn models_are_checked(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let weights = |recency: f64| json!({"recency": recency, "frequency": 0.1, "monetary": 0.35, "product_type": 0.25, "product_user": 0.2});
        for (body, pointer, code) in [
            (json!({}), "/name", "required"),
            (json!({"name": ""}), "/name", "required"),
            (json!({"name": "x", "weights": weights(0.2)}), "/weights", "weights_sum"),
            (json!({"name": "x", "weights": weights(0.10001)}), "/weights/recency", "precision"),
            (json!({"name": "x", "window_days": 0}), "/window_days", "range"),
            (json!({"name": "x", "cuts": {"frequency": {"fixed": [2, 1]}}}), "/cuts/frequency/fixed/1", "not_ascending"),
            (json!({"name": "x", "user_points": {"child": 100.01}}), "/user_points/child", "range"),
            (json!({"name": "x", "colour": 1}), "/colour", "unknown_field"),
        ] {
            manager.post("/v1/value-models", body).await.fault(pointer, code);
        }
        let several = manager.post("/v1/value-models", json!({"name": "x", "window_days": 0, "class_points": {"high": -1}})).await.expect(422);
        assert_eq!(several["errors"].as_array().unwrap().len(), 2, "every fault at once");
        assert_eq!(manager.get("/v1/value-models?include=total").await.expect(200)["total"], 1);
    }

    async fn a_known_name_makes_the_next_version(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        for version in [1, 2, 3] {
            let model = manager.make("/v1/value-models", json!({"name": "school-year", "window_days": 100 + version})).await;
            assert_eq!(json!([model["version"], model["window_days"], model["is_active"]]), json!([version, 100 + version, false]));
        }
        assert_eq!(manager.make("/v1/value-models", json!({"name": "five-factor"})).await["version"], 2);
        let names: Vec<_> = manager.all("/v1/value-models?limit=2&sort=created_at").await.iter().map(|model| format!("{}{}", model["name"], model["version"])).collect();
        assert_eq!(names, ["\"five-factor\"1", "\"school-year\"1", "\"school-year\"2", "\"school-year\"3", "\"five-factor\"2"]);
    }

    async fn versions_guard_activation(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let reply = manager.post("/v1/value-models", json!({"name": "mine"})).await;
        let (etag, location) = (reply.header("etag").to_owned(), reply.header("location").to_owned());
        let activate = |tag: String| Reply::of(manager.request(Method::POST, &format!("{location}/activate")).header("If-Match", tag));
        activate("\"77\"".to_owned()).await.problem(412, "stale_version");
        assert_eq!(activate(etag.clone()).await.expect(200)["is_active"], true);
        activate(etag.clone()).await.problem(412, "stale_version");
        let cached = Reply::of(manager.request(Method::GET, &location).header("If-None-Match", etag)).await;
        assert_eq!(cached.expect(200)["is_active"], true, "what was cached before the activation is not current");
        manager.post(&format!("{location}/activate?validate_only=true"), json!({})).await.expect(200);
    }

    async fn activations_at_once_leave_one_active(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let mut ids = Vec::new();
        for number in 0..6 {
            let model = manager.make("/v1/value-models", json!({"name": format!("model {number}")})).await;
            ids.push(model["id"].as_str().unwrap().to_owned());
        }
        let replies = join_all(ids.iter().map(|id| {
            let manager = manager.clone();
            async move { manager.post(&format!("/v1/value-models/{id}/activate"), json!({})).await.expect(200) }
        }))
        .await;
        assert!(replies.iter().all(|model| model["is_active"] == true));
        let active = manager.all("/v1/value-models").await.into_iter().filter(|model| model["is_active"] == true).count();
        assert_eq!(active, 1);
    }
}
