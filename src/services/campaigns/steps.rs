//! Pausing, resuming and cancelling a campaign.
//!
//! Each holds the campaign's row, as do the feeder and the worker that is about to hand over a message: so once a pause has been answered no message of
//! the campaign begins to leave. What waits in the outbox is called back, but for what was tried before, which stays there while the campaign is paused.

use super::{held, store};
use crate::{
    db::DbConnection,
    domain::{
        campaigns::{Campaign, CampaignStatus, CampaignStep},
        ids::Id,
        instants::Instant,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::campaigns::recipients,
};

/// Pauses a campaign: nothing more leaves until it is resumed.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition`.
pub fn pause_campaign(tx: &mut DbConnection, now: Instant, id: Id<Campaign>, precondition: &Precondition) -> Result<Campaign, Error> {
    let campaign = held(tx, id, precondition)?;
    allowed(&campaign, CampaignStep::Pause)?;
    recipients::call_back_all(tx, id, false)?;
    store(tx, now, Campaign { status: CampaignStatus::Paused, ..campaign })
}

/// Lets a paused campaign go on where it stopped.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition`.
pub fn resume_campaign(tx: &mut DbConnection, now: Instant, id: Id<Campaign>, precondition: &Precondition) -> Result<Campaign, Error> {
    let campaign = held(tx, id, precondition)?;
    allowed(&campaign, CampaignStep::Resume)?;
    let is_early = campaign.starts_at.is_some_and(|starts_at| starts_at > now);
    let status = if is_early { CampaignStatus::Scheduled } else { CampaignStatus::Running };
    store(tx, now, Campaign { status, ..campaign })
}

/// Ends a campaign: who has not been written to never is.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition`.
pub fn cancel_campaign(tx: &mut DbConnection, now: Instant, id: Id<Campaign>, precondition: &Precondition) -> Result<Campaign, Error> {
    let campaign = held(tx, id, precondition)?;
    allowed(&campaign, CampaignStep::Cancel)?;
    recipients::call_back_all(tx, id, true)?;
    recipients::cancel_waiting(tx, id)?;
    store(tx, now, Campaign { status: CampaignStatus::Cancelled, ended_at: Some(now), ..campaign })
}

/// Refuses a step that a campaign can not take from where it stands.
pub(super) fn allowed(campaign: &Campaign, step: CampaignStep) -> Result<(), Error> {
    if campaign.status.allows(step) {
        return Ok(());
    }
    Err(Error::new(Code::InvalidTransition, format!("The campaign can not be {step}: it is {}.", campaign.status)))
}
