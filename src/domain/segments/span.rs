//! Ranges and times as definitions say them, and as they are once "now" is known.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::domain::instants::Instant;

/// A range with both ends in it; an end that is missing is open. Nothing lies in a range whose low end is above its high end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span<T> {
    /// The smallest.
    pub low: Option<T>,
    /// The largest.
    pub high: Option<T>,
}

impl<T: PartialOrd + Copy> Span<T> {
    /// From `low` to `high`.
    pub const fn between(low: T, high: T) -> Self {
        Self { low: Some(low), high: Some(high) }
    }

    /// `low` and above.
    pub const fn from(low: T) -> Self {
        Self { low: Some(low), high: None }
    }

    /// `high` and below.
    pub const fn up_to(high: T) -> Self {
        Self { low: None, high: Some(high) }
    }

    /// Whether `value` lies in it.
    pub fn contains(&self, value: T) -> bool {
        self.low.is_none_or(|low| low <= value) && self.high.is_none_or(|high| value <= high)
    }
}

/// A point in time: an instant, or a whole day of the shop's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// An instant.
    At(Instant),
    /// A day.
    Day(NaiveDate),
}

/// Which times are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeTest {
    /// Before the instant, or before the day begins.
    Before(When),
    /// After the instant, or after the day has ended.
    After(When),
    /// From the first to the second, both included.
    Between(When, When),
    /// Now, or less than so many days ago.
    WithinDays(i64),
    /// So many days ago or longer.
    AtLeastDaysAgo(i64),
}

/// The present, where the shop is.
#[derive(Debug, Clone, Copy)]
pub struct Present {
    /// The instant.
    pub now: Instant,
    /// The zone whose days and months are meant.
    pub zone: Tz,
}

/// The first and the last day that every database can hold.
const DAYS: (NaiveDate, NaiveDate) = match (NaiveDate::from_ymd_opt(1, 1, 1), NaiveDate::from_ymd_opt(9999, 12, 31)) {
    (Some(first), Some(last)) => (first, last),
    _ => panic!("both are days"),
};

const MICROSECOND: TimeDelta = TimeDelta::microseconds(1);

impl Present {
    /// Today's date.
    pub fn today(&self) -> NaiveDate {
        self.now.utc().with_timezone(&self.zone).date_naive()
    }

    /// The first instant of a day; where the clock leaps over midnight, the first that there is.
    pub fn start_of(&self, day: NaiveDate) -> Instant {
        let local = day.and_time(NaiveTime::MIN);
        let first = (0..24).find_map(|hours| self.zone.from_local_datetime(&(local + TimeDelta::hours(hours))).earliest());
        let at = first.map_or_else(|| local.and_utc(), |first| first.to_utc());
        Instant::new(at).unwrap_or(if day.year() <= 1 { Instant::MIN } else { Instant::MAX })
    }

    /// The last instant of a day.
    fn end_of(&self, day: NaiveDate) -> Instant {
        day.succ_opt().map_or(Instant::MAX, |next| before(self.start_of(next)))
    }

    /// The first instant of what is meant.
    pub fn first_of(&self, when: When) -> Instant {
        match when {
            When::At(at) => at,
            When::Day(day) => self.start_of(day),
        }
    }

    /// The last instant of what is meant.
    pub fn last_of(&self, when: When) -> Instant {
        match when {
            When::At(at) => at,
            When::Day(day) => self.end_of(day),
        }
    }

    fn days_ago(&self, days: i64) -> Instant {
        TimeDelta::try_days(days).and_then(|days| self.now.checked_add(-days)).unwrap_or(Instant::MIN)
    }

    /// The instants that a test means.
    pub fn instants(&self, test: TimeTest) -> Span<Instant> {
        match test {
            TimeTest::Before(when) => Span::up_to(before(self.first_of(when))),
            TimeTest::After(when) => Span::from(after(self.last_of(when))),
            TimeTest::Between(first, last) => Span::between(self.first_of(first), self.last_of(last)),
            TimeTest::WithinDays(days) => Span::between(after(self.days_ago(days)), self.now),
            TimeTest::AtLeastDaysAgo(days) => Span::up_to(self.days_ago(days)),
        }
    }

