//! Service targets: there from the start, replaced as a whole, version by version.

use futures_util::future::join_all;
use patron::domain::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{on_both, support::Reply};

const PATH: &str = "/v1/service-targets";

fn of_everything(minutes: i64) -> Value {
    json!({"first_answer_minutes": minutes, "resolution_minutes": 2 * minutes})
}

on_both! {
    async fn there_are_targets_from_the_start(app: &TestApp) {
        let targets = app.staff(Role::Agent).get(PATH).await.expect(200);
        assert_eq!(json!([targets["version"], targets["silence_days"], targets["calendar"]["time_zone"]]), json!([1, 7, "UTC"]));
        let weekdays = json!(["monday", "tuesday", "wednesday", "thursday", "friday"]);
        assert_eq!(targets["calendar"]["hours"], json!([{"weekdays": weekdays, "opens": "09:00", "closes": "18:00"}]));
        let everything = json!({"type": null, "priority": null, "tier": null, "first_answer_minutes": 540, "resolution_minutes": 2700});
        assert_eq!(targets["targets"][0], everything);
        app.staff(Role::Agent).put(PATH, json!({})).await.problem(403, "permission_denied");
        app.staff(Role::Marketer).get(PATH).await.problem(403, "permission_denied");
    }

    async fn each_change_is_a_version(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let reply = manager.get(PATH).await;
        let (etag, first) = (reply.header("etag").to_owned(), reply.expect(200));
        let put = |tag: &str, body: &Value| Reply::of(manager.request(Method::PUT, PATH).header("If-Match", tag).json(body));
        let body = json!({
            "calendar": {
                "time_zone": "Europe/Berlin",
                "hours": [
                    {"weekdays": ["saturday", "friday"], "opens": "13:00", "closes": "24:00"},
                    {"weekdays": ["friday"], "opens": "00:00", "closes": "12:30"},
                ],
                "holidays": ["2026-12-25"],
            },
            "silence_days": 14,
            "targets": [of_everything(60)],
        });
        put("\"7\"", &body).await.problem(412, "stale_version");
        app.pass(60);
        let second = put(&etag, &body).await.expect(200);
        assert_eq!(json!([second["version"], second["silence_days"]]), json!([2, 14]));
        assert_eq!(second["calendar"], body["calendar"]);
        assert_ne!(second["updated_at"], first["updated_at"]);
        assert_eq!(manager.get(PATH).await.expect(200), second);
        put(&etag, &json!({})).await.problem(412, "stale_version");
        assert_eq!(put("\"2\"", &body).await.expect(200), second, "the same again changes nothing");
        let known = Reply::of(manager.request(Method::GET, PATH).header("If-None-Match", "\"2\"")).await;
        assert_eq!(known.status, 304);
        let dry = manager.put(&format!("{PATH}?validate_only=true"), json!({})).await.expect(200);
        assert_eq!(dry["version"], 3);
        let third = manager.put(PATH, json!({})).await.expect(200);
        assert_eq!(json!([third["version"], third["targets"], third["calendar"]]), json!([3, first["targets"], first["calendar"]]));
    }

    async fn targets_are_checked(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let friday = |opens: &str, closes: &str| json!({"weekdays": ["friday"], "opens": opens, "closes": closes});
        let hours = |hours: Value| json!({"calendar": {"hours": hours}});
        let of_reviews = json!({"type": "review", "first_answer_minutes": 5, "resolution_minutes": 5});
        for (body, pointer, code) in [
            (json!({"calendar": {"time_zone": "Mars/Olympus"}}), "/calendar/time_zone", "time_zone"),
            (json!({"calendar": {"holidays": ["2026-02-30"]}}), "/calendar/holidays/0", "format"),
            (hours(json!([friday("9:00", "18:00")])), "/calendar/hours/0/opens", "format"),
            (hours(json!([friday("18:00", "18:00")])), "/calendar/hours/0/closes", "not_ascending"),
            (hours(json!([friday("09:00", "12:00"), friday("11:00", "18:00")])), "/calendar/hours/1", "overlap"),
            (hours(json!([friday("09:00", "09:30")])), "/calendar/hours", "range"),
            (json!({"silence_days": 366}), "/silence_days", "range"),
            (json!({"targets": [of_reviews]}), "/targets", "required"),
            (json!({"targets": [of_everything(5), of_everything(6)]}), "/targets/1", "duplicate"),
            (json!({"targets": [{"type": "rant", "first_answer_minutes": 5, "resolution_minutes": 5}]}), "/targets/0/type", "unknown_value"),
            (json!({"targets": [{"first_answer_minutes": 50, "resolution_minutes": 5}]}), "/targets/0/resolution_minutes", "not_ascending"),
            (json!({"targets": [{"first_answer_minutes": 0, "resolution_minutes": 5}]}), "/targets/0/first_answer_minutes", "range"),
            (json!({"colour": 1}), "/colour", "unknown_field"),
        ] {
            manager.put(PATH, body).await.fault(pointer, code);
        }
        assert_eq!(manager.get(PATH).await.expect(200)["version"], 1);
    }

    async fn of_two_who_replace_at_once_none_is_lost(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let changes = (1..=6).map(|minutes| manager.put(PATH, json!({"targets": [of_everything(minutes)]})));
        let replies = join_all(changes).await;
        let done = replies.iter().filter(|reply| reply.status == 200).count();
        assert!(done >= 1 && replies.iter().all(|reply| reply.status == 200 || reply.status == 409), "200, or a conflict that is told");
        assert_eq!(manager.get(PATH).await.expect(200)["version"], 1 + done);
    }
}
