//! Reports on campaigns on the wire. Amounts are in minor units; estimates are rounded to four decimals.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        campaigns::{
            Campaign, CampaignStatus, LeftOutReason,
            report::{Attributed, CampaignReport, GroupReport, MessageCounts},
        },
        ids::Id,
        instants::Instant,
        lift::{Conclusion, Contrast, Lift},
        value_score::BasisPoints,
    },
    dto::estimates::{EstimateView, rounded},
};

/// What a campaign has come to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CampaignReport, example = json!(
    {"campaign_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8d01", "status": "completed", "as_of": "2026-09-20T08:00:00Z",
    "window": {"from": "2026-08-20T09:00:00Z", "until": "2026-09-19T09:00:00Z", "is_over": true}, "audience": {"selected": 150, "left_out": 12,
    "left_out_by_reason": [{"reason": "consent_withdrawn", "people": 2}, {"reason": "no_consent", "people": 10}]}, "messages": {"waiting": 0,
    "queued": 0, "sent": 98, "delivered": 97, "bounced": 1, "failed": 0, "cancelled": 0, "opened": 40, "clicked": 12, "responded": 14,
    "unsubscribed": 1, "complained": 0}, "response_rate": 0.1429, "expected_response_rate": 0.1, "attributed": {"customers": 4, "orders": 4,
    "revenue": 16500, "by_coupon": 3, "by_name": 0, "by_last_touch": 1}, "cost": 4000, "budget": 500000, "treated": {"people": 100, "converted": 5,
    "conversion_rate": {"value": 0.05, "low": 0.0215, "high": 0.1118}, "revenue": 18800, "revenue_per_person": {"value": 188.0, "low": -34.1428,
    "high": 410.1428}}, "held_out": {"people": 40, "converted": 2, "conversion_rate": {"value": 0.05, "low": 0.0138, "high": 0.165}, "revenue": 4000,
    "revenue_per_person": {"value": 100.0, "low": -62.1067, "high": 262.1067}}, "lift": {"conversion": {"difference": {"value": 0.0, "low": -0.1185,
    "high": 0.0716}, "conclusion": "too_few"}, "revenue_per_person": {"difference": {"value": 88.0, "low": -184.2813, "high": 360.2813},
    "conclusion": "too_few"}}, "incremental_revenue": {"value": 8800.0, "low": -18428.1262, "high": 36028.1262}, "return_on_spend": {"value": 1.2,
    "low": -5.607, "high": 8.0071}, "variants": [{"key": "a", "messages": {"waiting": 0, "queued": 0, "sent": 98, "delivered": 97, "bounced": 1,
    "failed": 0, "cancelled": 0, "opened": 40, "clicked": 12, "responded": 14, "unsubscribed": 1, "complained": 0}, "attributed": {"customers": 4,
    "orders": 4, "revenue": 16500, "by_coupon": 3, "by_name": 0, "by_last_touch": 1}, "people": 100, "converted": 5,
    "conversion_rate": {"value": 0.05, "low": 0.0215, "high": 0.1118}, "revenue": 18800, "revenue_per_person": {"value": 188.0, "low": -34.1428,
    "high": 410.1428}, "lift": {"conversion": {"difference": {"value": 0.0, "low": -0.1185, "high": 0.0716}, "conclusion": "too_few"},
    "revenue_per_person": {"difference": {"value": 88.0, "low": -184.2813, "high": 360.2813}, "conclusion": "too_few"}}}], "comparisons": []}
))]
pub struct ReportView {
    /// The campaign.
    #[schema(value_type = Uuid)]
    pub campaign_id: Id<Campaign>,
    /// Where it stands.
    pub status: CampaignStatus,
    /// When all this held.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Instant,
    /// The days whose purchases are compared; null before the launch.
    #[schema(required)]
    pub window: Option<WindowView>,
    /// Who it was for.
    pub audience: AudienceView,
    /// What became of its messages.
    pub messages: MessagesView,
    /// The share of the messages that left to which there was a response: an answer, a followed link, or an order that is attributed. Null while none has left.
    #[schema(required)]
    pub response_rate: Option<f64>,
    /// As it was expected.
    #[schema(required)]
    pub expected_response_rate: Option<BasisPoints>,
    /// Orders that are attributed to it.
    pub attributed: AttributedView,
    /// What it has cost.
    pub cost: i64,
    /// What it may cost.
    #[schema(required)]
    pub budget: Option<i64>,
    /// Everybody who was assigned a variant.
    pub treated: GroupView,
    /// Everybody who is held out.
    pub held_out: GroupView,
    /// The treated against those held out.
    pub lift: LiftView,
    /// What the treated brought in that would not have come anyway; null where a group has nobody.
    #[schema(required)]
    pub incremental_revenue: Option<EstimateView>,
    /// What came back for each unit that was spent, beyond that unit; null where nothing was spent.
    #[schema(required)]
    pub return_on_spend: Option<EstimateView>,
    /// Each variant by itself, in the order of the plan.
    pub variants: Vec<VariantReportView>,
    /// Each variant against each before it.
    pub comparisons: Vec<ComparisonView>,
}

