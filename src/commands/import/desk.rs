//! The person at the terminal: a progress bar, and a file for the report of rejects.

use std::{fs::File, path::Path, time::Duration};

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

use crate::{
    db::{Db, DbConnection},
    domain::ledger::RowReject,
    error::Error,
    jobs::{
        Unfinished,
        ledger::{Desk, Pace, Standing},
    },
};

/// Rejects that are shown where no file was asked for.
const SHOWN: usize = 5;

/// Writes to the database and tells how it goes.
#[derive(Debug)]
pub(super) struct CommandDesk<'a> {
    db: &'a Db,
    bar: ProgressBar,
    report: Option<csv::Writer<File>>,
    first: Vec<RowReject>,
}

impl<'a> CommandDesk<'a> {
    /// Without a terminal nothing is shown while it goes on.
    pub(super) fn open(db: &'a Db, rejects: Option<&Path>) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let report = match rejects {
            Some(path) => {
                let mut report = csv::Writer::from_path(path).map_err(|error| format!("{}: {error}", path.display()))?;
                report.write_record(["line", "column", "code", "value", "message"])?;
                Some(report)
            }
            None => None,
        };
        let style = ProgressStyle::with_template("{wide_bar} {percent:>3} %  {msg}  {eta} left")?;
        let bar = ProgressBar::new(0).with_style(style);
        bar.enable_steady_tick(Duration::from_millis(200));
        Ok(Self { db, bar, report, first: Vec::new() })
    }

    /// Ends the display and the report; answers the first rejects.
    pub(super) fn close(mut self) -> std::io::Result<Vec<RowReject>> {
        self.bar.finish_and_clear();
        if let Some(report) = &mut self.report {
            report.flush()?;
        }
        Ok(self.first)
    }

    fn show(&self, standing: Standing) {
        let progress = standing.progress();
        self.bar.set_length(standing.byte_count);
        self.bar.set_position(u64::try_from(progress.done).unwrap_or(0));
        let (rows, what) = if standing.rows.is_some() { (standing.rows_stored, "stored") } else { (standing.rows_read, "read") };
        let total = standing.rows_read + standing.rows_stored;
        let micros = self.bar.elapsed().as_micros().max(1);
        let rate = u64::try_from(u128::from(total) * 1_000_000 / micros).unwrap_or(u64::MAX);
        self.bar.set_message(format!("{} rows {what}, {} rows/s", HumanCount(rows), HumanCount(rate)));
    }

    fn keep(&mut self, rejects: &[RowReject]) -> csv::Result<()> {
        if let Some(report) = &mut self.report {
            for reject in rejects {
                let (line, column) = (reject.line.to_string(), reject.column.as_deref().unwrap_or_default());
                report.write_record([line.as_str(), column, reject.code, &reject.value, &reject.message])?;
            }
        }
        Ok(())
    }
}

impl Desk for CommandDesk<'_> {
    const PACE: Pace = Pace::ALONE;

    fn write<T: Send + 'static>(
        &mut self,
        standing: Standing,
        change: impl FnOnce(&mut DbConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Unfinished> {
        let written = self.db.write_blocking(change)?;
        self.show(standing);
        Ok(written)
    }

    fn step(&mut self, standing: Standing) -> Result<(), Unfinished> {
        self.show(standing);
        Ok(())
    }

    fn report(&mut self, _: Standing, rejects: Vec<RowReject>) -> Result<(), Unfinished> {
        self.keep(&rejects).map_err(Error::internal)?;
        self.first.extend(rejects.into_iter().take(SHOWN.saturating_sub(self.first.len())));
        Ok(())
    }
}
