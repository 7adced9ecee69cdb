//! Invoices in batches, each of which is stored in one transaction.

use std::{io, iter::Peekable, time::Duration};

use crate::domain::ledger::{InvoiceGroup, InvoiceOrRejects, Invoices, RowReject, SortedRows};

/// How much is stored in one transaction.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How long a transaction should take.
    aim: Duration,
    /// Rows of a transaction at most.
    max_rows: usize,
}

impl Pace {
    /// The one writer of a file is everybody's, and nobody should wait for 100 ms.
    pub const AMONG_OTHERS: Self = Self { aim: Duration::from_millis(35), max_rows: 4_000 };
    /// Who runs a command waits for it; a server on the same file has to wait for a part of a second.
    pub const ALONE: Self = Self { aim: Duration::from_millis(500), max_rows: 20_000 };
}

/// Rows of a batch at first and at least.
const ROWS: usize = 600;
const MIN_ROWS: usize = 100;

/// Invoices that are stored together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The invoices in import order.
    pub invoices: Vec<InvoiceGroup>,
    /// Rows of invoices that are too long.
    pub rejects: Vec<RowReject>,
    /// The number of rows of both.
    pub rows: usize,
}

/// Gathers batches of a size that is right for the speed of the database.
#[derive(Debug)]
pub(super) struct Batches {
    invoices: Peekable<Invoices<SortedRows>>,
    pace: Pace,
    rows: usize,
}

impl Batches {
    pub(super) fn new(invoices: Invoices<SortedRows>, pace: Pace) -> Self {
        Self { invoices: invoices.peekable(), pace, rows: ROWS }
    }

    /// The next batch; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Batch>> {
        let mut batch = Batch::default();
        while let Some(step) = self.invoices.next_if(|next| fits(&batch, next, self.rows)) {
            match step? {
                InvoiceOrRejects::Invoice(invoice) => {
                    batch.rows += invoice.sale.len() + invoice.returns.len();
                    batch.invoices.push(invoice);
                }
                InvoiceOrRejects::Rejects(rejects) => {
                    batch.rows += rejects.len();
                    batch.rejects.extend(rejects);
                }
            }
        }
        Ok((batch.rows > 0).then_some(batch))
    }

    /// Learns from how long the last batch took.
    pub(super) fn adapt(&mut self, took: Duration) {
        let (aim, took) = (self.pace.aim.as_micros(), took.as_micros().max(1));
        let wanted = usize::try_from(u128::try_from(self.rows).unwrap_or(u128::MAX).saturating_mul(aim) / took).unwrap_or(usize::MAX);
        // In small steps upwards, so that one quick batch does not make the next one slow.
        self.rows = wanted.clamp(self.rows / 4, self.rows + self.rows / 4 + 1).clamp(MIN_ROWS, self.pace.max_rows);
    }
}

/// Whether one more step belongs to the batch. A customer's invoices stay together unless they are very many; those of nobody known are never with
/// those of customers, so that an order which the file tells both ways is there already when its rows without customer come.
fn fits(batch: &Batch, next: &io::Result<InvoiceOrRejects>, rows: usize) -> bool {
    let (Some(last), Ok(InvoiceOrRejects::Invoice(next))) = (batch.invoices.last(), next) else {
        return batch.rows < rows;
    };
    match (&last.customer_ref, &next.customer_ref) {
        (Some(_), None) => false,
        (Some(last), Some(next)) if last == next => batch.rows < 4 * rows,
        _ => batch.rows < rows,
    }
}
