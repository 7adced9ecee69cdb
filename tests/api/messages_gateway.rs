//! Messages that do not go by e-mail, against a gateway on loopback.

use std::{net::TcpListener, sync::atomic::AtomicBool};

use patron::{
    db::WriteMode,
    domain::{
        ids::Id,
        messages::{Message, MessageChannel, MessageKind, NewMessage},
        permissions::Role,
    },
    integrations::gateway::Gateway,
    jobs::{
        Tools,
        outbox::{Round, send_batch, send_due},
    },
    services::messages,
};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{GATEWAY_SECRET, GatewayServer, TestApp},
};

fn short(channel: MessageChannel, recipient: &str) -> NewMessage {
    NewMessage {
        kind: MessageKind::FeedbackOutcome,
        channel,
        customer_id: None,
        about_id: None,
        recipient: recipient.to_owned(),
        subject: "书城".to_owned(),
        body: "Did it help?\n".to_owned(),
        html: None,
        campaign: None,
    }
}

async fn enqueue(app: &TestApp, messages: Vec<NewMessage>) -> Vec<Id<Message>> {
    let now = app.now();
    let written = app.app.db.write(WriteMode::Commit, move |tx| messages::enqueue_all(tx, now, messages));
    written.await.unwrap()
}

async fn one(app: &TestApp) -> Id<Message> {
    enqueue(app, vec![short(MessageChannel::Sms, "+8613800000001")]).await[0]
}

async fn send(app: &TestApp, server: &GatewayServer) -> usize {
    let (tools, gateway) = (Tools::from(app.app.get_ref()), Gateway::new(server.url().parse().unwrap(), GATEWAY_SECRET.to_owned()));
    tokio::task::spawn_blocking(move || send_due(&tools, &gateway)).await.expect("the worker").expect("the outbox")
}

/// One look into the outbox.
async fn look(app: &TestApp, url: String, secret: &'static str) -> Round {
    let tools = Tools::from(app.app.get_ref());
    let look = move || send_batch(&tools, &Gateway::new(url.parse().unwrap(), secret.to_owned()), &AtomicBool::new(false));
    tokio::task::spawn_blocking(look).await.expect("the worker").expect("the outbox")
}

async fn read(app: &TestApp, id: Id<Message>) -> Value {
    app.staff(Role::Manager).get(&format!("/v1/messages/{id}")).await.expect(200)
}

/// Status, attempts and words of a message.
async fn told(app: &TestApp, id: Id<Message>) -> (Value, Value, String) {
    let message = read(app, id).await;
    (message["status"].clone(), message["attempts"].clone(), message["error"].as_str().unwrap_or_default().to_owned())
}

