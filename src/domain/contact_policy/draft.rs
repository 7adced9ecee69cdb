//! The contact policy as callers write it, the API shows it and the database keeps it.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::QuietHours;
use crate::domain::{
    consents::{ContactChannel, ContactPurpose},
    field_error::FieldError,
    working_time::TimeOfDay,
};

/// The most messages a week that a cap can allow.
const MAX_MESSAGES: i64 = 100;

/// How often and when customers are written to. What is left out is as it is in a new shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "time_zone": "Asia/Shanghai", "quiet_hours": {"from": "21:00", "to": "08:00"},
    "weekly_caps": [{"channel": "email", "messages": 2}, {"channel": "sms", "messages": 1}],
    "capped_purposes": ["marketing", "survey"], "consent_needed_for": ["marketing"]
}))]
pub struct ContactPolicyDraft {
    /// The IANA name of the shop's own zone, for customers of whom none is known; UTC when left out.
    #[serde(default = "utc")]
    #[schema(default = "UTC", max_length = 50)]
    pub time_zone: String,
    /// Local hours in which nothing is sent; null for none.
    #[serde(default = "nights")]
    pub quiet_hours: Option<QuietHoursDraft>,
    /// The most messages to one customer within seven days, by channel; a channel that is not named has no cap.
    #[serde(default = "standard_caps")]
    #[schema(max_items = 6)]
    pub weekly_caps: Vec<WeeklyCap>,
    /// The purposes that caps count and hold for.
    #[serde(default = "capped")]
    #[schema(max_items = 3)]
    pub capped_purposes: Vec<ContactPurpose>,
    /// The purposes that nobody is written to for without having granted it. For the others it is enough not to have withdrawn.
    #[serde(default = "in_need")]
    #[schema(max_items = 3)]
    pub consent_needed_for: Vec<ContactPurpose>,
}

/// Local hours in which nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "21:00", "to": "08:00"}))]
pub struct QuietHoursDraft {
    /// From this local time on.
    pub from: TimeOfDay,
    /// Before this local time: of the next day where it is not later than `from`.
    pub to: TimeOfDay,
}

/// The most messages within seven days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"channel": "email", "messages": 2}))]
pub struct WeeklyCap {
    /// By this way.
    pub channel: ContactChannel,
    /// So many; 0 for none at all.
    #[schema(minimum = 0, maximum = 100)]
    pub messages: i64,
}

fn utc() -> String {
    Tz::UTC.name().to_owned()
}

#[allow(clippy::unnecessary_wraps, reason = "it stands in for a field that can be null")]
fn nights() -> Option<QuietHoursDraft> {
    Some(QuietHoursDraft { from: TimeOfDay::at_hour(21), to: TimeOfDay::at_hour(8) })
}

fn standard_caps() -> Vec<WeeklyCap> {
    vec![WeeklyCap { channel: ContactChannel::Email, messages: 2 }, WeeklyCap { channel: ContactChannel::Sms, messages: 1 }]
}

fn capped() -> Vec<ContactPurpose> {
    vec![ContactPurpose::Marketing, ContactPurpose::Survey]
}

fn in_need() -> Vec<ContactPurpose> {
    vec![ContactPurpose::Marketing]
}

impl validator::Validate for ContactPolicyDraft {
    /// Nothing is wrong yet: [`Self::parse`] checks it all, and names every fault.
    fn validate(&self) -> Result<(), validator::ValidationErrors> {
        Ok(())
    }
}

impl Default for ContactPolicyDraft {
    fn default() -> Self {
        Self {
            time_zone: utc(),
            quiet_hours: nights(),
            weekly_caps: standard_caps(),
            capped_purposes: capped(),
            consent_needed_for: in_need(),
        }
    }
}

impl ContactPolicyDraft {
    /// The shop's zone and the quiet hours, when everything else is as it must be too.
    ///
    /// # Errors
    /// All faults, with JSON Pointers into the draft. Codes: `time_zone`, `equal` (quiet hours without end), `range`, `duplicate`.
    pub(super) fn parse(&self) -> Result<(Tz, Option<QuietHours>), Vec<FieldError>> {
        let mut faults = Vec::new();
        let zone: Option<Tz> = self.time_zone.parse().ok();
        if zone.is_none() {
            faults.push(FieldError::new("/time_zone", "time_zone", "must be the IANA name of a time zone, such as Asia/Shanghai"));
        }
        let quiet = self.quiet_hours.map(|hours| QuietHours::new(hours.from, hours.to));
        if quiet == Some(None) {
            faults.push(FieldError::new("/quiet_hours/to", "equal", "must not be the same as from"));
        }
        for (index, cap) in self.weekly_caps.iter().enumerate() {
            if !(0..=MAX_MESSAGES).contains(&cap.messages) {
                faults.push(FieldError::new(format!("/weekly_caps/{index}/messages"), "range", "must be from 0 to 100"));
            }
            if self.weekly_caps.iter().take(index).any(|earlier| earlier.channel == cap.channel) {
                faults.push(FieldError::new(
                    format!("/weekly_caps/{index}"),
                    "duplicate",
                    "must not be for the same channel as another cap",
                ));
            }
        }
        for (name, purposes) in [("capped_purposes", &self.capped_purposes), ("consent_needed_for", &self.consent_needed_for)] {
            for (index, purpose) in purposes.iter().enumerate() {
                if purposes.iter().take(index).any(|earlier| earlier == purpose) {
                    faults.push(FieldError::new(format!("/{name}/{index}"), "duplicate", "must not be named twice"));
                }
            }
        }
        match (zone, quiet.flatten()) {
            (Some(zone), quiet) if faults.is_empty() => Ok((zone, quiet)),
            _ => Err(faults),
        }
    }
}
