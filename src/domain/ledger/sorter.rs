//! Brings the rows of a ledger into import order, whatever their number, in memory of fixed size.

use std::{io, path::PathBuf, vec};

use super::{
    invoices::Invoices,
    row::LedgerRow,
    runs::{Merge, RunFile},
};

/// Text held before it is written out, however few rows it is.
const MAX_TEXT_BYTES: usize = 32 * 1024 * 1024;

/// An external merge sort by [`LedgerRow::import_order`]: customer (anonymous last), order, type (sales first), line of the file.
#[derive(Debug)]
pub struct LedgerSorter {
    rows: Vec<LedgerRow>,
    text_bytes: usize,
    max_rows: usize,
    directory: Option<PathBuf>,
    runs: Option<RunFile>,
}

impl LedgerSorter {
    /// Rows that are held before they are written out, where nothing else is said.
    pub const DEFAULT_ROWS: usize = 50_000;

    /// A sorter that holds at most `max_rows` rows (at least one) and writes what is more to a temporary file, which nobody else can open.
    pub fn new(max_rows: usize) -> Self {
        Self { rows: Vec::new(), text_bytes: 0, max_rows: max_rows.max(1), directory: None, runs: None }
    }

    /// Puts the temporary file into `directory` instead of the system's own.
    #[must_use]
    pub fn in_directory(mut self, directory: PathBuf) -> Self {
        self.directory = Some(directory);
        self
    }

    /// Takes a row in.
    ///
    /// # Errors
    /// When the temporary file can not be made or written.
    pub fn push(&mut self, row: LedgerRow) -> io::Result<()> {
        self.text_bytes += row.texts.parts().0.len();
        self.rows.push(row);
        if self.rows.len() >= self.max_rows || self.text_bytes >= MAX_TEXT_BYTES { self.spill() } else { Ok(()) }
    }

    /// The rows in order.
    ///
    /// # Errors
    /// When the temporary file can not be written or read.
    pub fn finish(mut self) -> io::Result<SortedRows> {
        if self.runs.is_some() {
            self.spill()?;
        }
        Ok(SortedRows(match self.runs {
            Some(runs) => Order::Merged(runs.merge()?),
            None => {
                self.rows.sort_unstable_by(LedgerRow::import_order);
                Order::Held(self.rows.into_iter())
            }
        }))
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let runs = match &mut self.runs {
            Some(runs) => runs,
            none => none.insert(RunFile::new(match &self.directory {
                Some(directory) => tempfile::tempfile_in(directory)?,
                None => tempfile::tempfile()?,
            })),
        };
        self.rows.sort_unstable_by(LedgerRow::import_order);
        runs.write(&self.rows)?;
        self.rows.clear();
        self.text_bytes = 0;
        Ok(())
    }
}

/// The rows of a ledger in import order.
#[derive(Debug)]
pub struct SortedRows(Order);

#[derive(Debug)]
enum Order {
    Held(vec::IntoIter<LedgerRow>),
    Merged(Merge),
}

impl SortedRows {
    /// The rows an invoice at a time.
    pub fn invoices(self) -> Invoices<Self> {
        Invoices::new(self)
    }
}

impl Iterator for SortedRows {
    type Item = io::Result<LedgerRow>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Order::Held(rows) => rows.next().map(Ok),
            Order::Merged(rows) => rows.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::ledger::samples;

    /// The order by a key made of plain values.
    fn key(row: &LedgerRow) -> (bool, String, String, String, u64) {
        // "sale" comes before "return", so the words are turned round.
        let order_type = if row.order_type().to_string() == "sale" { "a" } else { "b" };
        let customer = row.customer_ref().unwrap_or_default().to_owned();
        (row.customer_ref().is_none(), customer, row.order_ref().to_owned(), order_type.to_owned(), row.line())
    }

    fn sorted(rows: &[LedgerRow], max_rows: usize) -> Vec<LedgerRow> {
        let mut sorter = LedgerSorter::new(max_rows);
        for row in rows {
            sorter.push(row.clone()).unwrap();
        }
        sorter.finish().unwrap().collect::<io::Result<_>>().unwrap()
    }

    proptest! {
        #[test]
        fn sorts_as_a_plain_sort_does(mut rows in prop::collection::vec(samples::any_row(), 0..60), max_rows in 0_usize..70) {
            // Lines of a file differ.
            for (place, row) in (0_u64..).zip(&mut rows) {
                row.facts.line = row.facts.line * 100 + place;
            }
            let result = sorted(&rows, max_rows);
            rows.sort_by_key(key);
            prop_assert_eq!(result, rows);
        }
    }

    #[test]
    fn merges_many_runs_through_small_windows() {
        // 3,000 runs of one row: windows of a few kilobytes each.
        let rows: Vec<LedgerRow> = (0..3000_u64).map(|line| samples::row(&format!("C{:04}", line * 7919 % 3000), "O", 1, line)).collect();
        let result = sorted(&rows, 1);
        assert!(result.iter().map(|row| row.customer_ref().unwrap()).eq((0..3000).map(|n| format!("C{n:04}")).collect::<Vec<_>>()));
    }

    #[test]
    fn reads_rows_that_are_longer_than_a_window() {
        let long = "x".repeat(500);
        let rows: Vec<LedgerRow> =
            (0..400_u64).rev().map(|line| samples::titled_row(&format!("C{line:03}"), &format!("{long}{line}"), line)).collect();
        let result = sorted(&rows, 150);
        assert_eq!(result.len(), 400);
        assert!(result.is_sorted_by(|a, b| a.line() < b.line()));
    }

    #[test]
    fn says_so_when_it_can_not_write() {
        let mut sorter = LedgerSorter::new(1).in_directory(PathBuf::from("/dev/null/nowhere"));
        assert!(sorter.push(samples::row("C", "O", 1, 2)).is_err());
    }
}
