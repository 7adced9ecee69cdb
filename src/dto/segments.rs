//! Segments on the wire.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::{
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        segments::{
            Definition, Explanation, Member, MemberChange, MemberSort, Segment, SegmentDraft, SegmentPreview, SegmentSearch,
            SegmentSnapshot, SegmentSort, SnapshotSort,
        },
    },
    list_params,
};

list_params! {
    /// Which segments.
    ListSegments sorted by SegmentSort = CreatedAt {
        /// Came with Patron, or did not.
        built_in: bool,
    }
}

impl From<ListSegments> for SegmentSearch {
    fn from(params: ListSegments) -> Self {
        Self { is_built_in: params.built_in }
    }
}

list_params! {
    /// Which members.
    ListMembers sorted by MemberSort = Id {}
}

list_params! {
    /// Which snapshots.
    ListSnapshots sorted by SnapshotSort = NewestFirst {}
}

list_params! {
    /// Which changes.
    ListChanges sorted by MemberSort = Id {
        /// The snapshot to compare with; the one before when left out, and nobody where there is none before.
        #[param(value_type = Option<Uuid>)] since: Id<SegmentSnapshot>,
    }
}

/// Whom to explain.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExplainParams {
    /// The customer's id.
    #[serde(default)]
    #[param(value_type = Uuid, required = true)]
    pub customer_id: Option<Id<Customer>>,
}

/// A segment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Segment, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a91", "name": "Parents who buy textbooks", "description": null,
    "definition": {"all": [{"buys_for": "child"}, {"purchases": "count", "default_user": "student", "within_days": 365, "at_least": 2}]},
    "built_in": false, "version": 1, "created_at": "2026-06-30T08:15:00Z", "updated_at": "2026-06-30T08:15:00Z"
}))]
pub struct SegmentView {
    /// The segment's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Segment>,
    /// What it is called.
    pub name: String,
    /// What it is for.
    #[schema(required)]
    pub description: Option<String>,
    /// Who is a member.
    pub definition: Definition,
    /// Whether it came with Patron: then it is read only, and its definition can be copied.
    pub built_in: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<Segment> for SegmentView {
    fn from(segment: Segment) -> Self {
        let SegmentDraft { name, description, definition } = segment.draft;
        Self {
            id: segment.id,
            name,
            description,
            definition,
            built_in: segment.is_built_in,
            version: segment.version,
            created_at: segment.created_at,
            updated_at: segment.updated_at,
        }
    }
}

/// A member of a segment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentMember, example = json!({"customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "name": "王小明"}))]
pub struct MemberView {
    /// Who.
    #[schema(value_type = Uuid)]
    pub customer_id: Id<Customer>,
    /// The full name.
    pub name: String,
}

impl From<Member> for MemberView {
    fn from(Member { customer_id, name }: Member) -> Self {
        Self { customer_id, name }
    }
}

/// Who is a member, in numbers and by example.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentPreview, example = json!({
    "count": 471, "share": 0.1081, "sample": [{"customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "name": "王小明"}]
}))]
pub struct SegmentPreviewView {
    /// How many members there are.
    #[schema(minimum = 0)]
    pub count: i64,
    /// Which part of all customers they are; 0 where there are none.
    #[schema(minimum = 0, maximum = 1)]
    pub share: f64,
    /// The newest ten of them.
    #[schema(max_items = 10)]
    pub sample: Vec<MemberView>,
}

impl From<SegmentPreview> for SegmentPreviewView {
    fn from(SegmentPreview { count, customers, sample }: SegmentPreview) -> Self {
        Self { count, share: share(count, customers), sample: sample.into_iter().map(Into::into).collect() }
    }
}

/// `part` by `whole`, rounded to four decimals.
fn share(part: i64, whole: i64) -> f64 {
    if whole <= 0 {
        return 0.0;
    }
    let tenths_of_permille = (i128::from(part) * 20_000 + i128::from(whole)) / (i128::from(whole) * 2);
    f64::from(u16::try_from(tenths_of_permille).unwrap_or(u16::MAX)) / 10_000.0
}

/// Why a customer is a member, or why not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentExplanation, example = json!({
    "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "matches": false,
    "definition": {"matches": false, "all": [
        {"fact": "age", "at_least": 30, "matches": true, "seen": 38},
        {"purchases": "sum", "within_days": 365, "above": 100_000, "matches": false, "seen": 42_500}
    ]}
}))]
pub struct ExplanationView {
    /// Who.
    #[schema(value_type = Uuid)]
    pub customer_id: Id<Customer>,
    /// Whether the customer is a member now.
    pub matches: bool,
    /// The segment's definition, in which each condition has `matches` besides, and each leaf the value that was `seen`; null for what is not known.
    #[schema(value_type = Object)]
    pub definition: serde_json::Value,
}

impl ExplanationView {
    /// The explanation of one customer.
    pub fn of((customer_id, explanation): (Id<Customer>, Explanation)) -> Self {
        Self { customer_id, matches: explanation.matches, definition: explanation.definition }
    }
}

/// Who was a member at some time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentSnapshot, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a95", "segment_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a91", "segment_version": 3, "member_count": 471,
    "taken_at": "2026-06-30T08:15:00Z"
}))]
pub struct SnapshotView {
    /// The snapshot's id.
    #[schema(value_type = Uuid)]
    pub id: Id<SegmentSnapshot>,
    /// Of which segment.
    #[schema(value_type = Uuid)]
    pub segment_id: Id<Segment>,
    /// The segment's version then.
    #[schema(minimum = 1)]
    pub segment_version: i64,
    /// How many members there were.
    #[schema(minimum = 0)]
    pub member_count: i64,
    /// When it was taken.
    #[schema(value_type = String, format = DateTime)]
    pub taken_at: Instant,
}

impl From<SegmentSnapshot> for SnapshotView {
    fn from(SegmentSnapshot { id, segment_id, segment_version, member_count, taken_at }: SegmentSnapshot) -> Self {
        Self { id, segment_id, segment_version, member_count, taken_at }
    }
}

/// What became of a customer between two snapshots.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SegmentChange, example = json!({"customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "change": "entered"}))]
pub struct ChangeView {
    /// Who.
    #[schema(value_type = Uuid)]
    pub customer_id: Id<Customer>,
    /// Whether the customer has become a member, or is none any more.
    pub change: MemberChange,
}

impl From<(Id<Customer>, MemberChange)> for ChangeView {
    fn from((customer_id, change): (Id<Customer>, MemberChange)) -> Self {
        Self { customer_id, change }
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    #[allow(clippy::float_cmp, reason = "both are the same four decimals")]
    fn shares_have_four_decimals() {
        assert_eq!([share(0, 0), share(0, 7), share(1, 3), share(2, 3), share(7, 7)], [0.0, 0.0, 0.3333, 0.6667, 1.0]);
    }
}
