//! Times of day as clocks show them.

use std::{fmt, str::FromStr};

/// A time of day in whole minutes, 00:00 to 24:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

/// A text that is no time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a time of day from 00:00 to 24:00, such as 09:30")]
pub struct InvalidTimeOfDay;

impl TimeOfDay {
    /// The start of a day.
    pub const MIDNIGHT: Self = Self(0);
    /// When offices open.
    pub(super) const NINE: Self = Self(9 * 60);
    /// When offices close.
    pub(super) const EIGHTEEN: Self = Self(18 * 60);
    /// The end of a day.
    const END: Self = Self(24 * 60);
    /// The form, for the spec.
    const PATTERN: &'static str = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$";

    /// A full hour, 0 … 24.
    pub(in crate::domain) const fn at_hour(hour: u8) -> Self {
        Self(if hour < 24 { hour as u16 * 60 } else { 24 * 60 })
    }

    /// Minutes since midnight, 0 … 1440.
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = InvalidTimeOfDay;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let [a, b, b':', c, d] = text.as_bytes() else { return Err(InvalidTimeOfDay) };
        let two = |tens: u8, ones: u8| {
            (tens.is_ascii_digit() && ones.is_ascii_digit())
                .then(|| u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
                .ok_or(InvalidTimeOfDay)
        };
        let (hours, minutes) = (two(*a, *b)?, two(*c, *d)?);
        let time = Self(hours * 60 + minutes);
        if minutes < 60 && time <= Self::END { Ok(time) } else { Err(InvalidTimeOfDay) }
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl serde::Serialize for TimeOfDay {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for TimeOfDay {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for TimeOfDay {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(Self::PATTERN)).examples([serde_json::Value::from("09:30")]).into()
    }
}

impl utoipa::ToSchema for TimeOfDay {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_they_are_read() {
        for (text, minutes) in [("00:00", 0), ("09:30", 570), ("23:59", 1439), ("24:00", 1440)] {
            let time: TimeOfDay = text.parse().unwrap();
            assert_eq!((time.minutes(), time.to_string().as_str()), (minutes, text));
        }
        for text in ["", "9:30", "24:01", "25:00", "09:60", "09:30:00", "0９:30", "-1:30", "09.30"] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
    }
}
