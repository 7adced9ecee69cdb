//! What happened to an order: one entry a change.

use super::OrderStatus;
use crate::domain::history::HistoryEntry;

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

/// One change of an order.
pub type OrderEvent = HistoryEntry<OrderEventKind, OrderStatus>;
