//! Imports: files that are brought in as jobs, and what came of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    ids::Id,
    instants::Instant,
    jobs::{JobStatus, Progress},
    ledger::RawLedgerOptions,
    paging::SortOrder,
};

text_enum! {
    /// What a file holds.
    ImportKind {
        /// A shop's trade, one row an order line.
        Ledger = "ledger",
    }
}

/// An import as it is kept, with the state of its job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The import's id, which is its job's too.
    pub id: Id<Import>,
    /// What the file holds.
    pub kind: ImportKind,
    /// How the file is to be read, as it was said.
    pub options: RawLedgerOptions,
    /// The length of the file as it was sent.
    pub byte_count: i64,
    /// What came of it, once completed.
    pub summary: Option<LedgerSummary>,
    /// How far it has come.
    pub status: JobStatus,
    /// Bytes worked off, of all.
    pub progress: Progress,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// When the file had arrived.
    pub created_at: Instant,
    /// When the last attempt began.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub finished_at: Option<Instant>,
}

/// How many resources of one kind a ledger made, changed or found as they are. Each is counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Changes {
    /// New ones.
    #[schema(minimum = 0)]
    pub created: u64,
    /// Ones of which the ledger knew more or something newer.
    #[schema(minimum = 0)]
    pub updated: u64,
    /// Ones that stand as the ledger says.
    #[schema(minimum = 0)]
    pub unchanged: u64,
}

impl Changes {
    /// Adds another count.
    pub const fn add(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
    }
}

/// What came of a ledger. A file that was taken up again after a break tells of the last attempt: what had gone in before is unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "rows_read": 196_152, "rows_imported": 195_056, "rows_rejected": 1_096, "rows_rounded": 0, "values_left_out": 0, "lines_written": 195_056,
    "customers": {"created": 308, "updated": 0, "unchanged": 0}, "categories": {"created": 349, "updated": 0, "unchanged": 0},
    "products": {"created": 30_107, "updated": 0, "unchanged": 0}, "orders": {"created": 18_601, "updated": 0, "unchanged": 0}, "orders_kept": 0,
    "bytes": 3_585_612, "duration_ms": 5_210, "ignored_columns": []
}))]
pub struct LedgerSummary {
    /// Rows of the file, the header apart.
    #[schema(minimum = 0)]
    pub rows_read: u64,
    /// Rows that went in, those included that were there already.
    #[schema(minimum = 0)]
    pub rows_imported: u64,
    /// Rows that stayed out; the report of rejects has each.
    #[schema(minimum = 0)]
    pub rows_rejected: u64,
    /// Rows with an amount of more decimals than the currency has, rounded half-up.
    #[schema(minimum = 0)]
    pub rows_rounded: u64,
    /// E-mails, phones and card numbers that belong to another customer: the row went in without it, and the report of rejects has each as `already_taken`.
    #[schema(minimum = 0)]
    pub values_left_out: u64,
    /// Lines of orders that were stored.
    #[schema(minimum = 0)]
    pub lines_written: u64,
    /// Customers.
    pub customers: Changes,
    /// Categories.
    pub categories: Changes,
    /// Products.
    pub products: Changes,
    /// Orders.
    pub orders: Changes,
    /// Orders that the ledger tells otherwise but that were changed here since they came in: they stay as they are.
    #[schema(minimum = 0)]
    pub orders_kept: u64,
    /// Bytes read.
    #[schema(minimum = 0)]
    pub bytes: u64,
    /// How long it took, in milliseconds.
    #[schema(minimum = 0)]
    pub duration_ms: u64,
    /// Columns of the file that a ledger does not have: is one misspelt, or to be mapped?
    pub ignored_columns: Vec<String>,
}

impl LedgerSummary {
    /// Adds the counts of a part; bytes, time and ignored columns are the whole's.
    pub const fn add(&mut self, part: &Self) {
        self.rows_read += part.rows_read;
        self.rows_imported += part.rows_imported;
        self.rows_rejected += part.rows_rejected;
        self.rows_rounded += part.rows_rounded;
        self.values_left_out += part.values_left_out;
        self.lines_written += part.lines_written;
        self.customers.add(part.customers);
        self.categories.add(part.categories);
        self.products.add(part.products);
        self.orders.add(part.orders);
        self.orders_kept += part.orders_kept;
    }
}

/// A row that stayed out, or went in without a value, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReject {
    /// The line of the file where the row starts; the first line is 1.
    pub line: i64,
    /// The column at fault, by its name in the file; none for the row as a whole.
    pub column: Option<String>,
    /// The broken rule.
    pub code: String,
    /// What stood there.
    pub value: String,
    /// The rule in words.
    pub message: String,
}

text_enum! {
    /// The orders of the list of imports.
    ImportSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for ImportSort {}

text_enum! {
    /// The order of a report of rejects: that of the file.
    RejectSort { Line = "line" }
}

impl SortOrder for RejectSort {}

/// Which imports are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportSearch {
    /// Of this kind.
    pub kind: Option<ImportKind>,
    /// At this status.
    pub status: Option<JobStatus>,
}
