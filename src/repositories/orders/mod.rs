//! Orders with their lines. What is known of an order by its id alone is found through the index on `id`; from then on every query names
//! the owner first.

use diesel::prelude::*;

use crate::{
    db::{
        DbConnection, DbResult,
        expressions::row_in,
        schema::{identifiers, orders},
        sql_types::Json,
    },
    domain::{
        customers::Customer,
        external_refs::ExternalRef,
        identifiers::{IdentifierKind, stored_kind},
        ids::Id,
        instants::Instant,
        money::Currency,
        orders::{Campaign, Order, OrderAmounts, OrderChannel, OrderDetails, OrderLine, OrderStatus, OrderType},
    },
    insert_many, on, on_locked, on_shared,
};

pub mod events;
pub mod goods;
pub mod lines;
mod list;

pub use list::list;

/// Rows of one insert: 19 columns a row stay below the 32,766 values that a statement can carry.
const CHUNK: usize = 1000;

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = orders, primary_key(customer_id, id), treat_none_as_default_value = false, treat_none_as_null = true)]
struct OrderRow {
    customer_id: Id<Customer>,
    id: Id<Order>,
    number: String,
    order_type: OrderType,
    channel: OrderChannel,
    store: Option<String>,
    status: OrderStatus,
    currency: Currency,
    placed_at: Instant,
    shipping_fee: i64,
    subtotal: i64,
    total: i64,
    refunded_total: i64,
    campaign_id: Option<Id<Campaign>>,
    coupon_code: Option<String>,
    external_refs: Json<Vec<ExternalRef>>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl OrderRow {
    const fn key(&self) -> (Id<Customer>, Id<Order>) {
        (self.customer_id, self.id)
    }

    fn into_order(self, lines: Vec<OrderLine>) -> Order {
        Order {
            id: self.id,
            number: self.number,
            r#type: self.order_type,
            details: OrderDetails {
                customer_id: Some(self.customer_id).filter(|owner| owner.uuid() != self.id.uuid()),
                channel: self.channel,
                store: self.store,
                campaign_id: self.campaign_id,
                coupon_code: self.coupon_code,
                external_refs: self.external_refs.0,
            },
            status: self.status,
            currency: self.currency,
            placed_at: self.placed_at,
            amounts: OrderAmounts {
                shipping_fee: self.shipping_fee,
                subtotal: self.subtotal,
                total: self.total,
                refunded_total: self.refunded_total,
            },
            lines,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

impl From<&Order> for OrderRow {
    fn from(order: &Order) -> Self {
        let details = order.details.clone();
        Self {
            customer_id: order.owner(),
            id: order.id,
            number: order.number.clone(),
            order_type: order.r#type,
            channel: details.channel,
            store: details.store,
            status: order.status,
            currency: order.currency,
            placed_at: order.placed_at,
            shipping_fee: order.amounts.shipping_fee,
            subtotal: order.amounts.subtotal,
            total: order.amounts.total,
            refunded_total: order.amounts.refunded_total,
            campaign_id: details.campaign_id,
            coupon_code: details.coupon_code,
            external_refs: Json(details.external_refs),
            version: order.version,
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }
}

/// Puts the lines to their orders. An order may come twice, by two references.
fn with_lines(conn: &mut DbConnection, rows: Vec<OrderRow>) -> DbResult<Vec<Order>> {
    let keys: Vec<_> = rows.iter().map(OrderRow::key).collect();
    let lines = lines::of_orders(conn, &keys)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let own = lines.get(&row.id).cloned().unwrap_or_default();
            row.into_order(own)
        })
        .collect())
}

/// An order.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<Order>) -> DbResult<Option<Order>> {
    let query = orders::table.filter(orders::id.eq(id));
    let row: Option<OrderRow> = on!(&mut *conn, c => query.select(OrderRow::as_select()).first(c).optional())?;
    Ok(with_lines(conn, row.into_iter().collect())?.pop())
}

/// Holds the orders of a customer that are not paid yet as they are, until the transaction ends.
///
/// # Errors
/// The database's.
pub fn hold_unpaid(conn: &mut DbConnection, customer: Id<Customer>) -> DbResult<()> {
    let unpaid = orders::table.filter(orders::customer_id.eq(customer).and(orders::status.eq(OrderStatus::Placed)));
    let _held: Vec<Id<Order>> = on_shared!(conn, c, unpaid.select(orders::id).order(orders::id) => load)?;
    Ok(())
}

/// Whether a customer has a sale that was paid.
///
/// # Errors
/// The database's.
pub fn has_paid(conn: &mut DbConnection, customer: Id<Customer>) -> DbResult<bool> {
    let unpaid = [OrderStatus::Placed, OrderStatus::Cancelled];
    let paid = orders::table
        .filter(orders::customer_id.eq(customer).and(orders::order_type.eq(OrderType::Sale)))
        .filter(orders::status.ne_all(unpaid));
    let found: Option<Id<Order>> = on!(conn, c => paid.select(orders::id).first(c).optional())?;
    Ok(found.is_some())
}

/// An order whose row stays locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, id: Id<Order>) -> DbResult<Option<Order>> {
    let mut row = lock(conn, id)?;
    if row.is_none() {
        // While we waited for the row, the order may have found its customer: then it stands in another row, which only a new look shows.
        row = lock(conn, id)?;
    }
    Ok(with_lines(conn, row.into_iter().collect())?.pop())
}

