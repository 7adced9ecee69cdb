//! The people that customers buy for.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::relations},
    domain::{
        customers::{Customer, Relation, RelationDraft, RelationKind},
        ids::Id,
        instants::Instant,
    },
    on,
};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = relations, treat_none_as_default_value = false, treat_none_as_null = true)]
struct RelationRow {
    customer_id: Id<Customer>,
    id: Id<Relation>,
    name: String,
    kind: RelationKind,
    birth_date: Option<NaiveDate>,
    school_grade: Option<String>,
    related_customer_id: Option<Id<Customer>>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<RelationRow> for Relation {
    fn from(row: RelationRow) -> Self {
        Self {
            id: row.id,
            owner_id: row.customer_id,
            draft: RelationDraft {
                name: row.name,
                kind: row.kind,
                birth_date: row.birth_date,
                school_grade: row.school_grade,
                customer_id: row.related_customer_id,
            },
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<&Relation> for RelationRow {
    fn from(relation: &Relation) -> Self {
        let draft = relation.draft.clone();
        Self {
            customer_id: relation.owner_id,
            id: relation.id,
            name: draft.name,
            kind: draft.kind,
            birth_date: draft.birth_date,
            school_grade: draft.school_grade,
            related_customer_id: draft.customer_id,
            version: relation.version,
            created_at: relation.created_at,
            updated_at: relation.updated_at,
        }
    }
}

/// A person whom a customer buys for.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, owner_id: Id<Customer>, id: Id<Relation>) -> DbResult<Option<Relation>> {
    let row: Option<RelationRow> =
        on!(conn, c => relations::table.find((owner_id, id)).select(RelationRow::as_select()).first(c).optional())?;
    Ok(row.map(Into::into))
}

/// The people whom a customer buys for, in the order they were named.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, owner_id: Id<Customer>) -> DbResult<Vec<Relation>> {
    let query = relations::table.filter(relations::customer_id.eq(owner_id)).order(relations::id);
    let rows: Vec<RelationRow> = on!(conn, c => query.select(RelationRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Stores new relations.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, new: &[Relation]) -> DbResult<()> {
    for chunk in new.chunks(2000) {
        let rows: Vec<RelationRow> = chunk.iter().map(RelationRow::from).collect();
        on!(&mut *conn, c => diesel::insert_into(relations::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Stores a relation that was there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, relation: &Relation) -> DbResult<()> {
    let row = RelationRow::from(relation);
    on!(conn, c => diesel::update(relations::table.find((relation.owner_id, relation.id))).set(&row).execute(c))?;
    Ok(())
}

/// Forgets a relation.
///
/// # Errors
/// The database's.
pub fn delete(conn: &mut DbConnection, owner_id: Id<Customer>, id: Id<Relation>) -> DbResult<()> {
    on!(conn, c => diesel::delete(relations::table.find((owner_id, id))).execute(c))?;
    Ok(())
}
