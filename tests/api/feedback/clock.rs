//! The clock of feedback: what is promised, what is late, and what stands still.

use serde_json::{Value, json};

use super::{DAY, HOUR, desk, feedback_of, instant, keep_time_once, open_desk, path_of, resolve, seconds};
use crate::on_both;

on_both! {
    async fn a_promise_follows_what_is_changed_while_resolved(app: &TestApp) {
        let shop = open_desk(app).await;
        let path = feedback_of(&shop.admin, "inquiry").await;
        let made = shop.admin.get(&path).await.expect(200);
        assert_eq!(seconds(&made["created_at"], &made["due_at"]), DAY);
        resolve(&shop.admin, &path).await;
        shop.admin.patch(&path, json!({"type": "complaint"})).await.expect(200);
        let again = shop.admin.post(&format!("{path}/reopen"), json!({})).await.expect(200);
        // Two hours of a complaint, and what it stood resolved, which is next to nothing.
        assert!((2 * HOUR..2 * HOUR + 60).contains(&seconds(&made["created_at"], &again["due_at"])), "{again}");
    }

    async fn promises_are_made_by_type_and_priority(app: &TestApp) {
        let shop = open_desk(app).await;
        let due = |feedback: &Value| (seconds(&feedback["created_at"], &feedback["first_answer_due_at"]), seconds(&feedback["created_at"], &feedback["due_at"]));
        let made = shop.admin.get(&feedback_of(&shop.admin, "inquiry").await).await.expect(200);
        assert_eq!(due(&made), (HOUR, DAY));
        let complaint = shop.admin.patch(&path_of(&made), json!({"type": "complaint"})).await.expect(200);
        assert_eq!(due(&complaint), (HOUR, 2 * HOUR));
        // What was promised stays so, whatever the targets are later.
        let targets = shop.admin.get("/v1/service-targets").await.expect(200);
        let calendar = &targets["calendar"];
        let other = json!({"calendar": calendar, "targets": [{"first_answer_minutes": 5, "resolution_minutes": 10}]});
        shop.admin.put("/v1/service-targets", other).await.expect(200);
        let path = path_of(&made);
        assert_eq!(due(&shop.admin.patch(&path, json!({"subject": "x"})).await.expect(200)), (HOUR, 2 * HOUR));
        assert_eq!(due(&shop.admin.patch(&path, json!({"priority": "urgent"})).await.expect(200)), (300, 600));
    }

    async fn a_pause_stops_the_clock(app: &TestApp) {
        let shop = open_desk(app).await;
        let path = feedback_of(&shop.admin, "complaint").await;
        let started = shop.admin.post(&format!("{path}/start"), json!({})).await.expect(200);
        app.pass(HOUR / 2);
        let waits = desk(app).post(&format!("{path}/wait"), json!({"reason": "asked for the receipt"})).await.expect(200);
        assert_eq!((&waits["clock"], &waits["status"], waits["waiting_since"].is_string()), (&json!("paused"), &json!("in_progress"), true));
        assert_eq!((&waits["history"][2]["kind"], &waits["history"][2]["details"]), (&json!("paused"), &json!({"reason": "asked for the receipt"})));
        desk(app).post(&format!("{path}/wait"), json!({})).await.problem(409, "invalid_transition");
        app.pass(3 * DAY);
        keep_time_once(app).await;
        assert!(desk(app).all("/v1/feedback?overdue=true").await.is_empty(), "what waits is not late");
        let going = desk(app).post(&format!("{path}/resume"), json!({})).await.expect(200);
        desk(app).post(&format!("{path}/resume"), json!({})).await.problem(409, "invalid_transition");
        let paused = going["paused_seconds"].as_i64().unwrap();
        assert!((3 * DAY..3 * DAY + 60).contains(&paused), "{paused}");
        for due in ["first_answer_due_at", "due_at"] {
            assert_eq!(seconds(&started[due], &going[due]), paused, "{due}");
        }
        assert_eq!((&going["clock"], &going["waiting_since"], &going["resolution_breached"]), (&json!("running"), &Value::Null, &json!(false)));
        app.pass(HOUR / 4);
        let done = desk(app).post(&format!("{path}/resolve"), json!({"resolution": "Paid back."})).await.expect(200);
        let took = done["resolution_seconds"].as_i64().unwrap();
        assert!((HOUR * 3 / 4 - 1..HOUR * 3 / 4 + 60).contains(&took), "{took}");
        assert_eq!((&done["first_answer_seconds"], &done["first_answered_at"]), (&done["resolution_seconds"], &done["resolved_at"]));
        assert_eq!((&done["first_answer_breached"], &done["resolution_breached"], &done["clock"]), (&json!(false), &json!(false), &json!("stopped")));
    }

    async fn what_is_late_is_marked_once(app: &TestApp) {
        let shop = open_desk(app).await;
        let path = feedback_of(&shop.admin, "complaint").await;
        let in_time = feedback_of(&shop.admin, "inquiry").await;
        shop.admin.post(&format!("{in_time}/actions"), json!({"note": "Tomorrow.", "visible_to_customer": true})).await.expect(200);
        keep_time_once(app).await;
        assert_eq!(shop.admin.get(&path).await.expect(200)["version"], 1);
        app.pass(HOUR + 60);
        keep_time_once(app).await;
        keep_time_once(app).await;
        let late = desk(app).get(&path).await.expect(200);
        assert_eq!((&late["first_answer_breached"], &late["resolution_breached"], &late["version"]), (&json!(true), &json!(false), &json!(2)));
        let event = &late["history"][1];
        assert_eq!((&event["kind"], &event["at"], &event["actor"]), (&json!("first_answer_breached"), &late["first_answer_due_at"], &json!({"kind": "system", "id": null})));
        assert_eq!(desk(app).all("/v1/feedback?overdue=true").await.len(), 0);
        app.pass(HOUR);
        assert_eq!(desk(app).all("/v1/feedback?overdue=true").await.iter().map(path_of).collect::<Vec<_>>(), [path.as_str()]);
        assert_eq!(desk(app).all("/v1/feedback?overdue=false").await.iter().map(path_of).collect::<Vec<_>>(), [in_time.as_str()]);
        // Resolved late before anybody has marked it, it is marked first.
        let done = resolve(&desk(app), &path).await;
        let kinds: Vec<_> = done["history"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["created", "first_answer_breached", "resolution_breached", "started", "resolved"]);
        assert_eq!((&done["resolution_breached"], &done["version"]), (&json!(true), &json!(5)));
        keep_time_once(app).await;
        assert_eq!(desk(app).get(&path).await.expect(200), done);
        assert_eq!(desk(app).get(&in_time).await.expect(200)["version"], 2);
    }

    async fn many_are_marked_in_passes(app: &TestApp) {
        let shop = open_desk(app).await;
        let items: Vec<_> = (0..250).map(|number| json!({"ref": {"system": "erp", "id": number.to_string()}, "data": {"type": "complaint", "channel": "fax", "body": "!"}})).collect();
        shop.admin.post("/v1/feedback/batch", json!({"items": items})).await.expect(200);
        app.pass(3 * HOUR);
        keep_time_once(app).await;
        let all = desk(app).all("/v1/feedback?limit=200&sort=due_at").await;
        assert_eq!(all.len(), 250);
        assert!(all.iter().all(|it| it["first_answer_breached"] == true && it["resolution_breached"] == true && it["version"] == 3), "{:?}", all.first());
        assert!(all.windows(2).all(|pair| instant(&pair[0]["due_at"]) <= instant(&pair[1]["due_at"])));
    }
}
