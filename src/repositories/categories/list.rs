//! The list of categories.

use diesel::prelude::*;

use super::CategoryRow;
use crate::{
    db::{
        DbConnection, DbResult,
        expressions::{row_gt, row_lt},
        schema::categories,
        sql_types::{Timestamptz, Uuid},
    },
    domain::{
        catalogue::{Category, CategorySearch, CategorySort},
        ids::Id,
        instants::Instant,
        paging::{Direction, Page, PageRequest, Position, SortOrder},
    },
    on,
};

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $search:expr) => {{
        let mut query = $query.into_boxed();
        if let Some(parent_id) = $search.parent_id {
            query = query.filter(categories::parent_id.eq(parent_id));
        }
        if let Some(class) = $search.value_class {
            query = query.filter(categories::value_class.eq(class));
        }
        if let Some(since) = $search.updated_since {
            query = query.filter(categories::updated_at.ge(since));
        }
        query
    }};
}

/// A page of categories.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, search: &CategorySearch, page: &PageRequest<CategorySort>) -> DbResult<Page<Category>> {
    let by_update = matches!(page.sort, CategorySort::UpdatedAt | CategorySort::LastUpdatedFirst);
    let rows: Vec<CategoryRow> = on!(&mut *conn, c => {
        let mut query = filtered!(categories::table.select(CategoryRow::as_select()), search);
        if let Some(after) = page.after {
            let id = Id::<Category>::from(after.id);
            // Ids are made in the order of creation, so that the id alone sorts by created_at.
            query = match (by_update, page.sort.direction()) {
                (false, Direction::Ascending) => query.filter(categories::id.gt(id)),
                (false, Direction::Descending) => query.filter(categories::id.lt(id)),
                (true, direction) => {
                    let Ok(at) = Instant::from_micros(after.key) else { return Ok(Page { items: Vec::new(), next: None, total: None }) };
                    let (left, right) = ((categories::updated_at, categories::id), (at.into_sql::<Timestamptz>(), id.into_sql::<Uuid>()));
                    match direction {
                        Direction::Ascending => query.filter(row_gt(left, right)),
                        Direction::Descending => query.filter(row_lt(left, right)),
                    }
                }
            };
        }
        query = match page.sort {
            CategorySort::CreatedAt => query.order(categories::id.asc()),
            CategorySort::NewestFirst => query.order(categories::id.desc()),
            CategorySort::UpdatedAt => query.order((categories::updated_at.asc(), categories::id.asc())),
            CategorySort::LastUpdatedFirst => query.order((categories::updated_at.desc(), categories::id.desc())),
        };
        query.limit(page.rows()).load(c)
    })?;
    let total = if page.with_total {
        Some(on!(conn, c => filtered!(categories::table.select(diesel::dsl::count_star()), search).first(c))?)
    } else {
        None
    };
    let items = rows.into_iter().map(Category::from).collect();
    Ok(Page::from_rows(items, page, total, |category: &Category| Position {
        key: if by_update { category.updated_at.micros() } else { 0 },
        id: category.id.uuid(),
    }))
}
