//! The rules of single cells: texts, words, numbers, dates.

use std::borrow::Cow;

use super::{
    columns::{Cells, Column},
    dates::{DateFault, DateFormat},
    decimals::{Decimal, Scaled},
    faults::CellFault,
    row::PATH_SEPARATOR,
};
use crate::domain::{TextEnum, instants::Instant, texts};

/// The most pieces of one line, and the highest number of a line in its order.
const MAX_COUNT: i64 = 1_000_000;

/// The deepest category.
const MAX_PATH_PARTS: usize = 10;

/// Characters of one part of a category's path.
const MAX_PART_CHARS: usize = 200;

type Checked<T> = Result<T, CellFault>;

/// A text of at most `max` characters; empty where there is none.
pub(super) fn text<'a>(cells: &Cells<'a>, column: Column, max: usize) -> Checked<&'a str> {
    let text = cells.text(column);
    if has_control(text) {
        return Err(CellFault::new(column, "control_character", "must not have control characters"));
    }
    if text.len() > max && text.chars().count() > max {
        return Err(CellFault::new(column, "too_long", format!("must have at most {max} characters")));
    }
    Ok(text)
}

/// A text that can stand in a path, as the API takes it; empty where there is none.
pub(super) fn token<'a>(cells: &Cells<'a>, column: Column, max: usize) -> Checked<&'a str> {
    let text = text(cells, column, max)?;
    let message = "must consist of letters, digits, _, . and -, and begin with a letter or digit";
    texts::token(text).map(|()| text).map_err(|_| CellFault::new(column, "token", message))
}

/// A text of 1 to `max` characters.
pub(super) fn required<'a>(cells: &Cells<'a>, column: Column, max: usize) -> Checked<&'a str> {
    let text = text(cells, column, max)?;
    if text.is_empty() { Err(CellFault::new(column, "required", "must not be empty")) } else { Ok(text) }
}

/// A word of an enumeration.
pub(super) fn word<T: TextEnum>(cells: &Cells<'_>, column: Column) -> Checked<Option<T>> {
    match cells.text(column) {
        "" => Ok(None),
        text => T::parse(text).map(Some).map_err(|unknown| CellFault::new(column, "one_of", unknown.to_string())),
    }
}

/// An instant.
pub(super) fn instant(cells: &Cells<'_>, column: Column, dates: &DateFormat) -> Checked<Instant> {
    let text = required(cells, column, 100)?;
    dates.read(text).map_err(|fault| match fault {
        DateFault::Unreadable => CellFault::new(column, "date", "must be a date or time in the file's date format"),
        DateFault::OutOfRange => CellFault::new(column, "range", "must lie in the years 1900 to 9999"),
        DateFault::Nonexistent => CellFault::new(column, "nonexistent_time", "does not exist: the clocks were put forward over it"),
    })
}

/// A number of pieces, not 0, negative for goods given back.
pub(super) fn quantity(cells: &Cells<'_>) -> Checked<i64> {
    let column = Column::Quantity;
    match whole(column, required(cells, column, MAX_PART_CHARS)?)? {
        0 => Err(CellFault::new(column, "quantity_zero", "must not be 0")),
        quantity if quantity.unsigned_abs() <= MAX_COUNT.unsigned_abs() => Ok(quantity),
        _ => Err(CellFault::new(column, "range", "must not be above 1000000")),
    }
}

/// The number of a line in its order.
pub(super) fn line_no(cells: &Cells<'_>) -> Checked<Option<i64>> {
    let column = Column::LineNo;
    match cells.text(column) {
        "" => Ok(None),
        text => match whole(column, text)? {
            number @ 1..=MAX_COUNT => Ok(Some(number)),
            _ => Err(CellFault::new(column, "range", "must be from 1 to 1000000")),
        },
    }
}

/// An amount in major units, rounded to minor units of which `10^exponent` make a major one.
pub(super) fn money(cells: &Cells<'_>, column: Column, exponent: u32) -> Checked<Option<Scaled>> {
    match cells.text(column) {
        "" => Ok(None),
        text => number(column, text)?.scaled(exponent).map(Some).ok_or_else(|| overflow(column)),
    }
}