/// The days whose purchases are compared.
#[derive(Debug, Serialize, ToSchema)]
pub struct WindowView {
    /// When the campaign began.
    #[schema(value_type = String, format = DateTime)]
    pub from: Instant,
    /// The end; it does not belong to them.
    #[schema(value_type = String, format = DateTime)]
    pub until: Instant,
    /// Whether they are over, so that the comparison changes by refunds alone.
    pub is_over: bool,
}

/// Who a campaign was for.
#[derive(Debug, Serialize, ToSchema)]
pub struct AudienceView {
    /// How many its segments had at the launch.
    #[schema(minimum = 0)]
    pub selected: i64,
    /// How many were left out, then or when their message was written.
    #[schema(minimum = 0)]
    pub left_out: i64,
    /// Why.
    pub left_out_by_reason: Vec<LeftOutView>,
}

/// Why people were left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftOutView {
    /// Why.
    pub reason: LeftOutReason,
    /// How many.
    #[schema(minimum = 1)]
    pub people: i64,
}

/// What became of messages.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessagesView {
    /// Are to be written.
    #[schema(minimum = 0)]
    pub waiting: i64,
    /// Are in the outbox.
    #[schema(minimum = 0)]
    pub queued: i64,
    /// Have left.
    #[schema(minimum = 0)]
    pub sent: i64,
    /// Have left and did not come back.
    #[schema(minimum = 0)]
    pub delivered: i64,
    /// Came back.
    #[schema(minimum = 0)]
    pub bounced: i64,
    /// Could not be sent.
    #[schema(minimum = 0)]
    pub failed: i64,
    /// Were cancelled before they left.
    #[schema(minimum = 0)]
    pub cancelled: i64,
    /// Were opened, as far as that can be told.
    #[schema(minimum = 0)]
    pub opened: i64,
    /// Had a link that was followed.
    #[schema(minimum = 0)]
    pub clicked: i64,
    /// How many people answered, followed a link, or bought something that is attributed.
    #[schema(minimum = 0)]
    pub responded: i64,
    /// How many people unsubscribed.
    #[schema(minimum = 0)]
    pub unsubscribed: i64,
    /// How many people called it spam.
    #[schema(minimum = 0)]
    pub complained: i64,
}

impl From<&MessageCounts> for MessagesView {
    fn from(counts: &MessageCounts) -> Self {
        let MessageCounts { waiting, queued, sent, delivered, failed, cancelled, heard, responded } = *counts;
        Self {
            waiting,
            queued,
            sent,
            delivered,
            bounced: heard.bounced,
            failed,
            cancelled,
            opened: heard.opened,
            clicked: heard.clicked,
            responded,
            unsubscribed: heard.unsubscribed,
            complained: heard.complained,
        }
    }
}

/// Orders that are attributed to a campaign.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttributedView {
    /// How many people bought.
    #[schema(minimum = 0)]
    pub customers: i64,
    /// How many orders.
    #[schema(minimum = 0)]
    pub orders: i64,
    /// What they came to.
    pub revenue: i64,
    /// Orders by the coupon that was redeemed.
    #[schema(minimum = 0)]
    pub by_coupon: i64,
    /// Orders by the campaign that they name.
    #[schema(minimum = 0)]
    pub by_name: i64,
    /// Orders by the last touch.
    #[schema(minimum = 0)]
    pub by_last_touch: i64,
}

impl From<&Attributed> for AttributedView {
    fn from(attributed: &Attributed) -> Self {
        let Attributed { customers, orders, revenue, by_coupon, by_name, by_last_touch } = *attributed;
        Self { customers, orders, revenue, by_coupon, by_name, by_last_touch }
    }
}

