//! How a change becomes an entry in a history.

use serde_json::{Map, Value};

use crate::domain::{history::HistoryEntry, instants::Instant, permissions::Actor};

/// One change, while it is made: `K` says of what kind.
#[derive(Debug)]
pub(super) struct Change<K> {
    pub kind: K,
    at: Instant,
    details: Map<String, Value>,
}

impl<K> Change<K> {
    pub fn new(kind: K, at: Instant) -> Self {
        Self { kind, at, details: Map::new() }
    }

    /// Adds what else is known of it, where it is known.
    pub fn with(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.details.insert(name.to_owned(), value.into());
        }
        self
    }

    /// The entry for a change that `actor` made, from a status to another, and that made version `version`.
    pub fn entry<S>(self, actor: &Actor, from: Option<S>, to: S, version: i64) -> HistoryEntry<K, S> {
        HistoryEntry {
            seq: i32::try_from(version).unwrap_or(i32::MAX),
            at: self.at,
            kind: self.kind,
            from,
            to,
            actor_kind: actor.kind,
            actor_id: actor.id,
            details: self.details,
        }
    }
}
