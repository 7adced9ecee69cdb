//! Scores every customer: read everybody once, cut the population, write the rows, then show them all at once.

use std::{io, sync::atomic::AtomicBool};

use super::{
    Task, Tools, Unfinished,
    population::{Scoring, survey},
    worker::put_back,
};
use crate::{
    domain::{
        ids::Id,
        jobs::Progress,
        scoring_runs::{RunScore, ScoringRun, ScoringRunDraft, TierCounts},
        value_score::{ModelDefinition, RunCuts, ScoreDistribution, recency_days, tier},
    },
    error::Error,
    services::{
        scoring_runs,
        value_scores::{self, Digested},
    },
};

/// Threads that a command reads with; more only wait for the disk.
const MOST_THREADS: usize = 4;

/// Rows written in one transaction: a few dozen milliseconds, so that no request waits long for the one writer of a file.
const ROWS: usize = 4_000;

/// Asks for a run and does it at once, on this thread and with every core: for commands. Should the program die, a server's worker takes it over.
///
/// # Errors
/// What is wrong with `draft`, and as [`perform`].
pub fn run_now(tools: &Tools, draft: ScoringRunDraft, watch: &dyn Fn(Progress)) -> Result<ScoringRun, Unfinished> {
    let now = tools.clock.now();
    let (run, job) = tools.db.write_blocking(move |tx| scoring_runs::begin_run(tx, now, &draft))?;
    let stop = AtomicBool::new(false);
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_THREADS));
    let mut task = Task::new(tools, &job, threads, &stop, watch);
    if let Err(unfinished) = perform(&mut task) {
        put_back(tools, &job, &unfinished)?;
        return Err(unfinished);
    }
    Ok(tools.db.long_read(|conn| scoring_runs::get_run(conn, run.id))?)
}

/// Does the run whose id is the job's. Begun again after a failure, it first takes back what it had written.
///
/// # Errors
/// When the program stops, the lease is lost, or the database or the file system fail.
pub fn perform(task: &mut Task<'_>) -> Result<(), Unfinished> {
    let id: Id<ScoringRun> = task.job.id.cast();
    let db = task.tools.db.clone();
    let (run, model, customers) = db.long_read(|conn| {
        let run = scoring_runs::get_run(conn, id)?;
        let definition = scoring_runs::definition_of(conn, &run)?;
        Ok::<_, Error>((run, definition, value_scores::count_customers(conn)?))
    })?;
    if task.job.attempts > 1 {
        clear(task, id)?;
    }
    let reading = |done| Progress { done, total: Some(customers.saturating_mul(2).max(done)) };
    let mut population = survey(&db, [&model], run.as_of, task.threads, |done| task.step(reading(done)))?;
    let scoring = population.score(0, &model)?;
    let mut rows =
        Rows { task, run: id, read: customers, population: scoring.distribution.population(), written: 0, batch: Vec::with_capacity(ROWS) };
    let mut tier_counts = TierCounts::default();
    if let Some(cuts) = &scoring.cuts {
        population.spool.for_each(|entry| {
            if let Some(score) = run_score(&entry, &run, &model, cuts, &scoring.distribution) {
                tier_counts.count(score.tier);
                rows.push(score)?;
            }
            Ok::<_, Failure>(())
        })?;
    }
    rows.flush()?;
    let progress = rows.progress();
    complete(task, id, scoring, tier_counts, progress)
}

/// What may go wrong between the spool and the database.
struct Failure(Unfinished);

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(Error::internal(error).into())
    }
}

impl From<Unfinished> for Failure {
    fn from(unfinished: Unfinished) -> Self {
        Self(unfinished)
    }
}

impl From<Failure> for Unfinished {
    fn from(failure: Failure) -> Self {
        failure.0
    }
}

fn clear(task: &mut Task<'_>, run: Id<ScoringRun>) -> Result<(), Unfinished> {
    loop {
        let cleared = task.write(Progress::default(), move |tx| scoring_runs::clear_some_scores(tx, run))?;
        if cleared == 0 {
            return Ok(());
        }
    }
}

fn run_score(
    entry: &Digested<1>,
    run: &ScoringRun,
    model: &ModelDefinition,
    cuts: &RunCuts,
    distribution: &ScoreDistribution,
) -> Option<RunScore> {
    let scored = entry.score(0, model, cuts)?;
    Some(RunScore {
        customer_id: entry.customer_id,
        last_purchase_at: entry.last_purchase_at,
        recency_days: recency_days(entry.last_purchase_at, run.as_of),
        frequency: scored.frequency.goodness,
        monetary: scored.monetary.goodness,
        recency_band: scored.recency.band,
        frequency_band: scored.frequency.band,
        monetary_band: scored.monetary.band,
        product_type: scored.product_type.score,
        product_user: scored.product_user.score,
        score: scored.score,
        tier: tier(scored.score, &cuts.tiers),
        rank: distribution.standing(scored.score).rank,
    })
}

/// Rows on their way into the database.
struct Rows<'task, 'job> {
    task: &'task mut Task<'job>,
    run: Id<ScoringRun>,
    read: i64,
    population: i64,
    written: i64,
    batch: Vec<RunScore>,
}

impl Rows<'_, '_> {
    fn push(&mut self, score: RunScore) -> Result<(), Unfinished> {
        self.batch.push(score);
        if self.batch.len() >= ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Unfinished> {
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(ROWS));
        self.written += i64::try_from(batch.len()).unwrap_or(0);
        let run = self.run;
        self.task.write(self.progress(), move |tx| scoring_runs::store_scores(tx, run, &batch))
    }

    fn progress(&self) -> Progress {
        Progress { done: self.read + self.written, total: Some(self.read + self.population) }
    }
}

fn complete(
    task: &mut Task<'_>,
    run: Id<ScoringRun>,
    scoring: Scoring,
    tier_counts: TierCounts,
    progress: Progress,
) -> Result<(), Unfinished> {
    let (job, now) = (task.job.clone(), task.tools.clock.now());
    task.write(progress, move |tx| {
        let outcome = (scoring.cuts.as_ref(), &scoring.distribution, tier_counts);
        scoring_runs::complete_run(tx, now, &job, run, outcome, progress)
    })
}
