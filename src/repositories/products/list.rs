//! The list of products.

use diesel::prelude::*;

use super::ProductRow;
use crate::{
    db::{
        DbConnection, DbResult,
        expressions::{row_gt, row_lt},
        schema::products,
        sql_types::{Timestamptz, Uuid},
    },
    domain::{
        catalogue::{Product, ProductSearch, ProductSort},
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
        if let Some(category_id) = $search.category_id {
            query = query.filter(products::category_id.eq(category_id));
        }
        if let Some(status) = $search.status {
            query = query.filter(products::status.eq(status));
        }
        if let Some(sku) = &$search.sku {
            query = query.filter(products::sku.eq(sku.clone()));
        }
        if let Some(prefix) = &$search.sku_prefix {
            // Everything that begins so: from the prefix itself to the last text that does.
            query = query.filter(products::sku.ge(prefix.clone()).and(products::sku.lt(format!("{prefix}\u{10FFFF}"))));
        }
        if let Some(barcode) = &$search.barcode {
            query = query.filter(products::barcode.eq(barcode.clone()));
        }
        if let Some(isbn) = &$search.isbn {
            query = query.filter(products::isbn.eq(isbn.clone()));
        }
        if let Some(since) = $search.updated_since {
            query = query.filter(products::updated_at.ge(since));
        }
        query
    }};
}

/// A page of products.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, search: &ProductSearch, page: &PageRequest<ProductSort>) -> DbResult<Page<Product>> {
    let by_update = matches!(page.sort, ProductSort::UpdatedAt | ProductSort::LastUpdatedFirst);
    let rows: Vec<ProductRow> = on!(&mut *conn, c => {
        let mut query = filtered!(products::table.select(ProductRow::as_select()), search);
        if let Some(after) = page.after {
            let id = Id::<Product>::from(after.id);
            // Ids are made in the order of creation, so that the id alone sorts by created_at.
            query = match (by_update, page.sort.direction()) {
                (false, Direction::Ascending) => query.filter(products::id.gt(id)),
                (false, Direction::Descending) => query.filter(products::id.lt(id)),
                (true, direction) => {
                    let Ok(at) = Instant::from_micros(after.key) else { return Ok(Page { items: Vec::new(), next: None, total: None }) };
                    let (left, right) = ((products::updated_at, products::id), (at.into_sql::<Timestamptz>(), id.into_sql::<Uuid>()));
                    match direction {
                        Direction::Ascending => query.filter(row_gt(left, right)),
                        Direction::Descending => query.filter(row_lt(left, right)),
                    }
                }
            };
        }
        query = match page.sort {
            ProductSort::CreatedAt => query.order(products::id.asc()),
            ProductSort::NewestFirst => query.order(products::id.desc()),
            ProductSort::UpdatedAt => query.order((products::updated_at.asc(), products::id.asc())),
            ProductSort::LastUpdatedFirst => query.order((products::updated_at.desc(), products::id.desc())),
        };
        query.limit(page.rows()).load(c)
    })?;
    let total = if page.with_total {
        Some(on!(conn, c => filtered!(products::table.select(diesel::dsl::count_star()), search).first(c))?)
    } else {
        None
    };
    let items = rows.into_iter().map(Product::from).collect();
    Ok(Page::from_rows(items, page, total, |product: &Product| Position {
        key: if by_update { product.updated_at.micros() } else { 0 },
        id: product.id.uuid(),
    }))
}
