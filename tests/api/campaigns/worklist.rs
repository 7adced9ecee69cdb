//! Campaigns by phone and in the store: nothing is sent, but staff talk to each customer and report.

use patron::{
    domain::{
        campaigns::{WorklistSearch, WorklistSort},
        ids::Id,
        paging::{PageRequest, Position},
        permissions::Role,
    },
    repositories,
};
use serde_json::{Value, json};

use super::{campaign, counts, feed, plan, progress, reader, step, variant};
use crate::{
    on_both,
    support::{Caller, TestApp, plans_of},
};

async fn say(app: &TestApp, customer: &str, channel: &str, status: &str) {
    let path = format!("/v1/customers/{customer}/consents/{channel}/marketing");
    let reply = app.admin().put(&path, json!({"status": status, "source": "web"})).await;
    assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
}

/// Somebody with a number who may be called.
async fn callee(app: &TestApp, number: usize) -> String {
    let id = reader(app, &format!("callee{number}"), json!({"phone": format!("+86138000000{number:02}")})).await;
    say(app, &id, "phone", "granted").await;
    id
}

/// A launched campaign by phone to so many people, and their ids in order.
async fn by_phone(app: &TestApp, people: usize, change: Value) -> (String, Vec<String>) {
    let mut ids = Vec::new();
    for number in 0..people {
        ids.push(callee(app, number).await);
    }
    let mut plan = json!({"channel": "phone", "variants": [variant("a", 1.0, "Ask {{ customer.name }} for the school set")]});
    plan.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let path = campaign(app, plan).await;
    step(app, &path, "launch").await;
    (path, ids)
}