/// An e-mail address that could be one: something, `@`, a domain with a dot in it.
pub(super) fn email<'a>(cells: &Cells<'a>) -> Checked<&'a str> {
    let text = text(cells, Column::Email, 254)?;
    let plausible = text.rsplit_once('@').is_some_and(|(local, domain)| {
        let labels = || domain.split('.');
        let named = |label: &str| !label.is_empty() && label.chars().all(|char| char.is_alphanumeric() || char == '-');
        !local.is_empty() && local.chars().count() <= 64 && !local.contains('@') && labels().count() > 1 && labels().all(named)
    });
    let blank = text.contains(char::is_whitespace);
    if text.is_empty() || (plausible && !blank) {
        Ok(text)
    } else {
        Err(CellFault::new(Column::Email, "email", "must be an e-mail address"))
    }
}

/// A telephone number in E.164, once blanks, dashes and parentheses are taken out.
pub(super) fn phone<'a>(cells: &Cells<'a>) -> Checked<Cow<'a, str>> {
    const FILLERS: [char; 4] = [' ', '-', '(', ')'];
    let text = text(cells, Column::Phone, 100)?;
    let bare = if text.contains(FILLERS) { Cow::Owned(text.replace(FILLERS, "")) } else { Cow::Borrowed(text) };
    let international = match bare.as_bytes() {
        [b'+', b'1'..=b'9', rest @ ..] => (6..=14).contains(&rest.len()) && rest.iter().all(u8::is_ascii_digit),
        other => other.is_empty() && text.is_empty(),
    };
    let message = "must be an international number such as +8613800138000";
    if international { Ok(bare) } else { Err(CellFault::new(Column::Phone, "phone", message)) }
}

/// The path of a category, blanks around its parts taken out.
pub(super) fn category<'a>(cells: &Cells<'a>) -> Checked<Cow<'a, str>> {
    let column = Column::Category;
    let path = text(cells, column, MAX_PATH_PARTS * (MAX_PART_CHARS + PATH_SEPARATOR.len()))?;
    if path.is_empty() {
        return Ok(Cow::Borrowed(path));
    }
    let (mut count, mut tidy) = (0_usize, true);
    for part in path.split(PATH_SEPARATOR) {
        let name = part.trim();
        count += 1;
        tidy &= name.len() == part.len();
        // A separator at either end has lost its outer blank with the cell.
        if name.is_empty() || name == "/" || name.starts_with("/ ") || name.ends_with(" /") {
            return Err(CellFault::new(column, "category", "must not have an empty part"));
        }
        if name.chars().count() > MAX_PART_CHARS {
            return Err(CellFault::new(column, "too_long", format!("must have parts of at most {MAX_PART_CHARS} characters")));
        }
    }
    if count > MAX_PATH_PARTS {
        return Err(CellFault::new(column, "category", format!("must have at most {MAX_PATH_PARTS} parts")));
    }
    if tidy {
        return Ok(Cow::Borrowed(path));
    }
    let names: Vec<&str> = path.split(PATH_SEPARATOR).map(str::trim).collect();
    Ok(Cow::Owned(names.join(PATH_SEPARATOR)))
}

fn whole(column: Column, text: &str) -> Checked<i64> {
    let number = number(column, text)?;
    if number.has_fraction() {
        let code = if column == Column::Quantity { "quantity_fraction" } else { "number" };
        return Err(CellFault::new(column, code, "must be a whole number"));
    }
    number.scaled(0).map(|it| it.minor).ok_or_else(|| overflow(column))
}

fn number(column: Column, text: &str) -> Checked<Decimal<'_>> {
    let message = "must be a number such as 1234.50, without thousands separators or exponent";
    Decimal::parse(text).ok_or_else(|| CellFault::new(column, "number", message))
}

/// A number that 64 bits can not hold.
pub(super) fn overflow(column: Column) -> CellFault {
    CellFault::new(column, "overflow", "is larger than 64 bits hold")
}

