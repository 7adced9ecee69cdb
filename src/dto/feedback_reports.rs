//! Reports on feedback on the wire.

use chrono::TimeDelta;
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{
    feedback_reports::{FeedbackFigures, FeedbackGrouping, FeedbackReport, GroupKey, Pace, ReportGroup, ReportRequest},
    instants::Instant,
    value_score::{BasisPoints, Hundredths},
};

/// Days of a report that says no `from`.
const USUAL_DAYS: i64 = 90;
const USUAL_LIMIT: u32 = 50;

/// Which feedback, and how it is put together.
#[derive(Debug, serde::Deserialize, validator::Validate, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportParams {
    /// Feedback that came in at or after this instant; 90 days before `to` when left out.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime, nullable = false)]
    pub from: Option<Instant>,
    /// And before this instant; now when left out.
    #[serde(default)]
    #[param(value_type = Option<String>, format = DateTime, nullable = false)]
    pub to: Option<Instant>,
    /// What is put together; `type` when left out.
    #[serde(default)]
    #[param(inline, nullable = false)]
    pub group_by: Option<FeedbackGrouping>,
    /// At most so many groups, those with most feedback.
    #[serde(default)]
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50, nullable = false)]
    pub limit: Option<u32>,
}

impl ReportParams {
    /// The report that is asked for at `now`.
    pub fn request(&self, now: Instant) -> ReportRequest {
        let to = self.to.unwrap_or(now);
        let usual = || to.checked_add(TimeDelta::days(-USUAL_DAYS)).unwrap_or(Instant::MIN);
        ReportRequest {
            from: self.from.unwrap_or_else(usual),
            to,
            grouping: self.group_by.unwrap_or_default(),
            limit: usize::try_from(self.limit.unwrap_or(USUAL_LIMIT)).unwrap_or(usize::MAX),
        }
    }
}

/// How much feedback came in, how soon it was answered and resolved, and whether that helped.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedbackReport, example = json!({
    "from": "2026-04-01T00:00:00Z", "to": "2026-07-01T00:00:00Z", "group_by": "type",
    "total": {
        "count": 12, "reopened_share": 0.125,
        "first_answer": {"count": 11, "median_seconds": 3600, "p90_seconds": 21600, "within_target_share": 0.9091},
        "resolution": {"count": 8, "median_seconds": 32400, "p90_seconds": 97200, "within_target_share": 0.75},
        "rating": {"count": 3, "average": 4.33},
        "outcome": {"helped": 5, "not_helped": 1, "silence": 2, "helped_share": 0.8333}
    },
    "groups": [{"key": "complaint", "label": null, "figures": {
        "count": 7, "reopened_share": 0.2,
        "first_answer": {"count": 7, "median_seconds": 3000, "p90_seconds": 9000, "within_target_share": 1.0},
        "resolution": {"count": 5, "median_seconds": 32400, "p90_seconds": 97200, "within_target_share": 0.8},
        "rating": {"count": 0, "average": null},
        "outcome": {"helped": 3, "not_helped": 1, "silence": 1, "helped_share": 0.75}
    }}],
    "group_count": 3
}))]
pub struct FeedbackReportView {
    /// Feedback that came in at or after this instant.
    #[schema(value_type = String, format = DateTime)]
    pub from: Instant,
    /// And before this instant.
    #[schema(value_type = String, format = DateTime)]
    pub to: Instant,
    /// What is put together.
    pub group_by: FeedbackGrouping,
    /// All feedback of the period.
    pub total: FeedbackFiguresView,
    /// The groups with most feedback, the largest first.
    pub groups: Vec<FeedbackGroupView>,
    /// How many groups there are; `limit` may leave some out of `groups`.
    #[schema(minimum = 0)]
    pub group_count: usize,
}

/// A group of feedback.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedbackGroup, example = json!({"key": "complaint", "label": null, "figures": {
    "count": 7, "reopened_share": 0.2,
    "first_answer": {"count": 7, "median_seconds": 3000, "p90_seconds": 9000, "within_target_share": 1.0},
    "resolution": {"count": 5, "median_seconds": 32400, "p90_seconds": 97200, "within_target_share": 0.8},
    "rating": {"count": 0, "average": null},
    "outcome": {"helped": 3, "not_helped": 1, "silence": 1, "helped_share": 0.75}
}}))]
pub struct FeedbackGroupView {
    /// The type, channel or tier; the id of the product, category or member of staff; null for feedback that has none.
    #[schema(required)]
    pub key: Option<String>,
    /// The product's title, the category's name, the name or e-mail address of the member of staff.
    #[schema(required)]
    pub label: Option<String>,
    /// Its figures.
    pub figures: FeedbackFiguresView,
}