async fn names(agent: &Caller, path: &str) -> Vec<String> {
    agent.all(&format!("{path}/worklist?limit=2")).await.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn the_list_says_whom_to_call_and_what_to_say(app: &TestApp) {
        let admin = app.admin();
        let batch = admin.make("/v1/coupon-batches", json!({"name": "School", "kind": "amount", "amount": 1500})).await;
        let text = "Offer {{ customer.name }} the school set: {{ coupon.code }}";
        let change = json!({"coupon_batch_id": batch["id"], "variants": [variant("a", 1.0, text)]});
        let (path, ids) = by_phone(app, 3, change).await;
        let agent = app.staff(Role::Agent);
        let all = agent.all(&format!("{path}/worklist?limit=2")).await;
        assert_eq!(all.iter().map(|entry| entry["customer_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), ids);
        let (first, code) = (&all[0], all[0]["coupon_code"].as_str().unwrap());
        assert_eq!(first["text"], format!("Offer callee0 the school set: {code}"));
        assert_eq!(
            json!([first["name"], first["phone"], first["variant"], first["subject"], first["last_report"]]),
            json!(["callee0", "+8613800000000", "a", "callee0, term starts soon", null])
        );
        assert_eq!(agent.all(&format!("{path}/worklist")).await, all, "to look changes nothing");
        assert_eq!(agent.get(&format!("{path}/worklist?include=total&limit=1")).await.expect(200)["total"], 3);
        assert_eq!(agent.all(&format!("{path}/worklist?customer_id={}", ids[1])).await, [all[1].clone()]);
        let coupons = admin.all(&format!("/v1/customers/{}/coupons", ids[0])).await;
        assert_eq!(json!([coupons.len(), coupons[0]["code"]]), json!([1, code]));
        assert_eq!(feed(app).await, 0, "nothing is written");
        assert_eq!(admin.all("/v1/messages").await, Vec::<Value>::new());
        assert_eq!(progress(app, &path).await, counts(&[("waiting", 3)]));
    }

    async fn each_outcome_settles_in_its_way(app: &TestApp) {
        let (path, ids) = by_phone(app, 6, json!({})).await;
        let agent = app.staff(Role::Agent);
        let report = async |number: usize, body: Value| agent.post(&format!("{path}/worklist/{}", ids[number]), body).await;
        let again = app.now().checked_add(chrono::TimeDelta::hours(3)).unwrap().to_string();
        let accepted = report(0, json!({"outcome": "accepted", "note": "Comes on Saturday"})).await.expect(200);
        assert_eq!(json!([accepted["status"], accepted["sent_at"], accepted["replied_at"]]), json!(["sent", accepted["report"]["at"], accepted["report"]["at"]]));
        assert_eq!(json!([accepted["report"]["outcome"], accepted["report"]["note"], accepted["report"]["actor"]["kind"]]), json!(["accepted", "Comes on Saturday", "staff"]));
        assert!(accepted["report"]["actor"]["id"].is_string());
        let declined = report(1, json!({"outcome": "declined"})).await.expect(200);
        assert_eq!(json!([declined["status"], declined["replied_at"].is_string(), declined["report"]["note"]]), json!(["sent", true, null]));
        let wrong = report(2, json!({"outcome": "wrong_number"})).await.expect(200);
        assert_eq!(json!([wrong["status"], wrong["bounced_at"].is_string(), wrong["sent_at"]]), json!(["failed", true, null]));
        let never = report(3, json!({"outcome": "do_not_contact"})).await.expect(200);
        assert_eq!(json!([never["status"], never["unsubscribed_at"].is_string(), never["replied_at"]]), json!(["sent", true, null]));
        let later = report(4, json!({"outcome": "not_reached", "note": "Engaged", "try_again_at": again})).await.expect(200);
        assert_eq!(json!([later["status"], later["send_at"], later["report"]["outcome"]]), json!(["waiting", again, "not_reached"]));
        let gone = report(5, json!({"outcome": "not_reached"})).await.expect(200);
        assert_eq!(json!([gone["status"], gone["sent_at"]]), json!(["failed", null]));
        let history = app.admin().all(&format!("/v1/customers/{}/consents/history?channel=phone", ids[3])).await;
        assert_eq!(json!([history.len(), history[0]["status"], history[0]["source"], history[0]["actor"]["kind"]]), json!([2, "withdrawn", "phone", "staff"]));
        let shown = app.admin().all(&format!("{path}/messages?customer_id={}", ids[0])).await.remove(0);
        assert_eq!(shown, accepted);

        for number in [0, 1, 2, 3, 5] {
            report(number, json!({"outcome": "accepted"})).await.problem(409, "invalid_transition");
        }
        assert_eq!(names(&agent, &path).await, Vec::<String>::new());
        assert_eq!(app.admin().get(&path).await.expect(200)["status"], "running", "one is tried again");
        app.pass(3 * 60 * 60 + 1);
        let other = app.staff(Role::Agent);
        let again = other.all(&format!("{path}/worklist")).await.remove(0);
        assert_eq!(json!([again["name"], again["last_report"]["note"]]), json!(["callee4", "Engaged"]));
        other.post(&format!("{path}/worklist/{}", ids[4]), json!({"outcome": "declined"})).await.expect(200);
        let done = app.admin().get(&path).await.expect(200);
        assert_eq!(json!([done["status"], done["ended_at"].is_string()]), json!(["completed", true]));
        assert_eq!(progress(app, &path).await, counts(&[("failed", 2), ("sent", 4)]));
    }

    async fn reports_are_checked(app: &TestApp) {
        let (path, ids) = by_phone(app, 1, json!({})).await;
        let agent = app.staff(Role::Agent);
        let entry = format!("{path}/worklist/{}", ids[0]);
        let later = app.now().checked_add(chrono::TimeDelta::hours(3)).unwrap().to_string();
        for (body, pointer, code) in [
            (json!({"outcome": "maybe"}), "/outcome", "unknown_value"),
            (json!({"outcome": "declined", "note": ""}), "/note", "length"),
            (json!({"outcome": "declined", "try_again_at": later}), "/try_again_at", "not_applicable"),
            (json!({"outcome": "not_reached", "try_again_at": "2020-01-01T00:00:00Z"}), "/try_again_at", "range"),
        ] {
            agent.post(&entry, body).await.fault(pointer, code);
        }
        assert_eq!(agent.post(&format!("{entry}?validate_only=true"), json!({"outcome": "accepted"})).await.expect(200)["status"], "sent");
        assert_eq!(names(&agent, &path).await, ["callee0"]);
    }

    async fn only_staff_who_talk_to_customers_see_the_list(app: &TestApp) {
        let (path, ids) = by_phone(app, 2, json!({})).await;
        let (list, entry) = (format!("{path}/worklist"), format!("{path}/worklist/{}", ids[0]));
        let accepted = json!({"outcome": "accepted"});
        app.nobody().get(&list).await.problem(401, "unauthenticated");
        app.staff(Role::Marketer).get(&list).await.problem(403, "permission_denied");
        app.staff(Role::Marketer).post(&entry, accepted.clone()).await.problem(403, "permission_denied");
        app.client("campaigns:read campaigns:write customers:read").get(&list).await.problem(403, "permission_denied");
        app.client("campaigns:work").get(&list).await.expect(200);
        app.staff(Role::Manager).get(&list).await.expect(200);
        let agent = app.staff(Role::Agent);
        let nobody = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77";
        agent.get(&format!("/v1/campaigns/{nobody}/worklist")).await.problem(404, "not_found");
        agent.post(&format!("/v1/campaigns/{nobody}/worklist/{}", ids[0]), accepted.clone()).await.problem(404, "not_found");
        agent.post(&format!("{list}/{nobody}"), accepted.clone()).await.problem(404, "not_found");
        let outsider = app.admin().make("/v1/customers", json!({"name": "outsider", "phone": "+8613900000000"})).await;
        agent.post(&format!("{list}/{}", outsider["id"].as_str().unwrap()), accepted.clone()).await.problem(404, "not_found");
        app.admin().patch(&path, json!({"goal": "More"})).await.problem(409, "conflict");
        agent.post(&entry, accepted).await.expect(200);
    }

    async fn a_campaign_that_sends_has_no_list(app: &TestApp) {
        let id = reader(app, "mei", json!({})).await;
        let path = campaign(app, json!({})).await;
        step(app, &path, "launch").await;
        let agent = app.staff(Role::Agent);
        agent.get(&format!("{path}/worklist")).await.problem(404, "not_found");
        agent.post(&format!("{path}/worklist/{id}"), json!({"outcome": "accepted"})).await.problem(404, "not_found");
    }

    async fn who_is_held_out_never_appears(app: &TestApp) {
        let (path, ids) = by_phone(app, 20, json!({"holdout_share": 0.5})).await;
        let told = progress(app, &path).await;
        let count = |word: &str| told.iter().find(|(words, _)| words == word).map_or(0, |(_, count)| *count);
        let agent = app.staff(Role::Agent);
        let listed = names(&agent, &path).await;
        assert_eq!(i64::try_from(listed.len()).unwrap(), count("waiting"));
        assert!(count("held_out") > 0 && count("waiting") > 0, "one in 500,000 tries: {told:?}");
        for id in &ids {
            let held_out = app.admin().all(&format!("{path}/messages?customer_id={id}&status=held_out")).await.len() == 1;
            let reply = agent.post(&format!("{path}/worklist/{id}"), json!({"outcome": "accepted"})).await;
            assert_eq!(reply.status, if held_out { 404 } else { 200 }, "{}", reply.text);
        }
    }

    async fn the_last_word_of_a_customer_counts(app: &TestApp) {
        let (path, ids) = by_phone(app, 5, json!({})).await;
        let agent = app.staff(Role::Agent);
        say(app, &ids[0], "phone", "withdrawn").await;
        app.admin().make("/v1/suppressions", json!({"channel": "phone", "address": "+8613800000001"})).await;
        app.admin().patch(&format!("/v1/customers/{}", ids[2]), json!({"lifecycle": "former", "stopped_reason": "moved away"})).await.expect(200);
        assert_eq!(names(&agent, &path).await, ["callee3", "callee4"]);
        let entry = |number: usize| format!("{path}/worklist/{}", ids[number]);
        agent.post(&entry(0), json!({"outcome": "accepted"})).await.problem(409, "conflict");
        agent.post(&entry(1), json!({"outcome": "wrong_number"})).await.expect(200);
        feed(app).await;
        let left_out = [("left_out consent_withdrawn", 1), ("left_out former_customer", 1)];
        assert_eq!(progress(app, &path).await, counts(&[("failed", 1), left_out[0], left_out[1], ("waiting", 2)]));
        agent.post(&entry(0), json!({"outcome": "accepted"})).await.problem(409, "invalid_transition");
        agent.post(&entry(3), json!({"outcome": "accepted"})).await.expect(200);
        say(app, &ids[4], "phone", "withdrawn").await;
        assert_eq!(app.admin().get(&path).await.expect(200)["status"], "running");
        feed(app).await;
        assert_eq!(app.admin().get(&path).await.expect(200)["status"], "completed", "nobody waits any more");
    }

    async fn nobody_is_called_at_night_or_before_the_start(app: &TestApp) {
        let ids = [callee(app, 0).await];
        let path = campaign(app, json!({"channel": "phone"})).await;
        let at = app.now().checked_add(chrono::TimeDelta::hours(2)).unwrap().to_string();
        app.admin().post(&format!("{path}/launch"), json!({"at": at})).await.expect(200);
        assert_eq!(names(&app.staff(Role::Agent), &path).await, Vec::<String>::new());
        app.staff(Role::Agent).post(&format!("{path}/worklist/{}", ids[0]), json!({"outcome": "accepted"})).await.problem(409, "invalid_transition");
        app.pass(2 * 60 * 60 + 1);
        feed(app).await;
        assert_eq!(names(&app.staff(Role::Agent), &path).await, ["callee0"]);
        // Quiet hours that began an hour ago by the customer's clock, and end in six.
        let clock = |hours: i64| app.now().checked_add(chrono::TimeDelta::hours(hours)).unwrap().utc().format("%H:%M").to_string();
        let quiet = json!({"time_zone": "UTC", "quiet_hours": {"from": clock(-1), "to": clock(6)}});
        app.admin().put("/v1/contact-policy", quiet).await.expect(200);
        assert_eq!(names(&app.staff(Role::Agent), &path).await, Vec::<String>::new());
        feed(app).await;
        let put_off = app.admin().all(&format!("{path}/messages")).await.remove(0);
        assert_eq!(put_off["status"], "waiting");
        assert!(put_off["send_at"].as_str().unwrap() > app.now().to_string().as_str(), "{put_off}");
        app.pass(7 * 60 * 60);
        assert_eq!(names(&app.staff(Role::Agent), &path).await, ["callee0"]);
    }

    async fn who_comes_to_the_store_needs_no_number(app: &TestApp) {
        let id = reader(app, "mei", json!({})).await;
        say(app, &id, "in_store", "granted").await;
        let path = campaign(app, json!({"channel": "in_store"})).await;
        step(app, &path, "launch").await;
        let agent = app.staff(Role::Agent);
        let entry = agent.all(&format!("{path}/worklist?customer_id={id}")).await.remove(0);
        assert_eq!(json!([entry["name"], entry["phone"]]), json!(["mei", null]));
        agent.post(&format!("{path}/worklist/{id}"), json!({"outcome": "do_not_contact"})).await.expect(200);
        let holds = app.admin().get(&format!("/v1/customers/{id}/consents/in_store/marketing")).await.expect(200);
        assert_eq!(json!([holds["status"], holds["source"]]), json!(["withdrawn", "in_store"]));
        assert_eq!(app.admin().get(&path).await.expect(200)["status"], "completed");
    }

    async fn nothing_is_reported_while_it_is_paused_or_after_it_was_cancelled(app: &TestApp) {
        let (path, ids) = by_phone(app, 2, json!({})).await;
        let agent = app.staff(Role::Agent);
        let entry = format!("{path}/worklist/{}", ids[0]);
        step(app, &path, "pause").await;
        assert_eq!(names(&agent, &path).await, Vec::<String>::new());
        agent.post(&entry, json!({"outcome": "accepted"})).await.problem(409, "invalid_transition");
        step(app, &path, "resume").await;
        agent.post(&entry, json!({"outcome": "accepted"})).await.expect(200);
        step(app, &path, "cancel").await;
        agent.post(&format!("{path}/worklist/{}", ids[1]), json!({"outcome": "accepted"})).await.problem(409, "invalid_transition");
        assert_eq!(progress(app, &path).await, counts(&[("cancelled", 1), ("sent", 1)]));
    }

    async fn of_two_reports_at_once_one_is_taken(app: &TestApp) {
        let (path, ids) = by_phone(app, 4, json!({})).await;
        app.open_connections().await;
        for id in &ids {
            let agents = [app.staff(Role::Agent), app.staff(Role::Agent)];
            let entry = format!("{path}/worklist/{id}");
            let both = agents.iter().zip(["accepted", "do_not_contact"]).map(|(agent, outcome)| agent.post(&entry, json!({"outcome": outcome})));
            let mut statuses: Vec<u16> = futures_util::future::join_all(both).await.into_iter().map(|reply| reply.status).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409]);
        }
        assert_eq!(progress(app, &path).await, counts(&[("sent", 4)]));
        assert_eq!(app.admin().get(&path).await.expect(200)["status"], "completed");
    }

    async fn the_list_is_read_by_its_index(app: &TestApp) {
        let now = app.now();
        let after = Some(Position { key: now.micros(), id: uuid::Uuid::new_v4() });
        let page = PageRequest { sort: WorklistSort::SendAt, after, limit: 50, with_total: false };
        let plans = plans_of(app.app.db.url(), |conn| {
            repositories::campaigns::worklist::list(conn, Id::generate(), now, &WorklistSearch::default(), &page).unwrap();
        });
        let [plan] = plans.as_slice() else { panic!("{plans:?}") };
        let is_sorted_by_itself = ["Sort", "TEMP B-TREE"].iter().all(|word| !plan.plan.contains(word));
        assert!(plan.plan.contains("campaign_recipients_send_at_idx") && is_sorted_by_itself, "{plan:?}");
    }

    async fn who_was_called_is_not_called_too_often(app: &TestApp) {
        let (path, ids) = by_phone(app, 1, json!({})).await;
        let caps = json!({"quiet_hours": null, "weekly_caps": [{"channel": "phone", "messages": 1}]});
        app.admin().put("/v1/contact-policy", caps).await.expect(200);
        app.staff(Role::Agent).post(&format!("{path}/worklist/{}", ids[0]), json!({"outcome": "declined"})).await.expect(200);
        let segment = app.admin().get(&path).await.expect(200)["audience"]["segments_in"][0].as_str().unwrap().to_owned();
        let mut other = plan(&segment, &[variant("a", 1.0, "x")]);
        other["channel"] = json!("phone");
        let again = app.admin().make("/v1/campaigns", other).await;
        let again = format!("/v1/campaigns/{}", again["id"].as_str().unwrap());
        step(app, &again, "launch").await;
        assert_eq!(progress(app, &again).await, counts(&[("left_out frequency_cap", 1)]));
    }
}
