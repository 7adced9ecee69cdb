//! The leaves over what the shop gave to customers and wrote to them: rows of coupons, of their uses and of campaigns' audiences.

use super::{Pieces, Writer, predicates::lies_in};
use crate::domain::{
    campaigns::Campaign,
    coupons::CouponBatch,
    ids::Id,
    instants::Instant,
    segments::{CampaignMeasure, CouponMeasure, Span},
};

/// The column of whose coupon, or use of one, it is.
pub(super) const fn holder(measure: CouponMeasure) -> &'static str {
    match measure {
        CouponMeasure::Held => "coupons.customer_id",
        CouponMeasure::Redeemed => "coupon_redemptions.customer_id",
    }
}

impl Writer<'_> {
    /// The coupons that were given, or the uses that were made, since then.
    pub(super) fn coupons(&self, out: &mut Pieces, measure: CouponMeasure, batches: &[Id<CouponBatch>], since: Option<Instant>) {
        let (from, which, batch, at) = match measure {
            CouponMeasure::Held => (" FROM coupons WHERE ", "TRUE", "coupons.batch_id", "coupons.created_at"),
            CouponMeasure::Redeemed => (
                " FROM coupon_redemptions WHERE ",
                "coupon_redemptions.status = 'redeemed'",
                "coupon_redemptions.batch_id",
                "coupon_redemptions.redeemed_at",
            ),
        };
        out.sql(from);
        self.bounded(out, holder(measure));
        out.sql(which);
        if !batches.is_empty() {
            out.sql(" AND ").sql(batch).sql(" IN ").list(batches.iter().copied());
        }
        if let Some(since) = since {
            out.sql(" AND ").sql(at).sql(" >= ").bind(since);
        }
    }

    /// The campaigns that have come so far, at such a time. Who was held out was so when the campaign was launched.
    pub(super) fn campaigns(&self, out: &mut Pieces, measure: CampaignMeasure, campaigns: &[Id<Campaign>], span: Span<Instant>) {
        out.sql(" FROM campaign_recipients WHERE ");
        self.bounded(out, "campaign_recipients.customer_id");
        match measure {
            CampaignMeasure::Received => lies_in(out.sql("campaign_recipients.sent_at"), span),
            CampaignMeasure::Opened => lies_in(out.sql("campaign_recipients.opened_at"), span),
            CampaignMeasure::Responded => {
                lies_in(out.sql("(campaign_recipients.clicked_at"), span);
                lies_in(out.sql(" OR campaign_recipients.replied_at"), span);
                out.sql(")");
            }
            CampaignMeasure::HeldOut => {
                out.sql("campaign_recipients.status = 'held_out' AND campaign_recipients.campaign_id IN (SELECT campaigns.id FROM campaigns WHERE ");
                lies_in(out.sql("campaigns.launched_at"), span);
                out.sql(")");
            }
        }
        if !campaigns.is_empty() {
            out.sql(" AND campaign_recipients.campaign_id IN ").list(campaigns.iter().copied());
        }
    }
}