fn has_control(text: &str) -> bool {
    let ascii = text.bytes().any(|byte| byte < 0x20 || byte == 0x7f);
    ascii || (!text.is_ascii() && text.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(column: Column, text: &str) -> Cells<'_> {
        let mut cells = Cells::empty();
        cells.set(column, text);
        cells
    }

    fn code<T>(checked: Checked<T>) -> Result<T, &'static str> {
        checked.map_err(|fault| fault.code)
    }

    #[test]
    fn texts_have_a_length_and_no_control_characters() {
        let long = "书".repeat(100);
        let check = |value: &str| code(text(&cells(Column::Sku, value), Column::Sku, 100).map(str::len));
        assert_eq!(check(&long), Ok(300));
        assert_eq!(check(""), Ok(0));
        assert_eq!(check(&format!("{long}书")), Err("too_long"));
        for value in ["a\0b", "a\nb", "a\tb", "a\u{7f}b", "书\u{85}b"] {
            assert_eq!(check(value), Err("control_character"), "{value:?}");
        }
        assert_eq!(code(required(&cells(Column::Sku, ""), Column::Sku, 100)), Err("required"));
    }

    #[test]
    fn quantities_are_whole_and_not_zero() {
        let table = [
            ("1", Ok(1)),
            ("-3", Ok(-3)),
            ("2.0", Ok(2)),
            ("+4", Ok(4)),
            ("1000000", Ok(1_000_000)),
            ("0", Err("quantity_zero")),
            ("-0.00", Err("quantity_zero")),
            ("1.5", Err("quantity_fraction")),
            ("0.4", Err("quantity_fraction")),
            ("1000001", Err("range")),
            ("-1000001", Err("range")),
            ("99999999999999999999", Err("overflow")),
            ("1e3", Err("number")),
            ("two", Err("number")),
            ("", Err("required")),
        ];
        for (value, expected) in table {
            assert_eq!(code(quantity(&cells(Column::Quantity, value))), expected, "{value}");
        }
    }

    #[test]
    fn line_numbers_start_at_one() {
        for (value, expected) in
            [("", Ok(None)), ("1", Ok(Some(1))), ("7.0", Ok(Some(7))), ("0", Err("range")), ("-1", Err("range")), ("1.5", Err("number"))]
        {
            assert_eq!(code(line_no(&cells(Column::LineNo, value))), expected, "{value}");
        }
    }

    #[test]
    fn emails_look_like_emails() {
        for value in ["", "a@b.cn", "first.last+tag@shop.example.com", "李@例子.中国"] {
            assert_eq!(code(email(&cells(Column::Email, value))), Ok(value));
        }
        let long = format!("{}@b.cn", "a".repeat(250));
        for (value, expected) in [
            ("nobody", "email"),
            ("@b.cn", "email"),
            ("a@b", "email"),
            ("a@.cn", "email"),
            ("a@b..cn", "email"),
            ("a b@c.cn", "email"),
            ("a@b@c.cn", "email"),
            (&long, "too_long"),
        ] {
            assert_eq!(code(email(&cells(Column::Email, value))), Err(expected), "{value}");
        }
    }

    #[test]
    fn phones_are_international() {
        for (value, expected) in
            [("", ""), ("+8613800138000", "+8613800138000"), ("+49 (30) 123-4567", "+49301234567"), ("+1234567", "+1234567")]
        {
            assert_eq!(code(phone(&cells(Column::Phone, value))).as_deref(), Ok(expected));
        }
        for value in ["13800138000", "+0123456789", "+123456", "+1234567890123456", "+86 138x0138000", "-", "()"] {
            assert_eq!(code(phone(&cells(Column::Phone, value))), Err("phone"), "{value}");
        }
    }

    #[test]
    fn categories_are_paths() {
        for (value, expected) in [
            ("", ""),
            ("BOOKS", "BOOKS"),
            ("GROCERY / FROZEN PIE/DESSERTS", "GROCERY / FROZEN PIE/DESSERTS"),
            ("A  /  B /  C", "A / B / C"),
            ("图书 / 教材", "图书 / 教材"),
        ] {
            assert_eq!(code(category(&cells(Column::Category, value))).as_deref(), Ok(expected));
        }
        let deep = ["A"; 11].join(" / ");
        let long = "x".repeat(201);
        for (value, expected) in [
            ("A /  / B", "category"),
            ("A / / B", "category"),
            ("/ B", "category"),
            ("A /", "category"),
            ("/", "category"),
            (&deep, "category"),
            (&long, "too_long"),
        ] {
            assert_eq!(code(category(&cells(Column::Category, value))), Err(expected), "{value}");
        }
    }
}
