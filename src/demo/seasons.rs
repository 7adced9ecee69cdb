//! The shop's calendar: how busy each day and hour is, and which season of trade it falls into.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc, Weekday};

use super::random::Random;
use crate::domain::instants::Instant;

/// The days of trade that a demo shop looks back on: two years.
pub const DAYS: i32 = 730;

const DAY_SECONDS: i64 = 86_400;
/// The book city keeps China Standard Time, UTC+8 without summer time.
const LOCAL_OFFSET_SECONDS: i64 = 8 * 3_600;

/// How busy the hours of a local day are in the building (open 9 to 22) and online.
const STORE_HOURS: [u32; 24] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 6, 7, 6, 6, 8, 9, 9, 10, 12, 18, 17, 8, 0, 0];
const ONLINE_HOURS: [u32; 24] = [5, 2, 1, 1, 1, 1, 2, 3, 5, 6, 7, 7, 9, 8, 6, 6, 6, 6, 8, 12, 18, 20, 17, 10];

/// A season of the shop's year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Season {
    Ordinary,
    /// The weeks around the start of a school term, late February and late August: textbooks and stationery.
    TermStart,
    /// The days before Children's Day, 1 June: picture books and toys.
    ChildrensDay,
    /// The weeks before the year ends: presents.
    YearEnd,
}

impl Season {
    /// The season that a local date falls into.
    pub fn of(date: NaiveDate) -> Self {
        match date.month() * 100 + date.day() {
            220..=308 | 822..=910 => Self::TermStart,
            524..=601 => Self::ChildrensDay,
            1210..=1231 => Self::YearEnd,
            _ => Self::Ordinary,
        }
    }

    const fn trade_percent(self) -> u32 {
        match self {
            Self::Ordinary => 100,
            Self::TermStart => 210,
            Self::ChildrensDay => 140,
            Self::YearEnd => 165,
        }
    }
}

/// Two years of days up to an instant. Day 0 is the first, day 729 the last; days before the first are negative.
///
/// A day is the 24 hours from the clock time at which the two years end. So every day is whole and none reaches beyond the end,
/// whatever that instant is.
#[derive(Debug, Clone)]
pub struct Calendar {
    until: Instant,
    /// The trade of all days before each day, and of all days as the last entry.
    trade_before: Vec<u32>,
}

impl Calendar {
    pub fn new(until: Instant) -> Self {
        let mut calendar = Self { until, trade_before: vec![0] };
        let mut trade = 0;
        for day in 0..DAYS {
            trade += calendar.trade_of(day);
            calendar.trade_before.push(trade);
        }
        calendar
    }

    /// The local date of `day` at noon.
    pub fn date(&self, day: i32) -> NaiveDate {
        local_date(self.at(day, DAY_SECONDS / 2))
    }

    /// The local date on which the two years end.
    pub fn today(&self) -> NaiveDate {
        local_date(self.until)
    }

