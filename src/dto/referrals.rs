//! Referrals on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        orders::Order,
        referrals::{Referral, ReferralSort, ReferralStatus, SharedCode},
    },
    list_params,
};

list_params! {
    /// Which page.
    ListReferrals sorted by ReferralSort = NewestFirst {}
}

/// The code that a customer shares with friends.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReferralCode, example = json!({
    "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "code": "PR-7Q3M0-ZK4TD-8WXYC", "created_at": "2026-08-01T08:00:00Z"
}))]
pub struct ReferralCodeView {
    /// Whose it is.
    #[schema(value_type = Uuid)]
    pub customer_id: Id<Customer>,
    /// As it is printed; case, hyphens and blanks make no difference when it is typed.
    pub code: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
}

impl From<SharedCode> for ReferralCodeView {
    fn from(code: SharedCode) -> Self {
        Self { customer_id: code.customer_id, code: code.code, created_at: code.created_at }
    }
}

/// A customer who was brought by another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Referral, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8ab0", "friend_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a78", "referrer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77",
    "status": "pending", "order_id": null, "created_at": "2026-08-02T10:00:00Z", "updated_at": "2026-08-02T10:00:00Z"
}))]
pub struct ReferralView {
    /// The referral's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Referral>,
    /// Who was brought.
    #[schema(value_type = Uuid)]
    pub friend_id: Id<Customer>,
    /// Who has brought them.
    #[schema(value_type = Uuid)]
    pub referrer_id: Id<Customer>,
    /// How far it has come.
    pub status: ReferralStatus,
    /// The friend's first paid order, whose reward is in both ledgers of points.
    #[schema(value_type = Option<Uuid>, required)]
    pub order_id: Option<Id<Order>>,
    /// When the friend has brought the code.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<Referral> for ReferralView {
    fn from(referral: Referral) -> Self {
        Self {
            id: referral.id,
            friend_id: referral.friend_id,
            referrer_id: referral.referrer_id,
            status: referral.status,
            order_id: referral.order_id,
            created_at: referral.created_at,
            updated_at: referral.updated_at,
        }
    }
}
