//! How a file is to be read: what the caller may say, and the same checked.

use chrono_tz::Tz;

use super::{
    columns::{Cells, Column, PerColumn},
    dates::DateFormat,
    faults::RowReject,
    row::LedgerRow,
    row_parser,
};
use crate::domain::{TextEnum, field_error::FieldError, money::Currency};

/// The name of the reference system when none is given.
const DEFAULT_SYSTEM: &str = "ledger";

/// The longest name of a file's column, and the longest default.
const MAX_ENTRY_CHARS: usize = 500;

/// What the caller says of a file, as it was said: kept with the import.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawLedgerOptions {
    /// `csv` or `ndjson`; without it a file that starts with `{` is NDJSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The file's names of columns: `customer_ref=CustomerID,order_ref=InvoiceNo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map: Option<String>,
    /// What stands in for absent columns and empty cells: `channel=web,store=S1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defaults: Option<String>,
    /// strftime; without it RFC 3339, `YYYY-MM-DD` and `YYYY-MM-DD HH:MM[:SS]` are read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_format: Option<String>,
    /// IANA name of the zone of local times; UTC without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// `,`, `;`, `|` or `tab`; a comma without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// ISO 4217 code of the amounts; the base currency without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Name of the system whose references the file holds; `ledger` without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
}

text_enum! {
    /// How a ledger is written: comma-separated values with a header, or one JSON object a line.
    LedgerFormat { Csv = "csv", Ndjson = "ndjson" }
}

/// How a file is to be read.
#[derive(Debug, Clone)]
pub struct LedgerOptions {
    pub(super) format: Option<LedgerFormat>,
    pub(super) names: PerColumn<Option<String>>,
    pub(super) defaults: PerColumn<Option<String>>,
    pub(super) dates: DateFormat,
    pub(super) delimiter: u8,
    currency: Currency,
    system: String,
}

impl LedgerOptions {
    /// Checks what the caller said; `base` is the currency of the books, the only one that amounts can have.
    ///
    /// # Errors
    /// One [`FieldError`] for each fault, its pointer naming the field (and the column in `map` and `defaults`).
    pub fn parse(raw: &RawLedgerOptions, base: Currency) -> Result<Self, Vec<FieldError>> {
        let mut faults = Vec::new();
        let format = raw.format.as_deref().and_then(|text| {
            let format = LedgerFormat::parse(text);
            noted(&mut faults, "/format", "one_of", format.map_err(|it| it.to_string()))
        });
        let zone = raw.time_zone.as_deref().map_or(Some(Tz::UTC), |name| {
            let zone = name.parse::<Tz>().map_err(|_| "must be the IANA name of a time zone, such as Asia/Shanghai".to_owned());
            noted(&mut faults, "/time_zone", "time_zone", zone)
        });
        let dates = raw.date_format.as_deref().map_or_else(
            || zone.map(DateFormat::usual),
            |text| {
                let format = DateFormat::strftime(text, zone.unwrap_or(Tz::UTC));
                let message = "must be a strftime format that gives a whole date, such as %d.%m.%Y %H:%M";
                noted(&mut faults, "/date_format", "date_format", format.ok_or_else(|| message.to_owned()))
            },
        );
        let delimiter = raw.delimiter.as_deref().map_or(Some(b','), |text| {
            let delimiter = delimiter(text).ok_or_else(|| "must be one of: , ; | tab".to_owned());
            noted(&mut faults, "/delimiter", "one_of", delimiter)
        });
        let currency = raw.currency.as_deref().map_or(Some(base), |code| {
            let currency = Currency::parse(code).map_err(|it| it.to_string()).and_then(|currency| {
                if currency == base { Ok(base) } else { Err(format!("amounts are kept in {base}; {currency} can not be imported")) }
            });
            noted(&mut faults, "/currency", "currency", currency)
        });
        let system = raw.system.as_deref().map_or(Some(DEFAULT_SYSTEM), |name| {
            let message = "must be 1 to 50 lower-case letters, digits, '_', '.' or '-', beginning with a letter or digit";
            noted(&mut faults, "/system", "pattern", is_system(name).then_some(name).ok_or_else(|| message.to_owned()))
        });
        let names = entries(raw.map.as_deref(), "map", &mut faults);
        let defaults = entries(raw.defaults.as_deref(), "defaults", &mut faults);
        let (Some(dates), Some(delimiter), Some(currency), Some(system)) = (dates, delimiter, currency, system) else {
            return Err(faults);
        };
        let options = Self { format, names, defaults, dates, delimiter, currency, system: system.to_owned() };
        faults.extend(options.faulty_defaults());
        if faults.is_empty() { Ok(options) } else { Err(faults) }
    }

