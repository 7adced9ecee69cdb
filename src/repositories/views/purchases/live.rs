//! One customer's purchases, read now.

use diesel::prelude::*;

use super::{super::super::scores::points, Line, Purchase, add_line, add_purchase, counts, earliest, order_net};
use crate::{
    db::{
        DbConnection, DbResult,
        expressions::{Bind, Statement},
        sql_types::{Bool, Int4, Int8, Nullable, Text, Timestamptz, Uuid},
    },
    domain::{
        catalogue::{Goods, Product, ProductUser},
        customers::{CardKind, Customer, RelationKind},
        ids::Id,
        instants::Instant,
        orders::{Order, OrderType},
        scoring_runs::ScoringRun,
        value_score::{Hundredths, Measures, Tier, Window},
    },
    on,
};

type CustomerTypes = (Bool, Bool, Nullable<Text>, Nullable<Int4>, Nullable<Text>);
type CustomerColumns = (bool, bool, Option<CardKind>, Option<i32>, Option<Tier>);

type OrderTypes = (Nullable<Uuid>, Nullable<Timestamptz>, Nullable<Text>, Nullable<Int8>);
type OrderColumns = (Option<Id<Order>>, Option<Instant>, Option<OrderType>, Option<i64>);

type LineTypes = (Nullable<Uuid>, Nullable<Int8>, Nullable<Text>, Nullable<Text>);
type LineColumns = (Option<Id<Product>>, Option<i64>, Option<ProductUser>, Option<RelationKind>);

/// One customer's purchases, and what the live score needs to know besides.
#[derive(Debug, Clone)]
pub struct Purchases {
    /// What was known at the revision that was told still holds.
    pub is_current: bool,
    /// The customer does not want to be scored.
    pub profiling_opt_out: bool,
    /// The customer's score in the run asked for.
    pub run_score: Option<(Hundredths, Tier)>,
    window: Window,
    card: Option<CardKind>,
    rows: Vec<(OrderColumns, LineColumns)>,
}

impl Purchases {
    /// What was bought in the window, each once.
    pub fn products(&self) -> Vec<Id<Product>> {
        let mut products: Vec<Id<Product>> = self.rows.iter().filter_map(|(_, (product, ..))| *product).collect();
        products.sort_unstable();
        products.dedup();
        products
    }

    /// The measures, given what is known of every one of [`Self::products`].
    ///
    /// # Errors
    /// For stored amounts that are negative.
    pub fn measures(&self, goods: impl Fn(Id<Product>) -> Option<Goods>) -> DbResult<Measures> {
        let (mut measures, mut last_order) = (Measures::default(), None);
        for (order, line) in &self.rows {
            let (id @ Some(_), Some(placed_at), Some(order_type), Some(net)) = *order else { continue };
            if last_order != id {
                last_order = id;
                add_purchase(&mut measures, &self.window, &Purchase { placed_at, order_type, net })?;
            }
            if let (Some(product), Some(net), used_by, beneficiary) = *line
                && self.window.contains(placed_at)
            {
                add_line(&mut measures, &Line { net, used_by, beneficiary }, goods(product).unwrap_or_default(), self.card)?;
            }
        }
        Ok(measures)
    }
}

/// Reads one customer, `None` for an id that is no customer's, in one statement: warm, a live score costs one round trip. The score asked for is that of
/// `run`; `revision` is of what the caller remembers.
///
/// # Errors
/// The database's.
pub fn of_customer(
    conn: &mut DbConnection,
    customer: Id<Customer>,
    window: Window,
    run: Option<Id<ScoringRun>>,
    revision: &str,
) -> DbResult<Option<Purchases>> {
    // Few lines name a beneficiary, and a join would look for one at each.
    const SQL: &str = concat!(
        "SELECT coalesce((SELECT settings.value FROM settings WHERE settings.key = 'value_revision'), '') = ?, \
         customers.profiling_opt_out, cards.kind, scores.score, scores.tier, \
         orders.id, orders.placed_at, orders.order_type, ",
        order_net!(),
        ", order_lines.product_id, order_lines.quantity * order_lines.unit_price - order_lines.discount - order_lines.refunded, \
         order_lines.used_by, CASE WHEN order_lines.beneficiary_id IS NOT NULL THEN \
         (SELECT relations.kind FROM relations \
          WHERE relations.customer_id = order_lines.customer_id AND relations.id = order_lines.beneficiary_id) END \
         FROM customers \
         LEFT JOIN cards ON cards.customer_id = customers.id AND cards.status = 'active' \
         AND (cards.expires_at IS NULL OR cards.expires_at > ?) \
         LEFT JOIN scores ON scores.customer_id = customers.id AND scores.run_id = ? \
         LEFT JOIN orders ON orders.customer_id = customers.id AND ",
        counts!(),
        " LEFT JOIN order_lines ON order_lines.customer_id = orders.customer_id AND order_lines.order_id = orders.id \
         AND orders.order_type = 'sale' AND orders.placed_at >= ? \
         WHERE customers.id = ?"
    );
    let run = run.unwrap_or_else(|| uuid::Uuid::nil().into());
    let since = earliest(std::slice::from_ref(&window));
    let revision = Bind::Text(revision.to_owned());
    let binds = vec![revision, window.as_of.into(), run.into(), window.as_of.into(), since.into(), customer.into()];
    let statement = Statement::<(CustomerTypes, OrderTypes, LineTypes)>::new(SQL, binds);
    let found: Vec<(CustomerColumns, OrderColumns, LineColumns)> = on!(conn, c => statement.load(c))?;
    let Some(((is_current, profiling_opt_out, card, score, tier), ..)) = found.first().copied() else { return Ok(None) };
    // A handful is sorted here in less time than the server needs to get ready for it.
    let mut rows: Vec<_> = found.into_iter().map(|(_, order, line)| (order, line)).collect();
    rows.sort_by_key(|((order, ..), _)| *order);
    Ok(Some(Purchases { is_current, profiling_opt_out, run_score: score.map(points).transpose()?.zip(tier), window, card, rows }))
}
