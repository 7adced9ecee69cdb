//! The letters to those who are due: a fixed number of statements however many they are.

use std::collections::{HashMap, HashSet};

use super::{
    contacts::{Reached, first_time, look_at},
    coupons::{Codes, codes_for},
    tracking::{links_end, tracked},
};
use crate::{
    db::DbConnection,
    domain::{
        campaigns::{Campaign, Facts, LeftOutReason, Letter, Recipient, RecipientStatus, Templates, origins_in},
        customers::Customer,
        ids::Id,
        instants::Instant,
        links::{LinkPurpose, Links},
        messages::{CampaignMessage, MessageChannel, MessageKind, NewMessage},
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
    let (mut changed, readers) = sort_out(tx, now, campaign, due)?;
    let codes = codes_for(tx, now, campaign, readers.iter().map(|reader| &reader.recipient))?;
    let desk = Desk::new(now, links, campaign, codes);
    let mut letters = Vec::with_capacity(readers.len());
    for Reader { recipient, found } in readers {
        let recipient = Recipient { coupon_id: desk.codes.coupon_of(recipient.customer_id).or(recipient.coupon_id), ..recipient };
        match desk.message(&recipient, &found) {
            Some(letter) => {
                letters.push(letter);
                changed.push(Recipient { status: RecipientStatus::Queued, queued_at: Some(now), ..recipient });
            }
            None => changed.push(left_out(recipient, LeftOutReason::Unwritten)),
        }
    }
    Ok((changed, letters))
}

/// Somebody who may be contacted now.
#[derive(Debug)]
pub(super) struct Reader {
    pub recipient: Recipient,
    pub found: Reached,
}

/// Parts those who are due into those for whom something changes, because they are not to be contacted any more or not at this hour, and the others.
pub(super) fn sort_out(
    tx: &mut DbConnection,
    now: Instant,
    campaign: &Campaign,
    due: Vec<Recipient>,
) -> Result<(Vec<Recipient>, Vec<Reader>), Error> {
    let policy = contact_policy::current(tx)?;
    let ids: Vec<Id<Customer>> = due.iter().map(|recipient| recipient.customer_id).collect();
    let reached = look_at(tx, now, &policy, campaign, &ids)?;
    let mut reached: HashMap<Id<Customer>, Reached> = reached.into_iter().map(|found| (found.customer.id, found)).collect();
    let (mut changed, mut readers) = (Vec::with_capacity(due.len()), Vec::new());
    for recipient in due {
        // Who is no customer any more is no recipient either.
        let Some(found) = reached.remove(&recipient.customer_id) else { continue };
        let first = first_time(&policy, campaign.draft.channel, now, &found.customer);
        if let Some(reason) = found.refusal {
            changed.push(left_out(recipient, reason.into()));
        } else if first > now {
            changed.push(Recipient { send_at: Some(first), ..recipient });
        } else {
            readers.push(Reader { recipient, found });
        }
    }
    Ok((changed, readers))
}

pub(super) fn left_out(recipient: Recipient, reason: LeftOutReason) -> Recipient {
    Recipient { status: RecipientStatus::LeftOut, left_out_reason: Some(reason), ..recipient }
}

/// What it takes to write a campaign's letters.
pub(super) struct Desk<'a> {
    now: Instant,
    links: &'a Links,
    campaign: &'a Campaign,
    templates: HashMap<&'a str, Templates>,
    /// Where links of the templates lead.
    origins: HashSet<String>,
    codes: Codes,
}

impl<'a> Desk<'a> {
    /// The templates of each variant are read once for many letters.
    pub(super) fn new(now: Instant, links: &'a Links, campaign: &'a Campaign, codes: Codes) -> Self {
        let variants = campaign.draft.variants.iter();
        let templates = variants.filter_map(|variant| Some((variant.key.as_str(), Templates::parse(variant).ok()?))).collect();
        let sources = campaign.draft.variants.iter().flat_map(|variant| std::iter::once(&variant.text).chain(&variant.html));
        let origins = sources.flat_map(|source| origins_in(source)).collect();
        Self { now, links, campaign, templates, origins, codes }
    }

    /// The letter to somebody, and where it is unsubscribed at; none when it prints what is not known of them any more.
    pub(super) fn letter(&self, recipient: &Recipient, customer: &Customer) -> Option<(Letter, String)> {
        let templates = self.templates.get(recipient.variant.as_deref()?)?;
        let token = self.links.token(LinkPurpose::Unsubscribe, recipient.id.cast(), links_end(self.now));
        let unsubscribe_url = self.links.url(UNSUBSCRIBE_PAGE, &token);
        let facts = Facts::of(customer, &self.campaign.draft.name, self.codes.of(customer.id), &unsubscribe_url);
        Some((templates.write(&facts).ok()?, unsubscribe_url))
    }

    /// The code that somebody is given.
    pub(super) fn code_of(&self, recipient: &Recipient) -> Option<&str> {
        self.codes.of(recipient.customer_id)
    }

    fn message(&self, recipient: &Recipient, found: &Reached) -> Option<NewMessage> {
        let plan = &self.campaign.draft;
        let channel = MessageChannel::of(plan.channel)?;
        let (letter, unsubscribe_url) = self.letter(recipient, &found.customer)?;
        let letter = tracked(self.links, (plan, &self.origins), recipient.id, links_end(self.now), letter);
        // The header by which mail programs unsubscribe is of e-mail alone.
        let unsubscribe_url = Some(unsubscribe_url).filter(|_| channel == MessageChannel::Email);
        Some(NewMessage {
            kind: MessageKind::Campaign,
            channel,
            customer_id: Some(recipient.customer_id),
            about_id: Some(recipient.id.cast()),
            recipient: found.address.clone()?,
            subject: letter.subject,
            body: letter.text,
            html: letter.html,
            campaign: Some(CampaignMessage { campaign_id: self.campaign.id, unsubscribe_url }),
        })
    }
}
