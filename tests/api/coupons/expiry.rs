//! Who is told of coupons that expire.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures_util::future::join_all;
use patron::{
    db::WriteMode,
    domain::ids::Id,
    repositories::coupons::{self, batches},
    services::coupons::{get_batch, issue},
};
use serde_json::{Value, json};

use super::{batch, books, code_of, keep_time_once};
use crate::{
    on_both,
    support::{Caller, Shop, TestApp, plans_of},
};

const DAY: i64 = 24 * 3600;

fn in_days(app: &TestApp, days: i64) -> Value {
    json!(app.now().checked_add(TimeDelta::days(days)).unwrap())
}

/// The path of a new batch of 10 % coupons that expire in so many days.
async fn expiring(app: &TestApp, days: i64, more: Value) -> String {
    let mut draft = json!({"name": "Ten", "kind": "percent", "percent": 10, "valid_until": in_days(app, days)});
    draft.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    batch(&app.admin(), draft).await
}

async fn events(app: &TestApp, customer: &str) -> Vec<Value> {
    app.admin().all(&format!("/v1/customers/{customer}/events?kind=coupon_expiring")).await
}

async fn coupons_of(admin: &Caller, customer: &str) -> BTreeSet<String> {
    let coupons = admin.all(&format!("/v1/customers/{customer}/coupons")).await;
    coupons.iter().map(|coupon| coupon["id"].as_str().unwrap().to_owned()).collect()
}

fn told_of(events: &[Value]) -> BTreeSet<String> {
    events.iter().map(|event| event["details"]["coupon_id"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn holders_are_told_once_before_their_coupons_expire(app: &TestApp) {
        let shop = Shop::open(app).await;
        let (mei, lin) = (shop.customer("Mei").await, shop.customer("Lin").await);
        let batch = expiring(app, 100, json!({})).await;
        code_of(&shop.admin, &batch, Some(&mei)).await;
        code_of(&shop.admin, &batch, Some(&mei)).await;
        code_of(&shop.admin, &batch, None).await;
        let used = code_of(&shop.admin, &batch, Some(&lin)).await;
        let order = shop.admin.make("/v1/orders", books(Some(&lin), &used, 1)).await;
        let (hers, until) = (coupons_of(&shop.admin, &mei).await, shop.admin.get(&batch).await.expect(200)["valid_until"].clone());
        // 100 days less 30, and a minute for the test.
        app.pass(70 * DAY - 60);
        keep_time_once(app).await;
        assert_eq!(events(app, &mei).await, Vec::<Value>::new());
        app.pass(60);
        keep_time_once(app).await;
        keep_time_once(app).await;
        let told = events(app, &mei).await;
        assert_eq!((told.len(), told_of(&told)), (2, hers));
        for event in &told {
            let (of_batch, expires_at) = (&event["details"]["batch_id"], &event["details"]["expires_at"]);
            assert_eq!((&event["kind"], of_batch, expires_at), (&json!("coupon_expiring"), &json!(batch.rsplit('/').next()), &until));
        }
        assert_eq!(events(app, &lin).await, Vec::<Value>::new(), "it is used");
        // Given back with the order, it can be used again; and one is given away late.
        let admin = app.admin();
        admin.post(&format!("/v1/orders/{}/cancel", order["id"].as_str().unwrap()), json!({})).await.expect(200);
        code_of(&admin, &batch, Some(&lin)).await;
        app.pass(DAY);
        keep_time_once(app).await;
        keep_time_once(app).await;
        let (told, his) = (events(app, &lin).await, coupons_of(&app.admin(), &lin).await);
        assert_eq!((told.len(), told_of(&told)), (2, his));
        app.pass(29 * DAY);
        code_of(&app.admin(), &batch, Some(&mei)).await;
        keep_time_once(app).await;
        assert_eq!(events(app, &mei).await.len(), 2, "nobody is told of what has expired");
    }

    async fn nobody_is_told_of_what_is_of_no_use_or_lasts(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        let ended = expiring(app, 20, json!({})).await;
        let exhausted = expiring(app, 20, json!({"total_limit": 1})).await;
        let to_come = expiring(app, 20, json!({"valid_from": in_days(app, 10)})).await;
        let lasting = batch(&shop.admin, json!({"name": "Ten", "kind": "percent", "percent": 10})).await;
        let later = expiring(app, 31, json!({})).await;
        for batch in [&ended, &exhausted, &to_come, &lasting, &later] {
            code_of(&shop.admin, batch, Some(&mei)).await;
        }
        expiring(app, 20, json!({"code": "TEN"})).await;
        shop.admin.post("/v1/coupons/TEN/reserve", json!({"customer_id": mei})).await.expect(200);
        let other = code_of(&shop.admin, &exhausted, None).await;
        shop.admin.make("/v1/orders", books(None, &other, 1)).await;
        shop.admin.post(&format!("{ended}/end"), json!({})).await.expect(200);
        keep_time_once(app).await;
        assert_eq!(events(app, &mei).await, Vec::<Value>::new());
        app.pass(10 * DAY);
        keep_time_once(app).await;
        let told: BTreeSet<String> = events(app, &mei).await.iter().map(|event| event["details"]["batch_id"].as_str().unwrap().to_owned()).collect();
        let id = |path: &String| path.rsplit('/').next().unwrap().to_owned();
        assert_eq!(told, BTreeSet::from([id(&to_come), id(&later)]));
    }

    async fn the_points_programme_says_how_long_before(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        shop.admin.put("/v1/points-programme", json!({"notice_days": 0})).await.expect(200);
        let batch = expiring(app, 20, json!({})).await;
        code_of(&shop.admin, &batch, Some(&mei)).await;
        keep_time_once(app).await;
        shop.admin.put("/v1/points-programme", json!({"notice_days": 5})).await.expect(200);
        keep_time_once(app).await;
        assert_eq!(events(app, &mei).await, Vec::<Value>::new());
        app.pass(15 * DAY);
        keep_time_once(app).await;
        assert_eq!(events(app, &mei).await.len(), 1);
    }

    async fn several_that_tell_at_once_tell_each_once(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        // More than one pass takes.
        let batches = [(expiring(app, 20, json!({})).await, 1100), (expiring(app, 10, json!({})).await, 7)];
        let now = app.now();
        for (path, count) in &batches {
            let (id, holders) = (path.rsplit('/').next().unwrap().parse().unwrap(), vec![Some(mei.parse().unwrap()); *count]);
            app.app.db.write(WriteMode::Commit, move |tx| {
                let batch = get_batch(tx, id)?;
                issue(tx, now, &batch, &holders).map(|_| ())
            }).await.unwrap();
        }
        app.open_connections().await;
        join_all((0..4).map(|_| keep_time_once(app))).await;
        let told = app.admin().all(&format!("/v1/customers/{mei}/events?limit=200")).await;
        assert_eq!((told.len(), told_of(&told).len()), (1107, 1107));
    }

    async fn whom_to_tell_is_found_without_reading_every_coupon(app: &TestApp) {
        let now = app.now();
        let plans = plans_of(app.app.db.url(), |conn| {
            batches::find_expiring(conn, now, now).unwrap();
            coupons::find_unnoticed(conn, Id::generate(), 1000).unwrap();
        });
        for plan in &plans {
            assert!(plan.plan.contains("coupons_noticed_at_idx"), "{plan:?}");
        }
        assert_eq!(plans.len(), 2);
    }
}
