//! The outbox, against a mail server on loopback.

use std::{
    collections::HashMap,
    net::TcpListener,
    process::{Command, Stdio},
    sync::{Arc, Mutex, atomic::AtomicBool},
    thread,
    time::{Duration, Instant as Stopwatch},
};

use patron::{
    db::WriteMode,
    domain::{
        ids::Id,
        links::LinkPurpose,
        messages::{Carrier, Claim, Message, MessageChannel, MessageFilter, MessageKind, MessageSort, NewMessage},
        paging::PageRequest,
        permissions::Role,
    },
    error::Error,
    integrations::smtp::Mailer,
    jobs::{
        Tools,
        outbox::{CONVERSATIONS, Round, send_batch, send_due},
    },
    repositories::{self, messages::Lane},
    services::messages,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Database, MailServer, Received, Reply, TestApp, plans_of},
};

fn letter(recipient: &str) -> NewMessage {
    NewMessage {
        kind: MessageKind::FeedbackOutcome,
        channel: MessageChannel::Email,
        customer_id: None,
        about_id: None,
        recipient: recipient.to_owned(),
        subject: "Did it help?".to_owned(),
        body: "Did it help?\n".to_owned(),
        html: None,
        campaign: None,
    }
}

async fn enqueue(app: &TestApp, letters: Vec<NewMessage>) -> Vec<Id<Message>> {
    let now = app.now();
    let written = app.app.db.write(WriteMode::Commit, move |tx| {
        letters.into_iter().map(|letter| messages::enqueue(tx, now, letter)).collect::<Result<Vec<_>, Error>>()
    });
    written.await.unwrap()
}

fn mailer(url: &str) -> Mailer {
    Mailer::new(url.parse().unwrap(), "The Book City <orders@shop.example>".parse().unwrap()).unwrap()
}

/// Sends what is due, as a worker would.
async fn send(app: &TestApp, server: &MailServer) -> usize {
    let (tools, mailer) = (Tools::from(app.app.get_ref()), mailer(&server.url()));
    tokio::task::spawn_blocking(move || send_due(&tools, &mailer)).await.expect("the worker").expect("the outbox")
}

/// One look into the outbox.
async fn look(app: &TestApp, url: String) -> Round {
    let tools = Tools::from(app.app.get_ref());
    tokio::task::spawn_blocking(move || send_batch(&tools, &mailer(&url), &AtomicBool::new(false)))
        .await
        .expect("the worker")
        .expect("the outbox")
}

async fn read(app: &TestApp, id: Id<Message>) -> Value {
    app.staff(Role::Manager).get(&format!("/v1/messages/{id}")).await.expect(200)
}

