//! Points: what customers earn by buying, saying what they think and bringing friends, and what becomes of it.
//!
//! A customer's points are a ledger of signed entries that are added and never changed in what they say; the balance is the sum of those that are posted.
//! What the rules are is [`PointsProgramme`], what an order earns [`EarningTerms`], and how entries follow one another [`Ledger`].

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    customers::Customer,
    ids::Id,
    instants::Instant,
    orders::Order,
    paging::SortOrder,
    permissions::{Actor, ActorKind, Caller},
    texts,
};

mod earning;
mod ledger;
mod programme;

pub use earning::{EarningTerms, ProductBonus};
pub use ledger::{Ledger, PointsFault};
pub use programme::{CardMultiplier, CategoryBonus, PointsProgramme, PointsProgrammeDraft, ReferralPoints};

text_enum! {
    /// What an entry of a customer's points does.
    PointKind { Earn = "earn", Spend = "spend", Expire = "expire", Adjust = "adjust", Reverse = "reverse" }
}

text_enum! {
    /// Whether an entry counts: pending ones wait for their order to be completed.
    PointStatus { Pending = "pending", Posted = "posted", Cancelled = "cancelled" }
}

text_enum! {
    /// What points were earned by; `shop` is what the shop itself says: spending and adjustments.
    PointSource {
        Order = "order", Review = "review", Survey = "survey",
        /// A friend whom the customer brought has bought something.
        Referrer = "referrer",
        /// The customer was brought by somebody, and has bought something.
        Friend = "friend",
        Shop = "shop",
    }
}

/// How many points a customer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointAccount {
    /// Whose.
    pub customer_id: Id<Customer>,
    /// The sum of what is posted; below zero only by what was taken back.
    pub balance: i64,
    /// The sum of what is pending.
    pub pending: i64,
    /// All that was ever earned, less what was taken back.
    pub lifetime_earned: i64,
    /// Counts the changes; 0 of somebody who never had any.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Instant,
}

impl PointAccount {
    /// The account of somebody who never had any points.
    pub const fn empty(customer_id: Id<Customer>, now: Instant) -> Self {
        Self { customer_id, balance: 0, pending: 0, lifetime_earned: 0, version: 0, updated_at: now }
    }
}

/// One entry of a customer's points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointEntry {
    /// Whose.
    pub customer_id: Id<Customer>,
    /// The entry's id; ids are made in the order of creation.
    pub id: Id<PointEntry>,
    /// What it does.
    pub kind: PointKind,
    /// Whether it counts.
    pub status: PointStatus,
    /// By how much the balance goes up, or down; never 0.
    pub points: i64,
    /// What is left of posted points that were added: neither spent, taken back nor expired.
    pub remaining: i64,
    /// What it was earned by.
    pub source: PointSource,
    /// The order that earned it, or that it was spent on.
    pub order_id: Option<Id<Order>>,
    /// What else it is about: the product of a review, the survey that was answered, the entry that expired.
    pub about_id: Option<Id<()>>,
    /// What the shop's own books call it.
    pub business_id: Option<String>,
    /// Why, where somebody said so.
    pub reason: Option<String>,
    /// By which terms the order earned it: of the first entry of an order.
    pub terms: Option<EarningTerms>,
    /// Days after posting until what is left of it expires; never when none.
    pub expires_after_days: Option<i64>,
    /// When what is left of it expires: known once it is posted.
    pub expires_at: Option<Instant>,
    /// When the customer's events first told that it is about to expire.
    pub noticed_at: Option<Instant>,
    /// The balance once it was posted.
    pub balance_after: Option<i64>,
    /// The kind of caller who made it.
    pub actor_kind: ActorKind,
    /// The caller.
    pub actor_id: Option<Id<Caller>>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was posted.
    pub posted_at: Option<Instant>,
}

impl PointEntry {
    /// An entry that is not on any ledger yet.
    pub const fn new(id: Id<Self>, customer_id: Id<Customer>, actor: &Actor, now: Instant, kind: PointKind, points: i64) -> Self {
        Self {
            customer_id,
            id,
            kind,
            status: PointStatus::Pending,
            points,
            remaining: 0,
            source: PointSource::Shop,
            order_id: None,
            about_id: None,
            business_id: None,
            reason: None,
            terms: None,
            expires_after_days: None,
            expires_at: None,
            noticed_at: None,
            balance_after: None,
            actor_kind: actor.kind,
            actor_id: actor.id,
            created_at: now,
            posted_at: None,
        }
    }
}

/// Points that a member of staff gives or takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"points": 200, "reason": "The parcel came a week late.", "business_id": "goodwill-2026-0117"}))]
pub struct AdjustmentDraft {
    /// More than 0 to give, less than 0 to take; not 0, and never below a balance of 0.
    #[validate(range(min = -1_000_000_000, max = 1_000_000_000), custom(function = "moves_something"))]
    #[schema(minimum = -1_000_000_000, maximum = 1_000_000_000)]
    pub points: i64,
    /// Why.
    #[validate(length(min = 1, max = 500), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 500, pattern = "plain")]
    pub reason: String,
    /// What the shop's own books call it: unique among all entries of points, so that nothing is booked twice.
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub business_id: String,
}

fn moves_something(points: i64) -> Result<(), validator::ValidationError> {
    if points == 0 { Err(texts::fault("range", "must not be 0")) } else { Ok(()) }
}

/// Points that a customer pays with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"points": 500, "business_id": "till-3-20260630-0042"}))]
pub struct SpendingDraft {
    /// How many, at most the balance.
    #[validate(range(min = 1, max = 1_000_000_000))]
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub points: i64,
    /// The order that is paid with them: one of this customer's.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub order_id: Option<Id<Order>>,
    /// What the shop's own books call it: unique among all entries of points, so that nothing is booked twice.
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub business_id: String,
    /// What for.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 500, pattern = "plain")]
    pub reason: Option<String>,
}

text_enum! {
    /// The orders of a ledger.
    PointSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for PointSort {}

/// Which entries of a ledger are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointFilter {
    /// Whose.
    pub customer_id: Id<Customer>,
    /// Of this kind.
    pub kind: Option<PointKind>,
    /// At this status.
    pub status: Option<PointStatus>,
    /// Of this order.
    pub order_id: Option<Id<Order>>,
}

/// What expires next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiring {
    /// How many points.
    pub points: i64,
    /// When.
    pub at: Instant,
}

/// Where a customer's points stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointStanding {
    /// How many.
    pub account: PointAccount,
    /// What expires next of them.
    pub expiring_next: Option<Expiring>,
}
