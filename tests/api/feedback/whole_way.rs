//! The whole way of a complaint, from a storefront's client to the report: the same steps as the walkthrough in the README.

use serde_json::json;

use super::{
    HOUR, desk,
    lifecycle::{agent, logged_in},
    open_desk,
    outcome::link_sent_to,
    path_of,
};
use crate::on_both;

on_both! {
    async fn a_complaint_is_followed_to_its_end(app: &TestApp) {
        let shop = open_desk(app).await;
        let (nobody, storefront) = (app.nobody(), app.client("customers:write orders:write feedback:write"));
        let (li, as_li) = agent(app, "li.na@example.com", "agent").await;

        // A customer buys on the web, and complains there.
        let mei = storefront.make("/v1/customers", json!({"name": "王小美", "email": "mei@example.com"})).await["id"].as_str().unwrap().to_owned();
        let order = json!({"channel": "web", "customer_id": mei, "lines": [{"sku": "BOOK", "quantity": 1}]});
        let order = storefront.make("/v1/orders", order).await;
        let complaint = json!({"type": "complaint", "channel": "web", "order_id": order["id"], "line_no": 1, "subject": "Two pages are missing", "body": "Pages 113 and 114 are missing."});
        let taken_in = storefront.make("/v1/feedback", complaint).await;
        let path = path_of(&taken_in);
        assert_eq!((&taken_in["customer_id"], &taken_in["product_id"], &taken_in["status"]), (&json!(mei), &shop.book["id"], &json!("open")));

        // A manager finds it among what nobody works on, and gives it to Li Na, who finds it in her queue.
        let unassigned = shop.admin.all("/v1/feedback?assignee_id=none&sort=due_at").await;
        assert_eq!(unassigned.iter().map(path_of).collect::<Vec<_>>(), [path.as_str()]);
        shop.admin.post(&format!("{path}/assign"), json!({"assignee_id": li})).await.expect(200);
        assert_eq!(as_li.all("/v1/feedback?assignee_id=me").await.len(), 1);
        as_li.post(&format!("{path}/start"), json!({})).await.expect(200);

        // She answers within half an hour, and resolves it in an hour.
        app.pass(HOUR / 2);
        let as_li = logged_in(app, "li.na@example.com").await;
        as_li.post(&format!("{path}/actions"), json!({"note": "Checked the stock: the whole batch lacks them."})).await.expect(200);
        as_li.post(&format!("{path}/actions"), json!({"note": "We are looking for a good copy.", "visible_to_customer": true})).await.expect(200);
        app.pass(HOUR / 2);
        let as_li = logged_in(app, "li.na@example.com").await;
        as_li.post(&format!("{path}/resolve"), json!({"resolution": "Another copy is on its way."})).await.expect(200);

        // The customer is asked, and says no.
        let link = link_sent_to(app, &mei).await;
        assert_eq!(nobody.get(&link).await.expect(200)["resolution"], "Another copy is on its way.");
        app.pass(24 * HOUR);
        nobody.post(&link, json!({"helped": false, "comment": "It lacks the same pages."})).await.expect(200);
        let as_li = logged_in(app, "li.na@example.com").await;
        let reopened = as_li.get(&path).await.expect(200);
        assert_eq!((&reopened["status"], &reopened["outcome"], &reopened["outcome_comment"]), (&json!("reopened"), &json!("not_helped"), &json!("It lacks the same pages.")));
        assert_eq!(as_li.get(&format!("/v1/customers/{mei}")).await.expect(200)["satisfaction"]["open_complaints"], 1);

        // It is solved, and now the customer says yes.
        as_li.post(&format!("{path}/start"), json!({})).await.expect(200);
        app.pass(HOUR / 2);
        let as_li = logged_in(app, "li.na@example.com").await;
        as_li.post(&format!("{path}/resolve"), json!({"resolution": "Your money is on its way back."})).await.expect(200);
        nobody.post(&link_sent_to(app, &mei).await, json!({"helped": true})).await.expect(200);
        let closed = as_li.get(&path).await.expect(200);
        assert_eq!((&closed["status"], &closed["outcome"], &closed["reopened_count"], &closed["tier"]), (&json!("closed"), &json!("helped"), &json!(1), &json!("prospect")));
        // The day that the customer took to answer is not the shop's: an hour and a half of two.
        let took = closed["resolution_seconds"].as_i64().unwrap();
        assert!((HOUR * 3 / 2 - 2..HOUR * 3 / 2 + 120).contains(&took), "{took}");
        assert_eq!((&closed["first_answer_breached"], &closed["resolution_breached"]), (&json!(false), &json!(false)));
        let history: Vec<(&str, &str)> =
            closed["history"].as_array().unwrap().iter().map(|event| (event["kind"].as_str().unwrap(), event["actor"]["kind"].as_str().unwrap())).collect();
        assert_eq!(history, [
            ("created", "client"), ("assigned", "staff"), ("started", "staff"), ("acted", "staff"), ("acted", "staff"), ("resolved", "staff"),
            ("reopened", "customer"), ("started", "staff"), ("resolved", "staff"), ("closed", "customer"),
        ]);
        assert_eq!(as_li.get(&format!("/v1/customers/{mei}")).await.expect(200)["satisfaction"]["open_complaints"], 0);

        // And it is counted.
        let report = desk(app).get("/v1/reports/feedback?group_by=assignee").await.expect(200);
        let group = &report["groups"][0];
        assert_eq!((&group["key"], &group["label"], &report["group_count"]), (&json!(li), &json!("li.na@example.com"), &json!(1)));
        for (figures, seconds) in [("first_answer", "first_answer_seconds"), ("resolution", "resolution_seconds")] {
            let expected = json!({"count": 1, "median_seconds": closed[seconds], "p90_seconds": closed[seconds], "within_target_share": 1.0});
            assert_eq!(group["figures"][figures], expected, "{figures}");
        }
        assert_eq!((&group["figures"]["reopened_share"], &group["figures"]["outcome"]), (&json!(1.0), &json!({"helped": 1, "not_helped": 0, "silence": 0, "helped_share": 1.0})));
        assert_eq!(report["total"], group["figures"]);
    }
}
