//! Values that only one resource may have: e-mails, phones, card and order numbers, external references.
//!
//! Claiming a value is an insert in the transaction that needs it, so two requests can never both have it. The same table is the index behind
//! `lookup`, `by-ref` and the till.

use std::{borrow::Cow, collections::BTreeMap};

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::identifiers},
    domain::{
        customers::Customer,
        external_refs::ExternalRef,
        identifiers::{Identifier, IdentifierKind, StoredKind, stored_kind},
        ids::Id,
    },
    insert_many, on,
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

#[derive(Debug, Insertable)]
#[diesel(table_name = identifiers, treat_none_as_default_value = false)]
struct ClaimRow {
    kind: Cow<'static, str>,
    value: String,
    resource_id: Id<()>,
    customer_id: Option<Id<Customer>>,
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

/// Those of `wanted` that somebody has. A query for each kind of value.
///
/// # Errors
/// The database's.
pub fn find_many(conn: &mut DbConnection, wanted: &[Identifier]) -> DbResult<Vec<(Identifier, Holder)>> {
    let mut by_kind: BTreeMap<&StoredKind, Vec<&str>> = BTreeMap::new();
    for identifier in wanted {
        by_kind.entry(&identifier.kind).or_default().push(&identifier.value);
    }
    let mut found = Vec::new();
    for (kind, values) in by_kind {
        let holders = find_values(conn, kind, &values)?;
        found.extend(holders.into_iter().map(|(value, holder)| (Identifier { kind: kind.clone(), value }, holder)));
    }
    Ok(found)
}

/// Those of `references` of another system that resources of `kind` have.
///
/// # Errors
/// The database's.
pub fn find_refs(conn: &mut DbConnection, kind: IdentifierKind, system: &str, references: &[&str]) -> DbResult<Vec<(String, Holder)>> {
    find_values(conn, &stored_kind(kind, system), references)
}

fn find_values(conn: &mut DbConnection, kind: &StoredKind, values: &[&str]) -> DbResult<Vec<(String, Holder)>> {
    let mut found = Vec::new();
    for values in values.chunks(CHUNK) {
        let query = identifiers::table.filter(identifiers::kind.eq(kind.as_str()).and(identifiers::value.eq_any(values)));
        let columns = (identifiers::value, identifiers::resource_id, identifiers::customer_id);
        let rows: Vec<(String, Id<()>, Option<Id<Customer>>)> = on!(&mut *conn, c => query.select(columns).load(c))?;
        found.extend(rows.into_iter().map(|(value, resource_id, customer_id)| (value, Holder { resource_id, customer_id })));
    }
    Ok(found)
}

/// Claims values that nobody has, as was just looked up.
///
/// # Errors
/// The database's: the unique constraint `identifiers_pkey` when somebody was quicker.
pub fn insert(conn: &mut DbConnection, claims: Vec<(Identifier, Holder)>) -> DbResult<()> {
    let rows = claims.into_iter().map(|(Identifier { kind, value }, Holder { resource_id, customer_id })| ClaimRow {
        kind: kind.into_text(),
        value,
        resource_id,
        customer_id,
    });
    let mut rows: Vec<ClaimRow> = rows.collect();
    // In the order of the key, which is cheaper for the table.
    rows.sort_unstable_by(|a, b| (&a.kind, &a.value).cmp(&(&b.kind, &b.value)));
    Ok(insert_many!(conn, identifiers::table, &rows)?)
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

/// Hands all the values of a resource to another customer, with the resource. A statement for each, of which there are few.
///
/// # Errors
/// The database's.
pub fn reassign(conn: &mut DbConnection, values: &[Identifier], customer_id: Id<Customer>) -> DbResult<()> {
    for identifier in values {
        let claim = identifiers::table.find((identifier.kind.as_str(), &identifier.value));
        on!(&mut *conn, c => diesel::update(claim).set(identifiers::customer_id.eq(Some(customer_id))).execute(c))?;
    }
    Ok(())
}

/// The identifiers that external references claim, for resources of `kind`.
pub fn of_refs(kind: IdentifierKind, refs: &[ExternalRef]) -> impl Iterator<Item = Identifier> {
    refs.iter().map(move |reference| Identifier::reference(kind, reference))
}
