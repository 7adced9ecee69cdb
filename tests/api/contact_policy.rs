//! How often and when customers are written to: there from the start, replaced as a whole.

use patron::domain::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{on_both, support::Reply};

const PATH: &str = "/v1/contact-policy";

on_both! {
    async fn there_is_a_policy_from_the_start(app: &TestApp) {
        let mut policy = app.staff(Role::Agent).get(PATH).await.expect(200);
        policy["updated_at"].take();
        assert_eq!(policy, json!({
            "version": 1, "time_zone": "UTC", "quiet_hours": {"from": "21:00", "to": "08:00"},
            "weekly_caps": [{"channel": "email", "messages": 2}, {"channel": "sms", "messages": 1}],
            "capped_purposes": ["marketing", "survey"], "consent_needed_for": ["marketing"], "updated_at": null
        }));
        app.staff(Role::Agent).put(PATH, json!({})).await.problem(403, "permission_denied");
    }

    async fn each_change_is_a_version(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let first = marketer.get(PATH).await.expect(200);
        let body = json!({"time_zone": "Asia/Shanghai", "quiet_hours": null, "weekly_caps": [{"channel": "phone", "messages": 0}], "capped_purposes": [], "consent_needed_for": ["marketing", "survey"]});
        let put = |tag: &str, body: &Value| Reply::of(marketer.request(Method::PUT, PATH).header("If-Match", tag).json(body));
        put("\"7\"", &body).await.problem(412, "stale_version");
        app.pass(60);
        let second = put("\"1\"", &body).await.expect(200);
        assert_eq!(second["version"], 2);
        for field in ["time_zone", "quiet_hours", "weekly_caps", "capped_purposes", "consent_needed_for"] {
            assert_eq!(second[field], body[field], "{field}");
        }
        assert_eq!(marketer.get(PATH).await.expect(200), second);
        assert_eq!(put("\"2\"", &body).await.expect(200), second, "the same again changes nothing");
        let third = marketer.put(PATH, json!({})).await.expect(200);
        assert_eq!(json!([third["version"], third["quiet_hours"], third["weekly_caps"]]), json!([3, first["quiet_hours"], first["weekly_caps"]]));
    }

    async fn policies_are_checked(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let cap = |messages: i64| json!({"channel": "email", "messages": messages});
        for (body, pointer, code) in [
            (json!({"time_zone": "Mars/Olympus"}), "/time_zone", "time_zone"),
            (json!({"quiet_hours": {"from": "21:00", "to": "21:00"}}), "/quiet_hours/to", "equal"),
            (json!({"quiet_hours": {"from": "9:00", "to": "21:00"}}), "/quiet_hours/from", "format"),
            (json!({"weekly_caps": [cap(101)]}), "/weekly_caps/0/messages", "range"),
            (json!({"weekly_caps": [cap(1), cap(2)]}), "/weekly_caps/1", "duplicate"),
            (json!({"capped_purposes": ["survey", "survey"]}), "/capped_purposes/1", "duplicate"),
            (json!({"consent_needed_for": ["fun"]}), "/consent_needed_for/0", "unknown_value"),
            (json!({"colour": 1}), "/colour", "unknown_field"),
        ] {
            marketer.put(PATH, body).await.fault(pointer, code);
        }
        assert_eq!(marketer.get(PATH).await.expect(200)["version"], 1);
    }
}
