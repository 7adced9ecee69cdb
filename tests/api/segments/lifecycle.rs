//! Segments made, read, changed, deleted; lists and pages.

use patron::domain::permissions::Role;
use reqwest::Method;

use super::*;
use crate::{on_both, support::Reply};

on_both! {
    async fn a_segment_is_kept_as_it_was_said(app: &TestApp) {
        let marketer = app.staff(Role::Marketer);
        let definition = json!({"all": [{"fact": "lifecycle", "is": "active"}, {"purchases": "sum", "within_days": 365, "above": 5_000}]});
        let draft = json!({"name": "Spenders", "description": "They spend.", "definition": definition});
        let dry = marketer.post("/v1/segments?validate_only=true", draft.clone()).await.expect(200);
        marketer.get(&format!("/v1/segments/{}", id_of(&dry))).await.problem(404, "not_found");
        let made = marketer.make("/v1/segments", draft.clone()).await;
        assert_eq!((&made["definition"], &made["built_in"], &made["version"]), (&definition, &json!(false), &json!(1)));
        marketer.post("/v1/segments", draft).await.problem(409, "already_taken");
        let path = format!("/v1/segments/{}", id_of(&made));
        let read = marketer.get(&path).await;
        assert_eq!(read.header("etag"), "\"1\"");
        assert_eq!(read.expect(200), made);

        let same = marketer.patch(&path, json!({"name": "Spenders"})).await.expect(200);
        assert_eq!(same["version"], 1);
        let changed = marketer.patch(&path, json!({"description": null, "definition": {"all": [{"fact": "age", "above": 20}]}})).await.expect(200);
        assert_eq!((&changed["version"], &changed["description"]), (&json!(2), &json!(null)));
        let stale = marketer.request(Method::DELETE, &path).header("if-match", "\"1\"");
        Reply::of(stale).await.problem(412, "stale_version");
        marketer.patch(&path, json!({"name": "New customers"})).await.problem(409, "already_taken");
        let agent = app.staff(Role::Agent);
        assert_eq!(agent.get(&path).await.expect(200), changed);
        agent.delete(&path).await.problem(403, "permission_denied");
        marketer.delete(&path).await.expect(204);
        marketer.get(&path).await.problem(404, "not_found");
    }

    async fn segments_are_listed(app: &TestApp) {
        let admin = app.admin();
        for name in ["One", "Two"] {
            admin.make("/v1/segments", json!({"name": name, "definition": {"fact": "age", "is": 1}})).await;
        }
        let names = |segments: Vec<Value>| segments.into_iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let all = names(admin.all("/v1/segments?limit=5").await);
        assert_eq!((all.len(), &all[0], &all[12..]), (14, &"New customers".to_owned(), &["One".to_owned(), "Two".to_owned()][..]));
        assert_eq!(names(admin.all("/v1/segments?built_in=false&sort=-created_at&limit=1").await), ["Two", "One"]);
        assert_eq!(admin.get("/v1/segments?built_in=true&include=total&limit=1").await.expect(200)["total"], 12);
    }

    async fn members_come_in_pages(app: &TestApp) {
        let world = World::open(app).await;
        let everybody = world.segment("Everybody", json!({"purchases": "count", "at_least": 0})).await;
        let mut expected = vec![&world.ann, &world.bo, &world.co, &world.di];
        expected.sort();
        for limit in 1..=5 {
            let members = world.admin.all(&format!("{everybody}/members?limit={limit}")).await;
            assert_eq!(members.iter().map(|member| member["customer_id"].as_str().unwrap()).collect::<Vec<_>>(), expected);
        }
        let buyers = world.segment("Book buyers", json!({"purchases": "sum", "category_id": world.books, "above": 0})).await;
        let page = world.admin.get(&format!("{buyers}/members?limit=1&include=total")).await.expect(200);
        assert_eq!((&page["total"], &page["data"]), (&json!(2), &json!([{"customer_id": world.ann, "name": "Ann"}])));
        assert_eq!(world.admin.all(&format!("{buyers}/members?limit=1")).await.len(), 2);
        let preview = world.admin.get(&format!("{buyers}/preview")).await.expect(200);
        let sample = json!([{"customer_id": world.bo, "name": "Bo"}, {"customer_id": world.ann, "name": "Ann"}]);
        assert_eq!(preview, json!({"count": 2, "share": 0.5, "sample": sample}));
        let nobody = world.admin.post("/v1/segments/preview", json!({"definition": {"fact": "age", "above": 200}})).await.expect(200);
        assert_eq!(nobody, json!({"count": 0, "share": 0.0, "sample": []}));
    }
}
