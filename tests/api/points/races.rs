//! Several at once: points are had once, and never more of them than there are.

use futures_util::future::{join, join_all};
use serde_json::json;

use super::{PROGRAMME, adjust, earn, entries, keep_time_once, placed, spend, standing, step};
use crate::{on_both, support::Shop};

on_both! {
    async fn the_last_points_are_spent_once(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        adjust(&shop.admin, &mei, 100, "A-1").await.expect(200);
        app.open_connections().await;
        let ids: Vec<String> = (0..16).map(|number| format!("T-{number}")).collect();
        let replies = join_all(ids.iter().map(|id| spend(&shop.admin, &mei, 10, id))).await;
        let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [[200; 10].as_slice(), &[409; 6]].concat());
        for refused in replies.into_iter().filter(|reply| reply.status == 409) {
            refused.problem(409, "insufficient_points");
        }
        assert_eq!(standing(&shop.admin, &mei).await, (0, 0, 0));
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn one_business_id_is_booked_once(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        app.open_connections().await;
        let replies = join_all((0..8).map(|_| adjust(&shop.admin, &mei, 5, "A-1"))).await;
        let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
        assert_eq!(standing(&shop.admin, &mei).await, (5, 0, 0));
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn orders_that_are_paid_at_once_all_earn_and_each_once(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        let mut pays = Vec::new();
        for _ in 0..4 {
            let order = placed(&shop, &mei, json!([{"sku": "BOOK", "quantity": 2}])).await;
            pays.extend(vec![format!("{order}/pay"); 3]);
        }
        app.open_connections().await;
        let replies = join_all(pays.iter().map(|path| shop.admin.post(path, json!({})))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 4);
        assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 409)), "{replies:?}");
        assert_eq!(standing(&shop.admin, &mei).await, (0, 36, 0));
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn refunds_and_spending_at_once_leave_a_ledger_that_adds_up(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        let order = earn(&shop, &mei, 100).await;
        app.open_connections().await;
        let refund = format!("{order}/refund");
        let ids: Vec<String> = (0..6).map(|number| format!("T-{number}")).collect();
        let refunds = join_all((0..6).map(|_| shop.admin.post(&refund, json!({"lines": [{"line_no": 1, "amount": 10_000}]}))));
        let spendings = join_all(ids.iter().map(|id| spend(&shop.admin, &mei, 15, id)));
        let (refunds, spendings) = join(refunds, spendings).await;
        assert!(refunds.iter().all(|reply| reply.status == 200), "{refunds:?}");
        let spent = spendings.iter().filter(|reply| reply.status == 200).count();
        assert!(spendings.iter().all(|reply| matches!(reply.status, 200 | 409)), "{spendings:?}");
        assert_eq!(standing(&shop.admin, &mei).await, (40 - 15 * i64::try_from(spent).unwrap(), 0, 40));
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn a_product_reviewed_twice_at_once_is_rewarded_once(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        app.open_connections().await;
        let review = json!({"type": "review", "channel": "web", "customer_id": mei, "product_id": shop.book["id"], "rating": 4, "body": "Good."});
        for reply in join_all((0..6).map(|_| shop.admin.post("/v1/feedback", review.clone()))).await {
            reply.expect(201);
        }
        assert_eq!(entries(&shop.admin, &mei).await, [json!(["earn", "posted", 20])]);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn points_that_expire_while_they_are_spent_go_once(app: &TestApp) {
        let shop = Shop::open(app).await;
        shop.admin.put(PROGRAMME, json!({"expires_after_days": 1})).await.expect(200);
        let mei = shop.customer("Mei").await;
        let order = earn(&shop, &mei, 100).await;
        app.pass(24 * 3600 + 1);
        let shop = Shop { admin: app.admin(), ..shop };
        app.open_connections().await;
        let ids: Vec<String> = (0..8).map(|number| format!("T-{number}")).collect();
        let spendings = join_all(ids.iter().map(|id| spend(&shop.admin, &mei, 10, id)));
        let (spendings, ()) = join(spendings, async { join_all((0..3).map(|_| keep_time_once(app))).await; }).await;
        assert!(spendings.iter().all(|reply| matches!(reply.status, 200 | 409)), "{spendings:?}");
        keep_time_once(app).await;
        assert_eq!(standing(&shop.admin, &mei).await, (0, 0, 100));
        step(&shop, &order, &["refund"]).await;
        let spent = spendings.iter().filter(|reply| reply.status == 200).count();
        assert_eq!(standing(&shop.admin, &mei).await.0, -10 * i64::try_from(spent).unwrap());
        assert_eq!(app.faults().await, [""; 0]);
    }
}
