//! Lists of feedback: filters, pages, and how the databases find them.

use patron::{
    domain::{
        TextEnum,
        feedback::{Assignee, FeedbackFilter, FeedbackSort, FeedbackStatus},
        ids::Id,
        instants::Instant,
        paging::{PageRequest, Position},
    },
    repositories::feedback,
};
use serde_json::{Value, json};

use super::{feedback_of, open_desk, path_of};
use crate::{on_both, support::plans_of};

fn bodies(feedback: &[Value]) -> Vec<&str> {
    feedback.iter().map(|it| it["body"].as_str().unwrap()).collect()
}

on_both! {
    async fn feedback_is_found_as_it_is_asked_for(app: &TestApp) {
        let shop = open_desk(app).await;
        let mei = shop.customer("Mei").await;
        let order = shop.admin.make("/v1/orders", json!({"channel": "web", "customer_id": mei, "lines": [{"sku": "BOOK", "quantity": 1}]})).await;
        for (body, kind, channel, priority, more) in [
            ("1", "complaint", "web", "high", json!({"customer_id": mei, "tags": ["binding"]})),
            ("2", "inquiry", "phone", "normal", json!({"order_id": order["id"], "line_no": 1})),
            ("3", "complaint", "phone", "low", json!({"tags": ["binding", "late"]})),
            ("4", "review", "web", "normal", json!({"customer_id": mei, "rating": 5, "product_id": shop.book["id"]})),
        ] {
            let mut draft = more;
            for (field, value) in [("body", body), ("type", kind), ("channel", channel), ("priority", priority)] {
                draft[field] = json!(value);
            }
            let made = shop.admin.make("/v1/feedback", draft).await;
            if body == "3" {
                shop.admin.post(&format!("{}/start", path_of(&made)), json!({})).await.expect(200);
            }
        }
        for (query, expected) in [
            (String::new(), vec!["4", "3", "2", "1"]),
            ("status=in_progress".to_owned(), vec!["3"]),
            ("type=complaint".to_owned(), vec!["3", "1"]),
            ("channel=phone".to_owned(), vec!["3", "2"]),
            ("priority=normal".to_owned(), vec!["4", "2"]),
            (format!("customer_id={mei}"), vec!["4", "2", "1"]),
            (format!("order_id={}", order["id"].as_str().unwrap()), vec!["2"]),
            (format!("product_id={}", shop.book["id"].as_str().unwrap()), vec!["4", "2"]),
            ("tag=binding".to_owned(), vec!["3", "1"]),
            ("tag=late&type=inquiry".to_owned(), vec![]),
            ("assignee_id=none".to_owned(), vec!["4", "2", "1"]),
            ("created_since=2999-01-01T00:00:00Z".to_owned(), vec![]),
            (format!("customer_id={mei}&type=review&status=open&channel=web"), vec!["4"]),
        ] {
            let found = shop.admin.all(&format!("/v1/feedback?limit=2&{query}")).await;
            assert_eq!(bodies(&found), expected, "{query}");
            assert!(found.iter().all(|it| it.get("history").is_none()), "{query}");
            let total = shop.admin.get(&format!("/v1/feedback?include=total&limit=1&{query}")).await.expect(200)["total"].as_u64();
            assert_eq!(total, Some(expected.len() as u64), "{query}");
        }
        let own = shop.admin.all(&format!("/v1/customers/{mei}/feedback?limit=1&type=complaint")).await;
        assert_eq!(bodies(&own), ["1"]);
        for query in ["status=lost", "customer_id=x", "overdue=perhaps", "sort=body", "tag=", "assignee_id=x", "q=x"] {
            shop.admin.get(&format!("/v1/feedback?{query}")).await.problem(422, "invalid");
        }
    }

    async fn pages_run_in_every_order(app: &TestApp) {
        let shop = open_desk(app).await;
        for (body, kind) in [("1", "inquiry"), ("2", "complaint"), ("3", "inquiry"), ("4", "complaint"), ("5", "praise")] {
            shop.admin.make("/v1/feedback", json!({"type": kind, "channel": "web", "body": body})).await;
            app.pass(60);
        }
        // Complaints are due within two hours, the rest within a day.
        for (sort, expected) in [("created_at", ["1", "2", "3", "4", "5"]), ("updated_at", ["1", "2", "3", "4", "5"]), ("due_at", ["2", "4", "1", "3", "5"])] {
            let found = shop.admin.all(&format!("/v1/feedback?limit=2&sort={sort}")).await;
            assert_eq!(bodies(&found), expected, "{sort}");
            let mut found = shop.admin.all(&format!("/v1/feedback?limit=2&sort=-{sort}")).await;
            found.reverse();
            assert_eq!(bodies(&found), expected, "-{sort}");
        }
        let since = app.now();
        let first = shop.admin.all("/v1/feedback?sort=created_at&limit=1").await.remove(0);
        shop.admin.patch(&path_of(&first), json!({"subject": "new"})).await.expect(200);
        assert_eq!(bodies(&shop.admin.all(&format!("/v1/feedback?sort=updated_at&updated_since={since}")).await), ["1"]);
    }

    /// No list reads the table whole or sorts it, on whichever page.
    async fn lists_follow_an_index(app: &TestApp) {
        let shop = open_desk(app).await;
        for _ in 0..3 {
            feedback_of(&shop.admin, "complaint").await;
        }
        let ask = |filter: FeedbackFilter, sort: FeedbackSort, after: Option<Position>| {
            let plans = plans_of(app.app.db.url(), |conn| drop(feedback::list(conn, &filter, &PageRequest { sort, after, limit: 2, with_total: false }).unwrap()));
            assert_eq!(plans.len(), 1, "{plans:#?}");
            plans.into_iter().next().unwrap()
        };
        let far: Instant = "9000-01-01T00:00:00Z".parse().unwrap();
        let page = Some(Position { key: far.micros(), id: uuid::Uuid::max() });
        for sort in FeedbackSort::ALL {
            for after in [None, page] {
                let plan = ask(FeedbackFilter::default(), *sort, after);
                let column = sort.as_str().trim_start_matches('-');
                assert!(plan.plan.contains(&format!("feedback_{column}_idx")), "{sort} {plan:#?}");
                assert!(!plan.plan.contains("Seq Scan") && !plan.plan.contains("Sort") && !plan.plan.contains("B-TREE"), "{sort} {plan:#?}");
            }
        }
        let id = Id::generate();
        let every = FeedbackFilter::default;
        for (filter, sort, index) in [
            (FeedbackFilter { status: Some(FeedbackStatus::Open), ..every() }, FeedbackSort::NewestFirst, "feedback_status_idx"),
            (FeedbackFilter { assignee: Some(Assignee::Of(Id::generate())), ..every() }, FeedbackSort::CreatedAt, "feedback_assignee_id_idx"),
            (FeedbackFilter { assignee: Some(Assignee::Nobody), ..every() }, FeedbackSort::NewestFirst, "feedback_unassigned_idx|feedback_assignee_id_idx"),
            (FeedbackFilter { product_id: Some(Id::generate()), ..every() }, FeedbackSort::NewestFirst, "feedback_product_id_idx"),
            (FeedbackFilter { overdue: Some((true, far)), ..every() }, FeedbackSort::FirstDueFirst, "feedback_overdue_idx"),
        ] {
            let plan = ask(filter.clone(), sort, None);
            assert!(index.split('|').any(|index| plan.plan.contains(index)), "{filter:?} {plan:#?}");
            assert!(!plan.plan.contains("Seq Scan") && !plan.plan.contains("Sort") && !plan.plan.contains("B-TREE"), "{filter:?} {plan:#?}");
        }
        for (filter, index) in [
            (FeedbackFilter { order_id: Some(id), ..every() }, "feedback_order_id_idx"),
            (FeedbackFilter { tag: Some("x".into()), ..every() }, "feedback_tags_tag_idx"),
        ] {
            let plan = ask(filter, FeedbackSort::NewestFirst, None);
            assert!(plan.plan.contains(index) && !plan.plan.contains("Seq Scan"), "{plan:#?}");
        }
        let own = ask(FeedbackFilter { customer_id: Some(Id::generate()), ..every() }, FeedbackSort::NewestFirst, None);
        assert!(own.plan.contains("feedback_pkey") || own.plan.contains("SEARCH feedback USING PRIMARY KEY (customer_id=?"), "{own:#?}");
        let due = plans_of(app.app.db.url(), |conn| {
            drop(feedback::due::breaching(conn, far, 100).unwrap());
            drop(feedback::due::closing(conn, far, 100).unwrap());
            drop(feedback::find(conn, Id::generate()).unwrap());
        });
        for (plan, index) in due.iter().zip(["feedback_breach_at_idx", "feedback_closes_at_idx", "feedback_id_idx"]) {
            assert!(plan.plan.contains(index) && !plan.plan.contains("Seq Scan"), "{plan:#?}");
        }
        assert_eq!(due.len(), 3);
    }
}
