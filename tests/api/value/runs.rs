//! Scoring runs as history, rankings, the live score between two runs, previews.

use patron::{
    domain::{
        paging::PageRequest,
        permissions::Role,
        scoring_runs::RankingSort,
        value_score::{Hundredths, ModelDefinition},
    },
    repositories::{scores, views::purchases},
};
use serde_json::{Value, json};

use super::{
    brute_force::{Expected, score_everybody},
    hundredths, score,
    scores::random_shop,
    shop::{Line, Person, Product, Shop, at},
    work,
};
use crate::{on_both, support::plans_of};

const AS_OF: &str = "2026-06-30T00:00:00Z";

/// Customers who bought once each, in June, for 100, 200, 300…
fn row_of_customers(count: usize) -> Shop {
    let mut shop = Shop { products: vec![Product { category: None, default_user: None }], ..Shop::default() };
    for number in 1..=count {
        let customer = shop.person(Person::default());
        shop.sale(customer, "2026-06-01T00:00:00Z", vec![Line::of(0, 100 * i64::try_from(number).unwrap())]);
    }
    shop
}

on_both! {
    async fn runs_are_kept_as_history(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let mut shop = row_of_customers(10);
        shop.save(app.app.db.url());
        let mut runs = Vec::new();
        for as_of in ["2026-06-02T00:00:00Z", "2026-06-15T00:00:00Z", AS_OF] {
            runs.push(score(app, &manager, json!({"as_of": as_of})).await);
        }
        let history = manager.all(&format!("/v1/customers/{}/value-score/history?limit=1", shop.ids[0])).await;
        let seen: Vec<Value> = history.iter().map(|past| json!([past["run_id"], past["as_of"], past["recency_days"], past["population"]])).collect();
        assert_eq!(seen, [(2, AS_OF, 29), (1, "2026-06-15T00:00:00Z", 14), (0, "2026-06-02T00:00:00Z", 1)].map(|(run, as_of, days)| json!([runs[run]["id"], as_of, days, 10])));
        assert_eq!(manager.all("/v1/scoring-runs?limit=2").await, [&runs[2], &runs[1], &runs[0]].map(Clone::clone));
        manager.get("/v1/customers/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77/value-score/history").await.problem(404, "not_found");
        // At the instant of an old run its own scores come out again.
        let then = manager.get(&format!("/v1/customers/{}/value-score?as_of=2026-06-15T00:00:00Z", shop.ids[9])).await.expect(200);
        assert_eq!(json!([then["run_id"], then["change"]["difference"]]), json!([runs[1]["id"], 0.0]));
    }

    async fn a_run_over_the_past_is_history_and_not_current(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let mut shop = row_of_customers(10);
        shop.save(app.app.db.url());
        let newest = score(app, &manager, json!({"as_of": AS_OF})).await;
        let backfilled = score(app, &manager, json!({"as_of": "2026-06-02T00:00:00Z", "window_days": 1})).await;
        let live = format!("/v1/customers/{}/value-score", shop.ids[9]);
        let current = || async {
            let ranking = manager.get("/v1/value-scores?limit=1").await.expect(200);
            json!([ranking["data"][0]["run_id"], manager.get(&live).await.expect(200)["run_id"]])
        };
        assert_ne!(backfilled["id"], newest["id"]);
        assert_eq!(current().await, json!([newest["id"], newest["id"]]));
        let again = score(app, &manager, json!({"as_of": AS_OF})).await;
        assert_eq!(current().await, json!([again["id"], again["id"]]), "the last made of equals");
    }

    async fn a_run_is_asked_for_and_watched(app: &TestApp) {
        let (manager, agent) = (app.staff(Role::Manager), app.staff(Role::Agent));
        row_of_customers(3).save(app.app.db.url());
        agent.post("/v1/scoring-runs", json!({})).await.problem(403, "permission_denied");
        manager.post("/v1/scoring-runs", json!({"as_of": "2999-01-01T00:00:00Z"})).await.fault("/as_of", "range");
        manager.post("/v1/scoring-runs", json!({"window_days": 0})).await.fault("/window_days", "range");
        manager.post("/v1/scoring-runs", json!({"model_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77"})).await.fault("/model_id", "unknown_reference");
        manager.post("/v1/scoring-runs?validate_only=true", json!({})).await.expect(200);
        assert_eq!(manager.get("/v1/scoring-runs?include=total").await.expect(200)["total"], 0);
        let reply = manager.post("/v1/scoring-runs", json!({"window_days": 30})).await;
        let location = reply.header("location").to_owned();
        let queued = reply.expect(202);
        assert_eq!(json!([queued["status"], queued["progress"]["done"], queued["window_days"], queued["cuts"]]), json!(["queued", 0, 30, null]));
        assert_eq!(agent.get("/v1/value-scores?include=total").await.expect(200), json!({"data": [], "next_cursor": null, "total": 0}));
        work(app).await;
        let done = agent.get(&location).await.expect(200);
        assert_eq!(json!([done["status"], done["progress"], done["population"]]), json!(["completed", {"done": 6, "total": 6}, 3]));
        let counts = &done["tier_counts"];
        assert_eq!(counts["most_valuable"].as_i64().unwrap() + counts["growth"].as_i64().unwrap() + counts["ordinary"].as_i64().unwrap(), 3);
    }

    /// More orders of one customer than are kept in memory at a time, between customers with few.
    async fn a_customer_with_very_many_orders_is_counted_whole(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let mut shop = row_of_customers(3);
        for _ in 0..10_050 {
            shop.sale(1, "2026-06-02T00:00:00Z", vec![Line::of(0, 1)]);
        }
        shop.save(app.app.db.url());
        let run = score(app, &manager, json!({"as_of": AS_OF})).await;
        assert_eq!(run["population"], 3);
        let ranking = manager.all("/v1/value-scores").await;
        let counted = |place: usize| {
            let found = ranking.iter().find(|found| found["customer_id"] == shop.ids[place].to_string()).unwrap();
            json!([found["frequency"], found["monetary"]])
        };
        assert_eq!([counted(0), counted(1), counted(2)], [json!([1, 100]), json!([10_051, 10_250]), json!([1, 300])]);
    }

    async fn an_empty_shop_can_be_scored(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let run = score(app, &manager, json!({})).await;
        assert_eq!(json!([run["population"], run["cuts"], run["tier_counts"]["growth"]]), json!([0, null, 0]));
        let made = manager.make("/v1/customers", json!({"name": "First"})).await;
        let value = manager.get(&format!("/v1/customers/{}/value-score", made["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(json!([value["reason"], value["run_id"], value["tier"]]), json!(["no_purchases", null, "prospect"]));
    }

    async fn rankings_are_filtered_by_tier_and_score(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let mut shop = random_shop(5, 60, at(AS_OF));
        shop.save(app.app.db.url());
        score(app, &manager, json!({"as_of": AS_OF})).await;
        let expected = score_everybody(&shop, at(AS_OF), 365);
        let ids = |found: Vec<Value>| {
            let mut ids: Vec<String> = found.iter().map(|found| found["customer_id"].as_str().unwrap().to_owned()).collect();
            ids.sort();
            ids
        };
        let those = |test: &dyn Fn(&Expected) -> bool| {
            let mut ids: Vec<String> = expected.iter().filter(|(_, expected)| test(expected)).map(|(place, _)| shop.ids[*place].to_string()).collect();
            ids.sort();
            ids
        };
        for tier in ["most_valuable", "growth", "ordinary"] {
            assert_eq!(ids(manager.all(&format!("/v1/value-scores?limit=4&tier={tier}")).await), those(&|expected| expected.tier == tier), "{tier}");
            let customers = manager.all(&format!("/v1/customers?tier={tier}")).await;
            let mut found: Vec<String> = customers.iter().map(|customer| customer["id"].as_str().unwrap().to_owned()).collect();
            found.sort();
            assert_eq!(found, those(&|expected| expected.tier == tier), "{tier}");
        }
        assert_eq!(manager.all("/v1/customers?tier=prospect").await.len(), shop.ids.len() - expected.len());
        let range = manager.get("/v1/value-scores?min_score=40.5&max_score=70&sort=score&include=total&limit=200").await.expect(200);
        let wanted = those(&|expected| (4_050..=7_000).contains(&expected.score));
        assert_eq!(range["total"], wanted.len());
        let found = range["data"].as_array().unwrap().clone();
        assert!(found.is_sorted_by_key(|found| hundredths(&found["score"])));
        assert_eq!(ids(found), wanted);
        manager.get("/v1/value-scores?min_score=-1").await.expect(422);
        manager.get("/v1/value-scores?min_score=1.001").await.expect(422);
        assert_eq!(manager.all("/v1/value-scores?min_score=70&max_score=60").await.len(), 0);
    }

    async fn a_live_score_moves_between_runs(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let mut shop = row_of_customers(10);
        shop.save(app.app.db.url());
        let now = app.now();
        let run = score(app, &manager, json!({"as_of": now.to_string(), "window_days": 3650})).await;
        let path = format!("/v1/customers/{}/value-score", shop.ids[0]);
        let before = manager.get(&path).await.expect(200);
        // Two of ten share the lowest band.
        assert_eq!(json!([before["run_id"], before["rank"], before["change"]["difference"]]), json!([run["id"], 9, 0.0]));
        // A second sale, larger than anybody's, lands: first in amount and frequency, and nobody stands above.
        let mut more = Shop { people: shop.people.clone(), products: shop.products.clone(), ..Shop::default() };
        more.sale(0, "2026-06-20T00:00:00Z", vec![Line::of(0, 1_000_000)]);
        more.save_orders_of(app.app.db.url(), &shop);
        let after = manager.get(&path).await.expect(200);
        assert_eq!(json!([after["rank"], after["tier"], after["percentile"]]), json!([1, "most_valuable", 90.0]));
        let moved = hundredths(&after["score"]) - hundredths(&before["score"]);
        assert!(moved > 0);
        assert_eq!(after["change"]["score"], before["score"]);
        assert_eq!(hundredths(&after["change"]["difference"]), moved);
        // A new run is seen at once, without a restart.
        app.pass(60);
        let newer = score(app, &manager, json!({"window_days": 3650})).await;
        assert_eq!(manager.get(&path).await.expect(200)["run_id"], newer["id"]);
        manager.get(&format!("{path}?as_of=2999-01-01T00:00:00Z")).await.fault("/as_of", "range");
        manager.get(&format!("{path}?as_of=yesterday")).await.expect(422);
        manager.get("/v1/customers/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77/value-score").await.problem(404, "not_found");
    }

    async fn a_preview_tells_who_would_move_and_stores_nothing(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let mut shop = random_shop(9, 60, at(AS_OF));
        shop.save(app.app.db.url());
        let (old, new) = (score_everybody(&shop, at(AS_OF), 365), score_everybody(&shop, at(AS_OF), 60));
        let customer = *old.keys().next().unwrap();
        let body = json!({"model": {"name": "two months", "window_days": 60}, "as_of": AS_OF, "limit": 5, "customer_id": shop.ids[customer].to_string()});
        let preview = manager.post("/v1/value-scores/preview", body).await.expect(200);
        assert_eq!(preview["population"], old.len());
        assert_eq!(preview["tier_changes"], old.iter().filter(|(place, old)| old.tier != new[place].tier).count());
        for transition in preview["transitions"].as_array().unwrap() {
            let count = old.iter().filter(|(place, old)| transition["from"] == old.tier && transition["to"] == new[place].tier).count();
            assert_eq!(transition["customers"], count, "{transition}");
        }
        let mut moves: Vec<i128> = old.iter().map(|(place, old)| (new[place].score - old.score).abs()).collect();
        moves.sort_by_key(|by| -by);
        let movers = preview["movers"].as_array().unwrap();
        assert_eq!(movers.iter().map(|mover| hundredths(&mover["difference"]).abs()).collect::<Vec<_>>(), moves[..5]);
        for mover in movers {
            let place = shop.ids.iter().position(|id| mover["customer_id"] == id.to_string()).unwrap();
            assert_eq!([&mover["current"]["score"], &mover["preview"]["score"]].map(hundredths), [old[&place].score, new[&place].score]);
        }
        let seen = &preview["customer"];
        assert_eq!([&seen["current"]["score"], &seen["preview"]["score"]].map(hundredths), [old[&customer].score, new[&customer].score]);
        assert_eq!(json!([seen["preview"]["tier"], seen["preview"]["rank"]]), json!([new[&customer].tier, new[&customer].rank]));
        assert_eq!(seen["preview"]["factors"].as_array().unwrap().len(), 5);
        for (path, total) in [("/v1/value-models", 1), ("/v1/scoring-runs", 0), ("/v1/value-scores", 0)] {
            assert_eq!(manager.get(&format!("{path}?include=total")).await.expect(200)["total"], total, "{path}");
        }
        let refused = manager.post("/v1/value-scores/preview", json!({"model": {"name": "x", "window_days": 0}})).await;
        refused.fault("/model/window_days", "range");
        manager.post("/v1/value-scores/preview", json!({})).await.fault("", "one_of");
        manager.post("/v1/value-scores/preview", json!({"model_id": shop.ids[0].to_string()})).await.fault("/model_id", "unknown_reference");
        let permit = app.app.previews.clone().try_acquire_owned().unwrap();
        let busy = manager.post("/v1/value-scores/preview", json!({"model": {"name": "x"}})).await;
        assert_eq!(busy.header("retry-after"), "5");
        busy.problem(503, "unavailable");
        drop(permit);
    }

    async fn hot_queries_use_their_indexes(app: &TestApp) {
        let mut shop = row_of_customers(3);
        shop.save(app.app.db.url());
        let window = ModelDefinition::five_factor().window(at(AS_OF));
        let live = plans_of(app.app.db.url(), |conn| drop(purchases::of_customer(conn, shop.ids[0], window, None, "").unwrap()));
        assert_eq!(live.len(), 1, "one statement");
        let run = shop.ids[0].cast();
        let page = PageRequest { sort: RankingSort::HighestFirst, after: None, limit: 50, with_total: false };
        let ranking = plans_of(app.app.db.url(), |conn| drop(scores::ranking(conn, run, Hundredths::ZERO..=Hundredths::MAX, &page).unwrap()));
        for plan in live.iter().chain(&ranking) {
            // The few orders of the one customer may be put in order; nothing else is sorted.
            let sorts = plan.plan.lines().any(|step| step.contains("Sort Key") && !step.contains("Sort Key: orders.id"));
            assert!(!plan.plan.contains("Seq Scan") && !sorts && !plan.plan.contains("B-TREE"), "{plan:#?}");
            assert!(!plan.plan.lines().any(|step| step.starts_with("SCAN") && !step.contains("value_models_active_key")), "{plan:#?}");
        }
        assert!(ranking[0].plan.contains("scores_run_id_idx"), "{ranking:#?}");
    }
}
