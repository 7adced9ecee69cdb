//! Taking feedback in: what it is about, and what is refused.

use serde_json::{Value, json};

use super::{open_desk, path_of};
use crate::{on_both, support::Shop};

on_both! {
    async fn feedback_is_kept_as_it_came(app: &TestApp) {
        let shop = open_desk(app).await;
        let body = "<script>alert('王')</script>\r\n\tPages 113 & 114 are \u{7}missing.\u{202e}";
        let draft = json!({
            "type": "complaint", "channel": "web", "subject": "Two pages are <b>missing</b>", "body": body, "priority": "high", "tags": ["binding", "page"],
            "attachments": [{"url": "https://shop.example/4711.jpg", "name": "page.jpg", "media_type": "image/jpeg"}, {"url": "http://127.0.0.1/x"}],
            "external_refs": [{"system": "helpdesk", "id": "T-1"}],
        });
        let made = app.client("feedback:write").post("/v1/feedback", draft.clone()).await;
        assert_eq!(made.header("etag"), "\"1\"");
        assert!(!made.text.contains('\u{7}'), "control characters are escaped: {}", made.text);
        let made = made.expect(201);
        for (field, value) in draft.as_object().unwrap() {
            if field != "attachments" {
                assert_eq!(&made[field], value, "{field}");
            }
        }
        assert_eq!(made["attachments"][1], json!({"url": "http://127.0.0.1/x", "name": null, "media_type": null}));
        assert_eq!((&made["status"], &made["clock"], &made["customer_id"], &made["tier"]), (&json!("open"), &json!("running"), &Value::Null, &Value::Null));
        assert_eq!((&made["reopened_count"], &made["paused_seconds"], &made["outcome"]), (&json!(0), &json!(0), &Value::Null));
        let event = &made["history"][0];
        assert_eq!((&event["kind"], &event["from"], &event["to"], &event["actor"]["kind"]), (&json!("created"), &Value::Null, &json!("open"), &json!("client")));
        assert_eq!(shop.admin.get(&path_of(&made)).await.expect(200), made);
        assert_eq!(shop.admin.get("/v1/feedback/by-ref/helpdesk/T-1").await.expect(200), made);
        shop.admin.post("/v1/feedback", draft).await.problem(409, "already_taken");
    }

    async fn it_is_about_what_its_order_says(app: &TestApp) {
        let shop = open_desk(app).await;
        let (mei, other) = (shop.customer("Mei").await, shop.customer("Other").await);
        let lines = json!([{"sku": "PIANO", "quantity": 1}, {"sku": "BOOK", "quantity": 1}]);
        let order = shop.admin.make("/v1/orders", json!({"channel": "web", "customer_id": mei, "lines": lines})).await;
        let anonymous = shop.admin.make("/v1/orders", json!({"channel": "store", "lines": lines})).await;
        let say = |mut more: Value| {
            for (field, value) in [("type", "complaint"), ("channel", "email"), ("body", "Late.")] {
                more[field] = json!(value);
            }
            shop.admin.post("/v1/feedback", more)
        };
        let made = say(json!({"order_id": order["id"], "line_no": 2})).await.expect(201);
        assert_eq!((&made["customer_id"], &made["product_id"]), (&json!(mei), &shop.book["id"]));
        assert_eq!(made["tier"], "prospect");
        let made = say(json!({"order_id": order["id"], "customer_id": null})).await.expect(201);
        assert_eq!((&made["customer_id"], &made["product_id"]), (&Value::Null, &Value::Null));
        // Anonymous stays anonymous until somebody says otherwise.
        let path = path_of(&made);
        let patched = shop.admin.patch(&path, json!({"line_no": 2})).await.expect(200);
        assert_eq!((&patched["customer_id"], &patched["product_id"]), (&Value::Null, &shop.book["id"]));
        say(json!({"order_id": anonymous["id"], "customer_id": other, "product_id": shop.book["id"]})).await.expect(201);
        let nobody = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77";
        for (more, pointer) in [
            (json!({"customer_id": nobody}), "/customer_id"),
            (json!({"order_id": nobody}), "/order_id"),
            (json!({"product_id": nobody}), "/product_id"),
            (json!({"order_id": order["id"], "customer_id": other}), "/order_id"),
        ] {
            say(more).await.fault(pointer, "unknown_reference");
        }
        say(json!({"order_id": order["id"], "line_no": 3})).await.fault("/line_no", "unknown_line");
        say(json!({"order_id": order["id"], "line_no": 1, "product_id": shop.book["id"]})).await.fault("/product_id", "other_product");
        say(json!({"line_no": 1})).await.fault("/order_id", "required");
    }

    async fn what_is_wrong_is_told(app: &TestApp) {
        let shop = Shop::open(app).await;
        let with = |field: &str, value: Value| {
            let mut draft = json!({"type": "inquiry", "channel": "fax", "body": "?"});
            draft[field] = value;
            shop.admin.post("/v1/feedback", draft)
        };
        for (field, value, pointer, code) in [
            ("type", json!("rant"), "/type", "unknown_value"),
            ("channel", json!("telex"), "/channel", "unknown_value"),
            ("body", json!("x".repeat(20_001)), "/body", "length"),
            ("body", json!(""), "/body", "length"),
            ("body", json!(" \n\u{200b}"), "/body", "blank"),
            ("body", Value::Null, "/body", "required"),
            ("subject", json!("two\nlines"), "/subject", "control_character"),
            ("rating", json!(5), "/rating", "only_for_reviews"),
            ("rating", json!(6), "/rating", "range"),
            ("rating", json!(0), "/rating", "range"),
            ("priority", json!("asap"), "/priority", "unknown_value"),
            ("tags", json!(["a", "a"]), "/tags", "duplicate"),
            ("attachments", json!([{"url": "javascript:alert(1)"}]), "/attachments/0/url", "web_address"),
            ("attachments", json!([{"url": "https://a", "media_type": "text/html; x=y"}]), "/attachments/0/media_type", "media_type"),
            ("attachments", json!([{"url": "https://a", "data": "x"}]), "/attachments/0/data", "unknown_field"),
            ("status", json!("closed"), "/status", "unknown_field"),
        ] {
            let reply = with(field, value.clone()).await;
            let problem = reply.expect(422);
            let first = &problem["errors"][0];
            assert_eq!((first["pointer"].as_str(), first["code"].as_str()), (Some(pointer), Some(code)), "{field}: {problem}");
        }
        with("body", json!("a\u{0}b")).await.problem(400, "malformed_body");
        let longest: String = "说".repeat(20_000);
        assert_eq!(with("body", json!(longest)).await.expect(201)["body"], longest);
    }

    async fn reviews_have_a_rating(app: &TestApp) {
        let shop = open_desk(app).await;
        let mei = shop.customer("Mei").await;
        let review = |rating: Value| json!({"type": "review", "channel": "web", "customer_id": mei, "product_id": shop.book["id"], "rating": rating});
        shop.admin.post("/v1/feedback", review(Value::Null)).await.fault("/rating", "required");
        for rating in [0, 6, -1] {
            shop.admin.post("/v1/feedback", review(json!(rating))).await.fault("/rating", "range");
        }
        let made = shop.admin.make("/v1/feedback", review(json!(2))).await;
        assert_eq!((&made["rating"], &made["body"]), (&json!(2), &Value::Null));
        let satisfaction = async |expected: Value| {
            let customer = shop.admin.get(&format!("/v1/customers/{mei}")).await.expect(200);
            assert_eq!(customer["satisfaction"], expected);
        };
        satisfaction(json!({"last_rating": 2, "open_complaints": 0, "last_nps": null})).await;
        // A review stays one: it would have a rating that nothing else has.
        let path = path_of(&made);
        shop.admin.patch(&path, json!({"type": "praise", "body": "x"})).await.fault("/rating", "only_for_reviews");
        shop.admin.patch(&path, json!({"rating": 4})).await.expect(200);
        satisfaction(json!({"last_rating": 4, "open_complaints": 0, "last_nps": null})).await;
    }

    async fn what_was_said_can_be_put_right(app: &TestApp) {
        let shop = open_desk(app).await;
        let mei = shop.customer("Mei").await;
        let made = shop.admin.make("/v1/feedback", json!({"type": "inquiry", "channel": "phone", "body": "When?", "tags": ["old", "kept"]})).await;
        let path = path_of(&made);
        shop.admin.post(&format!("{path}/actions"), json!({"note": "Called back."})).await.expect(200);
        let after = shop.admin.patch(&path, json!({"customer_id": mei, "subject": "Delivery", "tags": ["kept", "new"]})).await.expect(200);
        assert_eq!((&after["customer_id"], &after["version"], &after["tier"]), (&json!(mei), &json!(3), &json!("prospect")));
        let kinds: Vec<_> = after["history"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["created", "acted", "claimed"]);
        assert_eq!(after["history"][2]["details"]["changed"], json!(["customer_id", "subject", "tags"]));
        assert_eq!(shop.admin.get(&path).await.expect(200), after);
        for (tag, count) in [("old", 0), ("kept", 1), ("new", 1)] {
            assert_eq!(shop.admin.all(&format!("/v1/feedback?tag={tag}")).await.len(), count, "{tag}");
        }
        let other = shop.customer("Other").await;
        for customer in [json!(other), Value::Null] {
            shop.admin.patch(&path, json!({"customer_id": customer})).await.fault("/customer_id", "immutable");
        }
        // What says nothing new changes nothing.
        assert_eq!(shop.admin.patch(&path, json!({"subject": "Delivery"})).await.expect(200)["version"], 3);
        let stale = crate::support::Reply::of(shop.admin.request(reqwest::Method::PATCH, &path).header("if-match", "\"2\"").json(&json!({"subject": "x"}))).await;
        stale.problem(412, "stale_version");
        assert_eq!(shop.admin.all(&format!("/v1/customers/{mei}/feedback")).await.len(), 1);
        assert_eq!(shop.admin.all(&format!("/v1/customers/{other}/feedback")).await.len(), 0);
        shop.admin.get("/v1/customers/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77/feedback").await.problem(404, "not_found");
    }

    async fn other_systems_send_it_again(app: &TestApp) {
        let shop = open_desk(app).await;
        let mei = shop.customer("Mei").await;
        let helpdesk = app.client("feedback:write feedback:read");
        let path = "/v1/feedback/by-ref/helpdesk/T-7";
        let draft = |body: &str| json!({"type": "complaint", "channel": "email", "body": body});
        let mut first = draft("Broken.");
        first["customer_id"] = json!(mei);
        let made = helpdesk.put(path, first).await.expect(201);
        assert_eq!(made["external_refs"], json!([{"system": "helpdesk", "id": "T-7"}]));
        helpdesk.post(&format!("{}/start", path_of(&made)), json!({})).await.expect(200);
        let again = helpdesk.put(path, draft("Broken and late.")).await.expect(200);
        assert_eq!((&again["id"], &again["status"], &again["customer_id"], &again["body"]), (&made["id"], &json!("in_progress"), &json!(mei), &json!("Broken and late.")));
        let mut parted = draft("Broken.");
        parted["customer_id"] = Value::Null;
        helpdesk.put(path, parted).await.fault("/customer_id", "immutable");
        let items = json!({"items": [
            {"ref": {"system": "helpdesk", "id": "T-7"}, "data": draft("Still.")},
            {"ref": {"system": "helpdesk", "id": "T-8"}, "data": {"type": "complaint", "channel": "email"}},
            {"ref": {"system": "helpdesk", "id": "T-9"}, "data": draft("New.")},
        ]});
        let results = helpdesk.post("/v1/feedback/batch", items).await.expect(200);
        let statuses: Vec<_> = results["results"].as_array().unwrap().iter().map(|result| result["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [200, 422, 201], "{results}");
        let customer = shop.admin.get(&format!("/v1/customers/{mei}")).await.expect(200);
        assert_eq!(customer["satisfaction"]["open_complaints"], 1);
    }
}
