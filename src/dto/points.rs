//! Points on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::orders::ActorView;
use crate::{
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        orders::Order,
        points::{
            CardMultiplier, CategoryBonus, Expiring, PointAccount, PointEntry, PointFilter, PointKind, PointSort, PointSource,
            PointStanding, PointStatus, PointsProgramme, ReferralPoints,
        },
    },
    list_params,
};

list_params! {
    /// Which entries.
    ListPoints sorted by PointSort = NewestFirst {
        /// Of this kind.
        #[param(inline)] kind: PointKind,
        /// At this status.
        #[param(inline)] status: PointStatus,
        /// Of this order.
        #[param(value_type = Option<Uuid>)] order_id: Id<Order>,
    }
}

impl ListPoints {
    /// Which entries of a customer.
    pub const fn filter(&self, customer_id: Id<Customer>) -> PointFilter {
        PointFilter { customer_id, kind: self.kind, status: self.status, order_id: self.order_id }
    }
}

/// An entry of a customer's points.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PointEntry, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8ab0", "kind": "earn", "status": "posted", "points": 128, "remaining": 128, "source": "order",
    "order_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90", "about_id": null, "business_id": null, "reason": null, "balance_after": 348,
    "expires_at": "2028-06-29T08:15:00Z", "actor": {"kind": "client", "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a01"},
    "created_at": "2026-06-30T08:15:00Z", "posted_at": "2026-06-30T08:15:00Z"
}))]
pub struct PointEntryView {
    /// The entry's id.
    #[schema(value_type = Uuid)]
    pub id: Id<PointEntry>,
    /// What it does: `earn` and `adjust` add, `spend`, `expire`, `reverse` (what an order no longer earns) and `adjust` take away.
    pub kind: PointKind,
    /// `pending` until the order is completed; `cancelled` when it came to nothing before.
    pub status: PointStatus,
    /// By how much the balance goes up, or down.
    pub points: i64,
    /// What is left of posted points that were added: neither spent, taken back nor expired.
    #[schema(minimum = 0)]
    pub remaining: i64,
    /// What it was earned by; `shop` for what is spent, given or taken.
    pub source: PointSource,
    /// The order that earned it, or that it was spent on.
    #[schema(value_type = Option<Uuid>, required)]
    pub order_id: Option<Id<Order>>,
    /// What else it is about: the product of a review, the survey that was answered, the entry that expired.
    #[schema(value_type = Option<Uuid>, required)]
    pub about_id: Option<Id<()>>,
    /// What the shop's own books call it.
    #[schema(required)]
    pub business_id: Option<String>,
    /// Why, where somebody said so.
    #[schema(required)]
    pub reason: Option<String>,
    /// The balance once it was posted.
    #[schema(required)]
    pub balance_after: Option<i64>,
    /// When what is left of it expires; null of what never does and of what is pending.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub expires_at: Option<Instant>,
    /// Who did what made it.
    pub actor: ActorView,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was posted.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub posted_at: Option<Instant>,
}

impl From<PointEntry> for PointEntryView {
    fn from(entry: PointEntry) -> Self {
        Self {
            id: entry.id,
            kind: entry.kind,
            status: entry.status,
            points: entry.points,
            remaining: entry.remaining,
            source: entry.source,
            order_id: entry.order_id,
            about_id: entry.about_id,
            business_id: entry.business_id,
            reason: entry.reason,
            balance_after: entry.balance_after,
            expires_at: entry.expires_at,
            actor: ActorView { kind: entry.actor_kind, id: entry.actor_id },
            created_at: entry.created_at,
            posted_at: entry.posted_at,
        }
    }
}

/// What expires next.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExpiringPoints, example = json!({"points": 40, "at": "2026-08-01T09:00:00Z"}))]
pub struct ExpiringView {
    /// How many points.
    #[schema(minimum = 1)]
    pub points: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
}

impl From<Expiring> for ExpiringView {
    fn from(Expiring { points, at }: Expiring) -> Self {
        Self { points, at }
    }
}

/// Where a customer's points stand, and one page of how they came there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Points)]
pub struct PointsView {
    /// The sum of all posted entries; below zero only by what was taken back, and then what is earned next pays it.
    pub balance: i64,
    /// The sum of all pending entries.
    pub pending: i64,
    /// All that was ever earned, less what was taken back.
    pub lifetime_earned: i64,
    /// What of the balance expires next.
    #[schema(required)]
    pub expiring_next: Option<ExpiringView>,
    /// Counts the changes; 0 of somebody who never had any.
    #[schema(minimum = 0)]
    pub version: i64,
    /// The entries in the order asked for.
    pub data: Vec<PointEntryView>,
    /// Send it as `cursor` for the next page; null on the last one.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many entries match in all, with `include=total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub total: Option<i64>,
}

