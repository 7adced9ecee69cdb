//! What callers see of a database server that is away, slow or back again.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use diesel::{RunQueryDsl, connection::SimpleConnection, sql_query};
use futures_util::future::join_all;
use patron::{
    db::{self, Db, DbError, DbSettings},
    on,
};

use crate::support::{Database, TestApp, person};

fn nobody_listens() -> DbSettings {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://nobody@127.0.0.1:{port}/nothing").parse().unwrap();
    DbSettings { url, connections: 1, readers: 1, queue: 16 }
}

#[actix_web::test]
async fn the_last_in_the_queue_waits_no_longer_than_the_first() {
    let db = Db::start(&nobody_listens()).unwrap();
    let started = Instant::now();
    let answers = join_all((0..4).map(|_| db.query(|conn| conn.batch_execute("SELECT 1").map_err(DbError::from)))).await;
    assert!(answers.iter().all(|answer| matches!(answer, Err(DbError::Unavailable(_)))), "{answers:?}");
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
}

#[actix_web::test]
async fn readiness_is_denied_in_time_by_a_server_that_says_nothing() {
    TestApp::run_with(Database::postgres(), |config| config.db_connections = 1, |app| Box::pin(check_silence(app))).await;
}

async fn check_silence(app: &TestApp) {
    app.nobody().get("/readyz").await.expect(200);
    let sleep = app.app.db.query(|conn| conn.batch_execute("SELECT pg_sleep(8)").map_err(DbError::from));
    let probe = async {
        let started = Instant::now();
        app.nobody().get("/readyz").await.problem(503, "unavailable");
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    };
    let (slept, ()) = futures_util::future::join(sleep, probe).await;
    slept.unwrap();
    app.nobody().get("/readyz").await.expect(200);
}

#[actix_web::test]
async fn readers_leave_writers_a_connection() {
    TestApp::run_with(Database::postgres(), |config| config.db_connections = 4, |app| Box::pin(check_writers(app))).await;
}

async fn check_writers(app: &TestApp) {
    let sleeps = join_all((0..6).map(|_| app.app.db.query(|conn| conn.batch_execute("SELECT pg_sleep(2)").map_err(DbError::from))));
    let write = async {
        // The sleepers shall have all that they can get.
        actix_web::rt::time::sleep(Duration::from_millis(500)).await;
        let started = Instant::now();
        app.admin().make("/v1/customers", person("Writer")).await;
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    };
    let (slept, ()) = futures_util::future::join(sleeps, write).await;
    assert!(slept.iter().all(Result::is_ok), "{slept:?}");
}

#[actix_web::test]
async fn a_server_that_restarted_costs_one_request() {
    TestApp::run(Database::postgres(), |app| Box::pin(check_recovery(app))).await;
}

async fn check_recovery(app: &TestApp) {
    app.open_connections().await;
    let admin = app.admin();
    let end_all =
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ended = on!(&mut db::open(app.app.db.url()).unwrap(), c => sql_query(end_all).execute(c)).unwrap();
    assert!(ended > 1, "there was only one connection to lose");
    let mut refused = 0;
    for _ in 0..=ended {
        let reply = admin.get("/v1/customers").await;
        if reply.status == 503 {
            refused += 1;
        } else {
            reply.expect(200);
        }
    }
    assert!(refused <= 1, "{refused} requests were refused after {ended} connections had been lost");
}
