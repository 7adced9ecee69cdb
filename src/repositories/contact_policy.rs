//! The contact policy, version by version.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbError, DbResult, schema::contact_policies, sql_types::Json},
    domain::{
        contact_policy::{ContactPolicy, ContactPolicyDraft},
        instants::Instant,
    },
    on,
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = contact_policies)]
struct PolicyRow {
    version: i64,
    definition: Json<ContactPolicyDraft>,
    created_at: Instant,
}

impl From<&ContactPolicy> for PolicyRow {
    fn from(policy: &ContactPolicy) -> Self {
        Self { version: policy.version, definition: Json(policy.draft().clone()), created_at: policy.updated_at }
    }
}

/// The last version.
///
/// # Errors
/// The database's.
pub fn find_newest(conn: &mut DbConnection) -> DbResult<Option<ContactPolicy>> {
    let newest = contact_policies::table.order(contact_policies::version.desc());
    let found: Option<PolicyRow> = on!(conn, c => newest.select(PolicyRow::as_select()).first(c).optional())?;
    // It was checked when it was stored.
    let invalid = |_| DbError::Other("the stored contact policy is not valid".into());
    found.map(|row| ContactPolicy::new(row.version, row.created_at, row.definition.0).map_err(invalid)).transpose()
}

/// Stores the next version.
///
/// # Errors
/// `contact_policies_pkey` when another request has just stored it.
pub fn insert(conn: &mut DbConnection, policy: &ContactPolicy) -> DbResult<()> {
    let row = PolicyRow::from(policy);
    on!(conn, c => diesel::insert_into(contact_policies::table).values(&row).execute(c))?;
    Ok(())
}

/// Stores a version unless it is there already.
///
/// # Errors
/// The database's.
pub fn insert_if_absent(conn: &mut DbConnection, policy: &ContactPolicy) -> DbResult<()> {
    let row = PolicyRow::from(policy);
    on!(conn, c => diesel::insert_into(contact_policies::table).values(&row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}
