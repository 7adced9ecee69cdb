//! Coupons and orders: what is taken off, and what becomes of it.

use serde_json::{Value, json};

use super::{amounts, batch, books, code_of, counters, path_of, ten_percent};
use crate::{on_both, support::Shop};

on_both! {
    async fn an_order_with_a_code_is_discounted_and_a_cancelled_one_gives_it_back(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({})).await;
        let mei = shop.customer("Mei").await;
        let code = code_of(&shop.admin, &batch, Some(&mei)).await;
        let order = shop.admin.make("/v1/orders", books(Some(&mei), &code.to_lowercase(), 3)).await;
        // 10 % of 3 × 45.00 is 13.50.
        assert_eq!(amounts(&order), (12_150, vec![1350]));
        assert_eq!((&order["coupon_code"], &order["history"][0]["details"]["coupon_discount"]), (&json!(code), &json!(1350)));
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 1, 1350]);
        assert_eq!(shop.admin.get(&format!("/v1/coupons/{code}")).await.expect(200)["state"], "used");
        let refused = shop.admin.post("/v1/orders", books(Some(&mei), &code, 1)).await.problem(409, "coupon_used_up");
        assert_eq!(refused["errors"][0]["pointer"], "/coupon_code");
        shop.admin.post(&format!("{}/cancel", path_of(&order)), json!({})).await.expect(200);
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 0, 0]);
        let uses = shop.admin.all(&format!("{batch}/redemptions")).await;
        assert_eq!((uses.len(), &uses[0]["status"], &uses[0]["lines"]), (1, &json!("released"), &json!([{"line_no": 1, "amount": 1350}])));
        let again = shop.admin.make("/v1/orders", books(Some(&mei), &code, 1)).await;
        assert_eq!(amounts(&again), (4050, vec![450]));
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn it_is_spread_over_the_lines_of_its_categories(app: &TestApp) {
        let shop = Shop::open(app).await;
        let goods = shop.admin.make("/v1/categories", json!({"name": "Goods"})).await["id"].clone();
        let paper = shop.admin.make("/v1/categories", json!({"name": "Paper", "parent_id": goods})).await["id"].clone();
        for (sku, price) in [("PEN", 333), ("INK", 333), ("PAD", 334)] {
            shop.admin.make("/v1/products", json!({"sku": sku, "title": sku, "price": price, "category_id": paper})).await;
        }
        let twenty = batch(&shop.admin, json!({"name": "A yuan", "kind": "amount", "amount": 100, "category_ids": [goods], "minimum_order": 5000})).await;
        let code = code_of(&shop.admin, &twenty, None).await;
        let order = |lines: Value| json!({"channel": "store", "coupon_code": code, "shipping_fee": 900, "lines": lines});
        let small = json!([{"sku": "PEN", "quantity": 1}, {"sku": "BOOK", "quantity": 1}]);
        shop.admin.post("/v1/orders", order(small)).await.problem(409, "coupon_not_applicable");
        shop.admin.post("/v1/orders", order(json!([{"sku": "BOOK", "quantity": 2}]))).await.problem(409, "coupon_not_applicable");
        let lines = json!([{"sku": "PEN", "quantity": 1}, {"sku": "BOOK", "quantity": 1}, {"sku": "INK", "quantity": 1, "discount": 33}, {"sku": "PAD", "quantity": 1}]);
        // 100 over 333, 300 and 334 of 967: quotas 34.44, 31.02, 34.54: 34, 31, 34 and the one left to the last.
        let taken = shop.admin.make("/v1/orders", order(lines)).await;
        assert_eq!(amounts(&taken), (333 + 4500 + 300 + 334 - 100 + 900, vec![34, 0, 33 + 31, 35]));
        assert_eq!(counters(&shop.admin, &twenty).await, [1, 0, 1, 100]);
    }

    async fn a_gift_is_one_free_piece(app: &TestApp) {
        let shop = Shop::open(app).await;
        let gift = batch(&shop.admin, json!({"name": "A book", "kind": "gift", "product_id": shop.book["id"], "code": "FREE-BOOK"})).await;
        let without = json!({"channel": "web", "coupon_code": "free-book", "lines": [{"sku": "PIANO", "quantity": 1}]});
        shop.admin.post("/v1/orders", without).await.problem(409, "coupon_not_applicable");
        let order = shop.admin.make("/v1/orders", books(None, "freebook", 2)).await;
        assert_eq!((amounts(&order), &order["coupon_code"]), ((4500, vec![4500]), &json!("FREE-BOOK")));
        assert_eq!(counters(&shop.admin, &gift).await, [1, 0, 1, 4500]);
    }

    async fn what_comes_in_paid_keeps_its_amounts(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({"code": "TEN", "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2026-02-01T00:00:00Z"})).await;
        let paid = |at: &str| json!({"channel": "store", "status": "paid", "coupon_code": "TEN", "placed_at": at,
            "lines": [{"sku": "BOOK", "quantity": 2, "discount": 700}]});
        let order = shop.admin.make("/v1/orders", paid("2026-01-31T12:00:00Z")).await;
        assert_eq!(amounts(&order), (8300, vec![700]));
        // 10 % of 90.00 of the 7.00 that the till took off.
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 1, 700]);
        let uses = shop.admin.all(&format!("{batch}/redemptions")).await;
        assert_eq!((&uses[0]["is_applied"], &uses[0]["lines"]), (&json!(false), &json!([])));
        shop.admin.post("/v1/orders", paid("2026-02-01T00:00:00Z")).await.problem(409, "coupon_not_valid");
        shop.admin.post("/v1/orders", books(None, "TEN", 1)).await.problem(409, "coupon_not_valid");
        // A whole refund does not give the coupon back.
        shop.admin.post(&format!("{}/refund", path_of(&order)), json!({})).await.expect(200);
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 1, 700]);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn codes_of_others_are_text_and_slips_are_told(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({})).await;
        let order = shop.admin.make("/v1/orders", books(None, "SOMMER 20%", 1)).await;
        assert_eq!((amounts(&order), &order["coupon_code"]), ((4500, vec![0]), &json!("SOMMER 20%")));
        let slip = shop.admin.post("/v1/orders", books(None, "PC-00000-00000-00001", 1)).await.problem(422, "invalid_coupon_code");
        assert_eq!(slip["errors"][0]["pointer"], "/coupon_code");
        shop.admin.post("/v1/orders", books(None, "PC-00000-00000-00000", 1)).await.problem(422, "unknown_reference");
        let code = code_of(&shop.admin, &batch, None).await;
        let returned = json!({"type": "return", "channel": "store", "coupon_code": code, "lines": [{"sku": "BOOK", "quantity": 1}]});
        assert_eq!(amounts(&shop.admin.make("/v1/orders", returned).await), (4500, vec![0]), "what comes back uses no coupon");
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 0, 0]);
        // Where no money moves a coupon is not redeemed by writing its code down.
        shop.admin.patch(&path_of(&order), json!({"coupon_code": code})).await.fault("/coupon_code", "not_redeemed");
        shop.admin.patch(&path_of(&order), json!({"coupon_code": "WINTER"})).await.expect(200);
    }

    async fn a_personal_coupon_is_for_one_customer(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({})).await;
        let (mei, lin) = (shop.customer("Mei").await, shop.customer("Lin").await);
        let code = code_of(&shop.admin, &batch, Some(&mei)).await;
        for other in [Some(lin.as_str()), None] {
            shop.admin.post("/v1/orders", books(other, &code, 1)).await.problem(409, "coupon_not_applicable");
        }
        shop.admin.make("/v1/orders", books(Some(&mei), &code, 1)).await;
    }

    async fn an_order_that_is_sent_again_keeps_its_coupon(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({"code": "TEN"})).await;
        let path = "/v1/orders/by-ref/erp/A-1";
        let draft = |quantity: i64, status: &str| json!({"channel": "web", "coupon_code": "ten", "status": status, "lines": [{"sku": "BOOK", "quantity": quantity}]});
        let order = shop.admin.put(path, draft(2, "placed")).await.expect(201);
        assert_eq!(amounts(&order), (8100, vec![900]));
        let again = shop.admin.put(path, draft(2, "placed")).await.expect(200);
        assert_eq!((&again["version"], amounts(&again)), (&json!(1), (8100, vec![900])), "the same again changes nothing");
        let more = shop.admin.put(path, draft(4, "placed")).await.expect(200);
        assert_eq!(amounts(&more), (16_200, vec![1800]));
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 1, 1800]);
        let silent = shop.admin.put(path, json!({"channel": "web", "lines": [{"sku": "BOOK", "quantity": 4}]})).await.expect(200);
        assert_eq!((&silent["version"], &silent["coupon_code"]), (&json!(2), &json!("TEN")), "left out, it is as it was");
        shop.admin.put(path, json!({"channel": "web", "coupon_code": "OTHER", "lines": [{"sku": "BOOK", "quantity": 4}]})).await.fault("/coupon_code", "immutable");
        let paid = shop.admin.put(path, draft(4, "paid")).await.expect(200);
        assert_eq!((amounts(&paid), &paid["status"]), ((16_200, vec![1800]), &json!("paid")));
        shop.admin.patch(&path_of(&paid), json!({"coupon_code": null})).await.fault("/coupon_code", "immutable");
        let refunded = shop.admin.put(path, draft(4, "refunded")).await.expect(200);
        assert_eq!(refunded["refunded_total"], 16_200, "what was paid, without what the coupon took off");
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 1, 1800]);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn a_claimed_order_takes_its_coupon_along(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({"code": "TEN"})).await;
        let mei = shop.customer("Mei").await;
        let order = shop.admin.make("/v1/orders", books(None, "TEN", 1)).await;
        let uses = format!("{batch}/redemptions?customer_id={mei}");
        assert_eq!((shop.admin.all(&uses).await.len(), &shop.admin.all(&format!("{batch}/redemptions")).await[0]["customer_id"]), (0, &json!(null)));
        shop.admin.patch(&path_of(&order), json!({"customer_id": mei})).await.expect(200);
        let of_mei = shop.admin.all(&uses).await;
        assert_eq!((of_mei.len(), &of_mei[0]["order_id"], &of_mei[0]["discount"]), (1, &order["id"], &json!(450)));
        shop.admin.post(&format!("{}/cancel", path_of(&order)), json!({})).await.expect(200);
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 0, 0]);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn one_bad_coupon_sinks_no_batch_of_orders(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({"code": "TEN", "total_limit": 2})).await;
        let item = |id: &str| json!({"ref": {"system": "erp", "id": id}, "data": books(None, "TEN", 1)});
        let answered = shop.admin.post("/v1/orders/batch", json!({"items": [item("1"), item("2"), item("3")]})).await.expect(200);
        let statuses: Vec<&Value> = answered["results"].as_array().unwrap().iter().map(|item| &item["status"]).collect();
        assert_eq!(statuses, [201, 201, 409]);
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 2, 900]);
    }
}
