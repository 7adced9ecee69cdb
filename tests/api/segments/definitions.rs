//! What definitions are refused for, alone and among others.

use super::*;
use crate::on_both;

on_both! {
    async fn every_fault_is_told_at_its_place(app: &TestApp) {
        let world = World::open(app).await;
        let faults = json!({"all": [
            {"fact": "lifecycle", "is": "active"},
            {"fact": "age", "at_least": "old"},
            {"any": [{"purchases": "count", "channel": "drone", "at_least": 1}, {"fact": "shoe_size", "is": 43}]},
            {"not": {"fact": "score", "at_least": 5, "at_most": 7}},
        ]});
        for path in ["/v1/segments", "/v1/segments/preview"] {
            let mut body = json!({"definition": faults});
            if path == "/v1/segments" {
                body["name"] = "Wrong".into();
            }
            let problem = world.admin.post(path, body).await.problem(422, "invalid");
            let told: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|e| (e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap())).collect();
            assert_eq!(
                told,
                [
                    ("/definition/all/1/at_least", "type"),
                    ("/definition/all/2/any/0/channel", "one_of"),
                    ("/definition/all/2/any/1/fact", "unknown_fact"),
                    ("/definition/all/3/not/at_most", "operator"),
                ]
            );
        }
        world.admin.post("/v1/segments", json!({"name": "None"})).await.fault("/definition", "required");
    }

    async fn what_a_definition_names_must_be_there(app: &TestApp) {
        let world = World::open(app).await;
        let nobody = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90";
        for (leaf, place) in [
            (json!({"fact": "interests", "has_any": [world.books, nobody]}), "/has_any/1"),
            (json!({"purchases": "sum", "category_id": nobody, "above": 0}), "/category_id"),
            (json!({"purchases": "sum", "product_id": nobody, "above": 0}), "/product_id"),
            (json!({"survey_answered": nobody}), "/survey_answered"),
            (json!({"campaigns": "opened", "campaign_id": [nobody]}), "/campaign_id/0"),
            (json!({"segment_id": nobody}), "/segment_id"),
        ] {
            let definition = json!({"all": [{"fact": "age", "is": 1}, leaf]});
            for (path, body) in [
                ("/v1/segments", json!({"name": "Lost", "definition": definition})),
                ("/v1/segments/preview", json!({"definition": definition})),
            ] {
                let problem = world.admin.post(path, body).await.problem(422, "unknown_reference");
                assert_eq!(problem["errors"][0]["pointer"], format!("/definition/all/1{place}"), "{path} {problem}");
            }
        }
    }

    async fn segments_never_name_each_other_in_a_ring(app: &TestApp) {
        let world = World::open(app).await;
        let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
        let music = world.segment("Music", json!({"fact": "tags", "has": "music"})).await;
        let adults = world.segment("Adults", json!({"all": [{"segment_id": id(&music)}, {"fact": "age", "at_least": 18}]})).await;
        assert_eq!(world.members(&json!({"not": {"segment_id": id(&adults)}})).await, "BCD");
        let ring = world.admin.patch(&music, json!({"definition": {"fact": null, "has": null, "not": {"segment_id": id(&adults)}}})).await;
        ring.fault("/definition/not/segment_id", "ring");
        world.admin.patch(&music, json!({"definition": {"fact": null, "has": null, "segment_id": id(&music)}})).await.fault("/definition/segment_id", "ring");
        // Nor more in all than a definition may have by itself.
        let many = json!({"any": vec![json!({"fact": "age", "is": 3}); 199]});
        let wide = json!({"any": [{"segment_id": id(&adults)}, many]});
        world.admin.post("/v1/segments", json!({"name": "Wide", "definition": wide})).await.fault("/definition", "too_large");
        world.admin.delete(&music).await.problem(409, "still_referenced");
        world.admin.delete(&adults).await.expect(204);
        world.admin.delete(&music).await.expect(204);
        world.admin.get(&music).await.problem(404, "not_found");
    }

    async fn two_that_would_close_a_ring_at_once_do_not(app: &TestApp) {
        let world = World::open(app).await;
        app.open_connections().await;
        for round in 0..5 {
            let paths = [world.segment(&format!("A{round}"), json!({"fact": "age", "is": 1})).await, world.segment(&format!("B{round}"), json!({"fact": "age", "is": 1})).await];
            let naming = |path: &str| json!({"definition": {"fact": null, "is": null, "segment_id": path.rsplit('/').next().unwrap()}});
            let (first, second) = futures_util::future::join(
                world.admin.patch(&paths[0], naming(&paths[1])),
                world.admin.patch(&paths[1], naming(&paths[0])),
            )
            .await;
            let mut statuses = [first.status, second.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 422]);
        }
    }
}
