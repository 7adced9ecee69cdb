//! The points programme: there from the start, replaced as a whole, version by version.

use patron::domain::permissions::Role;
use reqwest::Method;
use serde_json::json;

use super::PROGRAMME;
use crate::{on_both, support::Reply};

on_both! {
    async fn there_is_a_programme_from_the_start(app: &TestApp) {
        let programme = app.staff(Role::Agent).get(PROGRAMME).await.expect(200);
        let expected = json!([1, true, 1000, 100, [{"card_kind": "vip", "percent": 200}], [], 20, 20, {"referrer": 200, "friend": 100}, 730, 30, 10]);
        let fields = [
            "version", "enabled", "minor_per_point", "without_card_percent", "card_multipliers", "category_bonuses", "review_points", "survey_points",
            "referral_points", "expires_after_days", "notice_days", "point_value",
        ];
        assert_eq!(json!(fields.map(|field| programme[field].clone())), expected);
        app.staff(Role::Marketer).get(PROGRAMME).await.expect(200);
        for role in [Role::Agent, Role::Marketer] {
            app.staff(role).put(PROGRAMME, json!({})).await.problem(403, "permission_denied");
        }
    }

    async fn each_change_is_a_version(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let first = manager.get(PROGRAMME).await;
        let (etag, first) = (first.header("etag").to_owned(), first.expect(200));
        let put = |tag: &str, body: serde_json::Value| Reply::of(manager.request(Method::PUT, PROGRAMME).header("If-Match", tag).json(&body));
        put("\"7\"", json!({})).await.problem(412, "stale_version");
        assert_eq!(put(&etag, json!({})).await.expect(200), first, "the same again changes nothing, the start included");
        let second = put(&etag, json!({"minor_per_point": 500, "starts_at": "2026-07-01T00:00:00Z"})).await.expect(200);
        assert_eq!(json!([second["version"], second["minor_per_point"], second["starts_at"]]), json!([2, 500, "2026-07-01T00:00:00Z"]));
        let dry = manager.put(&format!("{PROGRAMME}?validate_only=true"), json!({"enabled": false})).await.expect(200);
        assert_eq!(json!([dry["version"], dry["starts_at"]]), json!([3, "2026-07-01T00:00:00Z"]));
        assert_eq!(manager.get(PROGRAMME).await.expect(200), second);
        let known = Reply::of(manager.request(Method::GET, PROGRAMME).header("If-None-Match", "\"2\"")).await;
        assert_eq!(known.status, 304);
    }

    async fn a_programme_is_checked(app: &TestApp) {
        let admin = app.admin();
        let books = admin.make("/v1/categories", json!({"name": "Books"})).await["id"].clone();
        let bonus = |id: &serde_json::Value| json!({"category_id": id, "percent": 10});
        for (body, pointer, code) in [
            (json!({"minor_per_point": 0}), "/minor_per_point", "range"),
            (json!({"without_card_percent": 1001}), "/without_card_percent", "range"),
            (json!({"card_multipliers": [{"card_kind": "vip", "percent": -1}]}), "/card_multipliers/0/percent", "range"),
            (json!({"card_multipliers": [{"card_kind": "vip", "percent": 1}, {"card_kind": "vip", "percent": 2}]}), "/card_multipliers/1/card_kind", "duplicate"),
            (json!({"category_bonuses": [bonus(&books), bonus(&books)]}), "/category_bonuses/1/category_id", "duplicate"),
            (json!({"referral_points": {"referrer": 1, "friend": -1}}), "/referral_points/friend", "range"),
            (json!({"expires_after_days": 0}), "/expires_after_days", "range"),
            (json!({"notice_days": 366}), "/notice_days", "range"),
            (json!({"colour": 1}), "/colour", "unknown_field"),
        ] {
            admin.put(PROGRAMME, body).await.fault(pointer, code);
        }
        let unknown = json!({"category_bonuses": [bonus(&books), bonus(&json!("018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77"))]});
        let problem = admin.put(PROGRAMME, unknown).await.problem(422, "unknown_reference");
        assert_eq!(problem["errors"][0]["pointer"], "/category_bonuses/1/category_id");
        assert_eq!(admin.get(PROGRAMME).await.expect(200)["version"], 1);
    }
}
