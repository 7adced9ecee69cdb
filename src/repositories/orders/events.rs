//! What happened to orders.

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::CHUNK;
use crate::{
    db::{DbConnection, DbResult, expressions::row_in, schema::order_events, sql_types::Json},
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        orders::{Order, OrderEvent, OrderEventKind, OrderStatus},
        permissions::{ActorKind, Caller},
    },
    insert_many, on,
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_events, treat_none_as_default_value = false)]
struct EventRow {
    customer_id: Id<Customer>,
    order_id: Id<Order>,
    seq: i32,
    at: Instant,
    kind: OrderEventKind,
    from_status: Option<OrderStatus>,
    to_status: OrderStatus,
    actor_kind: ActorKind,
    actor_id: Option<Id<Caller>>,
    details: Json<Map<String, Value>>,
}

impl From<EventRow> for OrderEvent {
    fn from(row: EventRow) -> Self {
        Self {
            seq: row.seq,
            at: row.at,
            kind: row.kind,
            from: row.from_status,
            to: row.to_status,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            details: row.details.0,
        }
    }
}

/// What happened to an order, the oldest first.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, owner_id: Id<Customer>, id: Id<Order>) -> DbResult<Vec<OrderEvent>> {
    let own = order_events::table.filter(order_events::customer_id.eq(owner_id).and(order_events::order_id.eq(id)));
    let rows: Vec<EventRow> = on!(conn, c => own.order(order_events::seq).select(EventRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// When the last step of an order was taken, or the last refund given, where there was any. When the order itself came to Patron does not count: a
/// history may be brought in long after it.
///
/// # Errors
/// The database's.
pub fn last_step_at(conn: &mut DbConnection, owner_id: Id<Customer>, id: Id<Order>) -> DbResult<Option<Instant>> {
    let steps = order_events::table
        .filter(order_events::customer_id.eq(owner_id).and(order_events::order_id.eq(id)))
        .filter(order_events::kind.eq_any([OrderEventKind::Stepped, OrderEventKind::Refunded]));
    Ok(on!(conn, c => steps.order(order_events::at.desc()).select(order_events::at).first(c).optional())?)
}

/// Those of the orders to which more happened than that a ledger told of them.
///
/// # Errors
/// The database's.
pub fn edited(conn: &mut DbConnection, keys: &[(Id<Customer>, Id<Order>)]) -> DbResult<Vec<Id<Order>>> {
    let mut found = Vec::new();
    for keys in keys.chunks(CHUNK) {
        let own = order_events::table
            .filter(row_in((order_events::customer_id, order_events::order_id), keys.iter().copied()))
            .filter(order_events::kind.ne_all([OrderEventKind::Imported, OrderEventKind::Claimed]));
        found.extend(on!(&mut *conn, c => own.select(order_events::order_id).distinct().load::<Id<Order>>(c))?);
    }
    Ok(found)
}

/// Adds entries, each to the history of its order.
///
/// # Errors
/// The database's.
pub fn insert<'a>(conn: &mut DbConnection, new: impl IntoIterator<Item = (&'a Order, OrderEvent)>) -> DbResult<()> {
    let rows: Vec<EventRow> = new
        .into_iter()
        .map(|(order, event)| EventRow {
            customer_id: order.owner(),
            order_id: order.id,
            seq: event.seq,
            at: event.at,
            kind: event.kind,
            from_status: event.from,
            to_status: event.to,
            actor_kind: event.actor_kind,
            actor_id: event.actor_id,
            details: Json(event.details),
        })
        .collect();
    Ok(insert_many!(conn, order_events::table, &rows)?)
}
