//! The people that customers buy for.

use super::get_customer;
use crate::{
    db::DbConnection,
    domain::{
        customers::{Customer, Relation, RelationDraft},
        ids::Id,
        instants::Instant,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::customers::{self as repository, relations},
    services::references::check_customers,
};

/// The most people that one customer can buy for.
const MAX_RELATIONS: usize = 100;

/// The people whom a customer buys for.
///
/// # Errors
/// `not_found`.
pub fn list_relations(tx: &mut DbConnection, owner_id: Id<Customer>) -> Result<Vec<Relation>, Error> {
    get_customer(tx, owner_id)?;
    Ok(relations::list(tx, owner_id)?)
}

/// A person whom a customer buys for.
///
/// # Errors
/// `not_found`.
pub fn get_relation(tx: &mut DbConnection, owner_id: Id<Customer>, id: Id<Relation>) -> Result<Relation, Error> {
    relations::find(tx, owner_id, id)?.ok_or_else(|| Error::not_found("relation"))
}

/// Names a person whom a customer buys for.
///
/// # Errors
/// `not_found`, `unknown_reference` when `customer_id` is nobody, `conflict` when there are too many.
pub fn create_relation(tx: &mut DbConnection, now: Instant, owner_id: Id<Customer>, draft: RelationDraft) -> Result<Relation, Error> {
    // The lock makes two requests at once count each other.
    repository::find_for_update(tx, owner_id)?.ok_or_else(|| Error::not_found("customer"))?;
    if relations::list(tx, owner_id)?.len() >= MAX_RELATIONS {
        return Err(Error::new(Code::Conflict, format!("A customer has at most {MAX_RELATIONS} relations.")));
    }
    check(tx, now, owner_id, &draft)?;
    let relation = Relation { id: Id::generate(), owner_id, draft, version: 1, created_at: now, updated_at: now };
    relations::insert(tx, std::slice::from_ref(&relation))?;
    Ok(relation)
}

/// Changes what is known of a person whom a customer buys for.
///
/// # Errors
/// `not_found`, `stale_version`, what `change` answers, and as [`create_relation`].
pub fn update_relation(
    tx: &mut DbConnection,
    now: Instant,
    owner_id: Id<Customer>,
    id: Id<Relation>,
    precondition: &Precondition,
    change: impl FnOnce(&RelationDraft) -> Result<RelationDraft, Error>,
) -> Result<Relation, Error> {
    repository::find_for_update(tx, owner_id)?.ok_or_else(|| Error::not_found("customer"))?;
    let relation = get_relation(tx, owner_id, id)?;
    if !precondition.holds_for(relation.version) {
        return Err(Error::stale(relation.version));
    }
    let draft = change(&relation.draft)?;
    if draft == relation.draft {
        return Ok(relation);
    }
    check(tx, now, owner_id, &draft)?;
    let changed = Relation { draft, version: relation.version + 1, updated_at: now, ..relation };
    relations::update(tx, &changed)?;
    Ok(changed)
}

/// Forgets a person whom a customer bought for. Order lines that name the person keep the id and say no more of it.
///
/// # Errors
/// `not_found`, `stale_version`.
pub fn delete_relation(tx: &mut DbConnection, owner_id: Id<Customer>, id: Id<Relation>, precondition: &Precondition) -> Result<(), Error> {
    repository::find_for_update(tx, owner_id)?.ok_or_else(|| Error::not_found("customer"))?;
    let relation = get_relation(tx, owner_id, id)?;
    if !precondition.holds_for(relation.version) {
        return Err(Error::stale(relation.version));
    }
    Ok(relations::delete(tx, owner_id, id)?)
}

fn check(tx: &mut DbConnection, now: Instant, owner_id: Id<Customer>, draft: &RelationDraft) -> Result<(), Error> {
    if draft.birth_date.is_some_and(|date| date > now.utc().date_naive()) {
        return Err(Error::invalid_field("/birth_date", "range", "must not lie in the future"));
    }
    match draft.customer_id {
        Some(id) if id == owner_id => Err(Error::invalid_field("/customer_id", "self_reference", "must not be the customer")),
        other => check_customers(tx, other.map(|id| ("/customer_id", id))),
    }
}
