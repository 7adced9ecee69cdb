//! Storing batches: one transaction each, tried again when somebody else was quicker.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant as Stopwatch},
};

use super::{Desk, REPORT_ROWS, SharedKnown, Standing, Unfinished, check_rejects};
use crate::{
    db::refresh_statistics,
    domain::{
        clock::Clock,
        imports::{Changes, LedgerSummary},
        ledger::{InvoiceGroup, LedgerOptions, RowReject},
    },
    error::{Code, Error},
    services::imports::ledger::{BatchOutcome, CategoryPaths, Known, ensure_categories, import_invoices},
};

/// Categories that are ensured in one transaction.
const CATEGORIES: usize = 100;

/// After how many rows the database first looks at what it holds, and by how much that must have grown until it does so again: what was planned
/// for empty tables is slow over full ones.
const FIRST_LOOK: u64 = 500;
const LOOK_GROWTH: u64 = 8;

/// How often a batch is tried, and the wait after the first failure; it doubles each time.
const ATTEMPTS: u32 = 6;
const WAIT: Duration = Duration::from_millis(50);

/// A second pass that runs.
pub(super) struct Run<'a, D: Desk> {
    desk: &'a mut D,
    clock: &'a dyn Clock,
    options: Arc<LedgerOptions>,
    categories: CategoryPaths,
    known: SharedKnown,
    standing: Standing,
    summary: LedgerSummary,
    report: Vec<RowReject>,
    /// Rows at which the database looks at its tables again.
    next_look: u64,
}

impl<'a, D: Desk> Run<'a, D> {
    pub(super) fn new(
        desk: &'a mut D,
        clock: &'a dyn Clock,
        options: LedgerOptions,
        categories: CategoryPaths,
        standing: Standing,
        summary: LedgerSummary,
    ) -> Self {
        let known = Arc::new(Mutex::new(Known::default()));
        Self { desk, clock, options: Arc::new(options), categories, known, standing, summary, report: Vec::new(), next_look: FIRST_LOOK }
    }

    /// Makes sure of every category of the file.
    pub(super) fn ensure_categories(&mut self) -> Result<(), Unfinished> {
        let changes = self.ensure()?;
        self.summary.categories.add(changes);
        Ok(())
    }

    /// Stores a batch; answers how long the database took over it.
    pub(super) fn store(&mut self, invoices: Vec<InvoiceGroup>, rejects: Vec<RowReject>, rows: usize) -> Result<Duration, Unfinished> {
        self.summary.rows_rejected += u64::try_from(rejects.len()).unwrap_or(0);
        self.report.extend(rejects);
        self.standing.rows_stored += u64::try_from(rows).unwrap_or(0);
        let invoices = Arc::new(invoices);
        let mut attempt = 1;
        let (outcome, took) = loop {
            match self.try_to_store(Arc::clone(&invoices)) {
                Ok(done) => break done,
                Err(Unfinished::Failed(error)) if attempt < ATTEMPTS && may_pass(&error) => {
                    tracing::debug!(%error, attempt, "a batch of the ledger is tried again");
                    thread::sleep(WAIT * 2_u32.pow(attempt - 1));
                    attempt += 1;
                    self.look_again()?;
                }
                Err(unfinished) => return Err(unfinished),
            }
        };
        let BatchOutcome { counts, report, learned, .. } = outcome;
        lock(&self.known).learn(learned);
        self.summary.add(&counts);
        self.report.extend(report);
        if self.report.len() >= REPORT_ROWS {
            self.hand_over()?;
        }
        if self.standing.rows_stored >= self.next_look {
            self.next_look = self.standing.rows_stored.saturating_mul(LOOK_GROWTH);
            self.desk.write(self.standing, |tx| Ok(refresh_statistics(tx)?))?;
        }
        Ok(took)
    }

    pub(super) fn finish(mut self) -> Result<(LedgerSummary, Standing), Unfinished> {
        self.hand_over()?;
        self.desk.write(self.standing, |tx| Ok(refresh_statistics(tx)?))?;
        Ok((self.summary, self.standing))
    }

    fn try_to_store(&mut self, invoices: Arc<Vec<InvoiceGroup>>) -> Result<(BatchOutcome, Duration), Unfinished> {
        let (now, options, known) = (self.clock.now(), Arc::clone(&self.options), Arc::clone(&self.known));
        self.desk.write(self.standing, move |tx| {
            let started = Stopwatch::now();
            let outcome = import_invoices(tx, now, &options, &lock(&known), &invoices)?;
            Ok((outcome, started.elapsed()))
        })
    }

    /// What a batch relied on may have changed under it.
    fn look_again(&mut self) -> Result<(), Unfinished> {
        lock(&self.known).forget_products();
        self.ensure().map(drop)
    }

    fn ensure(&mut self) -> Result<Changes, Unfinished> {
        let mut all = Changes::default();
        for paths in self.categories.parts(CATEGORIES) {
            let now = self.clock.now();
            let (ensured, changes) = self.desk.write(self.standing, move |tx| ensure_categories(tx, now, paths))?;
            lock(&self.known).add_categories(ensured);
            all.add(changes);
        }
        Ok(all)
    }

    fn hand_over(&mut self) -> Result<(), Unfinished> {
        self.desk.report(self.standing, std::mem::take(&mut self.report))?;
        check_rejects(self.summary.rows_rejected, self.summary.rows_read)
    }
}

/// Whether the same may succeed in a moment: somebody else was quicker, or the database is busy.
fn may_pass(error: &Error) -> bool {
    matches!(error.code(), Code::Conflict | Code::StillReferenced | Code::Unavailable)
}

/// Nobody panics while holding it; and what is known is never half-changed.
fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}
