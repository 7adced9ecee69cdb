//! Bringing a ledger in, for the job and the command alike.
//!
//! Two passes: the file is read to its end, so that one which can not be read changes nothing; then its invoices are stored customer by customer, in
//! transactions so short that nobody waits long for the one writer of a file. An order's rows need not be neighbours in the file, and memory stays
//! flat however long it is: rows wait in a temporary file. Each transaction holds whole invoices, so that a run that breaks off has stored nothing by
//! halves, and the next one finds what is there.

use std::{io::Read, time::Instant as Stopwatch};

use self::batches::{Batch, Batches};
use super::Unfinished;
use crate::{
    db::DbConnection,
    domain::{
        clock::Clock,
        imports::LedgerSummary,
        jobs::Progress,
        ledger::{LedgerFileError, LedgerOptions, LedgerReader, LedgerSorter, RowReject, SortedRows},
    },
    error::{Code, Error},
    services::imports::ledger::{CategoryPaths, Known},
};

pub use batches::Pace;

mod batches;
mod store;

/// Rows read between two looks at the clock.
const STEP_ROWS: u64 = 2_000;
/// Rejects that are kept together before they are handed over.
const REPORT_ROWS: usize = 1_000;
/// Rejects that a report may have whatever the file is like; beyond it, most rows must be good. A file whose columns are not what they are taken for
/// would else fill the database with its report, however small it came.
const REJECTS: u64 = 100_000;

/// How far an import has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Bytes of the file that were read.
    pub bytes: u64,
    /// The length of the file.
    pub byte_count: u64,
    /// Rows that were read, good and bad.
    pub rows_read: u64,
    /// Good rows that were looked after in the second pass.
    pub rows_stored: u64,
    /// Good rows in all, once the file is read.
    pub rows: Option<u64>,
}

impl Standing {
    /// The same in bytes of the file, each pass counted as half of them.
    pub fn progress(&self) -> Progress {
        let stored = self.rows.map_or(0, |rows| {
            let (stored, rows) = if rows == 0 { (1, 1) } else { (self.rows_stored, rows) };
            u64::try_from(u128::from(self.byte_count) * u128::from(stored) / u128::from(rows)).unwrap_or(0)
        });
        let done = self.bytes.min(self.byte_count).saturating_add(stored) / 2;
        Progress { done: i64::try_from(done).unwrap_or(i64::MAX), total: i64::try_from(self.byte_count).ok() }
    }
}

/// Where an import writes, and whom it tells how it goes.
pub trait Desk {
    /// How much it writes at once.
    const PACE: Pace;

