//! Who of an audience may be written to.

use std::collections::HashMap;

use crate::{
    db::DbConnection,
    domain::{
        campaigns::Campaign,
        consents::{ContactChannel, ContactPurpose},
        contact_policy::{CAP_WINDOW, Contact, ContactPolicy, NoContact},
        customers::{Customer, CustomerDraft},
        ids::Id,
        instants::Instant,
        suppressions::SuppressibleChannel,
    },
    error::Error,
    repositories::{campaigns::contacts as repository, customers},
};

/// The most customers that are looked at together.
pub(super) const TOGETHER: usize = 2000;

/// A customer, and why they are not written to.
#[derive(Debug)]
pub(super) struct Reached {
    pub customer: Customer,
    pub refusal: Option<NoContact>,
}

/// Looks at the customers of `ids`, of whom there are [`TOGETHER`] at most: a fixed number of queries. Who is no customer any more is left out.
pub(super) fn look_at(
    tx: &mut DbConnection,
    now: Instant,
    policy: &ContactPolicy,
    campaign: &Campaign,
    ids: &[Id<Customer>],
) -> Result<Vec<Reached>, Error> {
    let (channel, purpose) = (campaign.draft.channel, campaign.draft.purpose);
    let mut found = customers::find_many(tx, ids)?;
    found.sort_unstable_by_key(|customer| customer.id);
    let said = repository::consents_of(tx, ids, channel, purpose)?;
    let recent = recent_messages(tx, now, policy, campaign, ids)?;
    let suppressible = SuppressibleChannel::of(channel);
    let normal = |customer: &Customer| Some(suppressible?.normal(address_of(channel, &customer.draft)?));
    let suppressed = match suppressible {
        Some(way) => repository::suppressed_among(tx, way, &found.iter().filter_map(normal).collect::<Vec<_>>())?,
        None => Default::default(),
    };
    let reached = found.into_iter().map(|customer| {
        let contact = Contact {
            lifecycle: customer.draft.lifecycle,
            has_address: address_of(channel, &customer.draft).is_some(),
            is_suppressed: normal(&customer).is_some_and(|address| suppressed.contains(&address)),
            consent: said.get(&customer.id).copied(),
            recent: recent.get(&customer.id).copied().unwrap_or(0),
        };
        Reached { refusal: policy.refusal(channel, purpose, &contact), customer }
    });
    Ok(reached.collect())
}

/// Where a channel leads to for a customer; none where it leads nowhere, or is not one that Patron can send by.
pub(super) fn address_of(channel: ContactChannel, draft: &CustomerDraft) -> Option<&str> {
    match channel {
        ContactChannel::Email => draft.email.as_deref(),
        ContactChannel::Sms | ContactChannel::Phone => draft.phone.as_deref(),
        ContactChannel::Fax | ContactChannel::Mail | ContactChannel::InStore => None,
    }
}

/// What counts against a cap; nothing where there is none.
fn recent_messages(
    tx: &mut DbConnection,
    now: Instant,
    policy: &ContactPolicy,
    campaign: &Campaign,
    ids: &[Id<Customer>],
) -> Result<HashMap<Id<Customer>, i64>, Error> {
    let channel = campaign.draft.channel;
    if policy.cap(channel, campaign.draft.purpose).is_none() {
        return Ok(HashMap::new());
    }
    let since = now.checked_add(-CAP_WINDOW).unwrap_or(Instant::MIN);
    let purposes = &policy.draft().capped_purposes;
    let mut counts = repository::campaign_messages_since(tx, ids, channel, purposes, since, campaign.id)?;
    if channel == ContactChannel::Email && purposes.contains(&ContactPurpose::Survey) {
        for (customer, invitations) in repository::invitations_since(tx, ids, since)? {
            *counts.entry(customer).or_default() += invitations;
        }
    }
    Ok(counts)
}
