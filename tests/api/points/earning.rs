//! What earns points, and what takes them back.

use serde_json::{Value, json};

use super::{PROGRAMME, earn, entries, placed, points_of, refund, spend, standing, step};
use crate::{on_both, support::Shop};

on_both! {
    async fn an_order_earns_when_it_is_paid_and_counts_when_it_is_completed(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        // 3 × 45.00 − 7.49 = 127.51 at a point for ten; shipping earns nothing.
        let lines = json!([{"sku": "BOOK", "quantity": 3, "discount": 749}]);
        let body = json!({"channel": "web", "customer_id": mei, "shipping_fee": 9000, "lines": lines});
        let order = format!("/v1/orders/{}", shop.admin.make("/v1/orders", body).await["id"].as_str().unwrap());
        assert_eq!(entries(&shop.admin, &mei).await, Vec::<Value>::new());
        step(&shop, &order, &["pay"]).await;
        assert_eq!(standing(&shop.admin, &mei).await, (0, 12, 0));
        step(&shop, &order, &["fulfil"]).await;
        assert_eq!(standing(&shop.admin, &mei).await, (0, 12, 0));
        spend(&shop.admin, &mei, 1, "early").await.problem(409, "insufficient_points");
        step(&shop, &order, &["complete"]).await;
        assert_eq!(standing(&shop.admin, &mei).await, (12, 0, 12));
        let points = points_of(&shop.admin, &mei).await;
        let entry = &points["data"][0];
        assert_eq!(json!([entry["kind"], entry["status"], entry["points"], entry["remaining"], entry["balance_after"], entry["source"]]), json!(["earn", "posted", 12, 12, 12, "order"]));
        assert_eq!(format!("/v1/orders/{}", entry["order_id"].as_str().unwrap()), order);
        assert_eq!((&points["expiring_next"]["points"], &points["expiring_next"]["at"]), (&json!(12), &entry["expires_at"]));
        // What moves no money changes nothing.
        shop.admin.patch(&order, json!({"store": "Tianhe"})).await.expect(200);
        assert_eq!(points_of(&shop.admin, &mei).await, points);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn what_is_given_back_takes_its_share_back(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        let order = placed(&shop, &mei, json!([{"sku": "BOOK", "quantity": 10}, {"sku": "STAMP", "quantity": 1, "unit_price": 999}])).await;
        step(&shop, &order, &["pay"]).await;
        // 450.00 + 9.99 = 459.99.
        assert_eq!(standing(&shop.admin, &mei).await, (0, 45, 0));
        refund(&shop, &order, 5000).await;
        assert_eq!(standing(&shop.admin, &mei).await, (0, 40, 0));
        step(&shop, &order, &["fulfil", "complete"]).await;
        assert_eq!(standing(&shop.admin, &mei).await, (40, 0, 40));
        // 409.99 − 123.45 = 286.54, and then 0.05 of it: the points stay.
        refund(&shop, &order, 12_345).await;
        assert_eq!(standing(&shop.admin, &mei).await, (28, 0, 28));
        refund(&shop, &order, 5).await;
        assert_eq!(standing(&shop.admin, &mei).await, (28, 0, 28));
        step(&shop, &order, &["refund"]).await;
        assert_eq!(standing(&shop.admin, &mei).await, (0, 0, 0));
        let expected = [("earn", 45), ("reverse", -5), ("reverse", -12), ("reverse", -28)];
        assert_eq!(entries(&shop.admin, &mei).await, expected.map(|(kind, points)| json!([kind, "posted", points])));
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn what_comes_to_nothing_before_it_counts_is_cancelled(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        let order = placed(&shop, &mei, json!([{"sku": "BOOK", "quantity": 10}])).await;
        step(&shop, &order, &["pay"]).await;
        refund(&shop, &order, 5000).await;
        step(&shop, &order, &["refund"]).await;
        assert_eq!(standing(&shop.admin, &mei).await, (0, 0, 0));
        assert_eq!(entries(&shop.admin, &mei).await, [json!(["earn", "cancelled", 45]), json!(["reverse", "cancelled", -5])]);
        let cancelled = placed(&shop, &mei, json!([{"sku": "BOOK", "quantity": 10}])).await;
        step(&shop, &cancelled, &["cancel"]).await;
        assert_eq!(entries(&shop.admin, &mei).await.len(), 2);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn a_debt_is_paid_by_what_is_earned_next(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        let order = earn(&shop, &mei, 100).await;
        spend(&shop.admin, &mei, 80, "till-1").await.expect(200);
        step(&shop, &order, &["refund"]).await;
        assert_eq!(standing(&shop.admin, &mei).await, (-80, 0, 0));
        spend(&shop.admin, &mei, 1, "till-2").await.problem(409, "insufficient_points");
        earn(&shop, &mei, 100).await;
        assert_eq!(standing(&shop.admin, &mei).await, (20, 0, 100));
        spend(&shop.admin, &mei, 21, "till-3").await.problem(409, "insufficient_points");
        spend(&shop.admin, &mei, 20, "till-4").await.expect(200);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn cards_and_categories_multiply_and_an_order_keeps_its_terms(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        shop.admin.make(&format!("/v1/customers/{mei}/cards"), json!({"number": "VIP1", "kind": "vip"})).await;
        let toys = shop.admin.make("/v1/categories", json!({"name": "Toys"})).await;
        let trains = shop.admin.make("/v1/categories", json!({"name": "Trains", "parent_id": toys["id"]})).await;
        shop.admin.make("/v1/products", json!({"sku": "TRAIN", "title": "Train", "price": 10_000, "category_id": trains["id"]})).await;
        let bonus = |percent: i64| json!({"category_bonuses": [{"category_id": toys["id"], "percent": percent}]});
        shop.admin.put(PROGRAMME, bonus(50)).await.expect(200);
        let lines = json!([{"sku": "TRAIN", "quantity": 1}, {"sku": "STAMP", "quantity": 1, "unit_price": 10_000}]);
        let order = placed(&shop, &mei, lines.clone()).await;
        step(&shop, &order, &["pay", "fulfil", "complete"]).await;
        // (10 × 1.5 + 10) × 2.
        assert_eq!(standing(&shop.admin, &mei).await, (50, 0, 50));
        shop.admin.put(PROGRAMME, bonus(500)).await.expect(200);
        shop.admin.patch(&format!("/v1/customers/{mei}/cards/VIP1"), json!({"kind": "regular"})).await.expect(200);
        // A fifth of the train: (8 × 1.5 + 10) × 2.
        refund(&shop, &order, 2000).await;
        assert_eq!(standing(&shop.admin, &mei).await, (44, 0, 44));
        let next = placed(&shop, &mei, lines).await;
        step(&shop, &next, &["pay"]).await;
        // 10 × 6 + 10.
        assert_eq!(standing(&shop.admin, &mei).await, (44, 70, 44));
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn orders_that_find_their_customer_or_are_told_anew_earn_the_difference(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        let till = json!({"channel": "store", "status": "completed", "lines": [{"sku": "BOOK", "quantity": 2}]});
        let order = format!("/v1/orders/{}", shop.admin.make("/v1/orders", till).await["id"].as_str().unwrap());
        assert_eq!(standing(&shop.admin, &mei).await, (0, 0, 0));
        shop.admin.patch(&order, json!({"customer_id": mei})).await.expect(200);
        assert_eq!(standing(&shop.admin, &mei).await, (9, 0, 9));
        let put = async |status: &str, quantity: i64| {
            let body = json!({"channel": "web", "customer_id": mei, "status": status, "lines": [{"sku": "BOOK", "quantity": quantity}]});
            assert!(shop.admin.put("/v1/orders/by-ref/erp/W-1", body).await.status < 300);
        };
        put("placed", 10).await;
        assert_eq!(standing(&shop.admin, &mei).await, (9, 0, 9));
        put("paid", 10).await;
        assert_eq!(standing(&shop.admin, &mei).await, (9, 45, 9));
        put("paid", 20).await;
        assert_eq!(standing(&shop.admin, &mei).await, (9, 90, 9));
        put("paid", 5).await;
        assert_eq!(standing(&shop.admin, &mei).await, (9, 22, 9));
        put("completed", 10).await;
        assert_eq!(standing(&shop.admin, &mei).await, (54, 0, 54));
        put("completed", 10).await;
        put("completed", 12).await;
        assert_eq!(standing(&shop.admin, &mei).await, (63, 0, 63));
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn what_earned_nothing_when_it_was_paid_earns_by_no_later_programme(app: &TestApp) {
        let mut shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        let paid = |quantity: i64| json!({"channel": "web", "status": "paid", "customer_id": mei, "lines": [{"sku": "BOOK", "quantity": quantity}]});
        let (path, bought) = ("/v1/orders/by-ref/erp/E1", "/v1/orders/by-ref/erp/E2");
        shop.admin.put(PROGRAMME, json!({"enabled": false})).await.expect(200);
        app.pass(60);
        shop.admin.put(path, paid(2)).await.expect(201);
        let anonymous = json!({"channel": "web", "status": "paid", "lines": [{"sku": "BOOK", "quantity": 2}]});
        let unclaimed = shop.admin.put(bought, anonymous).await.expect(201)["id"].as_str().unwrap().to_owned();
        app.pass(60);
        shop.admin.put(PROGRAMME, json!({"minor_per_point": 100})).await.expect(200);
        app.pass(60);
        shop.admin = app.admin();
        shop.admin.put(path, paid(3)).await.expect(200);
        shop.admin.patch(&format!("/v1/orders/{unclaimed}"), json!({"customer_id": mei})).await.expect(200);
        assert_eq!(standing(&shop.admin, &mei).await, (0, 0, 0), "it was paid when there was no programme");
        // One that rounds to nothing under the terms of then keeps them too.
        shop.admin.put("/v1/orders/by-ref/erp/E3", json!({"channel": "web", "status": "paid", "customer_id": mei, "lines": [{"sku": "STAMP", "quantity": 1, "unit_price": 90}]})).await.expect(201);
        app.pass(60);
        shop.admin.put(PROGRAMME, json!({"minor_per_point": 10})).await.expect(200);
        app.pass(60);
        shop.admin.put("/v1/orders/by-ref/erp/E3", json!({"channel": "web", "status": "paid", "customer_id": mei, "lines": [{"sku": "STAMP", "quantity": 1, "unit_price": 250}]})).await.expect(200);
        assert_eq!(standing(&shop.admin, &mei).await, (0, 2, 0), "2.50 at one a point, not at a tenth of it");
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn goods_that_come_onto_a_paid_order_have_their_bonus(app: &TestApp) {
        let shop = Shop::open(app).await;
        let category = shop.admin.make("/v1/categories", json!({"name": "Bonus"})).await["id"].clone();
        for (sku, category) in [("X", &category), ("X2", &category), ("Y", &Value::Null)] {
            let product = json!({"sku": sku, "title": sku, "price": 1000, "category_id": category});
            shop.admin.put(&format!("/v1/products/by-ref/erp/{sku}"), product).await.expect(201);
        }
        shop.admin.put(PROGRAMME, json!({"minor_per_point": 100, "category_bonuses": [{"category_id": category, "percent": 100}]})).await.expect(200);
        // 10.00 at one a point, twice in the category: worked out by hand.
        for (number, (before, after)) in [((&["X"][..], 20), (&["X2"][..], 20)), ((&["Y"], 10), (&["Y", "X"], 30)), ((&["Y"], 10), (&["X"], 20)), ((&["X", "Y"], 30), (&["Y"], 10))].into_iter().enumerate() {
            let reader = shop.customer(&format!("reader{number}")).await;
            let path = format!("/v1/orders/by-ref/erp/B{number}");
            for (status, (skus, points)) in [(201, before), (200, after)] {
                let lines: Vec<Value> = skus.iter().map(|sku| json!({"sku": sku, "quantity": 1})).collect();
                shop.admin.put(&path, json!({"channel": "web", "status": "paid", "customer_id": reader, "lines": lines})).await.expect(status);
                assert_eq!(standing(&shop.admin, &reader).await, (0, points, 0), "{skus:?}");
            }
        }
        // What the programme adds later is not added to what was paid before.
        let path = "/v1/orders/by-ref/erp/B0";
        app.pass(60);
        let admin = app.admin();
        admin.put(PROGRAMME, json!({"minor_per_point": 100, "category_bonuses": [{"category_id": category, "percent": 500}]})).await.expect(200);
        app.pass(60);
        let reader = admin.get(path).await.expect(200)["customer_id"].as_str().unwrap().to_owned();
        let lines = json!([{"sku": "X", "quantity": 1}, {"sku": "X2", "quantity": 1}, {"sku": "Y", "quantity": 1}]);
        admin.put(path, json!({"channel": "web", "status": "paid", "customer_id": reader, "lines": lines})).await.expect(200);
        assert_eq!(standing(&admin, &reader).await, (0, 50, 0));
    }

    async fn what_earns_nothing(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        let sold = |extra: Value| {
            let mut body = json!({"channel": "web", "customer_id": mei, "status": "completed", "lines": [{"sku": "BOOK", "quantity": 10}]});
            body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            body
        };
        // Before the programme began, given back as a return, and given back altogether.
        let old = shop.admin.make("/v1/orders", sold(json!({"placed_at": "2020-06-30T08:15:00Z", "status": "paid"}))).await;
        step(&shop, &format!("/v1/orders/{}", old["id"].as_str().unwrap()), &["fulfil", "complete"]).await;
        shop.admin.make("/v1/orders", sold(json!({"type": "return"}))).await;
        shop.admin.make("/v1/orders", sold(json!({"status": "refunded"}))).await;
        shop.admin.make("/v1/orders", sold(json!({"customer_id": null}))).await;
        shop.admin.put(PROGRAMME, json!({"enabled": false})).await.expect(200);
        let paid = shop.admin.make("/v1/orders", sold(json!({"status": "paid"}))).await;
        shop.admin.put(PROGRAMME, json!({})).await.expect(200);
        // Paid while nothing was earned: it does not begin to by being completed, or by giving something back.
        let paid = format!("/v1/orders/{}", paid["id"].as_str().unwrap());
        step(&shop, &paid, &["fulfil"]).await;
        refund(&shop, &paid, 4500).await;
        step(&shop, &paid, &["complete"]).await;
        let points = points_of(&shop.admin, &mei).await;
        assert_eq!(json!([points["version"], points["balance"], points["data"]]), json!([0, 0, []]));
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn the_first_review_of_a_product_and_the_first_answer_to_a_survey_earn(app: &TestApp) {
        let shop = Shop::open(app).await;
        let (mei, bo) = (shop.customer("Mei").await, shop.customer("Bo").await);
        let review = |customer: &str, product: &Value| json!({"type": "review", "channel": "web", "customer_id": customer, "product_id": product, "rating": 4, "body": "Good."});
        let piano = shop.admin.make("/v1/products", json!({"sku": "DRUM", "title": "Drum", "price": 100})).await;
        for (customer, product) in [(&mei, &shop.book["id"]), (&mei, &shop.book["id"]), (&mei, &piano["id"]), (&bo, &shop.book["id"])] {
            shop.admin.make("/v1/feedback", review(customer, product)).await;
        }
        shop.admin.make("/v1/feedback", json!({"type": "praise", "channel": "web", "customer_id": bo, "product_id": piano["id"], "body": "Loud."})).await;
        assert_eq!((standing(&shop.admin, &mei).await, standing(&shop.admin, &bo).await), ((40, 0, 40), (20, 0, 20)));
        // A review of nobody's earns once it is known whose it is.
        let unknown = json!({"type": "review", "channel": "web", "product_id": piano["id"], "rating": 5, "body": "Very loud."});
        let path = format!("/v1/feedback/{}", shop.admin.make("/v1/feedback", unknown).await["id"].as_str().unwrap());
        shop.admin.patch(&path, json!({"customer_id": bo})).await.expect(200);
        assert_eq!(standing(&shop.admin, &bo).await, (40, 0, 40));
        let survey = json!({"title": "Visit", "questions": [{"key": "visit", "kind": "csat", "text": "How was it?"}]});
        let survey = format!("/v1/surveys/{}", shop.admin.make("/v1/surveys", survey).await["id"].as_str().unwrap());
        shop.admin.post(&format!("{survey}/open"), json!({})).await.expect(200);
        for _ in 0..2 {
            shop.admin.make(&format!("{survey}/responses"), json!({"customer_id": mei, "channel": "in_store", "answers": {"visit": 5}})).await;
        }
        assert_eq!(standing(&shop.admin, &mei).await, (60, 0, 60));
        let sources: Vec<Value> = points_of(&shop.admin, &mei).await["data"].as_array().unwrap().iter().map(|entry| entry["source"].clone()).collect();
        assert_eq!(sources, ["review", "review", "survey"]);
        assert_eq!(app.faults().await, [""; 0]);
    }
}
