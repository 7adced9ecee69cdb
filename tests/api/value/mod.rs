//! The value of customers: scores, runs, models, previews. What is expected is computed from plain rows, by brute force.

mod brute_force;
mod command;
mod jobs;
mod models;
mod rules;
mod runs;
mod scores;
mod shop;

use patron::jobs::{Tools, run_due};
use serde_json::Value;

use crate::support::{Caller, TestApp};

/// Does what is queued, as a worker would.
async fn work(app: &TestApp) {
    let tools = Tools::from(app.app.get_ref());
    tokio::task::spawn_blocking(move || run_due(&tools)).await.expect("the worker").expect("the queue");
}

/// A scoring run, done.
async fn score(app: &TestApp, caller: &Caller, body: Value) -> Value {
    let queued = caller.post("/v1/scoring-runs", body).await.expect(202);
    work(app).await;
    let run = caller.get(&format!("/v1/scoring-runs/{}", queued["id"].as_str().expect("an id"))).await.expect(200);
    assert_eq!(run["status"], "completed", "{run}");
    run
}

/// A number with at most two decimals as it is written, in hundredths.
fn hundredths(number: &Value) -> i128 {
    let text = number.as_f64().expect("a number").to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    assert!(decimals.len() <= 2, "{text} has two decimals");
    format!("{whole}{decimals:0<2}").parse().expect("digits")
}
