//! Working time: the hours in which the shop works, and arithmetic that counts nothing else.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::{GapInfo, Tz};

use super::{TextEnum, instants::Instant};

mod draft;
#[cfg(test)]
mod tests;
mod time_of_day;

pub use draft::{CalendarDraft, OpeningHoursDraft};
pub use time_of_day::{InvalidTimeOfDay, TimeOfDay};

text_enum! {
    /// A day of the week.
    Weekday {
        Monday = "monday",
        Tuesday = "tuesday",
        Wednesday = "wednesday",
        Thursday = "thursday",
        Friday = "friday",
        Saturday = "saturday",
        Sunday = "sunday",
    }
}

const MICROS_PER_MINUTE: i64 = 60_000_000;
const MICROS_PER_DAY: i64 = 24 * 60 * MICROS_PER_MINUTE;

/// When the shop works: intervals of local time on each weekday, and the days on which it does not work at all.
///
/// Working time is real time, the part of it that lies in the intervals: a night shift is an hour shorter when the clocks are put forward.
/// A local time that the clocks pass over is the instant at which they do; one that they show twice is the first of the two.
/// Both functions take time proportional to the days that lie between, well below a microsecond for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    zone: Tz,
    week: [Vec<OpenInterval>; 7],
    holidays: BTreeSet<NaiveDate>,
}

/// An interval of local time of one day: from `opens` on and before `closes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OpenInterval {
    opens: TimeOfDay,
    closes: TimeOfDay,
}

/// A local day, from its first instant to the first of the next, in microseconds since 1970.
#[derive(Debug, Clone, Copy)]
struct LocalDay {
    date: NaiveDate,
    starts: i64,
    ends: i64,
}

impl Calendar {
    /// The zone of its local times.
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The first instant at which `working` time has passed since `from`: `from` itself when it is not positive, and the last instant before the
    /// year 10000 when it does not pass before.
    pub fn add(&self, from: Instant, working: TimeDelta) -> Instant {
        let start = from.micros();
        let mut left = micros(working);
        if left <= 0 {
            return from;
        }
        for day in self.days_from(from) {
            if start <= day.starts {
                let whole = self.working_micros(&day);
                if whole < left {
                    left -= whole;
                    continue;
                }
            }
            for (opens, closes) in self.intervals(&day) {
                let opens = opens.max(start);
                if left <= closes - opens {
                    return Instant::from_micros(opens + left).unwrap_or(Instant::MAX);
                }
                left -= (closes - opens).max(0);
            }
        }
        Instant::MAX
    }

    /// The working time from `from` to `to`; zero when `to` is not after `from`.
    pub fn between(&self, from: Instant, to: Instant) -> TimeDelta {
        let (start, end) = (from.micros(), to.micros());
        let working = self.days_from(from).take_while(|day| day.starts < end).map(|day| {
            if start <= day.starts && day.ends <= end {
                self.working_micros(&day)
            } else {
                self.intervals(&day).map(|(opens, closes)| (closes.min(end) - opens.max(start)).max(0)).sum()
            }
        });
        TimeDelta::microseconds(working.sum())
    }

    /// The local days from that of `from` on. No interval of an earlier day reaches `from`: their ends are not after this day's start.
    fn days_from(&self, from: Instant) -> impl Iterator<Item = LocalDay> {
        let mut date = from.utc().with_timezone(&self.zone).date_naive();
        let mut starts = self.instant_of(date, TimeOfDay::MIDNIGHT);
        std::iter::from_fn(move || {
            let next = date.checked_add_days(Days::new(1)).filter(|next| next.year() <= 9999)?;
            let ends = self.instant_of(next, TimeOfDay::MIDNIGHT);
            let day = LocalDay { date, starts, ends };
            (date, starts) = (next, ends);
            Some(day)
        })
    }

    /// The hours of a day's date as the calendar has them.
    fn hours(&self, date: NaiveDate) -> &[OpenInterval] {
        if self.holidays.contains(&date) {
            return &[];
        }
        let weekday = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or_default();
        self.week.get(weekday).map_or(&[], Vec::as_slice)
    }

    /// The intervals of a day, in order, in microseconds since 1970.
    fn intervals(&self, day: &LocalDay) -> impl Iterator<Item = (i64, i64)> {
        let date = day.date;
        self.hours(date).iter().map(move |hours| (self.instant_of(date, hours.opens), self.instant_of(date, hours.closes)))
    }

    /// The working time of a whole day. Only days on which the clocks are changed need to be looked at closely.
    fn working_micros(&self, day: &LocalDay) -> i64 {
        if day.ends - day.starts == MICROS_PER_DAY {
            self.hours(day.date).iter().map(|hours| i64::from(hours.closes.minutes() - hours.opens.minutes()) * MICROS_PER_MINUTE).sum()
        } else {
            self.intervals(day).map(|(opens, closes)| closes - opens).sum()
        }
    }

    /// The first instant, in microseconds since 1970, at which the local clocks show `time` of `date` or have passed over it.
    fn instant_of(&self, date: NaiveDate, time: TimeOfDay) -> i64 {
        let local =
            date.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::minutes(time.minutes().into())).unwrap_or(NaiveDateTime::MAX);
        let shown = self.zone.from_local_datetime(&local).earliest();
        let at = shown.or_else(|| GapInfo::new(&local, &self.zone).and_then(|gap| gap.end));
        at.map_or_else(|| local.and_utc().timestamp_micros(), |at| at.timestamp_micros())
    }
}

/// Whole microseconds; a longer time than 292,000 years is as long as that.
fn micros(time: TimeDelta) -> i64 {
    time.num_microseconds().unwrap_or(if time > TimeDelta::zero() { i64::MAX } else { i64::MIN })
}
