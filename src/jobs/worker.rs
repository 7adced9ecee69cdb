//! The threads that do jobs, and the chores of a long-lived program.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant as Stopwatch},
};

use super::{
    Task, Tools, Unfinished, campaigns,
    outbox::{Carry, Round, send_round},
    perform,
};
use crate::{
    domain::jobs::{Job, Progress},
    error::Error,
    services::jobs,
};

/// Jobs that a program does at the same time: a long import does not keep a scoring run waiting.
const THREADS: usize = 2;
/// How often the queue is looked into.
const POLL: Duration = Duration::from_millis(500);
/// How often campaigns are looked at for messages that are due.
const FEED: Duration = Duration::from_secs(2);
/// How long to leave a carrier alone that can not be talked to: the first time, and at most.
const OUTAGE: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(300));
/// How often the chores are done: what is late is told as late, and silence closes, within so long.
const CHORES: Duration = Duration::from_secs(20);

/// Something that is done again and again, such as forgetting what has expired. It logs its own failures.
pub type Chore = Box<dyn Fn() + Send>;

/// The running workers. Dropping them leaves them running; [`Workers::stop`] ends them.
#[derive(Debug)]
pub struct Workers {
    stopping: Arc<Stopping>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Stopping {
    flag: AtomicBool,
    mutex: Mutex<()>,
    condvar: Condvar,
}

impl Stopping {
    /// Sleeps, but wakes when the program stops.
    fn sleep(&self, duration: Duration) {
        let guard = self.mutex.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.flag.load(Ordering::Relaxed) {
            drop(self.condvar.wait_timeout(guard, duration));
        }
    }
}

impl Workers {
    /// Starts the workers: for jobs, for campaigns, for each carrier of messages that there is, and for the chores.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn start(tools: &Tools, chores: Vec<Chore>) -> std::io::Result<Self> {
        let stopping = Arc::new(Stopping::default());
        let mut threads = Vec::new();
        for number in 0..THREADS {
            let (tools, stopping) = (tools.clone(), Arc::clone(&stopping));
            threads.push(thread::Builder::new().name(format!("jobs-{number}")).spawn(move || work(&tools, &stopping))?);
        }
        let (feeder, feeder_stopping) = (tools.clone(), Arc::clone(&stopping));
        threads.push(thread::Builder::new().name("campaigns".to_owned()).spawn(move || feed_outbox(&feeder, &feeder_stopping))?);
        threads.extend(tools.mailer.clone().map(|mailer| start_sending(tools, mailer, &stopping)).transpose()?);
        threads.extend(tools.gateway.clone().map(|gateway| start_sending(tools, gateway, &stopping)).transpose()?);
        Self::start_chores_beside(threads, stopping, chores)
    }

    /// Starts a thread for the chores alone.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn start_chores(chores: Vec<Chore>) -> std::io::Result<Self> {
        Self::start_chores_beside(Vec::new(), Arc::default(), chores)
    }

    fn start_chores_beside(mut threads: Vec<JoinHandle<()>>, stopping: Arc<Stopping>, chores: Vec<Chore>) -> std::io::Result<Self> {
        let chores_stopping = Arc::clone(&stopping);
        threads.push(thread::Builder::new().name("chores".to_owned()).spawn(move || do_chores(&chores, &chores_stopping))?);
        Ok(Self { stopping, threads })
    }

    /// Lets running jobs come to a place where they can be broken off, and waits for that.
    pub fn stop(self) {
        {
            let _guard = self.stopping.mutex.lock().unwrap_or_else(PoisonError::into_inner);
            self.stopping.flag.store(true, Ordering::Relaxed);
        }
        self.stopping.condvar.notify_all();
        for thread in self.threads {
            drop(thread.join());
        }
    }
}

fn do_chores(chores: &[Chore], stopping: &Stopping) {
    let mut last: Option<Stopwatch> = None;
    while !stopping.flag.load(Ordering::Relaxed) {
        if last.is_none_or(|last| last.elapsed() >= CHORES) {
            chores.iter().for_each(|chore| chore());
            last = Some(Stopwatch::now());
        }
        stopping.sleep(CHORES);
    }
}