    /// Runs `change` in one transaction.
    ///
    /// # Errors
    /// What `change` answers, or that the import shall stop.
    fn write<T: Send + 'static>(
        &mut self,
        standing: Standing,
        change: impl FnOnce(&mut DbConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Unfinished>;

    /// Called between two steps of work that writes nothing.
    ///
    /// # Errors
    /// That the import shall stop.
    fn step(&mut self, standing: Standing) -> Result<(), Unfinished>;

    /// Takes rows of the report.
    ///
    /// # Errors
    /// When they can not be kept.
    fn report(&mut self, standing: Standing, rejects: Vec<RowReject>) -> Result<(), Unfinished>;
}

/// A ledger that was read to its end.
#[derive(Debug)]
pub struct Gathered {
    rows: SortedRows,
    categories: CategoryPaths,
    standing: Standing,
    summary: LedgerSummary,
}

impl From<LedgerFileError> for Unfinished {
    /// Only a stream that broke may be better next time.
    fn from(error: LedgerFileError) -> Self {
        match error {
            LedgerFileError::Io(error) => Self::Failed(Error::internal(error)),
            refused => Self::Refused(Error::new(Code::Invalid, format!("The file was refused: {refused}."))),
        }
    }
}

/// Whether a file is still worth reading.
///
/// # Errors
/// [`Unfinished::Refused`] for one of which more than 100,000 rows, and more than half, were rejected.
fn check_rejects(rejected: u64, read: u64) -> Result<(), Unfinished> {
    if rejected <= REJECTS || rejected <= read / 2 { Ok(()) } else { Err(LedgerFileError::TooManyRejects { rejected, read }.into()) }
}

/// The first pass: reads a file of `byte_count` bytes, and of at most `limit` once it is unpacked, to its end.
///
/// # Errors
/// [`Unfinished::Refused`] for a file that can not be read as a ledger; what the desk answers; the temporary file's.
pub fn gather(
    desk: &mut impl Desk,
    stream: impl Read,
    (byte_count, limit): (u64, u64),
    options: &LedgerOptions,
) -> Result<Gathered, Unfinished> {
    let mut reader = LedgerReader::limited(stream, options, limit)?;
    let mut sorter = LedgerSorter::new(LedgerSorter::DEFAULT_ROWS);
    let mut categories = CategoryPaths::default();
    let mut standing = Standing { byte_count, ..Standing::default() };
    let mut rejects = Vec::new();
    while let Some(record) = reader.next() {
        match record? {
            Ok(row) => {
                categories.add(&row)?;
                sorter.push(row).map_err(Error::internal)?;
            }
            Err(reject) => rejects.push(reject),
        }
        standing.rows_read += 1;
        if standing.rows_read.is_multiple_of(STEP_ROWS) {
            standing.bytes = reader.bytes_read();
            desk.step(standing)?;
        }
        if rejects.len() >= REPORT_ROWS {
            desk.report(standing, std::mem::take(&mut rejects))?;
            check_rejects(reader.rejected(), standing.rows_read)?;
        }
    }
    standing.bytes = reader.bytes_read();
    standing.rows = Some(reader.rows());
    desk.report(standing, rejects)?;
    check_rejects(reader.rejected(), standing.rows_read)?;
    let summary = LedgerSummary {
        rows_read: standing.rows_read,
        rows_rejected: reader.rejected(),
        rows_rounded: reader.rounded(),
        bytes: standing.bytes,
        ignored_columns: reader.ignored_columns().to_vec(),
        ..LedgerSummary::default()
    };
    Ok(Gathered { rows: sorter.finish().map_err(Error::internal)?, categories, standing, summary })
}

/// The second pass: stores what was gathered.
///
/// # Errors
/// What the desk and the database answer; the temporary file's.
pub fn store<D: Desk>(
    desk: &mut D,
    clock: &dyn Clock,
    gathered: Gathered,
    options: &LedgerOptions,
    started: Stopwatch,
) -> Result<(LedgerSummary, Standing), Unfinished> {
    let Gathered { rows, categories, standing, summary } = gathered;
    let mut run = store::Run::new(desk, clock, options.clone(), categories, standing, summary);
    run.ensure_categories()?;
    let mut batches = Batches::new(rows.invoices(), D::PACE);
    while let Some(Batch { invoices, rejects, rows }) = batches.next().map_err(Error::internal)? {
        let took = run.store(invoices, rejects, rows)?;
        batches.adapt(took);
    }
    let (mut summary, standing) = run.finish()?;
    summary.rows_imported = summary.rows_read.saturating_sub(summary.rows_rejected);
    summary.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok((summary, standing))
}

/// What the batches of one run share.
type SharedKnown = std::sync::Arc<std::sync::Mutex<Known>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_grows_without_end_only_beside_good_rows() {
        for (rejected, read, is_good) in [
            (0, 0, true),
            (1_096, 196_152, true),
            (100_000, 100_000, true),
            (100_001, 200_002, true),
            (100_001, 200_001, false),
            (100_001, 100_001, false),
        ] {
            assert_eq!(check_rejects(rejected, read).is_ok(), is_good, "{rejected} of {read}");
        }
    }
}
