//! The list of orders.

use diesel::prelude::*;

use super::{OrderRow, with_lines};
use crate::{
    db::{
        DbConnection, DbResult,
        expressions::{row_gt, row_lt},
        schema::{identifiers, orders},
        sql_types::{Timestamptz, Uuid},
    },
    domain::{
        identifiers::Identifier,
        ids::Id,
        instants::Instant,
        orders::{Order, OrderFilter, OrderSort},
        paging::{Direction, Page, PageRequest, Position, SortOrder},
    },
    on,
};

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let mut query = $query.into_boxed();
        if let Some(number) = &$filter.number {
            let identifier = Identifier::order_number(number);
            let numbered = identifiers::table.find((identifier.kind.into_text(), identifier.value)).select(identifiers::resource_id);
            query = query.filter(orders::id.eq_any(numbered));
        }
        if let Some(customer_id) = $filter.customer_id {
            // An anonymous order owns itself, which is no customer to ask for.
            query = query.filter(orders::customer_id.eq(customer_id).and(orders::id.ne(customer_id.cast::<Order>())));
        }
        if let Some(status) = $filter.status {
            query = query.filter(orders::status.eq(status));
        }
        if let Some(channel) = $filter.channel {
            query = query.filter(orders::channel.eq(channel));
        }
        if let Some(order_type) = $filter.r#type {
            query = query.filter(orders::order_type.eq(order_type));
        }
        if let Some(from) = $filter.placed_from {
            query = query.filter(orders::placed_at.ge(from));
        }
        if let Some(to) = $filter.placed_to {
            query = query.filter(orders::placed_at.lt(to));
        }
        if let Some(since) = $filter.updated_since {
            query = query.filter(orders::updated_at.ge(since));
        }
        query
    }};
}

/// The part of a page's query that depends on the column it is sorted by.
macro_rules! after_instant {
    ($query:expr, $column:expr, $direction:expr, $after:expr) => {{
        let Ok(at) = Instant::from_micros($after.key) else { return Ok(Page { items: Vec::new(), next: None, total: None }) };
        let id = Id::<Order>::from($after.id);
        let (left, right) = (($column, orders::id), (at.into_sql::<Timestamptz>(), id.into_sql::<Uuid>()));
        match $direction {
            Direction::Ascending => $query.filter(row_gt(left, right)),
            Direction::Descending => $query.filter(row_lt(left, right)),
        }
    }};
}

/// A page of orders with their lines.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, filter: &OrderFilter, page: &PageRequest<OrderSort>) -> DbResult<Page<Order>> {
    let direction = page.sort.direction();
    let rows: Vec<OrderRow> = on!(&mut *conn, c => {
        let mut query = filtered!(orders::table.select(OrderRow::as_select()), filter);
        if let Some(after) = page.after {
            let id = Id::<Order>::from(after.id);
            query = match page.sort {
                // Ids are made in the order of creation, so that the id alone sorts by created_at.
                OrderSort::CreatedAt => query.filter(orders::id.gt(id)),
                OrderSort::NewestFirst => query.filter(orders::id.lt(id)),
                OrderSort::UpdatedAt | OrderSort::LastUpdatedFirst => after_instant!(query, orders::updated_at, direction, after),
                OrderSort::PlacedAt | OrderSort::LastPlacedFirst => after_instant!(query, orders::placed_at, direction, after),
            };
        }
        query = match page.sort {
            OrderSort::CreatedAt => query.order(orders::id.asc()),
            OrderSort::NewestFirst => query.order(orders::id.desc()),
            OrderSort::UpdatedAt => query.order((orders::updated_at.asc(), orders::id.asc())),
            OrderSort::LastUpdatedFirst => query.order((orders::updated_at.desc(), orders::id.desc())),
            OrderSort::PlacedAt => query.order((orders::placed_at.asc(), orders::id.asc())),
            OrderSort::LastPlacedFirst => query.order((orders::placed_at.desc(), orders::id.desc())),
        };
        query.limit(page.rows()).load(c)
    })?;
    let total = if page.with_total {
        Some(on!(&mut *conn, c => filtered!(orders::table.select(diesel::dsl::count_star()), filter).first(c))?)
    } else {
        None
    };
    // The lines are read for what the page holds, which is one order less than was asked for to see whether there are more.
    let page = Page::from_rows(rows, page, total, |row: &OrderRow| Position { key: key_of(row, page.sort), id: row.id.uuid() });
    let items = with_lines(conn, page.items)?;
    Ok(Page { items, next: page.next, total: page.total })
}

const fn key_of(row: &OrderRow, sort: OrderSort) -> i64 {
    match sort {
        OrderSort::CreatedAt | OrderSort::NewestFirst => 0,
        OrderSort::UpdatedAt | OrderSort::LastUpdatedFirst => row.updated_at.micros(),
        OrderSort::PlacedAt | OrderSort::LastPlacedFirst => row.placed_at.micros(),
    }
}
