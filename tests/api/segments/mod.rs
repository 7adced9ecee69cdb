//! Segments: who is a member, and why. What is expected was worked out by hand from the shop below.

mod campaigns;
mod definitions;
mod leaves;
mod lifecycle;
mod scores;
mod snapshots;

use std::collections::BTreeSet;

use chrono::{Datelike, Days, Months, NaiveDate, TimeDelta};
use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

/// A shop whose customers differ in everything that segments can ask for.
///
/// Bought, newest first: Ann 10 days ago two books for 2,000 and a piano for 400,000 in the web, 400 days ago a pen for 300 in Tianhe; 5 days ago she returned a
/// book for 1,000. Bo 100 days ago a book for 1,500 of which 500 were refunded and a pen for 500 for his child, in Tianhe; a piano that is not paid. Co 800
/// days ago a pen for 100 by mail. Di a book 3 days ago, cancelled. Somebody unknown a piano.
struct World {
    admin: Caller,
    today: NaiveDate,
    ann: String,
    bo: String,
    co: String,
    di: String,
    books: String,
    instruments: String,
    pianos: String,
    book: String,
    piano: String,
}

fn id_of(made: &Value) -> String {
    made["id"].as_str().unwrap().to_owned()
}

impl World {
    async fn open(app: &TestApp) -> Self {
        let admin = app.admin();
        let today = app.now().utc().date_naive();
        let make = async |path: &str, body: Value| id_of(&admin.make(path, body).await);
        let books = make("/v1/categories", json!({"name": "Books"})).await;
        let instruments = make("/v1/categories", json!({"name": "Instruments", "value_class": "high"})).await;
        let pianos = make("/v1/categories", json!({"name": "Pianos", "parent_id": instruments})).await;
        let book = make("/v1/products", json!({"sku": "BOOK", "title": "Textbook", "category_id": books, "default_user": "student"})).await;
        let piano = make("/v1/products", json!({"sku": "PIANO", "title": "Piano", "category_id": pianos})).await;
        make("/v1/products", json!({"sku": "PEN", "title": "Pen"})).await;
        let years_ago = |years: u32| today.checked_sub_months(Months::new(12 * years)).unwrap();
        let ann = make(
            "/v1/customers",
            json!({
                "name": "Ann", "email": "ann@example.com", "gender": "female", "birth_date": years_ago(36), "locale": "zh-CN",
                "acquisition_channel": "store", "tags": ["teacher", "music"], "interests": [pianos],
                "attributes": {"school": "No. 7", "children": 2, "newsletter": true, "nothing": null}
            }),
        );
        let ann = ann.await;
        let bo = make(
            "/v1/customers",
            json!({
                "name": "Bo", "phone": "+8613800000001", "gender": "male", "birth_date": years_ago(18).checked_add_days(Days::new(1)), "locale": "en",
                "acquisition_channel": "web_store", "tags": ["music"], "interests": [books], "attributes": {"school": 7, "children": 1.5, "newsletter": false}
            }),
        );
        let bo = bo.await;
        let co = json!({"name": "Co", "kind": "organisation", "lifecycle": "former", "stopped_reason": "moved", "profiling_opt_out": true});
        let co = make("/v1/customers", co).await;
        let di = make("/v1/customers", json!({"name": "Di", "lifecycle": "potential"})).await;
        admin.make(&format!("/v1/customers/{bo}/cards"), json!({"kind": "student"})).await;
        admin.make(&format!("/v1/customers/{ann}/cards"), json!({"kind": "vip", "status": "lost"})).await;
        make(&format!("/v1/customers/{bo}/relations"), json!({"name": "Le", "kind": "child"})).await;
        let world = Self { admin, today, ann, bo, co, di, books, instruments, pianos, book, piano };
        world.buy(app).await;
        world
    }

    async fn buy(&self, app: &TestApp) {
        let line = |sku: &str, quantity: i64, unit_price: i64| json!({"sku": sku, "quantity": quantity, "unit_price": unit_price});
        let with = |mut line: Value, field: &str, value: Value| {
            line[field] = value;
            line
        };
        let place = async |whose: Option<&String>, days: i64, rest: Value, lines: Vec<Value>| {
            let placed_at = app.now().checked_add(-TimeDelta::days(days)).unwrap();
            let mut order = json!({"customer_id": whose, "placed_at": placed_at, "lines": lines, "shipping_fee": 990});
            order.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            self.admin.make("/v1/orders", order).await;
        };
        let piano = with(line("PIANO", 1, 500_000), "discount", json!(100_000));
        place(Some(&self.ann), 10, json!({"channel": "web", "status": "paid"}), vec![line("BOOK", 2, 1_000), piano]).await;
        let tianhe = json!({"channel": "store", "store": "Tianhe", "status": "completed"});
        place(Some(&self.ann), 400, tianhe.clone(), vec![line("PEN", 1, 300)]).await;
        place(Some(&self.ann), 5, json!({"channel": "store", "type": "return", "status": "completed"}), vec![line("BOOK", 1, 1_000)]).await;
        let book = with(line("BOOK", 1, 1_500), "refunded", json!(500));
        let pen = with(line("PEN", 1, 500), "used_by", json!("child"));
        place(Some(&self.bo), 100, tianhe, vec![book, pen]).await;
        place(Some(&self.bo), 1, json!({"channel": "web", "status": "placed"}), vec![line("PIANO", 1, 500_000)]).await;
        place(Some(&self.co), 800, json!({"channel": "mail", "status": "fulfilled"}), vec![line("PEN", 1, 100)]).await;
        place(Some(&self.di), 3, json!({"channel": "web", "status": "cancelled"}), vec![line("BOOK", 1, 1_000)]).await;
        place(None, 3, json!({"channel": "store", "status": "completed"}), vec![line("PIANO", 1, 500_000)]).await;
    }

    /// The initials of those who would be members, by preview.
    async fn members(&self, definition: &Value) -> String {
        let found = self.admin.post("/v1/segments/preview", json!({"definition": definition})).await.expect(200);
        let sample = found["sample"].as_array().unwrap();
        assert_eq!(found["count"].as_u64(), Some(sample.len() as u64), "{found}");
        let names: BTreeSet<&str> = sample.iter().map(|member| member["name"].as_str().unwrap()).collect();
        names.iter().map(|name| name[..1].to_owned()).collect()
    }

    /// A new segment's path.
    async fn segment(&self, name: &str, definition: Value) -> String {
        let segment = self.admin.make("/v1/segments", json!({"name": name, "definition": definition})).await;
        format!("/v1/segments/{}", id_of(&segment))
    }

    fn month(&self) -> u32 {
        self.today.month()
    }
}
