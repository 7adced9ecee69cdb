//! Everybody's purchases, a range of customers at a time.
//!
//! Orders and lines are read beside each other, each in one pass over its key, and put together here: a join would seek the lines of every order
//! one by one, and send the order's columns with each of them.

use std::collections::HashMap;

use diesel::{connection::DefaultLoadingMode, dsl::not, prelude::*};

use super::{super::goods::Shelf, Line, Purchase, add_line, add_purchase, counts, earliest, order_net};
use crate::{
    db::{
        DbConnection, DbError, DbResult,
        expressions::{Bind, Statement, Word, row_gt, row_in, row_le},
        schema::{cards, customers, order_lines, relations},
        sql_types::{Int8, Text, Timestamptz, Uuid},
    },
    domain::{
        catalogue::{Product, ProductUser},
        customers::{CardKind, Customer, Relation, RelationKind},
        ids::Id,
        instants::Instant,
        orders::{Order, OrderType},
        value_score::{Measures, Window},
    },
    on,
};

/// Orders that are kept in memory at a time, with 80 bytes each.
const ORDERS: i64 = 10_000;

/// Where fewer than one of so many orders matters, lines are sought by their keys instead of reading all there are.
const SPARSE: i64 = 4;

/// Keys that are sought in one statement.
const KEYS: usize = 1_024;

/// The customers after the first id up to and with the second.
type Range = (Id<Customer>, Id<Customer>);

/// An order's primary key.
type OrderKey = (Id<Customer>, Id<Order>);

/// The line's order and product, its net amount, and who uses the goods.
type LineColumns = (Id<Order>, Id<Product>, i64, Option<ProductUser>, Option<Id<Relation>>);

/// The last of the next `count` customers after `after`; `None` when fewer are left.
///
/// # Errors
/// The database's.
pub fn last_of_next(conn: &mut DbConnection, after: Id<Customer>, count: i64) -> DbResult<Option<Id<Customer>>> {
    let next = customers::table.filter(customers::id.gt(after)).order(customers::id).select(customers::id).offset(count - 1);
    Ok(on!(conn, c => next.first(c).optional())?)
}

/// How many customers there are.
///
/// # Errors
/// The database's.
pub fn count_customers(conn: &mut DbConnection) -> DbResult<i64> {
    Ok(on!(conn, c => customers::table.count().get_result(c))?)
}

/// Whom a customer buys for.
type Relations = HashMap<(Id<Customer>, Id<Relation>), RelationKind>;

/// A customer who may be profiled.
struct Buyer {
    id: Id<Customer>,
    card: Option<CardKind>,
    /// One for each window.
    measures: Vec<Measures>,
}

/// Reads the measures, one for each of `windows`, of every customer after `after` up to and with `last` who may be profiled; customers who have
/// never bought are among them. `each` is called in the order of ids. Memory does not grow with the number of orders or lines.
///
/// # Errors
/// The database's, and what `each` answers.
pub fn of_range<E: From<DbError>>(
    conn: &mut DbConnection,
    shelf: &Shelf,
    windows: &[Window],
    (after, last): Range,
    mut each: impl FnMut(Id<Customer>, &[Measures]) -> Result<(), E>,
) -> Result<(), E> {
    let as_of = windows.iter().map(|window| window.as_of).max().unwrap_or(Instant::MIN);
    let mut survey = Survey {
        shelf,
        windows,
        since: earliest(windows),
        relations: relations_of(conn, (after, last))?,
        buyers: profiled(conn, as_of, windows.len(), (after, last))?,
    };
    let mut from: OrderKey = (after, uuid::Uuid::max().into());
    loop {
        let Orders { sales, read, last: last_read } = survey.read_orders(conn, from, last, as_of)?;
        let next = last_read.filter(|_| read == ORDERS);
        survey.read_lines(conn, (from, next.unwrap_or((last, uuid::Uuid::max().into()))), read, &sales)?;
        match next {
            Some(next) => from = next,
            None => break,
        }
    }
    survey.buyers.iter().try_for_each(|buyer| each(buyer.id, &buyer.measures))
}

/// A range that is being read.
struct Survey<'a> {
    shelf: &'a Shelf,
    windows: &'a [Window],
    since: Instant,
    relations: Relations,
    /// In the order of ids.
    buyers: Vec<Buyer>,
}

/// The sales whose lines count, each with the place of its buyer.
type Sales = HashMap<Id<Order>, (usize, Instant)>;

/// Orders that were read.
#[derive(Default)]
struct Orders {
    sales: Sales,
    read: i64,
    last: Option<OrderKey>,
}

