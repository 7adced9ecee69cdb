//! The rules of rows, each in a file of its own.

use super::{
    LedgerOptions, LedgerReader, RawLedgerOptions,
    samples::{full, only, options, plain, read, some},
};
use crate::domain::{TextEnum, money::Currency, orders::OrderType};

#[test]
fn reads_every_column() {
    let row = only(&plain(), &full(&[])).unwrap();
    assert_eq!((row.line(), row.customer_ref(), row.order_ref(), row.order_type().as_str()), (2, Some("H1"), "B1", "sale"));
    assert_eq!((row.placed_at().to_string().as_str(), row.store(), row.channel().as_str()), ("2017-01-01T15:03:51Z", Some("S1"), "web"));
    assert_eq!((row.sku(), row.title(), row.category()), ("K1", "A pen", Some("STATIONERY / PENS")));
    assert_eq!(row.category_path().collect::<Vec<_>>(), ["STATIONERY", "PENS"]);
    assert_eq!((row.quantity(), row.unit_price_minor(), row.discount_minor(), row.total_minor(), row.rounded()), (2, 200, 100, 300, false));
    assert_eq!(row.value_class().map(TextEnum::as_str), Some("everyday"));
    assert_eq!((row.used_by().map(TextEnum::as_str), row.card_kind().map(TextEnum::as_str)), (Some("student"), Some("senior")));
    assert_eq!((row.customer_name(), row.email(), row.phone()), (Some("李雷"), Some("li@example.com"), Some("+8613800138000")));
    assert_eq!((row.card_number(), row.line_no()), (Some("C9"), Some(4)));
}

#[test]
fn leaves_out_what_a_file_does_not_say() {
    let row = only(&plain(), "order_ref,placed_at,sku,quantity,line_total\nB1,2017-01-01,K1,1,0.00\n").unwrap();
    assert_eq!((row.customer_ref(), row.store(), row.channel().as_str(), row.title()), (None, None, "store", "K1"));
    assert_eq!((row.category(), row.category_path().count(), row.value_class(), row.total_minor()), (None, 0, None, 0));
    assert_eq!((row.used_by(), row.card_kind(), row.customer_name(), row.line_no()), (None, None, None, None));
}

#[test]
fn tells_sales_from_returns() {
    // quantity, order type, total, unit price, discount -> type, quantity, unit price, discount
    let table = [
        (["2", "", "3.00", "", ""], (OrderType::Sale, 2, 150, 0)),
        (["-2", "", "-3.00", "", ""], (OrderType::Return, 2, 150, 0)),
        (["-2", "", "3.00", "", ""], (OrderType::Return, 2, 150, 0)),
        (["2", "return", "-3.00", "", ""], (OrderType::Return, 2, 150, 0)),
        (["-2", "return", "", "1.50", ""], (OrderType::Return, 2, 150, 0)),
        (["-2", "", "", "-1.50", "-0.50"], (OrderType::Return, 2, 150, 50)),
        (["3", "sale", "10.00", "", ""], (OrderType::Sale, 3, 334, 2)),
    ];
    for ([quantity, order_type, total, price, discount], expected) in table {
        let text = full(&[
            ("quantity", quantity),
            ("order_type", order_type),
            ("line_total", total),
            ("unit_price", price),
            ("discount", discount),
        ]);
        let row = only(&plain(), &text).unwrap();
        assert_eq!(
            (row.order_type(), row.quantity(), row.unit_price_minor(), row.discount_minor()),
            expected,
            "{quantity} {order_type} {total}"
        );
    }
}

