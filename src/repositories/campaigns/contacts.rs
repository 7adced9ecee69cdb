//! What decides whether customers may be written to, for many of them at once.

use std::collections::{HashMap, HashSet};

use diesel::{dsl::count_star, prelude::*};

use crate::{
    db::{
        DbConnection, DbResult,
        schema::{campaign_recipients, campaigns, consents, messages, suppressions},
    },
    domain::{
        campaigns::Campaign,
        consents::{ConsentStatus, ContactChannel, ContactPurpose},
        customers::Customer,
        ids::Id,
        instants::Instant,
        messages::MessageKind,
        suppressions::SuppressibleChannel,
    },
    on,
};

/// What each of `customers` has said of a channel and purpose; nothing of who has said nothing.
///
/// # Errors
/// The database's.
pub fn consents_of(
    conn: &mut DbConnection,
    customers: &[Id<Customer>],
    channel: ContactChannel,
    purpose: ContactPurpose,
) -> DbResult<HashMap<Id<Customer>, ConsentStatus>> {
    let said = consents::table
        .filter(consents::customer_id.eq_any(customers).and(consents::channel.eq(channel)).and(consents::purpose.eq(purpose)))
        .select((consents::customer_id, consents::status));
    let found: Vec<(Id<Customer>, ConsentStatus)> = on!(conn, c => said.load(c))?;
    Ok(found.into_iter().collect())
}

/// Which of `addresses`, each in its one form, are suppressed.
///
/// # Errors
/// The database's.
pub fn suppressed_among(conn: &mut DbConnection, channel: SuppressibleChannel, addresses: &[String]) -> DbResult<HashSet<String>> {
    if addresses.is_empty() {
        return Ok(HashSet::new());
    }
    let wanted = suppressions::table
        .filter(suppressions::channel.eq(channel).and(suppressions::address.eq_any(addresses)))
        .select(suppressions::address);
    let found: Vec<String> = on!(conn, c => wanted.load(c))?;
    Ok(found.into_iter().collect())
}

/// How many messages of campaigns each of `customers` was written by a channel since `since`, or how often they were talked to, for any of `purposes`; those of
/// the campaign `apart` are not counted.
///
/// # Errors
/// The database's.
pub fn campaign_messages_since(
    conn: &mut DbConnection,
    customers: &[Id<Customer>],
    channel: ContactChannel,
    purposes: &[ContactPurpose],
    since: Instant,
    apart: Id<Campaign>,
) -> DbResult<HashMap<Id<Customer>, i64>> {
    // Who is talked to is not written to before.
    let talked_to = campaign_recipients::queued_at.is_null().and(campaign_recipients::sent_at.gt(since));
    let counted = campaign_recipients::table
        .inner_join(campaigns::table.on(campaigns::id.eq(campaign_recipients::campaign_id)))
        .filter(campaign_recipients::customer_id.eq_any(customers))
        .filter(campaign_recipients::queued_at.gt(since).or(talked_to))
        .filter(campaigns::channel.eq(channel).and(campaigns::purpose.eq_any(purposes)).and(campaigns::id.ne(apart)))
        .group_by(campaign_recipients::customer_id)
        .select((campaign_recipients::customer_id, count_star()));
    let found: Vec<(Id<Customer>, i64)> = on!(conn, c => counted.load(c))?;
    Ok(found.into_iter().collect())
}

/// How many invitations to surveys each of `customers` was written by mail since `since`.
///
/// # Errors
/// The database's.
pub fn invitations_since(conn: &mut DbConnection, customers: &[Id<Customer>], since: Instant) -> DbResult<HashMap<Id<Customer>, i64>> {
    let counted = messages::table
        .filter(messages::customer_id.eq_any(customers).and(messages::kind.eq(MessageKind::SurveyInvitation)))
        .filter(messages::created_at.gt(since))
        .group_by(messages::customer_id)
        .select((messages::customer_id, count_star()));
    let found: Vec<(Option<Id<Customer>>, i64)> = on!(conn, c => counted.load(c))?;
    Ok(found.into_iter().filter_map(|(customer, count)| customer.map(|customer| (customer, count))).collect())
}