impl Survey<'_> {
    /// Adds the next orders after `from`.
    fn read_orders(&mut self, conn: &mut DbConnection, from: OrderKey, last: Id<Customer>, as_of: Instant) -> DbResult<Orders> {
        // Orders of nobody own themselves. The customers are bounded once more for planners that do not look into pairs.
        const SQL: &str = concat!(
            "SELECT orders.customer_id, orders.id, orders.placed_at, orders.order_type, ",
            order_net!(),
            " FROM orders WHERE (orders.customer_id, orders.id) > (?, ?) AND orders.customer_id >= ? AND orders.customer_id <= ? \
             AND orders.customer_id <> orders.id AND ",
            counts!(),
            " ORDER BY orders.customer_id, orders.id LIMIT ?"
        );
        type Types = (Uuid, Uuid, Timestamptz, Text, Int8);
        type Columns = (Id<Customer>, Id<Order>, Instant, OrderType, i64);
        let binds: Vec<Bind> = vec![from.0.into(), from.1.into(), from.0.into(), last.into(), as_of.into(), ORDERS.into()];
        let statement = Statement::<Types>::new(SQL, binds);
        let mut orders = Orders::default();
        let mut place = self.buyers.partition_point(|buyer| buyer.id < from.0);
        on!(conn, c => {
            for row in statement.load_iter::<Columns, DefaultLoadingMode>(c)? {
                let (customer, order, placed_at, order_type, net) = row?;
                orders.read += 1;
                orders.last = Some((customer, order));
                while self.buyers.get(place).is_some_and(|buyer| buyer.id < customer) {
                    place += 1;
                }
                // Orders of somebody who may not be profiled are nobody's here.
                let Some(buyer) = self.buyers.get_mut(place).filter(|buyer| buyer.id == customer) else { continue };
                for (measures, window) in buyer.measures.iter_mut().zip(self.windows) {
                    add_purchase(measures, window, &Purchase { placed_at, order_type, net })?;
                }
                if order_type == OrderType::Sale && placed_at >= self.since {
                    orders.sales.insert(order, (place, placed_at));
                }
            }
        });
        Ok(orders)
    }

    /// Adds the lines of `sales`, the orders between two keys of which `read` were read.
    fn read_lines(&mut self, conn: &mut DbConnection, (from, until): (OrderKey, OrderKey), read: i64, sales: &Sales) -> DbResult<()> {
        /// Written once for both ways to them.
        macro_rules! lines {
            ($which:expr) => {
                order_lines::table.filter($which).filter(order_lines::customer_id.ne(order_lines::order_id)).select((
                    order_lines::order_id,
                    order_lines::product_id,
                    order_lines::quantity * order_lines::unit_price - order_lines::discount - order_lines::refunded,
                    order_lines::used_by,
                    order_lines::beneficiary_id,
                ))
            };
        }
        let key = || (order_lines::customer_id, order_lines::order_id);
        let is_sparse = i64::try_from(sales.len()).is_ok_and(|sales| sales.saturating_mul(SPARSE) < read);
        if is_sparse {
            let keys: Vec<OrderKey> = sales.iter().filter_map(|(order, (place, _))| Some((self.buyers.get(*place)?.id, *order))).collect();
            for keys in keys.chunks(KEYS) {
                let own = lines!(row_in(key(), keys.iter().copied()));
                on!(&mut *conn, c => for line in own.load_iter::<LineColumns, DefaultLoadingMode>(c)? {
                    self.add(&line?, sales)?;
                });
            }
        } else if !sales.is_empty() {
            let bound = |(customer, order): OrderKey| (customer.into_sql::<Uuid>(), order.into_sql::<Uuid>());
            let between = row_gt(key(), bound(from)).and(row_le(key(), bound(until)));
            let own = lines!(between.and(order_lines::customer_id.between(from.0, until.0)));
            on!(conn, c => for line in own.load_iter::<LineColumns, DefaultLoadingMode>(c)? {
                self.add(&line?, sales)?;
            });
        }
        Ok(())
    }

    fn add(&mut self, line: &LineColumns, sales: &Sales) -> DbResult<()> {
        let (order, product, net, used_by, beneficiary) = *line;
        let Some((place, placed_at)) = sales.get(&order).copied() else { return Ok(()) };
        let Some(Buyer { id, card, measures }) = self.buyers.get_mut(place) else { return Ok(()) };
        let beneficiary = beneficiary.and_then(|beneficiary| self.relations.get(&(*id, beneficiary)).copied());
        let (line, goods) = (Line { net, used_by, beneficiary }, self.shelf.goods(product));
        let in_window = measures.iter_mut().zip(self.windows).filter(|(_, window)| window.contains(placed_at));
        in_window.into_iter().try_for_each(|(measures, _)| add_line(measures, &line, goods, *card))
    }
}

/// The customers of a range who may be profiled, with the cards that are active at `as_of`, in the order of ids.
fn profiled(conn: &mut DbConnection, as_of: Instant, windows: usize, (after, last): Range) -> DbResult<Vec<Buyer>> {
    // One of the databases does not see that the cards are in the range of their customers, and would read all there are each time.
    let in_range = cards::customer_id.gt(after).and(cards::customer_id.le(last));
    let is_active = in_range.and(cards::status.eq(Word("active"))).and(cards::expires_at.is_null().or(cards::expires_at.gt(as_of)));
    let found = customers::table
        .left_join(cards::table.on(cards::customer_id.eq(customers::id).and(is_active)))
        .filter(customers::id.gt(after).and(customers::id.le(last)).and(not(customers::profiling_opt_out)))
        .order(customers::id)
        .select((customers::id, cards::kind.nullable()));
    let rows: Vec<(Id<Customer>, Option<CardKind>)> = on!(conn, c => found.load(c))?;
    Ok(rows.into_iter().map(|(id, card)| Buyer { id, card, measures: vec![Measures::default(); windows] }).collect())
}

fn relations_of(conn: &mut DbConnection, (after, last): Range) -> DbResult<Relations> {
    type Row = (Id<Customer>, Id<Relation>, RelationKind);
    let own = relations::table.filter(relations::customer_id.gt(after).and(relations::customer_id.le(last))).select((
        relations::customer_id,
        relations::id,
        relations::kind,
    ));
    let rows: Vec<Row> = on!(conn, c => own.load(c))?;
    Ok(rows.into_iter().map(|(customer, id, kind)| ((customer, id), kind)).collect())
}
