//! What the link in every message of a campaign does: its reader is not written to for such a purpose any more.

use super::get_campaign;
use crate::{
    db::DbConnection,
    domain::{
        campaigns::{Campaign, Recipient},
        consents::{ConsentDraft, ConsentSource, ConsentStatus},
        ids::Id,
        instants::Instant,
        links::{LinkPurpose, Links},
        permissions::Actor,
        precondition::Precondition,
    },
    error::Error,
    repositories::{campaigns::recipients, consents as known},
    services::consents::{self, Heard},
};

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Whose it is.
    pub recipient: Recipient,
    /// What they were written.
    pub campaign: Campaign,
    /// Whether they have withdrawn their consent already.
    pub is_withdrawn: bool,
}

/// What the link that ends in `token` leads to.
///
/// # Errors
/// `not_found` for a token that is not ours, or has ended.
pub fn find_linked(tx: &mut DbConnection, now: Instant, links: &Links, token: &str) -> Result<Linked, Error> {
    let not_found = || Error::not_found("page, or the link to it has expired");
    let id: Id<Recipient> = links.verify(LinkPurpose::Unsubscribe, token, now).ok_or_else(not_found)?.cast();
    let recipient = recipients::find(tx, id)?.ok_or_else(not_found)?;
    let campaign = get_campaign(tx, recipient.campaign_id)?;
    let consent = known::find(tx, recipient.customer_id, campaign.draft.channel, campaign.draft.purpose)?;
    let is_withdrawn = consent.is_some_and(|consent| consent.statement.status == ConsentStatus::Withdrawn);
    Ok(Linked { recipient, campaign, is_withdrawn })
}

/// Withdraws the consent of the link's bearer to such messages. Once withdrawn, the link changes nothing more.
///
/// # Errors
/// As [`find_linked`].
pub fn unsubscribe(tx: &mut DbConnection, now: Instant, links: &Links, token: &str) -> Result<Linked, Error> {
    let linked = find_linked(tx, now, links, token)?;
    if linked.is_withdrawn {
        return Ok(linked);
    }
    let actor = Actor::customer(Some(linked.recipient.customer_id));
    let heard = Heard {
        customer_id: linked.recipient.customer_id,
        channel: linked.campaign.draft.channel,
        purpose: linked.campaign.draft.purpose,
        actor: &actor,
    };
    let evidence = Some(format!("The link in a message of the campaign {}", linked.campaign.draft.name));
    let draft = ConsentDraft { status: ConsentStatus::Withdrawn, source: ConsentSource::Unsubscribe, evidence, at: None };
    consents::hear(tx, now, &heard, &Precondition::None, draft)?;
    super::tracking::note(tx, linked.recipient.id, |traces| traces.unsubscribed(now))?;
    Ok(Linked { is_withdrawn: true, ..linked })
}
