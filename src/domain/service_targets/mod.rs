//! Service targets: how soon feedback is answered and resolved, in working time, by its type, its priority and the customer's tier.

use chrono::TimeDelta;

use super::{
    feedback::{FeedbackPriority, FeedbackType},
    field_error::FieldError,
    instants::Instant,
    value_score::Tier,
    versions::{Versioned, kept_as_version},
    working_time::Calendar,
};

mod draft;

pub use draft::{ServiceTargetDraft, ServiceTargetsDraft};

/// The service targets of the shop, at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceTargets {
    /// Counts the changes, from 1.
    pub version: i64,
    /// When they became what they are.
    pub updated_at: Instant,
    draft: ServiceTargetsDraft,
    calendar: Calendar,
}

/// What is promised for one feedback, in working time from its intake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceTarget {
    /// By when the customer has a first answer.
    pub first_answer: TimeDelta,
    /// By when it is resolved.
    pub resolution: TimeDelta,
}

impl ServiceTargets {
    /// The targets that `draft` describes, as a version of their own.
    ///
    /// # Errors
    /// All faults, as [`ServiceTargetsDraft::parse`] names them.
    pub fn new(version: i64, updated_at: Instant, draft: ServiceTargetsDraft) -> Result<Self, Vec<FieldError>> {
        let calendar = draft.parse()?;
        Ok(Self { version, updated_at, draft, calendar })
    }

    /// The targets as callers write them, every part written out.
    pub const fn draft(&self) -> &ServiceTargetsDraft {
        &self.draft
    }

    /// The hours in which targets count.
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// For so long what was resolved waits for the customer's word, in real time; after that it closes.
    pub fn silence(&self) -> TimeDelta {
        TimeDelta::days(self.draft.silence_days)
    }

    /// The target that fits best: of those that fit the one that names most; of two that name as many the one that names the priority, and then the
    /// one that names the tier. `tier` is that of a known customer.
    pub fn target(&self, feedback_type: FeedbackType, priority: FeedbackPriority, tier: Option<Tier>) -> ServiceTarget {
        let fits = |target: &&ServiceTargetDraft| {
            target.feedback_type.is_none_or(|it| it == feedback_type)
                && target.priority.is_none_or(|it| it == priority)
                && target.tier.is_none_or(|it| Some(it) == tier)
        };
        let best = self.draft.targets.iter().filter(fits).max_by_key(|target| target.weight());
        // One that fits everything is among them: a draft without it is refused.
        best.map_or(ServiceTargetsDraft::EVERYTHING, |target| *target).target()
    }
}

impl Versioned for ServiceTargets {
    type Draft = ServiceTargetsDraft;

    fn build(version: i64, updated_at: Instant, draft: Self::Draft) -> Result<Self, Vec<FieldError>> {
        Self::new(version, updated_at, draft)
    }

    kept_as_version!();
}

#[cfg(test)]
mod tests {
    use super::*;
    use FeedbackPriority::{High, Low, Normal, Urgent};
    use FeedbackType::{Complaint, Inquiry, Praise, ReturnRequest};

    fn targets(draft: serde_json::Value) -> Result<ServiceTargets, Vec<(String, &'static str)>> {
        let draft = serde_json::from_value(draft).unwrap();
        let faults = |faults: Vec<FieldError>| faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect();
        ServiceTargets::new(1, Instant::MIN, draft).map_err(faults)
    }

    fn minutes(targets: &ServiceTargets, feedback_type: FeedbackType, priority: FeedbackPriority, tier: Option<Tier>) -> (i64, i64) {
        let target = targets.target(feedback_type, priority, tier);
        (target.first_answer.num_minutes(), target.resolution.num_minutes())
    }

    #[test]
    fn there_are_targets_from_the_start() {
        let standard = targets(serde_json::json!({})).unwrap();
        for (feedback_type, priority, tier, expected) in [
            (Inquiry, Normal, None, (540, 2700)),
            (Complaint, Normal, Some(Tier::Ordinary), (240, 1620)),
            (ReturnRequest, Normal, Some(Tier::Prospect), (240, 1620)),
            (Praise, Normal, None, (1080, 5400)),
            (Complaint, Normal, Some(Tier::MostValuable), (120, 1080)),
            (Complaint, Urgent, None, (60, 540)),
            (Praise, High, Some(Tier::Growth), (120, 1080)),
            (Complaint, Low, Some(Tier::MostValuable), (1080, 5400)),
        ] {
            assert_eq!(minutes(&standard, feedback_type, priority, tier), expected, "{feedback_type} {priority} {tier:?}");
        }
        assert_eq!(standard.silence(), TimeDelta::days(7));
    }

    #[test]
    fn the_most_specific_target_wins() {
        // The first answer's minutes are the number of the row, so that the answer tells which row won.
        let rows = [
            serde_json::json!({}),
            serde_json::json!({"type": "complaint"}),
            serde_json::json!({"tier": "growth"}),
            serde_json::json!({"priority": "high"}),
            serde_json::json!({"type": "complaint", "tier": "growth"}),
            serde_json::json!({"type": "complaint", "priority": "high"}),
            serde_json::json!({"priority": "high", "tier": "growth"}),
            serde_json::json!({"type": "complaint", "priority": "high", "tier": "growth"}),
        ];
        let row = |(index, mut row): (usize, serde_json::Value)| {
            row["first_answer_minutes"] = (index + 1).into();
            row["resolution_minutes"] = 100.into();
            row
        };
        let growth = Some(Tier::Growth);
        for (kept, feedback_type, priority, tier, expected) in [
            (8, Complaint, High, growth, 8),
            (7, Complaint, High, growth, 7),
            (6, Complaint, High, growth, 6),
            (5, Complaint, High, growth, 5),
            (4, Complaint, High, growth, 4),
            (3, Complaint, High, growth, 3),
            (2, Complaint, High, growth, 2),
            (1, Complaint, High, growth, 1),
            (8, Inquiry, High, growth, 7),
            (8, Complaint, Low, growth, 5),
            (8, Complaint, High, None, 6),
            (8, Inquiry, Low, None, 1),
        ] {
            let kept: Vec<_> = rows.iter().take(kept).cloned().enumerate().map(row).rev().collect();
            let targets = targets(serde_json::json!({"targets": kept})).unwrap();
            assert_eq!(
                minutes(&targets, feedback_type, priority, tier).0,
                expected,
                "{} rows: {feedback_type} {priority} {tier:?}",
                kept.len()
            );
        }
    }

    #[test]
    fn a_draft_says_all_that_is_wrong() {
        let row = |first: i64, resolution: i64| serde_json::json!({"type": "review", "first_answer_minutes": first, "resolution_minutes": resolution});
        let faults = |draft| targets(draft).unwrap_err();
        let expected =
            |faults: &[(&str, &'static str)]| faults.iter().map(|(pointer, code)| ((*pointer).to_owned(), *code)).collect::<Vec<_>>();
        assert_eq!(faults(serde_json::json!({"targets": []})), expected(&[("/targets", "length")]));
        assert_eq!(
            faults(serde_json::json!({"silence_days": 0, "calendar": {"time_zone": "Moon"}, "targets": [row(0, 100_001), row(5, 4)]})),
            expected(&[
                ("/calendar/time_zone", "time_zone"),
                ("/silence_days", "range"),
                ("/targets/0/first_answer_minutes", "range"),
                ("/targets/0/resolution_minutes", "range"),
                ("/targets/1/resolution_minutes", "not_ascending"),
                ("/targets/1", "duplicate"),
                ("/targets", "required"),
            ])
        );
    }
}
