//! The steps of an order's life, and money given back.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Reply, Shop},
};

/// Where each action leads from each status; none where it is refused.
const TABLE: [(&str, [Option<&str>; 5]); 6] = [
    ("placed", [Some("paid"), None, None, Some("cancelled"), None]),
    ("paid", [None, Some("fulfilled"), None, None, Some("refunded")]),
    ("fulfilled", [None, None, Some("completed"), None, Some("refunded")]),
    ("completed", [None, None, None, None, Some("refunded")]),
    ("cancelled", [None, None, None, None, None]),
    ("refunded", [None, None, None, None, None]),
];
const ACTIONS: [(&str, &str); 5] =
    [("pay", "paid"), ("fulfil", "fulfilled"), ("complete", "completed"), ("cancel", "cancelled"), ("refund", "refunded")];

on_both! {
    async fn every_status_knows_its_steps(app: &TestApp) {
        let shop = Shop::open(app).await;
        for kind in ["sale", "return"] {
            for (status, row) in TABLE {
                if kind == "return" && status == "refunded" {
                    continue;
                }
                for ((action, target), expected) in ACTIONS.into_iter().zip(row) {
                    let body = json!({"channel": "web", "type": kind, "status": status, "lines": [{"sku": "BOOK", "quantity": 1}]});
                    let made = shop.admin.make("/v1/orders", body).await;
                    let path = format!("/v1/orders/{}", made["id"].as_str().unwrap());
                    let reply = Reply::of(shop.admin.request(Method::POST, &format!("{path}/{action}"))).await;
                    match expected {
                        Some(next) if kind == "sale" || action != "refund" => {
                            assert_eq!(reply.header("etag"), "\"2\"");
                            let order = reply.expect(200);
                            assert_eq!((&order["status"], &order["version"]), (&json!(next), &json!(2)), "{status} {action}");
                            let event = &order["history"][1];
                            assert_eq!((&event["from"], &event["to"]), (&json!(status), &json!(next)), "{status} {action}");
                            assert_eq!(shop.admin.get(&path).await.expect(200), order);
                        }
                        _ => {
                            let problem = reply.problem(409, "invalid_transition");
                            if kind == "sale" {
                                let detail = problem["detail"].as_str().unwrap();
                                assert!(detail.contains(status) && detail.contains(target), "{status} {action}: {detail}");
                            }
                            assert_eq!(shop.admin.get(&path).await.expect(200), made);
                        }
                    }
                }
            }
        }
    }

    async fn a_step_says_when_and_why(app: &TestApp) {
        let shop = Shop::open(app).await;
        let body = json!({"channel": "web", "placed_at": "2026-06-30T07:00:00Z", "lines": [{"sku": "BOOK", "quantity": 1}]});
        let path = format!("/v1/orders/{}", shop.admin.make("/v1/orders", body).await["id"].as_str().unwrap());
        let pay = format!("{path}/pay");
        shop.admin.post(&pay, json!({"at": "2999-01-01T00:00:00Z"})).await.fault("/at", "range");
        shop.admin.post(&pay, json!({"reason": ""})).await.fault("/reason", "length");
        shop.admin.post(&pay, json!({"amount": 1})).await.fault("/amount", "unknown_field");
        let stale = Reply::of(shop.admin.request(Method::POST, &pay).header("if-match", "\"7\"")).await;
        stale.problem(412, "stale_version");
        let paid = shop.admin.post(&format!("{pay}?validate_only=true"), json!({})).await.expect(200);
        assert_eq!(paid["status"], "paid");
        let fresh = Reply::of(shop.admin.request(Method::POST, &pay).header("if-match", "\"1\"").json(&json!({"at": "2026-06-30T08:00:00Z", "reason": "cash"}))).await;
        let event = fresh.expect(200)["history"][1].clone();
        assert_eq!((&event["kind"], &event["at"], &event["details"]), (&json!("stepped"), &json!("2026-06-30T08:00:00Z"), &json!({"reason": "cash"})));
        assert_eq!((&event["actor"]["kind"], event["actor"]["id"].is_string()), (&json!("staff"), true));
        let client = app.client("orders:write").post(&format!("{path}/fulfil"), json!({})).await.expect(200);
        assert_eq!(client["history"][2]["actor"]["kind"], "client");
    }

    async fn refunds_are_part_or_whole(app: &TestApp) {
        let shop = Shop::open(app).await;
        // 85.00 and 45.00, and shipping that is never given back.
        let body = json!({"channel": "web", "status": "fulfilled", "shipping_fee": 800, "lines": [{"sku": "BOOK", "quantity": 2, "discount": 500}, {"sku": "BOOK", "quantity": 1}]});
        let made = shop.admin.make("/v1/orders", body).await;
        let path = format!("/v1/orders/{}", made["id"].as_str().unwrap());
        let refund = format!("{path}/refund");
        for (lines, pointer, code) in [
            (json!([{"line_no": 1, "amount": 8501}]), "/lines/0/amount", "range"),
            (json!([{"line_no": 2, "amount": 4500}, {"line_no": 3, "amount": 1}]), "/lines/1/line_no", "unknown_line"),
            (json!([{"line_no": 1, "amount": 1}, {"line_no": 1, "amount": 1}]), "/lines/1/line_no", "duplicate"),
            (json!([{"line_no": 1, "amount": 0}]), "/lines/0/amount", "range"),
            (json!([{"line_no": 1, "amount": -5}]), "/lines/0/amount", "range"),
            (json!([{"line_no": 1, "amount": 9_223_372_036_854_775_807_i64}]), "/lines/0/amount", "range"),
            (json!([]), "/lines", "length"),
        ] {
            shop.admin.post(&refund, json!({"lines": lines})).await.fault(pointer, code);
        }
        let part = shop.admin.post(&refund, json!({"lines": [{"line_no": 1, "amount": 8000}], "reason": "damaged"})).await.expect(200);
        assert_eq!((&part["status"], &part["refunded_total"], &part["lines"][0]["refunded"]), (&json!("fulfilled"), &json!(8000), &json!(8000)));
        assert_eq!((&part["subtotal"], &part["total"]), (&json!(13_000), &json!(13_800)));
        assert_eq!(part["history"][1]["details"], json!({"amount": 8000, "lines": [{"line_no": 1, "amount": 8000}], "reason": "damaged"}));
        shop.admin.post(&refund, json!({"lines": [{"line_no": 1, "amount": 501}]})).await.fault("/lines/0/amount", "range");
        // The order goes on as before, and what is left can be given back later.
        shop.admin.post(&format!("{path}/complete"), json!({})).await.expect(200);
        let whole = Reply::of(shop.admin.request(Method::POST, &refund)).await.expect(200);
        assert_eq!((&whole["status"], &whole["refunded_total"]), (&json!("refunded"), &json!(13_000)));
        let event = &whole["history"][3];
        assert_eq!((&event["from"], &event["to"]), (&json!("completed"), &json!("refunded")));
        assert_eq!(event["details"], json!({"amount": 5000, "lines": [{"line_no": 1, "amount": 500}, {"line_no": 2, "amount": 4500}]}));
        shop.admin.post(&refund, json!({"lines": [{"line_no": 1, "amount": 1}]})).await.problem(409, "invalid_transition");
    }

    async fn the_last_part_makes_it_whole(app: &TestApp) {
        let shop = Shop::open(app).await;
        let path = shop.order_at("paid", json!([{"sku": "BOOK", "quantity": 1}, {"sku": "BOOK", "quantity": 1, "unit_price": 0}])).await;
        let refund = format!("{path}/refund");
        shop.admin.post(&refund, json!({"lines": [{"line_no": 1, "amount": 4499}]})).await.expect(200);
        let last = shop.admin.post(&refund, json!({"lines": [{"line_no": 1, "amount": 1}]})).await.expect(200);
        assert_eq!(last["status"], "refunded");
        let free = shop.order_at("paid", json!([{"sku": "BOOK", "quantity": 1, "discount": 4500}])).await;
        assert_eq!(shop.admin.post(&format!("{free}/refund"), json!({})).await.expect(200)["status"], "refunded");
    }

    async fn two_payments_at_once_are_one(app: &TestApp) {
        let shop = Shop::open(app).await;
        let path = shop.order_at("placed", json!([{"sku": "BOOK", "quantity": 1}])).await;
        let pay = format!("{path}/pay");
        let tries = futures_util::future::join_all((0..6).map(|_| shop.admin.post(&pay, json!({})))).await;
        let mut statuses: Vec<u16> = tries.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409, 409, 409, 409]);
        let order = shop.admin.get(&path).await.expect(200);
        assert_eq!((&order["version"], order["history"].as_array().unwrap().len()), (&json!(2), 2));
    }

    async fn one_key_pays_once(app: &TestApp) {
        let shop = Shop::open(app).await;
        let path = shop.order_at("placed", json!([{"sku": "BOOK", "quantity": 1}])).await;
        let with_key = || Reply::of(shop.admin.request(Method::POST, &format!("{path}/pay")).header("idempotency-key", "k-1").json(&json!({})));
        let tries = futures_util::future::join_all((0..4).map(|_| with_key())).await;
        for reply in tries {
            match reply.status {
                200 => assert_eq!(reply.body["version"], 2),
                _ => drop(reply.problem(409, "idempotency_in_progress")),
            }
        }
        let again = with_key().await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.expect(200)["version"], 2);
    }

    async fn refunds_at_once_never_exceed_what_was_paid(app: &TestApp) {
        let shop = Shop::open(app).await;
        let path = shop.order_at("paid", json!([{"sku": "STAMP", "quantity": 1, "unit_price": 100}])).await;
        let refund = format!("{path}/refund");
        let part = json!({"lines": [{"line_no": 1, "amount": 30}]});
        let tries = futures_util::future::join_all((0..8).map(|_| shop.admin.post(&refund, part.clone()))).await;
        let mut statuses: Vec<u16> = tries.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 422, 422, 422, 422, 422]);
        let whole = futures_util::future::join_all((0..4).map(|_| shop.admin.post(&refund, json!({})))).await;
        assert_eq!(whole.iter().filter(|reply| reply.status == 200).count(), 1);
        let order = shop.admin.get(&path).await.expect(200);
        assert_eq!((&order["refunded_total"], &order["status"], &order["version"]), (&json!(100), &json!("refunded"), &json!(5)));
        let given: i64 = order["history"].as_array().unwrap().iter().filter_map(|event| event["details"]["amount"].as_i64()).sum();
        assert_eq!(given, 100);
    }

    async fn what_is_not_there_is_not_found(app: &TestApp) {
        let shop = Shop::open(app).await;
        let nothing = "/v1/orders/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77";
        shop.admin.get(nothing).await.problem(404, "not_found");
        shop.admin.patch(nothing, json!({"store": "X"})).await.problem(404, "not_found");
        for (action, _) in ACTIONS {
            shop.admin.post(&format!("{nothing}/{action}"), json!({})).await.problem(404, "not_found");
        }
        shop.admin.post("/v1/orders/17/pay", json!({})).await.problem(404, "not_found");
        let reply = Reply::of(shop.admin.request(Method::POST, &format!("{nothing}/pay")).header("content-type", "text/plain").body("x")).await;
        reply.problem(415, "unsupported_media_type");
        assert_eq!(shop.admin.get("/v1/orders").await.expect(200)["data"], Value::Array(vec![]));
    }
}
