//! The queue of jobs: asking for one, taking one on, telling how it goes, ending it.

use crate::{
    db::DbConnection,
    domain::{
        ids::Id,
        instants::Instant,
        jobs::{Job, JobKind, JobStatus, LEASE, MAX_ATTEMPTS, Progress, backoff},
    },
    error::{Code, Error},
    repositories::jobs,
};

/// Asks for a job; some worker takes it on once the transaction has committed.
///
/// # Errors
/// The database's.
pub fn enqueue(tx: &mut DbConnection, now: Instant, id: Id<Job>, kind: JobKind) -> Result<Job, Error> {
    let job = new_job(now, id, kind);
    jobs::insert(tx, &job, None)?;
    Ok(job)
}

/// Asks for a job that the caller takes on at once. Should the caller die, a worker takes it over.
///
/// # Errors
/// The database's.
pub fn enqueue_taken(tx: &mut DbConnection, now: Instant, id: Id<Job>, kind: JobKind) -> Result<Job, Error> {
    let job = Job { status: JobStatus::Running, attempts: 1, started_at: Some(now), ..new_job(now, id, kind) };
    jobs::insert(tx, &job, Some(lease(now)))?;
    Ok(job)
}

fn new_job(now: Instant, id: Id<Job>, kind: JobKind) -> Job {
    Job {
        id,
        kind,
        status: JobStatus::Queued,
        done: 0,
        total: None,
        attempts: 0,
        error: None,
        created_at: now,
        started_at: None,
        finished_at: None,
    }
}

/// Until when a worker has a job that it was heard of at `now`.
fn lease(now: Instant) -> Instant {
    now.checked_add(LEASE).unwrap_or(now)
}

/// Takes the next job on, if one is due. A job whose worker has vanished for the last time that is allowed is given up.
///
/// # Errors
/// The database's.
pub fn claim(tx: &mut DbConnection, now: Instant) -> Result<Option<Job>, Error> {
    let Some(job) = jobs::find_due(tx, now)? else { return Ok(None) };
    if job.status == JobStatus::Running && job.attempts >= MAX_ATTEMPTS {
        jobs::fail(tx, job.id, job.attempts, now, "every worker that took it on has vanished")?;
        return Ok(None);
    }
    jobs::begin(tx, job.id, now, lease(now))?;
    Ok(Some(Job { status: JobStatus::Running, attempts: job.attempts + 1, started_at: Some(now), done: 0, total: None, ..job }))
}

/// Tells that a worker lives and how far it has come. Called in each transaction that writes for the job, it also keeps a worker that was
/// taken over from writing beside its successor.
///
/// # Errors
/// `conflict` when another worker has the job now.
pub fn renew(tx: &mut DbConnection, now: Instant, job: &Job, progress: Progress) -> Result<(), Error> {
    if jobs::renew(tx, job.id, job.attempts, progress, lease(now))? { Ok(()) } else { Err(taken_over()) }
}

/// Ends a job, in the transaction that makes its outcome visible.
///
/// # Errors
/// `conflict` when another worker has the job now.
pub fn complete(tx: &mut DbConnection, now: Instant, job: &Job, progress: Progress) -> Result<(), Error> {
    if jobs::complete(tx, job.id, job.attempts, progress, now)? { Ok(()) } else { Err(taken_over()) }
}

/// Lets go of a job that was broken off because the program stops; the attempt does not count.
///
/// # Errors
/// The database's.
pub fn release(tx: &mut DbConnection, now: Instant, job: &Job) -> Result<(), Error> {
    jobs::put_back(tx, job.id, job.attempts, now, None, true)?;
    Ok(())
}

/// Notes that an attempt failed: the job is tried again later, or given up. `jitter` is any random number.
///
/// # Errors
/// The database's.
pub fn fail(tx: &mut DbConnection, now: Instant, job: &Job, error: &str, jitter: u32) -> Result<(), Error> {
    if job.attempts >= MAX_ATTEMPTS {
        jobs::fail(tx, job.id, job.attempts, now, error)?;
    } else {
        let run_at = now.checked_add(backoff(job.attempts, jitter)).unwrap_or(now);
        jobs::put_back(tx, job.id, job.attempts, run_at, Some(error), false)?;
    }
    Ok(())
}

/// Gives a job up at once: what it was to do can not be done.
///
/// # Errors
/// The database's.
pub fn refuse(tx: &mut DbConnection, now: Instant, job: &Job, error: &str) -> Result<(), Error> {
    jobs::fail(tx, job.id, job.attempts, now, error)?;
    Ok(())
}

fn taken_over() -> Error {
    Error::new(Code::Conflict, "Another worker has taken this job over.")
}