/// People who were assigned alike, and what they bought within the window.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupView {
    /// How many they are.
    #[schema(minimum = 0)]
    pub people: u32,
    /// How many of them bought anything.
    #[schema(minimum = 0)]
    pub converted: u32,
    /// Their share; null of nobody.
    #[schema(required)]
    pub conversion_rate: Option<EstimateView>,
    /// What all of them bought, net of refunds and returns.
    pub revenue: i64,
    /// What each of them bought on average; null of nobody.
    #[schema(required)]
    pub revenue_per_person: Option<EstimateView>,
}

impl From<&GroupReport> for GroupView {
    fn from(report: &GroupReport) -> Self {
        Self {
            people: report.group.people(),
            converted: report.group.converted(),
            conversion_rate: report.group.conversion_rate().map(Into::into),
            revenue: report.revenue,
            revenue_per_person: report.group.revenue_per_person().map(Into::into),
        }
    }
}

/// How two groups differ.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContrastView {
    /// The difference; null where a group has nobody.
    #[schema(required)]
    pub difference: Option<EstimateView>,
    /// What it says.
    pub conclusion: Conclusion,
}

impl From<Contrast> for ContrastView {
    fn from(contrast: Contrast) -> Self {
        Self { difference: contrast.difference.map(Into::into), conclusion: contrast.conclusion }
    }
}

/// One group against another.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiftView {
    /// In the share of those who bought.
    pub conversion: ContrastView,
    /// In revenue per person.
    pub revenue_per_person: ContrastView,
}

impl From<Lift> for LiftView {
    fn from(lift: Lift) -> Self {
        Self { conversion: lift.conversion.into(), revenue_per_person: lift.revenue_per_person.into() }
    }
}

/// What came of one variant.
#[derive(Debug, Serialize, ToSchema)]
pub struct VariantReportView {
    /// Its key.
    pub key: String,
    /// What became of its messages.
    pub messages: MessagesView,
    /// Orders that are attributed to it.
    pub attributed: AttributedView,
    /// Who was assigned it.
    #[serde(flatten)]
    pub group: GroupView,
    /// They against those held out.
    pub lift: LiftView,
}

/// One variant against another.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparisonView {
    /// The variant.
    pub variant: String,
    /// The one that it is compared with.
    pub against: String,
    /// How they differ.
    #[serde(flatten)]
    pub lift: LiftView,
}

impl ReportView {
    /// The report as of `now`.
    pub fn new(campaign: &Campaign, report: &CampaignReport, now: Instant) -> Self {
        let CampaignReport { window, audience, left_out, variants, treated, held_out, lift, cost, earnings } = report;
        let variant = |(key, of): &(String, GroupReport)| VariantReportView {
            key: key.clone(),
            messages: (&of.messages).into(),
            attributed: (&of.attributed).into(),
            group: of.into(),
            lift: Lift::between(&of.group, &held_out.group).into(),
        };
        let comparison = |(variant, against, lift): (&str, &str, Lift)| ComparisonView {
            variant: variant.to_owned(),
            against: against.to_owned(),
            lift: lift.into(),
        };
        Self {
            campaign_id: campaign.id,
            status: campaign.status,
            as_of: now,
            window: window.map(|window| WindowView { from: window.from, until: window.until, is_over: now >= window.until }),
            audience: AudienceView {
                selected: *audience,
                left_out: left_out.iter().map(|(_, people)| people).sum(),
                left_out_by_reason: left_out.iter().map(|(reason, people)| LeftOutView { reason: *reason, people: *people }).collect(),
            },
            messages: (&treated.messages).into(),
            response_rate: treated.messages.response_rate().map(rounded),
            expected_response_rate: campaign.draft.expected_response_rate,
            attributed: (&treated.attributed).into(),
            cost: *cost,
            budget: campaign.draft.budget,
            treated: treated.into(),
            held_out: held_out.into(),
            lift: (*lift).into(),
            incremental_revenue: earnings.map(|earnings| earnings.incremental_revenue.into()),
            return_on_spend: earnings.and_then(|earnings| earnings.return_on_spend).map(Into::into),
            variants: variants.iter().map(variant).collect(),
            comparisons: report.comparisons().into_iter().map(comparison).collect(),
        }
    }
}
