//! Instants in UTC with microsecond precision, so that what is returned equals what is stored on both databases.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike, SecondsFormat, TimeDelta, Utc};

/// An instant in UTC, truncated to microseconds; the year lies in 1 … 9999, so that it can always be written as RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(DateTime<Utc>);

/// A text or number that is no instant Patron can hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an RFC 3339 instant in the years 0001 to 9999, such as 2026-06-30T08:15:00Z")]
pub struct InvalidInstant;

impl Instant {
    /// The first instant that can be held.
    pub const MIN: Self = match DateTime::from_timestamp_secs(-62_135_596_800) {
        Some(at) => Self(at),
        None => panic!("0001-01-01T00:00:00Z is an instant"),
    };

    /// The last instant that can be held.
    pub const MAX: Self = match DateTime::from_timestamp_micros(253_402_300_799_999_999) {
        Some(at) => Self(at),
        None => panic!("9999-12-31T23:59:59.999999Z is an instant"),
    };

    /// The instant, cut to whole microseconds. A leap second, which no database column holds, is the first second of the next minute.
    ///
    /// # Errors
    /// [`InvalidInstant`] outside the years 1 … 9999.
    pub fn new(at: DateTime<Utc>) -> Result<Self, InvalidInstant> {
        Self::from_micros(at.timestamp_micros())
    }

    /// The instant `micros` microseconds after 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`InvalidInstant`] outside the years 1 … 9999.
    pub fn from_micros(micros: i64) -> Result<Self, InvalidInstant> {
        DateTime::from_timestamp_micros(micros).filter(|at| (1..=9999).contains(&at.year())).map(Self).ok_or(InvalidInstant)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The same instant as chrono's type.
    pub const fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// This instant moved by `delta`; `None` where that leaves the years 1 … 9999.
    pub fn checked_add(self, delta: TimeDelta) -> Option<Self> {
        self.0.checked_add_signed(delta).and_then(|at| Self::new(at).ok())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl FromStr for Instant {
    type Err = InvalidInstant;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DateTime::parse_from_rfc3339(text).map_err(|_| InvalidInstant).and_then(|at| Self::new(at.to_utc()))
    }
}

impl serde::Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Instant {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Instant {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        super::text_schema("date-time", "2026-06-30T08:15:00Z")
    }
}

impl utoipa::ToSchema for Instant {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_utc_and_keeps_microseconds() {
        let at: Instant = "2026-06-30T10:15:00.1234567+02:00".parse().unwrap();
        assert_eq!(at.to_string(), "2026-06-30T08:15:00.123456Z");
        assert_eq!(Instant::from_micros(at.micros()).unwrap(), at);
    }

    #[test]
    fn a_leap_second_is_read_as_it_is_kept() {
        for (said, kept) in [
            ("2020-01-01T10:30:60Z", "2020-01-01T10:31:00Z"),
            ("2016-12-31T23:59:60.5Z", "2017-01-01T00:00:00.500Z"),
            ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z"),
        ] {
            let at: Instant = said.parse().unwrap();
            assert_eq!(at.to_string(), kept);
            assert_eq!(Instant::from_micros(at.micros()), Ok(at));
        }
        assert!("9999-12-31T23:59:60Z".parse::<Instant>().is_err());
    }

    #[test]
    fn the_first_and_the_last_instant_can_be_written() {
        assert_eq!(Instant::MIN.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Instant::MAX.to_string(), "9999-12-31T23:59:59.999999Z");
    }

    #[test]
    fn refuses_what_could_not_be_written_again() {
        for text in ["2026-06-30", "2026-06-30T08:15:00", "0000-12-31T00:00:00Z", "yesterday", ""] {
            assert!(text.parse::<Instant>().is_err(), "{text}");
        }
    }
}
