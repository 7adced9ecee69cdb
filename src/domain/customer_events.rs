//! What customers should be told of, or what others act upon: the shop decides what comes of it.

use serde_json::{Map, Value};

use super::{customers::Customer, ids::Id, instants::Instant, paging::SortOrder};

text_enum! {
    /// What an event tells.
    CustomerEventKind {
        /// Points are about to expire: `points`, and `expires_at` of the first of them.
        PointsExpiring = "points_expiring",
        /// A coupon that the customer holds is about to expire: `coupon_id`, `batch_id` and `expires_at`.
        CouponExpiring = "coupon_expiring",
    }
}

/// One event of a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerEvent {
    /// Whose.
    pub customer_id: Id<Customer>,
    /// The event's id; ids are made in the order of creation.
    pub id: Id<CustomerEvent>,
    /// When it was found out.
    pub at: Instant,
    /// What it tells.
    pub kind: CustomerEventKind,
    /// What belongs to it.
    pub details: Map<String, Value>,
}

text_enum! {
    /// The orders of the list of a customer's events.
    CustomerEventSort { At = "at", NewestFirst = "-at" }
}

impl SortOrder for CustomerEventSort {}

/// Which events of a customer a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerEventFilter {
    /// Whose.
    pub customer_id: Id<Customer>,
    /// Of this kind.
    pub kind: Option<CustomerEventKind>,
}
