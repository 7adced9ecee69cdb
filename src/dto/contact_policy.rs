//! The contact policy on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{
    consents::ContactPurpose,
    contact_policy::{ContactPolicy, QuietHoursDraft, WeeklyCap},
    instants::Instant,
};

/// How often and when customers are written to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContactPolicy, example = json!({
    "version": 2, "time_zone": "Asia/Shanghai", "quiet_hours": {"from": "21:00", "to": "08:00"},
    "weekly_caps": [{"channel": "email", "messages": 2}, {"channel": "sms", "messages": 1}],
    "capped_purposes": ["marketing", "survey"], "consent_needed_for": ["marketing"], "updated_at": "2026-06-30T08:15:00Z"
}))]
pub struct ContactPolicyView {
    /// Counts the changes, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
    /// The shop's own zone, for customers of whom none is known.
    pub time_zone: String,
    /// Local hours in which nothing is sent.
    #[schema(required)]
    pub quiet_hours: Option<QuietHoursDraft>,
    /// The most messages to one customer within seven days, by channel.
    pub weekly_caps: Vec<WeeklyCap>,
    /// The purposes that caps count and hold for.
    pub capped_purposes: Vec<ContactPurpose>,
    /// The purposes that nobody is written to for without having granted it.
    pub consent_needed_for: Vec<ContactPurpose>,
    /// When it became what it is.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<&ContactPolicy> for ContactPolicyView {
    fn from(policy: &ContactPolicy) -> Self {
        let draft = policy.draft().clone();
        Self {
            version: policy.version,
            time_zone: draft.time_zone,
            quiet_hours: draft.quiet_hours,
            weekly_caps: draft.weekly_caps,
            capped_purposes: draft.capped_purposes,
            consent_needed_for: draft.consent_needed_for,
            updated_at: policy.updated_at,
        }
    }
}
