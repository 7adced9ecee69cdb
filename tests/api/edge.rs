//! What holds for every request: tokens, permissions, problems, dry runs, idempotency, request ids.

use patron::domain::permissions::Role;
use reqwest::Method;
use serde_json::json;

use crate::{
    on_both,
    support::{Reply, person},
};

on_both! {
    async fn callers_must_be_known_and_allowed(app: &TestApp) {
        let reply = app.nobody().get("/v1/customers").await;
        assert_eq!(reply.header("www-authenticate"), "Bearer");
        reply.problem(401, "unauthenticated");
        app.bearer("nonsense").get("/v1/customers").await.problem(401, "unauthenticated");
        // Who may not is told so before the body is looked at.
        let marketer = app.staff(Role::Marketer);
        Reply::of(marketer.request(Method::POST, "/v1/customers").body("{")).await.problem(403, "permission_denied");
        app.client("orders:write").get("/v1/customers").await.problem(403, "permission_denied");
        app.client("customers:read").get("/v1/customers").await.expect(200);
        let agent = app.staff(Role::Agent);
        agent.get("/v1/customers").await.expect(200);
        app.pass(15 * 60);
        agent.get("/v1/customers").await.problem(401, "unauthenticated");
    }

    async fn what_the_framework_says_is_a_problem_too(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let post = |body: Vec<u8>, content_type: &'static str| Reply::of(agent.request(Method::POST, "/v1/customers").header("content-type", content_type).body(body));
        post(b"{\"name\":".to_vec(), "application/json").await.problem(400, "malformed_body");
        post(vec![0xff, 0xfe], "application/json").await.problem(400, "malformed_body");
        post(b"{\"name\":\"a\\u0000\"}".to_vec(), "application/json").await.problem(400, "malformed_body");
        post(b"{\"name\":\"\\ud800\"}".to_vec(), "application/json").await.problem(400, "malformed_body");
        post(b"name=a".to_vec(), "application/x-www-form-urlencoded").await.problem(415, "unsupported_media_type");
        post(format!("{{\"name\":\"{}\"}}", "x".repeat(10 << 20)).into_bytes(), "application/json").await.problem(413, "body_too_large");
        post(format!("{{\"attributes\":{{\"a\":{}", "[".repeat(100_000)).into_bytes(), "application/json").await.problem(400, "malformed_body");
        agent.get("/v1/nothing").await.problem(404, "not_found");
        agent.get("/v1/customers/not-a-uuid").await.problem(404, "not_found");
        agent.get("/v1/customers/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77").await.problem(404, "not_found");
        // What no database column holds is refused before one is asked.
        agent.get("/v1/customers?tag=a%00").await.problem(400, "malformed_request");
        agent.get("/v1/customers/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77/cards/a%00").await.problem(404, "not_found");
        let reply = agent.delete("/v1/customers").await;
        assert_eq!(reply.header("allow"), "GET, HEAD, POST");
        reply.problem(405, "method_not_allowed");
    }

    async fn requests_have_ids(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let with = |name: &'static str, value: &'static str| Reply::of(agent.request(Method::GET, "/v1/customers").header(name, value));
        assert_eq!(with("x-request-id", "till-7.2026_06").await.header("x-request-id"), "till-7.2026_06");
        assert_ne!(with("x-request-id", "no spaces!").await.header("x-request-id"), "no spaces!");
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(with("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").await.header("x-request-id"), trace);
    }

    async fn a_dry_run_checks_everything_and_changes_nothing(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let reply = agent.post("/v1/customers?validate_only=true", json!({"name": "A", "email": "a@example.com"})).await;
        assert_eq!(reply.header("location"), "");
        assert_eq!(reply.expect(200)["name"], "A");
        assert_eq!(agent.get("/v1/customers?include=total").await.expect(200)["total"], 0);
        agent.make("/v1/customers", json!({"name": "A", "email": "a@example.com"})).await;
        agent.post("/v1/customers?validate_only=true", json!({"name": "B", "email": "a@example.com"})).await.problem(409, "already_taken");
        app.staff(Role::Marketer).post("/v1/customers?validate_only=true", person("B")).await.problem(403, "permission_denied");
        agent.post("/v1/customers?validate_only=perhaps", person("B")).await.problem(422, "invalid");
        agent.post("/v1/customers?validate_onyl=true", person("B")).await.problem(422, "invalid");
    }

    async fn a_key_makes_a_request_happen_once(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let post = |key: &str, name: &str| Reply::of(agent.request(Method::POST, "/v1/customers").header("idempotency-key", key).json(&person(name)));
        let first = post("k1", "A").await;
        let again = post("k1", "A").await;
        assert_eq!((first.status, again.status, again.header("idempotent-replayed")), (201, 201, "true"));
        assert_eq!((&first.text, first.header("location"), first.header("etag")), (&again.text, again.header("location"), again.header("etag")));
        post("k1", "B").await.problem(422, "idempotency_key_reused");
        post("k2", "A").await.expect(201);
        // Another caller's keys are their own.
        Reply::of(app.staff(Role::Agent).request(Method::POST, "/v1/customers").header("idempotency-key", "k1").json(&person("C"))).await.expect(201);
        // What failed did not happen, so the key is still free.
        Reply::of(agent.request(Method::POST, "/v1/customers").header("idempotency-key", "k3").json(&json!({}))).await.expect(422);
        post("k3", "D").await.expect(201);
        Reply::of(agent.request(Method::POST, "/v1/customers").header("idempotency-key", "x".repeat(256)).json(&person("E"))).await.problem(400, "malformed_request");
        assert_eq!(agent.get("/v1/customers?include=total").await.expect(200)["total"], 4);
        app.pass(24 * 60 * 60 + 1);
        let agent = app.staff(Role::Agent);
        Reply::of(agent.request(Method::POST, "/v1/customers").header("idempotency-key", "k1").json(&person("B"))).await.expect(201);
    }

    async fn one_key_at_once_makes_one_customer(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let tries = futures_util::future::join_all((0..8).map(|_| Reply::of(agent.request(Method::POST, "/v1/customers").header("idempotency-key", "once").json(&person("A"))))).await;
        for reply in tries {
            match reply.status {
                201 => {}
                409 => assert_eq!((reply.body["code"].as_str(), reply.header("retry-after")), (Some("idempotency_in_progress"), "1")),
                _ => panic!("{}", reply.text),
            }
        }
        assert_eq!(agent.get("/v1/customers?include=total").await.expect(200)["total"], 1);
    }

    async fn health_and_spec_are_open(app: &TestApp) {
        let nobody = app.nobody();
        assert_eq!(nobody.get("/healthz").await.text, "ok");
        assert_eq!(nobody.get("/readyz").await.text, "ready");
        assert_eq!(nobody.get("/openapi.json").await.expect(200)["openapi"], "3.1.0");
        assert!(nobody.get("/docs/").await.text.contains("swagger-ui"));
        nobody.get("/healthz").await;
        let metrics = nobody.get("/metrics").await.text;
        assert!(metrics.contains("patron_http_request_duration_seconds_count{method=\"GET\",route=\"/healthz\",status=\"200\"} 2"), "{metrics}");
    }
}

mod rates {
    use crate::support::{Database, TestApp};

    async fn check(app: &TestApp) {
        let admin = app.admin();
        let reply = admin.get("/v1/customers").await;
        assert_eq!((reply.header("ratelimit-policy"), reply.header("ratelimit")), ("\"default\";q=3;w=60", "\"default\";r=2;t=20"));
        admin.get("/v1/customers").await.expect(200);
        admin.get("/v1/customers").await.expect(200);
        let refused = admin.get("/v1/customers").await;
        assert!((1..=21).contains(&refused.header("retry-after").parse::<u32>().unwrap()));
        refused.problem(429, "rate_limited");
        // Others have a limit of their own.
        app.admin().get("/v1/customers").await.expect(200);
    }

    #[actix_web::test]
    async fn callers_are_held_to_their_rate() {
        TestApp::run_with(Database::sqlite(), |config| config.rate_limit = 3, |app| Box::pin(check(app))).await;
    }
}
