//! What a campaign has come to: five statements, whatever its audience.

use std::collections::{BTreeSet, HashMap};

use chrono::TimeDelta;

use super::get_campaign;
use crate::{
    db::DbConnection,
    domain::{
        campaigns::{
            Campaign,
            attribution::Touch,
            report::{CampaignReport, CampaignTallies, Window},
        },
        customers::Customer,
        ids::Id,
        instants::Instant,
    },
    error::Error,
    repositories::campaigns::{self as repository, report as counted},
};

/// The longest window that a campaign can have: no message that left earlier can have brought an order.
const LONGEST_WINDOW: TimeDelta = TimeDelta::days(365);

/// What a campaign has come to by now; all nothing before its launch.
///
/// # Errors
/// `not_found`.
pub fn report(tx: &mut DbConnection, id: Id<Campaign>) -> Result<(Campaign, CampaignReport), Error> {
    let campaign = get_campaign(tx, id)?;
    let length = TimeDelta::days(campaign.draft.attribution_window_days);
    let after = |at: Instant| at.checked_add(length).unwrap_or(Instant::MAX);
    let Some(from) = campaign.starts_at else {
        let report = CampaignTallies::new(&campaign, None, HashMap::new()).finish(&[]);
        return Ok((campaign, report));
    };
    let window = Window { from, until: after(from) };
    let reach = counted::reach(tx, id)?;
    let last_sent_at = reach.iter().filter_map(|group| group.last_sent_at).max();
    let span = (from, last_sent_at.map_or(window.until, |at| after(at).max(window.until)));
    let mut tallies = CampaignTallies::new(&campaign, Some(window), rivals(tx, id, span)?);
    counted::for_each_order(tx, &campaign, span, |order| tallies.add(order))?;
    let report = tallies.finish(&reach);
    Ok((campaign, report))
}

/// The messages of other campaigns to the same people that may have brought what they bought.
fn rivals(tx: &mut DbConnection, id: Id<Campaign>, span: (Instant, Instant)) -> Result<HashMap<Id<Customer>, Vec<Touch>>, Error> {
    let since = span.0.checked_add(-LONGEST_WINDOW).unwrap_or(Instant::MIN);
    let rivals = counted::rivals(tx, id, since, span)?;
    let ids: BTreeSet<Id<Campaign>> = rivals.iter().map(|rival| rival.campaign_id).collect();
    let plans: HashMap<Id<Campaign>, Campaign> =
        repository::find_many(tx, &ids.into_iter().collect::<Vec<_>>())?.into_iter().map(|campaign| (campaign.id, campaign)).collect();
    let mut touches: HashMap<Id<Customer>, Vec<Touch>> = HashMap::new();
    for rival in rivals {
        let Some(plan) = plans.get(&rival.campaign_id).map(|campaign| &campaign.draft) else { continue };
        touches.entry(rival.customer_id).or_default().push(Touch {
            campaign_id: rival.campaign_id,
            window: TimeDelta::days(plan.attribution_window_days),
            sent_at: rival.sent_at,
            clicked_at: rival.clicked_at,
            coupon_id: rival.coupon_id,
            batch_id: plan.coupon_batch_id,
        });
    }
    Ok(touches)
}
