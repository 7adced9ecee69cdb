//! Letters that do not leave the first time, and what happens around them meanwhile.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use diesel::connection::SimpleConnection;
use patron::{
    db::{DbError, WriteMode},
    error::Error,
    integrations::smtp::Mailer,
    jobs::{
        Tools,
        outbox::{Round, send_round},
    },
    on,
};
use serde_json::{Value, json};

use super::{campaign, counts, feed, plan, progress, reader, send, step, variant};
use crate::{
    on_both,
    support::{MailServer, TestApp},
};

async fn launched(app: &TestApp, people: usize, change: Value) -> String {
    for number in 0..people {
        reader(app, &format!("reader{number}"), json!({})).await;
    }
    let path = campaign(app, change).await;
    step(app, &path, "launch").await;
    path
}

/// The server puts off so many letters from now on.
fn puts_off(server: &MailServer, mut letters: usize) {
    server.set_rule(move |command| {
        let is_put_off = command.starts_with(". ") && letters > 0;
        is_put_off.then(|| {
            letters -= 1;
            "451 4.3.0 later".to_owned()
        })
    });
}

/// What came in, each with its mark, in order.
fn marks(server: &MailServer) -> Vec<(String, String)> {
    server.letters().into_iter().map(|letter| (letter.to[0].clone(), letter.header("message-id").unwrap())).collect()
}

fn each_once(server: &MailServer, people: usize) {
    let mut all: Vec<String> = marks(server).into_iter().map(|(reader, _)| reader).collect();
    all.sort();
    let count = all.len();
    all.dedup();
    assert_eq!((count, all.len()), (people, people), "{all:?}");
}