#[test]
fn rejects_a_bad_row_with_column_code_and_value() {
    let long = "x".repeat(501);
    let table = [
        ("customer_ref", "a\u{1}b", "control_character"),
        ("customer_ref", &long, "too_long"),
        ("order_ref", "", "required"),
        ("order_ref", "  ", "required"),
        ("placed_at", "", "required"),
        ("placed_at", "tomorrow", "date"),
        ("placed_at", "0017-01-01", "range"),
        ("store", &long, "too_long"),
        ("channel", "teleport", "one_of"),
        ("sku", "", "required"),
        ("title", &long, "too_long"),
        ("category", "A /  / B", "category"),
        ("value_class", "medium", "one_of"),
        ("quantity", "0", "quantity_zero"),
        ("quantity", "1.5", "quantity_fraction"),
        ("quantity", "many", "number"),
        ("quantity", "1000001", "range"),
        ("line_total", "2,99", "number"),
        ("line_total", "1e3", "number"),
        ("line_total", "-3.00", "range"),
        ("line_total", "99999999999999999999", "overflow"),
        ("line_total", "5.00", "total_mismatch"),
        ("unit_price", "-2.00", "range"),
        ("discount", "-1.00", "range"),
        ("used_by", "robot", "one_of"),
        ("card_kind", "gold", "one_of"),
        ("customer_name", &long, "too_long"),
        ("email", "nobody", "email"),
        ("phone", "12345", "phone"),
        ("card_number", &long, "too_long"),
        ("card_number", "12/34", "token"),
        ("order_type", "gift", "one_of"),
        ("line_no", "0", "range"),
        ("currency", "EUR", "currency"),
    ];
    for (column, value, code) in table {
        let (line, at, found, shown) = only(&plain(), &full(&[(column, value)])).unwrap_err();
        let expected: String = value.trim().chars().take(200).map(|c| if c == '\u{1}' { '\u{fffd}' } else { c }).collect();
        assert_eq!((line, at.as_deref(), found, shown), (2, Some(column), code, expected), "{column}={value}");
    }
    let contradiction = only(&plain(), &full(&[("quantity", "-2"), ("order_type", "sale")])).unwrap_err();
    assert_eq!((contradiction.1.as_deref(), contradiction.2), (Some("order_type"), "contradiction"));
    let unpriced = only(&plain(), &full(&[("line_total", ""), ("unit_price", "")])).unwrap_err();
    assert_eq!((unpriced.1.as_deref(), unpriced.2), (Some("line_total"), "required"));
    let loose = only(&plain(), &full(&[("category", "")])).unwrap_err();
    assert_eq!((loose.1.as_deref(), loose.2), (Some("value_class"), "category_required"));
    let huge = only(&plain(), &full(&[("line_total", ""), ("unit_price", "90000000000000000")])).unwrap_err();
    assert_eq!((huge.1.as_deref(), huge.2), (Some("unit_price"), "overflow"));
}

#[test]
fn counts_rounded_amounts() {
    let file =
        "order_ref,placed_at,sku,quantity,unit_price\nB1,2017-01-01,K1,2,0.125\nB1,2017-01-01,K2,2,0.120\nB1,2017-01-01,K3,-1,0.125\n";
    let mut reader = LedgerReader::new(file.as_bytes(), &plain()).unwrap();
    let seen: Vec<_> = reader.by_ref().map(|row| row.unwrap().unwrap()).map(|row| (row.unit_price_minor(), row.rounded())).collect();
    assert_eq!(seen, [(13, true), (12, false), (13, true)]);
    assert_eq!(reader.rounded(), 2);
}

#[test]
fn scales_amounts_by_the_currency() {
    let file = "order_ref,placed_at,sku,quantity,line_total\nB1,2017-01-01,K1,1,1234.5678\n";
    for (code, minor) in [("JPY", 1235), ("CNY", 123_457), ("KWD", 1_234_568)] {
        let options = LedgerOptions::parse(&RawLedgerOptions::default(), Currency::parse(code).unwrap()).unwrap();
        assert_eq!(only(&options, file).unwrap().total_minor(), minor, "{code}");
    }
}

#[test]
fn rejects_a_value_class_that_contradicts_an_earlier_row() {
    let file = "order_ref,placed_at,sku,quantity,line_total,category,value_class\n\
                B1,2017-01-01,K1,1,1.00,TOYS,\n\
                B1,2017-01-01,K1,0,1.00,TOYS,high\n\
                B1,2017-01-01,K1,1,1.00,TOYS,everyday\n\
                B1,2017-01-01,K1,1,1.00,TOYS,high\n\
                B1,2017-01-01,K1,1,1.00,TOYS / DIGITAL,high\n\
                B1,2017-01-01,K1,1,1.00,TOYS,everyday\n";
    let codes: Vec<_> = read(file.as_bytes()).unwrap().into_iter().map(|row| row.err().map(|it| (it.line, it.code, it.value))).collect();
    let expected =
        [None, Some((3, "quantity_zero", "0".to_owned())), None, Some((5, "value_class_conflict", "high".to_owned())), None, None];
    assert_eq!(codes, expected);
}

#[test]
fn names_columns_in_rejects_as_the_file_does() {
    let options = options(|raw| raw.map = some("quantity=Menge"));
    let file = "order_ref,placed_at,sku,Menge,line_total\nB1,2017-01-01,K1,0,1.00\n";
    assert_eq!(only(&options, file).unwrap_err().1.as_deref(), Some("Menge"));
}
