//! The numbers printed on goods: ISBN (ISO 2108) and the barcodes of the EAN family (GS1 General Specifications, 7.9), by their check digits.

use serde::{Deserialize, Deserializer};
use validator::ValidationError;

use crate::domain::texts::fault;

/// An ISBN-10 or ISBN-13 without hyphens, its check digit right.
///
/// # Errors
/// `isbn`.
pub fn isbn(text: &str) -> Result<(), ValidationError> {
    let holds = match text.len() {
        10 => is_isbn_10(text),
        13 => (text.starts_with("978") || text.starts_with("979")) && is_gtin(text),
        _ => false,
    };
    if holds { Ok(()) } else { Err(fault("isbn", "must be an ISBN-10 or ISBN-13 with a right check digit, such as 978-7-02-000220-7")) }
}

/// An EAN-8, UPC-A (12 digits), EAN-13 or GTIN-14, its check digit right.
///
/// # Errors
/// `barcode`.
pub fn barcode(text: &str) -> Result<(), ValidationError> {
    if matches!(text.len(), 8 | 12 | 13 | 14) && is_gtin(text) {
        Ok(())
    } else {
        Err(fault("barcode", "must be an EAN-8, UPC-A, EAN-13 or GTIN-14 with a right check digit, such as 4006381333931"))
    }
}

/// An ISBN without the single hyphens or blanks that part its digits, the check digit ten a capital X. What has another form stays as it is,
/// for [`isbn`] to refuse.
pub fn without_hyphens(text: &str) -> String {
    let is_separator = |byte: &u8| matches!(byte, b'-' | b' ');
    let bytes = text.as_bytes();
    let ends_bare = !bytes.first().is_some_and(is_separator) && !bytes.last().is_some_and(is_separator);
    let is_doubled = bytes.windows(2).any(|pair| pair.iter().all(is_separator));
    if ends_bare && !is_doubled { text.replace(['-', ' '], "").replace('x', "X") } else { text.to_owned() }
}

/// Reads an ISBN as [`without_hyphens`] writes it.
///
/// # Errors
/// The deserializer's, for what is no text.
pub fn bare_isbn<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(|text| without_hyphens(&text)))
}

/// Ten digits, of which the last may be X for ten, weighted 10 down to 1: the sum is a multiple of 11.
fn is_isbn_10(text: &str) -> bool {
    let sum = text.bytes().zip((1..=10_u32).rev()).try_fold(0, |sum, (byte, weight)| match byte {
        b'0'..=b'9' => Some(sum + u32::from(byte - b'0') * weight),
        b'X' if weight == 1 => Some(sum + 10),
        _ => None,
    });
    text.len() == 10 && sum.is_some_and(|sum| sum % 11 == 0)
}

/// Digits weighted 1, 3, 1, 3 … from the right: the sum is a multiple of 10.
fn is_gtin(text: &str) -> bool {
    let sum = text.bytes().rev().zip([1, 3].into_iter().cycle()).try_fold(0_u32, |sum, (byte, weight)| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        Some(sum + digit * weight)
    });
    sum.is_some_and(|sum| sum % 10 == 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Numbers of real books, and the examples of the ISBN Users' Manual.
    const ISBNS: [&str; 14] = [
        "0306406152",
        "9780306406157",
        "9783161484100",
        "080442957X",
        "097522980X",
        "9992158107",
        "9971502100",
        "9604250590",
        "8090273416",
        "8535902775",
        "1843560283",
        "0684843285",
        "9787020002207",
        "9791090636071",
    ];

    #[test]
    fn accepts_published_isbns() {
        for text in ISBNS {
            assert!(isbn(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_isbn() {
        for text in [
            "",
            "0306406153",
            "9780306406158",
            "9783161484101",
            "0804429570",
            "X804429570",
            "08044X2957",
            "030640615",
            "03064061522",
            "978030640615X",
            // A right EAN-13, but of no book.
            "4006381333931",
            "978-0-306-40615-7",
            "０306406152",
        ] {
            assert!(isbn(text).is_err(), "{text}");
        }
    }

    #[test]
    fn accepts_published_barcodes_of_each_length() {
        for text in ["73513537", "96385074", "036000291452", "4006381333931", "5901234123457", "9780306406157", "10614141000415"] {
            assert!(barcode(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_barcode() {
        for text in
            ["", "73513536", "036000291453", "4006381333930", "10614141000414", "400638133393", "0000000000", "7351353X", "４006381333931"]
        {
            assert!(barcode(text).is_err(), "{text}");
        }
    }

    #[test]
    fn hyphens_are_taken_out_of_what_else_has_the_form_of_an_isbn() {
        for (given, bare) in [
            ("978-7-02-000220-7", "9787020002207"),
            ("978 7 02 000220 7", "9787020002207"),
            ("0-8044-2957-x", "080442957X"),
            ("9787020002207", "9787020002207"),
            ("978--7020002207", "978--7020002207"),
            ("-9787020002207", "-9787020002207"),
            ("9787020002207 ", "9787020002207 "),
            ("", ""),
        ] {
            assert_eq!(without_hyphens(given), bare, "{given:?}");
        }
    }

    fn with_digit(text: &str, place: usize, digit: char) -> String {
        text.chars().enumerate().map(|(index, c)| if index == place { digit } else { c }).collect()
    }

    proptest! {
        /// What check digits are for: one wrong digit never passes.
        #[test]
        fn one_wrong_digit_is_found(which in 0..ISBNS.len(), place in 0_usize..13, digit in 0_u8..10) {
            let text = ISBNS[which];
            let wrong = with_digit(text, place % text.len(), char::from(b'0' + digit));
            prop_assert_eq!(isbn(&wrong).is_ok(), wrong == text);
        }

        /// Of ten last digits exactly one is right, whatever stands before.
        #[test]
        fn a_barcode_has_one_check_digit(body in "[0-9]{7}|[0-9]{11,13}") {
            prop_assert_eq!((0..10).filter(|digit| barcode(&format!("{body}{digit}")).is_ok()).count(), 1);
        }

        /// ISBN-10 also finds two neighbours that changed places.
        #[test]
        fn swapped_neighbours_are_found(body in "[0-9]{9}", place in 0_usize..8) {
            let Some(text) = (0..10).map(|digit| format!("{body}{digit}")).find(|text| isbn(text).is_ok()) else { return Ok(()) };
            let mut digits: Vec<char> = text.chars().collect();
            digits.swap(place, place + 1);
            let swapped: String = digits.into_iter().collect();
            prop_assert_eq!(isbn(&swapped).is_ok(), swapped == text);
        }

        #[test]
        fn any_text_is_read(text in ".{0,20}") {
            let bare = without_hyphens(&text);
            prop_assert_eq!(without_hyphens(&bare), bare.clone());
            let _ = (isbn(&bare).is_ok(), barcode(&text).is_ok());
        }
    }
}