impl PointsView {
    /// A page of entries beside where the points stand.
    pub fn new(standing: PointStanding, data: Vec<PointEntryView>, next_cursor: Option<String>, total: Option<i64>) -> Self {
        let PointStanding { account, expiring_next } = standing;
        Self {
            balance: account.balance,
            pending: account.pending,
            lifetime_earned: account.lifetime_earned,
            expiring_next: expiring_next.map(Into::into),
            version: account.version,
            data,
            next_cursor,
            total,
        }
    }
}

/// What was done with a customer's points, and where they stand after it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PointMovement, example = json!({
    "entry": {
        "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8ab1", "kind": "spend", "status": "posted", "points": -500, "remaining": 0, "source": "shop",
        "order_id": null, "about_id": null, "business_id": "till-3-20260630-0042", "reason": null, "balance_after": 120, "expires_at": null,
        "actor": {"kind": "client", "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a01"}, "created_at": "2026-06-30T08:15:00Z",
        "posted_at": "2026-06-30T08:15:00Z"
    },
    "balance": 120, "pending": 30, "version": 17
}))]
pub struct PointMovementView {
    /// The entry.
    pub entry: PointEntryView,
    /// The balance after it.
    pub balance: i64,
    /// What is pending.
    pub pending: i64,
    /// The version of the customer's points.
    #[schema(minimum = 1)]
    pub version: i64,
}

impl From<(PointAccount, PointEntry)> for PointMovementView {
    fn from((account, entry): (PointAccount, PointEntry)) -> Self {
        Self { entry: entry.into(), balance: account.balance, pending: account.pending, version: account.version }
    }
}

/// How points are earned, how long they last and what they are worth.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PointsProgramme, example = json!({
    "version": 2, "enabled": true, "starts_at": "2026-07-01T00:00:00Z", "minor_per_point": 1000, "without_card_percent": 100,
    "card_multipliers": [{"card_kind": "vip", "percent": 200}],
    "category_bonuses": [{"category_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90", "percent": 50}],
    "review_points": 20, "survey_points": 20, "referral_points": {"referrer": 200, "friend": 100},
    "expires_after_days": 730, "notice_days": 30, "point_value": 10, "updated_at": "2026-06-30T08:15:00Z"
}))]
pub struct PointsProgrammeView {
    /// Counts the changes, from 1.
    #[schema(minimum = 1)]
    pub version: i64,
    /// Whether points are earned.
    pub enabled: bool,
    /// Orders placed before earn nothing.
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: Instant,
    /// Minor units of money for one point.
    #[schema(minimum = 1)]
    pub minor_per_point: i64,
    /// What customers without a card earn, in percent.
    #[schema(minimum = 0)]
    pub without_card_percent: i64,
    /// What cards of some kinds make of it; other kinds earn 100 percent.
    pub card_multipliers: Vec<CardMultiplier>,
    /// What goods of some categories, and of those below them, earn more.
    pub category_bonuses: Vec<CategoryBonus>,
    /// For a customer's first review of a product.
    #[schema(minimum = 0)]
    pub review_points: i64,
    /// For a customer's first answer to a survey.
    #[schema(minimum = 0)]
    pub survey_points: i64,
    /// For bringing a friend who buys something.
    pub referral_points: ReferralPoints,
    /// Days after which points expire; null for never.
    #[schema(required, minimum = 1)]
    pub expires_after_days: Option<i64>,
    /// How many days before they expire the customer's events tell of it; 0 for not at all.
    #[schema(minimum = 0)]
    pub notice_days: i64,
    /// What a point is worth when it is spent, in minor units.
    #[schema(minimum = 0)]
    pub point_value: i64,
    /// When it became what it is.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<PointsProgramme> for PointsProgrammeView {
    fn from(programme: PointsProgramme) -> Self {
        let PointsProgramme { version, updated_at, starts_at, draft } = programme;
        Self {
            version,
            enabled: draft.enabled,
            starts_at,
            minor_per_point: draft.minor_per_point,
            without_card_percent: draft.without_card_percent,
            card_multipliers: draft.card_multipliers,
            category_bonuses: draft.category_bonuses,
            review_points: draft.review_points,
            survey_points: draft.survey_points,
            referral_points: draft.referral_points,
            expires_after_days: draft.expires_after_days,
            notice_days: draft.notice_days,
            point_value: draft.point_value,
            updated_at,
        }
    }
}
