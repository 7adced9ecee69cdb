//! Addresses that nothing is sent to.

use futures_util::future::join_all;
use patron::domain::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{on_both, support::Reply};

const PATH: &str = "/v1/suppressions";

on_both! {
    async fn an_address_is_suppressed_once(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let reply = marketer.post(PATH, json!({"channel": "email", "address": "Mei@Example.com", "note": "Asked on the phone"})).await;
        let location = reply.header("location").to_owned();
        let made = reply.expect(201);
        assert_eq!(json!([made["channel"], made["address"], made["reason"], made["note"]]), json!(["email", "mei@example.com", "manual", "Asked on the phone"]));
        assert_eq!(location, format!("{PATH}/{}", made["id"].as_str().unwrap()));
        assert_eq!(marketer.get(&location).await.expect(200), made);
        let again = json!({"channel": "email", "address": "mei@example.com", "reason": "complaint"});
        assert_eq!(marketer.post(PATH, again).await.expect(200), made, "it stays as it is");
        let other = marketer.make(PATH, json!({"channel": "sms", "address": "+8613800000001", "reason": "hard_bounce"})).await;
        let listed = |query: &str| { let (marketer, path) = (marketer.clone(), format!("{PATH}?{query}")); async move { marketer.all(&path).await } };
        assert_eq!(listed("limit=1").await, [other.clone(), made.clone()]);
        assert_eq!(listed("sort=created_at").await, [made.clone(), other.clone()]);
        assert_eq!(listed("channel=sms").await, std::slice::from_ref(&other));
        assert_eq!(listed("reason=hard_bounce").await, std::slice::from_ref(&other));
        assert_eq!(listed("address=MEI@example.com").await, std::slice::from_ref(&made));
        assert_eq!(marketer.get(&format!("{PATH}?include=total")).await.expect(200)["total"], 2);
        Reply::of(marketer.request(Method::DELETE, &location).header("If-Match", "\"2\"")).await.problem(412, "stale_version");
        marketer.delete(&location).await.expect(204);
        marketer.delete(&location).await.problem(404, "not_found");
        assert_eq!(listed("").await, [other]);
    }

    async fn suppressions_are_checked(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        for (body, pointer, code) in [
            (json!({"channel": "email", "address": "+8613800000001"}), "/address", "email"),
            (json!({"channel": "sms", "address": "mei@example.com"}), "/address", "phone"),
            (json!({"channel": "mail", "address": "mei@example.com"}), "/channel", "unknown_value"),
            (json!({"channel": "email", "address": " "}), "/address", "blank"),
            (json!({"channel": "email", "address": "mei@example.com", "reason": "whim"}), "/reason", "unknown_value"),
        ] {
            marketer.post(PATH, body).await.fault(pointer, code);
        }
        app.staff(Role::Agent).post(PATH, json!({"channel": "email", "address": "mei@example.com"})).await.problem(403, "permission_denied");
        assert_eq!(app.staff(Role::Agent).get(PATH).await.expect(200)["data"], Value::Array(Vec::new()));
    }

    async fn of_many_at_once_one_is_new(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        app.open_connections().await;
        let replies = join_all((0..8).map(|_| marketer.post(PATH, json!({"channel": "email", "address": "mei@example.com"})))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1, "{replies:?}");
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 7, "{replies:?}");
        assert_eq!(marketer.all(PATH).await.len(), 1);
    }
}