    /// The currency of every amount of the file.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// The name of the system whose references the file holds.
    pub fn system(&self) -> &str {
        &self.system
    }

    /// Why `row` stays out, or goes in without `value`: the fault is that of `column`, or of the row as a whole.
    pub fn reject(
        &self,
        row: &LedgerRow,
        column: Option<Column>,
        code: &'static str,
        value: &str,
        message: impl Into<String>,
    ) -> RowReject {
        let column = column.map(|column| self.name(column).to_owned());
        RowReject::new(row.line(), column, code, value, message.into())
    }

    /// The name that `column` has in the file.
    pub(super) fn name(&self, column: Column) -> &str {
        self.names.get(column).and_then(Option::as_deref).unwrap_or(column.as_str())
    }

    /// A default that no row could have is the caller's mistake, not that of every row.
    fn faulty_defaults(&self) -> Vec<FieldError> {
        let given = self.defaults.iter().filter_map(|(column, value)| value.as_deref().map(|value| (column, value)));
        given
            .filter_map(|(column, value)| {
                let mut cells = Cells::empty();
                cells.set(column, value);
                let fault = row_parser::check_cell(self, column, &cells).err()?;
                Some(FieldError { pointer: format!("/defaults/{column}"), code: fault.code, message: fault.message })
            })
            .collect()
    }
}

fn noted<T>(faults: &mut Vec<FieldError>, pointer: &str, code: &'static str, value: Result<T, String>) -> Option<T> {
    value.map_err(|message| faults.push(FieldError { pointer: pointer.to_owned(), code, message })).ok()
}

fn delimiter(text: &str) -> Option<u8> {
    match text {
        "tab" | "\\t" | "\t" => Some(b'\t'),
        "," => Some(b','),
        ";" => Some(b';'),
        "|" => Some(b'|'),
        _ => None,
    }
}

/// `^[a-z0-9][a-z0-9_.-]{0,49}$`
fn is_system(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= 50 && name.bytes().next().is_some_and(plain) && name.bytes().all(|byte| plain(byte) || b"_.-".contains(&byte))
}

