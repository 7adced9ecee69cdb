//! Setting coupons aside, redeeming and releasing them by their code.

use serde_json::{Value, json};

use super::{amounts, books, code_of, counters, keep_time_once, path_of, ten_percent};
use crate::on_both;

on_both! {
    async fn a_reservation_quotes_and_the_order_takes_it_up(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({})).await;
        let (mei, lin) = (shop.customer("Mei").await, shop.customer("Lin").await);
        let code = code_of(&shop.admin, &batch, None).await;
        let coupon = format!("/v1/coupons/{code}");
        let basket = json!({"customer_id": mei, "lines": [{"sku": "BOOK", "quantity": 2}, {"sku": "STAMP", "quantity": 1, "unit_price": 5}]});
        let reserved = shop.admin.post(&format!("{coupon}/reserve"), basket).await.expect(200);
        // 10 % of 90.05 is 9.00: quotas 899.50 and 0.50, the earlier line first.
        assert_eq!((&reserved["status"], &reserved["discount"], &reserved["lines"]), (&json!("reserved"), &json!(900), &json!([{"line_no": 1, "amount": 900}])));
        assert_eq!(counters(&shop.admin, &batch).await, [1, 1, 0, 0]);
        assert_eq!(shop.admin.get(&coupon).await.expect(200)["state"], "reserved");
        shop.admin.post(&format!("{coupon}/reserve"), json!({})).await.problem(409, "coupon_used_up");
        shop.admin.post("/v1/orders", books(Some(&lin), &code, 1)).await.problem(409, "coupon_used_up");
        // What is set aside is honoured when the batch has ended.
        shop.admin.post(&format!("{batch}/end"), json!({})).await.expect(200);
        let order = shop.admin.make("/v1/orders", books(Some(&mei), &code, 1)).await;
        assert_eq!(amounts(&order), (4050, vec![450]));
        let uses = shop.admin.all(&format!("{batch}/redemptions")).await;
        assert_eq!((uses.len(), &uses[0]["id"], &uses[0]["status"], &uses[0]["order_id"]), (1, &reserved["id"], &json!("redeemed"), &order["id"]));
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 1, 450]);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn what_is_set_aside_for_too_long_is_given_back(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({"code": "TEN", "total_limit": 3, "reservation_minutes": 15})).await;
        for _ in 0..3 {
            shop.admin.post("/v1/coupons/TEN/reserve", json!({})).await.expect(200);
        }
        let first = shop.admin.all(&format!("{batch}/redemptions?sort=created_at")).await[0]["id"].clone();
        shop.admin.post("/v1/coupons/TEN/reserve", json!({})).await.problem(409, "coupon_used_up");
        app.pass(15 * 60);
        // The token from before has expired as well.
        let admin = app.admin();
        admin.post("/v1/coupons/TEN/redeem", json!({"reservation_id": first})).await.problem(409, "coupon_not_valid");
        admin.make("/v1/orders", books(None, "TEN", 1)).await;
        assert_eq!(counters(&admin, &batch).await, [1, 0, 1, 450]);
        let expired = admin.all(&format!("{batch}/redemptions?status=expired")).await;
        assert_eq!(expired.len(), 3);
        // The chore does the same for batches that nobody uses.
        admin.post("/v1/coupons/TEN/reserve", json!({})).await.expect(200);
        app.pass(15 * 60 + 1);
        keep_time_once(app).await;
        assert_eq!(counters(&app.admin(), &batch).await, [1, 0, 1, 450]);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn a_coupon_is_redeemed_for_an_order_that_stands_and_released_again(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({"code": "TEN"})).await;
        let plain = json!({"channel": "web", "lines": [{"sku": "BOOK", "quantity": 2, "discount": 1000}]});
        let order = shop.admin.make("/v1/orders", plain.clone()).await;
        let redeemed = shop.admin.post("/v1/coupons/ten/redeem", json!({"order_id": order["id"]})).await.expect(200);
        // 10 % of what the line comes to after its own discount.
        assert_eq!((&redeemed["discount"], &redeemed["is_applied"]), (&json!(800), &json!(true)));
        let now = shop.admin.get(&path_of(&order)).await.expect(200);
        assert_eq!((amounts(&now), &now["version"], &now["coupon_code"]), ((7200, vec![1800]), &json!(2), &json!("TEN")));
        shop.admin.post("/v1/coupons/TEN/redeem", json!({"order_id": order["id"]})).await.problem(409, "conflict");
        let released = shop.admin.post("/v1/coupons/TEN/release", json!({"order_id": order["id"]})).await.expect(200);
        assert_eq!(released["status"], "released");
        let now = shop.admin.get(&path_of(&order)).await.expect(200);
        assert_eq!((amounts(&now), &now["coupon_code"]), ((8000, vec![1000]), &json!(null)));
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 0, 0]);
        shop.admin.post("/v1/coupons/TEN/release", json!({"order_id": order["id"]})).await.problem(409, "invalid_transition");

        shop.admin.post("/v1/coupons/TEN/redeem", json!({"order_id": order["id"]})).await.expect(200);
        shop.admin.post(&format!("{}/pay", path_of(&order)), json!({})).await.expect(200);
        shop.admin.post("/v1/coupons/TEN/release", json!({"order_id": order["id"]})).await.problem(409, "invalid_transition");
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 1, 800]);

        let paid = shop.admin.make("/v1/orders", json!({"channel": "store", "status": "paid", "lines": [{"sku": "BOOK", "quantity": 1, "discount": 100}]})).await;
        let recorded = shop.admin.post("/v1/coupons/TEN/redeem", json!({"order_id": paid["id"]})).await.expect(200);
        assert_eq!((&recorded["discount"], &recorded["is_applied"]), (&json!(100), &json!(false)));
        assert_eq!(amounts(&shop.admin.get(&path_of(&paid)).await.expect(200)), (4400, vec![100]));
        let cancelled = shop.admin.make("/v1/orders", plain).await;
        shop.admin.post(&format!("{}/cancel", path_of(&cancelled)), json!({})).await.expect(200);
        shop.admin.post("/v1/coupons/TEN/redeem", json!({"order_id": cancelled["id"]})).await.problem(409, "invalid_transition");
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn a_till_without_orders_redeems_what_it_set_aside(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({"code": "TEN"})).await;
        let basket = json!({"lines": [{"sku": "BOOK", "quantity": 1}]});
        let reserved = shop.admin.post("/v1/coupons/TEN/reserve", basket).await.expect(200);
        let this = json!({"reservation_id": reserved["id"]});
        assert_eq!(shop.admin.post("/v1/coupons/TEN/redeem", this.clone()).await.expect(200)["status"], "redeemed");
        shop.admin.post("/v1/coupons/TEN/redeem", this.clone()).await.problem(409, "coupon_not_valid");
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 1, 450]);
        shop.admin.post("/v1/coupons/TEN/release", this.clone()).await.expect(200);
        shop.admin.post("/v1/coupons/TEN/release", this).await.problem(409, "invalid_transition");
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 0, 0]);
        shop.admin.post("/v1/coupons/TEN/redeem", json!({})).await.fault("/order_id", "required");
        let nobody = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77";
        shop.admin.post("/v1/coupons/TEN/redeem", json!({"reservation_id": nobody})).await.problem(422, "unknown_reference");
        shop.admin.post("/v1/coupons/TEN/redeem", json!({"order_id": nobody})).await.problem(422, "unknown_reference");
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn what_is_nobodys_is_found_under_no_customer(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({"code": "TEN"})).await;
        let mei = shop.customer("Mei").await;
        let of_mei = shop.admin.make("/v1/orders", books(Some(&mei), "TEN", 1)).await;
        let order = shop.admin.make("/v1/orders", books(None, "TEN", 1)).await;
        let reserved = shop.admin.post("/v1/coupons/TEN/reserve", json!({})).await.expect(200);
        let uses = async |customer: &str| shop.admin.all(&format!("{batch}/redemptions?customer_id={customer}")).await;
        for stand_in in [&order["id"], &reserved["id"]] {
            assert_eq!(uses(stand_in.as_str().unwrap()).await, Vec::<Value>::new());
        }
        let found = uses(&mei).await;
        assert_eq!((found.len(), &found[0]["order_id"]), (1, &of_mei["id"]));
        assert_eq!(shop.admin.all(&format!("{batch}/redemptions")).await.len(), 3);
    }
}
