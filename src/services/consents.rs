//! Consents: hearing what customers say, and telling what holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    db::DbConnection,
    domain::{
        consents::{Consent, ConsentDraft, ConsentEvent, ConsentEventSearch, ConsentEventSort, ContactChannel, ContactPurpose, Statement},
        customers::Customer,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        permissions::Actor,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::{consents as repository, customers},
    services::customers::get_customer,
};

/// What holds of a customer, by channel and purpose; nothing of what was never said.
///
/// # Errors
/// `not_found`.
pub fn list_consents(tx: &mut DbConnection, customer_id: Id<Customer>) -> Result<Vec<Consent>, Error> {
    get_customer(tx, customer_id)?;
    Ok(repository::list(tx, customer_id)?)
}

/// What holds of one way and purpose.
///
/// # Errors
/// `not_found` when nothing was ever said.
pub fn get_consent(
    tx: &mut DbConnection,
    customer_id: Id<Customer>,
    channel: ContactChannel,
    purpose: ContactPurpose,
) -> Result<Consent, Error> {
    repository::find(tx, customer_id, channel, purpose)?.ok_or_else(|| Error::not_found("consent"))
}

/// A page of everything that was ever heard of a customer.
///
/// # Errors
/// `not_found`.
pub fn list_consent_events(
    tx: &mut DbConnection,
    customer_id: Id<Customer>,
    search: &ConsentEventSearch,
    page: &PageRequest<ConsentEventSort>,
) -> Result<Page<ConsentEvent>, Error> {
    get_customer(tx, customer_id)?;
    Ok(repository::list_events(tx, customer_id, search, page)?)
}

/// Whom a statement is about, and who told it.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// The customer.
    pub customer_id: Id<Customer>,
    /// The way.
    pub channel: ContactChannel,
    /// What for.
    pub purpose: ContactPurpose,
    /// Who told it.
    pub actor: &'a Actor,
}

/// Hears what a customer said and answers what holds now, and whether that is the first thing they said. What is weaker than something known is kept in
/// the history and changes nothing else; the same words again change nothing at all.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid` for what will be said only in the future.
pub fn hear(
    tx: &mut DbConnection,
    now: Instant,
    heard: &Heard<'_>,
    precondition: &Precondition,
    draft: ConsentDraft,
) -> Result<(Consent, bool), Error> {
    let Heard { customer_id, channel, purpose, actor } = *heard;
    customers::find_for_update(tx, customer_id)?.ok_or_else(|| Error::not_found("customer"))?;
    let known = repository::find(tx, customer_id, channel, purpose)?;
    match &known {
        Some(consent) if !precondition.holds_for(consent.version) => return Err(Error::stale(consent.version)),
        None if !precondition.holds_for_none() => return Err(Error::new(Code::StaleVersion, "Nothing was said of it yet.")),
        _ => {}
    }
    if draft.at.is_some_and(|at| at > now) {
        return Err(Error::invalid_field("/at", "range", "must not lie in the future"));
    }
    let statement = Statement { status: draft.status, source: draft.source, evidence: draft.evidence, at: draft.at.unwrap_or(now) };
    if let Some(consent) = known.as_ref().filter(|consent| consent.statement == statement) {
        return Ok((consent.clone(), false));
    }
    let is_effective = known.as_ref().is_none_or(|consent| statement.overrules(&consent.statement));
    let event = ConsentEvent {
        id: Id::generate(),
        customer_id,
        channel,
        purpose,
        statement: statement.clone(),
        is_effective,
        actor_kind: actor.kind,
        actor_id: actor.id,
        created_at: now,
    };
    repository::insert_event(tx, &event)?;
    match known {
        None => {
            let consent = Consent { customer_id, channel, purpose, statement, version: 1, created_at: now, updated_at: now };
            repository::insert(tx, &consent)?;
            Ok((consent, true))
        }
        Some(before) if is_effective => {
            let consent = Consent { statement, version: before.version + 1, updated_at: now, ..before };
            repository::update(tx, &consent)?;
            Ok((consent, false))
        }
        Some(before) => Ok((before, false)),
    }
}

/// What a customer said, as somebody else heard it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The customer.
    pub customer_id: Id<Customer>,
    /// The way.
    pub channel: ContactChannel,
    /// What for.
    pub purpose: ContactPurpose,
    /// What they said.
    pub statement: Statement,
}

/// As [`hear`] for many at once, out of messages that may be told again and again: what changes nothing leaves no trace in the history either, and who is no
/// customer any more says nothing. A fixed number of statements.
///
/// # Errors
/// The database's.
pub fn hear_all(tx: &mut DbConnection, now: Instant, actor: &Actor, all: Vec<Said>) -> Result<(), Error> {
    if all.is_empty() {
        return Ok(());
    }
    let ids: BTreeSet<Id<Customer>> = all.iter().map(|said| said.customer_id).collect();
    let present = customers::find_many_for_update(tx, &ids.into_iter().collect::<Vec<_>>())?;
    let present: Vec<Id<Customer>> = present.into_iter().map(|customer| customer.id).collect();
    let known = repository::list_of_many(tx, &present)?;
    let mut holds: BTreeMap<_, Consent> =
        known.into_iter().map(|consent| ((consent.customer_id, consent.channel, consent.purpose), consent)).collect();
    let (mut events, mut changed) = (Vec::new(), BTreeSet::new());
    for Said { customer_id, channel, purpose, statement } in all {
        let key = (customer_id, channel, purpose);
        let before = holds.get(&key);
        if !present.contains(&customer_id) || before.is_some_and(|consent| !statement.overrules(&consent.statement)) {
            continue;
        }
        events.push(ConsentEvent {
            id: Id::generate(),
            customer_id,
            channel,
            purpose,
            statement: statement.clone(),
            is_effective: true,
            actor_kind: actor.kind,
            actor_id: actor.id,
            created_at: now,
        });
        let (version, created_at) = before.map_or((1, now), |consent| (consent.version + 1, consent.created_at));
        holds.insert(key, Consent { customer_id, channel, purpose, statement, version, created_at, updated_at: now });
        changed.insert(key);
    }
    holds.retain(|key, _| changed.contains(key));
    repository::insert_events(tx, &events)?;
    Ok(repository::upsert(tx, &holds.into_values().collect::<Vec<_>>())?)
}
