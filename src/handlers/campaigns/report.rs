//! `/v1/campaigns/{id}/report`.

use actix_web::{HttpResponse, get};

use crate::{
    domain::{campaigns::Campaign, ids::Id},
    dto::campaigns::ReportView,
    http::{
        app::AppData,
        auth::{Allowed, ReadCampaigns},
        extract::Path,
        problem::Problem,
    },
    services::campaigns::report,
};

/// Report on a campaign
///
/// Who was reached, what is attributed to its messages, and what it has earned over what would have come anyway; all as of now.
///
/// `attributed`: paid sales that were placed within `attribution_window_days` after the message had left, net of refunds and without shipping. Of several
/// campaigns that wrote it is the one whose coupon was redeemed, else the one that the order names in `campaign_id`, else the one whose last touch before the
/// order (the message left, a link in it was first followed) is the latest.
///
/// `lift`: all that those who were assigned a variant bought within the window (net of refunds; what they gave back as returns is taken off, nobody comes to
/// less than nothing) against all that those held out bought, whether or not a message reached them;
/// for everybody the window is the same, `attribution_window_days` from the start on. The difference of the shares who bought has Newcombe's hybrid score
/// interval (Statistics in Medicine 17, 1998, method 10), that of the revenue per person Welch's (Biometrika 34, 1947); a share alone has Wilson's, a mean
/// Student's; all at 95 %. `incremental_revenue` is the lift in revenue per person times the people treated, `return_on_spend` is (incremental revenue −
/// cost) / cost, and the cost is `cost_per_message` for each message that left; what coupons took off is in the revenue already. `conclusion` is `too_few`
/// where fewer than 5 of a group bought or did not (for revenue: fewer than 30 bought), for then nothing can be concluded. The comparisons of variants are
/// each for itself: of twenty that do not differ one will seem to.
#[utoipa::path(tag = "Campaigns", params(("id" = Uuid, Path, description = "The campaign's id")), security(("bearer" = ["campaigns:read"])),
    responses((status = 200, description = "The report.", body = ReportView)))]
#[get("/{id}/report")]
pub async fn get_campaign_report(_auth: Allowed<ReadCampaigns>, id: Path<Id<Campaign>>, app: AppData) -> Result<HttpResponse, Problem> {
    let now = app.clock.now();
    let (campaign, found) = app.db.read(move |tx| report::report(tx, id.0)).await?;
    Ok(HttpResponse::Ok().json(ReportView::new(&campaign, &found, now)))
}
