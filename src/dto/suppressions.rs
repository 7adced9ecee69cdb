//! Suppressed addresses on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        ids::Id,
        instants::Instant,
        suppressions::{SuppressibleChannel, Suppression, SuppressionDraft, SuppressionReason, SuppressionSearch, SuppressionSort},
        texts,
    },
    list_params,
};

list_params! {
    /// Which suppressions.
    ListSuppressions sorted by SuppressionSort = NewestFirst {
        /// Of this way.
        #[param(inline)] channel: SuppressibleChannel,
        /// For this reason.
        #[param(inline)] reason: SuppressionReason,
        /// Of this address.
        #[validate(length(min = 1, max = 254), custom(function = "texts::visible"))]
        #[param(min_length = 1, max_length = 254, pattern = r"[^\s\u0085\u00AD\u180E\u200B-\u200F\u2060\uFEFF]")]
        address: String,
    }
}

impl From<ListSuppressions> for SuppressionSearch {
    fn from(params: ListSuppressions) -> Self {
        // Of numbers the case makes no difference either.
        let address = params.address.map(|address| SuppressibleChannel::Email.normal(&address));
        Self { channel: params.channel, reason: params.reason, address }
    }
}

/// An address that nothing is sent to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suppression, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8b11", "channel": "email", "address": "xiaoming@example.com", "reason": "hard_bounce",
    "note": "550 5.1.1 no such user", "created_at": "2026-06-30T08:15:00Z"
}))]
pub struct SuppressionView {
    /// The suppression's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Suppression>,
    /// The way.
    pub channel: SuppressibleChannel,
    /// The address; of an e-mail in small letters.
    pub address: String,
    /// Why.
    pub reason: SuppressionReason,
    /// What else is known.
    #[schema(required)]
    pub note: Option<String>,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
}

impl From<Suppression> for SuppressionView {
    fn from(suppression: Suppression) -> Self {
        let Suppression { id, draft, created_at } = suppression;
        let SuppressionDraft { channel, address, reason, note } = draft;
        Self { id, channel, address, reason, note, created_at }
    }
}
