//! What a friend who buys something earns both.

use patron::{
    db::WriteMode,
    domain::{ids::Id, instants::Instant, permissions::Actor},
    services::{
        orders,
        points::{Referral, settle_referral},
    },
};
use serde_json::json;

use super::{PROGRAMME, entries, placed, standing, step};
use crate::{
    on_both,
    support::{Shop, TestApp},
};

fn id<T>(text: &str) -> Id<T> {
    text.rsplit('/').next().and_then(|text| text.parse::<uuid::Uuid>().ok()).expect("an id").into()
}

/// Tells that the order by which a referral came true at `earned_at` has changed, twice.
async fn settle(app: &TestApp, (referrer, friend): (&str, &str), order: &str, earned_at: Instant) {
    let (referral, order, now) = (Referral { referrer: id(referrer), friend: id(friend), earned_at }, id(order), app.now());
    for _ in 0..2 {
        let settled = app.app.db.write(WriteMode::Commit, move |tx| {
            let order = orders::get_order(tx, order)?;
            settle_referral(tx, &Actor::system(), now, referral, &order)
        });
        settled.await.unwrap();
    }
}

on_both! {
    async fn both_are_rewarded_when_the_order_is_completed_until_it_is_given_back(app: &TestApp) {
        let shop = Shop::open(app).await;
        let (mei, bo) = (shop.customer("Mei").await, shop.customer("Bo").await);
        let order = placed(&shop, &bo, json!([{"sku": "BOOK", "quantity": 10}])).await;
        let earned_at = app.now();
        settle(app, (&mei, &bo), &order, earned_at).await;
        assert_eq!((standing(&shop.admin, &mei).await, standing(&shop.admin, &bo).await), ((0, 0, 0), (0, 0, 0)));
        step(&shop, &order, &["pay"]).await;
        settle(app, (&mei, &bo), &order, earned_at).await;
        // The friend's own order earns 45 besides.
        assert_eq!((standing(&shop.admin, &mei).await, standing(&shop.admin, &bo).await), ((0, 200, 0), (0, 145, 0)));
        shop.admin.put(PROGRAMME, json!({"referral_points": {"referrer": 999, "friend": 999}})).await.expect(200);
        step(&shop, &order, &["fulfil", "complete"]).await;
        settle(app, (&mei, &bo), &order, earned_at).await;
        assert_eq!((standing(&shop.admin, &mei).await, standing(&shop.admin, &bo).await), ((200, 0, 200), (145, 0, 145)));
        assert_eq!(app.faults().await, [""; 0]);
        shop.admin.post(&format!("{order}/refund"), json!({"lines": [{"line_no": 1, "amount": 5000}]})).await.expect(200);
        settle(app, (&mei, &bo), &order, earned_at).await;
        assert_eq!((standing(&shop.admin, &mei).await, standing(&shop.admin, &bo).await), ((200, 0, 200), (140, 0, 140)));
        step(&shop, &order, &["refund"]).await;
        settle(app, (&mei, &bo), &order, earned_at).await;
        assert_eq!((standing(&shop.admin, &mei).await, standing(&shop.admin, &bo).await), ((0, 0, 0), (0, 0, 0)));
        let expected = [("earn", "posted", 200), ("reverse", "posted", -200)];
        assert_eq!(entries(&shop.admin, &mei).await, expected.map(|(kind, status, points)| json!([kind, status, points])));
        assert_eq!(app.faults().await, [""; 0]);
    }
}
