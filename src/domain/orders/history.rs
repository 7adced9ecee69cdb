//! What happened to an order: one entry a change.

use serde_json::{Map, Value};

use super::OrderStatus;
use crate::domain::{
    ids::Id,
    instants::Instant,
    permissions::{ActorKind, Caller},
};

text_enum! {
    /// What kind of change.
    OrderEventKind {
        /// It came to Patron.
        Created = "created",
        /// A ledger brought it, or told it anew.
        Imported = "imported",
        /// A step of its life.
        Stepped = "stepped",
        /// Money was given back, in part or whole.
        Refunded = "refunded",
        /// Something was said of it, or of a line, that moves no money.
        Updated = "updated",
        /// An anonymous order found its customer.
        Claimed = "claimed",
        /// It was sent again in whole.
        Replaced = "replaced",
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderEvent {
    /// The order's version that the change made: changes of one order are numbered without a gap or a second count.
    pub seq: i32,
    /// When it happened.
    pub at: Instant,
    /// What kind of change.
    pub kind: OrderEventKind,
    /// The status before; none where the order began.
    pub from: Option<OrderStatus>,
    /// The status after.
    pub to: OrderStatus,
    /// Who did it.
    pub actor_kind: ActorKind,
    /// Which one; none for Patron itself and for providers of payments.
    pub actor_id: Option<Id<Caller>>,
    /// What else is known: a reason, amounts, a reference.
    pub details: Map<String, Value>,
}
