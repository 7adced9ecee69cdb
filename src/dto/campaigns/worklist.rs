//! Work lists on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        campaigns::{ContactOutcome, ContactReport, WorklistSearch, WorklistSort},
        customers::Customer,
        ids::Id,
        instants::Instant,
    },
    dto::orders::ActorView,
    list_params,
};

list_params! {
    /// Which entries of a work list.
    ListWorklist sorted by WorklistSort = SendAt {
        /// This customer's, who has called or stands in the store.
        #[param(value_type = Option<Uuid>)] customer_id: Id<Customer>,
    }
}

impl From<ListWorklist> for WorklistSearch {
    fn from(params: ListWorklist) -> Self {
        Self { customer_id: params.customer_id }
    }
}

/// What came of talking to a customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContactReport)]
pub struct ContactReportView {
    /// What came of it.
    pub outcome: ContactOutcome,
    /// What else is to be known.
    #[schema(required)]
    pub note: Option<String>,
    /// When it was said.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// Who said it.
    pub actor: ActorView,
}

impl From<ContactReport> for ContactReportView {
    fn from(report: ContactReport) -> Self {
        let ContactReport { outcome, note, at, actor_kind, actor_id } = report;
        Self { outcome, note, at, actor: ActorView { kind: actor_kind, id: actor_id } }
    }
}

/// Somebody to talk to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WorklistEntry, example = json!({
    "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "name": "王小明", "phone": "+8613800000001", "variant": "a", "subject": "王小明, term starts soon",
    "text": "Offer them the school set. Their code takes 15.00 off.", "coupon_code": "7K2MQ-XR4TD-9WFHB-3", "send_at": "2026-08-20T09:00:00Z",
    "last_report": {"outcome": "not_reached", "note": "Engaged", "at": "2026-08-20T09:12:00Z", "actor": {"kind": "staff", "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8b02"}}
}))]
pub struct WorklistEntryView {
    /// Who it is.
    #[schema(value_type = Uuid)]
    pub customer_id: Id<Customer>,
    /// Their name.
    pub name: String,
    /// Their number.
    #[schema(required)]
    pub phone: Option<String>,
    /// The key of their variant.
    #[schema(required)]
    pub variant: Option<String>,
    /// What it is called.
    pub subject: String,
    /// What to say.
    pub text: String,
    /// The code that they are given.
    #[schema(required)]
    pub coupon_code: Option<String>,
    /// Since when they are due.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub send_at: Option<Instant>,
    /// What came of the last try.
    #[schema(required)]
    pub last_report: Option<ContactReportView>,
}
