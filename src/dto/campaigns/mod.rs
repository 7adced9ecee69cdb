//! Campaigns on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    domain::{
        campaigns::{Audience, Campaign, CampaignDraft, CampaignSearch, CampaignSort, CampaignStatus, Letter, Variant},
        consents::{ContactChannel, ContactPurpose},
        coupons::CouponBatch,
        customers::Customer,
        ids::Id,
        instants::Instant,
        texts,
        value_score::BasisPoints,
    },
    list_params,
};

mod recipients;
mod report;
mod worklist;

pub use recipients::{FollowedLink, ListRecipients, ProgressView, RecipientView, UnsubscribeView};
pub use report::ReportView;
pub use worklist::{ContactReportView, ListWorklist, WorklistEntryView};

list_params! {
    /// Which campaigns.
    ListCampaigns sorted by CampaignSort = NewestFirst {
        /// Stands there.
        #[param(inline)] status: CampaignStatus,
        /// By this way.
        #[param(inline)] channel: ContactChannel,
    }
}

impl From<ListCampaigns> for CampaignSearch {
    fn from(params: ListCampaigns) -> Self {
        Self { status: params.status, channel: params.channel }
    }
}

/// A campaign.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Campaign, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8d01", "name": "Back to school 2026", "goal": "Bring last year's textbook buyers back before term starts",
    "purpose": "marketing", "channel": "email", "audience": {"segments_in": ["018f4e1c-7d2a-7b63-9a41-3f0c5d1e8c01"], "segments_out": []}, "holdout_share": 0.1,
    "variants": [{"key": "a", "share": 1, "subject": "{{ customer.name }}, term starts soon", "text": "Dear {{ customer.name }}, …", "html": null}],
    "coupon_batch_id": null, "tracks_opens": true, "tracks_clicks": true, "budget": 500_000, "cost_per_message": 5, "expected_response_rate": 0.04, "attribution_window_days": 30, "rate_per_minute": 600,
    "status": "draft", "starts_at": null, "launched_at": null, "ended_at": null, "version": 1,
    "created_at": "2026-08-01T08:00:00Z", "updated_at": "2026-08-01T08:00:00Z"
}))]
pub struct CampaignView {
    /// The campaign's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Campaign>,
    /// What it is called.
    pub name: String,
    /// What it is for.
    #[schema(required)]
    pub goal: Option<String>,
    /// What customers are written to for.
    pub purpose: ContactPurpose,
    /// The way to the customers.
    pub channel: ContactChannel,
    /// Who is written to.
    pub audience: Audience,
    /// The share that is held out.
    pub holdout_share: BasisPoints,
    /// What is written.
    pub variants: Vec<Variant>,
    /// The coupons it gives away.
    #[schema(value_type = Option<Uuid>, required)]
    pub coupon_batch_id: Option<Id<CouponBatch>>,
    /// Whether an image in the HTML tells that a message was opened.
    pub tracks_opens: bool,
    /// Whether links lead over this server.
    pub tracks_clicks: bool,
    /// What it may cost, in minor units.
    #[schema(required)]
    pub budget: Option<i64>,
    /// What a message costs, in minor units.
    #[schema(required)]
    pub cost_per_message: Option<i64>,
    /// The share of the messages to which a response is expected: an answer, a followed link, an order.
    #[schema(required)]
    pub expected_response_rate: Option<BasisPoints>,
    /// For so many days after sending an order counts as brought by it.
    pub attribution_window_days: i64,
    /// At most so many messages leave in any minute.
    pub rate_per_minute: i64,
    /// Where it stands.
    pub status: CampaignStatus,
    /// From when on messages leave.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub starts_at: Option<Instant>,
    /// When its audience was frozen.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub launched_at: Option<Instant>,
    /// When it was completed or cancelled.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub ended_at: Option<Instant>,
    /// Counts the changes.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<Campaign> for CampaignView {
    fn from(campaign: Campaign) -> Self {
        let Campaign { id, draft, status, starts_at, launched_at, ended_at, version, created_at, updated_at } = campaign;
        let CampaignDraft { name, goal, purpose, channel, audience, holdout_share, variants, budget, cost_per_message, .. } = draft;
        Self {
            id,
            name,
            goal,
            purpose,
            channel,
            audience,
            holdout_share,
            variants,
            budget,
            cost_per_message,
            coupon_batch_id: draft.coupon_batch_id,
            tracks_opens: draft.tracks_opens,
            tracks_clicks: draft.tracks_clicks,
            expected_response_rate: draft.expected_response_rate,
            attribution_window_days: draft.attribution_window_days,
            rate_per_minute: draft.rate_per_minute,
            status,
            starts_at,
            launched_at,
            ended_at,
            version,
            created_at,
            updated_at,
        }
    }
}

/// For whom a campaign is tried.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "variant": "a"}))]
pub struct CampaignPreviewDraft {
    /// The customer.
    #[schema(value_type = Uuid)]
    pub customer_id: Id<Customer>,
    /// The key of the variant; the customer's own when left out, the first one for somebody who is held out.
    #[serde(default)]
    #[validate(length(min = 1, max = 20), custom(function = "texts::token"))]
    #[schema(min_length = 1, max_length = 20, pattern = "^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    pub variant: Option<String>,
}

/// What one customer would get.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CampaignPreview, example = json!({
    "is_held_out": false, "variant": "a", "subject": "王小明, term starts soon", "text": "Dear Xiaoming, …", "html": "<p>Dear Xiaoming, …</p>"
}))]
pub struct CampaignPreviewView {
    /// Whether chance has them in the control group, should they be in the audience.
    pub is_held_out: bool,
    /// The key of the variant that is shown.
    pub variant: String,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    #[schema(required)]
    pub html: Option<String>,
}

impl CampaignPreviewView {
    /// A letter that is not sent.
    pub fn of(is_held_out: bool, variant: String, letter: Letter) -> Self {
        let Letter { subject, text, html } = letter;
        Self { is_held_out, variant, subject, text, html }
    }
}
