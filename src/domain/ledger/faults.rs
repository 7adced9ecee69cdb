//! What can be wrong with one row, and with a file as a whole.

use std::io;

use super::columns::{self, Column};

/// Characters of a rejected value that are reported.
const VALUE_CHARS: usize = 200;

/// A row that stays out, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RowReject {
    /// The physical line of the file where the row starts; the first line is 1.
    pub line: u64,
    /// The column at fault, by its name in the file; `None` when it is the row as a whole.
    pub column: Option<String>,
    /// The broken rule, stable and in snake_case.
    pub code: &'static str,
    /// What stood there: at most 200 characters, with `�` for control characters.
    pub value: String,
    /// The rule in words.
    pub message: String,
}

impl RowReject {
    pub(super) fn new(line: u64, column: Option<String>, code: &'static str, value: &str, message: String) -> Self {
        Self { line, column, code, value: columns::printable(value, VALUE_CHARS), message }
    }
}

/// What is wrong with one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CellFault {
    pub column: Column,
    pub code: &'static str,
    pub message: String,
}

impl CellFault {
    pub(super) fn new(column: Column, code: &'static str, message: impl Into<String>) -> Self {
        Self { column, code, message: message.into() }
    }
}

/// A file that can not be read as a ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerFileError {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Needed columns that neither the file nor a default gives.
    #[error("missing column: {}; the file has: {}{}", .missing.join(", "), .found.join(", "), delimiter_hint(.found))]
    MissingColumn {
        /// The columns, with the name that was looked for.
        missing: Vec<String>,
        /// The headers found.
        found: Vec<String>,
    },
    /// Several headers for one column.
    #[error("several headers give the column {column}; the file has: {}", .found.join(", "))]
    DuplicateColumn {
        /// The column.
        column: Column,
        /// The headers found.
        found: Vec<String>,
    },
    /// Not UTF-8, or no text at all.
    #[error("line {line}: the file must be text in UTF-8; this looks like {guess}")]
    Encoding {
        /// The first line at fault.
        line: u64,
        /// What it looks like, by name.
        guess: &'static str,
    },
    /// A gzip stream that ends too early.
    #[error("the gzip stream is cut off: the end of the file is missing")]
    TruncatedGzip,
    /// A gzip stream that can not be decoded.
    #[error("the gzip stream is damaged")]
    CorruptGzip,
    /// A record longer than 1 MiB: most often a quote that is never closed.
    #[error("the record that starts on line {line} is longer than 1 MiB (a quote that is never closed?)")]
    RecordTooLong {
        /// Where it starts.
        line: u64,
    },
    /// More text than is taken in.
    #[error("the file holds more than {limit} bytes once it is unpacked; larger ones go in with `patron import ledger`")]
    TooLong {
        /// How many there may be.
        limit: u64,
    },
    /// Hardly a row is good.
    #[error(
        "{rejected} of the first {read} rows were rejected, so the columns hold something else than they are taken for; the report of rejects says what"
    )]
    TooManyRejects {
        /// Rows that were rejected.
        rejected: u64,
        /// Rows that were read.
        read: u64,
    },
    /// More categories than a shop can have.
    #[error("line {line}: more than {limit} categories (is the category column mapped to the right one?)")]
    TooManyCategories {
        /// The row that has one too many.
        line: u64,
        /// How many there may be.
        limit: usize,
    },
    /// The stream broke.
    #[error("the file could not be read: {0}")]
    Io(#[from] io::Error),
}

impl LedgerFileError {
    /// The broken rule, stable and in snake_case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::MissingColumn { .. } => "missing_column",
            Self::DuplicateColumn { .. } => "duplicate_column",
            Self::Encoding { .. } => "encoding",
            Self::TruncatedGzip => "truncated_gzip",
            Self::CorruptGzip => "corrupt_gzip",
            Self::RecordTooLong { .. } => "record_too_long",
            Self::TooLong { .. } => "file_too_long",
            Self::TooManyRejects { .. } => "too_many_rejects",
            Self::TooManyCategories { .. } => "too_many_categories",
            Self::Io(_) => "io",
        }
    }
}

const fn delimiter_hint(found: &[String]) -> &'static str {
    if found.len() == 1 { " (is the delimiter right?)" } else { "" }
}
