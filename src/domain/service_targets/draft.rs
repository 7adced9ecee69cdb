//! Service targets as callers write them, the API shows them and the database keeps them.

use std::ops::RangeInclusive;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ServiceTarget;
use crate::domain::{
    feedback::{FeedbackPriority, FeedbackType},
    field_error::FieldError,
    value_score::Tier,
    working_time::{Calendar, CalendarDraft},
};

const MAX_TARGETS: usize = 200;
/// Minutes of working time: up to a year of most offices.
const MINUTES: RangeInclusive<i64> = 1..=100_000;
const SILENCE_DAYS: RangeInclusive<i64> = 1..=365;

/// What is promised to those who give feedback. What is left out is as it is in a new shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "calendar": {
        "time_zone": "Asia/Shanghai",
        "hours": [{"weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"], "opens": "09:00", "closes": "21:00"}],
        "holidays": ["2026-10-01"]
    },
    "silence_days": 7,
    "targets": [
        {"first_answer_minutes": 540, "resolution_minutes": 2700},
        {"type": "complaint", "first_answer_minutes": 240, "resolution_minutes": 1620},
        {"priority": "urgent", "tier": "most_valuable", "first_answer_minutes": 30, "resolution_minutes": 540}
    ]
}))]
pub struct ServiceTargetsDraft {
    /// When the shop works: the clock of feedback runs in these hours only.
    #[serde(default)]
    pub calendar: CalendarDraft,
    /// Days, by the clock on the wall, after which what was resolved closes without the customer's word.
    #[serde(default = "a_week")]
    #[schema(default = 7, minimum = 1, maximum = 365)]
    pub silence_days: i64,
    /// The targets, one of them for everything. The one that names most of a feedback's type, priority and customer's tier is its target; of two that
    /// name as many, the one that names the priority, and then the one that names the tier.
    #[serde(default = "ServiceTargetsDraft::standard")]
    #[schema(min_items = 1, max_items = 200)]
    pub targets: Vec<ServiceTargetDraft>,
}

/// A target: by when feedback of some kind is answered and resolved, in minutes of working time since its intake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"type": "complaint", "priority": "urgent", "tier": "most_valuable", "first_answer_minutes": 30, "resolution_minutes": 540}))]
pub struct ServiceTargetDraft {
    /// Only for feedback of this type.
    #[serde(rename = "type", default)]
    pub feedback_type: Option<FeedbackType>,
    /// Only for feedback of this priority.
    #[serde(default)]
    pub priority: Option<FeedbackPriority>,
    /// Only for feedback of customers of this tier; somebody unknown has none.
    #[serde(default)]
    pub tier: Option<Tier>,
    /// The customer has a first answer within so many minutes.
    #[schema(minimum = 1, maximum = 100_000)]
    pub first_answer_minutes: i64,
    /// It is resolved within so many minutes; not fewer than `first_answer_minutes`.
    #[schema(minimum = 1, maximum = 100_000)]
    pub resolution_minutes: i64,
}

const fn a_week() -> i64 {
    7
}

impl validator::Validate for ServiceTargetsDraft {
    /// Nothing is wrong yet: [`Self::parse`] checks it all, and names every fault.
    fn validate(&self) -> Result<(), validator::ValidationErrors> {
        Ok(())
    }
}

impl Default for ServiceTargetsDraft {
    fn default() -> Self {
        Self { calendar: CalendarDraft::default(), silence_days: a_week(), targets: Self::standard() }
    }
}

impl ServiceTargetsDraft {
    /// The target of what no other one names: a day of nine hours for an answer, five for the rest.
    pub(super) const EVERYTHING: ServiceTargetDraft = ServiceTargetDraft::within(540, 2700);