on_both! {
    async fn a_message_is_called_as_it_was_written(app: &TestApp) {
        let server = GatewayServer::start();
        let customer = app.admin().make("/v1/customers", json!({"name": "王小明", "phone": "+8613800000001"})).await;
        let customer_id = Some(customer["id"].as_str().unwrap().parse().unwrap());
        let sms = NewMessage { customer_id, body: "帮到您了吗？ https://shop.example/a\n".to_owned(), ..short(MessageChannel::Sms, "+8613800000001") };
        let ids = enqueue(app, vec![sms, short(MessageChannel::Fax, "+862000000001"), short(MessageChannel::Mail, "王小明, 天河路123号, 广州, CN"), short(MessageChannel::Email, "mei@example.com")]).await;
        assert_eq!(read(app, ids[0]).await["channel"], "sms");
        assert_eq!(send(app, &server).await, 3, "e-mail is another's");
        assert_eq!(send(app, &server).await, 0, "it is called once");
        let calls = server.calls();
        let first = &calls[0];
        assert_eq!(
            first.body,
            json!({
                "message_id": ids[0], "channel": "sms", "to": "+8613800000001", "subject": "书城", "text": "帮到您了吗？ https://shop.example/a\n",
                "campaign_id": null, "customer_id": customer["id"], "written_at": read(app, ids[0]).await["created_at"]
            })
        );
        assert!(first.head.starts_with("POST /messages HTTP/1.1\r\n"), "{first:?}");
        assert_eq!(first.header("idempotency-key"), Some(ids[0].to_string().as_str()));
        assert_eq!(first.header("content-type"), Some("application/json"));
        assert_eq!(calls.iter().map(|call| call.body["channel"].as_str().unwrap()).collect::<Vec<_>>(), ["sms", "fax", "mail"]);
        let sent = read(app, ids[0]).await;
        assert_eq!(json!([sent["status"], sent["attempts"], sent["error"]]), json!(["sent", 1, null]));
        assert!(sent["sent_at"].is_string());
        assert_eq!(read(app, ids[3]).await["status"], "queued");
    }

    async fn what_the_gateway_puts_off_is_called_again_under_the_same_key(app: &TestApp) {
        let server = GatewayServer::start();
        let id = one(app).await;
        for (attempt, answer) in ["503 too busy", "429 slower", "408 asleep", "425 early", "hung-up"].into_iter().enumerate() {
            server.set_rule(move |_| Some(answer.to_owned()));
            assert_eq!(send(app, &server).await, 1, "{answer}");
            let (status, attempts, words) = told(app, id).await;
            assert_eq!((status, attempts), (json!("queued"), json!(attempt + 1)), "{answer}");
            let (_, expected) = answer.split_once(' ').unwrap_or_default();
            assert!(!words.is_empty() && words.contains(expected), "{words}");
            assert_eq!(send(app, &server).await, 0, "not at once");
            app.pass(3600);
        }
        server.relent();
        assert_eq!(send(app, &server).await, 1);
        assert_eq!(told(app, id).await, (json!("sent"), json!(6), String::new()));
        let mut keys: Vec<String> = server.calls().iter().map(|call| call.header("idempotency-key").unwrap().to_owned()).collect();
        keys.dedup();
        assert_eq!(keys, [id.to_string()]);
    }

    async fn what_is_refused_is_given_up_with_the_words(app: &TestApp) {
        let server = GatewayServer::start();
        let ids = enqueue(app, vec![short(MessageChannel::Sms, "+8613800000001"), short(MessageChannel::Sms, "+8613800000002")]).await;
        server.set_rule(|call| call.to().ends_with('1').then(|| format!("422 no such\r\nnumber {}", "x".repeat(2000))));
        assert_eq!(send(app, &server).await, 2, "one does not keep the others waiting");
        let (status, attempts, words) = told(app, ids[0]).await;
        assert_eq!((status, attempts), (json!("failed"), json!(1)));
        assert!(words.contains("422") && words.contains("no such  number") && words.chars().count() <= 500, "{words}");
        assert_eq!(told(app, ids[1]).await.0, "sent");
        server.relent();
        app.staff(Role::Manager).post(&format!("/v1/messages/{}/retry", ids[0]), Value::Null).await.expect(200);
        assert_eq!(send(app, &server).await, 1);
        assert_eq!(told(app, ids[0]).await.0, "sent");
    }

    async fn a_gateway_that_is_away_uses_no_attempt_up(app: &TestApp) {
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let id = one(app).await;
        assert!(matches!(look(app, format!("http://{nobody}"), GATEWAY_SECRET).await, Round::Unreachable(_)));
        let (status, attempts, words) = told(app, id).await;
        assert_eq!((status, attempts), (json!("queued"), json!(0)));
        assert!(words.contains("the gateway can not be reached"), "{words}");
        let server = GatewayServer::start();
        assert!(matches!(look(app, server.url(), "not their secret at all").await, Round::Unreachable(_)), "it does not know us");
        for answer in ["403 no", "301 there", "307 there"] {
            server.set_rule(move |_| Some(answer.to_owned()));
            assert!(matches!(look(app, server.url(), GATEWAY_SECRET).await, Round::Unreachable(_)), "{answer}");
            assert_eq!(told(app, id).await.1, 0, "{answer}");
        }
        assert_eq!(server.calls().len(), 3, "it is not followed elsewhere");
        server.relent();
        assert_eq!(send(app, &server).await, 1);
        assert_eq!(told(app, id).await, (json!("sent"), json!(1), String::new()));
    }

    async fn an_outage_releases_the_whole_batch(app: &TestApp) {
        let server = GatewayServer::start();
        let ids = enqueue(app, (0..5).map(|number| short(MessageChannel::Sms, &format!("+861380000000{number}"))).collect()).await;
        let mut calls = 0;
        server.set_rule(move |_| {
            calls += 1;
            (calls > 2).then(|| "401 not any more".to_owned())
        });
        assert!(matches!(look(app, server.url(), GATEWAY_SECRET).await, Round::Unreachable(_)));
        let mut seen = Vec::new();
        for id in &ids {
            let (status, attempts, _) = told(app, *id).await;
            seen.push((status, attempts));
        }
        let (sent, queued) = ((json!("sent"), json!(1)), (json!("queued"), json!(0)));
        assert_eq!(seen, [sent.clone(), sent, queued.clone(), queued.clone(), queued]);
        server.relent();
        assert_eq!(send(app, &server).await, 3);
        assert_eq!(server.calls().len(), 6);
    }

    async fn two_workers_call_each_message_once(app: &TestApp) {
        let server = GatewayServer::start();
        enqueue(app, (0..60).map(|number| short(MessageChannel::Sms, &format!("+86138000000{number:02}"))).collect()).await;
        let sent: usize = futures_util::future::join_all((0..3).map(|_| send(app, &server))).await.into_iter().sum();
        let mut called: Vec<String> = server.calls().iter().map(|call| call.to().to_owned()).collect();
        called.sort();
        called.dedup();
        assert_eq!((sent, called.len(), server.calls().len()), (60, 60, 60));
    }
}
