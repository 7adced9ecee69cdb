//! The same again, something newer, and a run that breaks off.

use std::{sync::Arc, time::Instant as Stopwatch};

use patron::{
    db::{Db, DbConnection},
    demo::{DemoShop, write_ledger},
    domain::{
        clock::SystemClock,
        ledger::{LedgerOptions, RawLedgerOptions, RowReject},
    },
    error::Error,
    jobs::{
        Unfinished,
        ledger::{Desk, Pace, Standing, gather, store},
    },
};
use serde_json::{Value, json};

use super::{bring, customer, dump, import, order, upload, work};
use crate::{
    on_both,
    support::{Database, TestApp},
};

/// A shop's trade, an order's rows far apart.
fn demo_ledger() -> Vec<u8> {
    let until = "2026-06-30T00:00:00Z".parse().expect("an instant");
    let mut file = Vec::new();
    write_ledger(&DemoShop::new(7, 30, until), 3, &mut file).expect("a ledger");
    file
}

on_both! {
    async fn the_same_file_again_changes_nothing(app: &TestApp) {
        let file = demo_ledger();
        let first = import(app, "", file.clone()).await["summary"].clone();
        assert_eq!(first["rows_imported"], first["lines_written"], "{first}");
        let stored = dump::everything(app).await;
        app.pass(3600);
        let second = import(app, "", file).await["summary"].clone();
        for kind in ["customers", "categories", "products", "orders"] {
            assert_eq!(second[kind], json!({"created": 0, "updated": 0, "unchanged": first[kind]["created"]}), "{kind}");
        }
        assert_eq!((&second["lines_written"], &second["rows_imported"]), (&json!(0), &first["rows_imported"]));
        assert_eq!(dump::everything(app).await, stored);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn every_row_counts_once(app: &TestApp) {
        let file = demo_ledger();
        let mut sum = 0_i64;
        let mut reader = csv::Reader::from_reader(file.as_slice());
        let column = reader.headers().unwrap().iter().position(|name| name == "line_total").unwrap();
        for row in reader.records() {
            sum += row.unwrap()[column].replace('.', "").parse::<i64>().unwrap();
        }
        import(app, "", file).await;
        let amount = |order: &Value| order["subtotal"].as_i64().unwrap() * if order["type"] == "return" { -1 } else { 1 };
        assert_eq!(app.admin().all("/v1/orders?limit=200").await.iter().map(amount).sum::<i64>(), sum);
    }

    async fn a_ledger_that_knows_better_tells_orders_anew(app: &TestApp) {
        bring(app, "C1,B1,2026-01-01,S1,store,K1,,,,1,1.00,,\nC1,B2,2026-01-01,S1,store,K1,,,,1,1.00,,\n").await;
        let (before, other) = (order(app, "B1").await, order(app, "B2").await);
        let newer = "C1,B1,2026-01-02,S2,web,K1,,,,2,2.00,child,\nC1,B1,2026-01-02,S2,web,K2,,,,1,5.00,,\nC1,B2,2026-01-01,S1,store,K1,,,,1,1.00,,\n";
        let summary = bring(app, newer).await;
        assert_eq!((&summary["orders"], &summary["lines_written"]), (&json!({"created": 0, "updated": 1, "unchanged": 1}), &json!(2)));
        let after = order(app, "B1").await;
        assert_eq!((&after["id"], &after["number"], &after["version"]), (&before["id"], &before["number"], &json!(2)));
        assert_eq!((&after["total"], &after["store"], &after["channel"], &after["placed_at"]), (&json!(700), &json!("S2"), &json!("web"), &json!("2026-01-02T00:00:00Z")));
        let history: Vec<&Value> = after["history"].as_array().unwrap().iter().map(|event| &event["kind"]).collect();
        assert_eq!(history, ["imported", "imported"]);
        assert_eq!(order(app, "B2").await, other);
        assert_eq!(bring(app, newer).await["orders"]["unchanged"], 2);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn what_was_done_here_since_stays(app: &TestApp) {
        let rows = "C1,B1,2026-01-01,S1,store,K1,,,,2,4.00,,\n";
        bring(app, rows).await;
        let id = order(app, "B1").await["id"].as_str().unwrap().to_owned();
        app.admin().post(&format!("/v1/orders/{id}/refund"), json!({"lines": [{"line_no": 1, "amount": 150}]})).await.expect(200);
        let refunded = order(app, "B1").await;
        assert_eq!(refunded["refunded_total"], 150);
        assert_eq!(bring(app, rows).await["orders"]["unchanged"], 1);
        let summary = bring(app, "C1,B1,2026-01-01,S1,store,K1,,,,1,2.00,,\n").await;
        assert_eq!((&summary["orders_kept"], &summary["orders"]["updated"]), (&json!(1), &json!(0)));
        assert_eq!(order(app, "B1").await, refunded);
    }

    async fn an_anonymous_order_finds_its_customer(app: &TestApp) {
        bring(app, ",B1,2026-01-01,,,K1,,,,1,1.00,,\n").await;
        let summary = bring(app, "C1,B1,2026-01-01,,,K1,,,,1,1.00,,\n").await;
        assert_eq!(summary["orders"], json!({"created": 0, "updated": 1, "unchanged": 0}));
        let found = order(app, "B1").await;
        assert_eq!(found["customer_id"], customer(app, "C1").await["id"]);
        // The file without the customer still tells the same order.
        assert_eq!(bring(app, ",B1,2026-01-01,,,K1,,,,1,1.00,,\n").await["orders"]["unchanged"], 1);
        assert_eq!(order(app, "B1").await, found);
        // Both of it: told by the customer's rows anew as well.
        assert_eq!(bring(app, "C1,B1,2026-01-01,,,K1,,,,3,3.00,,\n").await["orders"]["updated"], 1);
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn a_job_whose_worker_has_gone_is_done_by_another(app: &TestApp) {
        let admin = app.admin();
        let queued = upload(&admin, "", "text/csv", demo_ledger()).await.expect(202);
        let now = app.now();
        let job = app.app.db.write(patron::db::WriteMode::Commit, move |tx| patron::services::jobs::claim(tx, now)).await.unwrap();
        assert_eq!(job.map(|job| job.id.to_string()), queued["id"].as_str().map(str::to_owned));
        work(app).await;
        let path = format!("/v1/imports/{}", queued["id"].as_str().unwrap());
        assert_eq!(admin.get(&path).await.expect(200)["status"], "running", "its lease still holds");
        app.pass(120);
        work(app).await;
        assert_eq!(admin.get(&path).await.expect(200)["status"], "completed");
    }
}

/// Stores with a database, and dies after so many transactions.
struct MortalDesk {
    db: Db,
    writes_left: usize,
    rejects: Vec<RowReject>,
}

impl Desk for MortalDesk {
    const PACE: Pace = Pace::AMONG_OTHERS;

    fn write<T: Send + 'static>(
        &mut self,
        _: Standing,
        change: impl FnOnce(&mut DbConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Unfinished> {
        self.writes_left = self.writes_left.checked_sub(1).ok_or(Unfinished::Stopped)?;
        Ok(self.db.write_blocking(change)?)
    }

    fn step(&mut self, _: Standing) -> Result<(), Unfinished> {
        Ok(())
    }

    fn report(&mut self, _: Standing, rejects: Vec<RowReject>) -> Result<(), Unfinished> {
        self.rejects.extend(rejects);
        Ok(())
    }
}

/// Brings the demo's ledger in with a desk that dies after `writes` transactions; answers whether it came to the end.
async fn try_with(app: &TestApp, writes: usize) -> bool {
    let (db, currency) = (app.app.db.clone(), app.app.currency);
    let run = move || {
        let (file, options) = (demo_ledger(), LedgerOptions::parse(&RawLedgerOptions::default(), currency).expect("options"));
        let mut desk = MortalDesk { db, writes_left: writes, rejects: Vec::new() };
        let gathered = gather(&mut desk, file.as_slice(), (file.len() as u64, u64::MAX), &options).expect("a ledger");
        store(&mut desk, &SystemClock, gathered, &options, Stopwatch::now()).is_ok()
    };
    tokio::task::spawn_blocking(run).await.expect("a run")
}

async fn compare(once: Database, broken: Database) {
    let expected = Arc::new(std::sync::Mutex::new(Value::Null));
    let keep = Arc::clone(&expected);
    TestApp::run(once, move |app| {
        Box::pin(async move {
            assert!(try_with(app, usize::MAX).await);
            *keep.lock().unwrap() = dump::without_ids(&dump::everything(app).await);
        })
    })
    .await;
    let expected = expected.lock().unwrap().clone();
    TestApp::run(broken, move |app| {
        Box::pin(async move {
            // Before anything, after the categories, after each batch of invoices.
            let mut writes = 0;
            while !try_with(app, writes).await {
                writes += 1;
            }
            assert!(writes >= 3, "there is something to break off between {writes} transactions");
            assert_eq!(dump::without_ids(&dump::everything(app).await), expected);
            assert_eq!(app.faults().await, [""; 0]);
        })
    })
    .await;
}

#[actix_web::test]
async fn broken_off_and_run_again_ends_as_run_once_sqlite() {
    compare(Database::sqlite(), Database::sqlite()).await;
}

#[actix_web::test]
async fn broken_off_and_run_again_ends_as_run_once_postgres() {
    compare(Database::postgres(), Database::postgres()).await;
}