/// Reads `column=text,column=text`.
fn entries(text: Option<&str>, field: &str, faults: &mut Vec<FieldError>) -> PerColumn<Option<String>> {
    let mut entries = PerColumn::from_fn(|_| None);
    for entry in text.unwrap_or_default().split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let Some((name, value)) = entry.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
            let message = "must be a list of column=text, parted by commas";
            faults.push(FieldError { pointer: format!("/{field}"), code: "malformed", message: message.to_owned() });
            continue;
        };
        let Ok(column) = Column::parse(name) else {
            let known: Vec<&str> = Column::ALL.iter().map(|column| column.as_str()).collect();
            let message =
                format!("'{}' is no column of a ledger; the columns are: {}", super::columns::printable(name, 50), known.join(", "));
            faults.push(FieldError { pointer: format!("/{field}"), code: "unknown_column", message });
            continue;
        };
        let mut fault =
            |code, message: &str| faults.push(FieldError { pointer: format!("/{field}/{column}"), code, message: message.to_owned() });
        if value.is_empty() || value.chars().count() > MAX_ENTRY_CHARS {
            fault("length", "must have 1 to 500 characters");
        } else if entries.get(column).is_some_and(Option::is_some) {
            fault("duplicate", "is given twice");
        } else {
            entries.set(column, Some(value.to_owned()));
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cny() -> Currency {
        Currency::parse("CNY").unwrap()
    }

    fn faults(raw: &RawLedgerOptions) -> Vec<(String, &'static str)> {
        LedgerOptions::parse(raw, cny()).unwrap_err().into_iter().map(|it| (it.pointer, it.code)).collect()
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn has_a_default_for_everything() {
        let options = LedgerOptions::parse(&RawLedgerOptions::default(), cny()).unwrap();
        assert_eq!((options.currency().as_str(), options.system(), options.delimiter, options.format), ("CNY", "ledger", b',', None));
        assert_eq!(options.name(Column::OrderRef), "order_ref");
    }

    #[test]
    fn reads_what_is_given() {
        let raw = RawLedgerOptions {
            format: some("ndjson"),
            map: some("customer_ref=CustomerID, order_ref = Invoice=No"),
            defaults: some("channel=web,store=S1,quantity=1"),
            date_format: some("%m/%d/%Y %H:%M"),
            time_zone: some("Europe/London"),
            delimiter: some("tab"),
            currency: some("CNY"),
            system: some("erp-1.x_y"),
        };
        let options = LedgerOptions::parse(&raw, cny()).unwrap();
        assert_eq!((options.name(Column::CustomerRef), options.name(Column::OrderRef)), ("CustomerID", "Invoice=No"));
        assert_eq!(options.defaults.get(Column::Store), Some(&some("S1")));
        assert_eq!((options.system(), options.delimiter, options.format), ("erp-1.x_y", b'\t', Some(LedgerFormat::Ndjson)));
        for (text, byte) in [(",", b','), (";", b';'), ("|", b'|'), ("\\t", b'\t'), ("\t", b'\t')] {
            assert_eq!(delimiter(text), Some(byte));
        }
    }

    type Field = fn(&mut RawLedgerOptions) -> &mut Option<String>;

    #[test]
    fn names_each_fault() {
        let table: [(Field, &str, &str, &str); 21] = [
            (|raw| &mut raw.format, "xml", "/format", "one_of"),
            (|raw| &mut raw.time_zone, "Mars/Olympus", "/time_zone", "time_zone"),
            (|raw| &mut raw.date_format, "%H:%M", "/date_format", "date_format"),
            (|raw| &mut raw.delimiter, ":", "/delimiter", "one_of"),
            (|raw| &mut raw.delimiter, "", "/delimiter", "one_of"),
            (|raw| &mut raw.currency, "EUR", "/currency", "currency"),
            (|raw| &mut raw.currency, "cny", "/currency", "currency"),
            (|raw| &mut raw.system, "", "/system", "pattern"),
            (|raw| &mut raw.system, "-x", "/system", "pattern"),
            (|raw| &mut raw.system, "ERP", "/system", "pattern"),
            (|raw| &mut raw.map, "order_ref", "/map", "malformed"),
            (|raw| &mut raw.map, "invoice=x", "/map", "unknown_column"),
            (|raw| &mut raw.map, "sku=", "/map/sku", "length"),
            (|raw| &mut raw.map, "sku=a,sku=b", "/map/sku", "duplicate"),
            (|raw| &mut raw.defaults, "channel=teleport", "/defaults/channel", "one_of"),
            (|raw| &mut raw.defaults, "quantity=0", "/defaults/quantity", "quantity_zero"),
            (|raw| &mut raw.defaults, "placed_at=soon", "/defaults/placed_at", "date"),
            (|raw| &mut raw.defaults, "unit_price=1e3", "/defaults/unit_price", "number"),
            (|raw| &mut raw.defaults, "email=nobody", "/defaults/email", "email"),
            (|raw| &mut raw.defaults, "currency=USD", "/defaults/currency", "currency"),
            (|raw| &mut raw.defaults, "store=a\u{0}b", "/defaults/store", "control_character"),
        ];
        for (field, text, pointer, code) in table {
            let mut raw = RawLedgerOptions::default();
            *field(&mut raw) = some(text);
            assert_eq!(faults(&raw), [(pointer.to_owned(), code)], "{text}");
        }
    }

    #[test]
    fn names_all_faults_at_once() {
        let raw = RawLedgerOptions { system: some("ERP"), delimiter: some(":"), map: some("x"), ..RawLedgerOptions::default() };
        let pointers: Vec<String> = faults(&raw).into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(pointers, ["/delimiter", "/system", "/map"]);
    }

    #[test]
    fn can_be_kept_as_json() {
        let raw = RawLedgerOptions { map: some("sku=EAN"), time_zone: some("Asia/Shanghai"), ..RawLedgerOptions::default() };
        let json = serde_json::to_string(&raw).unwrap();
        assert_eq!(json, r#"{"map":"sku=EAN","time_zone":"Asia/Shanghai"}"#);
        assert_eq!(serde_json::from_str::<RawLedgerOptions>(&json).unwrap(), raw);
        assert!(serde_json::from_str::<RawLedgerOptions>(r#"{"mpa":"x"}"#).is_err());
    }
}
