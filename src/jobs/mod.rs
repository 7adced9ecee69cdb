//! Long work, apart from requests: the worker loop and one file per kind of job.
//!
//! A job is a row with a lease. A worker tells every few seconds that it still lives; when it vanishes, another takes the job over. So every kind of
//! job can be begun again, writes in short transactions that also renew the lease, and shows its outcome in the one that ends it.
//! May import: `services`, `domain`, `error`, `db`, `integrations`, `http::app`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant as Stopwatch},
};

use crate::{
    db::{Db, DbConnection},
    domain::{
        clock::Clock,
        jobs::{Job, JobKind, Progress},
        links::Links,
    },
    error::Error,
    http::app::App,
    integrations::{gateway::Gateway, smtp::Mailer},
    services,
};

pub mod campaigns;
mod carriers;
pub mod coupons;
pub mod feedback;
pub mod import_ledger;
pub mod ledger;
pub mod outbox;
pub mod points;
mod population;
pub mod preview;
pub mod scoring_run;
mod spool;
mod worker;

pub use worker::{Chore, Workers, run_due};

/// What every job can reach.
#[derive(Clone)]
pub struct Tools {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes and verifies links in messages.
    pub links: Links,
    /// Sends e-mail; without it that stays queued.
    pub mailer: Option<Mailer>,
    /// Takes all other messages; without it they stay queued.
    pub gateway: Option<Gateway>,
    /// The most bytes that a file may hold once it is unpacked.
    pub import_limit: u64,
}

impl From<&App> for Tools {
    fn from(app: &App) -> Self {
        Self {
            db: app.db.clone(),
            clock: Arc::clone(&app.clock),
            links: app.links.clone(),
            mailer: app.mailer.clone(),
            gateway: app.gateway.clone(),
            import_limit: app.import_limit,
        }
    }
}

impl std::fmt::Debug for Tools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tools").field("db", &self.db).finish_non_exhaustive()
    }
}

/// Why a job was not done.
#[derive(Debug, thiserror::Error)]
pub enum Unfinished {
    /// The program stops: the job goes back to the queue as it was.
    #[error("the program stops")]
    Stopped,
    /// What was asked can not be done, however often it is tried: the job is given up.
    #[error("{}", .0.detail())]
    Refused(Error),
    /// It failed: it is tried again, or given up.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<crate::db::DbError> for Unfinished {
    fn from(error: crate::db::DbError) -> Self {
        Self::Failed(error.into())
    }
}

/// How often a worker tells that it lives: several times within a lease.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// A job in hand.
pub struct Task<'a> {
    /// What it can reach.
    pub tools: &'a Tools,
    /// The job as it was claimed; its attempt number is what the lease goes by.
    pub job: &'a Job,
    /// How many threads it may read with: one beside requests, all of them in a command.
    pub threads: usize,
    stop: &'a AtomicBool,
    watch: &'a dyn Fn(Progress),
    last_beat: Stopwatch,
}

impl std::fmt::Debug for Task<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Task").field("job", self.job).finish_non_exhaustive()
    }
}

impl<'a> Task<'a> {
    /// A claimed job; `watch` is told how far it has come, and `stop` breaks it off between two steps.
    pub fn new(tools: &'a Tools, job: &'a Job, threads: usize, stop: &'a AtomicBool, watch: &'a dyn Fn(Progress)) -> Self {
        Self { tools, job, threads, stop, watch, last_beat: Stopwatch::now() }
    }

    /// Called between two steps: tells how far the job has come, and renews the lease when it is time.
    ///
    /// # Errors
    /// [`Unfinished::Stopped`] when the program stops, and when another worker has the job now.
    pub fn step(&mut self, progress: Progress) -> Result<(), Unfinished> {
        if self.last_beat.elapsed() >= HEARTBEAT {
            self.write(progress, |_| Ok(()))?;
        }
        self.report(progress)
    }

    /// Writes something for the job in one short transaction, which renews the lease too: a worker that was taken over changes nothing.
    ///
    /// # Errors
    /// What `change` answers, and when another worker has the job now.
    pub fn write<T: Send + 'static>(
        &mut self,
        progress: Progress,
        change: impl FnOnce(&mut DbConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Unfinished> {
        let (job, now) = (self.job.clone(), self.tools.clock.now());
        let written = self.tools.db.write_blocking(move |tx| {
            services::jobs::renew(tx, now, &job, progress)?;
            change(tx)
        })?;
        self.last_beat = Stopwatch::now();
        self.report(progress)?;
        Ok(written)
    }

    fn report(&self, progress: Progress) -> Result<(), Unfinished> {
        (self.watch)(progress);
        if self.stop.load(Ordering::Relaxed) { Err(Unfinished::Stopped) } else { Ok(()) }
    }
}

/// Does a job of any kind: the one place that knows which file does which.
fn perform(task: &mut Task<'_>) -> Result<(), Unfinished> {
    match task.job.kind {
        JobKind::ImportLedger => import_ledger::perform(task),
        JobKind::ScoringRun => scoring_run::perform(task),
    }
}
