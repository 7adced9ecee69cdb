//! Uploads: what is answered, and what they leave behind.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use flate2::{Compression, write::GzEncoder};
use patron::{db::DbConnection, domain::permissions::Role};
use reqwest::Method;
use serde_json::{Value, json};

use super::{HEADER, import, upload, work};
use crate::{
    on_both,
    support::{Database, Reply, TestApp},
};

const ROW: &str = "C1,B1,2026-01-01,,,K1,,,,1,1.00,,\n";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many rows imports and their pieces have.
async fn rows(app: &TestApp) -> (i64, i64) {
    let count = |table: &'static str| {
        app.app.db.query(move |conn| {
            let query = sql_query(format!("SELECT count(*) AS count FROM {table}"));
            let rows: Count = match conn {
                DbConnection::Postgres(c) => query.get_result(c),
                DbConnection::Sqlite(c) => query.get_result(c),
            }
            .map_err(patron::db::DbError::from)?;
            Ok::<_, patron::db::DbError>(rows.count)
        })
    };
    (count("imports").await.unwrap(), count("import_chunks").await.unwrap())
}

/// Waits until nothing is left; what an upload leaves is cleared beside the answer.
async fn nothing_is_left(app: &TestApp) {
    for _ in 0..100 {
        if rows(app).await == (0, 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?} is left", rows(app).await);
}

on_both! {
    async fn an_upload_is_a_job_that_can_be_watched(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let file = format!("{HEADER}{ROW}");
        let reply = upload(&manager, "&system=till", "text/csv; charset=utf-8", file.clone()).await;
        let location = reply.header("location").to_owned();
        let queued = reply.expect(202);
        assert_eq!(location, format!("/v1/imports/{}", queued["id"].as_str().unwrap()));
        assert_eq!(queued["options"], json!({"format": "csv", "system": "till"}));
        assert_eq!((&queued["status"], &queued["byte_count"], &queued["summary"]), (&json!("queued"), &json!(file.len()), &Value::Null));
        assert_eq!(rows(app).await, (1, 1));
        work(app).await;
        let done = manager.get(&location).await.expect(200);
        assert_eq!((&done["status"], &done["progress"]), (&json!("completed"), &json!({"done": file.len(), "total": file.len()})));
        assert_eq!(done["summary"]["orders"]["created"], 1);
        assert!(done["started_at"].is_string() && done["finished_at"].is_string());
        assert_eq!(rows(app).await, (1, 0), "the file is not kept");
        let listed = manager.get("/v1/imports?status=completed&kind=ledger&include=total").await.expect(200);
        assert_eq!((&listed["data"][0], &listed["total"]), (&done, &json!(1)));
        assert_eq!(manager.all("/v1/imports?status=failed").await, Vec::<Value>::new());
        assert_eq!(manager.get(&format!("{location}/rejects")).await.expect(200)["data"], json!([]));
    }

    async fn a_file_of_many_pieces_arrives_whole(app: &TestApp) {
        let admin = app.admin();
        let mut file = HEADER.to_owned();
        for number in 0..20_000 {
            file.push_str(&format!("C1,B{number},2026-01-01,,,K1,,,,0,1.00,,\n"));
        }
        let queued = upload(&admin, "", "text/csv", file.clone()).await.expect(202);
        assert_eq!(queued["byte_count"], file.len());
        assert_eq!(rows(app).await, (1, i64::try_from(file.len().div_ceil(256 * 1024)).unwrap()));
        work(app).await;
        let done = admin.get(&format!("/v1/imports/{}", queued["id"].as_str().unwrap())).await.expect(200);
        assert_eq!((&done["summary"]["rows_rejected"], &done["summary"]["bytes"]), (&json!(20_000), &json!(file.len())));
        let page = admin.get(&format!("/v1/imports/{}/rejects?include=total&limit=1", queued["id"].as_str().unwrap())).await.expect(200);
        assert_eq!((&page["total"], &page["data"][0]["line"]), (&json!(20_000), &json!(2)));
    }

    async fn what_is_asked_wrongly_is_refused_before_the_file(app: &TestApp) {
        let admin = app.admin();
        let post = async |query: &str, content_type: &str| upload(&admin, query, content_type, format!("{HEADER}{ROW}")).await;
        post("", "application/json").await.problem(415, "unsupported_media_type");
        post("", "application/x-www-form-urlencoded").await.problem(415, "unsupported_media_type");
        post("&delimiter=:", "text/csv").await.fault("/delimiter", "one_of");
        post("&map=invoice%3DX", "text/csv").await.fault("/map", "unknown_column");
        post("&time_zone=Mars", "text/csv").await.fault("/time_zone", "time_zone");
        post("&currency=EUR", "text/csv").await.fault("/currency", "currency");
        post("&colour=red", "text/csv").await.fault("/colour", "unknown_parameter");
        post("&defaults=quantity%3D0", "text/csv").await.fault("/defaults/quantity", "quantity_zero");
        let bare = admin.request(Method::POST, "/v1/imports").header("content-type", "text/csv").body("x");
        Reply::of(bare).await.fault("/kind", "required");
        let packed = admin.request(Method::POST, "/v1/imports?kind=ledger").header("content-type", "text/csv").header("content-encoding", "br");
        Reply::of(packed.body("x")).await.problem(415, "unsupported_media_type");
        upload(&admin, "", "text/csv", "").await.problem(422, "invalid");
        upload(&app.staff(Role::Agent), "", "text/csv", ROW).await.problem(403, "permission_denied");
        admin.get("/v1/imports/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77").await.problem(404, "not_found");
        admin.get("/v1/imports/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77/rejects").await.problem(404, "not_found");
        nothing_is_left(app).await;
    }

    async fn a_key_stands_for_one_file(app: &TestApp) {
        let admin = app.admin();
        let post = async |query: &str, row: &str| {
            let request = admin.request(Method::POST, &format!("/v1/imports?kind=ledger{query}"));
            Reply::of(request.header("content-type", "text/csv").header("idempotency-key", "K").body(format!("{HEADER}{row}"))).await
        };
        let first = post("", ROW).await.expect(202);
        let again = post("", ROW).await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.expect(202), first);
        post("", "").await.problem(422, "idempotency_key_reused");
        post("&system=erp", ROW).await.problem(422, "idempotency_key_reused");
        for _ in 0..100 {
            if rows(app).await == (1, 1) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(rows(app).await, (1, 1), "only the first one is kept");
        work(app).await;
        assert_eq!(admin.all("/v1/imports").await.len(), 1);
    }

    async fn an_upload_that_breaks_off_leaves_nothing(app: &TestApp) {
        let admin = app.admin();
        let request = admin.request(Method::POST, "/v1/imports?kind=ledger").build().unwrap();
        let token = request.headers()["authorization"].to_str().unwrap().to_owned();
        let address = app.base.trim_start_matches("http://").to_owned();
        let sent = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(&address).unwrap();
            let head = format!("POST /v1/imports?kind=ledger HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Type: text/csv\r\nContent-Length: 2000000\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&vec![b'x'; 600_000]).unwrap();
            stream
        }).await.unwrap();
        for _ in 0..100 {
            if rows(app).await == (1, 2) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(rows(app).await, (1, 2), "two whole pieces have arrived");
        assert_eq!(admin.all("/v1/imports").await, Vec::<Value>::new(), "nobody sees it");
        drop(sent);
        nothing_is_left(app).await;
    }

    async fn an_upload_that_a_crash_broke_off_is_forgotten_later(app: &TestApp) {
        let (now, id) = (app.now(), patron::domain::ids::Id::generate());
        app.app.db.write(patron::db::WriteMode::Commit, move |tx| {
            patron::services::imports::begin_upload(tx, now, id, patron::domain::imports::ImportKind::Ledger, &Default::default())?;
            patron::services::imports::take_chunk(tx, now, id, 0, 3, b"abc")
        }).await.unwrap();
        let tidy = async || {
            let tools = patron::jobs::Tools::from(app.app.get_ref());
            tokio::task::spawn_blocking(move || patron::jobs::import_ledger::forget_leftovers(&tools)).await.unwrap().unwrap();
        };
        tidy().await;
        assert_eq!(rows(app).await, (1, 1), "it may still go on");
        app.pass(2 * 3600);
        tidy().await;
        assert_eq!(rows(app).await, (0, 0));
    }
}

async fn refuse_large_files(database: Database) {
    TestApp::run_with(
        database,
        |config| config.import_limit = 300_000,
        |app| {
            Box::pin(async move {
                let admin = app.admin();
                upload(&admin, "", "text/csv", vec![b'x'; 300_001]).await.problem(413, "body_too_large");
                // Without a length it is seen on the way.
                let address = app.base.trim_start_matches("http://").to_owned();
                let request = admin.request(Method::POST, "/v1/imports?kind=ledger").build().unwrap();
                let token = request.headers()["authorization"].to_str().unwrap().to_owned();
                let answer = tokio::task::spawn_blocking(move || {
                    let mut stream = TcpStream::connect(&address).unwrap();
                    let head = format!("POST /v1/imports?kind=ledger HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n");
                    stream.write_all(head.as_bytes()).unwrap();
                    stream.write_all(b"493e1\r\n").unwrap();
                    stream.write_all(&vec![b'x'; 300_001]).unwrap();
                    let mut answer = [0; 12];
                    stream.read_exact(&mut answer).unwrap();
                    String::from_utf8_lossy(&answer).into_owned()
                })
                .await
                .unwrap();
                assert_eq!(answer, "HTTP/1.1 413");
                nothing_is_left(app).await;
                // What is small only because it is packed is seen when it is read.
                let mut packed = GzEncoder::new(Vec::new(), Compression::best());
                packed.write_all(HEADER.as_bytes()).unwrap();
                packed.write_all(ROW.repeat(10_000).as_bytes()).unwrap();
                let failed = import(app, "", packed.finish().unwrap()).await;
                assert_eq!(failed["status"], "failed", "{failed}");
                assert!(failed["error"].as_str().is_some_and(|told| told.contains("more than 300000 bytes once it is unpacked")), "{failed}");
                assert_eq!(admin.all("/v1/orders").await, Vec::<Value>::new());
            })
        },
    )
    .await;
}

#[actix_web::test]
async fn a_file_that_is_too_large_is_refused_sqlite() {
    refuse_large_files(Database::sqlite()).await;
}

#[actix_web::test]
async fn a_file_that_is_too_large_is_refused_postgres() {
    refuse_large_files(Database::postgres()).await;
}
