//! Several at once: what must happen once happens once.

use futures_util::future::join_all;
use serde_json::json;

use super::{feedback_of, instant, open_desk, outcome::link_sent_to, path_of, resolve};
use crate::on_both;

on_both! {
    async fn complaints_at_once_are_all_counted(app: &TestApp) {
        let shop = open_desk(app).await;
        let mei = shop.customer("Mei").await;
        app.open_connections().await;
        let complain = || shop.admin.post("/v1/feedback", json!({"type": "complaint", "channel": "web", "customer_id": mei, "body": "!"}));
        let made = join_all((0..12).map(|_| complain())).await;
        let paths: Vec<String> = made.into_iter().map(|reply| path_of(&reply.expect(201))).collect();
        let count = async || shop.admin.get(&format!("/v1/customers/{mei}")).await.expect(200)["satisfaction"]["open_complaints"].clone();
        assert_eq!(count().await, 12);
        for path in &paths {
            resolve(&shop.admin, path).await;
        }
        let closings: Vec<String> = paths.iter().map(|path| format!("{path}/close")).collect();
        for reply in join_all(closings.iter().map(|path| shop.admin.post(path, json!({})))).await {
            reply.expect(200);
        }
        assert_eq!(count().await, 0);
    }

    async fn batches_that_cross_are_both_done(app: &TestApp) {
        let shop = open_desk(app).await;
        let mut customers = Vec::new();
        for number in 0..30 {
            customers.push(shop.customer(&format!("customer {number}")).await);
        }
        app.open_connections().await;
        let batch = |round: usize| {
            let named: Vec<&String> = if round.is_multiple_of(2) { customers.iter().collect() } else { customers.iter().rev().collect() };
            let item = |customer: &String| json!({"ref": {"system": "desk", "id": format!("{round}-{customer}")}, "data": {"type": "complaint", "channel": "web", "customer_id": customer, "body": "!"}});
            json!({"items": named.into_iter().map(item).collect::<Vec<_>>()})
        };
        for reply in join_all((0..4).map(|round| shop.admin.post("/v1/feedback/batch", batch(round)))).await {
            let results = reply.expect(200)["results"].clone();
            assert!(results.as_array().unwrap().iter().all(|result| result["status"] == 201), "{results}");
        }
        for customer in &customers {
            assert_eq!(shop.admin.get(&format!("/v1/customers/{customer}")).await.expect(200)["satisfaction"]["open_complaints"], 4);
        }
    }

    async fn histories_do_not_run_backwards(app: &TestApp) {
        let shop = open_desk(app).await;
        let path = feedback_of(&shop.admin, "inquiry").await;
        app.open_connections().await;
        let actions = format!("{path}/actions");
        for reply in join_all((0..24).map(|number| shop.admin.post(&actions, json!({"note": number.to_string()})))).await {
            reply.expect(200);
        }
        let after = shop.admin.get(&path).await.expect(200);
        let at: Vec<_> = after["history"].as_array().unwrap().iter().map(|event| instant(&event["at"])).collect();
        assert!(at.is_sorted() && at.len() == 25, "{at:?}");
        assert_eq!(Some(&instant(&after["updated_at"])), at.last());
    }

    async fn one_step_is_taken_once(app: &TestApp) {
        let shop = open_desk(app).await;
        let path = feedback_of(&shop.admin, "complaint").await;
        app.open_connections().await;
        for (step, body) in [("start", json!({})), ("resolve", json!({"resolution": "Done."})), ("close", json!({})), ("reopen", json!({}))] {
            let step = format!("{path}/{step}");
            let replies = join_all((0..8).map(|_| shop.admin.post(&step, body.clone()))).await;
            let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409], "{step}");
        }
        let after = shop.admin.get(&path).await.expect(200);
        assert_eq!((after["history"].as_array().unwrap().len(), &after["version"], &after["reopened_count"]), (5, &json!(5), &json!(1)));
    }

    async fn yes_and_no_at_once_are_one_answer_after_the_other(app: &TestApp) {
        let shop = open_desk(app).await;
        let mei = shop.admin.make("/v1/customers", json!({"name": "Mei", "email": "mei@example.com"})).await["id"].as_str().unwrap().to_owned();
        let path = path_of(&shop.admin.make("/v1/feedback", json!({"type": "complaint", "channel": "web", "customer_id": mei, "body": "!"})).await);
        resolve(&shop.admin, &path).await;
        let link = link_sent_to(app, &mei).await;
        app.open_connections().await;
        let nobody = app.nobody();
        let replies = join_all([true, false, true, false].map(|helped| nobody.post(&link, json!({"helped": helped})))).await;
        // Yes and then no are both taken: the customer has thought better of it. After a no nothing is asked any more.
        let after = shop.admin.get(&path).await.expect(200);
        assert_eq!((&after["status"], &after["outcome"]), (&json!("reopened"), &json!("not_helped")));
        let taken = replies.iter().filter(|reply| reply.status == 200).count();
        assert!((1..=2).contains(&taken) && replies.iter().all(|reply| matches!(reply.status, 200 | 409)), "{replies:?}");
        assert_eq!(after["history"].as_array().unwrap().len(), 3 + taken);
    }

    async fn a_reference_is_taken_in_once(app: &TestApp) {
        let shop = open_desk(app).await;
        app.open_connections().await;
        let draft = json!({"type": "inquiry", "channel": "email", "body": "?"});
        let replies = join_all((0..6).map(|_| shop.admin.put("/v1/feedback/by-ref/helpdesk/T-1", draft.clone()))).await;
        let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 200, 200, 201]);
        assert_eq!(shop.admin.all("/v1/feedback").await.len(), 1);
    }
}
