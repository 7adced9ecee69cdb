//! The queue of jobs.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::jobs, sql_types::Json},
    domain::{
        ids::Id,
        instants::Instant,
        jobs::{Job, JobKind, JobStatus, Progress},
    },
    on, on_skip_locked,
};

/// A job as its row is read.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub(super) struct JobRow {
    id: Id<Job>,
    kind: JobKind,
    status: JobStatus,
    done: i64,
    total: Option<i64>,
    attempts: i32,
    error: Option<String>,
    created_at: Instant,
    started_at: Option<Instant>,
    finished_at: Option<Instant>,
}

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        let JobRow { id, kind, status, done, total, attempts, error, created_at, started_at, finished_at } = row;
        Self { id, kind, status, done, total, attempts, error, created_at, started_at, finished_at }
    }
}

/// Stores a new job; with `lease` it is the caller's already.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, job: &Job, lease: Option<Instant>) -> DbResult<()> {
    let row = (
        jobs::id.eq(job.id),
        jobs::kind.eq(job.kind),
        jobs::status.eq(job.status),
        jobs::payload.eq(Json(serde_json::Value::Object(serde_json::Map::new()))),
        jobs::done.eq(job.done),
        jobs::total.eq(job.total),
        jobs::attempts.eq(job.attempts),
        jobs::run_at.eq(job.created_at),
        jobs::locked_until.eq(lease),
        jobs::created_at.eq(job.created_at),
        jobs::started_at.eq(job.started_at),
    );
    on!(conn, c => diesel::insert_into(jobs::table).values(row).execute(c))?;
    Ok(())
}

/// A job.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<Job>) -> DbResult<Option<Job>> {
    let found: Option<JobRow> = on!(conn, c => jobs::table.find(id).select(JobRow::as_select()).first(c).optional())?;
    Ok(found.map(Into::into))
}

/// The job that has waited longest, or one whose worker has gone; its row stays locked until the transaction ends, and nobody waits for it.
///
/// # Errors
/// The database's.
pub fn find_due(conn: &mut DbConnection, now: Instant) -> DbResult<Option<Job>> {
    /// The first job that `$is_due`; written inside the call, since a row's selection belongs to one database.
    macro_rules! first {
        ($is_due:expr) => {{
            let found: Option<JobRow> =
                on_skip_locked!(&mut *conn, c, jobs::table.filter($is_due).order(jobs::run_at).select(JobRow::as_select()) => first)
                    .optional()?;
            found
        }};
    }
    if let Some(row) = first!(jobs::status.eq(JobStatus::Queued).and(jobs::run_at.le(now))) {
        return Ok(Some(row.into()));
    }
    Ok(first!(jobs::status.eq(JobStatus::Running).and(jobs::locked_until.lt(now))).map(Into::into))
}

/// Begins the next attempt at a job.
///
/// # Errors
/// The database's.
pub fn begin(conn: &mut DbConnection, id: Id<Job>, now: Instant, lease: Instant) -> DbResult<()> {
    let changes = (
        jobs::status.eq(JobStatus::Running),
        jobs::attempts.eq(jobs::attempts + 1),
        jobs::locked_until.eq(Some(lease)),
        jobs::started_at.eq(Some(now)),
        jobs::done.eq(0),
        jobs::total.eq(None::<i64>),
    );
    on!(conn, c => diesel::update(jobs::table.find(id)).set(changes).execute(c))?;
    Ok(())
}

/// The row of a job while the attempt is the one that runs; after a takeover there is none.
macro_rules! attempt {
    ($id:expr, $attempt:expr) => {
        jobs::table.filter(jobs::id.eq($id).and(jobs::attempts.eq($attempt)).and(jobs::status.eq(JobStatus::Running)))
    };
}

/// Tells that the attempt lives and how far it has come; `false` when another worker has taken the job over.
///
/// # Errors
/// The database's.
pub fn renew(conn: &mut DbConnection, id: Id<Job>, attempt: i32, progress: Progress, lease: Instant) -> DbResult<bool> {
    let changes = (jobs::done.eq(progress.done), jobs::total.eq(progress.total), jobs::locked_until.eq(Some(lease)));
    Ok(on!(conn, c => diesel::update(attempt!(id, attempt)).set(changes).execute(c))? == 1)
}

/// Ends a job; `false` when another worker has taken it over.
///
/// # Errors
/// The database's.
pub fn complete(conn: &mut DbConnection, id: Id<Job>, attempt: i32, progress: Progress, now: Instant) -> DbResult<bool> {
    let changes = (
        jobs::status.eq(JobStatus::Completed),
        jobs::done.eq(progress.done),
        jobs::total.eq(progress.total),
        jobs::locked_until.eq(None::<Instant>),
        jobs::error.eq(None::<String>),
        jobs::finished_at.eq(Some(now)),
    );
    Ok(on!(conn, c => diesel::update(attempt!(id, attempt)).set(changes).execute(c))? == 1)
}

/// Puts a job back to be tried again at `run_at`. An attempt that was broken off by a stop is `forgiven`: it does not count.
///
/// # Errors
/// The database's.
pub fn put_back(
    conn: &mut DbConnection,
    id: Id<Job>,
    attempt: i32,
    run_at: Instant,
    error: Option<&str>,
    forgiven: bool,
) -> DbResult<bool> {
    let changes = (
        jobs::status.eq(JobStatus::Queued),
        jobs::attempts.eq(attempt - i32::from(forgiven)),
        jobs::run_at.eq(run_at),
        jobs::locked_until.eq(None::<Instant>),
        jobs::error.eq(error),
    );
    Ok(on!(conn, c => diesel::update(attempt!(id, attempt)).set(changes).execute(c))? == 1)
}

/// Gives a job up.
///
/// # Errors
/// The database's.
pub fn fail(conn: &mut DbConnection, id: Id<Job>, attempt: i32, now: Instant, error: &str) -> DbResult<bool> {
    let changes = (
        jobs::status.eq(JobStatus::Failed),
        jobs::locked_until.eq(None::<Instant>),
        jobs::error.eq(Some(error)),
        jobs::finished_at.eq(Some(now)),
    );
    Ok(on!(conn, c => diesel::update(attempt!(id, attempt)).set(changes).execute(c))? == 1)
}
