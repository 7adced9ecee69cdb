//! What happened to a resource that goes through a life of its own: one entry a change.

use serde_json::{Map, Value};

use super::{
    ids::Id,
    instants::Instant,
    permissions::{ActorKind, Caller},
};

/// One change: `K` says of what kind, `S` is the status of what was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry<K, S> {
    /// The version that the change made: changes of one resource are numbered without a gap or a second count.
    pub seq: i32,
    /// When it happened.
    pub at: Instant,
    /// What kind of change.
    pub kind: K,
    /// The status before; none where the history begins.
    pub from: Option<S>,
    /// The status after.
    pub to: S,
    /// Who did it.
    pub actor_kind: ActorKind,
    /// Which one; none for Patron itself, for providers of payments, and for a customer whom nobody knows.
    pub actor_id: Option<Id<Caller>>,
    /// What else is known: a reason, amounts, a reference, what was done.
    pub details: Map<String, Value>,
}
