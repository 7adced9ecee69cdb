//! A calendar as callers write it, the API shows it and the database keeps it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Calendar, OpenInterval, TextEnum, TimeOfDay, Weekday};
use crate::domain::field_error::FieldError;

/// Intervals in a week.
const MAX_HOURS: usize = 50;
/// Days on which the shop does not work.
const MAX_HOLIDAYS: usize = 1_000;
/// A week has at least so much working time, so that a target in working time is found within so many weeks.
const MIN_WEEKLY_MINUTES: u32 = 60;

/// When the shop works. Left out, it works from Monday to Friday, 09:00 to 18:00.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "time_zone": "Asia/Shanghai",
    "hours": [
        {"weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"], "opens": "09:00", "closes": "12:00"},
        {"weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"], "opens": "13:30", "closes": "18:00"},
        {"weekdays": ["saturday"], "opens": "10:00", "closes": "16:00"}
    ],
    "holidays": ["2026-10-01", "2026-10-02"]
}))]
pub struct CalendarDraft {
    /// The IANA name of the zone of the local times; UTC when left out.
    #[serde(default = "utc")]
    #[schema(default = "UTC", max_length = 50)]
    pub time_zone: String,
    /// The hours of the weekdays; a day may have several, a day without any is free. Together at least an hour a week. Hours that go on after
    /// midnight are those of two days: until 24:00, and from 00:00.
    #[serde(default = "office_hours")]
    #[schema(min_items = 1, max_items = 50)]
    pub hours: Vec<OpeningHoursDraft>,
    /// Local days on which the shop does not work, whatever their weekday.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub holidays: Vec<NaiveDate>,
}

/// Hours of some weekdays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"], "opens": "09:00", "closes": "18:00"}))]
pub struct OpeningHoursDraft {
    /// The days that have these hours.
    #[schema(min_items = 1, max_items = 7)]
    pub weekdays: Vec<Weekday>,
    /// From this local time on.
    pub opens: TimeOfDay,
    /// Before this local time, which is later than `opens`; 24:00 is the end of the day.
    pub closes: TimeOfDay,
}

fn utc() -> String {
    Tz::UTC.name().to_owned()
}

fn office_hours() -> Vec<OpeningHoursDraft> {
    use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
    let [opens, closes] = [TimeOfDay::NINE, TimeOfDay::EIGHTEEN];
    vec![OpeningHoursDraft { weekdays: vec![Monday, Tuesday, Wednesday, Thursday, Friday], opens, closes }]
}

impl Default for CalendarDraft {
    fn default() -> Self {
        Self { time_zone: utc(), hours: office_hours(), holidays: Vec::new() }
    }
}

impl CalendarDraft {
    /// The calendar that this draft describes.
    ///
    /// # Errors
    /// All faults, with JSON Pointers into the draft. Codes: `time_zone`, `length` (number of hours, weekdays or holidays), `not_ascending`
    /// (closes before it opens), `overlap` (hours of a day that are open already), `range` (less than an hour a week).
    pub fn parse(&self) -> Result<Calendar, Vec<FieldError>> {
        let mut faults = Vec::new();
        let zone = self.time_zone.parse::<Tz>().unwrap_or_else(|_| {
            faults.push(FieldError::new("/time_zone", "time_zone", "must be the IANA name of a time zone, such as Asia/Shanghai"));
            Tz::UTC
        });
        if !(1..=MAX_HOURS).contains(&self.hours.len()) {
            faults.push(FieldError::new("/hours", "length", format!("must have 1 to {MAX_HOURS} items")));
        }
        if self.holidays.len() > MAX_HOLIDAYS {
            faults.push(FieldError::new("/holidays", "length", format!("must have at most {MAX_HOLIDAYS} items")));
        }
        if !faults.is_empty() {
            // What is longer than it may be is not looked into.
            return Err(faults);
        }
        let week = self.week(&mut faults);
        let weekly: u32 = week.iter().flatten().map(|hours| u32::from(hours.closes.minutes() - hours.opens.minutes())).sum();
        if faults.is_empty() && weekly < MIN_WEEKLY_MINUTES {
            faults.push(FieldError::new("/hours", "range", "must be at least an hour a week"));
        }
        if faults.is_empty() {
            Ok(Calendar { zone, week, holidays: BTreeSet::from_iter(self.holidays.iter().copied()) })
        } else {
            Err(faults)
        }
    }

    /// The hours of each weekday from Monday on, in order.
    fn week(&self, faults: &mut Vec<FieldError>) -> [Vec<OpenInterval>; 7] {
        let mut week: [Vec<OpenInterval>; 7] = Default::default();
        for (index, hours) in self.hours.iter().enumerate() {
            let OpeningHoursDraft { weekdays, opens, closes } = hours;
            if closes <= opens {
                let message = "must be later than opens; hours that go on after midnight are those of two days";
                faults.push(FieldError::new(format!("/hours/{index}/closes"), "not_ascending", message));
                continue;
            }
            if !(1..=Weekday::ALL.len()).contains(&weekdays.len()) {
                faults.push(FieldError::new(format!("/hours/{index}/weekdays"), "length", "must have 1 to 7 items"));
                continue;
            }
            for (day, open) in Weekday::ALL.iter().zip(&mut week).filter(|(day, _)| weekdays.contains(day)) {
                if open.iter().any(|other| *opens < other.closes && other.opens < *closes) {
                    let message = format!("must not overlap with other hours of {day}");
                    faults.push(FieldError::new(format!("/hours/{index}"), "overlap", message));
                }
                open.push(OpenInterval { opens: *opens, closes: *closes });
            }
        }
        for open in &mut week {
            open.sort_by_key(|hours| hours.opens);
        }
        week
    }
}