fn ids(listed: &[Value]) -> Vec<String> {
    listed.iter().map(|message| message["id"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn a_message_is_sent_as_it_was_written(app: &TestApp) {
        let server = MailServer::start();
        let token = app.app.links.token(LinkPurpose::FeedbackOutcome, Id::generate(), app.now());
        let link = app.app.links.url("/v1/public/feedback", &token);
        let body = format!("王小明, 您好！\n\n.\n..two\nDid it help? {link}\nA line of more than a thousand characters: {}\n", "long ".repeat(300));
        let subject = "帮到您了吗？\r\nBcc: everybody@example.com".to_owned();
        let id = enqueue(app, vec![NewMessage { subject, body: body.clone(), ..letter("xiaoming@example.com") }]).await[0];
        let queued = read(app, id).await;
        assert_eq!((&queued["status"], &queued["attempts"], &queued["body"]), (&json!("queued"), &json!(0), &json!(body)));
        assert_eq!(send(app, &server).await, 1);
        assert_eq!(send(app, &server).await, 0, "it is sent once");
        let letters = server.letters();
        let [received] = letters.as_slice() else { panic!("{letters:?}") };
        assert_eq!((received.from.as_str(), received.to.as_slice()), ("orders@shop.example", ["xiaoming@example.com".to_owned()].as_slice()));
        assert_eq!(received.header("from").unwrap(), "\"The Book City\" <orders@shop.example>");
        assert_eq!(received.header("to").unwrap(), "xiaoming@example.com");
        assert_eq!(received.header("message-id").unwrap(), format!("<{id}@shop.example>"));
        assert_eq!(received.header("auto-submitted").unwrap(), "auto-generated");
        assert_eq!(received.header("bcc"), None, "a subject is one line");
        assert!(received.header("subject").unwrap().contains("=?utf-8?"), "{received:?}");
        assert!(received.text.lines().all(|line| line.len() <= 998), "RFC 5322, 2.1.1");
        assert_eq!(received.body().replace("\r\n", "\n").trim_end(), body.trim_end());
        let sent = read(app, id).await;
        assert_eq!((&sent["status"], &sent["attempts"], &sent["error"]), (&json!("sent"), &json!(1), &Value::Null));
        assert_eq!(sent["subject"], "帮到您了吗？ Bcc: everybody@example.com");
        assert!(sent["sent_at"].is_string());
        assert!(!sent["body"].as_str().unwrap().contains(&token), "what is kept lets nobody in: {sent}");
        assert!(sent["body"].as_str().unwrap().contains("/v1/public/…\n"));
    }

    async fn what_the_server_puts_off_is_tried_again_later(app: &TestApp) {
        let server = MailServer::start();
        server.set_rule(|command| command.contains("full@").then(|| "452 4.2.2 the mailbox is full".to_owned()));
        let id = enqueue(app, vec![letter("full@example.com")]).await[0];
        let other = enqueue(app, vec![letter("mei@example.com")]).await[0];
        assert_eq!(send(app, &server).await, 2);
        assert_eq!(read(app, other).await["status"], "sent", "one does not keep the others waiting");
        let waiting = read(app, id).await;
        assert_eq!((&waiting["status"], &waiting["attempts"]), (&json!("queued"), &json!(1)));
        assert!(waiting["error"].as_str().unwrap().contains("the mailbox is full"), "{waiting}");
        assert_eq!(send(app, &server).await, 0, "not at once");
        app.pass(91);
        assert_eq!(send(app, &server).await, 1);
        server.relent();
        app.pass(181);
        assert_eq!(send(app, &server).await, 1);
        let sent = read(app, id).await;
        assert_eq!((&sent["status"], &sent["attempts"], &sent["error"]), (&json!("sent"), &json!(3), &Value::Null));
    }

    async fn after_twelve_attempts_it_is_given_up(app: &TestApp) {
        let server = MailServer::start();
        server.set_rule(|command| command.starts_with("RCPT").then(|| "451 not today".to_owned()));
        let id = enqueue(app, vec![letter("mei@example.com")]).await[0];
        for attempt in 1..=12 {
            assert_eq!(send(app, &server).await, 1, "{attempt}");
            app.pass(6 * 60 * 60);
        }
        assert_eq!(send(app, &server).await, 0);
        let failed = read(app, id).await;
        assert_eq!((&failed["status"], &failed["attempts"]), (&json!("failed"), &json!(12)));
    }

    async fn what_is_refused_can_be_tried_again_by_hand(app: &TestApp) {
        let server = MailServer::start();
        server.set_rule(|command| command.starts_with("RCPT").then(|| "550 5.1.1 nobody of that name".to_owned()));
        let id = enqueue(app, vec![letter("mei@example.com")]).await[0];
        let retry = format!("/v1/messages/{id}/retry");
        app.staff(Role::Manager).post(&retry, Value::Null).await.problem(409, "invalid_transition");
        send(app, &server).await;
        let failed = read(app, id).await;
        assert_eq!((&failed["status"], &failed["attempts"], &failed["sent_at"]), (&json!("failed"), &json!(1), &Value::Null));
        assert!(failed["error"].as_str().unwrap().contains("nobody of that name"), "{failed}");
        app.pass(1_000_000);
        assert_eq!(send(app, &server).await, 0, "it is not tried by itself");
        app.staff(Role::Marketer).post(&retry, Value::Null).await.problem(403, "permission_denied");
        let manager = app.staff(Role::Manager);
        Reply::of(manager.request(Method::POST, &retry).header("if-match", "\"999\"")).await.problem(412, "stale_version");
        let tag = format!("\"{}\"", failed["version"]);
        let queued = Reply::of(manager.request(Method::POST, &retry).header("if-match", tag)).await.expect(200);
        assert_eq!((&queued["status"], &queued["attempts"], &queued["error"]), (&json!("queued"), &json!(0), &Value::Null));
        manager.post(&retry, Value::Null).await.problem(409, "invalid_transition");
        server.relent();
        send(app, &server).await;
        assert_eq!(read(app, id).await["status"], "sent");
        assert_eq!(server.letters()[0].header("message-id").unwrap(), format!("<{id}@shop.example>"));
        manager.post(&retry, Value::Null).await.problem(409, "invalid_transition");
        manager.post(&format!("/v1/messages/{}/retry", Id::<Message>::generate()), Value::Null).await.problem(404, "not_found");
    }

    async fn an_address_that_is_none_harms_nobody(app: &TestApp) {
        let server = MailServer::start();
        let bad = ["", "mei", "mei@example.com>\r\nRCPT TO:<all@example.com", "mei@exam ple.com"];
        let ids = enqueue(app, bad.into_iter().map(letter).collect()).await;
        let good = enqueue(app, vec![letter("mei@example.com")]).await[0];
        assert_eq!(send(app, &server).await, 5);
        for id in ids {
            let failed = read(app, id).await;
            assert_eq!(failed["status"], "failed", "{failed}");
            assert!(failed["error"].is_string());
        }
        assert_eq!(read(app, good).await["status"], "sent");
        assert_eq!(server.letters().len(), 1);
        assert!(server.commands().iter().all(|command| !command.contains("all@example.com")));
    }

    async fn a_server_that_is_away_uses_no_attempt_up(app: &TestApp) {
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let id = enqueue(app, vec![letter("mei@example.com")]).await[0];
        assert!(matches!(look(app, format!("smtp://{nobody}")).await, Round::Unreachable(_)));
        let waiting = read(app, id).await;
        assert_eq!((&waiting["status"], &waiting["attempts"]), (&json!("queued"), &json!(0)));
        assert!(waiting["error"].as_str().unwrap().contains("can not be reached"), "{waiting}");
        let server = MailServer::start();
        assert_eq!(send(app, &server).await, 1);
        assert_eq!(read(app, id).await["error"], Value::Null);
    }

    async fn a_password_is_given_to_whom_it_is_for_only(app: &TestApp) {
        let server = MailServer::start();
        let id = enqueue(app, vec![letter("mei@example.com")]).await[0];
        let at = |tls: &str| format!("smtp://shop:p%40ss@127.0.0.1:{}{tls}", server.port());
        assert!(matches!(look(app, at("")).await, Round::Unreachable(_)), "the server offers no STARTTLS");
        assert!(matches!(look(app, format!("smtps://127.0.0.1:{}", server.port())).await, Round::Unreachable(_)), "the server speaks no TLS");
        assert!(server.commands().iter().all(|command| !command.starts_with("AUTH")), "{:?}", server.commands());
        server.set_rule(|command| command.starts_with("AUTH").then(|| "535 5.7.8 no".to_owned()));
        assert!(matches!(look(app, at("?tls=none")).await, Round::Unreachable(_)));
        assert_eq!(read(app, id).await["attempts"], 0);
        server.relent();
        assert_eq!(look(app, at("?tls=none")).await, Round::Done(1));
        // RFC 4616: NUL, user, NUL, password, in base64.
        assert!(server.commands().contains(&"AUTH PLAIN AHNob3AAcEBzcw==".to_owned()), "{:?}", server.commands());
    }

    async fn messages_are_listed_as_they_are_asked_for(app: &TestApp) {
        let server = MailServer::start();
        let admin = app.admin();
        let customer: Id<_> = admin.make("/v1/customers", json!({"name": "A"})).await["id"].as_str().unwrap().parse().unwrap();
        let invitation = NewMessage { kind: MessageKind::SurveyInvitation, customer_id: Some(customer), ..letter("a@example.com") };
        let sent = enqueue(app, vec![letter("b@example.com"), letter("c@example.com")]).await;
        send(app, &server).await;
        let queued = enqueue(app, vec![invitation]).await;
        let text = |ids: &[Id<Message>]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        let marketer = app.staff(Role::Marketer);
        assert_eq!(ids(&marketer.all("/v1/messages?limit=2").await), text(&[queued[0], sent[1], sent[0]]));
        assert_eq!(ids(&marketer.all("/v1/messages?limit=1&sort=created_at").await), text(&[sent[0], sent[1], queued[0]]));
        assert_eq!(ids(&marketer.all("/v1/messages?status=sent&limit=1").await), text(&[sent[1], sent[0]]));
        assert_eq!(ids(&marketer.all("/v1/messages?kind=survey_invitation").await), text(&queued));
        assert_eq!(ids(&marketer.all(&format!("/v1/messages?customer_id={customer}")).await), text(&queued));
        assert_eq!(marketer.get("/v1/messages?status=failed&include=total").await.expect(200)["total"], 0);
        marketer.get("/v1/messages?status=lost").await.fault("/status", "unknown_value");
        let tag = format!("\"{}\"", read(app, queued[0]).await["version"]);
        let again = Reply::of(marketer.request(Method::GET, &format!("/v1/messages/{}", queued[0])).header("if-none-match", tag)).await;
        assert_eq!(again.status, 304);
        app.staff(Role::Agent).get("/v1/messages").await.problem(403, "permission_denied");
    }

    async fn the_outbox_is_read_by_its_indexes(app: &TestApp) {
        let now = app.now();
        let page = PageRequest { sort: MessageSort::NewestFirst, after: None, limit: 50, with_total: false };
        let customer_id = Some(Id::generate());
        let plans = plans_of(app.app.db.url(), |conn| {
            repositories::messages::find_due(conn, Carrier::MailServer, Lane::Service, now, 20).unwrap();
            repositories::messages::find_due(conn, Carrier::Gateway, Lane::Campaigns, now, 20).unwrap();
            repositories::messages::find_abandoned(conn, Carrier::MailServer, now, 20).unwrap();
            repositories::messages::list(conn, &MessageFilter { customer_id, ..MessageFilter::default() }, &page).unwrap();
        });
        let indexes = ["messages_mail_server_idx", "messages_gateway_idx", "messages_", "messages_customer_id_idx"];
        for (plan, index) in plans.iter().zip(indexes) {
            assert!(plan.plan.contains(index), "{index}: {plan:?}");
        }
        assert_eq!(plans.len(), 4);
    }

    async fn a_worker_that_was_taken_over_sends_nothing_more(app: &TestApp) {
        let id = enqueue(app, vec![letter("mei@example.com")]).await[0];
        let (first, second, now): (Id<Claim>, Id<Claim>, _) = (Id::generate(), Id::generate(), app.now());
        let take = async |claim: Id<Claim>, now| app.app.db.write(WriteMode::Commit, move |tx| messages::claim(tx, now, Carrier::MailServer, claim, 20)).await.unwrap().len();
        let begin = async |claim: Id<Claim>, now| app.app.db.write(WriteMode::Commit, move |tx| { let message = messages::get_message(tx, id)?; messages::begin(tx, now, claim, &message) }).await.unwrap();
        assert_eq!(take(first, now).await, 1);
        assert_eq!(take(second, now).await, 0, "it is one worker's");
        assert!(begin(first, now).await);
        app.pass(301);
        assert_eq!(take(second, app.now()).await, 1, "the lease is over");
        assert!(!begin(first, app.now()).await);
        assert!(begin(second, app.now()).await);
        assert_eq!(read(app, id).await["attempts"], 2);
    }
}

/// As many messages as two workers share until one of them is killed.
const CROWD: usize = 1000;

#[actix_web::test]
async fn of_two_workers_one_is_killed_and_nothing_is_lost() {
    TestApp::run(Database::postgres(), |app| Box::pin(check_kill(app))).await;
}

async fn check_kill(app: &TestApp) {
    let server = MailServer::start();
    let crowd = enqueue(app, (0..CROWD).map(|number| letter(&format!("c{number}@example.com"))).collect()).await;
    // The server takes the doomed worker's ninetieth letter and says nothing any more: that is where the kill strikes.
    let (in_flight, taken) = (Arc::new(AtomicBool::new(false)), Mutex::new(0));
    let struck = Arc::clone(&in_flight);
    server.set_rule(move |command| {
        if command != ". doomed@shop.example" {
            return None;
        }
        let mut taken = taken.lock().unwrap();
        *taken += 1;
        (*taken == 90).then(|| {
            struck.store(true, std::sync::atomic::Ordering::Relaxed);
            String::new()
        })
    });
    let mut doomed = Command::new(env!("CARGO_BIN_EXE_patron"))
        .arg("worker")
        .env("DATABASE_URL", database_url(app))
        .env("PATRON_SMTP_URL", server.url())
        .env("PATRON_MAIL_FROM", "doomed@shop.example")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let (tools, other) = (Tools::from(app.app.get_ref()), server.clone());
    let survivor = {
        let (tools, in_flight) = (tools.clone(), Arc::clone(&in_flight));
        thread::spawn(move || {
            let mailer = mailer(&other.url());
            let started = Stopwatch::now();
            // It begins with the doomed one and does a batch now and then, so that both have their share before the kill.
            while !in_flight.load(std::sync::atomic::Ordering::Relaxed) && started.elapsed() < Duration::from_secs(120) {
                if other.letters().iter().filter(|letter| letter.from == "doomed@shop.example").count() > 20 {
                    send_batch(&tools, &mailer, &AtomicBool::new(false)).expect("the outbox");
                }
                thread::sleep(Duration::from_millis(100));
            }
        })
    };
    tokio::task::spawn_blocking(move || survivor.join()).await.unwrap().unwrap();
    doomed.kill().expect("SIGKILL");
    doomed.wait().expect("it is gone");
    assert!(in_flight.load(std::sync::atomic::Ordering::Relaxed), "the doomed worker has sent 90 letters");
    send(app, &server).await;
    let before = server.letters().len();
    assert!(before < CROWD, "what the killed worker had waits for its lease to end: {before}");
    app.pass(301);
    send(app, &server).await;
    let letters = server.letters();
    let mut by_recipient: HashMap<&str, Vec<&Received>> = HashMap::new();
    for letter in &letters {
        by_recipient.entry(letter.to[0].as_str()).or_default().push(letter);
    }
    assert_eq!(by_recipient.len(), CROWD, "none is lost");
    let twice: Vec<_> = by_recipient.values().filter(|letters| letters.len() > 1).collect();
    assert_eq!(letters.len(), CROWD + twice.len(), "none came three times");
    assert!((1..=CONVERSATIONS).contains(&twice.len()), "only what was in flight at the kill came twice: {}", twice.len());
    for letters in twice {
        let pair: Vec<(&str, String)> = letters.iter().map(|letter| (letter.from.as_str(), letter.header("message-id").unwrap())).collect();
        assert_eq!((pair[0].0, pair[1].0), ("doomed@shop.example", "orders@shop.example"));
        assert_eq!(pair[0].1, pair[1].1, "under the same Message-ID");
    }
    for from in ["doomed@shop.example", "orders@shop.example"] {
        assert!(letters.iter().filter(|letter| letter.from == from).count() >= 90, "{from} had a share");
    }
    let sent = app.admin().all("/v1/messages?status=sent&limit=200").await;
    assert_eq!(sent.len(), crowd.len());
}

fn database_url(app: &TestApp) -> String {
    app.app.db.url().to_string()
}
