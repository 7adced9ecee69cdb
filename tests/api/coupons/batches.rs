//! Batches, and the codes that are made for them.

use std::collections::HashSet;

use patron::domain::permissions::Role;
use serde_json::json;

use super::{batch, code_of, counters, ten_percent};
use crate::{on_both, support::Shop};

on_both! {
    async fn a_batch_is_made_changed_and_ended(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({"valid_until": "2099-01-01T00:00:00Z", "total_limit": 5})).await;
        let made = shop.admin.get(&batch).await.expect(200);
        assert_eq!((&made["status"], &made["currency"], &made["version"], &made["uses_per_coupon"]), (&json!("active"), &json!("CNY"), &json!(1), &json!(null)));
        let changed = shop.admin.patch(&batch, json!({"name": "Ten and more", "total_limit": null, "minimum_order": 100})).await.expect(200);
        assert_eq!((&changed["name"], &changed["total_limit"], &changed["version"]), (&json!("Ten and more"), &json!(null), &json!(2)));
        assert_eq!(shop.admin.patch(&batch, json!({"name": "Ten and more"})).await.expect(200)["version"], 2, "nothing new changes nothing");
        shop.admin.patch(&batch, json!({"percent": 20})).await.fault("/percent", "immutable");
        shop.admin.patch(&batch, json!({"code": "NEW"})).await.fault("/code", "immutable");
        assert_eq!(shop.admin.post(&format!("{batch}/end"), json!({})).await.expect(200)["status"], "ended");
        shop.admin.post(&format!("{batch}/end"), json!({})).await.problem(409, "invalid_transition");
        shop.admin.post(&format!("{batch}/coupons"), json!({"count": 1})).await.problem(409, "conflict");
        assert_eq!(shop.admin.all("/v1/coupon-batches?status=ended").await.len(), 1);
        assert_eq!(shop.admin.all("/v1/coupon-batches?status=active").await.len(), 0);
    }

    async fn drafts_that_contradict_themselves_are_refused(app: &TestApp) {
        let shop = Shop::open(app).await;
        let draft = |more: serde_json::Value| {
            let mut draft = json!({"name": "X", "kind": "amount", "amount": 100});
            draft.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            draft
        };
        for (more, pointer, code) in [
            (json!({"kind": "percent"}), "/percent", "required"),
            (json!({"percent": 5}), "/percent", "exclusive"),
            (json!({"amount": 0}), "/amount", "range"),
            (json!({"valid_from": "2026-01-02T00:00:00Z", "valid_until": "2026-01-02T00:00:00Z"}), "/valid_until", "range"),
            (json!({"code": "PC-11111-11111-11111"}), "/code", "coupon_code"),
            (json!({"code": "A B C"}), "/code", "coupon_code"),
            (json!({"total_limit": 0}), "/total_limit", "range"),
        ] {
            shop.admin.post("/v1/coupon-batches", draft(more)).await.fault(pointer, code);
        }
        let nobody = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77";
        shop.admin.post("/v1/coupon-batches", draft(json!({"category_ids": [nobody]}))).await.problem(422, "unknown_reference");
        let gift = json!({"name": "Gift", "kind": "gift", "product_id": nobody});
        shop.admin.post("/v1/coupon-batches", gift).await.problem(422, "unknown_reference");
    }

    async fn coupons_are_made_by_number_and_for_customers(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({})).await;
        let (mei, lin) = (shop.customer("Mei").await, shop.customer("Lin").await);
        let made = shop.admin.post(&format!("{batch}/coupons"), json!({"customer_ids": [mei, lin]})).await.expect(200);
        let made = made["coupons"].as_array().unwrap().clone();
        assert_eq!((&made[0]["customer_id"], &made[1]["customer_id"]), (&json!(mei), &json!(lin)), "in the order asked for");
        let many = shop.admin.post(&format!("{batch}/coupons"), json!({"count": 300})).await.expect(200);
        let codes: HashSet<&str> = many["coupons"].as_array().unwrap().iter().map(|coupon| coupon["code"].as_str().unwrap()).collect();
        assert_eq!(codes.len(), 300);
        assert_eq!(counters(&shop.admin, &batch).await, [302, 0, 0, 0]);
        assert_eq!(shop.admin.all(&format!("{batch}/coupons")).await.len(), 302);
        assert_eq!(shop.admin.all(&format!("{batch}/coupons?customer_id={mei}")).await.len(), 1);
        assert_eq!(shop.admin.all(&format!("/v1/customers/{lin}/coupons")).await[0]["code"], made[1]["code"]);
        let nobody = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77";
        let refused = shop.admin.post(&format!("{batch}/coupons"), json!({"customer_ids": [mei, nobody]})).await.problem(422, "unknown_reference");
        assert_eq!(refused["errors"][0]["pointer"], "/customer_ids/1");
        assert_eq!(counters(&shop.admin, &batch).await[0], 302);
        let dry = shop.admin.post(&format!("{batch}/coupons?validate_only=true"), json!({"count": 5})).await.expect(200);
        assert_eq!(dry["coupons"].as_array().unwrap().len(), 5);
        assert_eq!(counters(&shop.admin, &batch).await[0], 302);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn a_code_is_found_however_it_is_typed_and_tells_a_slip(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({})).await;
        let code = code_of(&shop.admin, &batch, None).await;
        for typed in [code.clone(), code.to_lowercase(), code.replace('-', ""), code.replace('-', "%20")] {
            let coupon = shop.admin.get(&format!("/v1/coupons/{typed}")).await.expect(200);
            assert_eq!((&coupon["code"], &coupon["state"], &coupon["percent"]), (&json!(code), &json!("redeemable"), &json!(10)));
        }
        let last = code.chars().last().unwrap();
        let slip = format!("{}{}", &code[..code.len() - 1], if last == '7' { '8' } else { '7' });
        shop.admin.get(&format!("/v1/coupons/{slip}")).await.problem(422, "invalid_coupon_code");
        shop.admin.get(&format!("/v1/coupons/{}", &code[..code.len() - 1])).await.problem(422, "invalid_coupon_code");
        // Σ cᵢ·α^(15−i) = 0 for zeros alone: typed right, and never made.
        shop.admin.get("/v1/coupons/PC-00000-00000-00000").await.problem(404, "not_found");
        shop.admin.get("/v1/coupons/WELCOME").await.problem(404, "not_found");
    }

    async fn a_shared_code_is_taken_once(app: &TestApp) {
        let (shop, shared) = ten_percent(app, json!({"code": "Term-Start"})).await;
        let coupon = shop.admin.get("/v1/coupons/termstart").await.expect(200);
        assert_eq!((&coupon["code"], &coupon["uses"], &coupon["customer_id"]), (&json!("TERM-START"), &json!(null), &json!(null)));
        assert_eq!(counters(&shop.admin, &shared).await, [1, 0, 0, 0]);
        let again = json!({"name": "Again", "kind": "amount", "amount": 1, "code": "TERMSTART"});
        shop.admin.post("/v1/coupon-batches", again).await.problem(409, "already_taken");
        assert_eq!(shop.admin.all("/v1/coupon-batches").await.len(), 1);
        shop.admin.post(&format!("{shared}/coupons"), json!({"count": 1})).await.problem(409, "conflict");
    }

    async fn everybody_does_their_part(app: &TestApp) {
        let (shop, ten) = ten_percent(app, json!({})).await;
        let code = code_of(&shop.admin, &ten, None).await;
        let (agent, marketer) = (app.staff(Role::Agent), app.staff(Role::Marketer));
        let draft = json!({"name": "By marketing", "kind": "amount", "amount": 100});
        batch(&marketer, draft.clone()).await;
        agent.post("/v1/coupon-batches", draft).await.problem(403, "permission_denied");
        agent.get(&format!("/v1/coupons/{code}")).await.expect(200);
        marketer.post(&format!("/v1/coupons/{code}/reserve"), json!({})).await.problem(403, "permission_denied");
        agent.post(&format!("/v1/coupons/{code}/reserve"), json!({})).await.expect(200);
    }
}
