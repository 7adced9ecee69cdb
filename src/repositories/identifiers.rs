//! Values that only one resource may have: e-mails, phones, card and order numbers, external references.
//!
//! Claiming a value is an insert in the transaction that needs it, so two requests can never both have it. The same table is the index behind
//! `lookup`, `by-ref` and the till.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::identifiers},
    domain::{
        customers::Customer,
        external_refs::ExternalRef,
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
    },
    on,
};

/// Rows of one insert: keeps the number of bound values far below what the databases take.
const CHUNK: usize = 1000;

/// What has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The resource.
    pub resource_id: Id<()>,
    /// The customer it belongs to, if any.
    pub customer_id: Option<Id<Customer>>,
}

/// Claims values for a resource; answers those that another resource has.
///
/// # Errors
/// The database's.
pub fn claim(conn: &mut DbConnection, claims: &[(Identifier, Holder)]) -> DbResult<Vec<Identifier>> {
    let mut taken = Vec::new();
    for claims in claims.chunks(CHUNK) {
        let rows: Vec<_> = claims
            .iter()
            .map(|(identifier, holder)| {
                (
                    identifiers::kind.eq(identifier.kind.as_str()),
                    identifiers::value.eq(&identifier.value),
                    identifiers::resource_id.eq(holder.resource_id),
                    identifiers::customer_id.eq(holder.customer_id),
                )
            })
            .collect();
        let inserted = on!(&mut *conn, c => diesel::insert_into(identifiers::table).values(&rows).on_conflict_do_nothing().execute(c))?;
        if inserted < claims.len() {
            for (identifier, holder) in claims {
                if find(conn, identifier)?.is_none_or(|found| found.resource_id != holder.resource_id) {
                    taken.push(identifier.clone());
                }
            }
        }
    }
    Ok(taken)
}

/// Who has a value.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, identifier: &Identifier) -> DbResult<Option<Holder>> {
    let query = identifiers::table.find((identifier.kind.as_str(), &identifier.value));
    let found = on!(conn, c => query.select((identifiers::resource_id, identifiers::customer_id)).first(c).optional())?;
    Ok(found.map(|(resource_id, customer_id)| Holder { resource_id, customer_id }))
}

/// Lets values go.
///
/// # Errors
/// The database's.
pub fn release(conn: &mut DbConnection, released: &[Identifier]) -> DbResult<()> {
    for identifier in released {
        on!(&mut *conn, c => diesel::delete(identifiers::table.find((identifier.kind.as_str(), &identifier.value))).execute(c))?;
    }
    Ok(())
}

/// Hands the values of a resource to another customer, with the resource.
///
/// # Errors
/// The database's.
pub fn reassign(conn: &mut DbConnection, resource_id: Id<()>, customer_id: Id<Customer>) -> DbResult<()> {
    let own = identifiers::table.filter(identifiers::resource_id.eq(resource_id));
    on!(conn, c => diesel::update(own).set(identifiers::customer_id.eq(Some(customer_id))).execute(c))?;
    Ok(())
}

/// The identifiers that external references claim, for resources of `kind`.
pub fn of_refs(kind: IdentifierKind, refs: &[ExternalRef]) -> impl Iterator<Item = Identifier> {
    refs.iter().map(move |reference| Identifier::reference(kind, reference))
}
