//! Consents: hearing what customers say, and telling what holds.

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
