//! The rules of `value-score.md`, one by one, and its worked example, through the database.

use patron::{
    domain::permissions::Role,
    services::value_scores::{self, ValueCache},
};
use serde_json::{Value, json};

use super::{
    score,
    shop::{Category, Line, Order, Person, Product, Shop, at},
};
use crate::{
    on_both,
    support::{Caller, TestApp},
};

const AS_OF: &str = "2026-06-30T00:00:00Z";

/// The places of the products of [`shop`].
const GUITAR: usize = 0;
const TEXTBOOK: usize = 1;
const TOY: usize = 2;
const STRINGS: usize = 3;
const UNSORTED: usize = 4;

/// A shop that sells a few things, to nobody yet.
fn shop() -> Shop {
    let product = |category, default_user| Product { category, default_user };
    Shop {
        categories: vec![
            Category { class: Some("high"), parent: None },
            Category { class: Some("everyday"), parent: None },
            Category { class: None, parent: Some(0) },
        ],
        products: vec![
            product(Some(0), None),
            product(Some(1), Some("student")),
            product(Some(1), None),
            product(Some(2), Some("unknown")),
            product(None, None),
        ],
        ..Shop::default()
    }
}

/// The cuts of the worked example, which need no run.
async fn fix_cuts(caller: &Caller) -> Value {
    let cuts = json!({
        "recency": {"fixed": [-300, -120, -60, -20]}, "frequency": {"fixed": [0, 1, 2, 4]}, "monetary": {"fixed": [0, 5000, 12000, 30000]},
    });
    let model = caller.make("/v1/value-models", json!({"name": "fixed", "cuts": cuts})).await;
    caller.post(&format!("/v1/value-models/{}/activate", model["id"].as_str().unwrap()), json!({})).await.expect(200)
}

async fn value_of(app: &TestApp, caller: &Caller, shop: &Shop, customer: usize) -> Value {
    let _ = app;
    caller.get(&format!("/v1/customers/{}/value-score?as_of={AS_OF}", shop.ids[customer])).await.expect(200)
}