fn lock(conn: &mut DbConnection, id: Id<Order>) -> DbResult<Option<OrderRow>> {
    Ok(on_locked!(conn, c, orders::table.filter(orders::id.eq(id)).select(OrderRow::as_select()) => first).optional()?)
}

/// Locks the rows of orders until the transaction ends; answers how many are still there under these keys.
///
/// # Errors
/// The database's.
pub fn lock_many(conn: &mut DbConnection, keys: &[(Id<Customer>, Id<Order>)]) -> DbResult<usize> {
    let mut keys = keys.to_vec();
    // In the order of keys, so that two that lock several do not wait for each other.
    keys.sort_unstable();
    let mut locked = 0;
    for keys in keys.chunks(CHUNK) {
        let wanted = orders::table.filter(row_in((orders::customer_id, orders::id), keys.iter().copied())).select(orders::id);
        let ids: Vec<Id<Order>> = on_locked!(&mut *conn, c, wanted.order((orders::customer_id, orders::id)) => load)?;
        locked += ids.len();
    }
    Ok(locked)
}

/// The orders that another system calls by one of `references`, each with its reference.
///
/// # Errors
/// The database's.
pub fn find_by_refs(conn: &mut DbConnection, system: &str, references: &[&str]) -> DbResult<Vec<(String, Order)>> {
    let kind = stored_kind(IdentifierKind::OrderRef, system);
    let mut found = Vec::with_capacity(references.len());
    for chunk in references.chunks(CHUNK) {
        let query = identifiers::table
            .inner_join(orders::table.on(orders::id.eq(identifiers::resource_id)))
            .filter(identifiers::kind.eq(kind.as_str()).and(identifiers::value.eq_any(chunk)));
        let rows: Vec<(String, OrderRow)> = on!(&mut *conn, c => query.select((identifiers::value, OrderRow::as_select())).load(c))?;
        let (values, rows): (Vec<String>, Vec<OrderRow>) = rows.into_iter().unzip();
        found.extend(values.into_iter().zip(with_lines(conn, rows)?));
    }
    Ok(found)
}

/// Stores new orders with their lines.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, new: &[Order]) -> DbResult<()> {
    let rows: Vec<OrderRow> = new.iter().map(OrderRow::from).collect();
    insert_many!(&mut *conn, orders::table, &rows)?;
    lines::insert(conn, new)
}

/// Stores an order that was there before, its lines apart.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, order: &Order) -> DbResult<()> {
    let row = OrderRow::from(order);
    on!(conn, c => diesel::update(orders::table.find((order.owner(), order.id))).set(&row).execute(c))?;
    Ok(())
}

/// Stores orders that were there before, with all of their lines anew.
///
/// # Errors
/// The database's.
pub fn replace(conn: &mut DbConnection, changed: &[Order]) -> DbResult<()> {
    use diesel::upsert::excluded;
    for chunk in changed.chunks(CHUNK) {
        let rows: Vec<OrderRow> = chunk.iter().map(OrderRow::from).collect();
        let changes = (
            (
                orders::number.eq(excluded(orders::number)),
                orders::channel.eq(excluded(orders::channel)),
                orders::store.eq(excluded(orders::store)),
                orders::status.eq(excluded(orders::status)),
                orders::placed_at.eq(excluded(orders::placed_at)),
                orders::campaign_id.eq(excluded(orders::campaign_id)),
                orders::coupon_code.eq(excluded(orders::coupon_code)),
                orders::external_refs.eq(excluded(orders::external_refs)),
            ),
            (
                orders::shipping_fee.eq(excluded(orders::shipping_fee)),
                orders::subtotal.eq(excluded(orders::subtotal)),
                orders::total.eq(excluded(orders::total)),
                orders::refunded_total.eq(excluded(orders::refunded_total)),
                orders::version.eq(excluded(orders::version)),
                orders::updated_at.eq(excluded(orders::updated_at)),
            ),
        );
        on!(&mut *conn, c => diesel::insert_into(orders::table).values(&rows)
            .on_conflict((orders::customer_id, orders::id)).do_update().set(changes).execute(c))?;
    }
    lines::delete(conn, changed)?;
    lines::insert(conn, changed)
}

/// Takes an order out of its owner's rows, with its lines and history.
///
/// # Errors
/// The database's.
pub fn delete(conn: &mut DbConnection, order: &Order) -> DbResult<()> {
    on!(conn, c => diesel::delete(orders::table.find((order.owner(), order.id))).execute(c))?;
    Ok(())
}