fn work(tools: &Tools, stopping: &Stopping) {
    while !stopping.flag.load(Ordering::Relaxed) {
        match next(tools, &stopping.flag) {
            Ok(true) => {}
            Ok(false) => stopping.sleep(POLL),
            Err(error) => {
                tracing::warn!(%error, "the queue of jobs can not be read");
                stopping.sleep(10 * POLL);
            }
        }
    }
}

fn feed_outbox(tools: &Tools, stopping: &Stopping) {
    while !stopping.flag.load(Ordering::Relaxed) {
        if let Err(error) = campaigns::feed(tools) {
            tracing::warn!(%error, "messages of campaigns are not written");
            stopping.sleep(10 * POLL);
        }
        stopping.sleep(FEED);
    }
}

/// Starts a thread that hands messages to a carrier.
fn start_sending(tools: &Tools, carrier: impl Carry + 'static, stopping: &Arc<Stopping>) -> std::io::Result<JoinHandle<()>> {
    fn name<C: Carry>(_: &C) -> String {
        C::NAME.to_owned()
    }
    let (tools, stopping) = (tools.clone(), Arc::clone(stopping));
    thread::Builder::new().name(name(&carrier)).spawn(move || send(&tools, &carrier, &stopping))
}

fn send(tools: &Tools, carrier: &impl Carry, stopping: &Stopping) {
    let mut outage = OUTAGE.0;
    while !stopping.flag.load(Ordering::Relaxed) {
        let round = catch_unwind(AssertUnwindSafe(|| send_round(tools, carrier, &stopping.flag)));
        match round.unwrap_or_else(|_| Err(Error::internal("the sending panicked"))) {
            Ok(Round::Done(_)) => outage = OUTAGE.0,
            Ok(Round::Idle) => stopping.sleep(POLL),
            Ok(Round::Unreachable(error)) => {
                tracing::warn!(%error, server = carrier.place(), again_in_seconds = outage.as_secs(), "messages wait");
                stopping.sleep(outage);
                outage = (2 * outage).min(OUTAGE.1);
            }
            Err(error) => {
                tracing::warn!(%error, "the outbox can not be read or written");
                stopping.sleep(10 * POLL);
            }
        }
    }
}

/// Does every job that is due, on this thread; answers how many. For tests and commands.
///
/// # Errors
/// The database's; a job that fails is no error.
pub fn run_due(tools: &Tools) -> Result<usize, Error> {
    let stop = AtomicBool::new(false);
    let mut done = 0;
    while next(tools, &stop)? {
        done += 1;
    }
    Ok(done)
}

/// Does the next job, if one is due.
fn next(tools: &Tools, stop: &AtomicBool) -> Result<bool, Error> {
    let now = tools.clock.now();
    let Some(job) = tools.db.write_blocking(move |tx| jobs::claim(tx, now))? else { return Ok(false) };
    tracing::info!(job = %job.id, kind = %job.kind, attempt = job.attempts, "job begins");
    let started = Stopwatch::now();
    let mut task = Task::new(tools, &job, 1, stop, &|_: Progress| {});
    let outcome = catch_unwind(AssertUnwindSafe(|| perform(&mut task))).unwrap_or_else(|_| Err(Error::internal("the job panicked").into()));
    let ms = started.elapsed().as_secs_f64() * 1000.0;
    match outcome {
        Ok(()) => tracing::info!(job = %job.id, kind = %job.kind, ms, "job done"),
        Err(unfinished) => {
            tracing::warn!(job = %job.id, kind = %job.kind, ms, error = %unfinished, cause = ?unfinished, "job not done");
            put_back(tools, &job, &unfinished)?;
        }
    }
    Ok(true)
}

/// Tells the queue that an attempt has ended without success.
///
/// # Errors
/// The database's.
pub fn put_back(tools: &Tools, job: &Job, unfinished: &Unfinished) -> Result<(), Error> {
    let (now, job) = (tools.clock.now(), job.clone());
    match unfinished {
        Unfinished::Stopped => tools.db.write_blocking(move |tx| jobs::release(tx, now, &job)),
        Unfinished::Refused(error) => {
            let words = error.detail().to_owned();
            tools.db.write_blocking(move |tx| jobs::refuse(tx, now, &job, &words))
        }
        Unfinished::Failed(error) => {
            let (words, jitter) = (error.to_string(), rand::random());
            tools.db.write_blocking(move |tx| jobs::fail(tx, now, &job, &words, jitter))
        }
    }
}
