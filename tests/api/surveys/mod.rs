//! Surveys: asked, answered, added up.

use serde_json::{Value, json};

use crate::support::Caller;

mod answers;
mod invitations;
mod lifecycle;
mod results;

/// One question of each kind; low answers to the first three complain.
fn questions() -> Value {
    json!([
        {"key": "staff", "kind": "csat", "text": "How satisfied are you with our staff?", "weight": 0.6, "low_up_to": 2},
        {"key": "recommend", "kind": "nps", "text": "Would you recommend us?", "weight": 0.4, "low_up_to": 3},
        {"key": "prices", "kind": "importance_and_satisfaction", "text": "Our prices", "weight": 0, "low_up_to": 1},
        {"key": "music", "kind": "importance_and_satisfaction", "text": "Our music floor", "weight": 0},
        {"key": "visit", "kind": "choice", "text": "How often do you come?", "options": [{"key": "weekly", "text": "Weekly"}, {"key": "rarely", "text": "Rarely"}]},
        {"key": "floors", "kind": "multiple", "text": "Which floors?", "options": [{"key": "books", "text": "Books"}, {"key": "toys", "text": "Toys"}]},
        {"key": "words", "kind": "text", "text": "Anything else?"}
    ])
}

fn survey(title: &str) -> Value {
    json!({"title": title, "introduction": "Two minutes.", "questions": questions()})
}

/// The path of a new survey that is open.
async fn open(caller: &Caller, draft: Value) -> String {
    let survey = caller.make("/v1/surveys", draft).await;
    let path = format!("/v1/surveys/{}", survey["id"].as_str().unwrap());
    assert_eq!(caller.post(&format!("{path}/open"), json!({})).await.expect(200)["status"], "open");
    path
}

/// What the link leads to on this server: links name the public address, which in tests is another one.
fn path_of(url: &Value) -> String {
    let url = url.as_str().unwrap();
    url[url.find("/v1/public/").unwrap()..].to_owned()
}

/// A new customer's id.
async fn customer(caller: &Caller, draft: Value) -> String {
    caller.make("/v1/customers", draft).await["id"].as_str().unwrap().to_owned()
}

/// The path that a newly invited customer's link leads to.
async fn invited(caller: &Caller, survey: &str, customer: &str) -> String {
    let invited = caller.post(&format!("{survey}/invitations"), json!({"customer_ids": [customer]})).await.expect(200);
    path_of(&invited["invitations"][0]["url"])
}
