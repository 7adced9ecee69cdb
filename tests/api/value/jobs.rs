//! The queue: leases, takeovers, attempts.

use patron::{
    db::WriteMode,
    domain::{
        ids::Id,
        jobs::{Job, JobStatus, Progress},
        permissions::Role,
        scoring_runs::RunScore,
        value_score::{Hundredths, Tier},
    },
    error::{Code, Error},
    services::{jobs, scoring_runs},
};
use serde_json::json;

use super::{
    shop::{Line, Person, Product, Shop, at},
    work,
};
use crate::{on_both, support::TestApp};

async fn claim(app: &TestApp) -> Option<Job> {
    let now = app.now();
    app.app.db.write(WriteMode::Commit, move |tx| jobs::claim(tx, now)).await.unwrap()
}

async fn renew(app: &TestApp, job: &Job) -> Result<(), Error> {
    let (now, job) = (app.now(), job.clone());
    app.app.db.write(WriteMode::Commit, move |tx| jobs::renew(tx, now, &job, Progress { done: 1, total: None })).await
}

async fn state(app: &TestApp, id: Id<Job>) -> Job {
    app.app.db.query(move |conn| Ok::<_, Error>(patron::repositories::jobs::find(conn, id)?.unwrap())).await.unwrap()
}

async fn queue(app: &TestApp) -> Id<Job> {
    let run = app.staff(Role::Manager).post("/v1/scoring-runs", json!({})).await.expect(202);
    run["id"].as_str().unwrap().parse().unwrap()
}

on_both! {
    async fn a_job_is_one_workers_until_its_lease_ends(app: &TestApp) {
        let id = queue(app).await;
        let first = claim(app).await.unwrap();
        assert_eq!((first.id, first.attempts, first.status), (id, 1, JobStatus::Running));
        assert_eq!(claim(app).await, None, "nobody else has it");
        app.pass(50);
        renew(app, &first).await.unwrap();
        app.pass(50);
        assert_eq!(claim(app).await, None, "the lease was renewed");
        app.pass(61);
        let second = claim(app).await.unwrap();
        assert_eq!((second.id, second.attempts), (id, 2));
        assert_eq!(renew(app, &first).await.unwrap_err().code(), Code::Conflict, "the first worker was taken over");
        renew(app, &second).await.unwrap();
    }

    async fn a_run_is_taken_over_from_a_worker_that_vanished(app: &TestApp) {
        let mut shop = Shop::default();
        shop.products.push(Product { category: None, default_user: None });
        let customer = shop.person(Person::default());
        shop.sale(customer, "2020-01-01T00:00:00Z", vec![Line::of(0, 100)]);
        shop.save(app.app.db.url());
        let id = queue(app).await;
        let vanished = claim(app).await.unwrap();
        // It had written some of its rows, of customers as they were.
        let run = id.cast();
        let row = RunScore {
            customer_id: shop.ids[0],
            last_purchase_at: at("2019-01-01T00:00:00Z"),
            recency_days: 9,
            frequency: 9,
            monetary: 9,
            recency_band: 1,
            frequency_band: 1,
            monetary_band: 1,
            product_type: Hundredths::ZERO,
            product_user: Hundredths::ZERO,
            score: Hundredths::ZERO,
            tier: Tier::Ordinary,
            rank: 9,
        };
        app.app.db.write(WriteMode::Commit, move |tx| scoring_runs::store_scores(tx, run, &[row])).await.unwrap();
        let manager = app.staff(Role::Manager);
        assert_eq!(manager.all(&format!("/v1/customers/{}/value-score/history", shop.ids[0])).await.len(), 0, "not visible before it completes");
        app.pass(61);
        work(app).await;
        assert_eq!(state(app, id).await.status, JobStatus::Completed);
        assert!(renew(app, &vanished).await.is_err());
        let history = manager.all(&format!("/v1/customers/{}/value-score/history", shop.ids[0])).await;
        assert_eq!((history.len(), &history[0]["rank"]), (1, &json!(1)), "what the vanished worker wrote was taken back");
    }

    async fn three_vanished_workers_are_enough(app: &TestApp) {
        let id = queue(app).await;
        for attempt in 1..=3 {
            assert_eq!(claim(app).await.unwrap().attempts, attempt);
            app.pass(61);
        }
        assert_eq!(claim(app).await, None);
        let given_up = state(app, id).await;
        assert_eq!((given_up.status, given_up.attempts), (JobStatus::Failed, 3));
        let run = app.staff(Role::Manager).get(&format!("/v1/scoring-runs/{id}")).await.expect(200);
        assert_eq!(run["status"], "failed");
        assert!(run["error"].as_str().unwrap().contains("vanished"));
    }

    async fn what_fails_is_tried_again_later_and_then_given_up(app: &TestApp) {
        let id = queue(app).await;
        for attempt in 1..=3 {
            let job = claim(app).await.unwrap();
            assert_eq!(job.attempts, attempt);
            let now = app.now();
            app.app.db.write(WriteMode::Commit, move |tx| jobs::fail(tx, now, &job, "no luck", 0)).await.unwrap();
            assert_eq!(claim(app).await, None, "not at once");
            assert_eq!(state(app, id).await.error.as_deref(), Some("no luck"));
            app.pass(60);
        }
        assert_eq!(state(app, id).await.status, JobStatus::Failed);
        assert_eq!(claim(app).await, None);
    }

    async fn a_stop_does_not_count(app: &TestApp) {
        let id = queue(app).await;
        let job = claim(app).await.unwrap();
        let now = app.now();
        app.app.db.write(WriteMode::Commit, move |tx| jobs::release(tx, now, &job)).await.unwrap();
        assert_eq!((state(app, id).await.status, state(app, id).await.attempts), (JobStatus::Queued, 0));
        assert_eq!(claim(app).await.unwrap().attempts, 1);
    }
}
