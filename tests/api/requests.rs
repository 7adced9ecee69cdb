//! How requests are read: targets, parameters, methods, headers and encodings that are not as they should be.

use patron::domain::permissions::Role;
use reqwest::Method;
use serde_json::json;

use crate::{
    on_both,
    support::{Reply, add_client, person},
};

on_both! {
    async fn bytes_that_are_no_text_are_refused(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let told = agent.put("/v1/customers/by-ref/erp/%ff1", person("A")).await.problem(400, "malformed_request");
        assert!(told["detail"].as_str().unwrap().contains("path"), "{told}");
        agent.put("/v1/customers/by-ref/erp/%fe1", person("B")).await.problem(400, "malformed_request");
        assert_eq!(agent.get("/v1/customers?include=total").await.expect(200)["total"], 0);
        let told = agent.get("/v1/customers?limit=1&q=%ff").await.problem(400, "malformed_request");
        assert!(told["detail"].as_str().unwrap().contains("value of q"), "{told}");
        app.nobody().get("/nowhere/%ff").await.problem(400, "malformed_request");
        let form = |body: &'static str| Reply::of(app.nobody().request(Method::POST, "/v1/auth/token").header("content-type", "application/x-www-form-urlencoded").body(body));
        let told = form("grant_type=password&username=%ff&password=a").await.problem(400, "malformed_request");
        assert!(told["detail"].as_str().unwrap().contains("value of username"), "{told}");
        agent.put("/v1/customers/by-ref/erp/%E6%9D%8E", person("C")).await.expect(201);
        agent.get("/v1/customers/lookup?ref=erp:%E6%9D%8E").await.expect(200);
    }

    async fn cursors_belong_to_their_list(app: &TestApp) {
        let admin = app.admin();
        for name in ["A", "B"] {
            admin.make("/v1/customers", person(name)).await;
            admin.make("/v1/products", json!({"sku": name, "title": name, "price": 100, "currency": "CNY"})).await;
        }
        let cursor = admin.get("/v1/customers?limit=1").await.expect(200)["next_cursor"].as_str().unwrap().to_owned();
        assert_eq!(admin.get(&format!("/v1/customers?limit=1&cursor={cursor}")).await.expect(200)["data"][0]["name"], "A");
        admin.get(&format!("/v1/products?limit=1&cursor={cursor}")).await.problem(400, "invalid_cursor");
        admin.get(&format!("/v1/customers?limit=1&sort=created_at&cursor={cursor}")).await.problem(400, "invalid_cursor");
    }

    async fn parameters_that_an_operation_does_not_know_are_refused(app: &TestApp) {
        let admin = app.admin();
        let customer = admin.make("/v1/customers", person("A")).await;
        let path = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
        admin.get(&format!("{path}?foo=1")).await.fault("/foo", "unknown_parameter");
        admin.get(&format!("{path}/cards?limit=abc")).await.fault("/limit", "unknown_parameter");
        admin.get(&format!("{path}/addresses?cursor=abc")).await.fault("/cursor", "unknown_parameter");
        admin.get("/v1/customers?kimit=1").await.fault("/kimit", "unknown_parameter");
        admin.get("/v1/customers/lookup?limit=1").await.fault("/limit", "unknown_parameter");
        admin.patch(&format!("{path}?dry_run=true"), json!({})).await.fault("/dry_run", "unknown_parameter");
        admin.post("/v1/value-scores/preview?validate_only=true", json!({})).await.fault("/validate_only", "unknown_parameter");
        app.nobody().get("/healthz?verbose=1").await.fault("/verbose", "unknown_parameter");
        // Who may not is told so first.
        app.nobody().get(&format!("{path}?foo=1")).await.problem(401, "unauthenticated");
        app.client("orders:read").get(&format!("{path}?foo=1")).await.problem(403, "permission_denied");
        admin.get(&format!("{path}?")).await.expect(200);
    }

    async fn head_is_get_without_the_body(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let customer = agent.post("/v1/customers", person("A")).await;
        let path = customer.header("location").to_owned();
        let (get, head) = (agent.get(&path).await, Reply::of(agent.request(Method::HEAD, &path)).await);
        assert_eq!((head.status, head.text.as_str(), head.header("etag")), (200, "", "\"1\""));
        assert_eq!((head.header("content-type"), head.header("content-length")), (get.header("content-type"), get.text.len().to_string().as_str()));
        let known = Reply::of(agent.request(Method::HEAD, &path).header("if-none-match", "\"1\"")).await;
        assert_eq!(known.status, 304);
        let head = |path: &'static str| async { app.nobody().request(Method::HEAD, path).send().await.unwrap() };
        assert_eq!(head("/healthz").await.status(), 200);
        assert_eq!(head("/docs/").await.status(), 200);
        assert_eq!(head("/v1/customers").await.status(), 401);
        let refused = head("/v1/auth/token").await;
        assert_eq!((refused.status().as_u16(), refused.headers()["allow"].to_str().unwrap()), (405, "POST"));
        let refused = Reply::of(app.nobody().request(Method::OPTIONS, "/v1/customers")).await;
        assert_eq!(refused.header("allow"), "GET, HEAD, POST");
        refused.problem(405, "method_not_allowed");
    }

    async fn keys_are_visible_ascii(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let post = |key: &str| Reply::of(agent.request(Method::POST, "/v1/customers").header("idempotency-key", key.to_owned()).json(&person("A")));
        for key in ["a b", "~", "\"k\"", &"x".repeat(255)] {
            post(key).await.expect(201);
        }
        for key in ["a\tb", "\u{e9}", &"x".repeat(256)] {
            post(key).await.problem(400, "malformed_request");
        }
        let twice = agent.request(Method::POST, "/v1/customers").header("idempotency-key", "a1").header("idempotency-key", "a2").json(&person("A"));
        Reply::of(twice).await.problem(400, "malformed_request");
    }

    async fn bodies_in_other_encodings_are_refused(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let post = |name: &'static str, value: &'static str| {
            let request = agent.request(Method::POST, "/v1/customers").header(name, value);
            let request = if name == "content-type" { request } else { request.header("content-type", "application/json") };
            Reply::of(request.body(r#"{"name":"A"}"#))
        };
        post("content-encoding", "br").await.problem(415, "unsupported_media_type");
        post("content-encoding", "deflate").await.problem(415, "unsupported_media_type");
        post("content-encoding", "identity").await.expect(201);
        post("content-type", "application/json; charset=gbk").await.problem(415, "unsupported_media_type");
        post("content-type", "application/json; charset=UTF-8").await.expect(201);
        let form = app.nobody().request(Method::POST, "/v1/auth/revoke").header("content-type", "application/x-www-form-urlencoded; charset=latin1");
        Reply::of(form.body("token=a")).await.problem(415, "unsupported_media_type");
    }

    async fn faults_are_told_in_words_of_json(app: &TestApp) {
        let admin = app.admin();
        let customer = admin.make("/v1/customers", person("A")).await;
        let path = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
        let told = |problem: serde_json::Value| {
            let fault = &problem["errors"][0];
            [fault["pointer"].as_str().unwrap().to_owned(), fault["code"].as_str().unwrap().to_owned(), fault["message"].as_str().unwrap().to_owned()]
        };
        let product = json!({"sku": "A", "title": "A", "price": 1.0, "currency": "CNY"});
        assert_eq!(told(admin.post("/v1/products", product).await.expect(422)), ["/price", "type", "must be a whole number"]);
        let interests = json!({"name": "A", "interests": ["no id"]});
        assert_eq!(told(admin.post("/v1/customers", interests).await.expect(422)), ["/interests/0", "format", "must be a UUID"]);
        assert_eq!(told(admin.post("/v1/customers", json!({"name": 7})).await.expect(422)), ["/name", "type", "must be a text"]);
        assert_eq!(told(admin.post("/v1/customers", json!({})).await.expect(422)), ["/name", "required", "is required"]);
        assert_eq!(told(admin.patch(&path, json!({"name": null})).await.expect(422)), ["/name", "required", "must not be null"]);
        let flag = admin.post("/v1/customers?validate_only=perhaps", person("B")).await;
        assert_eq!(told(flag.expect(422)), ["/validate_only", "format", "must be true or false"]);
        assert_eq!(told(admin.get("/v1/customers?limit=many").await.expect(422)), ["/limit", "format", "must be a whole number"]);
        let twice = Reply::of(admin.request(Method::POST, "/v1/customers").header("content-type", "application/json").body(r#"{"name":"A","name":"B"}"#)).await;
        assert_eq!(told(twice.expect(422)), ["/name", "duplicate_field", "is given twice"]);
        let twice = Reply::of(admin.request(Method::PATCH, &path).header("content-type", "application/json").body(r#"{"attributes":{"a":1,"a":2}}"#)).await;
        assert_eq!(told(twice.expect(422)), ["/attributes/a", "duplicate_field", "is given twice"]);
        assert_eq!(told(admin.get("/v1/customers?limit=1&limit=2").await.expect(422)), ["/limit", "duplicate_field", "is given twice"]);
        let born = admin.post("/v1/customers", json!({"name": "A", "birth_date": "yesterday"})).await;
        assert_eq!(told(born.expect(422)), ["/birth_date", "format", "must be a date, YYYY-MM-DD"]);
    }

    async fn the_page_of_the_docs_asks_nobody_else(app: &TestApp) {
        let page = app.nobody().get("/docs/").await;
        assert!(page.header("content-security-policy").starts_with("default-src 'self'; "), "{page:?}");
        // The page itself loads files only: the policy forbids scripts and styles that stand in it.
        assert!(!page.text.contains("<style") && !page.text.contains("style=") && !page.text.contains("<script>"), "{}", page.text);
        let script = app.nobody().get("/docs/swagger-initializer.js").await.text;
        assert!(script.contains(r#""validatorUrl": "none""#), "{script}");
        app.nobody().get("/docs/nope").await.problem(404, "not_found");
    }

    async fn a_token_that_is_not_granted_is_told_in_oauth_too(app: &TestApp) {
        let nobody = app.nobody();
        let error = |reply: Reply, status: u16| reply.expect(status)["error"].as_str().unwrap_or_default().to_owned();
        let form = |fields: &'static [(&'static str, &'static str)]| nobody.form("/v1/auth/token", fields);
        assert_eq!(error(form(&[("grant_type", "password"), ("username", "a@example.com"), ("password", "b")]).await, 401), "invalid_grant");
        assert_eq!(error(form(&[("grant_type", "refresh_token"), ("refresh_token", "b")]).await, 401), "invalid_grant");
        assert_eq!(error(form(&[("grant_type", "client_credentials"), ("client_id", "a"), ("client_secret", "b")]).await, 401), "invalid_client");
        assert_eq!(error(form(&[("grant_type", "magic")]).await, 422), "unsupported_grant_type");
        assert_eq!(error(form(&[("grant_type", "password")]).await, 422), "invalid_request");
        assert_eq!(error(form(&[]).await, 422), "invalid_request");
        assert_eq!(error(nobody.post("/v1/auth/token", json!({})).await, 415), "invalid_request");
        let client = add_client(app, &["orders:read"]).await;
        let (id, secret) = (client["id"].as_str().unwrap(), client["secret"].as_str().unwrap());
        let fields = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret), ("scope", "orders:write")];
        assert_eq!(error(nobody.form("/v1/auth/token", &fields).await, 422), "invalid_scope");
        // Others' problems have no such member.
        assert!(nobody.get("/v1/customers").await.expect(401).get("error").is_none());
    }
}
