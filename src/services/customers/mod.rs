//! Customers: making, changing and finding them.

use crate::{
    db::DbConnection,
    domain::{
        catalogue::Category,
        customers::{Customer, CustomerDraft, CustomerSearch, CustomerSort, Satisfaction, search_terms},
        external_refs::ExternalRef,
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        precondition::Precondition,
    },
    error::Error,
    repositories::{
        customers as repository,
        identifiers::{self, Holder},
        scoring_runs,
    },
    services::{identifiers::exchange, references::check_categories, upserts},
};

pub mod addresses;
pub mod cards;
pub mod relations;

/// A customer.
///
/// # Errors
/// `not_found`.
pub fn get_customer(tx: &mut DbConnection, id: Id<Customer>) -> Result<Customer, Error> {
    repository::find(tx, id)?.ok_or_else(|| Error::not_found("customer"))
}

/// A page of customers.
///
/// # Errors
/// The database's.
pub fn list_customers(tx: &mut DbConnection, search: &CustomerSearch, page: &PageRequest<CustomerSort>) -> Result<Page<Customer>, Error> {
    let run = if search.tier.is_some() { scoring_runs::current_id(tx)? } else { None };
    Ok(repository::list(tx, search, run, page)?)
}

/// The one customer who has an e-mail, phone, card or reference.
///
/// # Errors
/// `not_found`.
pub fn find_customer(tx: &mut DbConnection, identifier: &Identifier) -> Result<Customer, Error> {
    let customer_id = identifiers::find(tx, identifier)?.and_then(|holder| holder.customer_id);
    get_customer(tx, customer_id.ok_or_else(|| Error::not_found("customer"))?)
}

/// Makes a customer.
///
/// # Errors
/// `already_taken` for an e-mail, phone or reference of another customer, `unknown_reference` for an interest that is no category.
pub fn create_customer(tx: &mut DbConnection, now: Instant, draft: CustomerDraft) -> Result<Customer, Error> {
    let draft = draft.settled();
    check(tx, now, &draft, &[])?;
    let customer = Customer {
        id: Id::generate(),
        draft,
        membership: None,
        satisfaction: Satisfaction::default(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    repository::insert(tx, std::slice::from_ref(&customer))?;
    exchange(tx, holder(&customer), &[], &identifiers_of(&customer.draft))?;
    let terms: Vec<_> = search_terms::terms_of(&customer.draft, []).into_iter().map(|term| (customer.id, term)).collect();
    repository::terms::insert(tx, &terms)?;
    Ok(customer)
}

/// Changes a customer to what `change` makes of what is known; what says nothing new changes nothing.
///
/// # Errors
/// `not_found`, `stale_version`, what `change` answers, and as [`create_customer`].
pub fn update_customer(
    tx: &mut DbConnection,
    now: Instant,
    id: Id<Customer>,
    precondition: &Precondition,
    change: impl FnOnce(&CustomerDraft) -> Result<CustomerDraft, Error>,
) -> Result<Customer, Error> {
    let customer = repository::find_for_update(tx, id)?.ok_or_else(|| Error::not_found("customer"))?;
    if !precondition.holds_for(customer.version) {
        return Err(Error::stale(customer.version));
    }
    let draft = change(&customer.draft)?.settled();
    if draft == customer.draft { Ok(customer) } else { replace(tx, now, customer, draft) }
}

/// Replaces the customer that another system calls `reference`, or makes it. The second half of the answer tells whether it is new.
///
/// # Errors
/// As [`create_customer`], and `stale_version`.
pub fn put_customer(
    tx: &mut DbConnection,
    now: Instant,
    reference: &ExternalRef,
    precondition: &Precondition,
    draft: CustomerDraft,
) -> Result<(Customer, bool), Error> {
    let create = |tx: &mut DbConnection, draft| create_customer(tx, now, draft);
    let replace = |tx: &mut DbConnection, id: Id<()>, draft| update_customer(tx, now, id.cast(), precondition, |_| Ok(draft));
    upserts::put(tx, IdentifierKind::CustomerRef, reference, precondition, draft, create, replace)
}

fn replace(tx: &mut DbConnection, now: Instant, before: Customer, draft: CustomerDraft) -> Result<Customer, Error> {
    check(tx, now, &draft, &before.draft.interests)?;
    let after = Customer { draft, version: before.version + 1, updated_at: now, ..before.clone() };
    exchange(tx, holder(&after), &identifiers_of(&before.draft), &identifiers_of(&after.draft))?;
    repository::update(tx, &after)?;
    refresh_terms(tx, after.id, &after.draft)?;
    Ok(after)
}

/// Brings what the customer is found by up to date.
pub(super) fn refresh_terms(tx: &mut DbConnection, id: Id<Customer>, draft: &CustomerDraft) -> Result<(), Error> {
    let known = repository::terms::of_customer(tx, id)?;
    let numbers: Vec<String> = repository::cards::list(tx, id)?.into_iter().map(|card| card.number).collect();
    let wanted = search_terms::terms_of(draft, numbers.iter().map(String::as_str));
    let gone: Vec<String> = known.iter().filter(|term| !wanted.contains(term)).cloned().collect();
    if !gone.is_empty() {
        repository::terms::delete(tx, id, &gone)?;
    }
    let new: Vec<_> = wanted.into_iter().filter(|term| !known.contains(term)).map(|term| (id, term)).collect();
    Ok(repository::terms::insert(tx, &new)?)
}

fn holder(customer: &Customer) -> Holder {
    Holder { resource_id: customer.id.cast(), customer_id: Some(customer.id) }
}

/// The values of a draft that only one customer may have.
pub fn identifiers_of(draft: &CustomerDraft) -> Vec<Identifier> {
    let email = draft.email.iter().map(|email| Identifier::email(email));
    let phone = draft.phone.iter().map(|phone| Identifier::phone(phone));
    email.chain(phone).chain(identifiers::of_refs(IdentifierKind::CustomerRef, &draft.external_refs)).collect()
}

/// What the draft alone can not tell. A category that was removed since the customer came to care for it does no harm.
fn check(tx: &mut DbConnection, now: Instant, draft: &CustomerDraft, known: &[Id<Category>]) -> Result<(), Error> {
    if draft.birth_date.is_some_and(|date| date > now.utc().date_naive()) {
        return Err(Error::invalid_field("/birth_date", "range", "must not lie in the future"));
    }
    let new = draft.interests.iter().enumerate().filter(|(_, id)| !known.contains(id));
    check_categories(tx, new.map(|(index, id)| (format!("/interests/{index}"), *id))).map_err(Error::at_first)
}
