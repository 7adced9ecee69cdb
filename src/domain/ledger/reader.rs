//! Reads a ledger row by row, keeping one record in memory.

use std::{
    fmt,
    io::Read,
    sync::{Arc, atomic::AtomicU64, atomic::Ordering},
};

use super::{
    columns::{self, Cells, Column, Layout},
    csv_records::{CsvRecord, CsvRecords},
    faults::{LedgerFileError, RowReject},
    ndjson_records::{JsonRow, Names, NdjsonRecords},
    options::{LedgerFormat, LedgerOptions},
    row::LedgerRow,
    row_parser::RowParser,
    source::Source,
};
use crate::domain::TextEnum;

/// The rows of a ledger file in the order of the file: for each record a row or the reason why it is rejected.
/// After an error of the file as a whole it ends.
pub struct LedgerReader<R: Read> {
    records: Records<R>,
    parser: RowParser,
    rows: u64,
    rejected: u64,
    rounded: u64,
    ended: bool,
}

enum Records<R: Read> {
    Csv { records: Box<CsvRecords<R>>, layout: Box<Layout>, headers: usize, delimiter: char },
    Ndjson { records: Box<NdjsonRecords<R>>, names: Names, checked: bool },
}

impl<R: Read> LedgerReader<R> {
    /// Opens a file: plain or gzip, CSV (its header is read) or NDJSON.
    ///
    /// # Errors
    /// [`LedgerFileError`] when the file can not be read as a ledger. What an NDJSON file lacks shows with its first object.
    pub fn new(stream: R, options: &LedgerOptions) -> Result<Self, LedgerFileError> {
        Self::limited(stream, options, u64::MAX)
    }

    /// As [`Self::new`], of a file that holds at most `limit` bytes once it is unpacked.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn limited(stream: R, options: &LedgerOptions, limit: u64) -> Result<Self, LedgerFileError> {
        let mut source = Source::open(stream, limit)?;
        let start = source.fill()?;
        if start.is_empty() {
            return Err(LedgerFileError::Empty);
        }
        let looks = if start.trim_ascii_start().first() == Some(&b'{') { LedgerFormat::Ndjson } else { LedgerFormat::Csv };
        let records = match options.format.unwrap_or(looks) {
            LedgerFormat::Csv => Records::csv(CsvRecords::new(source, options.delimiter), options)?,
            LedgerFormat::Ndjson => {
                Records::Ndjson { records: Box::new(NdjsonRecords::new(source)), names: Names::new(&options.names), checked: false }
            }
        };
        Ok(Self { records, parser: RowParser::new(options), rows: 0, rejected: 0, rounded: 0, ended: false })
    }

    /// The bytes read so far of the stream as it was given (packed bytes where it is gzip).
    pub fn bytes_read(&self) -> u64 {
        self.byte_counter().load(Ordering::Relaxed)
    }

    /// The same count as a handle, for a progress display that does not hold the reader.
    pub fn byte_counter(&self) -> &Arc<AtomicU64> {
        match &self.records {
            Records::Csv { records, .. } => records.source().count(),
            Records::Ndjson { records, .. } => records.source().count(),
        }
    }

    /// Good rows so far.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Rejected rows so far.
    pub const fn rejected(&self) -> u64 {
        self.rejected
    }

    /// Good rows so far with an amount that was rounded.
    pub const fn rounded(&self) -> u64 {
        self.rounded
    }

    /// The headers of the file that are no column's; of NDJSON the first hundred names met so far.
    pub fn ignored_columns(&self) -> &[String] {
        match &self.records {
            Records::Csv { layout, .. } => &layout.ignored,
            Records::Ndjson { names, .. } => &names.ignored,
        }
    }

    fn read(&mut self) -> Result<Option<Result<LedgerRow, RowReject>>, LedgerFileError> {
        let parser = &mut self.parser;
        match &mut self.records {
            Records::Csv { records, layout, headers, delimiter } => {
                let Some(record) = records.read()? else { return Ok(None) };
                if record.len() != *headers {
                    return Ok(Some(Err(wrong_length(record, *headers, *delimiter))));
                }
                let mut cells = Cells::empty();
                for (column, position) in layout.positions.iter() {
                    if let Some(text) = position.and_then(|position| record.field(position)) {
                        cells.set(column, text);
                    }
                }
                parser.parse(record.line, &cells).map(Some)
            }
            Records::Ndjson { records, names, checked } => {
                let Some((line, text)) = records.read()? else { return Ok(None) };
                let row = match names.object(text) {
                    Ok(row) => row,
                    Err(message) => return Ok(Some(Err(RowReject::new(line, None, "malformed", text, message)))),
                };
                if !*checked {
                    check_names(&row, names, parser)?;
                    *checked = true;
                }
                if let Some((fault, value)) = row.fault {
                    return Ok(Some(Err(parser.reject(line, fault, value))));
                }
                parser.parse(line, &row.cells()).map(Some)
            }
        }
    }
}

