//! Coupons: made, set aside, redeemed, given up.

use patron::jobs::{Tools, coupons::keep_time};
use serde_json::{Value, json};

use crate::support::{Caller, Shop, TestApp};

mod batches;
mod expiry;
mod limits;
mod orders;
mod reservations;

/// Lets time do to coupons what it does in a running program.
async fn keep_time_once(app: &TestApp) {
    let tools = Tools::from(app.app.get_ref());
    tokio::task::spawn_blocking(move || keep_time(&tools)).await.expect("no panic").expect("the chores");
}

/// The path of a new batch.
async fn batch(caller: &Caller, draft: Value) -> String {
    format!("/v1/coupon-batches/{}", caller.make("/v1/coupon-batches", draft).await["id"].as_str().unwrap())
}

/// The code of one new coupon of a batch, for a customer or for nobody in particular.
async fn code_of(caller: &Caller, batch: &str, customer: Option<&str>) -> String {
    let draft = customer.map_or_else(|| json!({"count": 1}), |id| json!({"customer_ids": [id]}));
    let made = caller.post(&format!("{batch}/coupons"), draft).await.expect(200);
    made["coupons"][0]["code"].as_str().unwrap().to_owned()
}

/// Issued, reserved, redeemed and discount total of a batch.
async fn counters(caller: &Caller, batch: &str) -> [i64; 4] {
    let batch = caller.get(batch).await.expect(200);
    ["issued", "reserved", "redeemed", "discount_total"].map(|name| batch[name].as_i64().unwrap())
}

/// A sale of books at 45.00 each.
fn books(customer: Option<&str>, code: &str, quantity: i64) -> Value {
    json!({"channel": "web", "customer_id": customer, "coupon_code": code, "lines": [{"sku": "BOOK", "quantity": quantity}]})
}

/// What an order comes to, and what was taken off each line.
fn amounts(order: &Value) -> (i64, Vec<i64>) {
    let lines = order["lines"].as_array().unwrap().iter().map(|line| line["discount"].as_i64().unwrap()).collect();
    (order["total"].as_i64().unwrap(), lines)
}

/// The path of an order.
fn path_of(order: &Value) -> String {
    format!("/v1/orders/{}", order["id"].as_str().unwrap())
}

/// A shop with a batch of 10 % coupons.
async fn ten_percent(app: &TestApp, more: Value) -> (Shop, String) {
    let shop = Shop::open(app).await;
    let mut draft = json!({"name": "Ten", "kind": "percent", "percent": 10});
    draft.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let batch = batch(&shop.admin, draft).await;
    (shop, batch)
}