    /// The dates that a test means.
    pub fn dates(&self, test: TimeTest) -> Span<NaiveDate> {
        let day = |when| match when {
            When::At(at) => at.utc().with_timezone(&self.zone).date_naive(),
            When::Day(day) => day,
        };
        let ago = |days: i64| {
            let days = Days::new(u64::try_from(days).unwrap_or(0));
            self.today().checked_sub_days(days).unwrap_or(DAYS.0).max(DAYS.0)
        };
        match test {
            TimeTest::Before(when) => Span::up_to(preceding(day(when))),
            TimeTest::After(when) => Span::from(following(day(when))),
            TimeTest::Between(first, last) => Span::between(day(first), day(last)),
            TimeTest::WithinDays(days) => Span::between(following(ago(days)), self.today()),
            TimeTest::AtLeastDaysAgo(days) => Span::up_to(ago(days)),
        }
    }

    /// The dates of birth of those who are of these ages today. Who was born on 29 February has a birthday on 1 March in other years.
    pub fn births(&self, ages: Span<i64>) -> Span<NaiveDate> {
        let years_ago = |years: i64| {
            let months = u32::try_from(years.clamp(0, 9_999)).unwrap_or(0).saturating_mul(12);
            self.today().checked_sub_months(Months::new(months)).unwrap_or(DAYS.0).max(DAYS.0)
        };
        // At most n years old is not yet n + 1.
        let low = ages.high.map(|oldest| if oldest < 0 { DAYS.1 } else { following(years_ago(oldest.saturating_add(1))) });
        Span { low, high: ages.low.map(years_ago) }
    }

    /// The age today of somebody born on `birth_date`, in whole years; below 0 for a date to come.
    pub fn age(&self, birth_date: NaiveDate) -> i64 {
        let today = self.today();
        let had_birthday = (today.month(), today.day()) >= (birth_date.month(), birth_date.day());
        i64::from(today.year()) - i64::from(birth_date.year()) - i64::from(!had_birthday)
    }

    /// The parts of `span` that lie in these months of the year, neighbours as one. `span` must have a low end.
    pub fn months_of(&self, span: Span<Instant>, months: &[u32]) -> Vec<Span<Instant>> {
        let (first, last) = (span.low.unwrap_or(self.now), span.high.unwrap_or(self.now));
        let local = |at: Instant| at.utc().with_timezone(&self.zone).date_naive();
        let mut parts: Vec<Span<Instant>> = Vec::new();
        let mut month = local(first).with_day(1);
        while let Some(start) = month.filter(|start| *start <= local(last)) {
            let next = start.checked_add_months(Months::new(1));
            let end = next.map_or(Instant::MAX, |next| before(self.start_of(next)));
            let begin = self.start_of(start);
            if months.contains(&start.month()) {
                match parts.last_mut() {
                    Some(part) if part.high.map(after) == Some(begin) => part.high = Some(end),
                    _ => parts.push(Span::between(begin, end)),
                }
            }
            month = next;
        }
        for part in &mut parts {
            part.low = part.low.max(Some(first));
            part.high = part.high.min(Some(last));
        }
        parts
    }
}

fn before(at: Instant) -> Instant {
    at.checked_add(-MICROSECOND).unwrap_or(Instant::MIN)
}

fn after(at: Instant) -> Instant {
    at.checked_add(MICROSECOND).unwrap_or(Instant::MAX)
}

fn following(day: NaiveDate) -> NaiveDate {
    day.succ_opt().unwrap_or(DAYS.1).min(DAYS.1)
}