    /// The local date `days` before the end of the two years.
    pub fn days_ago(&self, days: u32) -> NaiveDate {
        self.today().checked_sub_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MIN)
    }

    /// The beginning of `day`.
    pub fn start_of(&self, day: i32) -> Instant {
        self.moved(self.until, i64::from(day - DAYS) * DAY_SECONDS)
    }

    /// The second of `day` at which local clocks show `clock_seconds` after midnight.
    pub fn at(&self, day: i32, clock_seconds: i64) -> Instant {
        let start = self.start_of(day);
        let clock_at_start = start.utc().timestamp() + LOCAL_OFFSET_SECONDS;
        self.moved(start, (clock_seconds - clock_at_start).rem_euclid(DAY_SECONDS))
    }

    /// A day in `from` … `to` − 1, busy days more often than quiet ones; days outside the two years are never drawn.
    pub fn pick_day(&self, random: &mut Random, from: i32, to: i32) -> i32 {
        let first = from.clamp(0, DAYS - 1);
        let after = to.clamp(first + 1, DAYS);
        let low = self.trade_until(first);
        let drawn = low + random.below(self.trade_until(after) - low);
        let days_begun = self.trade_before.partition_point(|before| *before <= drawn);
        i32::try_from(days_begun).unwrap_or(DAYS) - 1
    }

    /// A time of `day` in the rhythm of the building or of online shops: evenings are busiest.
    pub fn pick_time(&self, random: &mut Random, day: i32, online: bool) -> Instant {
        let hour = random.weighted(if online { &ONLINE_HOURS } else { &STORE_HOURS });
        let hour = i64::try_from(hour).unwrap_or_default();
        self.at(day, hour * 3_600 + i64::from(random.below(3_600)))
    }

    /// `count` spread over the two years up to and including `day`, in proportion to trade.
    pub fn share_until(&self, count: u32, day: i32) -> u32 {
        let all = u64::from(self.trade_until(DAYS));
        u32::try_from(u64::from(count) * u64::from(self.trade_until(day + 1)) / all).unwrap_or(count)
    }

    fn trade_until(&self, day: i32) -> u32 {
        usize::try_from(day).ok().and_then(|day| self.trade_before.get(day)).copied().unwrap_or_default()
    }

    fn trade_of(&self, day: i32) -> u32 {
        let date = self.date(day);
        let weekday = match date.weekday() {
            Weekday::Mon | Weekday::Tue => 90,
            Weekday::Wed | Weekday::Thu => 95,
            Weekday::Fri => 110,
            Weekday::Sat => 150,
            Weekday::Sun => 140,
        };
        weekday * Season::of(date).trade_percent() / 10
    }

    /// Stays at the end of the two years where the calendar has no such instant: before the year 1.
    fn moved(&self, from: Instant, seconds: i64) -> Instant {
        from.checked_add(TimeDelta::seconds(seconds)).unwrap_or(self.until)
    }
}

/// The date that local clocks show at an instant.
pub fn local_date(at: Instant) -> NaiveDate {
    let local: Option<DateTime<Utc>> = at.utc().checked_add_signed(TimeDelta::seconds(LOCAL_OFFSET_SECONDS));
    local.unwrap_or(at.utc()).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(until: &str) -> Calendar {
        Calendar::new(until.parse().unwrap())
    }

    #[test]
    fn clock_times_are_local_and_days_end_where_trade_ends() {
        let midnight = calendar("2026-06-30T00:00:00Z");
        assert_eq!(midnight.at(DAYS - 1, 20 * 3_600).to_string(), "2026-06-29T12:00:00Z");
        assert_eq!(midnight.at(DAYS - 1, 3_600).to_string(), "2026-06-29T17:00:00Z");
        assert_eq!(midnight.date(DAYS - 1).to_string(), "2026-06-29");
        assert_eq!(midnight.start_of(0).to_string(), "2024-06-30T00:00:00Z");
        let afternoon = calendar("2026-06-30T09:30:15Z");
        for clock in [0, 9 * 3_600, 17 * 3_600 + 1_814, 17 * 3_600 + 1_815, DAY_SECONDS - 1] {
            let at = afternoon.at(DAYS - 1, clock);
            assert!(at < afternoon.until && at >= afternoon.start_of(DAYS - 1), "{clock} {at}");
        }
    }

    #[test]
    fn draws_busy_days_more_often_and_only_from_the_range() {
        let calendar = calendar("2026-06-30T00:00:00Z");
        let mut random = Random::new(1);
        let mut by_weekday = [0_u32; 7];
        for _ in 0..20_000 {
            let day = calendar.pick_day(&mut random, -90, 365);
            assert!((0..365).contains(&day));
            by_weekday[calendar.date(day).weekday().num_days_from_monday() as usize] += 1;
        }
        assert!(by_weekday[5] * 10 > by_weekday[0] * 14, "{by_weekday:?}");
        assert_eq!(calendar.pick_day(&mut random, 729, 730), 729);
    }

    #[test]
    fn knows_the_seasons() {
        let season = |text: &str| Season::of(text.parse().unwrap());
        assert_eq!(season("2025-02-28"), Season::TermStart);
        assert_eq!(season("2025-09-01"), Season::TermStart);
        assert_eq!(season("2025-09-11"), Season::Ordinary);
        assert_eq!(season("2025-06-01"), Season::ChildrensDay);
        assert_eq!(season("2025-12-24"), Season::YearEnd);
    }
}
