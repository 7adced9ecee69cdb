//! Walking up and down the tree of categories: one query a level, however many categories stand on it.

use std::collections::{BTreeSet, HashSet};

use diesel::prelude::*;

use super::{CategoryRow, ID_CHUNK};
use crate::{
    db::{DbConnection, DbResult, schema::categories},
    domain::{
        catalogue::{
            Category, ValueClass,
            tree::{Ancestry, MAX_LEVELS, Node},
        },
        ids::Id,
        instants::Instant,
    },
    on,
};

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = categories)]
struct NodeRow {
    id: Id<Category>,
    parent_id: Option<Id<Category>>,
    name: String,
    value_class: Option<ValueClass>,
    effective_value_class: ValueClass,
}

impl From<NodeRow> for Node {
    fn from(row: NodeRow) -> Self {
        let NodeRow { id, parent_id, name, value_class, effective_value_class } = row;
        Self { id, parent_id, name, value_class, effective_value_class }
    }
}

/// Categories with all that stand above them.
///
/// # Errors
/// The database's.
pub fn ancestry(conn: &mut DbConnection, ids: impl IntoIterator<Item = Id<Category>>) -> DbResult<Ancestry> {
    let mut level: Vec<Id<Category>> = ids.into_iter().collect::<HashSet<_>>().into_iter().collect();
    let mut known: HashSet<Id<Category>> = HashSet::new();
    let mut nodes: Vec<Node> = Vec::new();
    for _ in 0..MAX_LEVELS {
        if level.is_empty() {
            break;
        }
        known.extend(level.iter().copied());
        let mut above = HashSet::new();
        for ids in level.chunks(ID_CHUNK) {
            let query = categories::table.filter(categories::id.eq_any(ids));
            let rows: Vec<NodeRow> = on!(&mut *conn, c => query.select(NodeRow::as_select()).load(c))?;
            above.extend(rows.iter().filter_map(|row| row.parent_id).filter(|parent_id| !known.contains(parent_id)));
            nodes.extend(rows.into_iter().map(Node::from));
        }
        level = above.into_iter().collect();
    }
    Ok(nodes.into_iter().collect())
}

/// Everything below a category, level by level, the nearest first.
///
/// # Errors
/// The database's.
pub fn descendants(conn: &mut DbConnection, id: Id<Category>) -> DbResult<Vec<Vec<Node>>> {
    let mut levels: Vec<Vec<Node>> = Vec::new();
    let mut parents = vec![id];
    for _ in 0..MAX_LEVELS {
        let mut level: Vec<Node> = Vec::new();
        for ids in parents.chunks(ID_CHUNK) {
            let query = categories::table.filter(categories::parent_id.eq_any(ids));
            let rows: Vec<NodeRow> = on!(&mut *conn, c => query.select(NodeRow::as_select()).load(c))?;
            level.extend(rows.into_iter().map(Node::from));
        }
        if level.is_empty() {
            break;
        }
        parents = level.iter().map(|node| node.id).collect();
        levels.push(level);
    }
    Ok(levels)
}

/// The categories that have one of `names` and hang under one of `parents`, or that are roots; the oldest of a name first.
///
/// # Errors
/// The database's.
pub fn find_children(conn: &mut DbConnection, parents: Option<&BTreeSet<Id<Category>>>, names: &BTreeSet<&str>) -> DbResult<Vec<Category>> {
    let parents: Option<Vec<Id<Category>>> = parents.map(|parents| parents.iter().copied().collect());
    let names: Vec<&str> = names.iter().copied().collect();
    let mut found = Vec::new();
    for names in names.chunks(ID_CHUNK) {
        let named = || categories::table.filter(categories::name.eq_any(names)).order(categories::id);
        let rows: Vec<CategoryRow> = match &parents {
            None => on!(&mut *conn, c => named().filter(categories::parent_id.is_null()).select(CategoryRow::as_select()).load(c))?,
            Some(parents) => {
                let mut rows = Vec::new();
                for parents in parents.chunks(ID_CHUNK) {
                    let level: Vec<CategoryRow> = on!(&mut *conn, c => named().filter(categories::parent_id.eq_any(parents)).select(CategoryRow::as_select()).load(c))?;
                    rows.extend(level);
                }
                rows
            }
        };
        found.extend(rows.into_iter().map(Category::from));
    }
    Ok(found)
}

/// Gives categories the class that was handed down to them.
///
/// # Errors
/// The database's.
pub fn set_effective_value_class(conn: &mut DbConnection, ids: &[Id<Category>], class: ValueClass, now: Instant) -> DbResult<()> {
    for ids in ids.chunks(ID_CHUNK) {
        let changes =
            (categories::effective_value_class.eq(class), categories::version.eq(categories::version + 1), categories::updated_at.eq(now));
        on!(&mut *conn, c => diesel::update(categories::table.filter(categories::id.eq_any(ids))).set(changes).execute(c))?;
    }
    Ok(())
}

/// Counts a change of something that categories' views show, such as their path.
///
/// # Errors
/// The database's.
pub fn touch(conn: &mut DbConnection, ids: &[Id<Category>], now: Instant) -> DbResult<()> {
    for ids in ids.chunks(ID_CHUNK) {
        let changes = (categories::version.eq(categories::version + 1), categories::updated_at.eq(now));
        on!(&mut *conn, c => diesel::update(categories::table.filter(categories::id.eq_any(ids))).set(changes).execute(c))?;
    }
    Ok(())
}
