//! What the shop's gateway tells of messages, and what the mail server says of addresses.

use patron::domain::{permissions::Role, signatures::sign};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    campaigns::{call, campaign, feed, reader, send, step, variant},
    on_both,
    support::{Database, GatewayServer, MailServer, Reply, TestApp},
};

const PATH: &str = "/v1/message-events";

async fn post(app: &TestApp, body: &Value, signature: &str) -> Reply {
    let request = app.nobody().request(Method::POST, PATH).header("patron-signature", signature).header("content-type", "application/json");
    Reply::of(request.body(body.to_string())).await
}

async fn tell(app: &TestApp, events: &[Value]) -> Reply {
    let body = json!({"events": events});
    let signature = app.gateway_signature_of(&body.to_string());
    post(app, &body, &signature).await
}

fn event(message: &str, kind: &str, at: &str) -> Value {
    json!({"message_id": message, "type": kind, "at": at})
}

/// So many seconds after now, by the server's clock.
fn later(app: &TestApp, seconds: i64) -> String {
    app.now().checked_add(chrono::TimeDelta::seconds(seconds)).unwrap().to_string()
}

/// A campaign by SMS whose messages have all been taken by the gateway: its path, and of each the customer and the message.
async fn sent(app: &TestApp, people: usize) -> (String, Vec<(String, String)>) {
    let server = GatewayServer::start();
    for number in 0..people {
        let id = reader(app, &format!("reader{number}"), json!({"phone": format!("+861380000000{number}")})).await;
        let path = format!("/v1/customers/{id}/consents/sms/marketing");
        app.admin().put(&path, json!({"status": "granted", "source": "web"})).await.expect(201);
    }
    let path = campaign(app, json!({"channel": "sms", "variants": [variant("a", 1.0, "{{ customer.name }}")]})).await;
    step(app, &path, "launch").await;
    feed(app).await;
    assert_eq!(call(app, &server).await, people);
    let mut calls: Vec<Value> = server.calls().into_iter().map(|call| call.body).collect();
    calls.sort_by_key(|call| call["to"].to_string());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (path, calls.iter().map(|call| (text(&call["customer_id"]), text(&call["message_id"]))).collect())
}

/// What is known of the message to a customer.
async fn known(app: &TestApp, path: &str, customer: &str) -> Value {
    app.admin().all(&format!("{path}/messages?customer_id={customer}")).await.remove(0)
}

async fn suppressions(app: &TestApp) -> Vec<(String, String)> {
    let all = app.admin().all("/v1/suppressions").await;
    let mut told: Vec<_> =
        all.iter().map(|it| (it["address"].as_str().unwrap().to_owned(), it["reason"].as_str().unwrap().to_owned())).collect();
    told.sort();
    told
}

