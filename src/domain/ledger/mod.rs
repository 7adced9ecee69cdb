//! A shop's ledger, one row per order line, from bytes to checked rows in import order.
//!
//! Lives here: the options of an import, [`LedgerReader`] over any byte stream, and [`LedgerSorter`], which gathers the rows of an
//! order from anywhere in the file. What a row comes to in the database is the business of the import service.
//! May import: nothing of ours but `domain`. Unlike the rest of the domain it reads the stream it is given and, through the sorter,
//! an unnamed temporary file; memory stays flat however long the ledger is.
//!
//! A row passes: `source` (unpack, refuse other encodings) → `csv_records` or `ndjson_records` → `row_parser`
//! (with `cells`, `dates`, `decimals`, `amounts`) → `row` → `sorter` (with `runs`, `row_codec`) → `invoices`.

mod amounts;
mod cells;
mod columns;
mod csv_records;
mod dates;
mod decimals;
mod encodings;
mod faults;
mod invoices;
mod ndjson_records;
mod options;
mod reader;
#[cfg(test)]
mod reader_tests;
mod row;
mod row_codec;
mod row_parser;
#[cfg(test)]
mod row_parser_tests;
mod runs;
#[cfg(test)]
mod samples;
mod sorter;
mod source;

pub use columns::Column;
pub use faults::{LedgerFileError, RowReject};
pub use invoices::{InvoiceGroup, InvoiceOrRejects, Invoices};
pub use options::{LedgerFormat, LedgerOptions, RawLedgerOptions};
pub use reader::LedgerReader;
pub use row::{LedgerRow, PATH_SEPARATOR};
pub use sorter::{LedgerSorter, SortedRows};
