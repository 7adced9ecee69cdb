//! The letters to those who are due: a fixed number of statements however many they are.

use std::collections::HashMap;

use super::{
    contacts::{address_of, look_at},
    coupons::{Codes, codes_for},
    tracking::{links_end, tracked},
};
use crate::{
    db::DbConnection,
    domain::{
        campaigns::{Campaign, Facts, LeftOutReason, Recipient, RecipientStatus, Templates},
        contact_policy::ContactPolicy,
        customers::Customer,
        ids::Id,
        instants::Instant,
        links::{LinkPurpose, Links},
        messages::{CampaignMessage, MessageKind, NewMessage},
    },
    error::Error,
    services::contact_policy,
};

/// The page that ends marketing to a customer.
const UNSUBSCRIBE_PAGE: &str = "/v1/public/unsubscribe";

/// What becomes of each who is due, and the letters to those of them who are queued, in the same order.
pub(super) fn write_letters(
    tx: &mut DbConnection,
    now: Instant,
    links: &Links,
    campaign: &Campaign,
    due: Vec<Recipient>,
) -> Result<(Vec<Recipient>, Vec<NewMessage>), Error> {
    let policy = contact_policy::current(tx)?;
    let ids: Vec<Id<Customer>> = due.iter().map(|recipient| recipient.customer_id).collect();
    let reached = look_at(tx, now, &policy, campaign, &ids)?;
    let (mut changed, mut readers) = (Vec::with_capacity(due.len()), Vec::new());
    for recipient in due {
        // Who is no customer any more is no recipient either.
        let Ok(place) = reached.binary_search_by_key(&recipient.customer_id, |reached| reached.customer.id) else { continue };
        let Some(found) = reached.get(place) else { continue };
        if let Some(reason) = found.refusal {
            changed.push(left_out(recipient, reason.into()));
        } else if let Some(later) = quiet_until(&policy, now, &found.customer) {
            changed.push(Recipient { send_at: Some(later), ..recipient });
        } else {
            readers.push((recipient, &found.customer));
        }
    }
    let desk = Desk { now, links, campaign, templates: templates_of(campaign), codes: codes_for(tx, now, campaign, &readers)? };
    let mut letters = Vec::with_capacity(readers.len());
    for (recipient, customer) in readers {
        let recipient = Recipient { coupon_id: desk.codes.coupon_of(customer.id).or(recipient.coupon_id), ..recipient };
        match desk.write(&recipient, customer) {
            Some(letter) => {
                letters.push(letter);
                changed.push(Recipient { status: RecipientStatus::Queued, queued_at: Some(now), ..recipient });
            }
            None => changed.push(left_out(recipient, LeftOutReason::Unwritten)),
        }
    }
    Ok((changed, letters))
}

pub(super) fn left_out(recipient: Recipient, reason: LeftOutReason) -> Recipient {
    Recipient { status: RecipientStatus::LeftOut, left_out_reason: Some(reason), ..recipient }
}

fn quiet_until(policy: &ContactPolicy, now: Instant, customer: &Customer) -> Option<Instant> {
    Some(policy.first_loud(now, customer.draft.time_zone.as_deref())).filter(|later| *later > now)
}

/// The templates of each variant, read once for many letters.
fn templates_of(campaign: &Campaign) -> HashMap<&str, Templates> {
    campaign.draft.variants.iter().filter_map(|variant| Some((variant.key.as_str(), Templates::parse(variant).ok()?))).collect()
}

/// What it takes to write a campaign's letters.
struct Desk<'a> {
    now: Instant,
    links: &'a Links,
    campaign: &'a Campaign,
    templates: HashMap<&'a str, Templates>,
    codes: Codes,
}

impl Desk<'_> {
    fn write(&self, recipient: &Recipient, customer: &Customer) -> Option<NewMessage> {
        let plan = &self.campaign.draft;
        let templates = self.templates.get(recipient.variant.as_deref()?)?;
        let address = address_of(plan.channel, &customer.draft)?;
        let ends_at = links_end(self.now);
        let unsubscribe_url = self.links.url(UNSUBSCRIBE_PAGE, &self.links.token(LinkPurpose::Unsubscribe, recipient.id.cast(), ends_at));
        let letter = templates.write(&Facts::of(customer, &plan.name, self.codes.of(customer.id), &unsubscribe_url)).ok()?;
        let letter = tracked(self.links, plan, recipient.id, ends_at, letter);
        Some(NewMessage {
            kind: MessageKind::Campaign,
            customer_id: Some(customer.id),
            about_id: Some(recipient.id.cast()),
            recipient: address.to_owned(),
            subject: letter.subject,
            body: letter.text,
            html: letter.html,
            campaign: Some(CampaignMessage { campaign_id: self.campaign.id, unsubscribe_url: Some(unsubscribe_url) }),
        })
    }
}
