//! Segments: customers picked by what is known of them.
//!
//! A definition is a tree of conditions in JSON. It is parsed into a [`Condition`], every fault named at its place, and planned into a [`Plan`], which says
//! what is asked of the stored rows; `db::segments` writes that as one statement.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{customers::Customer, ids::Id, instants::Instant, paging::SortOrder, texts};

mod built_in;
mod condition;
mod definition;
mod explain;
mod facts;
mod graph;
mod parse;
mod parse_leaf;
pub mod plan;
mod planner;
mod reader;
mod span;

pub use built_in::{BuiltIn, built_in};
pub use condition::{
    AttributeTest, CampaignMeasure, Condition, CouponMeasure, Feedback, FeedbackMeasure, Leaf, LineFilter, Month, NumberTest, Period,
    PurchaseFilter, PurchaseMeasure, Purchases, References, SetTest, Test, WordTest,
};
pub use definition::Definition;
pub use explain::{Explanation, SeenRow, explain};
pub use facts::{Fact, FactType};
pub use graph::{GraphFault, check_graph, count_leaves};
pub use parse::{MAX_LEAVES, OTHER_FACTS};
pub use plan::{Circumstances, CurrentRun, Plan, PlanFault};
pub use planner::band_points;
pub use span::{Present, Span, TimeTest, When};

/// Everything a caller may say about a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Parents who buy textbooks", "description": "Bought for a child, twice in a year at least.",
    "definition": {"all": [{"buys_for": "child"}, {"purchases": "count", "default_user": "student", "within_days": 365, "at_least": 2}]}
}))]
pub struct SegmentDraft {
    /// Unique among segments.
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    #[validate(length(min = 1, max = 1000), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 1000, pattern = "plain")]
    pub description: Option<String>,
    /// Who is a member. A patch replaces it as a whole unless both are objects, which are merged; send `null` for what goes.
    pub definition: Definition,
}

/// A definition that is tried without keeping it.
#[derive(Debug, Clone, PartialEq, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"definition": {"all": [{"fact": "tier", "is": "most_valuable"}, {"purchases": "last", "at_least_days_ago": 90}]}}))]
pub struct SegmentPreviewDraft {
    /// Who would be a member.
    pub definition: Definition,
}

/// A segment as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// The segment's id.
    pub id: Id<Segment>,
    /// What was said about it.
    pub draft: SegmentDraft,
    /// Whether it came with Patron: then it can be copied, and not changed.
    pub is_built_in: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

text_enum! {
    /// The orders of the list of segments.
    SegmentSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for SegmentSort {}

text_enum! {
    /// The order of the list of members.
    MemberSort { Id = "id" }
}

impl SortOrder for MemberSort {}

/// Which segments are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SegmentSearch {
    /// Came with Patron, or did not.
    pub is_built_in: Option<bool>,
}

/// A member of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub customer_id: Id<Customer>,
    /// The full name.
    pub name: String,
}

/// Who would be, or is, a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentPreview {
    /// How many members there are.
    pub count: i64,
    /// How many customers there are.
    pub customers: i64,
    /// The newest members.
    pub sample: Vec<Member>,
}

/// Who was a member at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentSnapshot {
    /// The snapshot's id.
    pub id: Id<SegmentSnapshot>,
    /// Of which segment.
    pub segment_id: Id<Segment>,
    /// The segment's version then.
    pub segment_version: i64,
    /// How many members there were.
    pub member_count: i64,
    /// When it was taken.
    pub taken_at: Instant,
}

text_enum! {
    /// The orders of the list of snapshots.
    SnapshotSort { TakenAt = "taken_at", NewestFirst = "-taken_at" }
}

impl SortOrder for SnapshotSort {}

text_enum! {
    /// What became of a customer between two snapshots.
    MemberChange {
        /// A member of the later one only.
        Entered = "entered",
        /// A member of the earlier one only.
        Left = "left",
    }
}

#[cfg(test)]
mod tests;
