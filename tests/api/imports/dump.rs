//! Everything that a ledger can touch, as callers see it.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::support::TestApp;

/// Every customer, card, category, product and order with its history.
pub async fn everything(app: &TestApp) -> Value {
    let admin = app.admin();
    let (customers, categories, products) = (
        admin.all("/v1/customers?limit=200&sort=created_at").await,
        admin.all("/v1/categories?limit=200&sort=created_at").await,
        admin.all("/v1/products?limit=200&sort=created_at").await,
    );
    let mut cards = Vec::new();
    for customer in &customers {
        cards.extend(admin.all(&format!("/v1/customers/{}/cards", customer["id"].as_str().unwrap())).await);
    }
    let mut orders = Vec::new();
    for order in admin.all("/v1/orders?limit=200&sort=created_at").await {
        orders.push(admin.get(&format!("/v1/orders/{}", order["id"].as_str().unwrap())).await.expect(200));
    }
    json!({"customers": customers, "cards": cards, "categories": categories, "products": products, "orders": orders})
}

/// The same without what differs from run to run: times, made-up numbers, and ids, in whose place the names of what they mean stand.
pub fn without_ids(everything: &Value) -> Value {
    let mut names: HashMap<String, String> = HashMap::new();
    let mut name = |kind: &str, of: &dyn Fn(&Value) -> String| {
        for resource in everything[kind].as_array().unwrap() {
            names.insert(resource["id"].as_str().unwrap().to_owned(), format!("{kind} {}", of(resource)));
        }
    };
    name("customers", &|customer| customer["external_refs"][0]["id"].to_string());
    name("categories", &|category| category["path"].to_string());
    name("products", &|product| product["sku"].to_string());
    name("orders", &|order| order["external_refs"][0]["id"].to_string());
    let mut plain = named(everything, &names);
    for list in plain.as_object_mut().unwrap().values_mut() {
        list.as_array_mut().unwrap().sort_by_key(Value::to_string);
    }
    plain
}

fn named(value: &Value, names: &HashMap<String, String>) -> Value {
    const OF_THE_RUN: [&str; 4] = ["created_at", "updated_at", "issued_at", "at"];
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(field, _)| !OF_THE_RUN.contains(&field.as_str()));
            Value::Object(kept.map(|(field, value)| (field.clone(), named(value, names))).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(|item| named(item, names)).collect(),
        Value::String(text) if is_made_up(text) => "made up".into(),
        Value::String(text) => names.get(text).map_or_else(|| value.clone(), |name| name.as_str().into()),
        other => other.clone(),
    }
}

/// A card number of Patron's own making.
fn is_made_up(text: &str) -> bool {
    text.len() == 16 && text.starts_with('6') && text.bytes().all(|byte| byte.is_ascii_digit())
}
