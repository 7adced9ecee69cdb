//! Campaigns, from the plan to the letter.

mod by_hand;
mod channels;
mod launches;
mod links;
mod plans;
mod retries;
mod sending;
mod story;
mod worklist;

use patron::{
    integrations::{gateway::Gateway, smtp::Mailer},
    jobs::{Tools, campaigns, outbox::send_due},
};
use serde_json::{Value, json};

use crate::support::{Caller, GATEWAY_SECRET, GatewayServer, MailServer, TestApp};

/// A segment of everybody who has the tag.
pub async fn tagged(caller: &Caller, tag: &str) -> String {
    let definition = json!({"fact": "tags", "has": tag});
    let made = caller.make("/v1/segments", json!({"name": format!("Who is tagged {tag}"), "definition": definition})).await;
    made["id"].as_str().unwrap().to_owned()
}

pub fn variant(key: &str, share: f64, text: &str) -> Value {
    json!({"key": key, "share": share, "subject": "{{ customer.name }}, term starts soon", "text": text})
}

pub fn plan(segment: &str, variants: &[Value]) -> Value {
    json!({"name": "Back to school", "audience": {"segments_in": [segment]}, "variants": variants})
}

/// Somebody tagged `school` who consented; `change` may say otherwise.
pub async fn reader(app: &TestApp, name: &str, change: Value) -> String {
    let admin = app.admin();
    let mut body = json!({"name": name, "email": format!("{name}@example.com"), "tags": ["school"]});
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let made = admin.make("/v1/customers", body).await;
    let id = made["id"].as_str().unwrap().to_owned();
    say(app, &id, "granted").await;
    id
}

async fn say(app: &TestApp, customer: &str, status: &str) {
    let path = format!("/v1/customers/{customer}/consents/email/marketing");
    let reply = app.admin().put(&path, json!({"status": status, "source": "web"})).await;
    assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
}

/// A campaign to everybody tagged `school`, at any time of the day; `change` is merged into its plan.
pub async fn campaign(app: &TestApp, change: Value) -> String {
    let admin = app.admin();
    admin.put("/v1/contact-policy", json!({"quiet_hours": null})).await.expect(200);
    let segment = tagged(&admin, "school").await;
    let mut body = plan(&segment, &[variant("a", 1.0, "Dear {{ customer.name }},\n\nno more: {{ unsubscribe_url }}\n")]);
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    format!("/v1/campaigns/{}", admin.make("/v1/campaigns", body).await["id"].as_str().unwrap())
}

pub async fn step(app: &TestApp, campaign: &str, step: &str) -> Value {
    app.admin().post(&format!("{campaign}/{step}"), json!({})).await.expect(200)
}

/// Writes what is due into the outbox, as a worker would.
pub async fn feed(app: &TestApp) -> usize {
    let tools = Tools::from(app.app.get_ref());
    tokio::task::spawn_blocking(move || campaigns::feed(&tools)).await.expect("the worker").expect("the campaigns")
}

/// Sends what is in the outbox, as a worker would.
pub async fn send(app: &TestApp, server: &MailServer) -> usize {
    let tools = Tools::from(app.app.get_ref());
    let mailer = Mailer::new(server.url().parse().unwrap(), "orders@shop.example".parse().unwrap()).unwrap();
    tokio::task::spawn_blocking(move || send_due(&tools, &mailer)).await.expect("the worker").expect("the outbox")
}

/// Calls the gateway for what is in the outbox, as a worker would.
pub async fn call(app: &TestApp, server: &GatewayServer) -> usize {
    let tools = Tools::from(app.app.get_ref());
    let gateway = Gateway::new(server.url().parse().unwrap(), GATEWAY_SECRET.to_owned());
    tokio::task::spawn_blocking(move || send_due(&tools, &gateway)).await.expect("the worker").expect("the outbox")
}

/// How many have come how far: `status` or `status reason`, and the count.
async fn progress(app: &TestApp, campaign: &str) -> Vec<(String, i64)> {
    let told = app.staff(patron::domain::permissions::Role::Agent).get(&format!("{campaign}/progress")).await.expect(200);
    let groups = told["groups"].as_array().unwrap();
    let mut found: Vec<(String, i64)> = groups
        .iter()
        .map(|group| {
            let words = [&group["status"], &group["left_out_reason"]].into_iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ");
            (words, group["count"].as_i64().unwrap())
        })
        .collect();
    found.sort();
    assert_eq!(told["audience"], found.iter().map(|(_, count)| count).sum::<i64>());
    found
}

fn counts(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|(words, count)| ((*words).to_owned(), *count)).collect()
}
