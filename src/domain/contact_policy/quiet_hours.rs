//! Local hours in which nothing is sent, and when they end: in whatever zone, also on days when the clocks are changed.

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Timelike};
use chrono_tz::{GapInfo, Tz};

use crate::domain::{instants::Instant, working_time::TimeOfDay};

/// Quiet hours: from one local time on and before another, over midnight where the second is not later.
///
/// An instant is quiet when the clocks on the wall say so; a time that the clocks pass over comes at the instant at which they do, and a quiet time
/// that they show twice is quiet twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    from: u16,
    to: u16,
}

const DAY: u16 = 24 * 60;

impl QuietHours {
    /// The hours from `from` to `to`; none when they would never begin or never end. 24:00 is 00:00.
    pub fn new(from: TimeOfDay, to: TimeOfDay) -> Option<Self> {
        let (from, to) = (from.minutes() % DAY, to.minutes() % DAY);
        (from != to).then_some(Self { from, to })
    }

    /// Whether `at` is quiet in `zone`.
    pub fn contains(self, at: Instant, zone: Tz) -> bool {
        let minute = minute_of(at.utc().with_timezone(&zone).time());
        if self.from < self.to { (self.from..self.to).contains(&minute) } else { minute >= self.from || minute < self.to }
    }

    /// The first instant from `at` on that is not quiet in `zone`: `at` itself when it is not.
    pub fn end(self, at: Instant, zone: Tz) -> Instant {
        let mut at = at;
        // Where the clocks are changed just when the hours end, they may begin anew.
        for _ in 0..3 {
            if !self.contains(at, zone) {
                return at;
            }
            at = self.next_end(at, zone);
        }
        at
    }

    /// The next time after `at` that the clocks show, or pass over, the end.
    fn next_end(self, at: Instant, zone: Tz) -> Instant {
        let today = at.utc().with_timezone(&zone).date_naive();
        let dates = [Some(today), today.checked_add_days(Days::new(1)), today.checked_add_days(Days::new(2))];
        let ends = dates.into_iter().flatten().flat_map(|date| self.ends_on(date, zone));
        ends.filter(|end| *end > at).min().unwrap_or(at)
    }

    /// When the clocks of `zone` show the end on `date`: once, twice, or where they pass over it, when they do.
    fn ends_on(self, date: NaiveDate, zone: Tz) -> Vec<Instant> {
        let Some(local) = date.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::minutes(self.to.into())) else { return Vec::new() };
        let shown = zone.from_local_datetime(&local);
        let mut all: Vec<_> = [shown.earliest(), shown.latest()].into_iter().flatten().collect();
        if all.is_empty() {
            all.extend(GapInfo::new(&local, &zone).and_then(|gap| gap.end));
        }
        all.into_iter().filter_map(|end| Instant::new(end.to_utc()).ok()).collect()
    }
}

fn minute_of(time: NaiveTime) -> u16 {
    u16::try_from(time.hour() * 60 + time.minute()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::*;

    fn hours(from: &str, to: &str) -> QuietHours {
        QuietHours::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
    }

    fn end(hours: QuietHours, at: &str, zone: Tz) -> String {
        hours.end(at.parse().unwrap(), zone).to_string()
    }

    #[test]
    fn nights_end_in_the_morning_of_whoever_sleeps() {
        let nights = hours("21:00", "08:00");
        for (at, zone, ends) in [
            ("2026-06-30T12:59:59Z", Tz::Asia__Shanghai, "2026-06-30T12:59:59Z"),
            ("2026-06-30T13:00:00Z", Tz::Asia__Shanghai, "2026-07-01T00:00:00Z"),
            ("2026-06-30T23:59:59.999999Z", Tz::Asia__Shanghai, "2026-07-01T00:00:00Z"),
            ("2026-07-01T00:00:00Z", Tz::Asia__Shanghai, "2026-07-01T00:00:00Z"),
            ("2026-06-30T13:00:00Z", Tz::Europe__Berlin, "2026-06-30T13:00:00Z"),
            // The night in which the clocks are put forward ends at 06:00 UTC and not at 07:00, the one in which they are put back at 07:00.
            ("2026-03-28T22:00:00Z", Tz::Europe__Berlin, "2026-03-29T06:00:00Z"),
            ("2026-10-24T22:00:00Z", Tz::Europe__Berlin, "2026-10-25T07:00:00Z"),
        ] {
            assert_eq!(end(nights, at, zone), ends, "{at} {zone}");
        }
    }

    #[test]
    fn an_end_that_the_clocks_pass_over_or_show_twice() {
        // 02:30 of 29 March does not exist in Berlin: at 01:00 UTC it is 03:00.
        assert_eq!(end(hours("22:00", "02:30"), "2026-03-29T00:30:00Z", Tz::Europe__Berlin), "2026-03-29T01:00:00Z");
        // 02:30 of 25 October comes at 00:30 UTC, and at 01:00 UTC it is 02:00 once more.
        let late = hours("22:00", "02:30");
        assert_eq!(end(late, "2026-10-25T00:10:00Z", Tz::Europe__Berlin), "2026-10-25T00:30:00Z");
        assert_eq!(end(late, "2026-10-25T01:10:00Z", Tz::Europe__Berlin), "2026-10-25T01:30:00Z");
    }

    #[test]
    fn hours_that_never_begin_or_never_end_are_none() {
        assert_eq!(QuietHours::new("08:00".parse().unwrap(), "08:00".parse().unwrap()), None);
        assert_eq!(QuietHours::new("00:00".parse().unwrap(), "24:00".parse().unwrap()), None);
        assert!(hours("21:00", "24:00").contains("2026-06-30T23:59:00Z".parse().unwrap(), Tz::UTC));
    }

    proptest! {
        #[test]
        fn the_end_is_the_first_minute_that_is_not_quiet(
            from in 0_u16..1440, to in 0_u16..1440, day in select(vec![1_774_656_000_i64, 1_792_800_000, 1_790_424_000, 1_782_777_600]),
            minute in 0_i64..2880, zone in select(vec![Tz::Europe__Berlin, Tz::Asia__Shanghai, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::UTC]),
        ) {
            prop_assume!(from != to);
            let hours = QuietHours { from, to };
            let at = |minutes: i64| Instant::from_micros((day + minutes * 60) * 1_000_000).unwrap();
            // Another way: the clock's hands, minute by minute.
            let is_quiet = |at: Instant| {
                let shown = at.utc().with_timezone(&zone).format("%H:%M").to_string();
                let text = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
                let (from, to) = (text(from), text(to));
                if from < to { from <= shown && shown < to } else { shown >= from || shown < to }
            };
            let first = (minute..).map(at).find(|at| !is_quiet(*at)).unwrap();
            prop_assert_eq!(hours.end(at(minute), zone), first);
        }
    }
}
