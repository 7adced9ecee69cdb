//! Sorted rows an invoice at a time: what becomes a sale, a return, or one of each.

use std::{io, iter::Peekable};

use super::{faults::RowReject, row::LedgerRow};
use crate::domain::orders::OrderType;

/// Rows of one invoice that are held together; an invoice with more is a column that was taken for the order's by mistake.
const MAX_INVOICE_ROWS: usize = 50_000;

/// The rows of one customer's invoice, in the order of the file. At least one of the two lists has rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceGroup {
    /// Who bought; `None` for an anonymous order.
    pub customer_ref: Option<String>,
    /// The invoice.
    pub order_ref: String,
    /// What was bought.
    pub sale: Vec<LedgerRow>,
    /// What was given back.
    pub returns: Vec<LedgerRow>,
}

impl InvoiceGroup {
    fn starting_with(row: LedgerRow) -> Self {
        let (customer_ref, order_ref) = (row.customer_ref().map(str::to_owned), row.order_ref().to_owned());
        let mut group = Self { customer_ref, order_ref, sale: Vec::new(), returns: Vec::new() };
        group.push(row);
        group
    }

    /// The reference of the return: that of the invoice, with `-R` where the invoice is a sale too.
    pub fn return_ref(&self) -> String {
        if self.sale.is_empty() { self.order_ref.clone() } else { format!("{}-R", self.order_ref) }
    }

    fn owns(&self, row: &LedgerRow) -> bool {
        self.customer_ref.as_deref() == row.customer_ref() && self.order_ref == row.order_ref()
    }

    fn push(&mut self, row: LedgerRow) {
        match row.order_type() {
            OrderType::Sale => self.sale.push(row),
            OrderType::Return => self.returns.push(row),
        }
    }

    const fn len(&self) -> usize {
        self.sale.len() + self.returns.len()
    }
}

/// One step of [`Invoices`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvoiceOrRejects {
    /// An invoice in whole.
    Invoice(InvoiceGroup),
    /// Rows of an invoice that has too many to be held, all of which stay out.
    Rejects(Vec<RowReject>),
}

/// Invoices from rows in import order.
#[derive(Debug)]
pub struct Invoices<I: Iterator<Item = io::Result<LedgerRow>>> {
    rows: Peekable<I>,
    max_rows: usize,
    /// The invoice that proved too long, while its rows still come.
    too_long: Option<InvoiceGroup>,
}

impl<I: Iterator<Item = io::Result<LedgerRow>>> Invoices<I> {
    /// `rows` must be in the order of [`LedgerRow::import_order`].
    pub fn new(rows: I) -> Self {
        Self { rows: rows.peekable(), max_rows: MAX_INVOICE_ROWS, too_long: None }
    }

    fn step(&mut self) -> io::Result<Option<InvoiceOrRejects>> {
        let Some(first) = self.rows.next().transpose()? else { return Ok(None) };
        let mut group = InvoiceGroup::starting_with(first);
        while group.len() < self.max_rows
            && let Some(row) = self.rows.next_if(|row| row.as_ref().map_or(true, |row| group.owns(row)))
        {
            group.push(row?);
        }
        let before = self.too_long.take().is_some_and(|long| long.customer_ref == group.customer_ref && long.order_ref == group.order_ref);
        let goes_on = self.rows.peek().is_some_and(|row| row.as_ref().is_ok_and(|row| group.owns(row)));
        if !before && !goes_on {
            return Ok(Some(InvoiceOrRejects::Invoice(group)));
        }
        let rejects = group.sale.drain(..).chain(group.returns.drain(..)).map(|row| {
            let message = format!("belongs to an order of more than {} rows", self.max_rows);
            RowReject::new(row.line(), None, "too_many_lines", row.order_ref(), message)
        });
        let rejects = InvoiceOrRejects::Rejects(rejects.collect());
        self.too_long = Some(group);
        Ok(Some(rejects))
    }
}

impl<I: Iterator<Item = io::Result<LedgerRow>>> Iterator for Invoices<I> {
    type Item = io::Result<InvoiceOrRejects>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ledger::{LedgerSorter, samples};

    fn invoices(rows: &[(&str, &str, i64)], max_rows: usize) -> Vec<InvoiceOrRejects> {
        let mut sorter = LedgerSorter::new(2);
        for (line, &(customer, order, quantity)) in (2..).zip(rows) {
            sorter.push(samples::row(customer, order, quantity, line)).unwrap();
        }
        let invoices = Invoices { max_rows, ..sorter.finish().unwrap().invoices() };
        invoices.collect::<io::Result<_>>().unwrap()
    }

    /// Customer, order, reference of the return, lines of the sale, lines of the return.
    type Seen = (Option<String>, String, String, Vec<u64>, Vec<u64>);

    fn seen(step: &InvoiceOrRejects) -> Seen {
        let InvoiceOrRejects::Invoice(group) = step else { panic!("{step:?}") };
        let lines = |rows: &[LedgerRow]| rows.iter().map(LedgerRow::line).collect();
        (group.customer_ref.clone(), group.order_ref.clone(), group.return_ref(), lines(&group.sale), lines(&group.returns))
    }

    #[test]
    fn parts_a_mixed_invoice_and_keeps_the_reference_of_a_pure_return() {
        let rows = [
            ("B", "I1", 1),
            ("", "I9", 1),
            ("A", "I2", -1),
            ("B", "I1", -1),
            ("A", "I3", 2),
            ("B", "I1", 3),
            ("", "I8", 1),
            ("B", "I2", 1),
        ];
        let found: Vec<Seen> = invoices(&rows, 100).iter().map(seen).collect();
        let invoice = |customer: &str, order: &str, return_ref: &str, sale: &[u64], returns: &[u64]| {
            (Some(customer.to_owned()).filter(|it| !it.is_empty()), order.into(), return_ref.into(), sale.to_vec(), returns.to_vec())
        };
        let expected = [
            invoice("A", "I2", "I2", &[], &[4]),
            invoice("A", "I3", "I3-R", &[6], &[]),
            invoice("B", "I1", "I1-R", &[2, 7], &[5]),
            invoice("B", "I2", "I2-R", &[9], &[]),
            invoice("", "I8", "I8-R", &[8], &[]),
            invoice("", "I9", "I9-R", &[3], &[]),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn rejects_an_invoice_that_is_too_long_in_whole() {
        let mut rows = vec![("A", "I1", 1), ("A", "I1", 1)];
        rows.extend([("A", "I2", 1); 7]);
        rows.extend([("A", "I3", 1), ("A", "I3", 1), ("A", "I3", 1)]);
        let steps = invoices(&rows, 3);
        assert_eq!(steps.len(), 5);
        assert_eq!(seen(&steps[0]).3, [2, 3]);
        let rejected: Vec<u64> = steps[1..4]
            .iter()
            .flat_map(|step| {
                match step {
                    InvoiceOrRejects::Rejects(rejects) => rejects.iter().map(|reject| (reject.line, reject.code)),
                    InvoiceOrRejects::Invoice(group) => panic!("{group:?}"),
                }
                .collect::<Vec<_>>()
            })
            .map(|(line, code)| {
                assert_eq!(code, "too_many_lines");
                line
            })
            .collect();
        assert_eq!(rejected, [4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(seen(&steps[4]).3, [11, 12, 13]);
    }
}