    /// The targets of a new shop, in days of nine hours.
    fn standard() -> Vec<ServiceTargetDraft> {
        use FeedbackType::{Complaint, Praise, ReturnRequest, Review, Suggestion};
        let of_type = |feedback_type, target| ServiceTargetDraft { feedback_type: Some(feedback_type), ..target };
        let of_priority = |priority, target| ServiceTargetDraft { priority: Some(priority), ..target };
        let (soon, late) = (ServiceTargetDraft::within(240, 1620), ServiceTargetDraft::within(1080, 5400));
        let at_once = ServiceTargetDraft::within(120, 1080);
        vec![
            Self::EVERYTHING,
            of_type(Complaint, soon),
            of_type(ReturnRequest, soon),
            of_type(Suggestion, late),
            of_type(Review, late),
            of_type(Praise, late),
            of_priority(FeedbackPriority::Low, late),
            of_priority(FeedbackPriority::High, at_once),
            of_priority(FeedbackPriority::Urgent, ServiceTargetDraft::within(60, 540)),
            ServiceTargetDraft { tier: Some(Tier::MostValuable), ..at_once },
        ]
    }

    /// The calendar, when everything else is as it must be too.
    ///
    /// # Errors
    /// All faults, with JSON Pointers into the draft. Codes: those of the calendar, `length` (number of targets), `range`, `not_ascending` (resolved
    /// before answered), `duplicate` (two targets for the same), `required` (no target for everything).
    pub(super) fn parse(&self) -> Result<Calendar, Vec<FieldError>> {
        let mut faults = Vec::new();
        let calendar = self.calendar.parse().map_err(|of_calendar| {
            faults.extend(of_calendar.into_iter().map(|fault| fault.under("/calendar")));
        });
        if !SILENCE_DAYS.contains(&self.silence_days) {
            faults.push(FieldError::new("/silence_days", "range", "must be from 1 to 365"));
        }
        if (1..=MAX_TARGETS).contains(&self.targets.len()) {
            self.check_targets(&mut faults);
        } else {
            faults.push(FieldError::new("/targets", "length", format!("must have 1 to {MAX_TARGETS} items")));
        }
        calendar.ok().filter(|_| faults.is_empty()).ok_or(faults)
    }

    fn check_targets(&self, faults: &mut Vec<FieldError>) {
        for (index, target) in self.targets.iter().enumerate() {
            let mut in_range = true;
            for (field, minutes) in
                [("first_answer_minutes", target.first_answer_minutes), ("resolution_minutes", target.resolution_minutes)]
            {
                if !MINUTES.contains(&minutes) {
                    in_range = false;
                    faults.push(FieldError::new(format!("/targets/{index}/{field}"), "range", "must be from 1 to 100000"));
                }
            }
            if in_range && target.resolution_minutes < target.first_answer_minutes {
                let message = "must not be less than first_answer_minutes";
                faults.push(FieldError::new(format!("/targets/{index}/resolution_minutes"), "not_ascending", message));
            }
            if self.targets.iter().take(index).any(|earlier| earlier.names() == target.names()) {
                faults.push(FieldError::new(format!("/targets/{index}"), "duplicate", "must not be for the same as another target"));
            }
        }
        if !self.targets.iter().any(|target| target.names() == (None, None, None)) {
            faults.push(FieldError::new("/targets", "required", "must have one without type, priority and tier, for everything else"));
        }
    }
}

impl ServiceTargetDraft {
    const fn within(first_answer_minutes: i64, resolution_minutes: i64) -> Self {
        Self { feedback_type: None, priority: None, tier: None, first_answer_minutes, resolution_minutes }
    }

    const fn names(&self) -> (Option<FeedbackType>, Option<FeedbackPriority>, Option<Tier>) {
        (self.feedback_type, self.priority, self.tier)
    }

    /// The more of it the better it fits: how much it names, and of that the priority first, then the tier.
    pub(super) fn weight(&self) -> (usize, bool, bool) {
        let (has_type, has_priority, has_tier) = (self.feedback_type.is_some(), self.priority.is_some(), self.tier.is_some());
        (usize::from(has_type) + usize::from(has_priority) + usize::from(has_tier), has_priority, has_tier)
    }

    pub(super) const fn target(&self) -> ServiceTarget {
        ServiceTarget {
            first_answer: TimeDelta::minutes(self.first_answer_minutes),
            resolution: TimeDelta::minutes(self.resolution_minutes),
        }
    }
}
