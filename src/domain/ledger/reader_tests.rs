//! The reader on whole files: their forms and their faults.

use std::io::{self, Cursor, Read, Write};

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;

use super::{
    LedgerFileError, LedgerReader, LedgerRow, RowReject,
    samples::{ReadFile, full, only, options, plain, read, read_with, some},
};
use crate::domain::TextEnum;

/// A stream that gives one byte at a time.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (Some((&first, rest)), Some(slot)) = (self.0.split_first(), buffer.first_mut()) else { return Ok(0) };
        *slot = first;
        self.0 = rest;
        Ok(1)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn rejects_a_row_alone_and_goes_on() {
    let file = "order_ref,placed_at,sku,quantity,line_total\n\
                B1,2017-01-01,K1,1,1.00\n\
                B1,2017-01-01,K1,1\n\
                B2,2017-01-01,\"two\nlines\",1,1.00\n\
                \r\n\
                B3,2017-01-01,K1,1,1.00,more\n\
                B4,2017-01-01,K1,0,1.00\r\n\
                B5,2017-01-01,K1,1,1.00";
    let mut reader = LedgerReader::new(file.as_bytes(), &plain()).unwrap();
    let seen: Vec<_> = reader.by_ref().map(|row| row.unwrap().map(|row| row.line()).map_err(|it| (it.line, it.code))).collect();
    let expected =
        [Ok(2), Err((3, "field_count")), Err((4, "control_character")), Err((7, "field_count")), Err((8, "quantity_zero")), Ok(9)];
    assert_eq!(seen, expected);
    assert_eq!((reader.rows(), reader.rejected(), reader.rounded()), (2, 4, 0));
    assert_eq!(reader.bytes_read(), u64::try_from(file.len()).unwrap());
}

#[test]
fn says_which_lines_an_unclosed_quote_swallowed() {
    let file = "order_ref,placed_at,sku,quantity,line_total\nB1,2017-01-01,\"K1,1,1.00\nB2,2017-01-01,K1,1,1.00\nB3,2017-01-01,K1,1,1.00\n";
    let rows = read(file.as_bytes()).unwrap();
    let reject = rows[0].as_ref().unwrap_err();
    assert_eq!((rows.len(), reject.line, reject.code), (1, 2, "field_count"));
    assert!(reject.message.contains("lines 2 to 4"), "{}", reject.message);
}

#[test]
fn counts_lines_whatever_ends_them() {
    for end in ["\n", "\r\n", "\r"] {
        let file = ["order_ref,placed_at,sku,quantity,line_total", "B1,2017-01-01,K1,1,1.00", "", "B2,2017-01-01,K1,1,1.00", ""].join(end);
        for rows in
            [read(file.as_bytes()).unwrap(), LedgerReader::new(Drip(file.as_bytes()), &plain()).unwrap().collect::<ReadFile>().unwrap()]
        {
            let lines: Vec<u64> = rows.iter().map(|row| row.as_ref().unwrap().line()).collect();
            assert_eq!(lines, [2, 4], "{end:?}");
        }
    }
}

#[test]
fn reads_another_shops_columns() {
    let options = options(|raw| {
        raw.map =
            some("customer_ref=CustomerID,order_ref=InvoiceNo,sku=StockCode,title=Description,unit_price=UnitPrice,placed_at=InvoiceDate");
        raw.date_format = some("%m/%d/%Y %H:%M");
        raw.time_zone = some("Europe/London");
        raw.delimiter = some(";");
        raw.defaults = some("channel=web,store=S1");
    });
    let file = "InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country\n\
                536365;85123A;\"WHITE; HANGING\";6;7/1/2010 8:26;2.55;17850;United Kingdom\n\
                536366;85123A;;0;7/1/2010 8:26;2.55;17850;United Kingdom\n";
    let mut reader = LedgerReader::new(file.as_bytes(), &options).unwrap();
    assert_eq!(reader.ignored_columns(), ["Country"]);
    let row = reader.next().unwrap().unwrap().unwrap();
    assert_eq!(
        (row.customer_ref(), row.title(), row.channel().as_str(), row.store()),
        (Some("17850"), "WHITE; HANGING", "web", Some("S1"))
    );
    assert_eq!((row.placed_at().to_string().as_str(), row.total_minor()), ("2010-07-01T07:26:00Z", 1530));
    let reject = reader.next().unwrap().unwrap().unwrap_err();
    assert_eq!((reject.column.as_deref(), reject.code), (Some("quantity"), "quantity_zero"));
}

