//! The lines of orders.

use std::collections::HashMap;

use diesel::prelude::*;

use super::CHUNK;
use crate::{
    db::{DbConnection, DbResult, expressions::row_in, schema::order_lines},
    domain::{
        catalogue::{Product, ProductUser},
        customers::{Customer, Relation},
        ids::Id,
        orders::{Order, OrderLine, OrderLineDetails, PurchaseNeed},
    },
    insert_many, on,
};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = order_lines, primary_key(customer_id, order_id, line_no), treat_none_as_default_value = false, treat_none_as_null = true)]
struct LineRow {
    customer_id: Id<Customer>,
    order_id: Id<Order>,
    line_no: i32,
    product_id: Id<Product>,
    sku: String,
    title: String,
    quantity: i64,
    unit_price: i64,
    discount: i64,
    refunded: i64,
    used_by: Option<ProductUser>,
    beneficiary_id: Option<Id<Relation>>,
    need: Option<PurchaseNeed>,
}

impl From<LineRow> for OrderLine {
    fn from(row: LineRow) -> Self {
        Self {
            line_no: row.line_no,
            product_id: row.product_id,
            sku: row.sku,
            title: row.title,
            quantity: row.quantity,
            unit_price: row.unit_price,
            discount: row.discount,
            refunded: row.refunded,
            details: OrderLineDetails { used_by: row.used_by, beneficiary_id: row.beneficiary_id, need: row.need },
        }
    }
}

fn row_of(order: &Order, line: &OrderLine) -> LineRow {
    LineRow {
        customer_id: order.owner(),
        order_id: order.id,
        line_no: line.line_no,
        product_id: line.product_id,
        sku: line.sku.clone(),
        title: line.title.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price,
        discount: line.discount,
        refunded: line.refunded,
        used_by: line.details.used_by,
        beneficiary_id: line.details.beneficiary_id,
        need: line.details.need,
    }
}

/// The lines of orders, each order's in the order of `line_no`.
pub(super) fn of_orders(conn: &mut DbConnection, keys: &[(Id<Customer>, Id<Order>)]) -> DbResult<HashMap<Id<Order>, Vec<OrderLine>>> {
    let mut lines: HashMap<Id<Order>, Vec<OrderLine>> = HashMap::with_capacity(keys.len());
    for chunk in keys.chunks(CHUNK) {
        let rows: Vec<LineRow> = match chunk {
            [(owner, id)] => {
                let own = order_lines::table.filter(order_lines::customer_id.eq(*owner).and(order_lines::order_id.eq(*id)));
                on!(&mut *conn, c => own.order(order_lines::line_no).select(LineRow::as_select()).load(c))?
            }
            several => {
                let own = order_lines::table.filter(row_in((order_lines::customer_id, order_lines::order_id), several.iter().copied()));
                on!(&mut *conn, c => own.order(order_lines::line_no).select(LineRow::as_select()).load(c))?
            }
        };
        for row in rows {
            lines.entry(row.order_id).or_default().push(row.into());
        }
    }
    Ok(lines)
}

/// Stores the lines of orders that have none yet.
pub(super) fn insert(conn: &mut DbConnection, orders: &[Order]) -> DbResult<()> {
    let rows: Vec<LineRow> = orders.iter().flat_map(|order| order.lines.iter().map(|line| row_of(order, line))).collect();
    Ok(insert_many!(conn, order_lines::table, &rows)?)
}

/// Forgets the lines of orders.
pub(super) fn delete(conn: &mut DbConnection, orders: &[Order]) -> DbResult<()> {
    for chunk in orders.chunks(CHUNK) {
        let keys = chunk.iter().map(|order| (order.owner(), order.id));
        let own = order_lines::table.filter(row_in((order_lines::customer_id, order_lines::order_id), keys));
        on!(&mut *conn, c => diesel::delete(own).execute(c))?;
    }
    Ok(())
}

/// Stores one line that was there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, order: &Order, line: &OrderLine) -> DbResult<()> {
    let row = row_of(order, line);
    on!(conn, c => diesel::update(order_lines::table.find((order.owner(), order.id, line.line_no))).set(&row).execute(c))?;
    Ok(())
}
