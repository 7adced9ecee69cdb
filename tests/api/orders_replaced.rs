//! Orders that an ERP sends again: by reference, one by one and in batches.

use serde_json::{Value, json};

use crate::{on_both, support::Shop};

const PATH: &str = "/v1/orders/by-ref/erp/4711";

fn body(status: Option<&str>, quantity: i64) -> Value {
    json!({"channel": "mail", "status": status, "placed_at": "2026-06-30T08:15:00Z", "lines": [{"sku": "BOOK", "quantity": quantity}, {"sku": "PIANO", "quantity": 1}]})
}

on_both! {
    async fn an_order_is_taken_in_and_replaced(app: &TestApp) {
        let shop = Shop::open(app).await;
        let reply = shop.admin.put(PATH, body(None, 1)).await;
        assert!(reply.header("location").starts_with("/v1/orders/"));
        let made = reply.expect(201);
        assert_eq!((&made["external_refs"], &made["status"]), (&json!([{"system": "erp", "id": "4711"}]), &json!("placed")));
        let mut other = body(Some("fulfilled"), 3);
        other["lines"].as_array_mut().unwrap().push(json!({"sku": "BOOK", "quantity": 1, "unit_price": 1}));
        other["store"] = json!("Tianhe");
        let replaced = shop.admin.put(PATH, other).await.expect(200);
        assert_eq!((&replaced["id"], &replaced["number"], &replaced["version"]), (&made["id"], &made["number"], &json!(2)));
        assert_eq!((&replaced["status"], &replaced["store"], replaced["lines"].as_array().unwrap().len()), (&json!("fulfilled"), &json!("Tianhe"), 3));
        assert_eq!(replaced["subtotal"], 3 * 4500 + 12_800_000 + 1);
        let event = &replaced["history"][1];
        assert_eq!((&event["kind"], &event["from"], &event["to"]), (&json!("replaced"), &json!("placed"), &json!("fulfilled")));
        assert_eq!(shop.admin.get(PATH).await.expect(200), replaced);
        // Fewer lines again; what is not said of status, number and time stays.
        let fewer = shop.admin.put(PATH, json!({"channel": "mail", "lines": [{"sku": "BOOK", "quantity": 1}]})).await.expect(200);
        assert_eq!((&fewer["status"], &fewer["placed_at"], fewer["lines"].as_array().unwrap().len()), (&json!("fulfilled"), &made["placed_at"], 1));
        assert_eq!((&fewer["store"], &fewer["number"]), (&Value::Null, &made["number"]));
        shop.admin.put("/v1/orders/by-ref/ERP/1", body(None, 1)).await.problem(422, "invalid");
        shop.admin.get("/v1/orders/by-ref/erp/none").await.problem(404, "not_found");
    }

    async fn a_status_only_goes_on(app: &TestApp) {
        let shop = Shop::open(app).await;
        for (from, to, is_possible) in [
            ("placed", "completed", true), ("placed", "cancelled", true), ("paid", "paid", true), ("completed", "refunded", true),
            ("paid", "placed", false), ("completed", "fulfilled", false), ("cancelled", "paid", false), ("paid", "cancelled", false), ("refunded", "paid", false),
        ] {
            let path = format!("/v1/orders/by-ref/erp/{from}-{to}");
            shop.admin.put(&path, body(Some(from), 1)).await.expect(201);
            let reply = shop.admin.put(&path, body(Some(to), 1)).await;
            if is_possible {
                assert_eq!(reply.expect(200)["status"], to, "{from} to {to}");
            } else {
                let detail = reply.problem(409, "invalid_transition")["detail"].to_string();
                assert!(detail.contains(from) && detail.contains(to), "{detail}");
            }
        }
    }

    async fn money_that_was_given_back_stays_given_back(app: &TestApp) {
        let shop = Shop::open(app).await;
        let made = shop.admin.put(PATH, body(Some("paid"), 2)).await.expect(201);
        let refund = format!("/v1/orders/{}/refund", made["id"].as_str().unwrap());
        shop.admin.post(&refund, json!({"lines": [{"line_no": 1, "amount": 4000}]})).await.expect(200);
        // Left out, what was given back stays as it was.
        let again = shop.admin.put(PATH, body(None, 3)).await.expect(200);
        assert_eq!((&again["lines"][0]["refunded"], &again["refunded_total"], &again["status"]), (&json!(4000), &json!(4000), &json!("paid")));
        let with_line = |line: Value| json!({"channel": "mail", "lines": [line, {"sku": "PIANO", "quantity": 1}]});
        let conflict = async |body: Value| shop.admin.put(PATH, body).await.problem(409, "conflict")["errors"][0]["pointer"].clone();
        assert_eq!(conflict(with_line(json!({"sku": "STAMP", "quantity": 1, "unit_price": 9000}))).await, "/lines/0");
        assert_eq!(conflict(with_line(json!({"sku": "BOOK", "quantity": 1, "refunded": 3999}))).await, "/lines/0");
        shop.admin.put(PATH, with_line(json!({"sku": "BOOK", "quantity": 1, "unit_price": 3999}))).await.fault("/lines/0/refunded", "range");
        let more = shop.admin.put(PATH, with_line(json!({"sku": "BOOK", "quantity": 1, "refunded": 4500}))).await.expect(200);
        assert_eq!(more["refunded_total"], 4500);
        let whole = shop.admin.put(PATH, json!({"channel": "mail", "status": "refunded", "lines": body(None, 1)["lines"]})).await.expect(200);
        assert_eq!((&whole["refunded_total"], &whole["status"]), (&whole["subtotal"], &json!("refunded")));
        // A second line with money given back cannot vanish either.
        let other = "/v1/orders/by-ref/erp/2";
        let made = shop.admin.put(other, body(Some("paid"), 1)).await.expect(201);
        shop.admin.post(&format!("/v1/orders/{}/refund", made["id"].as_str().unwrap()), json!({"lines": [{"line_no": 2, "amount": 1}]})).await.expect(200);
        let problem = shop.admin.put(other, json!({"channel": "mail", "lines": [{"sku": "BOOK", "quantity": 1}]})).await.problem(409, "conflict");
        assert_eq!(problem["errors"][0]["pointer"], "/lines/1");
    }

    async fn type_and_customer_never_change(app: &TestApp) {
        let shop = Shop::open(app).await;
        let (customer, other) = (shop.customer("A").await, shop.customer("B").await);
        shop.admin.put(PATH, body(None, 1)).await.expect(201);
        let with = |field: &str, value: &str| {
            let mut body = body(None, 1);
            body[field] = json!(value);
            body
        };
        shop.admin.put(PATH, with("type", "return")).await.fault("/type", "immutable");
        let claimed = shop.admin.put(PATH, with("customer_id", &customer)).await.expect(200);
        assert_eq!(claimed["customer_id"], customer);
        shop.admin.put(PATH, with("customer_id", &other)).await.fault("/customer_id", "immutable");
        // The till that sends its receipt again knows nothing of the claim.
        assert_eq!(shop.admin.put(PATH, body(None, 2)).await.expect(200)["customer_id"], customer);
        assert_eq!(shop.admin.all(&format!("/v1/orders?customer_id={customer}")).await.len(), 1);
        let mut renumbered = body(None, 2);
        renumbered["number"] = json!("R-1");
        assert_eq!(shop.admin.put(PATH, renumbered).await.expect(200)["number"], "R-1");
        shop.admin.make("/v1/orders", json!({"number": claimed["number"], "channel": "web", "lines": [{"sku": "BOOK", "quantity": 1}]})).await;
    }

    async fn a_storefront_leaves_what_was_paid_alone(app: &TestApp) {
        let shop = Shop::open(app).await;
        let storefront = app.client("orders:write");
        storefront.put(PATH, body(None, 1)).await.expect(201);
        storefront.put(PATH, body(None, 2)).await.expect(200);
        storefront.put(PATH, body(Some("paid"), 2)).await.problem(403, "permission_denied");
        shop.admin.put(PATH, body(Some("paid"), 2)).await.expect(200);
        storefront.put(PATH, body(None, 3)).await.problem(403, "permission_denied");
        storefront.put(PATH, body(Some("refunded"), 2)).await.problem(403, "permission_denied");
        let mut details = body(None, 2);
        details["store"] = json!("Tianhe");
        assert_eq!(storefront.put(PATH, details).await.expect(200)["status"], "paid");
        // As by POST …/fulfil.
        assert_eq!(storefront.put(PATH, body(Some("fulfilled"), 2)).await.expect(200)["status"], "fulfilled");
    }

    async fn a_batch_answers_item_by_item(app: &TestApp) {
        let shop = Shop::open(app).await;
        let item = |id: &str, data: Value| json!({"ref": {"system": "erp", "id": id}, "data": data});
        let unknown = json!({"channel": "web", "lines": [{"sku": "NONE", "quantity": 1}]});
        let items = json!({"items": [
            item("1", body(Some("paid"), 1)), item("2", unknown), item("1", body(Some("completed"), 2)), item("3", json!({"channel": "web", "lines": []})),
            item("1", body(Some("placed"), 1)), item("4", body(None, 1)),
        ]});
        let results = shop.admin.post("/v1/orders/batch", items.clone()).await.expect(200)["results"].clone();
        let statuses: Vec<_> = results.as_array().unwrap().iter().map(|result| result["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [201, 422, 200, 422, 409, 201]);
        assert_eq!(results[1]["problem"]["errors"][0]["pointer"], "/data/lines/0/sku");
        assert_eq!(results[4]["problem"]["code"], "invalid_transition");
        assert_eq!((&results[2]["id"], &results[2]["version"]), (&results[0]["id"], &json!(2)));
        let storefront = app.client("orders:write").post("/v1/orders/batch", items).await.expect(200)["results"].clone();
        let statuses: Vec<_> = storefront.as_array().unwrap().iter().map(|result| result["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [409, 422, 200, 422, 409, 200]);
    }
}
