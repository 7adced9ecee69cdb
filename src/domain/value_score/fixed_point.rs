//! Numbers with a fixed count of decimals, held as integers, so that every database and every run yields the same digits.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::{ObjectBuilder, RefOr, Type, schema::Schema};

/// Units in the whole of either number: 100.00 in hundredths, 1.0000 in basis points.
const WHOLE: u16 = 10_000;

/// A number that can not be held exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InexactNumber {
    /// Below zero or above the whole.
    #[error("must be a number from 0 to {max}")]
    Range {
        /// The whole.
        max: u8,
    },
    /// More decimals than are held.
    #[error("must have at most {decimals} decimals")]
    Precision {
        /// How many decimals are held.
        decimals: u8,
    },
}

impl InexactNumber {
    /// The stable code of a field error: `range` or `precision`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Range { .. } => "range",
            Self::Precision { .. } => "precision",
        }
    }
}

macro_rules! fixed_point {
    ($(#[$meta:meta])* $name:ident { whole: $whole:literal, decimals: $decimals:literal, units: $units:literal }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u16);

        impl $name {
            /// 0.
            pub const ZERO: Self = Self(0);
            /// The greatest value.
            pub const MAX: Self = Self(WHOLE);

            #[doc = concat!("`units` ", $units, "; `None` outside 0 … 10 000.")]
            pub fn new(units: i64) -> Option<Self> {
                u16::try_from(units).ok().filter(|units| *units <= WHOLE).map(Self)
            }

            #[doc = concat!("The value in ", $units, ", 0 … 10 000.")]
            pub fn get(self) -> i32 {
                self.0.into()
            }

            /// The value whose decimal form `number` has, as JSON writes it: the shortest decimal that reads back as the same double.
            ///
            /// # Errors
            #[doc = concat!("[`InexactNumber`] outside 0 … ", $whole, ", and for more than ", $decimals, " decimals: nothing is rounded.")]
            pub fn parse(number: f64) -> Result<Self, InexactNumber> {
                units_of(number, $whole, $decimals).map(Self)
            }

            /// The nearest double, which JSON writes with no more decimals than are held, and which [`Self::parse`] reads back.
            pub fn as_number(self) -> f64 {
                f64::from(self.0) / f64::from(WHOLE / $whole)
            }

            /// A constant known to lie in range; used for the default model only.
            pub(super) const fn constant(units: u16) -> Self {
                assert!(units <= WHOLE);
                Self(units)
            }
        }

        impl fmt::Display for $name {
            /// All decimals are written.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let unit = WHOLE / $whole;
                write!(f, "{}.{:0width$}", self.0 / unit, self.0 % unit, width = $decimals)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_f64(self.as_number())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                f64::deserialize(deserializer).and_then(|number| Self::parse(number).map_err(de::Error::custom))
            }
        }

        impl utoipa::PartialSchema for $name {
            // `multipleOf` is left out: validators divide doubles, and would refuse 0.35 as no multiple of 0.0001.
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::Number)
                    .minimum(Some(0))
                    .maximum(Some($whole))
                    .description(Some(concat!("From 0 to ", $whole, ", with at most ", $decimals, " decimals.")))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

fixed_point! {
    /// A number in [0, 100] with two decimals, held in hundredths: points, scores, contributions, percentiles.
    Hundredths { whole: 100, decimals: 2, units: "hundredths" }
}

fixed_point! {
    /// A number in [0, 1] with four decimals, held in basis points: weights and shares.
    BasisPoints { whole: 1, decimals: 4, units: "basis points" }
}

impl Hundredths {
    /// `numerator / denominator` hundredths, rounded half-up; 0 where the denominator is 0. Neither may be negative.
    pub(in crate::domain) fn ratio(numerator: i128, denominator: i128) -> Self {
        Self(u16::try_from(round_half_up(numerator, denominator)).unwrap_or(WHOLE).min(WHOLE))
    }
}

/// `number` in units of 10^−`decimals`. Goes by its shortest decimal text, because 0.35 × 10000 is not exact in doubles.
fn units_of(number: f64, max: u8, decimals: u8) -> Result<u16, InexactNumber> {
    let range = InexactNumber::Range { max };
    if !(0.0..=f64::from(max)).contains(&number) {
        return Err(range);
    }
    let text = number.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    if fraction.len() > usize::from(decimals) {
        return Err(InexactNumber::Precision { decimals });
    }
    format!("{whole}{fraction:0<width$}", width = usize::from(decimals)).parse().map_err(|_| range)
}

/// `numerator / denominator` rounded half-up as value-score.md defines it: (2a + b) div 2b; 0 where the denominator is 0.
/// Neither may be negative, nor the numerator above 2^125: the greatest in use is 48 amounts of 2^63 at 10 000 points each, below 2^83.
fn round_half_up(numerator: i128, denominator: i128) -> i128 {
    if denominator == 0 { 0 } else { (2 * numerator + denominator) / (2 * denominator) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_read_exactly_and_never_rounded() {
        for (number, units) in
            [(0.0, 0), (-0.0, 0), (0.35, 3_500), (0.1, 1_000), (0.0001, 1), (0.9999, 9_999), (1.0, 10_000), (0.29, 2_900)]
        {
            assert_eq!(BasisPoints::parse(number).map(BasisPoints::get), Ok(units), "{number}");
        }
        for (number, units) in [(0.01, 1), (40.0, 4_000), (57.29, 5_729), (99.99, 9_999), (100.0, 10_000), (1.15, 115), (8.2, 820)] {
            assert_eq!(Hundredths::parse(number).map(Hundredths::get), Ok(units), "{number}");
        }
    }

    #[test]
    fn what_would_need_rounding_is_refused() {
        for number in [0.35001, 0.00001, 5e-324, 0.1 + 0.2, 1.0 - f64::EPSILON, 1e-7] {
            assert_eq!(BasisPoints::parse(number), Err(InexactNumber::Precision { decimals: 4 }), "{number}");
        }
        for number in [-0.0001, 1.0001, 1.0 + f64::EPSILON, 1e300, -1e300, f64::INFINITY, f64::NAN] {
            assert_eq!(BasisPoints::parse(number), Err(InexactNumber::Range { max: 1 }), "{number}");
        }
        assert_eq!(Hundredths::parse(12.345), Err(InexactNumber::Precision { decimals: 2 }));
        assert_eq!(Hundredths::parse(100.01), Err(InexactNumber::Range { max: 100 }));
    }

    #[test]
    fn units_outside_the_whole_are_none() {
        assert_eq!(Hundredths::new(10_000), Some(Hundredths::MAX));
        for units in [-1, 10_001, 65_536, i64::MAX, i64::MIN] {
            assert_eq!(Hundredths::new(units), None, "{units}");
        }
        assert_eq!((Hundredths::ratio(0, 0), Hundredths::ratio(i128::from(i64::MAX), 1)), (Hundredths::ZERO, Hundredths::MAX));
    }

    #[test]
    fn text_has_all_decimals() {
        let shown = |units| (Hundredths::constant(units).to_string(), BasisPoints::constant(units).to_string());
        assert_eq!(shown(8_850), ("88.50".into(), "0.8850".into()));
        assert_eq!(shown(7), ("0.07".into(), "0.0007".into()));
        assert_eq!(shown(10_000), ("100.00".into(), "1.0000".into()));
    }

    #[test]
    fn every_value_survives_json() {
        for units in 0..=i64::from(WHOLE) {
            let (points, share) = (Hundredths::new(units).unwrap(), BasisPoints::new(units).unwrap());
            let text = serde_json::to_string(&(points, share)).unwrap();
            assert_eq!(serde_json::from_str::<(Hundredths, BasisPoints)>(&text).unwrap(), (points, share), "{text}");
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::from_value::<(Hundredths, BasisPoints)>(value).unwrap(), (points, share));
            assert_eq!(points.to_string().parse::<f64>().unwrap().to_bits(), points.as_number().to_bits());
        }
    }

    #[test]
    fn halves_are_rounded_up() {
        for (numerator, denominator, rounded) in
            [(1, 2, 1), (3, 2, 2), (1, 3, 0), (2, 3, 1), (49, 100, 0), (50, 100, 1), (0, 7, 0), (5, 0, 0)]
        {
            assert_eq!(round_half_up(numerator, denominator), rounded, "{numerator}/{denominator}");
        }
    }

    proptest! {
        #[test]
        fn a_number_is_accepted_only_where_its_text_says_so(number in prop_oneof![0.0..1.0f64, (0u32..20_000).prop_map(|n| f64::from(n) / 100_000.0)]) {
            let decimals = format!("{number}").split_once('.').map_or(0, |(_, fraction)| fraction.len());
            prop_assert_eq!(BasisPoints::parse(number).is_ok(), decimals <= 4);
        }
    }
}