on_both! {
    async fn only_the_gateway_is_believed(app: &TestApp) {
        let (path, readers) = sent(app, 1).await;
        let (customer, message) = &readers[0];
        let body = json!({"events": [event(message, "opened", &later(app, 0))]});
        let text = body.to_string();
        app.nobody().post(PATH, body.clone()).await.problem(401, "unauthenticated");
        app.admin().post(PATH, body.clone()).await.problem(401, "unauthenticated");
        post(app, &body, "nonsense").await.problem(401, "unauthenticated");
        post(app, &body, &sign("whsec_another_secret", text.as_bytes(), app.now())).await.problem(401, "unauthenticated");
        post(app, &body, &app.signature_of(&text)).await.problem(401, "unauthenticated");
        post(app, &body, &app.gateway_signature_of("{}")).await.problem(401, "unauthenticated");
        let signature = app.gateway_signature_of(&text);
        app.pass(301);
        post(app, &body, &signature).await.problem(401, "unauthenticated");
        assert_eq!(known(app, &path, customer).await["opened_at"], Value::Null);
        assert_eq!(post(app, &body, &app.gateway_signature_of(&text)).await.expect(200), json!({"taken": 1, "unknown": 0}));
        assert!(known(app, &path, customer).await["opened_at"].is_string());
    }

    async fn whatever_the_order_the_first_holds(app: &TestApp) {
        let (path, readers) = sent(app, 2).await;
        app.pass(3600);
        let at = [later(app, -300), later(app, -200), later(app, -100)];
        let of = |message: &str| vec![
            event(message, "clicked", &at[2]), event(message, "delivered", &at[1]), event(message, "delivered", &at[0]), event(message, "opened", &at[1]),
            event(message, "replied", &at[2]), event(message, "replied", &at[1]), event(message, "bounced", &at[0]),
        ];
        let nobody = event("018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa0", "opened", &at[0]);
        let (forwards, mut backwards) = (of(&readers[0].1), of(&readers[1].1));
        backwards.reverse();
        let all: Vec<Value> = forwards.iter().cloned().chain(backwards.clone()).chain([nobody]).collect();
        assert_eq!(tell(app, &all).await.expect(200), json!({"taken": 14, "unknown": 1}));
        let mut seen = Vec::new();
        for (customer, _) in &readers {
            let heard = known(app, &path, customer).await;
            let names = ["delivered_at", "opened_at", "clicked_at", "replied_at", "bounced_at", "complained_at", "unsubscribed_at"];
            seen.push(names.map(|name| heard[name].clone()));
        }
        let expected = [json!(at[0]), json!(at[1]), json!(at[2]), json!(at[1]), json!(at[0]), Value::Null, Value::Null];
        assert_eq!(seen, [expected.clone(), expected]);
        // One by one, again.
        for event in forwards {
            tell(app, &[event]).await.expect(200);
        }
        let heard = known(app, &path, &readers[0].0).await;
        assert_eq!(json!([heard["delivered_at"], heard["clicked_at"], heard["status"]]), json!([at[0], at[2], "sent"]));
        assert_eq!(suppressions(app).await, [], "it may arrive another time");
        let report = app.staff(Role::Marketer).get(&format!("{path}/report")).await.expect(200);
        assert!(report.to_string().contains("\"clicked\":2"), "{report}");
    }

    async fn who_complains_or_is_not_there_is_left_alone(app: &TestApp) {
        let (path, readers) = sent(app, 4).await;
        app.pass(60);
        let at = later(app, -10);
        let permanent = json!({"message_id": readers[0].1, "type": "bounced", "at": at, "is_permanent": true});
        let events = [permanent, event(&readers[1].1, "complained", &at), event(&readers[2].1, "unsubscribed", &at), event(&readers[3].1, "bounced", &at)];
        for _ in 0..3 {
            assert_eq!(tell(app, &events).await.expect(200), json!({"taken": 4, "unknown": 0}));
        }
        let word = |number: usize, reason: &str| (format!("+861380000000{number}"), reason.to_owned());
        assert_eq!(suppressions(app).await, [word(0, "hard_bounce"), word(1, "complaint")]);
        let mut said = Vec::new();
        for (customer, _) in &readers {
            let history = app.admin().all(&format!("/v1/customers/{customer}/consents/history?channel=sms")).await;
            let newest = &history[0];
            said.push(json!([history.len(), newest["status"], newest["source"], newest["actor"]["kind"]]));
        }
        let granted = json!([1, "granted", "web", "staff"]);
        assert_eq!(said, [
            granted.clone(), json!([2, "withdrawn", "complaint", "message_gateway"]), json!([2, "withdrawn", "unsubscribe", "message_gateway"]), granted,
        ], "told three times, heard once");
        assert!(known(app, &path, &readers[2].0).await["unsubscribed_at"].is_string());
        // What the customer said later stands, however often the old word is told again.
        app.admin().put(&format!("/v1/customers/{}/consents/sms/marketing", readers[2].0), json!({"status": "granted", "source": "web"})).await.expect(200);
        tell(app, &events).await.expect(200);
        let holds = app.admin().get(&format!("/v1/customers/{}/consents/sms/marketing", readers[2].0)).await.expect(200);
        assert_eq!(json!([holds["status"], holds["version"]]), json!(["granted", 3]));
        let email = app.admin().get(&format!("/v1/customers/{}/consents/email/marketing", readers[1].0)).await.expect(200);
        assert_eq!(email["status"], "granted", "only the way they complained of");
    }

    async fn a_report_counts_what_arrived(app: &TestApp) {
        let (path, messages) = sent(app, 4).await;
        let at = later(app, 0);
        app.pass(60);
        // One is put off and arrives, one comes back after it had arrived, one just comes back.
        tell(app, &[event(&messages[0].1, "bounced", &at), event(&messages[1].1, "delivered", &at), event(&messages[2].1, "bounced", &at)]).await.expect(200);
        tell(app, &[event(&messages[0].1, "delivered", &later(app, 0)), event(&messages[1].1, "bounced", &later(app, 0))]).await.expect(200);
        let report = app.admin().get(&format!("{path}/report")).await.expect(200);
        let counted = ["sent", "delivered", "bounced", "failed"].map(|name| report["messages"][name].as_i64().unwrap());
        assert_eq!(counted, [4, 2, 2, 0]);
    }

    async fn what_never_left_was_not_delivered_either(app: &TestApp) {
        let server = MailServer::start();
        for number in 0..3 {
            reader(app, &format!("reader{number}"), json!({})).await;
        }
        let path = campaign(app, json!({})).await;
        step(app, &path, "launch").await;
        feed(app).await;
        server.set_rule(|command| command.contains("reader1@").then(|| "550 5.1.1 nobody here".to_owned()));
        send(app, &server).await;
        let report = app.admin().get(&format!("{path}/report")).await.expect(200);
        let counted = ["sent", "delivered", "bounced", "failed"].map(|name| report["messages"][name].as_i64().unwrap());
        assert_eq!(counted, [2, 2, 1, 1]);
    }

    async fn faults_name_their_place(app: &TestApp) {
        let (_, readers) = sent(app, 1).await;
        let message = &readers[0].1;
        let good = event(message, "opened", &later(app, 0));
        for (wrong, pointer, code) in [
            (event(message, "opened", &later(app, 400)), "/events/1/at", "range"),
            (event(message, "read", &later(app, 0)), "/events/1/type", "unknown_value"),
            (json!({"message_id": message, "type": "opened", "at": later(app, 0), "is_permanent": true}), "/events/1/is_permanent", "not_applicable"),
            (event("nobody", "opened", &later(app, 0)), "/events/1/message_id", "format"),
        ] {
            let reply = tell(app, &[good.clone(), wrong]).await;
            assert_eq!(reply.status, 422, "{pointer} {code}: {}", reply.text);
            assert!(reply.text.contains(pointer), "{pointer} {code}: {}", reply.text);
        }
        tell(app, &[]).await.fault("/events", "length");
        // A clock that is a little ahead is no fault.
        assert_eq!(tell(app, &[event(message, "opened", &later(app, 200))]).await.expect(200)["taken"], 1);
    }

    async fn an_address_that_is_not_there_is_suppressed(app: &TestApp) {
        let server = MailServer::start();
        server.set_rule(|command| {
            let refusals = [
                ("gone@", "550 5.1.1 nobody of that name"), ("moved@", "551-5.1.6 the mailbox\r\n551 5.1.6 has moved"), ("full@", "552 5.2.2 the mailbox is full"),
                ("sender@", "553 5.1.8 bad sender"), ("plain@", "550 nobody of that name"),
            ];
            refusals.into_iter().find(|(name, _)| command.starts_with("RCPT") && command.contains(name)).map(|(_, answer)| answer.to_owned())
        });
        let mut readers = Vec::new();
        for name in ["gone", "moved", "full", "sender", "plain", "mei"] {
            readers.push(reader(app, name, json!({})).await);
        }
        let path = campaign(app, json!({})).await;
        step(app, &path, "launch").await;
        feed(app).await;
        assert_eq!(send(app, &server).await, 6);
        let word = |name: &str| (format!("{name}@example.com"), "hard_bounce".to_owned());
        assert_eq!(suppressions(app).await, [word("gone"), word("moved")]);
        let mut seen = Vec::new();
        for customer in &readers {
            let heard = known(app, &path, customer).await;
            seen.push(json!([heard["status"], heard["bounced_at"].is_string()]));
        }
        let failed = |bounced: bool| json!(["failed", bounced]);
        assert_eq!(seen, [failed(true), failed(true), failed(false), failed(false), failed(false), json!(["sent", false])]);
    }
}

#[actix_web::test]
async fn without_a_gateway_there_is_no_such_resource() {
    TestApp::run_with(
        Database::sqlite(),
        |config| config.gateway_secret = None,
        |app| {
            Box::pin(async move {
                let body = json!({"events": [event("018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa0", "opened", "2026-06-30T08:15:00Z")]});
                post(app, &body, &sign("", body.to_string().as_bytes(), app.now())).await.problem(404, "not_found");
            })
        },
    )
    .await;
}
