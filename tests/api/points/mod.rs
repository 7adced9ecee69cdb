//! Points: earned by orders, reviews and answers, spent, taken back and expired.

use patron::jobs::{Tools, points::keep_time};
use serde_json::{Value, json};

use crate::support::{Caller, Shop, TestApp};

mod earning;
mod expiry;
mod ledger;
mod programme;
mod races;
mod referrals;

const PROGRAMME: &str = "/v1/points-programme";

/// Lets time do to points what it does in a running program.
async fn keep_time_once(app: &TestApp) {
    let tools = Tools::from(app.app.get_ref());
    tokio::task::spawn_blocking(move || keep_time(&tools)).await.expect("no panic").expect("the chores");
}

/// A customer's points with the whole ledger, the oldest entry first.
async fn points_of(caller: &Caller, customer: &str) -> Value {
    caller.get(&format!("/v1/customers/{customer}/points?sort=created_at&limit=200")).await.expect(200)
}

/// Balance, pending and all that was ever earned.
async fn standing(caller: &Caller, customer: &str) -> (i64, i64, i64) {
    let points = points_of(caller, customer).await;
    let number = |field: &str| points[field].as_i64().expect("a number");
    (number("balance"), number("pending"), number("lifetime_earned"))
}

/// Kind, status and points of every entry, the oldest first.
async fn entries(caller: &Caller, customer: &str) -> Vec<Value> {
    let points = points_of(caller, customer).await;
    let entries = points["data"].as_array().expect("entries").iter();
    entries.map(|entry| json!([entry["kind"], entry["status"], entry["points"]])).collect()
}

/// The path of a new order of a customer, placed.
async fn placed(shop: &Shop, customer: &str, lines: Value) -> String {
    let order = shop.admin.make("/v1/orders", json!({"channel": "web", "customer_id": customer, "lines": lines})).await;
    format!("/v1/orders/{}", order["id"].as_str().expect("an id"))
}

/// Takes steps.
async fn step(shop: &Shop, order: &str, steps: &[&str]) {
    for step in steps {
        shop.admin.post(&format!("{order}/{step}"), json!({})).await.expect(200);
    }
}

/// Gives an amount of the first line back.
async fn refund(shop: &Shop, order: &str, amount: i64) {
    shop.admin.post(&format!("{order}/refund"), json!({"lines": [{"line_no": 1, "amount": amount}]})).await.expect(200);
}

/// An order of books that is completed, and earns as many points.
async fn earn(shop: &Shop, customer: &str, points: i64) -> String {
    let order = placed(shop, customer, json!([{"sku": "BOOK", "quantity": 1, "unit_price": points * 1000}])).await;
    step(shop, &order, &["pay", "fulfil", "complete"]).await;
    order
}

async fn spend(caller: &Caller, customer: &str, points: i64, business_id: &str) -> crate::support::Reply {
    caller.post(&format!("/v1/customers/{customer}/points/spend"), json!({"points": points, "business_id": business_id})).await
}

async fn adjust(caller: &Caller, customer: &str, points: i64, business_id: &str) -> crate::support::Reply {
    let body = json!({"points": points, "reason": "Because.", "business_id": business_id});
    caller.post(&format!("/v1/customers/{customer}/points/adjust"), body).await
}
