//! Ledgers: what is read, what is rejected, what stays as it is, and what an upload leaves behind.

mod again;
mod dump;
mod ledger;
mod rejects;
mod uploads;

use patron::jobs::{Tools, run_due};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Caller, Reply, TestApp};

/// The columns of the small ledgers of these tests.
const HEADER: &str =
    "customer_ref,order_ref,placed_at,store,channel,sku,title,category,value_class,quantity,line_total,used_by,card_kind\n";

/// Does what is queued, as a worker would.
async fn work(app: &TestApp) {
    let tools = Tools::from(app.app.get_ref());
    tokio::task::spawn_blocking(move || run_due(&tools)).await.expect("the worker").expect("the queue");
}

/// Sends a file.
async fn upload(caller: &Caller, query: &str, content_type: &str, body: impl Into<reqwest::Body>) -> Reply {
    let request = caller.request(Method::POST, &format!("/v1/imports?kind=ledger{query}"));
    Reply::of(request.header("content-type", content_type).body(body)).await
}

/// Brings a file in and answers the import, done.
async fn import(app: &TestApp, query: &str, body: impl Into<reqwest::Body>) -> Value {
    let admin = app.admin();
    let queued = upload(&admin, query, "application/octet-stream", body).await.expect(202);
    work(app).await;
    admin.get(&format!("/v1/imports/{}", queued["id"].as_str().unwrap())).await.expect(200)
}

/// Brings rows of [`HEADER`] in and answers the summary.
async fn bring(app: &TestApp, rows: &str) -> Value {
    let done = import(app, "", format!("{HEADER}{rows}")).await;
    assert_eq!(done["status"], "completed", "{done}");
    assert_eq!(done["progress"]["done"], done["progress"]["total"], "{done}");
    done["summary"].clone()
}

/// Line, column, code and value of everything that the newest import reported.
async fn rejects(app: &TestApp) -> Vec<Value> {
    let admin = app.admin();
    let newest = admin.get("/v1/imports?limit=1").await.expect(200);
    let all = admin.all(&format!("/v1/imports/{}/rejects?limit=2", newest["data"][0]["id"].as_str().unwrap())).await;
    assert!(all.iter().all(|reject| reject["message"].as_str().is_some_and(|message| !message.is_empty())));
    all.iter().map(|reject| json!([reject["line"], reject["column"], reject["code"], reject["value"]])).collect()
}

/// The order that the ledger calls so.
async fn order(app: &TestApp, reference: &str) -> Value {
    app.admin().get(&format!("/v1/orders/by-ref/ledger/{reference}")).await.expect(200)
}

/// The customer whom the ledger calls so.
async fn customer(app: &TestApp, reference: &str) -> Value {
    app.admin().get(&format!("/v1/customers/by-ref/ledger/{reference}")).await.expect(200)
}