/// The figures of some feedback. Shares and means of nothing are null.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedbackFigures, example = json!({
    "count": 7, "reopened_share": 0.2,
    "first_answer": {"count": 7, "median_seconds": 3000, "p90_seconds": 9000, "within_target_share": 1.0},
    "resolution": {"count": 5, "median_seconds": 32400, "p90_seconds": 97200, "within_target_share": 0.8},
    "rating": {"count": 0, "average": null},
    "outcome": {"helped": 3, "not_helped": 1, "silence": 1, "helped_share": 0.75}
}))]
pub struct FeedbackFiguresView {
    /// How much came in.
    #[schema(minimum = 0)]
    pub count: i64,
    /// Of what was resolved at least once, the share that was taken up again.
    #[schema(required, minimum = 0, maximum = 1)]
    pub reopened_share: Option<f64>,
    /// How soon the first answer came.
    pub first_answer: PaceView,
    /// How soon it was resolved; what was reopened and is not resolved again is not in it.
    pub resolution: PaceView,
    /// What reviews say.
    pub rating: MeanRatingView,
    /// What customers said of the resolution.
    pub outcome: OutcomeCountsView,
}

/// How soon something was done, in seconds of working time from intake, pauses left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Pace, example = json!({"count": 7, "median_seconds": 3000, "p90_seconds": 9000, "within_target_share": 1.0}))]
pub struct PaceView {
    /// How often it was done.
    #[schema(minimum = 0)]
    pub count: i64,
    /// Half of it took at most so long (nearest rank).
    #[schema(required, minimum = 0)]
    pub median_seconds: Option<i64>,
    /// Nine tenths of it took at most so long (nearest rank).
    #[schema(required, minimum = 0)]
    pub p90_seconds: Option<i64>,
    /// Of what was done, or is late by now, the share that was done in time.
    #[schema(required, minimum = 0, maximum = 1)]
    pub within_target_share: Option<f64>,
}

/// The mean of ratings.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MeanRating, example = json!({"count": 3, "average": 4.33}))]
pub struct MeanRatingView {
    /// How many ratings there are.
    #[schema(minimum = 0)]
    pub count: i64,
    /// Their mean, with two decimals.
    #[schema(required, minimum = 1, maximum = 5)]
    pub average: Option<f64>,
}

/// What customers said when they were asked whether the resolution helped.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutcomeCounts, example = json!({"helped": 3, "not_helped": 1, "silence": 1, "helped_share": 0.75}))]
pub struct OutcomeCountsView {
    /// Yes.
    #[schema(minimum = 0)]
    pub helped: i64,
    /// No.
    #[schema(minimum = 0)]
    pub not_helped: i64,
    /// Nothing, until it was closed.
    #[schema(minimum = 0)]
    pub silence: i64,
    /// Of those who said something, the share that said yes.
    #[schema(required, minimum = 0, maximum = 1)]
    pub helped_share: Option<f64>,
}

impl From<FeedbackReport> for FeedbackReportView {
    fn from(report: FeedbackReport) -> Self {
        Self {
            from: report.request.from,
            to: report.request.to,
            group_by: report.request.grouping,
            total: report.total.into(),
            groups: report.groups.into_iter().map(Into::into).collect(),
            group_count: report.group_count,
        }
    }
}

impl From<ReportGroup> for FeedbackGroupView {
    fn from(group: ReportGroup) -> Self {
        let key = group.key.map(|key| match key {
            GroupKey::Word(word) => word.to_owned(),
            GroupKey::Id(id) => id.to_string(),
        });
        Self { key, label: group.label, figures: group.figures.into() }
    }
}

impl From<FeedbackFigures> for FeedbackFiguresView {
    fn from(figures: FeedbackFigures) -> Self {
        let share = |share: Option<BasisPoints>| share.map(BasisPoints::as_number);
        Self {
            count: figures.count,
            reopened_share: share(figures.reopened_share),
            first_answer: figures.first_answer.into(),
            resolution: figures.resolution.into(),
            rating: MeanRatingView { count: figures.ratings, average: figures.average_rating.map(Hundredths::as_number) },
            outcome: OutcomeCountsView {
                helped: figures.helped,
                not_helped: figures.not_helped,
                silence: figures.silence,
                helped_share: share(figures.helped_share),
            },
        }
    }
}

impl From<Pace> for PaceView {
    fn from(pace: Pace) -> Self {
        Self {
            count: pace.count,
            median_seconds: pace.median_seconds,
            p90_seconds: pace.p90_seconds,
            within_target_share: pace.within_target_share.map(BasisPoints::as_number),
        }
    }
}
