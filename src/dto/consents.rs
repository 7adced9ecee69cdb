//! Consents on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use super::orders::ActorView;
use crate::{
    domain::{
        consents::{
            Consent, ConsentEvent, ConsentEventSearch, ConsentEventSort, ConsentSource, ConsentStatus, ContactChannel, ContactPurpose,
        },
        ids::Id,
        instants::Instant,
    },
    list_params,
};

list_params! {
    /// Which entries of the history.
    ListConsentEvents sorted by ConsentEventSort = NewestFirst {
        /// Of this way.
        #[param(inline)] channel: ContactChannel,
        /// Of this purpose.
        #[param(inline)] purpose: ContactPurpose,
    }
}

impl From<ListConsentEvents> for ConsentEventSearch {
    fn from(params: ListConsentEvents) -> Self {
        Self { channel: params.channel, purpose: params.purpose }
    }
}

/// What holds of one way and purpose.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Consent, example = json!({
    "channel": "email", "purpose": "marketing", "status": "granted", "source": "web", "evidence": "Checkout of order 2026-1001, box ticked",
    "at": "2026-06-30T08:15:00Z", "version": 1, "created_at": "2026-06-30T08:15:00Z", "updated_at": "2026-06-30T08:15:00Z"
}))]
pub struct ConsentView {
    /// The way.
    pub channel: ContactChannel,
    /// What for.
    pub purpose: ContactPurpose,
    /// What the customer said.
    pub status: ConsentStatus,
    /// Where.
    pub source: ConsentSource,
    /// What proves it.
    #[schema(required)]
    pub evidence: Option<String>,
    /// When they said it.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// Counts the changes.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When something was heard first.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<Consent> for ConsentView {
    fn from(consent: Consent) -> Self {
        let Consent { customer_id: _, channel, purpose, statement, version, created_at, updated_at } = consent;
        Self {
            channel,
            purpose,
            status: statement.status,
            source: statement.source,
            evidence: statement.evidence,
            at: statement.at,
            version,
            created_at,
            updated_at,
        }
    }
}

/// Something that was heard of a customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsentEvent, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8b01", "channel": "email", "purpose": "marketing", "status": "withdrawn", "source": "phone", "evidence": null,
    "at": "2026-07-02T10:00:00Z", "is_effective": true, "actor": {"kind": "staff", "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a02"},
    "created_at": "2026-07-02T10:00:30Z"
}))]
pub struct ConsentEventView {
    /// The entry's id.
    #[schema(value_type = Uuid)]
    pub id: Id<ConsentEvent>,
    /// The way.
    pub channel: ContactChannel,
    /// What for.
    pub purpose: ContactPurpose,
    /// What the customer said.
    pub status: ConsentStatus,
    /// Where.
    pub source: ConsentSource,
    /// What proves it.
    #[schema(required)]
    pub evidence: Option<String>,
    /// When they said it.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// Whether it held from then on. What is weaker than something known is kept, and changes nothing.
    pub is_effective: bool,
    /// Who told it.
    pub actor: ActorView,
    /// When it was heard.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
}

impl From<ConsentEvent> for ConsentEventView {
    fn from(event: ConsentEvent) -> Self {
        let ConsentEvent { id, customer_id: _, channel, purpose, statement, is_effective, actor_kind, actor_id, created_at } = event;
        Self {
            id,
            channel,
            purpose,
            status: statement.status,
            source: statement.source,
            evidence: statement.evidence,
            at: statement.at,
            is_effective,
            actor: ActorView { kind: actor_kind, id: actor_id },
            created_at,
        }
    }
}
