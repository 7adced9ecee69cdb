//! What may be said of an order by whom, and when it can have happened.

use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Reply, Shop},
};

const PLACED: &str = "2026-06-30T08:00:00Z";

fn with(body: &Value, field: &str, value: Value) -> Value {
    let mut body = body.clone();
    body[field] = value;
    body
}

on_both! {
    async fn who_proves_no_payment_rewrites_no_paid_order(app: &TestApp) {
        let shop = Shop::open(app).await;
        shop.admin.make("/v1/products", json!({"sku": "BOX", "title": "Box", "price": 4500})).await;
        let storefront = app.client("orders:read orders:write");
        let path = "/v1/orders/by-ref/shop/1";
        let body = json!({"number": "W-1", "channel": "web", "placed_at": PLACED, "shipping_fee": 800,
            "lines": [{"sku": "BOOK", "quantity": 2, "unit_price": 4500}, {"sku": "BOOK", "quantity": 1}]});
        let made = storefront.put(path, body.clone()).await.expect(201);
        shop.admin.post(&format!("/v1/orders/{}/pay", made["id"].as_str().unwrap()), json!({})).await.expect(200);
        for (field, value) in [
            ("lines", json!([{"sku": "BOX", "quantity": 2, "unit_price": 4500}, {"sku": "BOOK", "quantity": 1}])),
            ("lines", json!([{"sku": "BOOK", "quantity": 1, "unit_price": 9000}, {"sku": "BOOK", "quantity": 1}])),
            ("lines", json!([{"sku": "BOOK", "quantity": 1}, {"sku": "BOOK", "quantity": 2}])),
            ("placed_at", json!("2026-06-30T08:00:01Z")),
            ("shipping_fee", json!(0)),
        ] {
            storefront.put(path, with(&body, field, value)).await.problem(403, "permission_denied");
        }
        // What the catalogue says of the goods by now changes nothing of what was bought.
        shop.admin.patch(&format!("/v1/products/{}", shop.book["id"].as_str().unwrap()), json!({"price": 9900, "title": "Anew"})).await.expect(200);
        let same = storefront.put(path, body.clone()).await.expect(200);
        assert_eq!((&same["version"], &same["lines"][1]["unit_price"], &same["lines"][1]["title"]), (&json!(2), &json!(4500), &json!("红楼梦")));
        let noted = with(&body, "store", json!("Tianhe"));
        assert_eq!(storefront.put(path, noted.clone()).await.expect(200)["version"], 3);
        // Whoever may say that it was paid may also put it right.
        let cashier = app.client("orders:write payments:write");
        cashier.put(path, with(&noted, "shipping_fee", json!(0))).await.expect(200);
    }

    async fn nothing_happens_before_what_came_before_it(app: &TestApp) {
        let shop = Shop::open(app).await;
        let body = json!({"channel": "web", "placed_at": PLACED, "lines": [{"sku": "BOOK", "quantity": 2}]});
        let path = format!("/v1/orders/{}", shop.admin.make("/v1/orders", body.clone()).await["id"].as_str().unwrap());
        let step = async |action: &str, at: String| shop.admin.post(&format!("{path}/{action}"), json!({"at": at})).await;
        let in_minutes = |minutes: i64| app.now().checked_add(chrono::TimeDelta::minutes(minutes)).unwrap().to_string();
        step("pay", "2026-06-30T07:59:59Z".to_owned()).await.fault("/at", "range");
        step("cancel", "2026-06-30T07:59:59Z".to_owned()).await.fault("/at", "range");
        step("pay", in_minutes(6)).await.fault("/at", "range");
        step("pay", PLACED.to_owned()).await.expect(200);
        step("fulfil", "2026-07-02T00:00:00Z".to_owned()).await.expect(200);
        step("complete", "2026-07-01T00:00:00Z".to_owned()).await.fault("/at", "range");
        step("refund", "2026-07-01T00:00:00Z".to_owned()).await.fault("/at", "range");
        let refund = json!({"at": "2026-07-03T00:00:00Z", "lines": [{"line_no": 1, "amount": 1}]});
        shop.admin.post(&format!("{path}/refund"), refund).await.expect(200);
        step("complete", "2026-07-02T12:00:00Z".to_owned()).await.fault("/at", "range");
        step("complete", in_minutes(4)).await.expect(200);
        // What a history brought in says nothing of when its steps were.
        let paid = shop.admin.make("/v1/orders", with(&body, "status", json!("paid"))).await;
        shop.admin.post(&format!("/v1/orders/{}/fulfil", paid["id"].as_str().unwrap()), json!({"at": "2026-07-01T00:00:00Z"})).await.expect(200);
        // An order that is placed ahead of our clock is paid no earlier than that.
        let ahead = shop.admin.make("/v1/orders", with(&body, "placed_at", json!(in_minutes(600)))).await;
        let paid = shop.admin.post(&format!("/v1/orders/{}/pay", ahead["id"].as_str().unwrap()), json!({})).await.expect(200);
        assert_eq!(paid["history"][1]["at"], ahead["placed_at"]);
    }

    async fn an_order_keeps_its_customer(app: &TestApp) {
        let shop = Shop::open(app).await;
        let customer = shop.customer("A").await;
        let path = "/v1/orders/by-ref/shop/1";
        let body = json!({"channel": "web", "lines": [{"sku": "BOOK", "quantity": 2}]});
        shop.admin.put(path, with(&body, "customer_id", Value::Null)).await.expect(201);
        shop.admin.put(path, with(&body, "customer_id", Value::Null)).await.expect(200);
        shop.admin.put(path, with(&body, "customer_id", json!(customer))).await.expect(200);
        assert_eq!(shop.admin.put(path, body.clone()).await.expect(200)["customer_id"], json!(customer));
        shop.admin.put(path, with(&body, "customer_id", Value::Null)).await.fault("/customer_id", "immutable");
    }

    async fn a_provider_that_tells_another_amount_is_told_so(app: &TestApp) {
        let shop = Shop::open(app).await;
        let body = json!({"number": "W-1", "channel": "web", "placed_at": PLACED, "shipping_fee": 800, "lines": [{"sku": "BOOK", "quantity": 2}]});
        shop.admin.make("/v1/orders", body).await;
        let tell = async |body: Value| {
            let text = body.to_string();
            let request = app.nobody().request(reqwest::Method::POST, "/v1/payments/notifications").header("patron-signature", app.signature_of(&text));
            Reply::of(request.header("content-type", "application/json").body(text)).await
        };
        let paid = json!({"number": "W-1", "event": "paid", "amount": 9800, "reference": "ch_1", "at": "2026-06-30T07:56:00Z"});
        tell(with(&paid, "at", json!("2026-06-30T07:54:00Z"))).await.fault("/at", "range");
        tell(paid.clone()).await.expect(200);
        tell(paid.clone()).await.expect(200);
        assert_eq!(tell(with(&paid, "amount", json!(980))).await.problem(409, "conflict")["errors"][0]["pointer"], "/amount");
        let refund = json!({"number": "W-1", "event": "refunded", "amount": 1000, "reference": "re_1", "at": "2026-07-01T00:00:00Z"});
        tell(refund.clone()).await.expect(200);
        tell(refund.clone()).await.expect(200);
        tell(with(&refund, "amount", json!(2000))).await.problem(409, "conflict");
        // Everything that is left, told with the shipping fee.
        let rest = with(&with(&refund, "reference", json!("re_2")), "amount", json!(8800));
        for _ in 0..2 {
            assert_eq!(tell(rest.clone()).await.expect(200)["status"], "refunded");
        }
        tell(with(&rest, "amount", json!(1))).await.problem(409, "conflict");
    }

    async fn an_order_is_found_by_its_number(app: &TestApp) {
        let shop = Shop::open(app).await;
        for number in ["W-1", "W-10", "w-1"] {
            shop.admin.make("/v1/orders", json!({"number": number, "channel": "web", "lines": [{"sku": "BOOK", "quantity": 1}]})).await;
        }
        let found = shop.admin.get("/v1/orders?number=W-1&include=total").await.expect(200);
        assert_eq!((&found["total"], &found["data"][0]["number"]), (&json!(1), &json!("W-1")));
        assert_eq!(shop.admin.get("/v1/orders?number=W-2").await.expect(200)["data"], json!([]));
        assert_eq!(shop.admin.get("/v1/orders?number=W-1&status=paid").await.expect(200)["data"], json!([]));
    }

    async fn a_leap_second_is_answered_as_it_is_kept(app: &TestApp) {
        let shop = Shop::open(app).await;
        let made = shop.admin.make("/v1/orders", json!({"channel": "web", "placed_at": "2020-01-01T10:30:60Z", "lines": [{"sku": "BOOK", "quantity": 1}]})).await;
        assert_eq!(made["placed_at"], "2020-01-01T10:31:00Z");
        assert_eq!(shop.admin.get(&format!("/v1/orders/{}", made["id"].as_str().unwrap())).await.expect(200), made);
    }
}
