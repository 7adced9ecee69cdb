//! Categories.

use diesel::{dsl::exists, prelude::*};

use crate::{
    db::{
        DbConnection, DbResult,
        schema::{categories, products},
        sql_types::Json,
    },
    domain::{
        catalogue::{Category, CategoryDraft, ValueClass},
        external_refs::ExternalRef,
        ids::Id,
        instants::Instant,
    },
    on,
};

mod list;
mod tree;

pub use list::list;
pub use tree::{ancestry, descendants, find_children, set_effective_value_class, touch};

/// Ids of one statement: keeps the number of bound values far below what the databases take.
const ID_CHUNK: usize = 10_000;

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = categories, treat_none_as_default_value = false, treat_none_as_null = true)]
struct CategoryRow {
    id: Id<Category>,
    name: String,
    parent_id: Option<Id<Category>>,
    value_class: Option<ValueClass>,
    effective_value_class: ValueClass,
    external_refs: Json<Vec<ExternalRef>>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<CategoryRow> for Category {
    fn from(row: CategoryRow) -> Self {
        Self {
            id: row.id,
            draft: CategoryDraft {
                name: row.name,
                parent_id: row.parent_id,
                value_class: row.value_class,
                external_refs: row.external_refs.0,
            },
            effective_value_class: row.effective_value_class,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<&Category> for CategoryRow {
    fn from(category: &Category) -> Self {
        let draft = category.draft.clone();
        Self {
            id: category.id,
            name: draft.name,
            parent_id: draft.parent_id,
            value_class: draft.value_class,
            effective_value_class: category.effective_value_class,
            external_refs: Json(draft.external_refs),
            version: category.version,
            created_at: category.created_at,
            updated_at: category.updated_at,
        }
    }
}

/// A category.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<Category>) -> DbResult<Option<Category>> {
    let row: Option<CategoryRow> = on!(conn, c => categories::table.find(id).select(CategoryRow::as_select()).first(c).optional())?;
    Ok(row.map(Into::into))
}

/// Those of `ids` that are categories.
///
/// # Errors
/// The database's.
pub fn find_many(conn: &mut DbConnection, ids: &[Id<Category>]) -> DbResult<Vec<Category>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(ID_CHUNK) {
        let query = categories::table.filter(categories::id.eq_any(ids));
        let rows: Vec<CategoryRow> = on!(&mut *conn, c => query.select(CategoryRow::as_select()).load(c))?;
        found.extend(rows.into_iter().map(Category::from));
    }
    Ok(found)
}

/// Stores new categories.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, new: &[Category]) -> DbResult<()> {
    for chunk in new.chunks(2000) {
        let rows: Vec<CategoryRow> = chunk.iter().map(CategoryRow::from).collect();
        on!(&mut *conn, c => diesel::insert_into(categories::table).values(&rows).execute(c))?;
    }
    Ok(())
}

/// Stores a category that was there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, category: &Category) -> DbResult<()> {
    let row = CategoryRow::from(category);
    on!(conn, c => diesel::update(categories::table.find(category.id)).set(&row).execute(c))?;
    Ok(())
}

/// Whether a product or another category belongs to a category.
///
/// # Errors
/// The database's.
pub fn is_referenced(conn: &mut DbConnection, id: Id<Category>) -> DbResult<bool> {
    let children = categories::table.filter(categories::parent_id.eq(id)).select(categories::id);
    let goods = products::table.filter(products::category_id.eq(id)).select(products::id);
    Ok(on!(conn, c => diesel::select(exists(children).or(exists(goods))).get_result(c))?)
}

/// Removes a category.
///
/// # Errors
/// The database's, such as a foreign key when something belongs to the category.
pub fn delete(conn: &mut DbConnection, id: Id<Category>) -> DbResult<()> {
    on!(conn, c => diesel::delete(categories::table.find(id)).execute(c))?;
    Ok(())
}
