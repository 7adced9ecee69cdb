//! What depends on the connection: proxies in front, bodies that stand still, bodies of many kinds and lengths.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Database, Reply, TestApp, person};

/// Sends `text` and reads until the server closes; the answer and how long it took.
async fn exchange(app: &TestApp, text: String) -> (String, Duration) {
    let address = app.base.trim_start_matches("http://").to_owned();
    let talk = move || {
        let started = Instant::now();
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        stream.write_all(text.as_bytes()).expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer and the end of the connection");
        (String::from_utf8_lossy(&answer).into_owned(), started.elapsed())
    };
    tokio::task::spawn_blocking(talk).await.expect("an exchange")
}

fn bearer(app: &TestApp) -> String {
    let request = app.admin().request(Method::GET, "/").build().expect("a request");
    request.headers()["authorization"].to_str().expect("a token").to_owned()
}

async fn stalls(app: &TestApp) {
    for (path, content_type) in [("/v1/customers", "application/json"), ("/v1/imports?kind=ledger", "text/csv")] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: patron\r\nauthorization: {}\r\ncontent-type: {content_type}\r\ncontent-length: 50\r\n\r\n{{\"name\"",
            bearer(app)
        );
        let (answer, taken) = exchange(app, head).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
        assert!(answer.contains("application/problem+json") && answer.contains("\"code\":\"request_timeout\""), "{answer}");
        assert!(taken > Duration::from_millis(900) && taken < Duration::from_secs(12), "{path}: {taken:?}");
    }
}

#[actix_web::test]
async fn bodies_that_stand_still_are_not_waited_for() {
    TestApp::run_with(Database::sqlite(), |config| config.body_pause_seconds = 1, |app| Box::pin(stalls(app))).await;
}

async fn callers_are_told_apart(app: &TestApp) {
    let ask = |forwarded: &'static str| Reply::of(app.nobody().request(Method::GET, "/v1/customers").header("x-forwarded-for", forwarded));
    for forwarded in ["203.0.113.7", "203.0.113.8", "6.6.6.6, 203.0.113.9"] {
        ask(forwarded).await.problem(401, "unauthenticated");
    }
    ask("203.0.113.7").await.problem(429, "rate_limited");
    ask("7.7.7.7, 203.0.113.9").await.problem(429, "rate_limited");
    // What is no address counts for the proxy itself.
    ask("unknown").await.problem(401, "unauthenticated");
    app.nobody().get("/v1/customers").await.problem(429, "rate_limited");
}

#[actix_web::test]
async fn callers_behind_a_proxy_have_a_rate_each() {
    let configure = |config: &mut patron::config::Config| (config.rate_limit, config.trusted_proxies) = (1, 1);
    TestApp::run_with(Database::sqlite(), configure, |app| Box::pin(callers_are_told_apart(app))).await;
}

async fn nobody_is_believed(app: &TestApp) {
    let ask = |forwarded: &'static str| Reply::of(app.nobody().request(Method::GET, "/v1/customers").header("x-forwarded-for", forwarded));
    ask("203.0.113.7").await.problem(401, "unauthenticated");
    ask("203.0.113.8").await.problem(429, "rate_limited");
}

#[actix_web::test]
async fn without_proxies_nobody_is_believed() {
    TestApp::run_with(Database::sqlite(), |config| config.rate_limit = 1, |app| Box::pin(nobody_is_believed(app))).await;
}

async fn long_batches(app: &TestApp) {
    let admin = app.admin();
    let text = "x".repeat(9000);
    admin.post("/v1/customers", json!({"name": "A", "attributes": {"note": text}})).await.problem(413, "body_too_large");
    let item =
        |place: usize| json!({"ref": {"system": "erp", "id": place.to_string()}, "data": {"name": "A", "attributes": {"note": text}}});
    let batch = |items: usize| json!({"items": (0..items).map(item).collect::<Vec<Value>>()});
    let results = admin.post("/v1/customers/batch", batch(3)).await.expect(200);
    assert_eq!(results["results"][2]["status"], 201);
    // Eight times 4 KiB is the end.
    admin.post("/v1/customers/batch", batch(4)).await.problem(413, "body_too_large");
    // As much, packed and sent in pieces whose length nobody tells.
    let packed = gzip(batch(4).to_string().as_bytes());
    let request =
        admin.request(Method::POST, "/v1/customers/batch").header("content-type", "application/json").header("content-encoding", "gzip");
    Reply::of(request.body(packed)).await.problem(413, "body_too_large");
    let request =
        admin.request(Method::POST, "/v1/customers").header("content-type", "application/json").header("content-encoding", "gzip");
    Reply::of(request.body(gzip(person("B").to_string().as_bytes()))).await.expect(201);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).expect("packed");
    packer.finish().expect("packed")
}

#[actix_web::test]
async fn batches_may_be_eight_times_as_long() {
    TestApp::run_with(Database::sqlite(), |config| config.body_limit = 4096, |app| Box::pin(long_batches(app))).await;
}

async fn preflights(app: &TestApp) {
    let ask = |origin: &'static str, method: &'static str| {
        app.nobody()
            .request(Method::OPTIONS, "/v1/customers")
            .header("origin", origin)
            .header("access-control-request-method", method)
            .send()
    };
    let allowed = ask("https://shop.example", "PATCH").await.expect("an answer");
    let methods = allowed.headers()["access-control-allow-methods"].to_str().expect("methods").to_owned();
    let mut methods: Vec<&str> = methods.split(", ").collect();
    methods.sort_unstable();
    assert_eq!((allowed.status().as_u16(), methods), (200, vec!["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]));
    for refused in [ask("https://shop.example", "TRACE").await, ask("https://elsewhere.example", "GET").await] {
        let refused = refused.expect("an answer");
        assert_eq!((refused.status().as_u16(), refused.headers()["content-type"].to_str().ok()), (400, Some("application/problem+json")));
        let id = refused.headers()["x-request-id"].to_str().expect("an id").to_owned();
        let problem: Value = refused.json().await.expect("a problem");
        assert_eq!((problem["code"].as_str(), problem["request_id"].as_str()), (Some("malformed_request"), Some(&*id)));
    }
}

#[actix_web::test]
async fn preflights_name_the_methods_that_are_served() {
    let configure = |config: &mut patron::config::Config| config.cors_origins = vec!["https://shop.example".to_owned()];
    TestApp::run_with(Database::sqlite(), configure, |app| Box::pin(preflights(app))).await;
}
