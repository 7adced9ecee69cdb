//! Campaigns in segments: leaves about whom they have reached; and segments in campaigns, which stay while they are needed.

use std::{
    collections::BTreeSet,
    sync::mpsc::{RecvTimeoutError, channel},
    time::Duration,
};

use patron::{
    db::DbConnection,
    domain::{campaigns::CampaignDraft, precondition::Precondition},
    error::Error,
    services::{campaigns as service, segments},
};
use serde_json::{Value, json};

use super::id_of;
use crate::{
    campaigns::{campaign, feed, plan, reader, send, step, tagged, variant},
    on_both,
    support::{MailServer, Received, Reply, TestApp},
};

const DAY: i64 = 24 * 3600;

/// The address of one of our pages in a letter.
fn page_in(letter: &Received, page: &str) -> String {
    let text = letter.part("text/html").replace("&amp;", "&");
    let start = text.find(&format!("/v1/public/{page}/")).expect("the page");
    let end = text[start..].find('"').expect("its end");
    text[start..start + end].to_owned()
}

/// The path of a new segment.
async fn segment(app: &TestApp, definition: &Value) -> String {
    let name = uuid::Uuid::new_v4().to_string();
    format!("/v1/segments/{}", id_of(&app.admin().make("/v1/segments", json!({"name": name, "definition": definition})).await))
}

async fn members(app: &TestApp, definition: &Value) -> BTreeSet<String> {
    let members = app.admin().all(&format!("{}/members", segment(app, definition).await)).await;
    members.iter().map(|member| member["customer_id"].as_str().unwrap().to_owned()).collect()
}

/// What is answered to a request that comes while a transaction is still open in which `first` was done.
async fn meanwhile(
    app: &TestApp,
    first: impl FnOnce(&mut DbConnection) -> Result<(), Error> + Send + 'static,
    request: impl Future<Output = Reply>,
) -> Reply {
    let (reached, wait) = channel();
    let (answered, is_answered) = channel::<()>();
    let db = app.app.db.clone();
    let write = move || {
        db.write_blocking(move |tx| {
            first(tx)?;
            reached.send(()).unwrap();
            // The answer can not come before this ends.
            assert_eq!(is_answered.recv_timeout(Duration::from_millis(300)), Err(RecvTimeoutError::Timeout));
            Ok::<_, Error>(())
        })
    };
    let writing = tokio::task::spawn_blocking(write);
    tokio::task::spawn_blocking(move || wait.recv()).await.unwrap().unwrap();
    let reply = request.await;
    drop(answered);
    writing.await.unwrap().unwrap();
    reply
}

