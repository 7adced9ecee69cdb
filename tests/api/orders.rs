//! Orders: what is kept, what is refused, who may say what.

use patron::domain::permissions::Role;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Shop, order},
};

const NOBODY: &str = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77";

on_both! {
    async fn an_order_is_kept_as_said(app: &TestApp) {
        let shop = Shop::open(app).await;
        let customer = shop.customer("王小明").await;
        let child = shop.child_of(&customer).await;
        let said = json!({
            "number": "W-17", "type": "sale", "customer_id": customer, "channel": "mobile", "store": "Tianhe", "status": "placed", "currency": "CNY",
            "placed_at": "2026-06-30T08:15:00.123456Z", "shipping_fee": 800, "campaign_id": NOBODY, "coupon_code": "TERM-START",
            "lines": [
                {"sku": "BOOK", "title": "红楼梦 (gift)", "quantity": 3, "unit_price": 5000, "discount": 1500, "used_by": "gift", "beneficiary_id": child, "need": "desire"},
                {"product_id": shop.book["id"], "quantity": 1},
            ],
            "external_refs": [{"system": "shop", "id": "4711"}],
        });
        let reply = shop.admin.post("/v1/orders", said.clone()).await;
        assert_eq!(reply.header("etag"), "\"1\"");
        let location = reply.header("location").to_owned();
        let made = reply.expect(201);
        assert_eq!(location, format!("/v1/orders/{}", made["id"].as_str().unwrap()));
        assert_eq!(shop.admin.get(&location).await.expect(200), made);
        for (field, value) in said.as_object().unwrap().iter().filter(|(field, _)| *field != "lines") {
            assert_eq!(&made[field], value, "{field}");
        }
        assert_eq!(made["lines"], json!([
            {"line_no": 1, "product_id": shop.book["id"], "sku": "BOOK", "title": "红楼梦 (gift)", "quantity": 3, "unit_price": 5000, "discount": 1500, "refunded": 0,
                "used_by": "gift", "beneficiary_id": child, "need": "desire"},
            {"line_no": 2, "product_id": shop.book["id"], "sku": "BOOK", "title": "红楼梦", "quantity": 1, "unit_price": 4500, "discount": 0, "refunded": 0,
                "used_by": null, "beneficiary_id": null, "need": null},
        ]));
        // 3 × 50.00 − 15.00 + 45.00
        assert_eq!((&made["subtotal"], &made["total"], &made["refunded_total"]), (&json!(18_000), &json!(18_800), &json!(0)));
        let history = &made["history"];
        assert_eq!((&history[0]["kind"], &history[0]["from"], &history[0]["to"]), (&json!("created"), &Value::Null, &json!("placed")));
        assert_eq!((&history[0]["actor"]["kind"], history[0]["actor"]["id"].is_string(), history.as_array().unwrap().len()), (&json!("staff"), true, 1));
    }

    async fn what_is_left_out_has_a_default(app: &TestApp) {
        let shop = Shop::open(app).await;
        let made = shop.admin.make("/v1/orders", order(json!([{"sku": "BOOK", "quantity": 1}]))).await;
        for (field, value) in [
            ("type", json!("sale")), ("customer_id", Value::Null), ("store", Value::Null), ("status", json!("placed")), ("currency", json!("CNY")),
            ("shipping_fee", json!(0)), ("campaign_id", Value::Null), ("coupon_code", Value::Null), ("external_refs", json!([])), ("version", json!(1)),
        ] {
            assert_eq!(made[field], value, "{field}");
        }
        assert_eq!(made["placed_at"], made["created_at"]);
        let number = made["number"].as_str().unwrap();
        assert!(number.len() == 20 && number.starts_with('P'), "{number}");
        let other = shop.admin.make("/v1/orders", order(json!([{"sku": "BOOK", "quantity": 1}]))).await;
        assert_ne!(other["number"], made["number"]);
    }

    async fn faults_name_their_place(app: &TestApp) {
        let shop = Shop::open(app).await;
        let with = |field: &str, value: Value| {
            let mut body = order(json!([{"sku": "BOOK", "quantity": 1}]));
            body[field] = value;
            body
        };
        let line = |line: Value| order(json!([{"sku": "BOOK", "quantity": 1}, line]));
        for (body, pointer, code) in [
            (json!({"lines": [{"sku": "BOOK", "quantity": 1}]}), "/channel", "required"),
            (json!({"channel": "web"}), "/lines", "required"),
            (order(json!([])), "/lines", "length"),
            (with("channel", json!("pigeon")), "/channel", "unknown_value"),
            (with("number", json!("")), "/number", "length"),
            (with("number", json!("a\tb")), "/number", "control_character"),
            (with("customer_id", json!(NOBODY)), "/customer_id", "unknown_reference"),
            (with("currency", json!("EUR")), "/currency", "unsupported_currency"),
            (with("currency", json!("yuan")), "/currency", "format"),
            (with("placed_at", json!("2999-01-01T00:00:00Z")), "/placed_at", "range"),
            (with("shipping_fee", json!(-1)), "/shipping_fee", "range"),
            (with("shipping_fee", json!(1_000_000_000_001_i64)), "/shipping_fee", "range"),
            (with("subtotal", json!(1)), "/subtotal", "unknown_field"),
            (line(json!({"quantity": 1})), "/lines/1/sku", "required"),
            (line(json!({"sku": "BOOK", "product_id": shop.book["id"], "quantity": 1})), "/lines/1/sku", "exclusive"),
            (line(json!({"sku": "BOOOK", "quantity": 1})), "/lines/1/sku", "unknown_reference"),
            (line(json!({"product_id": NOBODY, "quantity": 1})), "/lines/1/product_id", "unknown_reference"),
            (line(json!({"sku": "STAMP", "quantity": 1})), "/lines/1/unit_price", "required"),
            (line(json!({"sku": "BOOK"})), "/lines/1/quantity", "required"),
            (line(json!({"sku": "BOOK", "quantity": 0})), "/lines/1/quantity", "range"),
            (line(json!({"sku": "BOOK", "quantity": -1})), "/lines/1/quantity", "range"),
            (line(json!({"sku": "BOOK", "quantity": 1_000_001})), "/lines/1/quantity", "range"),
            (line(json!({"sku": "BOOK", "quantity": 1.5})), "/lines/1/quantity", "type"),
            (line(json!({"sku": "BOOK", "quantity": 1, "unit_price": -1})), "/lines/1/unit_price", "range"),
            (line(json!({"sku": "BOOK", "quantity": 1, "unit_price": 1_000_000_000_001_i64})), "/lines/1/unit_price", "range"),
            (line(json!({"sku": "BOOK", "quantity": 2, "discount": 9001})), "/lines/1/discount", "range"),
            (line(json!({"sku": "BOOK", "quantity": 1, "beneficiary_id": NOBODY})), "/lines/1/beneficiary_id", "unknown_reference"),
            (line(json!({"sku": "BOOK", "quantity": 1, "refunded": 1})), "/lines/1/refunded", "not_paid"),
        ] {
            shop.admin.post("/v1/orders", body.clone()).await.fault(pointer, code);
        }
        let two = order(json!([{"sku": "A", "quantity": 1}, {"sku": "BOOK", "quantity": 1}, {"sku": "B", "quantity": 1}]));
        let problem = shop.admin.post("/v1/orders", two).await.problem(422, "unknown_reference");
        let places: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        assert_eq!(places, ["/lines/0/sku", "/lines/2/sku"], "every unknown product at once");
        let many: Vec<Value> = (0..1001).map(|_| json!({"sku": "BOOK", "quantity": 1})).collect();
        shop.admin.post("/v1/orders", order(json!(many))).await.fault("/lines", "length");
        assert_eq!(shop.admin.get("/v1/orders?include=total").await.expect(200)["total"], 0, "nothing half-done");
    }

    async fn a_thousand_lines_are_an_order(app: &TestApp) {
        let shop = Shop::open(app).await;
        let lines: Vec<Value> = (0..1000).map(|number| json!({"sku": "STAMP", "quantity": 1, "unit_price": number})).collect();
        let made = shop.admin.make("/v1/orders", order(json!(lines))).await;
        assert_eq!(made["total"], 499_500);
        let path = format!("/v1/orders/{}", made["id"].as_str().unwrap());
        let numbers: Vec<_> = shop.admin.get(&path).await.expect(200)["lines"].as_array().unwrap().iter().map(|l| l["line_no"].as_i64().unwrap()).collect();
        assert_eq!(numbers, (1..=1000).collect::<Vec<_>>());
    }

    async fn amounts_never_wrap(app: &TestApp) {
        let shop = Shop::open(app).await;
        let most = json!({"sku": "STAMP", "quantity": 1000, "unit_price": 1_000_000_000_000_i64});
        let problem = async |body: Value| {
            let problem = shop.admin.post("/v1/orders", body).await.problem(422, "amount_overflow");
            problem["errors"][0]["pointer"].as_str().unwrap().to_owned()
        };
        let largest = json!({"sku": "STAMP", "quantity": 1_000_000, "unit_price": 1_000_000_000_000_i64});
        assert_eq!(problem(order(json!([largest]))).await, "/lines/0");
        assert_eq!(problem(order(json!([{"sku": "BOOK", "quantity": 1}, most]))).await, "/lines/1");
        let mut with_shipping = order(json!([most]));
        assert_eq!(shop.admin.make("/v1/orders", with_shipping.clone()).await["total"], 1_000_000_000_000_000_i64);
        with_shipping["shipping_fee"] = json!(1);
        assert_eq!(problem(with_shipping).await, "/shipping_fee");
    }

    async fn numbers_and_references_belong_to_one(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mut first = order(json!([{"sku": "BOOK", "quantity": 1}]));
        first["number"] = json!("W-1");
        first["external_refs"] = json!([{"system": "erp", "id": "1"}]);
        shop.admin.make("/v1/orders", first.clone()).await;
        let problem = shop.admin.post("/v1/orders", first.clone()).await.problem(409, "already_taken");
        assert_eq!(problem["errors"][0]["pointer"], "/number");
        first["number"] = json!("W-2");
        let problem = shop.admin.post("/v1/orders", first.clone()).await.problem(409, "already_taken");
        assert_eq!(problem["errors"][0]["pointer"], "/external_refs");
        // What was not made has claimed nothing.
        first["external_refs"] = json!([]);
        shop.admin.make("/v1/orders", first).await;
    }

    async fn beneficiaries_are_people_of_the_customer(app: &TestApp) {
        let shop = Shop::open(app).await;
        let (mother, stranger) = (shop.customer("M").await, shop.customer("S").await);
        let (child, other_child) = (shop.child_of(&mother).await, shop.child_of(&stranger).await);
        let body = |customer: Option<&str>, child: &str| json!({
            "channel": "store", "customer_id": customer, "lines": [{"sku": "BOOK", "quantity": 1, "beneficiary_id": child}],
        });
        shop.admin.post("/v1/orders", body(Some(&mother), &other_child)).await.fault("/lines/0/beneficiary_id", "unknown_reference");
        shop.admin.post("/v1/orders", body(None, &child)).await.fault("/lines/0/beneficiary_id", "unknown_reference");
        let made = shop.admin.make("/v1/orders", body(Some(&mother), &child)).await;
        let line = format!("/v1/orders/{}/lines/1", made["id"].as_str().unwrap());
        shop.admin.patch(&line, json!({"beneficiary_id": other_child})).await.fault("/beneficiary_id", "unknown_reference");
        let patched = shop.admin.patch(&line, json!({"beneficiary_id": null, "used_by": "student", "need": "need"})).await.expect(200);
        let details = &patched["lines"][0];
        assert_eq!((&details["beneficiary_id"], &details["used_by"], &details["need"]), (&Value::Null, &json!("student"), &json!("need")));
        assert_eq!(patched["history"][1]["details"], json!({"line_no": 1, "changed": ["beneficiary_id", "need", "used_by"]}));
        // A person who was forgotten may still be named by what names them already.
        shop.admin.patch(&line, json!({"beneficiary_id": child})).await.expect(200);
        shop.admin.delete(&format!("/v1/customers/{mother}/relations/{child}")).await.expect(204);
        shop.admin.patch(&line, json!({"need": "impulse"})).await.expect(200);
        shop.admin.patch(&line, json!({"quantity": 2})).await.fault("/quantity", "unknown_field");
        shop.admin.patch(&format!("{}/lines/2", &line[..line.len() - 8]), json!({})).await.problem(404, "not_found");
    }

    async fn a_storefront_is_no_proof_of_payment(app: &TestApp) {
        let shop = Shop::open(app).await;
        let (storefront, till) = (app.client("orders:write orders:read"), app.client("orders:write payments:write"));
        for (status, is_claim) in [("placed", false), ("cancelled", false), ("paid", true), ("fulfilled", true), ("completed", true), ("refunded", true)] {
            let mut body = order(json!([{"sku": "BOOK", "quantity": 1}]));
            body["status"] = json!(status);
            let reply = storefront.post("/v1/orders", body.clone()).await;
            if is_claim {
                reply.problem(403, "permission_denied");
            } else {
                reply.expect(201);
            }
            assert_eq!(till.make("/v1/orders", body.clone()).await["status"], status);
            assert_eq!(app.staff(Role::Manager).make("/v1/orders", body.clone()).await["status"], status);
            app.staff(Role::Agent).post("/v1/orders", body).await.problem(403, "permission_denied");
        }
        let path = shop.order_at("placed", json!([{"sku": "BOOK", "quantity": 1}])).await;
        for action in ["pay", "refund"] {
            storefront.post(&format!("{path}/{action}"), json!({})).await.problem(403, "permission_denied");
        }
        app.client("payments:write").post(&format!("{path}/pay"), json!({})).await.expect(200);
        app.client("orders:read").post(&format!("{path}/fulfil"), json!({})).await.problem(403, "permission_denied");
        storefront.post(&format!("{path}/fulfil"), json!({})).await.expect(200);
        app.client("customers:read").get(&path).await.problem(403, "permission_denied");
        app.nobody().get(&path).await.problem(401, "unauthenticated");
    }

    async fn histories_agree_with_themselves(app: &TestApp) {
        let shop = Shop::open(app).await;
        let body = |status: &str, kind: &str, refunded: Value| {
            let mut lines = json!([{"sku": "BOOK", "quantity": 2}, {"sku": "BOOK", "quantity": 1}]);
            if !refunded.is_null() {
                lines[0]["refunded"] = refunded;
            }
            json!({"channel": "store", "status": status, "type": kind, "lines": lines})
        };
        let made = shop.admin.make("/v1/orders", body("completed", "sale", json!(4000))).await;
        assert_eq!((&made["refunded_total"], &made["subtotal"], &made["history"][0]["to"]), (&json!(4000), &json!(13_500), &json!("completed")));
        assert_eq!(shop.admin.make("/v1/orders", body("refunded", "sale", Value::Null)).await["refunded_total"], 13_500);
        shop.admin.post("/v1/orders", body("refunded", "sale", json!(4000))).await.fault("/lines/0/refunded", "not_whole");
        shop.admin.post("/v1/orders", body("paid", "sale", json!(9001))).await.fault("/lines/0/refunded", "range");
        shop.admin.post("/v1/orders", body("cancelled", "sale", json!(1))).await.fault("/lines/0/refunded", "not_paid");
        shop.admin.post("/v1/orders", body("completed", "return", json!(1))).await.fault("/lines/0/refunded", "not_for_returns");
        shop.admin.post("/v1/orders", body("refunded", "return", Value::Null)).await.fault("/status", "not_for_returns");
        assert_eq!(shop.admin.make("/v1/orders", body("completed", "return", Value::Null)).await["type"], "return");
        let all = json!({"channel": "store", "status": "paid", "lines": [{"sku": "BOOK", "quantity": 1, "refunded": 4500}]});
        shop.admin.post("/v1/orders", all).await.fault("/status", "whole_refund");
        let free = json!({"channel": "store", "status": "paid", "lines": [{"sku": "BOOK", "quantity": 1, "unit_price": 0}]});
        assert_eq!(shop.admin.make("/v1/orders", free).await["status"], "paid");
    }

    async fn details_may_change_and_money_may_not(app: &TestApp) {
        let shop = Shop::open(app).await;
        let path = shop.order_at("completed", json!([{"sku": "BOOK", "quantity": 1}])).await;
        let patch = json!({"channel": "phone", "store": "Tianhe", "coupon_code": "C", "campaign_id": NOBODY, "external_refs": [{"system": "erp", "id": "9"}]});
        let patched = shop.admin.patch(&path, patch.clone()).await.expect(200);
        for (field, value) in patch.as_object().unwrap() {
            assert_eq!(&patched[field], value, "{field}");
        }
        assert_eq!((&patched["version"], &patched["history"][1]["kind"]), (&json!(2), &json!("updated")));
        assert_eq!(patched["history"][1]["details"]["changed"], json!(["campaign_id", "channel", "coupon_code", "external_refs", "store"]));
        assert_eq!(shop.admin.get("/v1/orders/by-ref/erp/9").await.expect(200)["id"], patched["id"]);
        shop.admin.patch(&path, json!({"external_refs": null, "store": null})).await.expect(200);
        shop.admin.get("/v1/orders/by-ref/erp/9").await.problem(404, "not_found");
        for field in ["lines", "status", "number", "placed_at", "shipping_fee", "currency", "type", "total"] {
            shop.admin.patch(&path, json!({field: "x"})).await.fault(&format!("/{field}"), "unknown_field");
        }
        shop.admin.patch(&path, json!({"channel": null})).await.fault("/channel", "required");
    }

    async fn an_anonymous_order_finds_its_customer(app: &TestApp) {
        let shop = Shop::open(app).await;
        let (customer, other) = (shop.customer("A").await, shop.customer("B").await);
        let body = json!({"channel": "store", "number": "T-1", "external_refs": [{"system": "till", "id": "1"}], "lines": [{"sku": "BOOK", "quantity": 2}, {"sku": "PIANO", "quantity": 1}]});
        let made = shop.admin.make("/v1/orders", body.clone()).await;
        let path = format!("/v1/orders/{}", made["id"].as_str().unwrap());
        shop.admin.post(&format!("{path}/pay"), json!({"reason": "cash"})).await.expect(200);
        shop.admin.patch(&path, json!({"customer_id": NOBODY})).await.fault("/customer_id", "unknown_reference");
        assert_eq!(shop.admin.all(&format!("/v1/orders?customer_id={}", made["id"].as_str().unwrap())).await, Vec::<Value>::new());
        let claimed = shop.admin.patch(&path, json!({"customer_id": customer})).await.expect(200);
        assert_eq!((&claimed["customer_id"], &claimed["version"], &claimed["lines"]), (&json!(customer), &json!(3), &made["lines"]));
        let kinds: Vec<_> = claimed["history"].as_array().unwrap().iter().map(|e| (e["kind"].as_str().unwrap(), e["to"].as_str().unwrap())).collect();
        assert_eq!(kinds, [("created", "placed"), ("stepped", "paid"), ("claimed", "paid")]);
        assert_eq!(claimed["history"][1]["details"]["reason"], "cash");
        assert_eq!(shop.admin.get(&path).await.expect(200), claimed);
        assert_eq!(shop.admin.get("/v1/orders/by-ref/till/1").await.expect(200), claimed);
        assert_eq!(shop.admin.all(&format!("/v1/orders?customer_id={customer}")).await.len(), 1);
        assert_eq!(shop.admin.all("/v1/orders").await.len(), 1, "there is one order still");
        // Once set it stays, and the number is still taken.
        shop.admin.patch(&path, json!({"customer_id": other})).await.fault("/customer_id", "immutable");
        shop.admin.patch(&path, json!({"customer_id": null})).await.fault("/customer_id", "immutable");
        shop.admin.patch(&path, json!({"customer_id": customer, "store": "X"})).await.expect(200);
        shop.admin.post("/v1/orders", body).await.problem(409, "already_taken");
        // Whoever works on it after that finds it where it is now.
        shop.admin.post(&format!("{path}/refund"), json!({"lines": [{"line_no": 1, "amount": 9000}]})).await.expect(200);
    }

    async fn a_claim_and_a_payment_at_once_both_stand(app: &TestApp) {
        let shop = Shop::open(app).await;
        for _ in 0..5 {
            let customer = shop.customer("A").await;
            let path = shop.order_at("placed", json!([{"sku": "BOOK", "quantity": 1}])).await;
            let pay_path = format!("{path}/pay");
            let claim = shop.admin.patch(&path, json!({"customer_id": customer}));
            let pay = shop.admin.post(&pay_path, json!({}));
            let (claimed, paid) = futures_util::future::join(claim, pay).await;
            claimed.expect(200);
            paid.expect(200);
            let order = shop.admin.get(&path).await.expect(200);
            assert_eq!((&order["customer_id"], &order["status"], &order["version"]), (&json!(customer), &json!("paid"), &json!(3)));
            assert_eq!(order["history"].as_array().unwrap().len(), 3);
        }
    }
}
