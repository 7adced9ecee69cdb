//! Long work that is done apart from requests, by whichever process takes it: a lease, capped attempts, a dead state.

use chrono::TimeDelta;

use super::{ids::Id, instants::Instant};

text_enum! {
    /// What a job does.
    JobKind {
        /// Scores every customer.
        ScoringRun = "scoring_run",
        /// Brings a ledger in.
        ImportLedger = "import_ledger",
    }
}

text_enum! {
    /// How far a job has come.
    JobStatus {
        /// Waits for a worker, or for its next attempt.
        Queued = "queued",
        /// A worker has it.
        Running = "running",
        /// Done.
        Completed = "completed",
        /// Given up.
        Failed = "failed",
    }
}

/// How often a job is tried before it is given up.
pub const MAX_ATTEMPTS: i32 = 3;

/// How long a worker has a job without saying that it still lives; after that another may take it over.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);

/// A job as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The job's id.
    pub id: Id<Job>,
    /// What it does.
    pub kind: JobKind,
    /// How far it has come.
    pub status: JobStatus,
    /// Work done, in units of its own.
    pub done: i64,
    /// Work to do, when known.
    pub total: Option<i64>,
    /// How often it has been begun. Each attempt has its own number, by which a worker that was taken over notices it.
    pub attempts: i32,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it was last begun.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub finished_at: Option<Instant>,
}

/// How far a job has come, for people who wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Work done.
    pub done: i64,
    /// Work to do, when known.
    pub total: Option<i64>,
}

/// How long to wait after the failed attempt number `attempts` (from 1): 10 s, 20 s, 40 s … at most ten minutes, and up to half as much again by
/// `jitter` (any number; equal ones give equal waits), so that jobs that failed together do not come back together.
pub fn backoff(attempts: i32, jitter: u32) -> TimeDelta {
    let doublings = u32::try_from(attempts.clamp(1, 7) - 1).unwrap_or(0);
    let wait_ms = (10_000_i64 << doublings).min(600_000);
    TimeDelta::milliseconds(wait_ms + i64::from(jitter % 1000) * wait_ms / 2000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_ten_minutes() {
        let seconds = |attempts, jitter| backoff(attempts, jitter).num_milliseconds();
        assert_eq!([1, 2, 3, 4].map(|attempts| seconds(attempts, 0)), [10_000, 20_000, 40_000, 80_000]);
        assert_eq!([seconds(0, 0), seconds(-5, 0), seconds(7, 0), seconds(i32::MAX, 0)], [10_000, 10_000, 600_000, 600_000]);
        assert_eq!([seconds(1, 500), seconds(1, 999), seconds(1, 1000)], [12_500, 14_995, 10_000]);
        assert!(seconds(9, u32::MAX) < 900_000);
    }
}