on_both! {
    async fn campaigns_pick_whom_they_have_reached(app: &TestApp) {
        let server = MailServer::start();
        let mut readers = Vec::new();
        for number in 0..16 {
            readers.push(reader(app, &format!("reader{number}"), json!({})).await);
        }
        let outsider = reader(app, "outsider", json!({"tags": []})).await;
        let unasked = id_of(&app.admin().make("/v1/customers", json!({"name": "unasked", "email": "unasked@example.com", "tags": ["school"]})).await);
        let html = "<p>Dear {{ customer.name }}, <a href=\"https://shop.example/school\">all for school</a></p>";
        let a = json!({"key": "a", "share": 1, "subject": "School", "text": "{{ unsubscribe_url }}", "html": html});
        let path = campaign(app, json!({"holdout_share": 0.4, "variants": [a]})).await;
        let id = path.rsplit('/').next().unwrap();
        let music = tagged(&app.admin(), "music").await;
        let other = id_of(&app.admin().make("/v1/campaigns", plan(&music, &[variant("a", 1.0, "x")])).await);
        let nobody = BTreeSet::new();
        assert_eq!(members(app, &json!({"campaigns": "held_out"})).await, nobody, "nobody is before the launch");
        let before = app.now();
        app.pass(60);
        step(app, &path, "launch").await;
        let messages = app.admin().all(&format!("{path}/messages")).await;
        let of = |status: &str| {
            let those = messages.iter().filter(|message| message["status"] == status);
            those.map(|message| message["customer_id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
        };
        let (sent, held_out) = (of("waiting"), of("held_out"));
        assert_eq!((sent.len() + held_out.len(), of("left_out")), (16, BTreeSet::from([unasked.clone()])));
        app.pass(60);
        assert_eq!((feed(app).await, members(app, &json!({"campaigns": "received"})).await), (sent.len(), nobody.clone()), "none has left yet");
        let (sending, _) = (app.now(), send(app, &server).await);
        let sent_at = app.now();

        // Ten days later one looks, another follows the link.
        app.pass(10 * DAY);
        let mut reached = sent.iter().cloned();
        let (opener, clicker) = (reached.next().unwrap(), reached.next().unwrap());
        for (who, page, status) in [(&opener, "opens", 200), (&clicker, "clicks", 302)] {
            let number = readers.iter().position(|reader| reader == who).unwrap();
            let letters = server.letters();
            let letter = letters.iter().find(|letter| letter.to[0] == format!("reader{number}@example.com")).unwrap();
            assert_eq!(app.nobody().get(&page_in(letter, page)).await.status, status);
        }
        app.pass(5 * DAY);

        let everybody: BTreeSet<String> = readers.iter().cloned().chain([outsider, unasked]).collect();
        let but = |those: &BTreeSet<String>| everybody.difference(those).cloned().collect::<BTreeSet<_>>();
        let (opened, clicked) = (BTreeSet::from([opener.clone(), clicker.clone()]), BTreeSet::from([clicker.clone()]));
        for (definition, expected) in [
            (json!({"campaigns": "received"}), &sent),
            (json!({"campaigns": "received", "campaign_id": id}), &sent),
            (json!({"campaigns": "received", "campaign_id": [other, id]}), &sent),
            (json!({"campaigns": "received", "campaign_id": other}), &nobody),
            (json!({"campaigns": "received", "within_days": 16}), &sent),
            (json!({"campaigns": "received", "within_days": 15}), &nobody),
            (json!({"campaigns": "received", "from": sending, "to": sent_at}), &sent),
            (json!({"campaigns": "received", "to": before}), &nobody),
            (json!({"not": {"campaigns": "received"}}), &but(&sent)),
            (json!({"not": {"campaigns": "received", "within_days": 15}}), &everybody),
            (json!({"campaigns": "opened"}), &opened),
            (json!({"campaigns": "opened", "within_days": 6}), &opened),
            (json!({"campaigns": "opened", "within_days": 5}), &nobody),
            (json!({"campaigns": "responded"}), &clicked),
            (json!({"campaigns": "responded", "campaign_id": id, "within_days": 6}), &clicked),
            (json!({"campaigns": "responded", "campaign_id": id, "within_days": 5}), &nobody),
            (json!({"campaigns": "held_out"}), &held_out),
            (json!({"campaigns": "held_out", "campaign_id": id, "within_days": 16}), &held_out),
            (json!({"campaigns": "held_out", "campaign_id": other}), &nobody),
            (json!({"campaigns": "held_out", "from": sent_at}), &nobody),
            (json!({"all": [{"campaigns": "opened"}, {"not": {"campaigns": "responded"}}]}), &BTreeSet::from([opener])),
        ] {
            assert_eq!(&members(app, &definition).await, expected, "{definition}");
        }

        let definition = json!({"any": [{"campaigns": "received"}, {"campaigns": "responded", "within_days": 5}, {"campaigns": "held_out", "campaign_id": [id]}]});
        let explain = format!("{}/explain?customer_id={clicker}", segment(app, &definition).await);
        let explained = app.admin().get(&explain).await.expect(200);
        let seen = |index: usize, matches: bool, seen: i64| {
            let mut leaf = definition["any"][index].clone();
            leaf["matches"] = matches.into();
            leaf["seen"] = seen.into();
            leaf
        };
        assert_eq!(explained["definition"], json!({"matches": true, "any": [seen(0, true, 1), seen(1, false, 0), seen(2, false, 0)]}));
    }

    async fn a_segment_stays_while_a_campaign_needs_it(app: &TestApp) {
        let admin = app.admin();
        let [within, without, free] = [tagged(&admin, "a").await, tagged(&admin, "b").await, tagged(&admin, "c").await];
        let path = |segment: &str| format!("/v1/segments/{segment}");
        let mut draft = plan(&within, &[variant("a", 1.0, "x {{ unsubscribe_url }}")]);
        draft["audience"]["segments_out"] = json!([without]);
        let made = admin.make("/v1/campaigns", draft).await;
        let campaign = format!("/v1/campaigns/{}", id_of(&made));
        let refused = async |segment: &str| {
            let told = admin.delete(&path(segment)).await.problem(409, "still_referenced");
            let detail = told["detail"].as_str().unwrap();
            assert!(detail.contains("Back to school") && detail.contains(&id_of(&made)), "{detail}");
        };
        refused(&within).await;
        refused(&without).await;
        admin.delete(&path(&free)).await.expect(204);
        admin.patch(&campaign, json!({"audience": {"segments_out": []}})).await.expect(200);
        admin.delete(&path(&without)).await.expect(204);
        let at = app.now().checked_add(chrono::TimeDelta::hours(1)).unwrap();
        for (step, status) in [("launch", "scheduled"), ("pause", "paused"), ("resume", "scheduled")] {
            let body = if step == "launch" { json!({"at": at}) } else { json!({}) };
            assert_eq!(admin.post(&format!("{campaign}/{step}"), body).await.expect(200)["status"], status);
            refused(&within).await;
        }
        // Another that has nobody to write to is over at once.
        let over = format!("/v1/campaigns/{}", id_of(&admin.make("/v1/campaigns", plan(&within, &[variant("a", 1.0, "x {{ unsubscribe_url }}")])).await));
        step(app, &over, "launch").await;
        feed(app).await;
        assert_eq!(admin.get(&over).await.expect(200)["status"], "completed");
        refused(&within).await;
        step(app, &campaign, "cancel").await;
        admin.delete(&path(&within)).await.expect(204);
        assert_eq!(admin.get(&campaign).await.expect(200)["audience"]["segments_in"], json!([within]), "what it was for is still known");
    }

    async fn a_segment_is_not_deleted_under_a_campaign_that_begins_to_name_it(app: &TestApp) {
        let (admin, now) = (app.admin(), app.now());
        let (first, second) = (tagged(&admin, "a").await, tagged(&admin, "b").await);
        let draft = |segment: &str| serde_json::from_value::<CampaignDraft>(plan(segment, &[variant("a", 1.0, "x")])).unwrap();
        let of_first = draft(&first);
        let make = move |tx: &mut DbConnection| service::create_campaign(tx, now, of_first).map(|_| ());
        let refused = meanwhile(app, make, admin.delete(&format!("/v1/segments/{first}"))).await;
        refused.problem(409, "still_referenced");
        let (campaign, of_second) = (id_of(&admin.all("/v1/campaigns").await[0]).parse().unwrap(), draft(&second));
        let change = move |tx: &mut DbConnection| {
            service::update_campaign(tx, now, campaign, &Precondition::None, |_| Ok(of_second)).map(|_| ())
        };
        let refused = meanwhile(app, change, admin.delete(&format!("/v1/segments/{second}"))).await;
        refused.problem(409, "still_referenced");
        admin.delete(&format!("/v1/segments/{first}")).await.expect(204);
    }

    async fn no_campaign_begins_to_name_a_segment_that_is_being_deleted(app: &TestApp) {
        let admin = app.admin();
        let (first, second, third) = (tagged(&admin, "a").await, tagged(&admin, "b").await, tagged(&admin, "c").await);
        let delete = |segment: &str| {
            let id = segment.parse().unwrap();
            move |tx: &mut DbConnection| segments::delete_segment(tx, id, &Precondition::None)
        };
        let body = plan(&first, &[variant("a", 1.0, "x")]);
        let refused = meanwhile(app, delete(&first), admin.post("/v1/campaigns", body)).await;
        refused.fault("/audience/segments_in/0", "unknown_reference");
        let made = admin.make("/v1/campaigns", plan(&second, &[variant("a", 1.0, "x")])).await;
        let path = format!("/v1/campaigns/{}", id_of(&made));
        let change = json!({"audience": {"segments_out": [third]}});
        let refused = meanwhile(app, delete(&third), admin.patch(&path, change)).await;
        refused.fault("/audience/segments_out/0", "unknown_reference");
        assert_eq!(admin.get(&path).await.expect(200), made);
    }
}
