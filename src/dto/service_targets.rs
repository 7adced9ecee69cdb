//! Service targets on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{
    instants::Instant,
    service_targets::{ServiceTargetDraft, ServiceTargets},
    working_time::CalendarDraft,
};

/// What is promised to those who give feedback.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceTargets, example = json!({
    "version": 2,
    "calendar": {
        "time_zone": "Asia/Shanghai",
        "hours": [{"weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"], "opens": "09:00", "closes": "21:00"}],
        "holidays": ["2026-10-01"]
    },
    "silence_days": 7,
    "targets": [
        {"type": null, "priority": null, "tier": null, "first_answer_minutes": 540, "resolution_minutes": 2700},
        {"type": "complaint", "priority": null, "tier": null, "first_answer_minutes": 240, "resolution_minutes": 1620}
    ],
    "updated_at": "2026-06-30T08:15:00Z"
}))]
pub struct ServiceTargetsView {
    /// Counts the changes, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the shop works: the clock of feedback runs in these hours only.
    pub calendar: CalendarDraft,
    /// Days, by the clock on the wall, after which what was resolved closes without the customer's word.
    #[schema(minimum = 1, maximum = 365)]
    pub silence_days: i64,
    /// The targets, one of them for everything.
    pub targets: Vec<ServiceTargetDraft>,
    /// When they became what they are.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<&ServiceTargets> for ServiceTargetsView {
    fn from(targets: &ServiceTargets) -> Self {
        let draft = targets.draft().clone();
        Self {
            version: targets.version,
            calendar: draft.calendar,
            silence_days: draft.silence_days,
            targets: draft.targets,
            updated_at: targets.updated_at,
        }
    }
}
