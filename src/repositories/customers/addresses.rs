//! Where customers' goods go.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::addresses},
    domain::{
        customers::{Address, AddressDraft, Customer},
        ids::Id,
        instants::Instant,
    },
    on,
};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = addresses, treat_none_as_default_value = false, treat_none_as_null = true)]
struct AddressRow {
    customer_id: Id<Customer>,
    id: Id<Address>,
    label: Option<String>,
    recipient: Option<String>,
    phone: Option<String>,
    line1: String,
    line2: Option<String>,
    city: String,
    region: Option<String>,
    postal_code: Option<String>,
    country: String,
    is_default: bool,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<AddressRow> for Address {
    fn from(row: AddressRow) -> Self {
        Self {
            id: row.id,
            owner_id: row.customer_id,
            draft: AddressDraft {
                label: row.label,
                recipient: row.recipient,
                phone: row.phone,
                line1: row.line1,
                line2: row.line2,
                city: row.city,
                region: row.region,
                postal_code: row.postal_code,
                country: row.country,
                is_default: row.is_default,
            },
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<&Address> for AddressRow {
    fn from(address: &Address) -> Self {
        let draft = address.draft.clone();
        Self {
            customer_id: address.owner_id,
            id: address.id,
            label: draft.label,
            recipient: draft.recipient,
            phone: draft.phone,
            line1: draft.line1,
            line2: draft.line2,
            city: draft.city,
            region: draft.region,
            postal_code: draft.postal_code,
            country: draft.country,
            is_default: draft.is_default,
            version: address.version,
            created_at: address.created_at,
            updated_at: address.updated_at,
        }
    }
}

/// An address of a customer.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, owner_id: Id<Customer>, id: Id<Address>) -> DbResult<Option<Address>> {
    let row: Option<AddressRow> =
        on!(conn, c => addresses::table.find((owner_id, id)).select(AddressRow::as_select()).first(c).optional())?;
    Ok(row.map(Into::into))
}

/// A customer's addresses, in the order they were given.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, owner_id: Id<Customer>) -> DbResult<Vec<Address>> {
    let query = addresses::table.filter(addresses::customer_id.eq(owner_id)).order(addresses::id);
    let rows: Vec<AddressRow> = on!(conn, c => query.select(AddressRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The default addresses of those of `owners` who have one.
///
/// # Errors
/// The database's.
pub fn defaults_of(conn: &mut DbConnection, owners: &[Id<Customer>]) -> DbResult<HashMap<Id<Customer>, AddressDraft>> {
    let wanted = addresses::table.filter(addresses::customer_id.eq_any(owners).and(addresses::is_default));
    let rows: Vec<AddressRow> = on!(conn, c => wanted.select(AddressRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(|row| (row.customer_id, Address::from(row).draft)).collect())
}

/// Stores new addresses.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, new: &[Address]) -> DbResult<()> {
    for chunk in new.chunks(2000) {
        let rows: Vec<AddressRow> = chunk.iter().map(AddressRow::from).collect();
        on!(&mut *conn, c => diesel::insert_into(addresses::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Stores an address that was there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, address: &Address) -> DbResult<()> {
    let row = AddressRow::from(address);
    on!(conn, c => diesel::update(addresses::table.find((address.owner_id, address.id))).set(&row).execute(c))?;
    Ok(())
}

/// Forgets a address.
///
/// # Errors
/// The database's.
pub fn delete(conn: &mut DbConnection, owner_id: Id<Customer>, id: Id<Address>) -> DbResult<()> {
    on!(conn, c => diesel::delete(addresses::table.find((owner_id, id))).execute(c))?;
    Ok(())
}

/// Makes no address of a customer the default one.
///
/// # Errors
/// The database's.
pub fn clear_default(conn: &mut DbConnection, owner_id: Id<Customer>, now: Instant) -> DbResult<()> {
    let chosen = addresses::table.filter(addresses::customer_id.eq(owner_id).and(addresses::is_default));
    let changes = (addresses::is_default.eq(false), addresses::version.eq(addresses::version + 1), addresses::updated_at.eq(now));
    on!(conn, c => diesel::update(chosen).set(changes).execute(c))?;
    Ok(())
}
