//! JSON objects, one a line; numbers are taken as they are written, never through floating point.

use std::{borrow::Cow, collections::HashMap, fmt, io::Read};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{
    columns::{self, Cells, Column, PerColumn},
    csv_records::MAX_RECORD_BYTES,
    encodings,
    faults::{CellFault, LedgerFileError},
    source::Source,
};

/// Unknown names that are remembered for the report.
const MAX_IGNORED: usize = 100;

/// The lines of a file.
pub(super) struct NdjsonRecords<R: Read> {
    source: Source<R>,
    text: Vec<u8>,
    line: u64,
}

impl<R: Read> NdjsonRecords<R> {
    pub(super) const fn new(source: Source<R>) -> Self {
        Self { source, text: Vec::new(), line: 0 }
    }

    pub(super) const fn source(&self) -> &Source<R> {
        &self.source
    }

    /// The next line that is not blank, with its number.
    pub(super) fn read(&mut self) -> Result<Option<(u64, &str)>, LedgerFileError> {
        while self.read_line()? {
            if !self.text.trim_ascii().is_empty() {
                return match std::str::from_utf8(&self.text) {
                    Ok(text) => Ok(Some((self.line, text.trim()))),
                    Err(_) => Err(LedgerFileError::Encoding { line: self.line, guess: encodings::guess(&self.text) }),
                };
            }
        }
        Ok(None)
    }

    fn read_line(&mut self) -> Result<bool, LedgerFileError> {
        self.text.clear();
        self.line += 1;
        loop {
            let input = self.source.fill()?;
            if input.is_empty() {
                return Ok(!self.text.is_empty());
            }
            let end = memchr::memchr(b'\n', input);
            let part = input.get(..end.unwrap_or(input.len())).unwrap_or_default();
            if self.text.len() + part.len() > MAX_RECORD_BYTES {
                return Err(LedgerFileError::RecordTooLong { line: self.line });
            }
            self.text.extend_from_slice(part);
            let used = part.len() + usize::from(end.is_some());
            self.source.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

/// Which columns a name in the objects gives.
#[derive(Debug)]
pub(super) struct Names {
    columns: HashMap<String, Vec<Column>>,
    /// Names that are no column's, as they were met.
    pub ignored: Vec<String>,
}

impl Names {
    pub(super) fn new(names: &PerColumn<Option<String>>) -> Self {
        let mut columns: HashMap<String, Vec<Column>> = HashMap::new();
        for (column, name) in names.iter() {
            columns.entry(name.clone().unwrap_or_else(|| column.to_string())).or_default().push(column);
        }
        Self { columns, ignored: Vec::new() }
    }

    fn ignore(&mut self, name: &str) {
        let name = columns::printable(name, 200);
        if self.ignored.len() < MAX_IGNORED && !self.ignored.contains(&name) {
            self.ignored.push(name);
        }
    }

    /// Reads one object.
    ///
    /// # Errors
    /// In words, when `text` is no JSON object.
    pub(super) fn object<'a>(&mut self, text: &'a str) -> Result<JsonRow<'a>, String> {
        let mut json = serde_json::Deserializer::from_str(text);
        let row = json.deserialize_map(RowVisitor(self)).and_then(|row| json.end().map(|()| row));
        row.map_err(|error| {
            let words = error.to_string();
            let (words, _) = words.split_once(" at line ").unwrap_or((&words, ""));
            format!("must be a JSON object: {words} (character {})", error.column())
        })
    }
}

/// The columns of one object.
#[derive(Debug)]
pub(super) struct JsonRow<'a> {
    values: PerColumn<Option<Cow<'a, str>>>,
    /// The first value that is neither string, number nor null.
    pub fault: Option<(CellFault, &'a str)>,
}

impl JsonRow<'_> {
    /// Whether the object names `column`, be its value null.
    pub(super) fn has(&self, column: Column) -> bool {
        self.values.get(column).is_some_and(Option::is_some)
    }

    pub(super) fn cells(&self) -> Cells<'_> {
        PerColumn::from_fn(|column| self.values.get(column).and_then(Option::as_deref).unwrap_or_default().trim())
    }
}

struct RowVisitor<'n>(&'n mut Names);

impl<'de> Visitor<'de> for RowVisitor<'_> {
    type Value = JsonRow<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut row = JsonRow { values: PerColumn::from_fn(|_| None), fault: None };
        while let Some(key) = map.next_key_seed(KeySeed)? {
            let Some(columns) = self.0.columns.get(key.as_ref()) else {
                map.next_value::<IgnoredAny>()?;
                self.0.ignore(&key);
                continue;
            };
            let raw = map.next_value::<&'de RawValue>()?.get();
            for &column in columns {
                if row.has(column) {
                    return Err(serde::de::Error::custom(format_args!("'{}' is given twice", columns::printable(&key, 50))));
                }
                let value = scalar(raw)?.unwrap_or_else(|| {
                    let fault = CellFault::new(column, "type", "must be a string or a number");
                    row.fault.get_or_insert((fault, raw));
                    Cow::Borrowed("")
                });
                row.values.set(column, Some(value));
            }
        }
        Ok(row)
    }
}

/// The text of a JSON string or number, nothing for null; `None` for what is neither.
fn scalar<'a, E: serde::de::Error>(raw: &'a str) -> Result<Option<Cow<'a, str>>, E> {
    match raw.as_bytes() {
        [b'"', ..] if raw.contains('\\') => serde_json::from_str(raw).map(|text: String| Some(Cow::Owned(text))).map_err(E::custom),
        [b'"', ..] => Ok(Some(Cow::Borrowed(raw.trim_matches('"')))),
        [b'n', ..] => Ok(Some(Cow::Borrowed(""))),
        [b'-' | b'0'..=b'9', ..] => Ok(Some(Cow::Borrowed(raw))),
        _ => Ok(None),
    }
}

/// Reads a key without copying it where it has no escapes.
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}
