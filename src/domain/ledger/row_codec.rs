//! The form of rows in temporary files: fixed numbers, then the texts; written and read by one run of the program only.

use std::io;

use super::row::{LedgerRow, RowFacts, RowTexts, TEXTS};
use crate::domain::{TextEnum, instants::Instant};

/// Stands for a value that is not there.
const NONE: u8 = u8::MAX;

/// Appends `row` to `bytes`, led by its length.
pub(super) fn encode(row: &LedgerRow, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; 4]);
    let RowFacts {
        line,
        order_type,
        placed_at,
        channel,
        value_class,
        quantity,
        unit_price,
        discount,
        rounded,
        used_by,
        card_kind,
        line_no,
    } = row.facts;
    bytes.extend_from_slice(&line.to_le_bytes());
    for number in [placed_at.micros(), quantity, unit_price, discount, line_no.unwrap_or(0)] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    let words = [code(Some(order_type)), code(Some(channel)), code(value_class), code(used_by), code(card_kind), u8::from(rounded)];
    bytes.extend_from_slice(&words);
    let (text, ends) = row.texts.parts();
    for end in ends {
        bytes.extend_from_slice(&end.to_le_bytes());
    }
    bytes.extend_from_slice(text.as_bytes());
    // Records are far shorter than 4 GiB.
    let length = u32::try_from(bytes.len() - start - 4).unwrap_or(u32::MAX);
    if let Some(slot) = bytes.get_mut(start..start + 4) {
        slot.copy_from_slice(&length.to_le_bytes());
    }
}

/// The row in `bytes`, its length taken off.
///
/// # Errors
/// When the bytes are none that [`encode`] wrote: the temporary file was tampered with or damaged.
pub(super) fn decode(bytes: &[u8]) -> io::Result<LedgerRow> {
    read(&mut { bytes }).ok_or_else(damaged)
}

/// The error of a temporary file that does not hold what was written.
pub(super) fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a temporary file of the import is damaged")
}

fn read(bytes: &mut &[u8]) -> Option<LedgerRow> {
    let line = u64::from_le_bytes(take(bytes)?);
    let mut numbers = [0; 5];
    for number in &mut numbers {
        *number = i64::from_le_bytes(take(bytes)?);
    }
    let [micros, quantity, unit_price, discount, line_no] = numbers;
    let [order_type, channel, value_class, used_by, card_kind, rounded] = take(bytes)?;
    let facts = RowFacts {
        line,
        order_type: value(order_type)??,
        placed_at: Instant::from_micros(micros).ok()?,
        channel: value(channel)??,
        value_class: value(value_class)?,
        quantity,
        unit_price,
        discount,
        rounded: rounded == 1,
        used_by: value(used_by)?,
        card_kind: value(card_kind)?,
        line_no: Some(line_no).filter(|&number| number > 0),
    };
    let mut ends = [0; TEXTS];
    for end in &mut ends {
        *end = u32::from_le_bytes(take(bytes)?);
    }
    let text = std::str::from_utf8(bytes).ok()?;
    Some(LedgerRow { facts, texts: RowTexts::from_parts(text.into(), ends) })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}

/// A value's place in its enumeration.
fn code<T: TextEnum + PartialEq>(value: Option<T>) -> u8 {
    let place = value.and_then(|value| T::ALL.iter().position(|&it| it == value));
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(NONE)
}

/// The value at a place; the outer `None` is a place that does not exist.
fn value<T: TextEnum>(code: u8) -> Option<Option<T>> {
    if code == NONE { Some(None) } else { T::ALL.get(usize::from(code)).map(|&value| Some(value)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::ledger::samples;

    proptest! {
        #[test]
        fn reads_what_it_wrote(row in samples::any_row()) {
            let mut bytes = Vec::new();
            encode(&row, &mut bytes);
            let (length, body) = bytes.split_at(4);
            prop_assert_eq!(usize::try_from(u32::from_le_bytes(length.try_into().unwrap())).unwrap(), body.len());
            prop_assert_eq!(decode(body).unwrap(), row);
        }

        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
