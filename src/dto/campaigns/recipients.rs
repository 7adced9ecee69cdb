//! The audiences of campaigns on the wire.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::ContactReportView;
use crate::{
    domain::{
        campaigns::{LeftOutReason, Recipient, RecipientSearch, RecipientSort, RecipientStatus, Traces, report::Reach},
        consents::{ContactChannel, ContactPurpose},
        coupons::Coupon,
        customers::Customer,
        ids::Id,
        instants::Instant,
        messages::Message,
        texts,
    },
    list_params,
};

list_params! {
    /// Which recipients.
    ListRecipients sorted by RecipientSort = CustomerId {
        /// Who have come so far.
        #[param(inline)] status: RecipientStatus,
        /// Who were left out for this.
        #[param(inline)] left_out_reason: LeftOutReason,
        /// Who get this variant.
        #[validate(length(min = 1, max = 20), custom(function = "texts::token"))]
        #[param(min_length = 1, max_length = 20, pattern = "^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
        variant: String,
        /// This customer.
        #[param(value_type = Option<Uuid>)] customer_id: Id<Customer>,
    }
}

impl From<ListRecipients> for RecipientSearch {
    fn from(params: ListRecipients) -> Self {
        let ListRecipients { status, left_out_reason, variant, customer_id, limit: _, cursor: _, sort: _, include: _ } = params;
        Self { status, left_out_reason, variant, customer_id }
    }
}

/// Somebody in the audience of a campaign.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CampaignRecipient, example = json!({
    "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "variant": "a", "status": "sent", "left_out_reason": null, "send_at": "2026-08-20T09:00:00Z",
    "message_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa0", "queued_at": "2026-08-20T09:00:01Z", "sent_at": "2026-08-20T09:00:02Z", "coupon_id": null,
    "delivered_at": null, "bounced_at": null, "opened_at": "2026-08-20T18:30:00Z", "clicked_at": null, "replied_at": null, "complained_at": null, "unsubscribed_at": null, "report": null
}))]
pub struct RecipientView {
    /// Who it is.
    #[schema(value_type = Uuid)]
    pub customer_id: Id<Customer>,
    /// The key of their variant; null for who is held out or left out before they were assigned one.
    #[schema(required)]
    pub variant: Option<String>,
    /// How far it has come.
    pub status: RecipientStatus,
    /// Why they were left out.
    #[schema(required)]
    pub left_out_reason: Option<LeftOutReason>,
    /// When their message is written or they are talked to, at the earliest.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub send_at: Option<Instant>,
    /// The message.
    #[schema(value_type = Option<Uuid>, required)]
    pub message_id: Option<Id<Message>>,
    /// When it was written.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub queued_at: Option<Instant>,
    /// When the mail server or the gateway took it, or they were talked to.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub sent_at: Option<Instant>,
    /// The coupon they were given of their own.
    #[schema(value_type = Option<Uuid>, required)]
    pub coupon_id: Option<Id<Coupon>>,
    /// When it arrived, where its provider tells.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub delivered_at: Option<Instant>,
    /// When it came back.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub bounced_at: Option<Instant>,
    /// When it was first opened, where that can be told.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub opened_at: Option<Instant>,
    /// When a link in it was first followed.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub clicked_at: Option<Instant>,
    /// When they answered.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub replied_at: Option<Instant>,
    /// When they called it spam.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub complained_at: Option<Instant>,
    /// When they unsubscribed: by the link in it, or as its provider or the one who talked to them told.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub unsubscribed_at: Option<Instant>,
    /// What came of talking to them, as it was said last; of campaigns by `phone` and `in_store` only.
    #[schema(required)]
    pub report: Option<ContactReportView>,
}

impl From<Recipient> for RecipientView {
    fn from(recipient: Recipient) -> Self {
        let Recipient { id: _, customer_id, campaign_id: _, variant, status, left_out_reason, .. } = recipient;
        let Recipient { send_at, message_id, queued_at, sent_at, coupon_id, traces, report, .. } = recipient;
        let Traces { delivered_at, bounced_at, opened_at, clicked_at, replied_at, complained_at, unsubscribed_at } = traces;
        Self {
            customer_id,
            variant,
            status,
            left_out_reason,
            send_at,
            message_id,
            queued_at,
            sent_at,
            coupon_id,
            delivered_at,
            bounced_at,
            opened_at,
            clicked_at,
            replied_at,
            complained_at,
            unsubscribed_at,
            report: report.map(Into::into),
        }
    }
}

/// How many of an audience have come how far.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CampaignProgress, example = json!({"audience": 1000, "groups": [
    {"variant": null, "status": "left_out", "left_out_reason": "no_consent", "count": 140}, {"variant": null, "status": "held_out", "left_out_reason": null, "count": 85},
    {"variant": "a", "status": "sent", "left_out_reason": null, "count": 775}
]}))]
pub struct ProgressView {
    /// How many there are in all.
    #[schema(minimum = 0)]
    pub audience: i64,
    /// How many of each variant have come how far, or were left out for what.
    pub groups: Vec<ProgressGroup>,
}

/// Part of an audience.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressGroup {
    /// The key of the variant.
    #[schema(required)]
    pub variant: Option<String>,
    /// How far.
    pub status: RecipientStatus,
    /// Why they were left out.
    #[schema(required)]
    pub left_out_reason: Option<LeftOutReason>,
    /// How many.
    #[schema(minimum = 1)]
    pub count: i64,
}

impl From<Vec<Reach>> for ProgressView {
    fn from(reach: Vec<Reach>) -> Self {
        let audience = reach.iter().map(|group| group.people).sum();
        let view =
            |Reach { variant, status, left_out_reason, people: count, .. }| ProgressGroup { variant, status, left_out_reason, count };
        Self { audience, groups: reach.into_iter().map(view).collect() }
    }
}

/// What the bearer of a link can end, or has ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unsubscribe, example = json!({"channel": "email", "purpose": "marketing", "is_unsubscribed": false}))]
pub struct UnsubscribeView {
    /// The way they were written to.
    pub channel: ContactChannel,
    /// What for.
    pub purpose: ContactPurpose,
    /// Whether they are not written to any more.
    pub is_unsubscribed: bool,
}

/// A link of a message as it is followed.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FollowedLink {
    /// Where it leads; a link that has lost it leads nowhere.
    #[serde(default)]
    #[validate(length(min = 1, max = 2000), custom(function = "texts::plain"))]
    #[param(min_length = 1, max_length = 2000, nullable = false)]
    pub to: Option<String>,
}
