//! Limits hold, however many come at once.

use futures_util::future::join_all;
use serde_json::json;

use super::{books, code_of, counters, path_of, ten_percent};
use crate::on_both;

on_both! {
    async fn sixteen_clients_redeem_a_limit_of_a_hundred_exactly(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({"code": "RUSH", "total_limit": 100})).await;
        app.open_connections().await;
        let client = async || {
            let mut redeemed = 0;
            for _ in 0..8 {
                let reply = shop.admin.post("/v1/orders", books(None, "RUSH", 1)).await;
                match reply.status {
                    201 => redeemed += 1,
                    _ => drop(reply.problem(409, "coupon_used_up")),
                }
            }
            redeemed
        };
        let redeemed: i64 = join_all((0..16).map(|_| client())).await.into_iter().sum();
        assert_eq!(redeemed, 100);
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 100, 45_000]);
        assert_eq!(shop.admin.all("/v1/orders?limit=200").await.len(), 100);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn the_last_coupon_goes_to_one(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({})).await;
        app.open_connections().await;
        for _ in 0..3 {
            let code = code_of(&shop.admin, &batch, None).await;
            let reserve = format!("/v1/coupons/{code}/reserve");
            let orders = (0..4).map(|_| shop.admin.post("/v1/orders", books(None, &code, 1)));
            let reservations = (0..4).map(|_| shop.admin.post(&reserve, json!({})));
            let (orders, reservations) = futures_util::future::join(join_all(orders), join_all(reservations)).await;
            let redeemed = orders.iter().filter(|reply| reply.status == 201).count();
            let reserved = reservations.iter().filter(|reply| reply.status == 200).count();
            // Whoever orders knows the code, and may take up what somebody unknown has set aside: then both were answered well.
            assert!(redeemed <= 1 && reserved <= 1 && redeemed + reserved >= 1, "{orders:?} {reservations:?}");
        }
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn a_customer_uses_no_more_than_one_may(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({"code": "TWICE", "per_customer_limit": 2})).await;
        let (mei, lin) = (shop.customer("Mei").await, shop.customer("Lin").await);
        shop.admin.post("/v1/orders", books(None, "TWICE", 1)).await.problem(409, "coupon_not_applicable");
        app.open_connections().await;
        let replies = join_all((0..6).map(|_| shop.admin.post("/v1/orders", books(Some(&mei), "TWICE", 1)))).await;
        let orders: Vec<String> = replies.iter().filter(|reply| reply.status == 201).map(|reply| path_of(&reply.body)).collect();
        assert_eq!(orders.len(), 2, "{replies:?}");
        shop.admin.make("/v1/orders", books(Some(&lin), "TWICE", 1)).await;
        shop.admin.post(&format!("{}/cancel", orders[0]), json!({})).await.expect(200);
        shop.admin.make("/v1/orders", books(Some(&mei), "TWICE", 1)).await;
        shop.admin.post("/v1/orders", books(Some(&mei), "TWICE", 1)).await.problem(409, "coupon_used_up");
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, 3, 1350]);
    }

    async fn counters_stay_right_while_orders_come_and_go(app: &TestApp) {
        let (shop, batch) = ten_percent(app, json!({"code": "FLOW", "total_limit": 5})).await;
        app.open_connections().await;
        let client = async || {
            let mut kept = 0;
            for round in 0..6 {
                let reply = shop.admin.post("/v1/orders", books(None, "FLOW", 1)).await;
                if reply.status != 201 {
                    reply.problem(409, "coupon_used_up");
                    continue;
                }
                if round % 3 == 2 {
                    kept += 1;
                } else {
                    shop.admin.post(&format!("{}/cancel", path_of(&reply.body)), json!({})).await.expect(200);
                }
            }
            kept
        };
        let kept: i64 = join_all((0..8).map(|_| client())).await.into_iter().sum();
        assert!((1..=5).contains(&kept));
        assert_eq!(counters(&shop.admin, &batch).await, [1, 0, kept, 450 * kept]);
        assert_eq!(app.faults().await, [""; 0]);
    }
}