on_both! {
    async fn the_worked_example(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let model = fix_cuts(&manager).await;
        let mut shop = shop();
        let customer = shop.person(Person { relations: vec!["child"], ..Person::default() });
        shop.sale(customer, "2025-07-01T08:00:00Z", vec![Line { used_by: Some("self"), ..Line::of(GUITAR, 80_000) }]);
        shop.sale(customer, "2026-01-15T08:00:00Z", vec![Line::of(TEXTBOOK, 15_000)]);
        shop.sale(customer, "2026-06-12T09:00:00Z", vec![Line { beneficiary: Some(0), ..Line::of(TOY, 5_000) }]);
        shop.save(app.app.db.url());

        let value = value_of(app, &manager, &shop, customer).await;
        let model_name = json!({"id": model["id"], "name": "fixed", "version": 1});
        assert_eq!(
            value,
            json!({
                "customer_id": shop.ids[customer].to_string(), "score": 88.5, "tier": null, "rank": null, "percentile": null, "population": null,
                "as_of": AS_OF, "window_days": 365, "run_id": null, "model": model_name, "change": null,
                "factors": [
                    {"factor": "recency", "weight": 0.1, "raw": {"days": 17, "last_purchase_at": "2026-06-12T09:00:00Z"},
                     "cuts": [-300, -120, -60, -20], "band": 5, "bands": 5, "score": 100.0, "contribution": 10.0},
                    {"factor": "frequency", "weight": 0.1, "raw": {"purchases": 3}, "cuts": [0, 1, 2, 4], "band": 4, "bands": 5, "score": 80.0, "contribution": 8.0},
                    {"factor": "monetary", "weight": 0.35, "raw": {"amount": 100_000, "purchased": 100_000, "returned": 0, "currency": "CNY"},
                     "cuts": [0, 5000, 12000, 30000], "band": 5, "bands": 5, "score": 100.0, "contribution": 35.0},
                    {"factor": "product_type", "weight": 0.25, "raw": {"by_class": [
                        {"class": "high", "amount": 80_000, "points": 100.0}, {"class": "everyday", "amount": 20_000, "points": 40.0}]},
                     "score": 88.0, "contribution": 22.0},
                    {"factor": "product_user", "weight": 0.2, "raw": {"by_user": [
                        {"user": "self", "known_by": "line", "amount": 80_000, "points": 60.0},
                        {"user": "student", "known_by": "product", "amount": 15_000, "points": 100.0},
                        {"user": "child", "known_by": "beneficiary", "amount": 5_000, "points": 90.0}]},
                     "score": 67.5, "contribution": 13.5},
                ],
            })
        );

        // A run of the same instant gives the same score, and a place in its population of one.
        let run = score(app, &manager, json!({"as_of": AS_OF})).await;
        let again = value_of(app, &manager, &shop, customer).await;
        assert_eq!((&again["score"], &again["factors"]), (&value["score"], &value["factors"]));
        assert_eq!(json!([again["tier"], again["rank"], again["percentile"], again["population"]]), json!(["ordinary", 1, 0.0, 1]));
        assert_eq!(again["change"], json!({"since": AS_OF, "score": 88.5, "tier": "ordinary", "difference": 0.0}));
        let ranked = manager.get("/v1/value-scores").await.expect(200)["data"][0].clone();
        assert_eq!(json!([ranked["score"], ranked["product_type"], ranked["product_user"], ranked["run_id"]]), json!([88.5, 88.0, 67.5, run["id"]]));
    }

    /// Each case is one customer: orders of (kind, status, instant, amount), and the days, purchases and amount that they come to.
    async fn what_counts(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        fix_cuts(&manager).await;
        let (start, inside) = ("2025-06-30T00:00:00Z", "2025-06-30T00:00:00.000001Z");
        let cases = [
            ("statuses that count", vec![("sale", "paid", "2026-06-01T00:00:00Z", 1), ("sale", "fulfilled", "2026-06-02T00:00:00Z", 20), ("sale", "completed", "2026-06-03T00:00:00Z", 300)], Some((27, 3, 321))),
            ("statuses that do not", vec![("sale", "completed", "2026-05-31T00:00:00Z", 7), ("sale", "placed", "2026-06-28T00:00:00Z", 10), ("sale", "cancelled", "2026-06-28T00:00:00Z", 20), ("sale", "refunded", "2026-06-28T00:00:00Z", 30)], Some((30, 1, 7))),
            ("nothing that counts", vec![("sale", "placed", "2026-06-01T00:00:00Z", 10)], None),
            ("the instant itself", vec![("sale", "paid", AS_OF, 5)], Some((0, 1, 5))),
            ("a microsecond later", vec![("sale", "paid", "2026-06-30T00:00:00.000001Z", 5)], None),
            ("the start of the window is outside", vec![("sale", "paid", start, 5)], Some((365, 0, 0))),
            ("a microsecond after it is inside", vec![("sale", "paid", inside, 5)], Some((364, 1, 5))),
            ("long ago tells recency only", vec![("sale", "paid", "2019-06-30T00:00:00Z", 5)], Some((2557, 0, 0))),
            ("a return is taken off", vec![("sale", "paid", "2026-06-01T00:00:00Z", 100), ("return", "completed", "2026-06-20T00:00:00Z", 30)], Some((29, 1, 70))),
            ("down to nothing", vec![("sale", "paid", "2026-06-01T00:00:00Z", 100), ("return", "completed", "2026-06-20T00:00:00Z", 130)], Some((29, 1, 0))),
            ("a return before the window is not", vec![("sale", "paid", "2026-06-01T00:00:00Z", 100), ("return", "completed", start, 30)], Some((29, 1, 100))),
            ("nor one in the future", vec![("sale", "paid", "2026-06-01T00:00:00Z", 100), ("return", "completed", "2026-07-01T00:00:00Z", 30)], Some((29, 1, 100))),
            ("nor one that was cancelled", vec![("sale", "paid", "2026-06-01T00:00:00Z", 100), ("return", "cancelled", "2026-06-20T00:00:00Z", 30)], Some((29, 1, 100))),
            ("a return alone is no purchase", vec![("return", "completed", "2026-06-20T00:00:00Z", 30)], None),
        ];
        let mut shop = shop();
        for (_, orders, _) in &cases {
            let customer = shop.person(Person::default());
            for (kind, status, placed_at, amount) in orders {
                let lines = vec![Line::of(TOY, *amount)];
                shop.orders.push(Order { customer: Some(customer), kind, status, placed_at: at(placed_at), lines });
            }
        }
        // Somebody else's: an anonymous sale is nobody's.
        shop.orders.push(Order { customer: None, kind: "sale", status: "completed", placed_at: at("2026-06-29T00:00:00Z"), lines: vec![Line::of(TOY, 1_000_000)] });
        shop.save(app.app.db.url());
        for (customer, (case, _, expected)) in cases.iter().enumerate() {
            let value = value_of(app, &manager, &shop, customer).await;
            let raw = |factor: usize, field: &str| value["factors"][factor]["raw"][field].clone();
            match expected {
                Some((days, purchases, amount)) => {
                    assert_eq!(json!([raw(0, "days"), raw(1, "purchases"), raw(2, "amount")]), json!([days, purchases, amount]), "{case}: {value}");
                }
                None => assert_eq!(json!([value["score"], value["tier"], value["reason"], value["factors"]]), json!([null, "prospect", "no_purchases", []]), "{case}"),
            }
        }
        // The run sees the same people, and nobody else.
        let run = score(app, &manager, json!({"as_of": AS_OF})).await;
        let ranking = manager.all("/v1/value-scores?limit=3").await;
        let scored: Vec<usize> = (0..cases.len()).filter(|place| cases[*place].2.is_some()).collect();
        assert_eq!((run["population"].as_u64(), ranking.len()), (Some(scored.len() as u64), scored.len()));
        for place in scored {
            let found = ranking.iter().find(|found| found["customer_id"] == shop.ids[place].to_string()).unwrap();
            let (days, purchases, amount) = cases[place].2.unwrap();
            assert_eq!(json!([found["recency_days"], found["frequency"], found["monetary"]]), json!([days, purchases, amount]), "{}", cases[place].0);
        }
    }

    async fn amounts_are_net(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        fix_cuts(&manager).await;
        let mut shop = shop();
        let customer = shop.person(Person::default());
        let line = Line { quantity: 3, unit_price: 1_000, discount: 250, refunded: 750, ..Line::of(TOY, 0) };
        shop.sale(customer, "2026-06-01T00:00:00Z", vec![line, Line { refunded: 40, ..Line::of(GUITAR, 40) }]);
        let returned = Line { quantity: 2, unit_price: 400, discount: 100, ..Line::of(TOY, 0) };
        shop.orders.push(Order { customer: Some(customer), kind: "return", status: "completed", placed_at: at("2026-06-02T00:00:00Z"), lines: vec![returned] });
        shop.save(app.app.db.url());
        let value = value_of(app, &manager, &shop, customer).await;
        // 3 · 1000 − 250 − 750 = 2000, the guitar was refunded whole; 2 · 400 − 100 = 700; shipping is not counted.
        assert_eq!(value["factors"][2]["raw"], json!({"amount": 1_300, "purchased": 2_000, "returned": 700, "currency": "CNY"}));
        assert_eq!(value["factors"][3]["score"], 40.0, "a line that was refunded whole weighs nothing");
    }

    /// Each case is one customer with one line; who will use it, and how that is known.
    async fn who_uses_the_goods(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        fix_cuts(&manager).await;
        let (student_card, no_card) = (vec![("student", "active")], vec![]);
        let line = |product, used_by, beneficiary| Line { used_by, beneficiary, ..Line::of(product, 100) };
        let cases = [
            (line(TEXTBOOK, Some("self"), Some(0)), student_card.clone(), vec!["child"], "self", "line"),
            (line(TEXTBOOK, None, Some(0)), student_card.clone(), vec!["child"], "child", "beneficiary"),
            (line(TEXTBOOK, Some("unknown"), Some(1)), student_card.clone(), vec!["child", "colleague"], "gift", "beneficiary"),
            (line(TEXTBOOK, None, None), vec![("senior", "active")], vec!["child"], "student", "product"),
            (line(STRINGS, Some("unknown"), None), vec![("senior", "active")], vec![], "senior", "card"),
            (line(TOY, None, None), student_card.clone(), vec![], "student", "card"),
            (line(TOY, None, None), vec![("student", "lost"), ("vip", "active")], vec![], "unknown", "unknown"),
            (line(TOY, None, None), vec![("senior", "expired")], vec![], "unknown", "unknown"),
            (line(TOY, Some("unknown"), None), no_card, vec!["senior"], "unknown", "unknown"),
        ];
        let mut shop = shop();
        for (line, cards, relations, ..) in &cases {
            let customer = shop.person(Person { cards: cards.clone(), relations: relations.clone(), ..Person::default() });
            shop.sale(customer, "2026-06-01T00:00:00Z", vec![*line]);
        }
        shop.save(app.app.db.url());
        for (customer, (line, .., user, known_by)) in cases.iter().enumerate() {
            let value = value_of(app, &manager, &shop, customer).await;
            let found = &value["factors"][4]["raw"]["by_user"][0];
            assert_eq!(json!([found["user"], found["known_by"], found["amount"]]), json!([user, known_by, 100]), "{line:?}");
        }
    }

    async fn classes_come_down_the_tree(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        fix_cuts(&manager).await;
        let mut shop = shop();
        for product in [GUITAR, TOY, STRINGS, UNSORTED] {
            let customer = shop.person(Person::default());
            shop.sale(customer, "2026-06-01T00:00:00Z", vec![Line::of(product, 100)]);
        }
        shop.save(app.app.db.url());
        for (customer, class) in ["high", "everyday", "high", "everyday"].into_iter().enumerate() {
            let value = value_of(app, &manager, &shop, customer).await;
            assert_eq!(value["factors"][3]["raw"]["by_class"][0]["class"], class);
        }
    }

    /// What is remembered of goods is given up as soon as they change, here and in other instances on the same database.
    async fn goods_that_change_show_in_the_next_score(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        fix_cuts(&manager).await;
        let make = async |path: &str, body: Value| manager.make(path, body).await["id"].as_str().unwrap().to_owned();
        let parent = make("/v1/categories", json!({"name": "Music", "value_class": "high"})).await;
        let category = make("/v1/categories", json!({"name": "Pianos", "parent_id": parent})).await;
        let plain = make("/v1/categories", json!({"name": "Sheets"})).await;
        let product = make("/v1/products", json!({"sku": "P", "title": "Piano", "category_id": category})).await;
        let customer = make("/v1/customers", json!({"name": "Li"})).await;
        let line = json!({"sku": "P", "quantity": 1, "unit_price": 100});
        manager.make("/v1/orders", json!({"customer_id": customer, "channel": "store", "status": "completed", "lines": [line]})).await;
        let elsewhere = ValueCache::default();
        let seen = async || {
            let value = manager.get(&format!("/v1/customers/{customer}/value-score")).await.expect(200);
            let (class, user) = (&value["factors"][3]["raw"]["by_class"][0]["class"], &value["factors"][4]["raw"]["by_user"][0]["user"]);
            let (id, now) = (customer.parse::<uuid::Uuid>().unwrap().into(), app.now());
            let there = app.app.db.long_read(|conn| value_scores::value_now(conn, &elsewhere, id, now)).unwrap();
            let there = (there.measures.by_class().iter().next().unwrap().0, there.measures.by_user().iter().next().unwrap().0.0);
            assert_eq!(json!([class, user]), json!([there.0.to_string(), there.1.to_string()]));
            json!([class, user])
        };
        assert_eq!(seen().await, json!(["high", "unknown"]));
        assert_eq!(seen().await, json!(["high", "unknown"]));
        manager.patch(&format!("/v1/categories/{parent}"), json!({"value_class": "everyday"})).await.expect(200);
        assert_eq!(seen().await, json!(["everyday", "unknown"]));
        manager.patch(&format!("/v1/categories/{category}"), json!({"value_class": "high"})).await.expect(200);
        assert_eq!(seen().await, json!(["high", "unknown"]));
        manager.patch(&format!("/v1/products/{product}"), json!({"category_id": plain})).await.expect(200);
        assert_eq!(seen().await, json!(["everyday", "unknown"]));
        manager.patch(&format!("/v1/categories/{plain}"), json!({"parent_id": category})).await.expect(200);
        assert_eq!(seen().await, json!(["high", "unknown"]));
        manager.patch(&format!("/v1/products/{product}"), json!({"default_user": "child"})).await.expect(200);
        assert_eq!(seen().await, json!(["high", "child"]));
    }

    async fn who_does_not_want_to_be_profiled_is_not(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let mut shop = shop();
        for opted_out in [true, false, false] {
            let customer = shop.person(Person { opted_out, ..Person::default() });
            shop.sale(customer, "2026-06-01T00:00:00Z", vec![Line::of(TOY, 100)]);
        }
        shop.save(app.app.db.url());
        let before = value_of(app, &manager, &shop, 1).await;
        assert_eq!(json!([before["score"], before["tier"], before["reason"], before["run_id"]]), json!([null, null, "no_scoring_run", null]));
        let run = score(app, &manager, json!({"as_of": AS_OF})).await;
        assert_eq!(run["population"], 2);
        let value = value_of(app, &manager, &shop, 0).await;
        assert_eq!(json!([value["score"], value["tier"], value["reason"], value["rank"]]), json!([null, "prospect", "profiling_opt_out", null]));
        // Opting out later ends it at once, whatever the run has.
        let id = shop.ids[1];
        manager.patch(&format!("/v1/customers/{id}"), json!({"profiling_opt_out": true})).await.expect(200);
        let value = value_of(app, &manager, &shop, 1).await;
        assert_eq!(json!([value["score"], value["reason"]]), json!([null, "profiling_opt_out"]));
        let listed = |path: &'static str, field: &'static str| {
            let manager = manager.clone();
            async move { manager.all(path).await.iter().map(|it| it[field].as_str().unwrap().to_owned()).collect::<Vec<_>>() }
        };
        let other = shop.ids[2].to_string();
        assert_eq!(listed("/v1/value-scores", "customer_id").await, std::slice::from_ref(&other));
        let ranking = manager.get("/v1/value-scores?include=total").await.expect(200);
        assert_eq!((&ranking["total"], &ranking["data"][0]["rank"]), (&json!(1), &json!(1)));
        assert_eq!(listed("/v1/customers?tier=ordinary", "id").await, [other]);
        let mut prospects = listed("/v1/customers?tier=prospect", "id").await;
        prospects.sort_unstable();
        let mut opted_out = [shop.ids[0].to_string(), id.to_string()];
        opted_out.sort_unstable();
        assert_eq!(prospects, opted_out);
        assert_eq!(manager.get(&format!("/v1/customers/{id}/value-score/history?include=total")).await.expect(200)["total"], 0);
        manager.patch(&format!("/v1/customers/{id}"), json!({"profiling_opt_out": false})).await.expect(200);
        assert_eq!(listed("/v1/value-scores", "customer_id").await.len(), 2);
        assert_eq!(manager.all(&format!("/v1/customers/{id}/value-score/history")).await.len(), 1);
    }

    /// Live and in a run, a card says who uses the goods only as long as it lasts.
    async fn a_card_that_has_ended_tells_nothing(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let mut shop = shop();
        for _ in 0..3 {
            let customer = shop.person(Person::default());
            shop.sale(customer, "2026-06-01T00:00:00Z", vec![Line::of(TOY, 100)]);
        }
        shop.save(app.app.db.url());
        for (customer, end) in [(0, json!(AS_OF)), (1, json!("2026-06-30T00:00:00.000001Z")), (2, Value::Null)] {
            let card = json!({"number": format!("M{customer}"), "kind": "student", "issued_at": "2026-01-01T00:00:00Z", "expires_at": "9000-01-01T00:00:00Z"});
            let base = format!("/v1/customers/{}/cards", shop.ids[customer]);
            manager.make(&base, card).await;
            manager.patch(&format!("{base}/M{customer}"), json!({"expires_at": end})).await.expect(200);
        }
        score(app, &manager, json!({"as_of": AS_OF})).await;
        for (customer, points) in [(0, 50.0), (1, 100.0), (2, 100.0)] {
            let live = value_of(app, &manager, &shop, customer).await;
            assert_eq!(live["factors"][4]["score"], points, "{live}");
            assert_eq!(live["score"], live["change"]["score"], "the run read the same: {live}");
            let past = manager.all(&format!("/v1/customers/{}/value-score/history", shop.ids[customer])).await;
            assert_eq!(past[0]["score"], live["score"]);
        }
    }
}
