//! Dates and times as ledgers write them.

use std::fmt::Write;

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
    format::{Item, Parsed, StrftimeItems},
};
use chrono_tz::Tz;

use crate::domain::instants::Instant;

/// Purchases of an earlier year are misread dates (`%Y` takes `17` for the year 17).
const FIRST_YEAR: i32 = 1900;

/// The way a ledger writes when something happened: one format, or any of the usual ones; local times are of one zone.
#[derive(Debug, Clone)]
pub(super) struct DateFormat {
    items: Option<Vec<Item<'static>>>,
    zone: Tz,
}

/// Why a text gave no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateFault {
    /// Not written in the expected form.
    Unreadable,
    /// Before 1900 or after 9999.
    OutOfRange,
    /// The clocks of the zone were put forward over it.
    Nonexistent,
}

impl DateFormat {
    /// RFC 3339, `YYYY-MM-DD` (the start of that day) and `YYYY-MM-DD HH:MM[:SS]`, the latter two in `zone`.
    pub(super) const fn usual(zone: Tz) -> Self {
        Self { items: None, zone }
    }

    /// The form that `strftime` describes; `None` when it is no format, or does not give a whole date.
    pub(super) fn strftime(strftime: &str, zone: Tz) -> Option<Self> {
        let items = StrftimeItems::new(strftime).parse_to_owned().ok()?;
        let format = Self { items: Some(items), zone };
        // A format is good when what it writes can be read back as the same day.
        let day = NaiveDate::from_ymd_opt(2001, 2, 3)?.and_hms_opt(4, 5, 6)?;
        let sample = zone.from_local_datetime(&day).earliest()?;
        let mut text = String::new();
        write!(text, "{}", sample.format_with_items(format.items.iter().flatten())).ok()?;
        let read = format.read(&text).ok()?.utc().with_timezone(&zone);
        (read.date_naive() == day.date()).then_some(format)
    }

    /// The instant written as `text`; of a local time that occurs twice the earlier one.
    ///
    /// # Errors
    /// [`DateFault`].
    pub(super) fn read(&self, text: &str) -> Result<Instant, DateFault> {
        let instant = match &self.items {
            Some(items) => self.formatted(items, text)?,
            None => match text.parse::<Instant>() {
                Ok(instant) => instant,
                Err(_) => self.usual_local(text)?,
            },
        };
        if instant.utc().year() < FIRST_YEAR {
            return Err(DateFault::OutOfRange);
        }
        // A leap second becomes the second after it, as it does in the database.
        Instant::from_micros(instant.micros()).map_err(|_| DateFault::OutOfRange)
    }

