//! Working time over nights, weekends, holidays and changes of the clocks.

use chrono::{Timelike, Weekday as ChronoWeekday};
use proptest::prelude::*;

use super::*;

const EVERY_DAY: &str = "monday tuesday wednesday thursday friday saturday sunday";
const WEEKDAYS: &str = "monday tuesday wednesday thursday friday";

/// `hours` are of `days`, each as in `09:00-12:00`.
fn calendar(zone: &str, days: &str, hours: &[&str], holidays: &[&str]) -> Calendar {
    let weekdays: Vec<&str> = days.split(' ').collect();
    let hours: Vec<_> = hours
        .iter()
        .map(|hours| hours.split_once('-').unwrap())
        .map(|(opens, closes)| serde_json::json!({"weekdays": weekdays, "opens": opens, "closes": closes}))
        .collect();
    let draft = serde_json::json!({"time_zone": zone, "hours": hours, "holidays": holidays});
    serde_json::from_value::<CalendarDraft>(draft).unwrap().parse().unwrap()
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// Both functions at once: `minutes` after `from` comes `to`.
fn proves(calendar: &Calendar, from: &str, minutes: i64, to: &str) {
    assert_eq!(calendar.add(at(from), TimeDelta::minutes(minutes)), at(to), "{from} + {minutes}");
    assert_eq!(calendar.between(at(from), at(to)), TimeDelta::minutes(minutes), "{from} … {to}");
}

#[test]
fn nights_breaks_weekends_and_holidays_do_not_count() {
    // Berlin is an hour ahead of UTC in winter. 2026-11-20 and 2026-12-25 are Fridays.
    let office = calendar("Europe/Berlin", WEEKDAYS, &["13:00-17:00", "09:00-12:00"], &["2026-12-25"]);
    // A break: half an hour until 12:00, half an hour from 13:00 on.
    proves(&office, "2026-11-23T10:30:00Z", 60, "2026-11-23T12:30:00Z");
    // A whole day ends with it, not with the next one's beginning.
    proves(&office, "2026-11-23T08:00:00Z", 420, "2026-11-23T16:00:00Z");
    // A weekend: an hour until 17:00 on Friday, an hour from 09:00 on Monday.
    proves(&office, "2026-11-20T15:00:00Z", 120, "2026-11-23T09:00:00Z");
    // Out of hours nothing passes until the shop opens.
    proves(&office, "2026-11-21T10:00:00Z", 1, "2026-11-23T08:01:00Z");
    proves(&office, "2026-11-23T11:15:00Z", 1, "2026-11-23T12:01:00Z");
    // A holiday on a Friday: half an hour on Thursday, half an hour on Monday.
    proves(&office, "2026-12-24T15:30:00Z", 60, "2026-12-28T08:30:00Z");
    // Two weeks of 35 hours.
    proves(&office, "2026-11-23T08:00:00Z", 70 * 60, "2026-12-04T16:00:00Z");
}

#[test]
fn years_are_counted_too() {
    // 2026 has 261 days from Monday to Friday, and 2024 … 2033 have 2610; each has eight hours, less two holidays in the first case.
    let office = calendar("Asia/Shanghai", WEEKDAYS, &["09:00-17:00"], &["2026-01-01", "2026-01-03", "2026-05-01"]);
    proves(&office, "2025-12-31T16:00:00Z", 259 * 480, "2026-12-31T09:00:00Z");
    let office = calendar("Asia/Shanghai", WEEKDAYS, &["09:00-17:00"], &[]);
    assert_eq!(office.between(at("2023-12-31T16:00:00Z"), at("2033-12-31T16:00:00Z")), TimeDelta::hours(2610 * 8));
}

#[test]
fn the_clocks_are_put_forward_and_back() {
    // Berlin: 2026-03-29 02:00 becomes 03:00, 2026-10-25 03:00 becomes 02:00. A night shift is an hour shorter, or longer.
    let night = calendar("Europe/Berlin", EVERY_DAY, &["00:00-06:00", "22:00-24:00"], &[]);
    proves(&night, "2026-03-28T21:00:00Z", 7 * 60, "2026-03-29T04:00:00Z");
    proves(&night, "2026-10-24T20:00:00Z", 9 * 60, "2026-10-25T05:00:00Z");
    proves(&night, "2026-06-01T20:00:00Z", 8 * 60, "2026-06-02T04:00:00Z");
    // New York: Friday 16:00 to Monday 10:00, over 2026-03-08 (−5 h becomes −4 h) and 2026-11-01 (back).
    let office = calendar("America/New_York", WEEKDAYS, &["09:00-17:00"], &[]);
    proves(&office, "2026-03-06T21:00:00Z", 120, "2026-03-09T14:00:00Z");
    proves(&office, "2026-10-30T20:00:00Z", 120, "2026-11-02T15:00:00Z");
    // Shanghai has had no summer time since 1991; on 1986-05-04, a Sunday, it had begun at 02:00.
    let office = calendar("Asia/Shanghai", EVERY_DAY, &["00:00-04:00", "09:00-17:00"], &[]);
    proves(&office, "1986-05-03T16:00:00Z", 4 * 60, "1986-05-04T01:00:00Z");
    proves(&office, "2026-03-28T16:00:00Z", 5 * 60, "2026-03-29T02:00:00Z");
}

#[test]
fn hours_may_begin_while_the_clocks_change() {
    let sunday = calendar("Europe/Berlin", "sunday", &["02:30-05:00"], &[]);
    // 02:30 is passed over at 01:00 UTC; 05:00 is 03:00 UTC.
    proves(&sunday, "2026-03-28T12:00:00Z", 120, "2026-03-29T03:00:00Z");
    assert_eq!(sunday.add(at("2026-03-28T12:00:00Z"), TimeDelta::microseconds(1)), at("2026-03-29T01:00:00.000001Z"));
    // 02:30 is shown at 00:30 and 01:30 UTC; 05:00 is 04:00 UTC.
    proves(&sunday, "2026-10-24T12:00:00Z", 210, "2026-10-25T04:00:00Z");
    // Midnight itself is passed over: this Sunday in São Paulo has 23 hours.
    let sunday = calendar("America/Sao_Paulo", "sunday", &["00:00-24:00"], &[]);
    proves(&sunday, "2018-11-03T00:00:00Z", 23 * 60, "2018-11-05T02:00:00Z");
    // A day that never was: Apia went from Thursday, 2011-12-29, to Saturday, the 31st.
    let office = calendar("Pacific/Apia", WEEKDAYS, &["09:00-17:00"], &[]);
    proves(&office, "2011-12-30T02:00:00Z", 120, "2012-01-01T20:00:00Z");
}

#[test]
fn nothing_passes_backwards_and_time_ends() {
    let office = calendar("Asia/Shanghai", WEEKDAYS, &["09:00-17:00"], &[]);
    let saturday = at("2026-11-21T10:00:00Z");
    assert_eq!(office.add(saturday, TimeDelta::zero()), saturday);
    assert_eq!(office.add(saturday, TimeDelta::minutes(-5)), saturday);
    assert_eq!(office.between(at("2026-11-24T10:00:00Z"), saturday), TimeDelta::zero());
    assert_eq!(office.add(at("9999-12-31T10:00:00Z"), TimeDelta::days(1)), Instant::MAX);
}

#[test]
fn a_draft_says_all_that_is_wrong() {
    let faults = |draft: serde_json::Value| -> Vec<(String, &str)> {
        let draft: CalendarDraft = serde_json::from_value(draft).unwrap();
        draft.parse().err().unwrap_or_default().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    };
    let hours = |days: &[&str], opens: &str, closes: &str| serde_json::json!({"weekdays": days, "opens": opens, "closes": closes});
    assert_eq!(faults(serde_json::json!({})), []);
    let draft = serde_json::json!({"time_zone": "Asia/Peking", "hours": []});
    assert_eq!(faults(draft), [("/time_zone".to_owned(), "time_zone"), ("/hours".to_owned(), "length")]);
    let draft = serde_json::json!({"hours": [
        hours(&["monday", "friday"], "09:00", "12:00"),
        hours(&["friday"], "11:59", "18:00"),
        hours(&["friday"], "18:00", "24:00"),
        hours(&["sunday"], "22:00", "06:00"),
        hours(&[], "10:00", "11:00"),
    ]});
    let expected = [("/hours/1", "overlap"), ("/hours/3/closes", "not_ascending"), ("/hours/4/weekdays", "length")];
    assert_eq!(faults(draft), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    let draft = serde_json::json!({"hours": [hours(&["monday"], "09:00", "09:59")]});
    assert_eq!(faults(draft), [("/hours".to_owned(), "range")]);
}

fn instants() -> impl Strategy<Value = Instant> {
    // 2000 to 2037, in microseconds.
    (946_684_800_000_000_i64..2_145_916_800_000_000).prop_map(|micros| Instant::from_micros(micros).unwrap())
}

/// A calendar with up to three intervals a day that begin and end at multiples of `step` minutes, none of them between 00:00 and `quiet` o'clock.
fn calendars(step: u16, quiet: u16) -> impl Strategy<Value = Calendar> {
    let zones = prop::sample::select(vec![
        Tz::Europe__Berlin,
        Tz::America__New_York,
        Tz::Asia__Shanghai,
        Tz::America__St_Johns,
        Tz::Australia__Lord_Howe,
        Tz::America__Sao_Paulo,
        Tz::UTC,
    ]);
    let ticks = (quiet * 60 / step)..=(24 * 60 / step);
    let day = prop::collection::btree_set(prop_oneof![4 => ticks, 1 => Just(0)], 0..6).prop_map(move |bounds| {
        let time = |tick: u16| format!("{:02}:{:02}", tick * step / 60, tick * step % 60).parse().unwrap();
        let bounds: Vec<u16> = bounds.into_iter().collect();
        bounds.chunks_exact(2).map(|pair| OpenInterval { opens: time(pair[0]), closes: time(pair[1]) }).collect::<Vec<_>>()
    });
    let holidays = prop::collection::btree_set((2000..2038_i32, 1..=366_u32), 0..40)
        .prop_map(|days| days.into_iter().filter_map(|(year, day)| NaiveDate::from_yo_opt(year, day)).collect());
    (zones, prop::array::uniform7(day), holidays)
        .prop_map(|(zone, week, holidays)| Calendar { zone, week, holidays })
        .prop_filter("some working time", |calendar| calendar.week.iter().any(|day| !day.is_empty()))
}

/// Another way to count: look at the local clock once a minute.
fn minutes_by_the_clock(calendar: &Calendar, from: Instant, to: Instant) -> i64 {
    let minutes = (from.micros()..to.micros()).step_by(60_000_000).map(|micros| Instant::from_micros(micros).unwrap());
    let is_open = |instant: &Instant| {
        let local = instant.utc().with_timezone(&calendar.zone);
        let day = [
            ChronoWeekday::Mon,
            ChronoWeekday::Tue,
            ChronoWeekday::Wed,
            ChronoWeekday::Thu,
            ChronoWeekday::Fri,
            ChronoWeekday::Sat,
            ChronoWeekday::Sun,
        ]
        .iter()
        .position(|day| *day == local.weekday())
        .unwrap();
        let minute = local.hour() * 60 + local.minute();
        let open = |hours: &OpenInterval| (u32::from(hours.opens.minutes())..u32::from(hours.closes.minutes())).contains(&minute);
        !calendar.holidays.contains(&local.date_naive()) && calendar.week[day].iter().any(open)
    };
    i64::try_from(minutes.filter(is_open).count()).unwrap()
}

proptest! {
    #[test]
    fn what_was_added_lies_between(calendar in calendars(1, 0), from in instants(), working in 0_i64..2_000_000_000_000) {
        let working = TimeDelta::microseconds(working);
        let due = calendar.add(from, working);
        prop_assert_eq!(calendar.between(from, due), working);
        // The first such instant: a moment earlier there was less.
        if working > TimeDelta::zero() {
            let earlier = due.checked_add(TimeDelta::microseconds(-1)).unwrap();
            prop_assert_eq!(calendar.between(from, earlier), working - TimeDelta::microseconds(1));
        }
    }

    #[test]
    fn time_can_be_added_in_parts(calendar in calendars(1, 0), from in instants(), first in 0_i64..500_000_000_000, second in 1_i64..500_000_000_000) {
        let (first, second) = (TimeDelta::microseconds(first), TimeDelta::microseconds(second));
        prop_assert_eq!(calendar.add(calendar.add(from, first), second), calendar.add(from, first + second));
    }

    #[test]
    fn time_can_be_counted_in_parts(calendar in calendars(1, 0), mut instants in prop::array::uniform3(instants())) {
        instants.sort();
        let [a, b, c] = instants;
        prop_assert_eq!(calendar.between(a, b) + calendar.between(b, c), calendar.between(a, c));
        prop_assert!(calendar.between(a, c) <= c.utc() - a.utc());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Hours do not begin or end while the clocks change, when "open" could mean either; they may go on over it.
    #[test]
    fn the_clock_on_the_wall_agrees(calendar in calendars(15, 4), day in 0_i64..13_880, length in 0_i64..14_400) {
        let from = at("2000-01-01T00:00:00Z").checked_add(TimeDelta::days(day)).unwrap();
        let to = from.checked_add(TimeDelta::minutes(length)).unwrap();
        prop_assert_eq!(calendar.between(from, to).num_minutes(), minutes_by_the_clock(&calendar, from, to));
    }
}
