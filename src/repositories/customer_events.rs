//! Events of customers.

use diesel::prelude::*;
use serde_json::{Map, Value};

use crate::{
    db::{DbConnection, DbResult, schema::customer_events, sql_types::Json},
    domain::{
        customer_events::{CustomerEvent, CustomerEventFilter, CustomerEventKind, CustomerEventSort},
        customers::Customer,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
    },
    insert_many, list_by_id,
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = customer_events, treat_none_as_default_value = false)]
struct EventRow {
    customer_id: Id<Customer>,
    id: Id<CustomerEvent>,
    at: Instant,
    kind: CustomerEventKind,
    details: Json<Map<String, Value>>,
}

impl From<EventRow> for CustomerEvent {
    fn from(row: EventRow) -> Self {
        let EventRow { customer_id, id, at, kind, details } = row;
        Self { customer_id, id, at, kind, details: details.0 }
    }
}

/// Adds events.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, new: Vec<CustomerEvent>) -> DbResult<()> {
    let row = |event: CustomerEvent| {
        let CustomerEvent { customer_id, id, at, kind, details } = event;
        EventRow { customer_id, id, at, kind, details: Json(details) }
    };
    let rows: Vec<EventRow> = new.into_iter().map(row).collect();
    Ok(insert_many!(conn, customer_events::table, &rows)?)
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let query = $query.filter(customer_events::customer_id.eq($filter.customer_id)).into_boxed();
        match $filter.kind {
            Some(kind) => query.filter(customer_events::kind.eq(kind)),
            None => query,
        }
    }};
}

/// A page of a customer's events.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, filter: &CustomerEventFilter, page: &PageRequest<CustomerEventSort>) -> DbResult<Page<CustomerEvent>> {
    Ok(
        list_by_id!(conn, page, EventRow => CustomerEvent, customer_events::id, |select| filtered!(customer_events::table.select(select), filter)),
    )
}
