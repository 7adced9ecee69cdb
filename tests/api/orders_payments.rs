//! What providers of payments tell.

use patron::domain::signatures::sign;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Database, Reply, Shop, TestApp},
};

const PATH: &str = "/v1/payments/notifications";
async fn send(app: &TestApp, body: &Value, signature: &str) -> Reply {
    let request = app.nobody().request(Method::POST, PATH).header("patron-signature", signature).header("content-type", "application/json");
    Reply::of(request.body(body.to_string())).await
}

async fn tell(app: &TestApp, body: Value) -> Reply {
    send(app, &body, &app.signature_of(&body.to_string())).await
}

async fn placed(shop: &Shop, number: &str) -> String {
    let body = json!({"number": number, "channel": "web", "placed_at": "2026-06-30T08:15:00Z", "shipping_fee": 800, "lines": [{"sku": "BOOK", "quantity": 1}, {"sku": "BOOK", "quantity": 1}]});
    format!("/v1/orders/{}", shop.admin.make("/v1/orders", body).await["id"].as_str().unwrap())
}

on_both! {
    async fn only_the_provider_is_believed(app: &TestApp) {
        let shop = Shop::open(app).await;
        let path = placed(&shop, "W-1").await;
        let body = json!({"number": "W-1", "event": "paid", "reference": "ch_1", "at": "2026-06-30T08:16:02Z"});
        app.nobody().post(PATH, body.clone()).await.problem(401, "unauthenticated");
        shop.admin.post(PATH, body.clone()).await.problem(401, "unauthenticated");
        send(app, &body, "nonsense").await.problem(401, "unauthenticated");
        send(app, &body, &sign("whsec_another_secret", body.to_string().as_bytes(), app.now())).await.problem(401, "unauthenticated");
        send(app, &body, &app.signature_of("{}")).await.problem(401, "unauthenticated");
        let signature = app.signature_of(&body.to_string());
        app.pass(301);
        send(app, &body, &signature).await.problem(401, "unauthenticated");
        assert_eq!(shop.admin.get(&path).await.expect(200)["status"], "placed");
        tell(app, body).await.expect(200);
        let order = shop.admin.get(&path).await.expect(200);
        let event = &order["history"][1];
        assert_eq!((&order["status"], &event["actor"]), (&json!("paid"), &json!({"kind": "payment_provider", "id": null})));
        assert_eq!((&event["at"], &event["details"]), (&json!("2026-06-30T08:16:02Z"), &json!({"reference": "ch_1"})));
    }

    async fn what_is_told_twice_is_done_once(app: &TestApp) {
        let shop = Shop::open(app).await;
        let (path, other) = (placed(&shop, "W-1").await, placed(&shop, "W-2").await);
        let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
        let body = json!({"order_id": id(&path), "event": "paid", "amount": 9800, "reference": "ch_1", "at": "2026-06-30T08:16:02Z"});
        let replies = futures_util::future::join_all((0..4).map(|_| tell(app, body.clone()))).await;
        for reply in replies {
            assert_eq!(reply.expect(200)["version"], 2);
        }
        let refund = json!({"order_id": id(&path), "event": "refunded", "amount": 1000, "reference": "ch_1", "at": "2026-07-01T00:00:00Z"});
        for _ in 0..2 {
            let order = tell(app, refund.clone()).await.expect(200);
            assert_eq!((&order["refunded_total"], &order["version"]), (&json!(1000), &json!(3)), "the same reference for another event is another thing");
        }
        let mut elsewhere = body.clone();
        elsewhere["order_id"] = json!(id(&other));
        let problem = tell(app, elsewhere).await.problem(409, "already_taken");
        assert_eq!(problem["errors"][0]["pointer"], "/reference");
        let mut again = body;
        again["reference"] = json!("ch_2");
        tell(app, again).await.problem(409, "invalid_transition");
        // What failed can be told again once it can be done.
        let early = json!({"number": "W-2", "event": "refunded", "reference": "re_9", "at": "2026-07-01T00:00:00Z"});
        tell(app, early.clone()).await.problem(409, "invalid_transition");
        shop.admin.post(&format!("{other}/pay"), json!({"at": "2026-06-30T09:00:00Z"})).await.expect(200);
        assert_eq!(tell(app, early).await.expect(200)["status"], "refunded");
        // A claim in between makes no difference.
        let (third, customer) = (placed(&shop, "W-3").await, shop.customer("A").await);
        let paid = json!({"number": "W-3", "event": "paid", "reference": "ch_3", "at": "2026-06-30T08:16:02Z"});
        tell(app, paid.clone()).await.expect(200);
        shop.admin.patch(&third, json!({"customer_id": customer})).await.expect(200);
        assert_eq!(tell(app, paid).await.expect(200)["version"], 3);
    }

    async fn amounts_are_checked(app: &TestApp) {
        let shop = Shop::open(app).await;
        let path = placed(&shop, "W-1").await;
        let body = |event: &str, reference: &str, amount: i64| json!({"number": "W-1", "event": event, "amount": amount, "reference": reference, "at": "2026-06-30T08:16:02Z"});
        tell(app, body("paid", "1", 9000)).await.fault("/amount", "range");
        tell(app, body("paid", "1", 9800)).await.expect(200);
        tell(app, body("refunded", "2", 9001)).await.fault("/amount", "range");
        tell(app, body("refunded", "2", 0)).await.fault("/amount", "range");
        let part = tell(app, body("refunded", "2", 5000)).await.expect(200);
        assert_eq!((&part["lines"][0]["refunded"], &part["lines"][1]["refunded"], &part["status"]), (&json!(4500), &json!(500), &json!("paid")));
        // All that is left of the goods, and shipping.
        let whole = tell(app, body("refunded", "3", 4800)).await.expect(200);
        assert_eq!((&whole["refunded_total"], &whole["status"]), (&json!(9000), &json!("refunded")));
        assert_eq!(shop.admin.get(&path).await.expect(200)["history"].as_array().unwrap().len(), 4);
    }

    async fn faults_name_their_place(app: &TestApp) {
        Shop::open(app).await;
        let base = json!({"number": "none", "event": "paid", "reference": "1", "at": "2026-06-30T08:16:02Z"});
        let with = |field: &str, value: Value| {
            let mut body = base.clone();
            body[field] = value;
            body
        };
        for (body, pointer, code) in [
            (base.clone(), "/number", "unknown_reference"),
            (with("number", Value::Null), "/order_id", "required"),
            (with("order_id", json!("018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77")), "/order_id", "exclusive"),
            (json!({"order_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "event": "paid", "reference": "1", "at": "2026-06-30T08:16:02Z"}), "/order_id", "unknown_reference"),
            (with("event", json!("charged")), "/event", "unknown_value"),
            (with("reference", json!("")), "/reference", "length"),
            (with("amount", json!(-1)), "/amount", "range"),
            (with("at", json!("2999-01-01T00:00:00Z")), "/at", "range"),
            (with("card", json!("4111")), "/card", "unknown_field"),
        ] {
            tell(app, body.clone()).await.fault(pointer, code);
        }
        let text = "{\"number\":";
        let signature = app.signature_of(text);
        let request = app.nobody().request(Method::POST, PATH).header("patron-signature", signature).header("content-type", "application/json");
        Reply::of(request.body(text)).await.problem(400, "malformed_body");
    }
}

#[actix_web::test]
async fn without_a_secret_there_is_no_such_resource() {
    TestApp::run_with(
        Database::sqlite(),
        |config| config.payment_secret = None,
        |app| {
            Box::pin(async move {
                let body = json!({"number": "W-1", "event": "paid", "reference": "ch_1", "at": "2026-06-30T08:16:02Z"});
                send(app, &body, &sign("", body.to_string().as_bytes(), app.now())).await.problem(404, "not_found");
            })
        },
    )
    .await;
}
