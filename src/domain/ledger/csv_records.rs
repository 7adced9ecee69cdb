//! Comma-separated values, one record at a time, with the physical line where each starts.
//!
//! On `csv_core` rather than the reader on top of it: that one lets a record grow without limit, as an unclosed quote makes it do.

use std::io::Read;

use csv_core::ReadRecordResult;

use super::{encodings, faults::LedgerFileError, source::Source};

/// The longest record, in bytes of the file.
pub(super) const MAX_RECORD_BYTES: usize = 1024 * 1024;

/// Bytes looked at to guess an encoding.
const SAMPLE_BYTES: usize = 4096;

/// The records of a file.
pub(super) struct CsvRecords<R: Read> {
    source: Source<R>,
    core: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    line: u64,
    after_return: bool,
}

/// One record, quotes taken off.
#[derive(Debug, Clone, Copy)]
pub(super) struct CsvRecord<'a> {
    /// The line where it starts.
    pub line: u64,
    /// The line where it ends.
    pub last_line: u64,
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> CsvRecord<'a> {
    /// The number of fields.
    pub(super) const fn len(self) -> usize {
        self.ends.len()
    }

    /// The field at `position`, without blanks around it.
    pub(super) fn field(self, position: usize) -> Option<&'a str> {
        let end = *self.ends.get(position)?;
        let start = position.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start..end).map(str::trim)
    }

    /// Every field.
    pub(super) fn fields(self) -> impl Iterator<Item = &'a str> {
        (0..self.len()).filter_map(move |position| self.field(position))
    }
}

impl<R: Read> CsvRecords<R> {
    pub(super) fn new(source: Source<R>, delimiter: u8) -> Self {
        let core = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Self { source, core, text: vec![0; 4096], ends: vec![0; 64], line: 1, after_return: false }
    }

    pub(super) const fn source(&self) -> &Source<R> {
        &self.source
    }

    /// The next record that is no empty line.
    pub(super) fn read(&mut self) -> Result<Option<CsvRecord<'_>>, LedgerFileError> {
        self.skip_line_ends()?;
        let line = self.line;
        let (mut taken, mut written, mut ended, mut last) = (0, 0, 0, None);
        loop {
            let input = self.source.fill()?;
            let text = self.text.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(ended..).unwrap_or_default();
            let (result, read, wrote, closed) = self.core.read_record(input, text, ends);
            let consumed = input.get(..read).unwrap_or_default();
            let breaks = memchr::memchr_iter(b'\n', consumed).count();
            self.line += u64::try_from(breaks).unwrap_or(0);
            last = consumed.last().copied().or(last);
            self.source.consume(read);
            (taken, written, ended) = (taken + read, written + wrote, ended + closed);
            if taken > MAX_RECORD_BYTES {
                return Err(LedgerFileError::RecordTooLong { line });
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::Record => {
                    // In a record's own text only \n counts as the end of a line; \r counts where it ends the record.
                    self.after_return = read > 0 && last == Some(b'\r');
                    self.line += u64::from(self.after_return);
                    let past_break = self.after_return || last == Some(b'\n');
                    let last_line = self.line - u64::from(past_break);
                    return self.record(line, last_line, written, ended).map(Some);
                }
            }
        }
    }

    fn record(&mut self, line: u64, last_line: u64, written: usize, ended: usize) -> Result<CsvRecord<'_>, LedgerFileError> {
        let bytes = self.text.get(..written).unwrap_or_default();
        let ends = self.ends.get(..ended).unwrap_or_default();
        let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| ends.iter().all(|&end| text.is_char_boundary(end))) else {
            let sample = [bytes, self.source.fill()?].concat();
            let guess = encodings::guess(sample.get(..SAMPLE_BYTES).unwrap_or(&sample));
            return Err(LedgerFileError::Encoding { line, guess });
        };
        Ok(CsvRecord { line, last_line, text, ends })
    }

    fn skip_line_ends(&mut self) -> Result<(), LedgerFileError> {
        loop {
            let input = self.source.fill()?;
            let (mut skipped, mut line, mut after_return) = (0, self.line, self.after_return);
            for &byte in input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')) {
                let second_half = byte == b'\n' && after_return;
                line += u64::from(!second_half);
                after_return = byte == b'\r';
                skipped += 1;
            }
            let all = skipped == input.len() && skipped > 0;
            (self.line, self.after_return) = (line, after_return);
            self.source.consume(skipped);
            if !all {
                self.after_return = false;
                return Ok(());
            }
        }
    }
}