fn preceding(day: NaiveDate) -> NaiveDate {
    day.pred_opt().unwrap_or(DAYS.0).max(DAYS.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn present(now: &str, zone: Tz) -> Present {
        Present { now: now.parse().unwrap(), zone }
    }

    fn at(text: &str) -> Option<Instant> {
        Some(text.parse().unwrap())
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_those_of_the_shop() {
        let shop = present("2026-06-30T20:00:00Z", Tz::Asia__Shanghai);
        assert_eq!(shop.today(), day("2026-07-01"));
        assert_eq!(
            shop.instants(TimeTest::Before(When::Day(day("2026-01-01")))),
            Span { low: None, high: at("2025-12-31T15:59:59.999999Z") }
        );
        assert_eq!(shop.instants(TimeTest::After(When::Day(day("2026-01-01")))), Span { low: at("2026-01-01T16:00:00Z"), high: None });
        let days = TimeTest::Between(When::Day(day("2026-02-01")), When::Day(day("2026-02-28")));
        assert_eq!(shop.instants(days), Span { low: at("2026-01-31T16:00:00Z"), high: at("2026-02-28T15:59:59.999999Z") });
        assert_eq!(shop.dates(days), Span::between(day("2026-02-01"), day("2026-02-28")));
    }

    #[test]
    fn a_window_is_open_where_it_begins() {
        let shop = present("2026-06-30T08:00:00Z", Tz::UTC);
        let within = shop.instants(TimeTest::WithinDays(30));
        assert_eq!(within, Span { low: at("2026-05-31T08:00:00.000001Z"), high: at("2026-06-30T08:00:00Z") });
        assert_eq!(shop.instants(TimeTest::AtLeastDaysAgo(30)), Span { low: None, high: at("2026-05-31T08:00:00Z") });
        assert_eq!(shop.dates(TimeTest::WithinDays(30)), Span::between(day("2026-06-01"), day("2026-06-30")));
        assert_eq!(shop.dates(TimeTest::AtLeastDaysAgo(30)), Span::up_to(day("2026-05-31")));
        assert_eq!(shop.instants(TimeTest::WithinDays(i64::MAX)).low, Instant::MIN.checked_add(MICROSECOND));
    }

    #[test]
    fn ages_are_dates_of_birth() {
        let shop = present("2026-06-30T08:00:00Z", Tz::UTC);
        assert_eq!(shop.births(Span::between(18, 18)), Span::between(day("2007-07-01"), day("2008-06-30")));
        assert_eq!(shop.births(Span::from(65)), Span::up_to(day("1961-06-30")));
        let leap = present("2025-02-28T12:00:00Z", Tz::UTC);
        assert_eq!((leap.age(day("2024-02-29")), leap.births(Span::from(1)).contains(day("2024-02-29"))), (0, false));
        let leap = present("2025-03-01T12:00:00Z", Tz::UTC);
        assert_eq!((leap.age(day("2024-02-29")), leap.births(Span::from(1)).contains(day("2024-02-29"))), (1, true));
    }

    #[test]
    fn months_next_to_each_other_are_one_part() {
        let shop = present("2026-03-10T00:00:00Z", Tz::UTC);
        let span = shop.instants(TimeTest::WithinDays(365));
        let parts = shop.months_of(span, &[2, 3, 8, 9]);
        assert_eq!(
            parts,
            [
                Span { low: at("2025-03-10T00:00:00.000001Z"), high: at("2025-03-31T23:59:59.999999Z") },
                Span { low: at("2025-08-01T00:00:00Z"), high: at("2025-09-30T23:59:59.999999Z") },
                Span { low: at("2026-02-01T00:00:00Z"), high: at("2026-03-10T00:00:00Z") },
            ]
        );
    }

    #[test]
    fn a_day_without_midnight_begins_an_hour_late() {
        // In Beirut the clock went from 23:59 to 01:00 on 27 March 2022.
        let shop = present("2022-03-27T12:00:00Z", Tz::Asia__Beirut);
        assert_eq!(shop.start_of(day("2022-03-27")), "2022-03-26T22:00:00Z".parse().unwrap());
    }

    proptest! {
        #[test]
        fn an_age_and_its_dates_of_birth_agree(today in 0_u32..40_000, birth in 0_u32..40_000, low in 0_i64..120, width in 0_i64..20) {
            let date = |days: u32| day("1920-01-01").checked_add_days(Days::new(days.into())).unwrap();
            let shop = present(&format!("{}T12:00:00Z", date(today)), Tz::UTC);
            let ages = Span::between(low, low + width);
            prop_assert_eq!(shop.births(ages).contains(date(birth)), ages.contains(shop.age(date(birth))));
        }

        #[test]
        fn months_cover_what_lies_in_them(back in 0_i64..1_500, months in proptest::collection::vec(1_u32..=12, 1..5)) {
            let shop = present("2026-06-30T08:00:00Z", Tz::Asia__Shanghai);
            let span = shop.instants(TimeTest::WithinDays(1_000));
            let at = shop.now.checked_add(-TimeDelta::days(back)).unwrap();
            let expected = span.contains(at) && months.contains(&at.utc().with_timezone(&shop.zone).month());
            prop_assert_eq!(shop.months_of(span, &months).iter().any(|part| part.contains(at)), expected);
        }
    }
}
