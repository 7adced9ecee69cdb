//! Programs that come in with a secret of their own.

use patron::domain::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Reply, add_client, client_token},
};

fn path(client: &Value) -> String {
    format!("/v1/clients/{}", client["id"].as_str().expect("an id"))
}

fn secret(client: &Value) -> &str {
    client["secret"].as_str().expect("a secret")
}

on_both! {
    async fn a_secret_is_told_once(app: &TestApp) {
        let admin = app.admin();
        let reply = admin.post("/v1/clients", json!({"name": "ERP", "scopes": ["orders:write", "customers:write", "orders:write"]})).await;
        let (location, etag) = (reply.header("location").to_owned(), reply.header("etag").to_owned());
        let mut made = reply.expect(201);
        assert_eq!((location, etag.as_str()), (path(&made), "\"1\""));
        assert_eq!(made["scopes"], json!(["customers:write", "orders:write"]));
        let told = secret(&made).to_owned();
        assert!(told.strip_prefix("ps_").is_some_and(|rest| rest.len() == 43), "{told}");
        client_token(app, &made, &told).await.expect(200);
        made.as_object_mut().expect("an object").remove("secret");
        assert_eq!(admin.get(&path(&made)).await.expect(200), made);
        assert_eq!(admin.all("/v1/clients").await, [made]);
    }

    async fn a_replayed_answer_has_no_secret(app: &TestApp) {
        let admin = app.admin();
        let post = |path: String, body: Value| Reply::of(admin.request(Method::POST, &path).header("idempotency-key", "k1").json(&body));
        let made = post("/v1/clients".to_owned(), json!({"name": "ERP", "scopes": ["orders:write"]})).await.expect(201);
        let replayed = post("/v1/clients".to_owned(), json!({"name": "ERP", "scopes": ["orders:write"]})).await;
        assert_eq!(replayed.header("idempotent-replayed"), "true");
        let replayed = replayed.expect(201);
        assert_eq!((&replayed["id"], replayed.get("secret")), (&made["id"], None));
        client_token(app, &made, secret(&made)).await.expect(200);

        let rotate = format!("{}/rotate-secret", path(&made));
        let again = |key: &'static str| Reply::of(admin.request(Method::POST, &rotate).header("idempotency-key", key));
        let rotated = again("k2").await.expect(200);
        let replayed = again("k2").await.expect(200);
        assert_eq!((&replayed["version"], replayed.get("secret")), (&rotated["version"], None));
        client_token(app, &made, secret(&rotated)).await.expect(200);
    }

    async fn a_dry_run_tells_no_secret(app: &TestApp) {
        let admin = app.admin();
        let dry = admin.post("/v1/clients?validate_only=true", json!({"name": "ERP", "scopes": ["orders:write"]})).await.expect(200);
        assert_eq!(dry.get("secret"), None);
        assert_eq!(admin.get("/v1/clients?include=total").await.expect(200)["total"], 0);
        let client = add_client(app, &["orders:write"]).await;
        let dry = admin.post(&format!("{}/rotate-secret?validate_only=true", path(&client)), Value::Null).await.expect(200);
        assert_eq!(dry.get("secret"), None);
        client_token(app, &client, secret(&client)).await.expect(200);
    }

    async fn a_rotated_secret_replaces_the_old_one(app: &TestApp) {
        let admin = app.admin();
        let client = add_client(app, &["orders:write"]).await;
        for _ in 0..5 {
            client_token(app, &client, "ps_wrong").await.problem(401, "invalid_grant");
        }
        let rotate = format!("{}/rotate-secret", path(&client));
        let rotated = Reply::of(admin.request(Method::POST, &rotate).header("if-match", "\"1\"")).await.expect(200);
        assert_eq!(rotated["version"], 2);
        Reply::of(admin.request(Method::POST, &rotate).header("if-match", "\"1\"")).await.problem(412, "stale_version");
        // The lock is lifted with it.
        client_token(app, &client, secret(&rotated)).await.expect(200);
        client_token(app, &client, secret(&client)).await.problem(401, "invalid_grant");
        Reply::of(admin.request(Method::POST, "/v1/clients/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77/rotate-secret")).await.problem(404, "not_found");
    }

    async fn a_patch_changes_what_the_next_token_may_do(app: &TestApp) {
        let admin = app.admin();
        let client = add_client(app, &["orders:write"]).await;
        let changed = admin.patch(&path(&client), json!({"name": "Storefront", "scopes": ["customers:read"]})).await.expect(200);
        assert_eq!((&changed["name"], &changed["scopes"], &changed["version"]), (&json!("Storefront"), &json!(["customers:read"]), &json!(2)));
        assert_eq!(client_token(app, &client, secret(&client)).await.expect(200)["scope"], "customers:read");
        for (body, pointer) in [
            (json!({"name": null}), "/name"),
            (json!({"scopes": []}), "/scopes"),
            (json!({"scopes": ["all"]}), "/scopes/0"),
            (json!({"secret": "ps_mine"}), "/secret"),
        ] {
            let problem = admin.patch(&path(&client), body).await.problem(422, "invalid");
            assert_eq!(problem["errors"][0]["pointer"], pointer);
        }
        Reply::of(admin.request(Method::PATCH, &path(&client)).header("if-match", "\"1\"").json(&json!({}))).await.problem(412, "stale_version");
        let disabled = admin.patch(&path(&client), json!({"status": "disabled"})).await.expect(200);
        assert_eq!(admin.all("/v1/clients?status=disabled").await, [disabled]);
        assert!(admin.all("/v1/clients?status=active").await.is_empty());
    }

    async fn nobody_hands_on_more_than_they_have(app: &TestApp) {
        let strong = add_client(app, &["users:write"]).await;
        let limited = app.client("clients:read clients:write orders:read");
        limited.post("/v1/clients", json!({"name": "x", "scopes": ["orders:read", "orders:write"]})).await.problem(403, "permission_denied");
        let own = limited.make("/v1/clients", json!({"name": "x", "scopes": ["orders:read"]})).await;
        limited.patch(&path(&own), json!({"scopes": ["users:write"]})).await.problem(403, "permission_denied");
        // Nor can they take over who has more.
        Reply::of(limited.request(Method::POST, &format!("{}/rotate-secret", path(&strong)))).await.problem(403, "permission_denied");
        limited.patch(&path(&strong), json!({"status": "disabled"})).await.problem(403, "permission_denied");
        for caller in [app.staff(Role::Manager), app.client("users:read users:write")] {
            caller.get("/v1/clients").await.problem(403, "permission_denied");
            caller.post("/v1/clients", json!({"name": "x", "scopes": ["orders:read"]})).await.problem(403, "permission_denied");
            Reply::of(caller.request(Method::POST, &format!("{}/rotate-secret", path(&own)))).await.problem(403, "permission_denied");
        }
    }

    async fn a_disabled_client_can_not_come_back_by_itself(app: &TestApp) {
        let admin = app.admin();
        let client = add_client(app, &["clients:read", "clients:write", "orders:read"]).await;
        let session = client_token(app, &client, secret(&client)).await.expect(200);
        let token = app.bearer(session["access_token"].as_str().expect("a token"));
        let rotate = format!("{}/rotate-secret", path(&client));
        Reply::of(token.request(Method::POST, &rotate)).await.expect(200);

        admin.patch(&path(&client), json!({"scopes": ["clients:read", "clients:write"]})).await.expect(200);
        token.post("/v1/clients", json!({"name": "x", "scopes": ["orders:read"]})).await.problem(403, "permission_denied");
        admin.patch(&path(&client), json!({"scopes": ["clients:read"]})).await.expect(200);
        Reply::of(token.request(Method::POST, &rotate)).await.problem(403, "permission_denied");
        token.get(&path(&client)).await.expect(200);

        admin.patch(&path(&client), json!({"scopes": ["clients:read", "clients:write"], "status": "disabled"})).await.expect(200);
        Reply::of(token.request(Method::POST, &rotate)).await.problem(401, "unauthenticated");
        token.patch(&path(&client), json!({"status": "active"})).await.problem(401, "unauthenticated");
        token.get("/v1/clients").await.problem(401, "unauthenticated");
    }
}
