//! From the audience to the mail server, and what stops it on the way.

use diesel::connection::SimpleConnection;
use patron::{
    db::{DbError, WriteMode},
    domain::messages::{MessageChannel, MessageKind, NewMessage},
    error::Error,
    jobs::outbox::CONVERSATIONS,
    on,
    services::messages,
};
use serde_json::{Value, json};

use super::{campaign, counts, feed, plan, progress, reader, say, send, step, variant};
use crate::{
    on_both,
    support::{MailServer, TestApp},
};

async fn launched(app: &TestApp, people: usize, change: Value) -> (String, Vec<String>) {
    let mut readers = Vec::new();
    for number in 0..people {
        readers.push(reader(app, &format!("reader{number}"), json!({})).await);
    }
    let path = campaign(app, change).await;
    step(app, &path, "launch").await;
    (path, readers)
}

fn recipients(server: &MailServer) -> Vec<String> {
    let mut all: Vec<String> = server.letters().into_iter().flat_map(|letter| letter.to).collect();
    all.sort();
    all
}

on_both! {
    async fn letters_arrive_and_one_click_ends_them(app: &TestApp) {
        let server = MailServer::start();
        let html = json!({"key": "a", "share": 1, "subject": "For {{ customer.name }}", "text": "Dear {{ customer.name }}\n\n{{ unsubscribe_url }}\n", "html": "<p>Dear {{ customer.name }}</p>"});
        let (path, readers) = launched(app, 1, json!({"variants": [html]})).await;
        assert_eq!(feed(app).await, 1);
        assert_eq!(send(app, &server).await, 1);
        let letter = server.letters().remove(0);
        assert_eq!((letter.to.as_slice(), letter.header("subject").as_deref()), (["reader0@example.com".to_owned()].as_slice(), Some("For reader0")));
        assert!(letter.header("content-type").unwrap().starts_with("multipart/alternative"), "{letter:?}");
        assert!(letter.text.contains("<p>Dear reader0</p>") && letter.text.contains("text/plain"), "{letter:?}");
        assert_eq!(letter.header("list-unsubscribe-post").as_deref(), Some("List-Unsubscribe=One-Click"));
        let url = letter.header("list-unsubscribe").unwrap();
        let link = url[url.find("/v1/public").unwrap()..].trim_end_matches('>').to_owned();
        assert_eq!(progress(app, &path).await, counts(&[("sent", 1)]));
        assert_eq!(feed(app).await, 0);
        assert_eq!(app.admin().get(&path).await.expect(200)["status"], "completed");
        let message = app.admin().all("/v1/messages?kind=campaign").await.remove(0);
        assert!(!message["body"].as_str().unwrap().contains(link.rsplit('/').next().unwrap()), "{message}");

        let anybody = app.nobody();
        let told = |is_unsubscribed| json!({"channel": "email", "purpose": "marketing", "is_unsubscribed": is_unsubscribed});
        assert_eq!(anybody.get(&link).await.expect(200), told(false), "to open it changes nothing");
        for _ in 0..2 {
            assert_eq!(anybody.form(&link, &[("List-Unsubscribe", "One-Click")]).await.expect(200), told(true));
        }
        assert_eq!(anybody.get(&link).await.expect(200), told(true));
        anybody.get(&format!("{}x", &link[..link.len() - 1])).await.problem(404, "not_found");
        let history = app.admin().all(&format!("/v1/customers/{}/consents/history", readers[0])).await;
        assert_eq!(json!([history.len(), history[0]["status"], history[0]["source"], history[0]["actor"]["kind"]]), json!([2, "withdrawn", "unsubscribe", "customer"]));
        assert!(app.admin().all(&format!("{path}/messages")).await[0]["unsubscribed_at"].is_string());
    }

    async fn no_more_leave_in_a_minute_than_the_rate(app: &TestApp) {
        let server = MailServer::start();
        let (path, _) = launched(app, 5, json!({"rate_per_minute": 2})).await;
        for (fed, waiting) in [(2, 3), (2, 1), (1, 0)] {
            assert_eq!(feed(app).await, fed);
            assert_eq!(feed(app).await, 0);
            if waiting > 0 {
                // What can not leave is not followed by more, however long it takes.
                app.pass(61);
                assert_eq!(feed(app).await, 0);
            }
            assert_eq!(send(app, &server).await, fed);
            let left = progress(app, &path).await.into_iter().find(|(words, _)| words == "waiting").map_or(0, |(_, count)| count);
            assert_eq!(left, waiting);
            app.pass(61);
        }
    }

    async fn nothing_leaves_after_a_pause_was_answered(app: &TestApp) {
        let server = MailServer::start();
        let (path, _) = launched(app, 4, json!({})).await;
        assert_eq!(feed(app).await, 4);
        assert_eq!(step(app, &path, "pause").await["status"], "paused");
        assert_eq!((send(app, &server).await, feed(app).await), (0, 0));
        assert_eq!(progress(app, &path).await, counts(&[("waiting", 4)]));
        app.admin().post(&format!("{path}/pause"), json!({})).await.problem(409, "invalid_transition");
        assert_eq!(step(app, &path, "resume").await["status"], "running");
        assert_eq!((feed(app).await, send(app, &server).await), (4, 4));
        assert_eq!(recipients(&server).len(), 4);
        app.admin().post(&format!("{path}/resume"), json!({})).await.problem(409, "invalid_transition");
    }

    async fn a_pause_in_the_middle_stops_what_the_worker_has(app: &TestApp) {
        let server = MailServer::start();
        let (path, _) = launched(app, 6, json!({})).await;
        assert_eq!(feed(app).await, 6);
        // The pause comes while the first letter is being handed over; the worker has claimed all six.
        let (admin, pause) = (app.admin(), format!("{path}/pause"));
        let (reached, wait) = std::sync::mpsc::channel();
        let (go, gone) = std::sync::mpsc::channel::<()>();
        server.set_rule(move |command| {
            if command.starts_with("DATA") && reached.send(()).is_ok() {
                assert!(gone.recv().is_err(), "it goes on when the other end is gone");
            }
            None
        });
        let sending = send(app, &server);
        let pausing = async {
            tokio::task::spawn_blocking(move || wait.recv()).await.unwrap().unwrap();
            let paused = admin.post(&pause, json!({})).await.expect(200);
            drop(go);
            paused
        };
        let (_, paused) = futures_util::future::join(sending, pausing).await;
        assert_eq!(paused["status"], "paused");
        assert_eq!(recipients(&server).len(), 1, "the one that was being handed over");
        assert_eq!(progress(app, &path).await, counts(&[("sent", 1), ("waiting", 5)]));
        server.relent();
        step(app, &path, "resume").await;
        assert_eq!((feed(app).await, send(app, &server).await), (5, 5));
        let all = recipients(&server);
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 6, "{all:?}");
        assert_eq!(all.len(), 6, "nobody twice");
    }

    async fn who_is_cancelled_is_never_written_to(app: &TestApp) {
        let server = MailServer::start();
        let (path, _) = launched(app, 3, json!({"rate_per_minute": 2})).await;
        assert_eq!(feed(app).await, 2);
        let cancelled = step(app, &path, "cancel").await;
        assert_eq!(cancelled["status"], "cancelled");
        assert!(cancelled["ended_at"].is_string());
        app.pass(120);
        assert_eq!((feed(app).await, send(app, &server).await), (0, 0));
        assert_eq!(progress(app, &path).await, counts(&[("cancelled", 3)]));
    }

    async fn what_holds_when_it_leaves_is_what_counts(app: &TestApp) {
        let server = MailServer::start();
        let (path, readers) = launched(app, 4, json!({})).await;
        say(app, &readers[0], "withdrawn").await;
        app.admin().patch(&format!("/v1/customers/{}", readers[1]), json!({"lifecycle": "former", "stopped_reason": "moved away"})).await.expect(200);
        assert_eq!(feed(app).await, 4);
        say(app, &readers[2], "withdrawn").await;
        send(app, &server).await;
        assert_eq!(recipients(&server), ["reader3@example.com"]);
        assert_eq!(progress(app, &path).await, counts(&[("left_out consent_withdrawn", 2), ("left_out former_customer", 1), ("sent", 1)]));
    }

    async fn a_letter_in_the_outbox_does_not_go_stale(app: &TestApp) {
        let server = MailServer::start();
        let (path, readers) = launched(app, 4, json!({})).await;
        assert_eq!(feed(app).await, 4);
        let customer = |index: usize| format!("/v1/customers/{}", readers[index]);
        app.admin().patch(&customer(0), json!({"lifecycle": "former", "stopped_reason": "moved away"})).await.expect(200);
        app.admin().patch(&customer(1), json!({"email": "new@example.com"})).await.expect(200);
        app.admin().patch(&customer(2), json!({"email": null})).await.expect(200);
        send(app, &server).await;
        assert_eq!(recipients(&server), ["reader3@example.com"]);
        assert_eq!(progress(app, &path).await, counts(&[("left_out former_customer", 1), ("left_out no_address", 1), ("sent", 1), ("waiting", 1)]));
        assert_eq!((feed(app).await, send(app, &server).await), (1, 1));
        assert_eq!(recipients(&server), ["new@example.com", "reader3@example.com"]);
    }

    async fn nothing_leaves_the_outbox_in_quiet_hours(app: &TestApp) {
        let server = MailServer::start();
        let (path, _) = launched(app, 2, json!({})).await;
        assert_eq!(feed(app).await, 2);
        let hour = app.now().utc().format("%H").to_string().parse::<u32>().unwrap();
        let clock = |hour: u32| format!("{:02}:00", hour % 24);
        let quiet = json!({"from": clock(hour + 23), "to": clock(hour + 2)});
        app.admin().put("/v1/contact-policy", json!({"quiet_hours": quiet, "time_zone": "UTC"})).await.expect(200);
        assert_eq!((send(app, &server).await, feed(app).await), (0, 0));
        assert_eq!(progress(app, &path).await, counts(&[("waiting", 2)]));
        app.pass(3 * 60 * 60);
        assert_eq!((feed(app).await, send(app, &server).await), (2, 2));
    }

    async fn who_waits_for_an_answer_waits_for_no_campaign(app: &TestApp) {
        let server = MailServer::start();
        launched(app, 30, json!({})).await;
        assert_eq!(feed(app).await, 30);
        let now = app.now();
        let letter = NewMessage {
            kind: MessageKind::SurveyInvitation,
            channel: MessageChannel::Email,
            customer_id: None,
            about_id: None,
            recipient: "waits@example.com".to_owned(),
            subject: "A".to_owned(),
            body: "A".to_owned(),
            html: None,
            campaign: None,
        };
        app.app.db.write(WriteMode::Commit, move |tx| messages::enqueue(tx, now, letter)).await.unwrap();
        send(app, &server).await;
        assert_eq!(server.letters()[0].to, ["waits@example.com"]);
    }

    async fn caps_count_what_was_written_within_a_week(app: &TestApp) {
        let (_, _) = launched(app, 1, json!({})).await;
        feed(app).await;
        let marketer = app.admin();
        let segment = marketer.all("/v1/segments?limit=200").await.into_iter().find(|it| it["name"] == "Who is tagged school").unwrap();
        for (round, expected) in [(1, ("waiting", 1)), (2, ("left_out frequency_cap", 1))] {
            let made = marketer.make("/v1/campaigns", plan(segment["id"].as_str().unwrap(), &[variant("a", 1.0, "x")])).await;
            let path = format!("/v1/campaigns/{}", made["id"].as_str().unwrap());
            step(app, &path, "launch").await;
            assert_eq!(progress(app, &path).await, counts(&[expected]), "{round}");
            feed(app).await;
        }
        app.pass(7 * 24 * 60 * 60 + 1);
        let admin = app.admin();
        let made = admin.make("/v1/campaigns", plan(segment["id"].as_str().unwrap(), &[variant("a", 1.0, "x")])).await;
        let path = format!("/v1/campaigns/{}", made["id"].as_str().unwrap());
        step(app, &path, "launch").await;
        assert_eq!(progress(app, &path).await, counts(&[("waiting", 1)]));
    }

    async fn many_leave_in_several_conversations_at_once(app: &TestApp) {
        let server = MailServer::start();
        launched(app, 100, json!({})).await;
        assert_eq!((feed(app).await, send(app, &server).await), (100, 100));
        let all = recipients(&server);
        assert_eq!((all.len(), all.iter().collect::<std::collections::BTreeSet<_>>().len()), (100, 100), "{all:?}");
        let (mut open, mut most) = (0, 0);
        for command in server.commands() {
            open += i32::from(command.starts_with("EHLO")) - i32::from(command == "QUIT");
            most = most.max(open);
        }
        assert!((2..=i32::try_from(CONVERSATIONS).unwrap()).contains(&most), "{most}");
    }

    async fn what_does_not_fit_together_is_found(app: &TestApp) {
        launched(app, 30, json!({"holdout_share": 0.5, "rate_per_minute": 2})).await;
        assert_eq!((feed(app).await, app.faults().await), (2, Vec::new()));
        for (damage, rule) in [
            ("UPDATE campaign_recipients SET coupon_id = id WHERE status = 'waiting'", "the coupon in a campaign's message is its reader's"),
            ("UPDATE messages SET status = 'sent' WHERE campaign_id IS NOT NULL", "who is queued in a campaign has a message in the outbox"),
            ("UPDATE messages SET about_id = campaign_id WHERE campaign_id IS NOT NULL", "a campaign's message is to somebody in its audience"),
            ("UPDATE campaign_recipients SET variant = 'a' WHERE status = 'held_out'", "who is held out of a campaign gets nothing of it"),
        ] {
            let done = app.app.db.write(WriteMode::Commit, move |tx| Ok::<_, Error>(on!(tx, c => c.batch_execute(damage).map_err(DbError::from))?));
            done.await.unwrap();
            let faults = app.faults().await;
            assert!(faults.iter().any(|fault| fault.starts_with(rule)), "{rule}: {faults:?}");
        }
    }

    async fn two_workers_send_each_letter_once(app: &TestApp) {
        let server = MailServer::start();
        launched(app, 30, json!({})).await;
        let fed: usize = futures_util::future::join_all((0..3).map(|_| feed(app))).await.into_iter().sum();
        assert_eq!(fed, 30);
        futures_util::future::join_all((0..3).map(|_| send(app, &server))).await;
        let all = recipients(&server);
        assert_eq!((all.len(), all.iter().collect::<std::collections::BTreeSet<_>>().len()), (30, 30), "{all:?}");
    }
}
