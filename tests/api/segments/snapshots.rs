//! Snapshots, what changed between them, and audiences of several segments.

use patron::{domain::ids::Id, services::segments::member_ids};

use super::*;
use crate::on_both;

on_both! {
    async fn snapshots_tell_who_entered_and_who_left(app: &TestApp) {
        let world = World::open(app).await;
        let path = world.segment("Musical", json!({"fact": "tags", "has": "music"})).await;
        let snapshots = format!("{path}/snapshots");
        let dry = world.admin.post(&format!("{snapshots}?validate_only=true"), json!({})).await.expect(200);
        assert_eq!(dry["member_count"], 2);
        let first = world.admin.make(&snapshots, json!({})).await;
        assert_eq!((&first["member_count"], &first["segment_version"]), (&json!(2), &json!(1)));
        world.admin.patch(&format!("/v1/customers/{}", world.ann), json!({"tags": ["teacher"]})).await.expect(200);
        world.admin.patch(&format!("/v1/customers/{}", world.di), json!({"tags": ["music"]})).await.expect(200);
        app.pass(60);
        let second = world.admin.make(&snapshots, json!({})).await;
        assert_eq!(world.admin.all(&format!("{snapshots}?limit=1")).await, [second.clone(), first.clone()]);

        let at = |snapshot: &Value| format!("{snapshots}/{}", id_of(snapshot));
        let mut expected = [(&world.ann, "left"), (&world.di, "entered")];
        expected.sort();
        for query in ["limit=1".to_owned(), format!("limit=1&since={}", id_of(&first))] {
            let changes = world.admin.all(&format!("{}/changes?{query}", at(&second))).await;
            let told: Vec<_> = changes.iter().map(|one| (one["customer_id"].as_str().unwrap(), one["change"].as_str().unwrap())).collect();
            assert_eq!(told, expected.map(|(who, change)| (who.as_str(), change)));
        }
        let page = world.admin.get(&format!("{}/changes?include=total&limit=1", at(&second))).await.expect(200);
        assert_eq!(page["total"], 2);
        // Into the first one both have entered.
        let changes = world.admin.all(&format!("{}/changes", at(&first))).await;
        assert_eq!(changes.iter().map(|one| one["change"].as_str().unwrap()).collect::<Vec<_>>(), ["entered", "entered"]);
        world.admin.get(&format!("{}/changes?since={}", at(&first), id_of(&second))).await.fault("/since", "not_ascending");
        world.admin.get(&format!("{}/changes?since={}", at(&first), world.ann)).await.problem(422, "unknown_reference");

        let members = world.admin.all(&format!("{}/members?limit=1", at(&first))).await;
        let names: Vec<&str> = members.iter().map(|member| member["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Ann", "Bo"]);
        world.admin.delete(&at(&first)).await.expect(204);
        world.admin.get(&at(&first)).await.problem(404, "not_found");
        assert_eq!(world.admin.get(&at(&second)).await.expect(200), second);
        world.admin.delete(&path).await.expect(204);
        world.admin.get(&at(&second)).await.problem(404, "not_found");
    }

    async fn an_audience_is_some_segments_without_others(app: &TestApp) {
        let world = World::open(app).await;
        let id = async |name: &str, definition: Value| -> Id<_> {
            let path = world.segment(name, definition).await;
            path.rsplit('/').next().unwrap().parse().unwrap()
        };
        let music = id("Music", json!({"fact": "tags", "has": "music"})).await;
        let buyers = id("Buyers", json!({"purchases": "count", "at_least": 1})).await;
        let adults = id("Adults", json!({"fact": "age", "at_least": 18})).await;
        let now = app.now();
        let find = async |included: Vec<Id<_>>, excluded: Vec<Id<_>>| {
            let found = app.app.db.read(move |tx| member_ids(tx, &included, &excluded, now)).await;
            found.map(|ids| ids.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        let sorted = |mut ids: Vec<&String>| {
            ids.sort();
            ids.into_iter().cloned().collect::<Vec<_>>()
        };
        assert_eq!(find(vec![music, buyers], vec![]).await.unwrap(), sorted(vec![&world.ann, &world.bo, &world.co]));
        assert_eq!(find(vec![music, buyers], vec![adults]).await.unwrap(), sorted(vec![&world.bo, &world.co]));
        assert_eq!(find(vec![], vec![adults]).await.unwrap(), Vec::<String>::new());
        assert_eq!(find(vec![Id::generate()], vec![]).await.unwrap_err().code().as_str(), "unknown_reference");
    }
}
