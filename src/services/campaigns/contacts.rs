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
    repositories::{
        campaigns::contacts as repository,
        customers::{self, addresses},
    },
};

/// The most customers that are looked at together.
pub(super) const TOGETHER: usize = 2000;

/// A customer, where the channel leads to for them, and why they are not written to.
#[derive(Debug)]
pub(super) struct Reached {
    pub customer: Customer,
    pub address: Option<String>,
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
    let mut postal = if channel == ContactChannel::Mail { addresses::defaults_of(tx, ids)? } else { HashMap::new() };
    let found = found.into_iter().map(|customer| {
        let address =
            address_of(channel, &customer.draft).or_else(|| postal.remove(&customer.id).map(|it| it.on_one_line(&customer.draft.name)));
        (customer, address)
    });
    let found: Vec<(Customer, Option<String>)> = found.collect();
    let suppressible = SuppressibleChannel::of(channel);
    let normal = |address: &Option<String>| Some(suppressible?.normal(address.as_deref()?));
    let suppressed = match suppressible {
        Some(way) => repository::suppressed_among(tx, way, &found.iter().filter_map(|(_, address)| normal(address)).collect::<Vec<_>>())?,
        None => Default::default(),
    };
    let reached = found.into_iter().map(|(customer, address)| {
        let contact = Contact {
            lifecycle: customer.draft.lifecycle,
            // Who comes to the store is met there.
            has_address: address.is_some() || channel == ContactChannel::InStore,
            is_suppressed: normal(&address).is_some_and(|address| suppressed.contains(&address)),
            consent: said.get(&customer.id).copied(),
            recent: recent.get(&customer.id).copied().unwrap_or(0),
        };
        Reached { refusal: policy.refusal(channel, purpose, &contact), customer, address }
    });
    Ok(reached.collect())
}

/// Where a channel leads to by what is kept with the customer. Of faxes no numbers are, and postal addresses are kept apart.
fn address_of(channel: ContactChannel, draft: &CustomerDraft) -> Option<String> {
    match channel {
        ContactChannel::Email => draft.email.clone(),
        ContactChannel::Sms | ContactChannel::Phone => draft.phone.clone(),
        ContactChannel::Fax | ContactChannel::Mail | ContactChannel::InStore => None,
    }
}

/// The first time from `at` on at which a customer may be disturbed by a channel: who comes to the store is not.
pub(super) fn first_time(policy: &ContactPolicy, channel: ContactChannel, at: Instant, customer: &Customer) -> Instant {
    match channel {
        ContactChannel::InStore => at,
        _ => policy.first_loud(at, customer.draft.time_zone.as_deref()),
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