    fn formatted(&self, items: &[Item<'static>], text: &str) -> Result<Instant, DateFault> {
        let mut parsed = Parsed::new();
        chrono::format::parse(&mut parsed, text, items.iter()).map_err(|_| DateFault::Unreadable)?;
        if parsed.offset().is_some() {
            return parsed.to_datetime().map_err(|_| DateFault::Unreadable).and_then(|at| instant(at.to_utc()));
        }
        if let Some(seconds) = parsed.timestamp() {
            return DateTime::from_timestamp_secs(seconds).ok_or(DateFault::OutOfRange).and_then(instant);
        }
        let date = parsed.to_naive_date().map_err(|_| DateFault::Unreadable)?;
        let has_time = parsed.hour_div_12().or(parsed.hour_mod_12()).or(parsed.minute()).or(parsed.second()).is_some();
        if !has_time {
            return self.start_of_day(date);
        }
        let time = parsed.to_naive_time().map_err(|_| DateFault::Unreadable)?;
        self.local(date.and_time(time))
    }

    fn usual_local(&self, text: &str) -> Result<Instant, DateFault> {
        let [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', ..] = text.as_bytes() else { return Err(DateFault::Unreadable) };
        let Some((date, time)) = text.split_once([' ', 'T']) else {
            return NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| DateFault::Unreadable).and_then(|date| self.start_of_day(date));
        };
        let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").map_err(|_| DateFault::Unreadable)?;
        let time = NaiveTime::parse_from_str(time, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(time, "%H:%M"));
        self.local(date.and_time(time.map_err(|_| DateFault::Unreadable)?))
    }

    /// Midnight, or the first hour that the day has where clocks are put forward at midnight.
    fn start_of_day(&self, date: NaiveDate) -> Result<Instant, DateFault> {
        let one = NaiveTime::from_hms_opt(1, 0, 0).unwrap_or_default();
        self.local(date.and_time(NaiveTime::MIN)).or_else(|fault| match fault {
            DateFault::Nonexistent => self.local(date.and_time(one)),
            _ => Err(fault),
        })
    }

    fn local(&self, local: NaiveDateTime) -> Result<Instant, DateFault> {
        if !(1..=9999).contains(&local.year()) {
            return Err(DateFault::OutOfRange);
        }
        let at = self.zone.from_local_datetime(&local).earliest().ok_or(DateFault::Nonexistent)?;
        instant(at.to_utc())
    }
}

fn instant(at: DateTime<chrono::Utc>) -> Result<Instant, DateFault> {
    Instant::new(at).map_err(|_| DateFault::OutOfRange)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(format: Option<&str>, zone: Tz, text: &str) -> Result<String, DateFault> {
        let format = format.map_or(DateFormat::usual(zone), |it| DateFormat::strftime(it, zone).unwrap());
        format.read(text).map(|at| at.to_string())
    }

    #[test]
    fn reads_the_usual_forms_when_no_format_is_given() {
        let zone = chrono_tz::Asia::Shanghai;
        let table = [
            ("2017-01-01T15:03:51Z", "2017-01-01T15:03:51Z"),
            ("2017-01-01T15:03:51+02:00", "2017-01-01T13:03:51Z"),
            ("2017-01-01T15:03:51.5Z", "2017-01-01T15:03:51.500Z"),
            ("2017-01-01", "2016-12-31T16:00:00Z"),
            ("2017-01-01 15:03", "2017-01-01T07:03:00Z"),
            ("2017-01-01 15:03:51", "2017-01-01T07:03:51Z"),
            ("2017-01-01T15:03:51", "2017-01-01T07:03:51Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ];
        for (text, expected) in table {
            assert_eq!(read(None, zone, text).as_deref(), Ok(expected), "{text}");
        }
        for text in
            ["", "yesterday", "17-01-01", "2017-13-01", "2017-02-29", "2017-01-01 25:00", "2017-01-01x", "01/02/2017", "2017-01-01 "]
        {
            assert_eq!(read(None, zone, text), Err(DateFault::Unreadable), "{text:?}");
        }
        assert_eq!(read(None, zone, "1899-12-31"), Err(DateFault::OutOfRange));
    }

    #[test]
    fn reads_the_given_format_only() {
        let utc = chrono_tz::UTC;
        let table = [
            ("%m/%d/%Y %H:%M", "12/1/2010 8:26", "2010-12-01T08:26:00Z"),
            ("%d.%m.%Y", "03.02.2017", "2017-02-03T00:00:00Z"),
            ("%d-%b-%y %I:%M %p", "03-Feb-17 04:05 PM", "2017-02-03T16:05:00Z"),
            ("%Y%m%d%H%M%S", "20170203040506", "2017-02-03T04:05:06Z"),
            ("%Y-%m-%d %H:%M:%S %z", "2017-02-03 04:05:06 +0800", "2017-02-02T20:05:06Z"),
            ("%s", "1486094706", "2017-02-03T04:05:06Z"),
        ];
        for (format, text, expected) in table {
            assert_eq!(read(Some(format), utc, text).as_deref(), Ok(expected), "{format} {text}");
        }
        assert_eq!(read(Some("%d.%m.%Y"), utc, "2017-02-03"), Err(DateFault::Unreadable));
        assert_eq!(read(Some("%m/%d/%Y"), utc, "12/1/10"), Err(DateFault::OutOfRange));
    }

    #[test]
    fn refuses_formats_that_give_no_whole_date() {
        for format in ["", "%", "%Q", "%Y-%m", "%H:%M", "today", "%Y-%m-%d %I:%M", "%d %B"] {
            assert!(DateFormat::strftime(format, chrono_tz::UTC).is_none(), "{format}");
        }
    }

    #[test]
    fn takes_the_earlier_of_two_and_refuses_what_the_clocks_skipped() {
        // Europe/Berlin, 2023: 02:00 to 03:00 skipped on 26 March, 02:00 to 03:00 twice on 29 October.
        let berlin = chrono_tz::Europe::Berlin;
        assert_eq!(read(None, berlin, "2023-03-26 02:30"), Err(DateFault::Nonexistent));
        assert_eq!(read(None, berlin, "2023-10-29 02:30").as_deref(), Ok("2023-10-29T00:30:00Z"));
        assert_eq!(read(Some("%d.%m.%Y %H:%M"), berlin, "29.10.2023 02:30").as_deref(), Ok("2023-10-29T00:30:00Z"));
        // America/Sao_Paulo skipped 00:00 to 01:00 on 2018-11-04: the day began at one.
        let sao_paulo = chrono_tz::America::Sao_Paulo;
        assert_eq!(read(None, sao_paulo, "2018-11-04").as_deref(), Ok("2018-11-04T03:00:00Z"));
        assert_eq!(read(None, sao_paulo, "2018-11-04 00:30"), Err(DateFault::Nonexistent));
    }

    proptest! {
        #[test]
        fn never_panics(format in "[%a-zA-Z0-9 :/.#+-]{0,12}", text in "\\PC{0,30}") {
            if let Some(format) = DateFormat::strftime(&format, chrono_tz::Europe::Berlin) {
                let _ = format.read(&text);
            }
            let _ = DateFormat::usual(chrono_tz::Asia::Shanghai).read(&text);
        }
    }
}