#[test]
fn refuses_files_that_are_no_ledger() {
    let utf16: Vec<u8> = "order_ref,placed_at".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked: Vec<u8> = [0xfe, 0xff].into_iter().chain("order_ref".encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let header = b"order_ref,placed_at,sku,quantity,line_total,title\n";
    let gbk = [&header[..], b"B1,2017-01-01,K1,1,1.00,\xca\xe9\xb1\xbe\n"].concat();
    let latin = [&header[..], b"B1,2017-01-01,K1,1,1.00,ok\nB1,2017-01-01,K1,1,1.00,Caf\xe9\n"].concat();
    let halves = [&header[..], b"B1,2017-01-01,K1,1,\xc3,\xa9\n"].concat();
    let long = [&header[..], b"B1,2017-01-01,K1,1,1.00,ok\n\n\"", &vec![b'x'; 2 << 20]].concat();
    let commas = [&header[..], &vec![b','; 2 << 20]].concat();
    let table: [(&[u8], &str, &str); 17] = [
        (b"", "empty_file", "empty"),
        (b"\xef\xbb\xbf", "empty_file", "empty"),
        (b"\n\r\n", "empty_file", "empty"),
        (&gzip(b""), "empty_file", "empty"),
        (b"order_ref,sku,quantity,line_total\n", "missing_column", "placed_at; the file has: order_ref, sku, quantity, line_total"),
        (b"order_ref;placed_at;sku;quantity;line_total\n", "missing_column", "is the delimiter right?"),
        (b"order_ref,placed_at,sku,quantity,line_total,SKU\n", "duplicate_column", "sku"),
        (&utf16, "encoding", "line 1: the file must be text in UTF-8; this looks like UTF-16LE"),
        (&marked, "encoding", "UTF-16BE"),
        (b"PK\x03\x04....", "encoding", "ZIP"),
        (&gbk, "encoding", "line 2: the file must be text in UTF-8; this looks like GB18030 (GBK)"),
        (&latin, "encoding", "line 3: the file must be text in UTF-8; this looks like Windows-1252"),
        (&halves, "encoding", "line 2"),
        (&long, "record_too_long", "line 4"),
        (&commas, "record_too_long", "line 2"),
        (&gzip(&gbk), "encoding", "line 2"),
        (b"[1]\n", "missing_column", "order_ref"),
    ];
    for (bytes, code, words) in table {
        let error = read(bytes).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn refuses_damaged_gzip() {
    let packed = gzip(full(&[]).repeat(50).as_bytes());
    for length in [3, 10, packed.len() / 2, packed.len() - 1] {
        assert_eq!(read(&packed[..length]).unwrap_err().code(), "truncated_gzip", "{length}");
    }
    let mut damaged = packed.clone();
    let last = damaged.len() - 6;
    damaged[last] ^= 0xff;
    assert_eq!(read(&damaged).unwrap_err().code(), "corrupt_gzip");
    assert_eq!(read(&[&packed[..], b"rubbish after the end"].concat()).unwrap_err().code(), "corrupt_gzip");
}

#[test]
fn ends_after_an_error_of_the_file() {
    let file = [full(&[]).as_bytes(), b"\xff\xff\n", b"x\n"].concat();
    let mut reader = LedgerReader::new(&file[..], &plain()).unwrap();
    assert!(reader.next().unwrap().is_ok());
    assert!(reader.next().unwrap().is_err());
    assert!(reader.next().is_none());
}

#[test]
fn reads_ndjson_exactly() {
    let file = concat!(
        r#"{"order_ref": 123, "placed_at": "2017-01-01", "sku": "K\u00e9\"1", "quantity": 1, "line_total": 92233720368547758.07, "x": {"y": [1]}}"#,
        "\n\n",
        r#" {"sku":"K1","placed_at":"2017-01-01","order_ref":"B2","quantity":"2","unit_price":0.10,"line_total":null,"customer_ref":"é"}"#,
        "\r\n",
        "not json\n",
        r#"{"order_ref":"B3""#,
        "\n",
        r#"{"order_ref":true,"placed_at":"2017-01-01","sku":"K1","quantity":1,"line_total":1}"#,
        "\n",
        r#"{"order_ref":"B4","order_ref":"B5","placed_at":"2017-01-01","sku":"K1","quantity":1,"line_total":1}"#,
        "\n",
        r#"{"order_ref":"\ud800","placed_at":"2017-01-01","sku":"K1","quantity":1,"line_total":1}"#,
        "\n",
        r#"{"order_ref":"B6","placed_at":"2017-01-01","sku":"a\u0000b","quantity":1,"line_total":1}"#,
        "\n",
        r#"{"order_ref":"B7","placed_at":"2017-01-01","sku":"K1","quantity":1,"line_total":1e2}"#,
        "\n[]\n",
        r#"{"order_ref":"B8","placed_at":"2017-01-01","sku":"K1","quantity":1,"line_total":1}"#,
    );
    let mut reader = LedgerReader::new(file.as_bytes(), &plain()).unwrap();
    let rows: Vec<_> = reader.by_ref().collect::<ReadFile>().unwrap();
    let first = rows[0].as_ref().unwrap();
    assert_eq!((first.line(), first.order_ref(), first.sku(), first.total_minor()), (1, "123", "Ké\"1", i64::MAX));
    let second = rows[1].as_ref().unwrap();
    assert_eq!((second.line(), second.customer_ref(), second.total_minor()), (3, Some("é"), 20));
    let rest: Vec<_> = rows[2..].iter().map(|row| row.as_ref().map(LedgerRow::line).map_err(|it| (it.line, it.code))).collect();
    let expected = [
        Err((4, "malformed")),
        Err((5, "malformed")),
        Err((6, "type")),
        Err((7, "malformed")),
        Err((8, "malformed")),
        Err((9, "control_character")),
        Err((10, "number")),
        Err((11, "malformed")),
        Ok(12),
    ];
    assert_eq!(rest, expected);
    assert_eq!(reader.ignored_columns(), ["x"]);
}

#[test]
fn refuses_ndjson_without_a_needed_column() {
    let options = options(|raw| raw.map = some("order_ref=Invoice"));
    let error = read_with(&options, br#"{"order_ref":"B1","placed_at":"2017-01-01","sku":"K1","quantity":1}"#).unwrap_err();
    let words =
        "missing column: order_ref (looked for as 'Invoice'), line_total or unit_price; the file has: placed_at, sku, quantity, order_ref";
    assert_eq!(error.to_string(), words);
}

#[test]
fn a_gzip_bomb_is_refused_at_the_first_record() {
    let mut packed = Vec::new();
    for _ in 0..4 {
        packed.extend(gzip(&vec![b'x'; 4 << 20]));
    }
    let mut stream = Cursor::new(&packed);
    assert!(matches!(LedgerReader::new(&mut stream, &plain()), Err(LedgerFileError::RecordTooLong { line: 1 })));
    assert!(stream.position() < u64::try_from(packed.len()).unwrap());
}

/// What was read, in a form that can be compared.
fn outline(read: ReadFile) -> Result<Vec<Result<LedgerRow, RowReject>>, &'static str> {
    read.map_err(|error| error.code())
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let cell = prop_oneof![
        Just("B1".to_owned()),
        Just("2017-01-01".to_owned()),
        Just("1".to_owned()),
        Just("-2.50".to_owned()),
        "[\"a,;\n\r é0-9.-]{0,6}"
    ];
    let rows = prop::collection::vec(prop::collection::vec(cell, 4..7).prop_map(|cells| cells.join(",")), 0..12);
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
    let tail = prop::collection::vec(any::<u8>(), 0..8);
    (rows, end, tail, any::<bool>()).prop_map(|(rows, end, tail, marked)| {
        let text = std::iter::once("order_ref,placed_at,sku,quantity,line_total".to_owned()).chain(rows).collect::<Vec<_>>().join(end);
        let mark: &[u8] = if marked { b"\xef\xbb\xbf" } else { b"" };
        [mark, text.as_bytes(), &tail].concat()
    })
}

proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>, file in any_file(), ndjson: bool) {
        let options = options(|raw| raw.format = ndjson.then(|| "ndjson".to_owned()));
        let _ = (read_with(&options, &bytes).is_ok(), read_with(&options, &file).is_ok());
    }

    #[test]
    fn gzip_and_small_reads_change_nothing(file in any_file(), cut in any::<prop::sample::Index>()) {
        let whole = outline(read(&file));
        prop_assert_eq!(&outline(read(&gzip(&file))), &whole);
        let (one, two) = file.split_at(cut.index(file.len()));
        prop_assert_eq!(&outline(read(&[gzip(one), gzip(two)].concat())), &whole);
        prop_assert_eq!(&outline(LedgerReader::new(Drip(&file), &plain()).and_then(Iterator::collect)), &whole);
    }

    #[test]
    fn prices_always_give_the_total(quantity in -999_i64..999, total in 0_u32.., shift in 0_usize..4) {
        prop_assume!(quantity != 0);
        let digits = format!("{total:04}");
        let (major, minor) = digits.split_at(digits.len() - shift);
        let amount = if shift == 0 { major.to_owned() } else { format!("{major}.{minor}") };
        let file = format!("order_ref,placed_at,sku,quantity,line_total\nB1,2017-01-01,K1,{quantity},{amount}\n");
        let row = only(&plain(), &file).unwrap();
        let thousandths = i64::from(total) * 10_i64.pow(3 - u32::try_from(shift).unwrap());
        prop_assert_eq!(row.total_minor(), (thousandths + 5) / 10);
        prop_assert_eq!(row.quantity() * row.unit_price_minor() - row.discount_minor(), row.total_minor());
        prop_assert!(row.discount_minor() >= 0 && row.discount_minor() < row.quantity());
    }
}
