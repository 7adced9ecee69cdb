//! Spending, giving and taking, and what a ledger shows of it.

use patron::domain::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{adjust, earn, points_of, spend, standing};
use crate::{
    on_both,
    support::{Reply, Shop},
};

on_both! {
    async fn points_are_given_taken_and_spent_but_never_below_nothing(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        spend(&shop.admin, &mei, 1, "T-0").await.problem(409, "insufficient_points");
        let given = adjust(&shop.admin, &mei, 100, "A-1").await;
        assert_eq!(given.header("etag"), "\"1\"");
        let given = given.expect(200);
        assert_eq!(json!([given["balance"], given["pending"], given["version"]]), json!([100, 0, 1]));
        let entry = &given["entry"];
        assert_eq!(
            json!([entry["kind"], entry["points"], entry["remaining"], entry["reason"], entry["business_id"], entry["source"], entry["balance_after"]]),
            json!(["adjust", 100, 100, "Because.", "A-1", "shop", 100])
        );
        assert!(entry["expires_at"].is_string() && entry["actor"]["kind"] == "staff");
        adjust(&shop.admin, &mei, -101, "A-2").await.problem(409, "insufficient_points");
        assert_eq!(adjust(&shop.admin, &mei, -30, "A-2").await.expect(200)["balance"], 70);
        let problem = spend(&shop.admin, &mei, 71, "T-1").await.problem(409, "insufficient_points");
        assert!(problem["detail"].as_str().unwrap().contains("70"), "{problem}");
        assert_eq!(spend(&shop.admin, &mei, 70, "T-1").await.expect(200)["entry"]["points"], -70);
        assert_eq!(standing(&shop.admin, &mei).await, (0, 0, 0));
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn a_business_id_is_booked_once(app: &TestApp) {
        let shop = Shop::open(app).await;
        let (mei, bo) = (shop.customer("Mei").await, shop.customer("Bo").await);
        adjust(&shop.admin, &mei, 100, "A-1").await.expect(200);
        for (customer, reply) in [(&mei, adjust(&shop.admin, &mei, 100, "A-1").await), (&bo, adjust(&shop.admin, &bo, 5, "A-1").await), (&mei, spend(&shop.admin, &mei, 5, "A-1").await)] {
            let problem = reply.problem(409, "already_taken");
            assert_eq!(problem["errors"][0]["pointer"], "/business_id", "{customer}: {problem}");
        }
        assert_eq!((standing(&shop.admin, &mei).await.0, standing(&shop.admin, &bo).await.0), (100, 0));
        // Refused, it may be used again.
        spend(&shop.admin, &bo, 5, "T-1").await.problem(409, "insufficient_points");
        spend(&shop.admin, &mei, 5, "T-1").await.expect(200);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn a_movement_is_checked_and_can_be_tried_and_repeated(app: &TestApp) {
        let shop = Shop::open(app).await;
        let (mei, bo) = (shop.customer("Mei").await, shop.customer("Bo").await);
        let path = format!("/v1/customers/{mei}/points");
        for (body, pointer, code) in [
            (json!({"points": 0, "reason": "A", "business_id": "A"}), "/points", "range"),
            (json!({"points": 1_000_000_001, "reason": "A", "business_id": "A"}), "/points", "range"),
            (json!({"points": 1, "reason": " ", "business_id": "A"}), "/reason", "blank"),
            (json!({"points": 1, "reason": "A", "business_id": ""}), "/business_id", "length"),
            (json!({"points": 1, "business_id": "A"}), "/reason", "required"),
        ] {
            shop.admin.post(&format!("{path}/adjust"), body).await.fault(pointer, code);
        }
        shop.admin.post(&format!("{path}/spend"), json!({"points": -1, "business_id": "A"})).await.fault("/points", "range");
        adjust(&shop.admin, &mei, 50, "A-1").await.expect(200);
        let theirs = earn(&shop, &bo, 10).await;
        let on_order = |order: &str| json!({"points": 10, "business_id": "T-1", "order_id": order.rsplit('/').next().unwrap()});
        let problem = shop.admin.post(&format!("{path}/spend"), on_order(&theirs)).await.problem(422, "unknown_reference");
        assert_eq!(problem["errors"][0]["pointer"], "/order_id");
        let own = earn(&shop, &mei, 10).await;
        let dry = shop.admin.post(&format!("{path}/spend?validate_only=true"), on_order(&own)).await.expect(200);
        assert_eq!((&dry["balance"], standing(&shop.admin, &mei).await.0), (&json!(50), 60));
        let stale = shop.admin.request(Method::POST, &format!("{path}/spend")).header("if-match", "\"1\"").json(&on_order(&own));
        Reply::of(stale).await.problem(412, "stale_version");
        let keyed = || Reply::of(shop.admin.request(Method::POST, &format!("{path}/spend")).header("idempotency-key", "K").json(&on_order(&own)));
        let first = keyed().await.expect(200);
        let again = keyed().await;
        assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &first));
        assert_eq!(standing(&shop.admin, &mei).await.0, 50);
        let log = shop.admin.get("/v1/audit-log?limit=1").await.expect(200);
        assert_eq!(log["data"][0]["operation"], "POST /v1/customers/{id}/points/spend");
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn a_ledger_is_read_page_by_page(app: &TestApp) {
        let shop = Shop::open(app).await;
        let mei = shop.customer("Mei").await;
        let order = earn(&shop, &mei, 10).await;
        for number in 1..=5 {
            adjust(&shop.admin, &mei, number, &format!("A-{number}")).await.expect(200);
        }
        spend(&shop.admin, &mei, 12, "T-1").await.expect(200);
        let agent = app.staff(Role::Agent);
        let path = format!("/v1/customers/{mei}/points");
        let numbers = |entries: &[Value]| entries.iter().map(|entry| entry["points"].as_i64().unwrap()).collect::<Vec<_>>();
        assert_eq!(numbers(&agent.all(&format!("{path}?limit=2")).await), [-12, 5, 4, 3, 2, 1, 10]);
        assert_eq!(numbers(&agent.all(&format!("{path}?limit=3&sort=created_at")).await), [10, 1, 2, 3, 4, 5, -12]);
        assert_eq!(numbers(&agent.all(&format!("{path}?kind=spend")).await), [-12]);
        assert_eq!(numbers(&agent.all(&format!("{path}?order_id={}", order.rsplit('/').next().unwrap())).await), [10]);
        assert_eq!(numbers(&agent.all(&format!("{path}?status=pending")).await), Vec::<i64>::new());
        let page = agent.get(&format!("{path}?limit=1&include=total&kind=adjust")).await;
        assert_eq!((page.header("etag"), &page.body["total"], &page.body["version"]), ("\"8\"", &json!(5), &json!(8)));
        let known = Reply::of(agent.request(Method::GET, &path).header("if-none-match", "\"8\"")).await;
        assert_eq!(known.status, 304);
        let after = points_of(&agent, &mei).await;
        // The ten of the order went first, then the first two that were given.
        let remaining: Vec<&Value> = after["data"].as_array().unwrap().iter().map(|entry| &entry["remaining"]).collect();
        assert_eq!(remaining, [0, 0, 1, 3, 4, 5, 0]);
        spend(&agent, &mei, 1, "T-2").await.problem(403, "permission_denied");
        app.client("customers:read").get(&path).await.problem(403, "permission_denied");
        agent.get(&path.replace(&mei, "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77")).await.problem(404, "not_found");
    }
}