impl<R: Read> Records<R> {
    fn csv(mut records: CsvRecords<R>, options: &LedgerOptions) -> Result<Self, LedgerFileError> {
        let header = records.read()?.ok_or(LedgerFileError::Empty)?;
        let headers: Vec<&str> = header.fields().collect();
        let duplicate = |column| LedgerFileError::DuplicateColumn { column, found: columns::listed(&headers) };
        let layout = Layout::find(&headers, &options.names).map_err(duplicate)?;
        let has = |column| layout.positions.get(column).is_some_and(Option::is_some);
        let missing = columns::missing(has, &options.names, &options.defaults, true);
        if !missing.is_empty() {
            return Err(LedgerFileError::MissingColumn { missing, found: columns::listed(&headers) });
        }
        let headers = headers.len();
        Ok(Self::Csv { records: Box::new(records), layout: Box::new(layout), headers, delimiter: char::from(options.delimiter) })
    }
}

/// The first object shows what the file has; columns that need not be there may come with later ones.
fn check_names(row: &JsonRow<'_>, names: &Names, parser: &RowParser) -> Result<(), LedgerFileError> {
    let options = parser.options();
    let missing = columns::missing(|column| row.has(column), &options.names, &options.defaults, false);
    if missing.is_empty() {
        return Ok(());
    }
    let given = Column::ALL.iter().filter(|&&column| row.has(column)).map(|&column| options.name(column));
    let found: Vec<&str> = given.chain(names.ignored.iter().map(String::as_str)).collect();
    Err(LedgerFileError::MissingColumn { missing, found: columns::listed(&found) })
}

fn wrong_length(record: CsvRecord<'_>, headers: usize, delimiter: char) -> RowReject {
    let (line, last, found) = (record.line, record.last_line, record.len());
    let span = if last > line { format!(" and spans lines {line} to {last} (a quote that is never closed?)") } else { String::new() };
    let message = format!("has {found} fields where the header has {headers}{span}");
    let mut text = String::new();
    for field in record.fields().take(headers) {
        text.push_str(field);
        text.push(delimiter);
    }
    RowReject::new(line, None, "field_count", text.trim_end_matches(delimiter), message)
}

impl<R: Read> Iterator for LedgerReader<R> {
    type Item = Result<Result<LedgerRow, RowReject>, LedgerFileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let read = self.read();
        match &read {
            Ok(Some(Ok(row))) => {
                self.rows += 1;
                self.rounded += u64::from(row.rounded());
            }
            Ok(Some(Err(_))) => self.rejected += 1,
            Ok(None) | Err(_) => self.ended = true,
        }
        read.transpose()
    }
}

impl<R: Read> fmt::Debug for LedgerReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerReader").field("rows", &self.rows).field("rejected", &self.rejected).finish_non_exhaustive()
    }
}
