//! Rows and small files for the tests of this folder.

use proptest::{prelude::*, sample::select};

use super::{
    LedgerFileError, LedgerOptions, LedgerReader, RawLedgerOptions, RowReject,
    row::{LedgerRow, RowFacts, RowTexts},
};
use crate::domain::{
    TextEnum,
    instants::Instant,
    money::Currency,
    orders::{OrderChannel, OrderType},
};

fn facts(quantity: i64, line: u64) -> RowFacts {
    RowFacts {
        line,
        order_type: if quantity < 0 { OrderType::Return } else { OrderType::Sale },
        placed_at: Instant::from_micros(0).unwrap(),
        channel: OrderChannel::Store,
        value_class: None,
        quantity: quantity.abs(),
        unit_price: 100,
        discount: 0,
        rounded: false,
        used_by: None,
        card_kind: None,
        line_no: None,
    }
}

/// A row of a customer (anonymous when empty), an order, a quantity (negative: a return) and a line.
pub(super) fn row(customer_ref: &str, order_ref: &str, quantity: i64, line: u64) -> LedgerRow {
    LedgerRow { facts: facts(quantity, line), texts: RowTexts::new(&[customer_ref, order_ref, "", "K1", "K1", "", "", "", "", ""]) }
}

/// A row with a title of its own.
pub(super) fn titled_row(customer_ref: &str, title: &str, line: u64) -> LedgerRow {
    LedgerRow { facts: facts(1, line), texts: RowTexts::new(&[customer_ref, "O", "", "K1", title, "", "", "", "", ""]) }
}

fn maybe<T: TextEnum + std::fmt::Debug>() -> impl Strategy<Value = Option<T>> {
    prop::option::of(select(T::ALL))
}

/// Any row; references come from a small set, so that orders have several rows.
pub(super) fn any_row() -> impl Strategy<Value = LedgerRow> {
    let refs = ("[ab]{0,2}|书", "[xy]{1,2}", "S?", "\\PC{0,5}", "\\PC{0,9}", "(A / B)?");
    let person = ("\\PC{0,4}", "(a@b.cn)?", "(\\+123456789)?", "[0-9]{0,3}");
    let numbers = (0_u64..50, 0_i64..4_000_000_000_000_000, 1_i64..=1_000_000, any::<i32>(), 0_i64..100, any::<bool>());
    let words = (select(OrderType::ALL), select(OrderChannel::ALL), maybe(), maybe(), maybe(), prop::option::of(1_i64..9));
    (refs, person, numbers, words).prop_map(|(refs, person, numbers, words)| {
        let (line, micros, quantity, unit_price, discount, rounded) = numbers;
        let (order_type, channel, value_class, used_by, card_kind, line_no) = words;
        let facts = RowFacts {
            line,
            order_type,
            placed_at: Instant::from_micros(micros).unwrap(),
            channel,
            value_class,
            quantity,
            unit_price: i64::from(unit_price),
            discount,
            rounded,
            used_by,
            card_kind,
            line_no,
        };
        let texts = [&refs.0, &refs.1, &refs.2, &refs.3, &refs.4, &refs.5, &person.0, &person.1, &person.2, &person.3].map(String::as_str);
        LedgerRow { facts, texts: RowTexts::new(&texts) }
    })
}

/// What a file holds, or why it can not be read.
pub(super) type ReadFile = Result<Vec<Result<LedgerRow, RowReject>>, LedgerFileError>;

/// The options that `change` makes of the defaults, the books kept in CNY.
pub(super) fn options(change: impl FnOnce(&mut RawLedgerOptions)) -> LedgerOptions {
    let mut raw = RawLedgerOptions::default();
    change(&mut raw);
    LedgerOptions::parse(&raw, Currency::parse("CNY").unwrap()).unwrap()
}

pub(super) fn plain() -> LedgerOptions {
    options(|_| ())
}

pub(super) fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(super) fn read_with(options: &LedgerOptions, bytes: &[u8]) -> ReadFile {
    LedgerReader::new(bytes, options)?.collect()
}

pub(super) fn read(bytes: &[u8]) -> ReadFile {
    read_with(&plain(), bytes)
}

/// The only row of a file with one, or line, column, code and value of its reject.
pub(super) fn only(options: &LedgerOptions, text: &str) -> Result<LedgerRow, (u64, Option<String>, &'static str, String)> {
    let rows = read_with(options, text.as_bytes()).unwrap();
    let [row] = <[_; 1]>::try_from(rows).unwrap();
    row.map_err(|reject: RowReject| (reject.line, reject.column, reject.code, reject.value))
}

/// A header with every column.
pub(super) const FULL: &str = "customer_ref,order_ref,placed_at,store,channel,sku,title,category,value_class,quantity,line_total,used_by,card_kind,\
                    customer_name,email,phone,card_number,unit_price,discount,order_type,line_no,currency\n";

/// A good row of [`FULL`] in which some columns are changed.
pub(super) fn full(changes: &[(&str, &str)]) -> String {
    let values = [
        "H1",
        "B1",
        "2017-01-01T15:03:51Z",
        "S1",
        "web",
        "K1",
        "A pen",
        "STATIONERY / PENS",
        "everyday",
        "2",
        "3.00",
        "student",
        "senior",
        "李雷",
        "li@example.com",
        "+86 138-0013-8000",
        "C9",
        "2.00",
        "1.00",
        "sale",
        "4",
        "CNY",
    ];
    let names: Vec<&str> = FULL.trim_end().split(',').collect();
    assert!(changes.iter().all(|(name, _)| names.contains(name)));
    let value = |name: &&str, old| changes.iter().find(|(changed, _)| changed == name).map_or(old, |&(_, new)| new);
    let row: Vec<String> = names.iter().zip(values).map(|(name, old)| format!("\"{}\"", value(name, old))).collect();
    format!("{FULL}{}\n", row.join(","))
}
