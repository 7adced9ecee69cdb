//! Who changed what.

use patron::domain::permissions::Role;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{PASSWORD, add_user, log_in},
};

on_both! {
    async fn an_entry_names_who_and_what_but_no_value(app: &TestApp) {
        let user = add_user(app, "li.na@example.com", "manager").await;
        let token = log_in(app, "li.na@example.com", PASSWORD).await.expect(200);
        let manager = app.bearer(token["access_token"].as_str().expect("a token"));
        let reply = manager.post("/v1/customers", json!({"name": "王小明", "nickname": "Xiaoming"})).await;
        let (location, request_id) = (reply.header("location").to_owned(), reply.header("x-request-id").to_owned());
        reply.expect(201);
        let page = manager.get("/v1/audit-log").await;
        for value in ["li.na@example.com", "王小明", "Xiaoming", PASSWORD] {
            assert!(!page.text.contains(value), "{value} in {}", page.text);
        }
        let page = page.expect(200);
        let mut entries: Vec<Value> = page["data"].as_array().expect("data").clone();
        for entry in &mut entries {
            assert!(entry["at"].as_str() <= Some(app.now().to_string().as_str()) && entry["id"].is_string());
        }
        let told = |entry: &Value| json!([entry["actor_kind"], entry["actor_id"], entry["operation"], entry["path"], entry["resource"], entry["status"], entry["fields"]]);
        assert_eq!(told(&entries[0]), json!(["staff", user["id"], "POST /v1/customers", "/v1/customers", location, 201, ["name", "nickname"]]));
        assert_eq!(entries[0]["request_id"], request_id);
        assert_eq!(told(&entries[1]), json!(["staff", user["id"], "POST /v1/auth/token", "/v1/auth/token", null, 200, ["grant_type", "username", "password"]]));
        let made = format!("/v1/users/{}", user["id"].as_str().expect("an id"));
        assert_eq!((&entries[2]["resource"], &entries[2]["fields"]), (&json!(made), &json!(["email", "password", "role"])));
        assert_eq!(entries.len(), 3);
    }

    async fn what_did_not_happen_is_not_in_it_but_a_refused_login_is(app: &TestApp) {
        let admin = app.admin();
        let user = add_user(app, "li.na@example.com", "agent").await;
        let path = format!("/v1/users/{}", user["id"].as_str().expect("an id"));
        admin.patch(&format!("{path}?validate_only=true"), json!({"role": "admin"})).await.expect(200);
        admin.patch(&path, json!({"role": "owner"})).await.expect(422);
        log_in(app, "li.na@example.com", "wrong").await.problem(401, "invalid_grant");
        log_in(app, "nobody@example.com", "wrong").await.problem(401, "invalid_grant");
        let told: Vec<Value> = admin.all("/v1/audit-log?sort=at").await.iter().map(|entry| json!([entry["operation"], entry["actor_id"], entry["status"]])).skip(1).collect();
        assert_eq!(told, [json!(["POST /v1/auth/token", user["id"], 401]), json!(["POST /v1/auth/token", null, 401])]);
    }

    async fn it_is_read_page_by_page_and_by_whom_and_when(app: &TestApp) {
        let (one, other) = (app.staff(Role::Agent), app.staff(Role::Agent));
        one.make("/v1/customers", json!({"name": "A"})).await;
        app.pass(100);
        let middle = app.now();
        other.make("/v1/customers", json!({"name": "B"})).await;
        one.make("/v1/customers", json!({"name": "C"})).await;
        let manager = app.staff(Role::Manager);
        let entries = manager.all("/v1/audit-log?limit=2").await;
        assert_eq!(entries.len(), 3);
        let mut ascending = manager.all("/v1/audit-log?limit=1&sort=at").await;
        ascending.reverse();
        assert_eq!(ascending, entries, "the same, the other way round");
        let first = entries[2]["actor_id"].as_str().expect("an actor");
        let of_one = manager.get(&format!("/v1/audit-log?actor_id={first}&include=total")).await.expect(200);
        assert_eq!((&of_one["total"], &of_one["data"][0], &of_one["data"][1]), (&json!(2), &entries[0], &entries[2]));
        assert_eq!(manager.all(&format!("/v1/audit-log?since={middle}")).await, entries[..2]);
        assert_eq!(manager.all(&format!("/v1/audit-log?until={middle}")).await, entries[2..]);
        manager.get("/v1/audit-log?since=yesterday").await.problem(422, "invalid");
        manager.get("/v1/audit-log?actor_id=me").await.problem(422, "invalid");
        app.staff(Role::Agent).get("/v1/audit-log").await.problem(403, "permission_denied");
    }

    async fn a_batch_tells_of_each_resource(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let item = |id: &str, data: Value| json!({"ref": {"system": "erp", "id": id}, "data": data});
        manager.put("/v1/customers/by-ref/erp/1", json!({"name": "A"})).await.expect(201);
        let items = json!([item("1", json!({"name": "B", "nickname": "b"})), item("2", json!({})), item("3", json!({"name": "C"}))]);
        let results = manager.post("/v1/customers/batch", json!({"items": items})).await.expect(200)["results"].clone();
        let told: Vec<Value> = manager.all("/v1/audit-log?sort=at").await.iter().skip(1).map(|entry| json!([entry["operation"], entry["resource"], entry["status"], entry["fields"]])).collect();
        let path = |place: usize| format!("/v1/customers/{}", results[place]["id"].as_str().expect("an id"));
        assert_eq!(told, [
            json!(["POST /v1/customers/batch", null, 200, ["items"]]),
            json!(["POST /v1/customers/batch", path(0), 200, ["name", "nickname"]]),
            json!(["POST /v1/customers/batch", path(2), 201, ["name"]]),
        ]);
    }
}
