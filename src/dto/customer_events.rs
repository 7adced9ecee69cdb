//! Events of customers on the wire.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    domain::{
        customer_events::{CustomerEvent, CustomerEventFilter, CustomerEventKind, CustomerEventSort},
        customers::Customer,
        ids::Id,
        instants::Instant,
    },
    list_params,
};

list_params! {
    /// Which events.
    ListCustomerEvents sorted by CustomerEventSort = NewestFirst {
        /// Of this kind.
        #[param(inline)] kind: CustomerEventKind,
    }
}

impl ListCustomerEvents {
    /// Which events of a customer.
    pub const fn filter(&self, customer_id: Id<Customer>) -> CustomerEventFilter {
        CustomerEventFilter { customer_id, kind: self.kind }
    }
}

/// What a customer should be told of, or what others act upon.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustomerEvent, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa1", "at": "2026-06-30T08:15:00Z", "kind": "points_expiring",
    "details": {"points": 120, "expires_at": "2026-07-30T08:15:00Z"}
}))]
pub struct CustomerEventView {
    /// The event's id.
    #[schema(value_type = Uuid)]
    pub id: Id<CustomerEvent>,
    /// When it was found out.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// What it tells.
    pub kind: CustomerEventKind,
    /// What belongs to it: of `points_expiring` how many `points`, and when the first of them expire, `expires_at`; of `coupon_expiring` which coupon
    /// (`coupon_id`, `batch_id`), and until when it is valid, `expires_at`.
    #[schema(value_type = Object)]
    pub details: Map<String, Value>,
}

impl From<CustomerEvent> for CustomerEventView {
    fn from(event: CustomerEvent) -> Self {
        let CustomerEvent { customer_id: _, id, at, kind, details } = event;
        Self { id, at, kind, details }
    }
}
