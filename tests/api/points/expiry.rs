//! What time does to points.

use patron::{domain::ids::Id, repositories::points::entries};
use serde_json::{Value, json};

use super::{PROGRAMME, adjust, earn, keep_time_once, points_of, spend, standing, step};
use crate::{
    on_both,
    support::{Shop, plans_of},
};

const DAY: i64 = 24 * 3600;

on_both! {
    async fn points_expire_first_in_first_out_and_customers_are_told_before(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        earn(&shop, &mei, 100).await;
        app.pass(400 * DAY);
        let admin = app.admin();
        adjust(&admin, &mei, 50, "A-1").await.expect(200);
        spend(&admin, &mei, 60, "T-1").await.expect(200);
        let events = format!("/v1/customers/{mei}/events");
        keep_time_once(app).await;
        assert_eq!(admin.all(&events).await, Vec::<Value>::new());
        // 730 days less 30.
        app.pass(300 * DAY);
        keep_time_once(app).await;
        keep_time_once(app).await;
        let admin = app.admin();
        let told = admin.all(&events).await;
        assert_eq!((told.len(), &told[0]["kind"], &told[0]["details"]["points"]), (1, &json!("points_expiring"), &json!(40)));
        let points = points_of(&admin, &mei).await;
        assert_eq!(points["expiring_next"], json!({"points": 40, "at": told[0]["details"]["expires_at"]}));
        assert_eq!(standing(&admin, &mei).await, (90, 0, 100));
        app.pass(30 * DAY);
        keep_time_once(app).await;
        keep_time_once(app).await;
        let admin = app.admin();
        assert_eq!(standing(&admin, &mei).await, (50, 0, 100));
        let after = points_of(&admin, &mei).await;
        let expired = after["data"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(json!([expired["kind"], expired["points"], expired["actor"]["kind"], expired["about_id"]]), json!(["expire", -40, "system", after["data"][0]["id"]]));
        app.pass(400 * DAY);
        keep_time_once(app).await;
        let admin = app.admin();
        assert_eq!(standing(&admin, &mei).await, (0, 0, 100));
        assert_eq!(admin.all(&format!("{events}?kind=points_expiring")).await.len(), 1, "what has expired is told no more");
        assert_eq!(points_of(&admin, &mei).await["data"].as_array().unwrap().len(), 5);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn what_is_over_is_not_spent_before_the_chore_comes_by(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        earn(&shop, &mei, 100).await;
        app.pass(400 * DAY);
        let admin = app.admin();
        adjust(&admin, &mei, 50, "A-1").await.expect(200);
        app.pass(331 * DAY);
        let admin = app.admin();
        spend(&admin, &mei, 51, "T-1").await.problem(409, "insufficient_points");
        spend(&admin, &mei, 20, "T-2").await.expect(200);
        assert_eq!(standing(&admin, &mei).await, (30, 0, 100));
        keep_time_once(app).await;
        assert_eq!(standing(&admin, &mei).await, (30, 0, 100), "once");
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn what_expired_is_not_taken_back_a_second_time(app: &TestApp) {
        let shop = Shop::open(app).await;
        shop.admin.put(PROGRAMME, json!({"expires_after_days": 10, "notice_days": 0})).await.expect(200);
        let mei = shop.customer("Mei").await;
        let order = earn(&shop, &mei, 100).await;
        spend(&shop.admin, &mei, 60, "T-1").await.expect(200);
        app.pass(10 * DAY + 1);
        keep_time_once(app).await;
        let shop = Shop { admin: app.admin(), ..shop };
        assert_eq!(standing(&shop.admin, &mei).await, (0, 0, 100));
        step(&shop, &order, &["refund"]).await;
        assert_eq!(standing(&shop.admin, &mei).await, (-60, 0, 40));
        assert_eq!(shop.admin.all(&format!("/v1/customers/{mei}/events")).await, Vec::<Value>::new());
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn the_points_of_many_customers_expire_together(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mut customers = Vec::new();
        for number in 0..30 {
            let customer = shop.customer(&format!("C{number}")).await;
            adjust(&shop.admin, &customer, 10 + number, &format!("A-{number}")).await.expect(200);
            customers.push(customer);
        }
        app.pass(731 * DAY);
        keep_time_once(app).await;
        let admin = app.admin();
        for customer in &customers {
            assert_eq!(standing(&admin, customer).await, (0, 0, 0));
        }
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn without_an_end_points_stay(app: &TestApp) {
        let shop = Shop::open(app).await;
        shop.admin.put(PROGRAMME, json!({"expires_after_days": null})).await.expect(200);
        let mei = shop.customer("Mei").await;
        earn(&shop, &mei, 100).await;
        app.pass(20_000 * DAY);
        keep_time_once(app).await;
        let points = points_of(&app.admin(), &mei).await;
        assert_eq!(json!([points["balance"], points["expiring_next"], points["data"][0]["expires_at"]]), json!([100, null, null]));
    }

    async fn what_expires_is_found_without_reading_every_ledger(app: &TestApp) {
        let (now, customer) = (app.now(), Id::generate());
        let plans = plans_of(app.app.db.url(), |conn| {
            entries::find_expiring(conn, now, false, 500).unwrap();
            entries::find_expiring(conn, now, true, 500).unwrap();
            entries::find_expiring_next(conn, customer).unwrap();
            entries::find_needed(conn, customer, Some(Id::generate())).unwrap();
            entries::find_remaining(conn, &[customer]).unwrap();
        });
        let expected: [&[&str]; 5] = [
            &["point_entries_expires_at_idx"],
            &["point_entries_noticed_at_idx", "point_entries_expires_at_idx"],
            &["point_entries_remaining_idx"],
            &["point_entries_", "PRIMARY KEY"],
            &["point_entries_", "PRIMARY KEY"],
        ];
        for (plan, indexes) in plans.iter().zip(expected) {
            assert!(indexes.iter().any(|index| plan.plan.contains(index)) && !plan.plan.contains("Seq Scan"), "{indexes:?}: {plan:?}");
        }
        assert_eq!(plans.len(), 5);
    }
}
