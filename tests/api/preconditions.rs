//! Upserts that hold only when their resource is there, or is not yet.

use patron::{
    db::WriteMode,
    domain::{
        messages::{MessageChannel, MessageKind, NewMessage},
        permissions::Role,
    },
    services::messages,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Caller, Reply, order, person},
};

async fn put(caller: &Caller, path: &str, header: &'static str, value: &'static str, body: &Value) -> Reply {
    Reply::of(caller.request(Method::PUT, path).header(header, value).json(body)).await
}

on_both! {
    async fn an_upsert_may_be_told_to_make_or_to_replace_only(app: &TestApp) {
        let admin = app.admin();
        let bodies = [
            ("customers", person("A")),
            ("categories", json!({"name": "A"})),
            ("products", json!({"sku": "A", "title": "A", "price": 100, "currency": "CNY"})),
            ("orders", order(json!([{"sku": "A", "quantity": 1, "unit_price": 100}]))),
        ];
        for (kind, body) in bodies {
            let path = format!("/v1/{kind}/by-ref/erp/A");
            put(&admin, &path, "if-match", "*", &body).await.problem(412, "stale_version");
            put(&admin, &path, "if-match", "\"1\"", &body).await.problem(412, "stale_version");
            assert_eq!(put(&admin, &path, "if-none-match", "*", &body).await.expect(201)["version"], 1, "{kind}");
            put(&admin, &path, "if-none-match", "*", &body).await.problem(412, "stale_version");
            put(&admin, &path, "if-none-match", "\"1\"", &body).await.problem(400, "malformed_request");
            put(&admin, &path, "if-match", "*", &body).await.expect(200);
        }
    }

    async fn if_match_is_heeded_by_every_action_that_lists_it(app: &TestApp) {
        let paths = app.app.spec.document()["paths"].as_object().unwrap().clone();
        let mut listed: Vec<String> = Vec::new();
        for (path, item) in &paths {
            let parameters = item.pointer("/post/parameters").and_then(Value::as_array);
            if parameters.into_iter().flatten().any(|parameter| parameter["name"] == "If-Match") {
                listed.push(path.clone());
            }
        }
        let admin = app.admin();
        let customer = admin.make("/v1/customers", person("A")).await["id"].as_str().unwrap().to_owned();
        admin.make(&format!("/v1/customers/{customer}/cards"), json!({"number": "C1", "kind": "regular"})).await;
        admin.make("/v1/products", json!({"sku": "A", "title": "A", "price": 100, "currency": "CNY"})).await;
        let placed = admin.make("/v1/orders", order(json!([{"sku": "A", "quantity": 1, "unit_price": 100}]))).await["id"].as_str().unwrap().to_owned();
        let client = admin.make("/v1/clients", json!({"name": "till", "scopes": ["orders:read"]})).await["id"].as_str().unwrap().to_owned();
        let model = admin.get("/v1/value-models").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
        let complaint = json!({"type": "complaint", "channel": "web", "body": "The spine is broken."});
        let complaint = admin.make("/v1/feedback", complaint).await["id"].as_str().unwrap().to_owned();
        let questions = json!([{"key": "visit", "kind": "csat", "text": "How was it?"}]);
        let survey = admin.make("/v1/surveys", json!({"title": "A", "questions": questions})).await["id"].as_str().unwrap().to_owned();
        let batch = admin.make("/v1/coupon-batches", json!({"name": "A", "kind": "percent", "percent": 10})).await["id"].as_str().unwrap().to_owned();
        let segment = admin.get("/v1/segments").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
        let variants = json!([{"key": "a", "share": 1, "subject": "A", "text": "A"}]);
        let campaign = json!({"name": "A", "audience": {"segments_in": [segment]}, "variants": variants});
        let campaign = admin.make("/v1/campaigns", campaign).await["id"].as_str().unwrap().to_owned();
        let now = app.now();
        let letter = NewMessage {
            kind: MessageKind::SurveyInvitation,
            channel: MessageChannel::Email,
            customer_id: None,
            about_id: None,
            recipient: "a@example.com".to_owned(),
            subject: "A".to_owned(),
            body: "A".to_owned(),
            html: None,
            campaign: None,
        };
        let message = app.app.db.write(WriteMode::Commit, move |tx| messages::enqueue(tx, now, letter)).await.unwrap();
        let mut actions: Vec<(&str, String, Value)> = vec![
            ("/v1/messages/{id}/retry", format!("/v1/messages/{message}/retry"), Value::Null),
            ("/v1/customers/{id}/cards/{number}/replace", format!("/v1/customers/{customer}/cards/C1/replace"), json!({"number": "C2"})),
            ("/v1/customers/{id}/points/spend", format!("/v1/customers/{customer}/points/spend"), json!({"points": 1, "business_id": "A"})),
            (
                "/v1/customers/{id}/points/adjust",
                format!("/v1/customers/{customer}/points/adjust"),
                json!({"points": 1, "reason": "A", "business_id": "A"}),
            ),
            ("/v1/clients/{id}/rotate-secret", format!("/v1/clients/{client}/rotate-secret"), Value::Null),
            ("/v1/value-models/{id}/activate", format!("/v1/value-models/{model}/activate"), Value::Null),
            ("/v1/coupon-batches/{id}/end", format!("/v1/coupon-batches/{batch}/end"), Value::Null),
        ];
        for pattern in ["/v1/orders/{id}/pay", "/v1/orders/{id}/fulfil", "/v1/orders/{id}/complete", "/v1/orders/{id}/cancel", "/v1/orders/{id}/refund"] {
            actions.push((pattern, pattern.replace("{id}", &placed), Value::Null));
        }
        for (pattern, body) in [
            ("/v1/feedback/{id}/actions", json!({"note": "Called back."})),
            ("/v1/feedback/{id}/assign", json!({"assignee_id": null})),
            ("/v1/feedback/{id}/start", Value::Null),
            ("/v1/feedback/{id}/wait", Value::Null),
            ("/v1/feedback/{id}/resume", Value::Null),
            ("/v1/feedback/{id}/resolve", json!({"resolution": "Paid back."})),
            ("/v1/feedback/{id}/outcome", json!({"helped": true})),
            ("/v1/feedback/{id}/close", Value::Null),
            ("/v1/feedback/{id}/reopen", Value::Null),
        ] {
            actions.push((pattern, pattern.replace("{id}", &complaint), body));
        }
        for pattern in ["/v1/surveys/{id}/open", "/v1/surveys/{id}/close"] {
            actions.push((pattern, pattern.replace("{id}", &survey), Value::Null));
        }
        for pattern in ["/v1/campaigns/{id}/launch", "/v1/campaigns/{id}/pause", "/v1/campaigns/{id}/resume", "/v1/campaigns/{id}/cancel"] {
            actions.push((pattern, pattern.replace("{id}", &campaign), Value::Null));
        }
        for (_, path, body) in &actions {
            let request = admin.request(Method::POST, path).header("if-match", "\"999\"");
            let request = if body.is_null() { request } else { request.json(body) };
            Reply::of(request).await.problem(412, "stale_version");
        }
        let mut known: Vec<&str> = actions.iter().map(|(pattern, ..)| *pattern).collect();
        known.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, known);
    }

    async fn the_problems_of_a_batch_point_into_its_items(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        agent.make("/v1/customers", json!({"name": "A", "email": "a@example.com"})).await;
        let item = |reference: Value, data: Value| json!({"ref": reference, "data": data});
        let erp = |id: &str| json!({"system": "erp", "id": id});
        let batch = json!({"items": [
            item(erp("1"), json!({"name": ""})),
            item(erp("2"), json!({"name": "B", "email": "a@example.com"})),
            item(json!({"system": "NO SYSTEM", "id": "3"}), person("C")),
            item(erp("4"), json!({"name": "D", "lifecycle": "former"})),
        ]});
        let results = agent.post("/v1/customers/batch", batch).await.expect(200);
        let pointers: Vec<&str> = (0..4).map(|place| results["results"][place]["problem"]["errors"][0]["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, ["/data/name", "/data/email", "/ref/system", "/data/stopped_reason"]);
    }
}
