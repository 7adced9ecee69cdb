//! Decimal numbers as ledgers write them, read exactly: no floating point between the file and the database.

/// A decimal number taken apart: `[+-] digits [. digits]` or `[+-] . digits`; no exponent, no thousands separators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
}

/// A decimal number in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scaled {
    /// The amount in minor units.
    pub minor: i64,
    /// Whether the number was no whole count of minor units.
    pub rounded: bool,
}

impl<'a> Decimal<'a> {
    /// The number written as `text`; `None` when it is not written as one.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (negative, digits) = match text.as_bytes() {
            [b'-', digits @ ..] => (true, digits),
            [b'+', digits @ ..] | digits => (false, digits),
        };
        let mut parts = digits.splitn(2, |&byte| byte == b'.');
        let whole = parts.next().unwrap_or_default();
        let fraction = parts.next();
        let written = fraction.map_or(!whole.is_empty(), |fraction| !fraction.is_empty());
        let fraction = fraction.unwrap_or_default();
        let numeric = whole.iter().chain(fraction).all(u8::is_ascii_digit);
        (written && numeric).then_some(Self { negative, whole, fraction })
    }

    /// Whether something other than zeros stands after the decimal point.
    pub(super) fn has_fraction(self) -> bool {
        self.fraction.iter().any(|&digit| digit != b'0')
    }

    /// The number times `10^exponent`, rounded half away from zero; `None` when it does not fit 64 bits.
    pub(super) fn scaled(self, exponent: u32) -> Option<Scaled> {
        let exponent = usize::try_from(exponent).ok()?;
        let kept = exponent.min(self.fraction.len());
        let (kept, dropped) = self.fraction.split_at_checked(kept)?;
        let zeros = std::iter::repeat_n(&b'0', exponent - kept.len());
        let mut magnitude = 0_i64;
        for digit in self.whole.iter().chain(kept).chain(zeros) {
            magnitude = magnitude.checked_mul(10)?.checked_add(i64::from(digit.saturating_sub(b'0')))?;
        }
        if dropped.first().is_some_and(|&digit| digit >= b'5') {
            magnitude = magnitude.checked_add(1)?;
        }
        let minor = if self.negative { -magnitude } else { magnitude };
        Some(Scaled { minor, rounded: dropped.iter().any(|&digit| digit != b'0') })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cents(text: &str) -> Option<(i64, bool)> {
        Decimal::parse(text).and_then(|number| number.scaled(2)).map(|it| (it.minor, it.rounded))
    }

    #[test]
    fn reads_exactly_and_rounds_half_away_from_zero() {
        let table = [
            ("0", 0, false),
            ("2.99", 299, false),
            ("+2.9", 290, false),
            ("-2.99", -299, false),
            (".5", 50, false),
            ("007", 700, false),
            ("2.990", 299, false),
            ("0.1250", 13, true),
            ("0.125", 13, true),
            ("0.1249999999999999999999999", 12, true),
            ("-0.125", -13, true),
            ("-0.001", 0, true),
            ("9.999", 1000, true),
            ("92233720368547758.07", i64::MAX, false),
            ("-92233720368547758.07", -i64::MAX, false),
        ];
        for (text, minor, rounded) in table {
            assert_eq!(cents(text), Some((minor, rounded)), "{text}");
        }
    }

    #[test]
    fn refuses_what_overflows() {
        for text in ["92233720368547758.08", "92233720368547758.075", "99999999999999999999999999", "-92233720368547758.08"] {
            assert!(Decimal::parse(text).is_some());
            assert_eq!(cents(text), None, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_plain_decimal() {
        for text in
            ["", "-", "+", ".", "-.", "5.", "1e3", "1E3", "1,000", "1 000", "2,99", "--1", "+-1", "1.2.3", "0x10", "NaN", "inf", "１", "¥5"]
        {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    /// The same by 128-bit integers: digits before and after the point, divided once.
    fn oracle(negative: bool, digits: u128, decimals: u32, exponent: u32) -> Option<(i64, bool)> {
        let (quotient, exact) = if decimals <= exponent {
            (digits * 10_u128.pow(exponent - decimals), true)
        } else {
            let divisor = 10_u128.pow(decimals - exponent);
            ((digits + divisor / 2) / divisor, digits.is_multiple_of(divisor))
        };
        let magnitude = i64::try_from(quotient).ok()?;
        Some((if negative { -magnitude } else { magnitude }, !exact))
    }

    proptest! {
        #[test]
        fn agrees_with_wide_integers(negative: bool, digits in 0_u128..10_u128.pow(24), decimals in 0_u32..20, exponent in 0_u32..5) {
            let width = usize::try_from(decimals).unwrap() + 1;
            let mut text = format!("{digits:0width$}");
            if decimals > 0 {
                text.insert(text.len() + 1 - width, '.');
            }
            if negative {
                text.insert(0, '-');
            }
            let number = Decimal::parse(&text).unwrap();
            prop_assert_eq!(number.scaled(exponent).map(|it| (it.minor, it.rounded)), oracle(negative, digits, decimals, exponent), "{}", text);
        }

        #[test]
        fn never_panics(text: String, exponent in 0_u32..5) {
            let _ = Decimal::parse(&text).and_then(|number| number.scaled(exponent));
        }
    }
}
