//! What came of an import, for the person who ran it.

use std::{fmt::Write, path::Path};

use indicatif::{HumanBytes, HumanCount};

use crate::domain::{
    imports::{Changes, LedgerSummary},
    ledger::RowReject,
};

/// A few lines of plain text.
pub(super) fn of(summary: &LedgerSummary, file: &Path, report: Option<&Path>, first_rejects: &[RowReject]) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut text, summary, file, report, first_rejects);
    text
}

fn write(text: &mut String, summary: &LedgerSummary, file: &Path, report: Option<&Path>, first_rejects: &[RowReject]) -> std::fmt::Result {
    let LedgerSummary { rows_read, rows_imported, rows_rejected, rows_rounded, lines_written, bytes, duration_ms, .. } = *summary;
    let rate = rows_read.saturating_mul(1000) / duration_ms.max(1);
    let (seconds, tenths) = (duration_ms / 1000, duration_ms % 1000 / 100);
    writeln!(text, "{}: {} in {seconds}.{tenths} s, {} rows/s", file.display(), HumanBytes(bytes), HumanCount(rate))?;
    writeln!(
        text,
        "  rows        {} read, {} imported, {} rejected, {} rounded",
        HumanCount(rows_read),
        HumanCount(rows_imported),
        HumanCount(rows_rejected),
        HumanCount(rows_rounded)
    )?;
    let changes = |Changes { created, updated, unchanged }: Changes| {
        format!("{} new, {} updated, {} unchanged", HumanCount(created), HumanCount(updated), HumanCount(unchanged))
    };
    writeln!(text, "  customers   {}", changes(summary.customers))?;
    writeln!(text, "  categories  {}", changes(summary.categories))?;
    writeln!(text, "  products    {}", changes(summary.products))?;
    writeln!(text, "  orders      {}; {} lines written", changes(summary.orders), HumanCount(lines_written))?;
    if summary.orders_kept > 0 {
        writeln!(text, "  {} orders differ but were changed here since they came in: left as they are", HumanCount(summary.orders_kept))?;
    }
    if summary.values_left_out > 0 {
        let left_out = HumanCount(summary.values_left_out);
        writeln!(
            text,
            "  {left_out} e-mails, phones or card numbers belong to another customer: left out, see the report (already_taken)"
        )?;
    }
    if !summary.ignored_columns.is_empty() {
        writeln!(text, "  ignored columns: {} (give them a meaning with --map)", summary.ignored_columns.join(", "))?;
    }
    match report {
        Some(path) => writeln!(text, "  report      {}", path.display()),
        None if first_rejects.is_empty() => Ok(()),
        None => {
            for RowReject { line, column, code, value, message } in first_rejects {
                writeln!(text, "  line {line}: {} '{value}' {message} ({code})", column.as_deref().unwrap_or("row"))?;
            }
            writeln!(text, "  … all of them in a file with --rejects FILE")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_came_of_a_file() {
        let summary = LedgerSummary {
            rows_read: 196_152,
            rows_imported: 195_056,
            rows_rejected: 1_096,
            lines_written: 195_056,
            customers: Changes { created: 308, updated: 0, unchanged: 0 },
            bytes: 3_585_612,
            duration_ms: 5_250,
            ignored_columns: vec!["Country".to_owned()],
            ..LedgerSummary::default()
        };
        let reject = RowReject {
            line: 7,
            column: Some("quantity".to_owned()),
            code: "quantity_zero",
            value: "0".to_owned(),
            message: "must not be 0".to_owned(),
        };
        let text = of(&summary, Path::new("ledger.csv.gz"), None, &[reject]);
        for line in [
            "ledger.csv.gz: 3.42 MiB in 5.2 s, 37,362 rows/s",
            "  rows        196,152 read, 195,056 imported, 1,096 rejected, 0 rounded",
            "  customers   308 new, 0 updated, 0 unchanged",
            "  ignored columns: Country (give them a meaning with --map)",
            "  line 7: quantity '0' must not be 0 (quantity_zero)",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
    }
}
