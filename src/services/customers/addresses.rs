//! Where customers' goods go.

use super::get_customer;
use crate::{
    db::DbConnection,
    domain::{
        customers::{Address, AddressDraft, Customer},
        ids::Id,
        instants::Instant,
        precondition::Precondition,
    },
    error::{Code, Error},
    repositories::customers::{self as repository, addresses},
};

/// The most addresses that one customer can have.
const MAX_ADDRESSES: usize = 100;

/// A customer's addresses.
///
/// # Errors
/// `not_found`.
pub fn list_addresses(tx: &mut DbConnection, owner_id: Id<Customer>) -> Result<Vec<Address>, Error> {
    get_customer(tx, owner_id)?;
    Ok(addresses::list(tx, owner_id)?)
}

/// An address of a customer.
///
/// # Errors
/// `not_found`.
pub fn get_address(tx: &mut DbConnection, owner_id: Id<Customer>, id: Id<Address>) -> Result<Address, Error> {
    addresses::find(tx, owner_id, id)?.ok_or_else(|| Error::not_found("address"))
}

/// Adds an address; a default one takes that from the one before.
///
/// # Errors
/// `not_found`, `conflict` when there are too many.
pub fn create_address(tx: &mut DbConnection, now: Instant, owner_id: Id<Customer>, draft: AddressDraft) -> Result<Address, Error> {
    repository::find_for_update(tx, owner_id)?.ok_or_else(|| Error::not_found("customer"))?;
    if addresses::list(tx, owner_id)?.len() >= MAX_ADDRESSES {
        return Err(Error::new(Code::Conflict, format!("A customer has at most {MAX_ADDRESSES} addresses.")));
    }
    if draft.is_default {
        addresses::clear_default(tx, owner_id, now)?;
    }
    let address = Address { id: Id::generate(), owner_id, draft, version: 1, created_at: now, updated_at: now };
    addresses::insert(tx, std::slice::from_ref(&address))?;
    Ok(address)
}

/// Changes an address.
///
/// # Errors
/// `not_found`, `stale_version`, what `change` answers.
pub fn update_address(
    tx: &mut DbConnection,
    now: Instant,
    owner_id: Id<Customer>,
    id: Id<Address>,
    precondition: &Precondition,
    change: impl FnOnce(&AddressDraft) -> Result<AddressDraft, Error>,
) -> Result<Address, Error> {
    repository::find_for_update(tx, owner_id)?.ok_or_else(|| Error::not_found("customer"))?;
    let address = get_address(tx, owner_id, id)?;
    if !precondition.holds_for(address.version) {
        return Err(Error::stale(address.version));
    }
    let draft = change(&address.draft)?;
    if draft == address.draft {
        return Ok(address);
    }
    if draft.is_default && !address.draft.is_default {
        addresses::clear_default(tx, owner_id, now)?;
    }
    let changed = Address { draft, version: address.version + 1, updated_at: now, ..address };
    addresses::update(tx, &changed)?;
    Ok(changed)
}

/// Forgets an address.
///
/// # Errors
/// `not_found`, `stale_version`.
pub fn delete_address(tx: &mut DbConnection, owner_id: Id<Customer>, id: Id<Address>, precondition: &Precondition) -> Result<(), Error> {
    repository::find_for_update(tx, owner_id)?.ok_or_else(|| Error::not_found("customer"))?;
    let address = get_address(tx, owner_id, id)?;
    if !precondition.holds_for(address.version) {
        return Err(Error::stale(address.version));
    }
    Ok(addresses::delete(tx, owner_id, id)?)
}
