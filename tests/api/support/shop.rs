//! Something to sell and somebody to sell to.

use serde_json::{Value, json};

use super::{Caller, TestApp};

/// A shop with an administrator, and three products: `BOOK` for 45.00, `PIANO` for 128,000.00, and `STAMP`, which has no fixed price.
pub struct Shop {
    pub admin: Caller,
    pub book: Value,
}

impl Shop {
    pub async fn open(app: &TestApp) -> Self {
        let admin = app.admin();
        let book = admin.make("/v1/products", json!({"sku": "BOOK", "title": "红楼梦", "price": 4500})).await;
        admin.make("/v1/products", json!({"sku": "PIANO", "title": "Piano", "price": 12_800_000})).await;
        admin.make("/v1/products", json!({"sku": "STAMP", "title": "Stamp"})).await;
        Self { admin, book }
    }

    /// A new customer's id.
    pub async fn customer(&self, name: &str) -> String {
        let customer = self.admin.make("/v1/customers", json!({"name": name})).await;
        customer["id"].as_str().expect("an id").to_owned()
    }

    /// The id of a new person whom a customer buys for.
    pub async fn child_of(&self, customer: &str) -> String {
        let child = self.admin.make(&format!("/v1/customers/{customer}/relations"), json!({"name": "Child", "kind": "child"})).await;
        child["id"].as_str().expect("an id").to_owned()
    }

    /// The path of a new order at a status.
    pub async fn order_at(&self, status: &str, lines: Value) -> String {
        let order = self.admin.make("/v1/orders", json!({"channel": "web", "status": status, "lines": lines})).await;
        format!("/v1/orders/{}", order["id"].as_str().expect("an id"))
    }
}

/// An order from the web with these lines.
pub fn order(lines: Value) -> Value {
    json!({"channel": "web", "lines": lines})
}