on_both! {
    async fn what_was_tried_goes_out_under_its_mark_after_the_night(app: &TestApp) {
        let server = MailServer::start();
        let path = launched(app, 1, json!({})).await;
        feed(app).await;
        puts_off(&server, 1);
        assert_eq!(send(app, &server).await, 1);
        let message = app.admin().all("/v1/messages").await.remove(0);
        assert_eq!(json!([message["status"], message["attempts"]]), json!(["queued", 1]));
        app.pass(120);
        let hour = app.now().utc().format("%H").to_string().parse::<u32>().unwrap();
        let clock = |hour: u32| format!("{:02}:00", hour % 24);
        let night = json!({"from": clock(hour + 23), "to": clock(hour + 2)});
        app.admin().put("/v1/contact-policy", json!({"quiet_hours": night, "time_zone": "UTC"})).await.expect(200);
        assert_eq!((send(app, &server).await, feed(app).await), (0, 0));
        let waits = app.admin().all("/v1/messages").await;
        assert_eq!(json!([waits.len(), waits[0]["id"], waits[0]["attempts"], waits[0]["status"]]), json!([1, message["id"], 1, "queued"]));
        assert_eq!(progress(app, &path).await, counts(&[("queued", 1)]));
        assert_eq!(app.faults().await, [""; 0]);
        app.pass(3 * 60 * 60);
        assert_eq!((feed(app).await, send(app, &server).await), (0, 1));
        let marks = marks(&server);
        assert_eq!((marks.len(), &marks[0]), (2, &marks[1]), "the first try may have come in");
        feed(app).await;
        assert_eq!(app.admin().get(&path).await.expect(200)["status"], "completed");
    }

    async fn a_pause_keeps_the_mark_of_what_was_tried(app: &TestApp) {
        let server = MailServer::start();
        let path = launched(app, 2, json!({})).await;
        feed(app).await;
        puts_off(&server, 1);
        assert_eq!(send(app, &server).await, 2);
        step(app, &path, "pause").await;
        assert_eq!(progress(app, &path).await, counts(&[("queued", 1), ("sent", 1)]));
        app.pass(120);
        assert_eq!(send(app, &server).await, 0);
        step(app, &path, "resume").await;
        app.pass(5 * 60);
        assert_eq!((feed(app).await, send(app, &server).await), (0, 1));
        let marks = marks(&server);
        assert_eq!((marks.len(), &marks[0]), (3, &marks[2]));
    }

    async fn what_was_tried_is_cancelled_all_the_same(app: &TestApp) {
        let server = MailServer::start();
        let path = launched(app, 2, json!({})).await;
        feed(app).await;
        puts_off(&server, 1);
        assert_eq!(send(app, &server).await, 2);
        step(app, &path, "cancel").await;
        app.pass(600);
        assert_eq!(send(app, &server).await, 0);
        assert_eq!(progress(app, &path).await, counts(&[("cancelled", 1), ("sent", 1)]));
    }

    async fn letters_that_are_put_off_hold_up_nobody_else(app: &TestApp) {
        let server = MailServer::start();
        let path = launched(app, 5, json!({"rate_per_minute": 3})).await;
        assert_eq!(feed(app).await, 3);
        puts_off(&server, 3);
        assert_eq!(send(app, &server).await, 3);
        // The first retry is a minute and a half away at most: meanwhile nothing of it is due.
        app.pass(61);
        puts_off(&server, 5);
        send(app, &server).await;
        assert_eq!((feed(app).await, progress(app, &path).await), (2, counts(&[("queued", 5)])));
        for _ in 0..8 {
            app.pass(600);
            send(app, &server).await;
        }
        assert_eq!(progress(app, &path).await, counts(&[("sent", 5)]));
    }

    async fn a_server_that_takes_no_further_conversation_can_be_talked_to(app: &TestApp) {
        let server = MailServer::start();
        launched(app, 100, json!({})).await;
        feed(app).await;
        let mut hellos = 0;
        server.set_rule(move |command| {
            hellos += usize::from(command.starts_with("EHLO"));
            (command.starts_with("EHLO") && hellos % 2 == 0).then(|| "421 4.7.0 too many connections".to_owned())
        });
        let (tools, url) = (Tools::from(app.app.get_ref()), server.url());
        let round = tokio::task::spawn_blocking(move || {
            let mailer = Mailer::new(url.parse().unwrap(), "orders@shop.example".parse().unwrap()).unwrap();
            send_round(&tools, &mailer, &AtomicBool::new(false)).unwrap()
        });
        let round = round.await.unwrap();
        assert!(matches!(round, Round::Done(count) if count >= 40), "{round:?}");
        server.relent();
        send(app, &server).await;
        each_once(&server, 100);
    }

    async fn who_has_another_letter_does_not_get_the_first_one_too(app: &TestApp) {
        let server = MailServer::start();
        let path = launched(app, 1, json!({})).await;
        feed(app).await;
        let lost = "UPDATE campaign_recipients SET status = 'waiting', message_id = NULL, queued_at = NULL";
        app.app.db.write(WriteMode::Commit, move |tx| Ok::<_, Error>(on!(tx, c => c.batch_execute(lost).map_err(DbError::from))?)).await.unwrap();
        assert_eq!(feed(app).await, 1);
        assert_eq!(app.admin().all("/v1/messages").await.len(), 2);
        assert_eq!(send(app, &server).await, 1);
        each_once(&server, 1);
        assert_eq!(progress(app, &path).await, counts(&[("sent", 1)]));
    }

    async fn one_campaign_that_is_broken_holds_up_no_other(app: &TestApp) {
        let server = MailServer::start();
        let broken = launched(app, 1, json!({})).await;
        let segment = app.admin().all("/v1/segments?limit=200").await.into_iter().find(|it| it["name"] == "Who is tagged school").unwrap();
        let other = plan(segment["id"].as_str().unwrap(), &[variant("a", 1.0, "Hello")]);
        let other = format!("/v1/campaigns/{}", app.admin().make("/v1/campaigns", other).await["id"].as_str().unwrap());
        step(app, &other, "launch").await;
        // The first one can not be read any more.
        let damage = "UPDATE campaigns SET definition = '{}' WHERE id = (SELECT id FROM campaigns ORDER BY id LIMIT 1)";
        app.app.db.write(WriteMode::Commit, move |tx| Ok::<_, Error>(on!(tx, c => c.batch_execute(damage).map_err(DbError::from))?)).await.unwrap();
        app.admin().get(&broken).await.problem(500, "internal");
        assert_eq!((feed(app).await, send(app, &server).await), (1, 1));
    }

    async fn pauses_while_letters_leave_lose_none_and_repeat_none(app: &TestApp) {
        let server = MailServer::start();
        let path = launched(app, 80, json!({})).await;
        feed(app).await;
        let is_over = AtomicBool::new(false);
        let sending = async || {
            while !is_over.load(Ordering::Relaxed) {
                send(app, &server).await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let pausing = async {
            for _ in 0..6 {
                tokio::time::sleep(Duration::from_millis(40)).await;
                step(app, &path, "pause").await;
                step(app, &path, "resume").await;
                feed(app).await;
            }
            is_over.store(true, Ordering::Relaxed);
        };
        futures_util::future::join3(sending(), sending(), pausing).await;
        feed(app).await;
        send(app, &server).await;
        feed(app).await;
        each_once(&server, 80);
        assert_eq!(progress(app, &path).await, counts(&[("sent", 80)]));
        assert_eq!(app.admin().get(&path).await.expect(200)["status"], "completed");
    }

    async fn a_letter_that_is_tried_again_by_hand_is_not_lost_in_a_pause(app: &TestApp) {
        let server = MailServer::start();
        let path = launched(app, 1, json!({"rate_per_minute": 1})).await;
        reader(app, "late", json!({})).await;
        feed(app).await;
        server.set_rule(|command| command.starts_with("RCPT").then(|| "550 5.7.1 no".to_owned()));
        send(app, &server).await;
        assert_eq!(progress(app, &path).await, counts(&[("failed", 1)]));
        let message = app.admin().all("/v1/messages").await.remove(0)["id"].as_str().unwrap().to_owned();
        app.admin().post(&format!("/v1/messages/{message}/retry"), json!({})).await.expect(200);
        step(app, &path, "pause").await;
        step(app, &path, "resume").await;
        server.relent();
        app.pass(61);
        assert_eq!((feed(app).await, send(app, &server).await), (1, 1));
        each_once(&server, 1);
    }
}
