//! Imports on the wire.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::scoring_runs::ProgressView;
use crate::{
    domain::{
        ids::Id,
        imports::{Import, ImportKind, ImportReject, ImportSearch, ImportSort, LedgerSummary, RejectSort},
        instants::Instant,
        jobs::JobStatus,
        ledger::{LedgerFormat, RawLedgerOptions},
    },
    list_params,
};

list_params! {
    /// Which imports.
    ListImports sorted by ImportSort = NewestFirst {
        /// Of this kind.
        #[param(inline)] kind: ImportKind,
        /// At this status.
        #[param(inline)] status: JobStatus,
    }
}

impl From<ListImports> for ImportSearch {
    fn from(params: ListImports) -> Self {
        Self { kind: params.kind, status: params.status }
    }
}

list_params! {
    /// Which part of a report.
    ListRejects sorted by RejectSort = Line {}
}

/// What an uploaded file holds and how it is to be read.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadParams {
    /// What the file holds.
    #[param(inline)]
    pub kind: ImportKind,
    /// How it is written; without it a file that begins with `{` is NDJSON, unless the content type says otherwise.
    #[serde(default)]
    #[param(inline, nullable = false)]
    pub format: Option<LedgerFormat>,
    /// The file's names of columns: `customer_ref=CustomerID,order_ref=InvoiceNo`.
    #[serde(default)]
    #[validate(length(min = 1, max = 4000))]
    #[param(min_length = 1, max_length = 4000, nullable = false, example = "customer_ref=CustomerID,order_ref=InvoiceNo")]
    pub map: Option<String>,
    /// What stands in for absent columns and empty cells: `channel=web,store=S1`.
    #[serde(default)]
    #[validate(length(min = 1, max = 4000))]
    #[param(min_length = 1, max_length = 4000, nullable = false, example = "channel=web,store=S1")]
    pub defaults: Option<String>,
    /// How dates are written, in the terms of strftime; without it RFC 3339, `YYYY-MM-DD` and `YYYY-MM-DD HH:MM[:SS]` are read.
    #[serde(default)]
    #[validate(length(min = 1, max = 100))]
    #[param(min_length = 1, max_length = 100, nullable = false, example = "%m/%d/%Y %H:%M")]
    pub date_format: Option<String>,
    /// The IANA name of the zone of local times; UTC without it.
    #[serde(default)]
    #[validate(length(min = 1, max = 50))]
    #[param(min_length = 1, max_length = 50, nullable = false, example = "Asia/Shanghai")]
    pub time_zone: Option<String>,
    /// What parts the cells: `,`, `;`, `|` or `tab`; a comma without it.
    #[serde(default)]
    #[validate(length(min = 1, max = 3))]
    #[param(min_length = 1, max_length = 3, pattern = r"^([,;|]|tab)$", nullable = false, example = ";")]
    pub delimiter: Option<String>,
    /// The currency of the amounts, which must be the shop's.
    #[serde(default)]
    #[validate(length(min = 3, max = 3))]
    #[param(min_length = 3, max_length = 3, pattern = "^[A-Z]{3}$", nullable = false, example = "CNY")]
    pub currency: Option<String>,
    /// The system whose references the file holds; `ledger` without it.
    #[serde(default)]
    #[validate(length(min = 1, max = 50))]
    #[param(min_length = 1, max_length = 50, pattern = "^[a-z0-9][a-z0-9_.-]{0,49}$", nullable = false, example = "erp")]
    pub system: Option<String>,
}

impl UploadParams {
    /// The options as they are kept; `format` is what the content type says.
    pub fn options(self, format: Option<LedgerFormat>) -> RawLedgerOptions {
        RawLedgerOptions {
            format: self.format.or(format).map(|format| format.to_string()),
            map: self.map,
            defaults: self.defaults,
            date_format: self.date_format,
            time_zone: self.time_zone,
            delimiter: self.delimiter,
            currency: self.currency,
            system: self.system,
        }
    }
}

/// An import: a job while it works, then the record of what it brought.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Import, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a95", "kind": "ledger", "status": "running", "progress": {"done": 2_000_000, "total": 3_585_612},
    "options": {"map": "customer_ref=CustomerID", "system": "erp"}, "byte_count": 3_585_612, "summary": null, "error": null,
    "created_at": "2026-06-30T00:05:00Z", "started_at": "2026-06-30T00:05:01Z", "finished_at": null
}))]
pub struct ImportView {
    /// The import's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Import>,
    /// What the file holds.
    pub kind: ImportKind,
    /// How far it has come. A file that can not be read as a ledger is `failed` at once, and nothing of it went in.
    pub status: JobStatus,
    /// The same in bytes of the file.
    pub progress: ProgressView,
    /// How the file is read, as it was said.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    pub options: RawLedgerOptions,
    /// The length of the file.
    #[schema(minimum = 0)]
    pub byte_count: i64,
    /// What came of it, once completed.
    #[schema(required)]
    pub summary: Option<LedgerSummary>,
    /// Why the last attempt failed.
    #[schema(required)]
    pub error: Option<String>,
    /// When the file had arrived.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When the last attempt began.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Instant>,
    /// When it ended.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Instant>,
}

impl From<Import> for ImportView {
    fn from(import: Import) -> Self {
        let Import { id, kind, options, byte_count, summary, status, progress, error, created_at, started_at, finished_at } = import;
        Self {
            id,
            kind,
            status,
            progress: ProgressView { done: progress.done, total: progress.total },
            options,
            byte_count,
            summary,
            error,
            created_at,
            started_at,
            finished_at,
        }
    }
}

/// A row that stayed out, or, where the code is `already_taken`, went in without a value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ImportReject, example = json!({"line": 117, "column": "quantity", "code": "quantity_zero", "value": "0", "message": "must not be 0"}))]
pub struct RejectView {
    /// The line of the file where the row starts; the first line is 1.
    #[schema(minimum = 1)]
    pub line: i64,
    /// The column at fault, by its name in the file; null for the row as a whole.
    #[schema(required)]
    pub column: Option<String>,
    /// The broken rule.
    #[schema(pattern = "^[a-z0-9_]+$")]
    pub code: String,
    /// What stood there: at most 200 characters.
    pub value: String,
    /// The rule in words.
    pub message: String,
}

impl From<ImportReject> for RejectView {
    fn from(reject: ImportReject) -> Self {
        let ImportReject { line, column, code, value, message } = reject;
        Self { line, column, code, value, message }
    }
}
