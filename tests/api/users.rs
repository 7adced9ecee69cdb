//! The shop's staff.

use patron::domain::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{PASSWORD, Reply, add_client, add_user, client_token, log_in},
};

fn path(user: &Value) -> String {
    format!("/v1/users/{}", user["id"].as_str().expect("an id"))
}

on_both! {
    async fn a_user_is_kept_as_said_but_for_the_password(app: &TestApp) {
        let admin = app.almighty();
        let reply = admin.post("/v1/users", json!({"email": "Li.Na@Example.com", "name": "李娜", "role": "agent", "password": PASSWORD})).await;
        assert_eq!(reply.header("etag"), "\"1\"");
        let location = reply.header("location").to_owned();
        assert!(!reply.text.contains("password") && !reply.text.contains("argon2"), "{}", reply.text);
        let made = reply.expect(201);
        assert_eq!((made["email"].as_str(), made["name"].as_str(), made["role"].as_str(), made["status"].as_str()), (Some("li.na@example.com"), Some("李娜"), Some("agent"), Some("active")));
        assert_eq!(location, path(&made));
        assert_eq!(admin.get(&location).await.expect(200), made);
        let known = Reply::of(admin.request(Method::GET, &location).header("if-none-match", "\"1\"")).await;
        assert_eq!(known.status, 304);
        admin.get("/v1/users/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77").await.problem(404, "not_found");
    }

    async fn faults_name_their_place(app: &TestApp) {
        let admin = app.almighty();
        let said = |field: &str, value: Value| {
            let mut body = json!({"email": "a@example.com", "role": "agent", "password": PASSWORD});
            body[field] = value;
            body
        };
        for (field, value, code) in [
            ("email", json!("a@b"), "email"),
            ("email", json!(format!("{}@{}.example", "x".repeat(64), "y".repeat(190))), "length"),
            ("name", json!(""), "length"),
            ("name", json!("a\nb"), "control_character"),
            ("role", json!("owner"), "unknown_value"),
            ("role", Value::Null, "type"),
            ("password", json!("eleven char"), "length"),
            ("password", json!("x".repeat(129)), "length"),
            ("password", json!(123_456_789_012_i64), "type"),
            ("status", json!("active"), "unknown_field"),
        ] {
            let body = said(field, value);
            admin.post("/v1/users", body).await.fault(&format!("/{field}"), code);
        }
        assert_eq!(admin.get("/v1/users?include=total").await.expect(200)["total"], 0);
        admin.make("/v1/users", said("password", json!("密".repeat(12)))).await;
        let taken = admin.post("/v1/users", said("email", json!("A@EXAMPLE.COM"))).await.problem(409, "already_taken");
        assert_eq!(taken["errors"][0]["pointer"], "/email");
    }

    async fn only_who_may_sees_users(app: &TestApp) {
        let user = add_user(app, "li.na@example.com", "agent").await;
        for caller in [app.staff(Role::Manager), app.staff(Role::Agent), app.client("customers:write clients:write")] {
            caller.get("/v1/users").await.problem(403, "permission_denied");
            caller.get(&path(&user)).await.problem(403, "permission_denied");
            caller.post("/v1/users", json!({"email": "x@example.com", "role": "admin", "password": PASSWORD})).await.problem(403, "permission_denied");
            caller.patch(&path(&user), json!({"role": "admin"})).await.problem(403, "permission_denied");
        }
        app.client("users:read").get("/v1/users").await.expect(200);
    }

    async fn nobody_hands_on_more_than_they_have(app: &TestApp) {
        let admin = add_user(app, "admin@example.com", "admin").await;
        let agent = add_user(app, "agent@example.com", "agent").await;
        let limited = app.client("users:read users:write customers:read customers:write catalogue:read orders:read scores:read feedback:read feedback:write surveys:read surveys:write campaigns:read campaigns:write campaigns:work segments:read segments:write points:read coupons:read coupons:write coupons:redeem messages:read");
        limited.post("/v1/users", json!({"email": "x@example.com", "role": "admin", "password": PASSWORD})).await.problem(403, "permission_denied");
        limited.patch(&path(&agent), json!({"role": "manager"})).await.problem(403, "permission_denied");
        limited.patch(&path(&admin), json!({"password": "taken over by a till"})).await.problem(403, "permission_denied");
        limited.patch(&path(&agent), json!({"role": "marketer"})).await.expect(200);
    }

    async fn a_patch_changes_what_it_names(app: &TestApp) {
        let admin = app.almighty();
        let user = admin.make("/v1/users", json!({"email": "li.na@example.com", "name": "Li Na", "role": "agent", "password": PASSWORD})).await;
        let changed = admin.patch(&path(&user), json!({"role": "marketer"})).await.expect(200);
        assert_eq!((changed["name"].as_str(), changed["role"].as_str(), changed["version"].as_i64()), (Some("Li Na"), Some("marketer"), Some(2)));
        assert_eq!(admin.patch(&path(&user), json!({"name": null})).await.expect(200)["name"], Value::Null);
        let stale = Reply::of(admin.request(Method::PATCH, &path(&user)).header("if-match", "\"1\"").json(&json!({"role": "admin"}))).await;
        stale.problem(412, "stale_version");
        Reply::of(admin.request(Method::PATCH, &path(&user)).header("if-match", "\"3\"").json(&json!({"role": "agent"}))).await.expect(200);
        for (body, pointer) in [(json!({"role": null}), "/role"), (json!({"status": null}), "/status"), (json!({"password": null}), "/password"), (json!({"email": "b@example.com"}), "/email")] {
            let problem = admin.patch(&path(&user), body).await.problem(422, "invalid");
            assert_eq!(problem["errors"][0]["pointer"], pointer);
        }
        let dry = admin.patch(&format!("{}?validate_only=true", path(&user)), json!({"status": "disabled"})).await.expect(200);
        assert_eq!(dry["status"], "disabled");
        log_in(app, "li.na@example.com", PASSWORD).await.expect(200);
    }

    async fn a_new_password_and_disabling_end_every_session(app: &TestApp) {
        let admin = app.almighty();
        let user = add_user(app, "li.na@example.com", "agent").await;
        let refresh = |token: Value| async move {
            let token = token["refresh_token"].as_str().expect("a token").to_owned();
            app.nobody().form("/v1/auth/token", &[("grant_type", "refresh_token"), ("refresh_token", &token)]).await
        };
        let session = log_in(app, "li.na@example.com", PASSWORD).await.expect(200);
        admin.patch(&path(&user), json!({"name": "Li Na"})).await.expect(200);
        let session = refresh(session).await.expect(200);
        admin.patch(&path(&user), json!({"password": "another quiet river"})).await.expect(200);
        refresh(session).await.problem(401, "invalid_grant");
        log_in(app, "li.na@example.com", PASSWORD).await.problem(401, "invalid_grant");
        let session = log_in(app, "li.na@example.com", "another quiet river").await.expect(200);
        admin.patch(&path(&user), json!({"status": "disabled"})).await.expect(200);
        admin.patch(&path(&user), json!({"status": "active"})).await.expect(200);
        refresh(session).await.problem(401, "invalid_grant");
        // A new password also lifts a lock.
        for _ in 0..5 {
            log_in(app, "li.na@example.com", "wrong").await.problem(401, "invalid_grant");
        }
        log_in(app, "li.na@example.com", "another quiet river").await.problem(429, "login_locked");
        admin.patch(&path(&user), json!({"password": PASSWORD})).await.expect(200);
        log_in(app, "li.na@example.com", PASSWORD).await.expect(200);
    }

    async fn somebody_must_stay_admin(app: &TestApp) {
        let admin = app.almighty();
        let first = add_user(app, "first@example.com", "admin").await;
        for body in [json!({"status": "disabled"}), json!({"role": "manager"})] {
            admin.patch(&path(&first), body).await.problem(409, "conflict");
        }
        let second = add_user(app, "second@example.com", "admin").await;
        // Both at once: whichever comes second must stay.
        let replies = futures_util::future::join(
            admin.patch(&path(&first), json!({"status": "disabled"})),
            admin.patch(&path(&second), json!({"role": "agent"})),
        ).await;
        let mut statuses = [replies.0.status, replies.1.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        // A disabled admin is none.
        let left = admin.all("/v1/users?role=admin&status=active").await;
        assert_eq!(left.len(), 1);
        admin.patch(&path(&left[0]), json!({"status": "disabled"})).await.problem(409, "conflict");
    }

    async fn users_are_listed_page_by_page(app: &TestApp) {
        for (number, role) in ["agent", "agent", "manager"].into_iter().enumerate() {
            add_user(app, &format!("user{number}@example.com"), role).await;
        }
        let admin = app.almighty();
        let emails = |users: Vec<Value>| users.iter().map(|user| user["email"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>();
        assert_eq!(emails(admin.all("/v1/users?limit=2").await), ["user0@example.com", "user1@example.com", "user2@example.com"]);
        assert_eq!(emails(admin.all("/v1/users?limit=1&sort=-created_at").await), ["user2@example.com", "user1@example.com", "user0@example.com"]);
        assert_eq!(emails(admin.all("/v1/users?role=agent").await), ["user0@example.com", "user1@example.com"]);
        assert_eq!(emails(admin.all("/v1/users?email=USER2@example.com").await), ["user2@example.com"]);
        assert_eq!(admin.get("/v1/users?role=agent&include=total&limit=1").await.expect(200)["total"], 2);
        admin.get("/v1/users?rolle=agent").await.fault("/rolle", "unknown_parameter");
    }

    async fn a_key_adds_a_user_once_and_keeps_no_trace_of_the_password(app: &TestApp) {
        let admin = app.almighty();
        let post = |name: &'static str, password: &'static str| {
            let body = json!({"email": "li.na@example.com", "name": name, "role": "agent", "password": password});
            Reply::of(admin.request(Method::POST, "/v1/users").header("idempotency-key", "k1").json(&body))
        };
        let first = post("Li Na", PASSWORD).await.expect(201);
        assert_eq!(post("Li Na", PASSWORD).await.expect(201), first);
        // What is compared has no password in it, so this is the same request; the first password stands.
        assert_eq!(post("Li Na", "another quiet river").await.expect(201), first);
        log_in(app, "li.na@example.com", PASSWORD).await.expect(200);
        post("Li", PASSWORD).await.problem(422, "idempotency_key_reused");
    }

    async fn what_was_taken_away_is_gone_before_the_token_is(app: &TestApp) {
        let root = app.almighty();
        let mallory = add_user(app, "mallory@example.com", "admin").await;
        add_user(app, "last@example.com", "admin").await;
        let session = log_in(app, "mallory@example.com", PASSWORD).await.expect(200);
        let token = app.bearer(session["access_token"].as_str().expect("a token"));
        token.get("/v1/users").await.expect(200);
        let newcomer = json!({"email": "x@example.com", "role": "agent", "password": PASSWORD});

        root.patch(&path(&mallory), json!({"role": "manager"})).await.expect(200);
        token.post("/v1/users", newcomer.clone()).await.problem(403, "permission_denied");
        token.patch(&path(&mallory), json!({"role": "admin"})).await.problem(403, "permission_denied");
        token.get("/v1/users").await.problem(403, "permission_denied");
        token.get("/v1/clients").await.problem(403, "permission_denied");

        root.patch(&path(&mallory), json!({"role": "admin", "status": "disabled"})).await.expect(200);
        token.patch(&path(&mallory), json!({"status": "active"})).await.problem(401, "unauthenticated");
        token.post("/v1/users", newcomer).await.problem(401, "unauthenticated");
        token.get(&path(&mallory)).await.problem(401, "unauthenticated");
        token.post("/v1/clients", json!({"name": "x", "scopes": ["orders:read"]})).await.problem(401, "unauthenticated");
        assert_eq!(root.get(&path(&mallory)).await.expect(200)["status"], "disabled");
    }

    async fn disabling_a_person_leaves_programs_alone(app: &TestApp) {
        let client = add_client(app, &["customers:read"]).await;
        let user = add_user(app, "li.na@example.com", "agent").await;
        app.almighty().patch(&path(&user), json!({"status": "disabled"})).await.expect(200);
        client_token(app, &client, client["secret"].as_str().expect("a secret")).await.expect(200);
        log_in(app, "li.na@example.com", PASSWORD).await.problem(401, "invalid_grant");
    }
}
