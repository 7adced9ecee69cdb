//! Reviews of products as anybody may read them.

use patron::domain::permissions::Role;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Shop, plans_of},
};

on_both! {
    async fn reviews_and_ratings_are_told(app: &TestApp) {
        let shop = Shop::open(app).await;
        let path = format!("/v1/products/{}/reviews", shop.book["id"].as_str().unwrap());
        let nothing = app.staff(Role::Marketer).get(&path).await.expect(200);
        let none = json!({"count": 0, "average": null, "distribution": {"1": 0, "2": 0, "3": 0, "4": 0, "5": 0}});
        assert_eq!(nothing, json!({"data": [], "next_cursor": null, "ratings": none}));
        let mei = shop.customer("Mei").await;
        for (rating, body) in [(5, "<b>Good</b>\u{7}\n\"paper\""), (1, "Two pages are missing."), (5, "三天就到了。"), (4, "Small print.")] {
            let draft = json!({"type": "review", "channel": "web", "customer_id": mei, "product_id": shop.book["id"], "rating": rating, "body": body});
            shop.admin.make("/v1/feedback", draft).await;
            app.pass(1);
        }
        let complaint = json!({"type": "complaint", "channel": "web", "product_id": shop.book["id"], "body": "No review."});
        shop.admin.make("/v1/feedback", complaint).await;
        let reader = app.client("catalogue:read");
        let page = reader.get(&format!("{path}?include=total")).await.expect(200);
        let bodies = |page: &Value| page["data"].as_array().unwrap().iter().map(|review| review["body"].clone()).collect::<Vec<_>>();
        let newest_first = ["Small print.", "三天就到了。", "Two pages are missing.", "<b>Good</b>\u{7}\n\"paper\""];
        assert_eq!(bodies(&page), newest_first);
        // (5 + 1 + 5 + 4) / 4
        let ratings = json!({"count": 4, "average": 3.75, "distribution": {"1": 1, "2": 0, "3": 0, "4": 1, "5": 2}});
        assert_eq!(json!([page["total"], page["ratings"]]), json!([4, ratings]));
        let mut fields: Vec<_> = page["data"][0].as_object().unwrap().keys().collect();
        fields.sort();
        assert_eq!(fields, ["attachments", "body", "channel", "created_at", "id", "rating", "subject"], "not who wrote it");
        let best = reader.get(&format!("{path}?rating=5&sort=created_at&include=total")).await.expect(200);
        assert_eq!(json!([best["total"], best["ratings"]]), json!([2, ratings]));
        assert_eq!(bodies(&best), [newest_first[3], newest_first[1]]);
        let walked = reader.all(&format!("{path}?limit=1")).await;
        assert_eq!(walked.iter().map(|review| review["body"].clone()).collect::<Vec<_>>(), newest_first);
        reader.get(&format!("{path}?rating=6")).await.fault("/rating", "range");
        reader.get("/v1/products/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77/reviews").await.problem(404, "not_found");
        app.client("feedback:read").get(&path).await.problem(403, "permission_denied");
    }

    async fn reviews_are_found_by_their_product(app: &TestApp) {
        use patron::{domain::{ids::Id, paging::PageRequest, product_reviews::{ReviewFilter, ReviewSort}}, repositories::product_reviews};
        let product_id = Id::generate();
        let plans = plans_of(app.app.db.url(), |conn| {
            let page = PageRequest { sort: ReviewSort::NewestFirst, after: None, limit: 2, with_total: false };
            drop(product_reviews::list(conn, &ReviewFilter { product_id, rating: None }, &page).unwrap());
            product_reviews::ratings(conn, product_id).unwrap();
        });
        assert_eq!(plans.len(), 2);
        for plan in &plans {
            assert!(plan.plan.contains("feedback_product_id_idx") && !plan.plan.contains("Seq Scan"), "{plan:#?}");
        }
        assert!(!plans[0].plan.contains("Sort") && !plans[0].plan.contains("B-TREE"), "{plans:#?}");
    }
}
