//! What customers have bought, as the five factors see it: one customer's measures for a live score, everybody's for a scoring run.
//!
//! Both read the same columns under the same conditions: a customer's orders with their lines, in the order of the primary keys, which is the order
//! on disk. Adding up happens here, where amounts are checked and the rules of the domain can be asked. A run looks the goods up in memory instead of
//! joining them, which takes a third of the time.

use std::collections::HashMap;

use diesel::{connection::DefaultLoadingMode, dsl::not, prelude::*};

use super::super::scores::points;
use crate::{
    db::{
        DbConnection, DbError, DbResult,
        expressions::{Bind, Statement, Word},
        schema::{cards, categories, customers, products},
        sql_types::{Bool, Int4, Int8, Nullable, Text, Timestamptz, Uuid},
    },
    domain::{
        catalogue::{Product, ProductUser, ValueClass},
        customers::{CardKind, Customer, RelationKind},
        ids::Id,
        instants::Instant,
        orders::OrderType,
        scoring_runs::ScoringRun,
        value_models::ValueModel,
        value_score::{Hundredths, MeasureError, Measures, Tier, Window, product_user},
    },
    on,
};

/// The columns of [`PurchaseColumns`].
macro_rules! columns {
    () => {
        "orders.id, orders.placed_at, orders.order_type, orders.subtotal - orders.refunded_total, \
         order_lines.quantity * order_lines.unit_price - order_lines.discount - order_lines.refunded, order_lines.used_by, relations.kind"
    };
}

/// Which orders count: those that are paid, and neither cancelled nor wholly refunded, up to the instant that is bound.
macro_rules! counts {
    () => {
        "orders.status IN ('paid', 'fulfilled', 'completed') AND orders.placed_at <= ?"
    };
}

/// The lines of sales since the instant that is bound, with their beneficiaries; lines of returns and of older sales are of no interest.
/// `$within` is said of the lines once more: one database does not see that they are in the range of their orders.
macro_rules! lines {
    ($within:literal) => {
        concat!(
            " LEFT JOIN order_lines ON order_lines.customer_id = orders.customer_id AND order_lines.order_id = orders.id ",
            $within,
            " AND orders.order_type = 'sale' AND orders.placed_at >= ? \
             LEFT JOIN relations ON relations.customer_id = order_lines.customer_id AND relations.id = order_lines.beneficiary_id "
        )
    };
}

type PurchaseTypes =
    (Nullable<Uuid>, Nullable<Timestamptz>, Nullable<Text>, Nullable<Int8>, Nullable<Int8>, Nullable<Text>, Nullable<Text>);

/// The order with its net amount; the line's net amount, user and beneficiary.
type PurchaseColumns =
    (Option<Id<()>>, Option<Instant>, Option<OrderType>, Option<i64>, Option<i64>, Option<ProductUser>, Option<RelationKind>);

/// What is bought, as far as scoring cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Goods {
    class: ValueClass,
    default_user: Option<ProductUser>,
}

/// Adds rows of one customer up, for each window.
struct Totals {
    measures: Vec<Measures>,
    last_order: Option<Id<()>>,
}

impl Totals {
    fn new(windows: &[Window]) -> Self {
        Self { measures: vec![Measures::default(); windows.len()], last_order: None }
    }

    fn add(
        &mut self,
        windows: &[Window],
        card: Option<CardKind>,
        row: &PurchaseColumns,
        goods: impl FnOnce() -> Option<Goods>,
    ) -> DbResult<()> {
        let (Some(order), Some(placed_at), Some(order_type), Some(order_net), line_net, used_by, beneficiary) = *row else {
            return Ok(());
        };
        if self.last_order != Some(order) {
            self.last_order = Some(order);
            for (measures, window) in self.measures.iter_mut().zip(windows) {
                match order_type {
                    OrderType::Sale => measures.add_purchase(placed_at, window.contains(placed_at)),
                    OrderType::Return if window.contains(placed_at) => tolerate(measures.add_return(order_net))?,
                    OrderType::Return => {}
                }
            }
        }
        if let (Some(net), Some(goods)) = (line_net, goods()) {
            let (user, source) = product_user(used_by, beneficiary, goods.default_user, card);
            for (measures, window) in self.measures.iter_mut().zip(windows) {
                if window.contains(placed_at) {
                    tolerate(measures.add_line(goods.class, user, source, net))?;
                }
            }
        }
        Ok(())
    }
}

/// What would leave 64 bits is not added: one absurd order must not keep everybody else from being scored.
fn tolerate(outcome: Result<(), MeasureError>) -> DbResult<()> {
    match outcome {
        Ok(()) | Err(MeasureError::Overflow) => Ok(()),
        Err(error @ MeasureError::Negative) => Err(DbError::Other(error.into())),
    }
}

/// The earliest instant that any of the windows may need; a window without start needs all there is.
fn earliest(windows: &[Window]) -> Instant {
    windows.iter().map(|window| window.start.unwrap_or(Instant::MIN)).min().unwrap_or(Instant::MIN)
}

/// One customer, and what the live score needs to know besides.
#[derive(Debug, Clone)]
pub struct Purchases {
    /// The model that is active.
    pub active_model: Option<Id<ValueModel>>,
    /// The current run.
    pub current_run: Option<Id<ScoringRun>>,
    /// The customer does not want to be scored.
    pub profiling_opt_out: bool,
    /// The customer's score in the run asked for.
    pub run_score: Option<(Hundredths, Tier)>,
    /// The measures.
    pub measures: Measures,
}

/// Reads one customer, `None` for an id that is no customer's, in one statement: warm, a live score costs one round trip.
///
/// # Errors
/// The database's.
pub fn of_customer(
    conn: &mut DbConnection,
    customer: Id<Customer>,
    window: Window,
    run: Option<Id<ScoringRun>>,
) -> DbResult<Option<Purchases>> {
    const SQL: &str = concat!(
        "SELECT (SELECT value_models.id FROM value_models WHERE value_models.is_active), \
         (SELECT scoring_runs.id FROM scoring_runs \
          WHERE scoring_runs.model_id = (SELECT value_models.id FROM value_models WHERE value_models.is_active) \
          AND scoring_runs.completed_at IS NOT NULL AND scoring_runs.cuts IS NOT NULL \
          ORDER BY scoring_runs.as_of DESC, scoring_runs.completed_at DESC, scoring_runs.id DESC LIMIT 1), \
         customers.profiling_opt_out, cards.kind, scores.score, scores.tier, \
         products.id, categories.effective_value_class, products.default_user, ",
        columns!(),
        " FROM customers \
         LEFT JOIN cards ON cards.customer_id = customers.id AND cards.status = 'active' \
         AND (cards.expires_at IS NULL OR cards.expires_at > ?) \
         LEFT JOIN scores ON scores.customer_id = customers.id AND scores.run_id = ? \
         LEFT JOIN orders ON orders.customer_id = customers.id AND ",
        counts!(),
        lines!(""),
        "LEFT JOIN products ON products.id = order_lines.product_id \
         LEFT JOIN categories ON categories.id = products.category_id \
         WHERE customers.id = ? ORDER BY orders.id"
    );
    type CustomerTypes = (Nullable<Uuid>, Nullable<Uuid>, Bool, Nullable<Text>, Nullable<Int4>, Nullable<Text>);
    type GoodsTypes = (Nullable<Uuid>, Nullable<Text>, Nullable<Text>);
    type CustomerColumns = (Option<Id<ValueModel>>, Option<Id<ScoringRun>>, bool, Option<CardKind>, Option<i32>, Option<Tier>);
    type GoodsColumns = (Option<Id<Product>>, Option<ValueClass>, Option<ProductUser>);
    let windows = [window];
    let run = run.unwrap_or_else(|| uuid::Uuid::nil().into());
    let binds: Vec<Bind> = vec![window.as_of.into(), run.into(), window.as_of.into(), earliest(&windows).into(), customer.into()];
    let statement = Statement::<(CustomerTypes, GoodsTypes, PurchaseTypes)>::new(SQL, binds);
    let rows: Vec<(CustomerColumns, GoodsColumns, PurchaseColumns)> = on!(conn, c => statement.load(c))?;
    let mut totals = Totals::new(&windows);
    for ((_, _, _, card, ..), (product, class, default_user), row) in &rows {
        let goods = || product.map(|_| Goods { class: class.unwrap_or(ValueClass::Everyday), default_user: *default_user });
        totals.add(&windows, *card, row, goods)?;
    }
    let Some(((active_model, current_run, profiling_opt_out, _, score, tier), ..)) = rows.first() else { return Ok(None) };
    Ok(Some(Purchases {
        active_model: *active_model,
        current_run: *current_run,
        profiling_opt_out: *profiling_opt_out,
        run_score: score.map(points).transpose()?.zip(*tier),
        measures: totals.measures.into_iter().next().unwrap_or_default(),
    }))
}

/// Everything that is sold, by product: so small beside the lines that it is kept in memory while they are read.
#[derive(Debug)]
pub struct Shelf(HashMap<Id<Product>, Goods>);

impl Shelf {
    /// Reads it.
    ///
    /// # Errors
    /// The database's.
    pub fn load(conn: &mut DbConnection) -> DbResult<Self> {
        type Row = (Id<Product>, Option<ProductUser>, Option<ValueClass>);
        let all = products::table.left_join(categories::table).select((
            products::id,
            products::default_user,
            categories::effective_value_class.nullable(),
        ));
        let mut shelf = HashMap::new();
        on!(conn, c => {
            for row in all.load_iter::<Row, DefaultLoadingMode>(c)? {
                let (id, default_user, class) = row?;
                shelf.insert(id, Goods { class: class.unwrap_or(ValueClass::Everyday), default_user });
            }
        });
        Ok(Self(shelf))
    }
}

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

/// Reads the measures, one for each of `windows`, of every customer after `after` up to and with `last` who may be profiled; customers who have
/// never bought are among them. `each` is called in the order of ids. Memory does not grow with the number of lines.
///
/// # Errors
/// The database's, and what `each` answers.
pub fn of_range<E: From<DbError>>(
    conn: &mut DbConnection,
    shelf: &Shelf,
    windows: &[Window],
    (after, last): (Id<Customer>, Id<Customer>),
    mut each: impl FnMut(Id<Customer>, &[Measures]) -> Result<(), E>,
) -> Result<(), E> {
    const SQL: &str = concat!(
        "SELECT orders.customer_id, order_lines.product_id, ",
        columns!(),
        " FROM orders",
        lines!("AND order_lines.customer_id > ? AND order_lines.customer_id <= ?"),
        "WHERE orders.customer_id > ? AND orders.customer_id <= ? AND ",
        counts!(),
        " ORDER BY orders.customer_id, orders.id"
    );
    type Types = ((Uuid, Nullable<Uuid>), PurchaseTypes);
    type Columns = ((Id<Customer>, Option<Id<Product>>), PurchaseColumns);
    let as_of = windows.iter().map(|window| window.as_of).max().unwrap_or(Instant::MIN);
    let binds: Vec<Bind> = vec![after.into(), last.into(), earliest(windows).into(), after.into(), last.into(), as_of.into()];
    let statement = Statement::<Types>::new(SQL, binds);
    let mut waiting = profiled(conn, as_of, (after, last))?.into_iter().peekable();
    let mut totals = Totals::new(windows);
    on!(conn, c => {
        for row in statement.load_iter::<Columns, DefaultLoadingMode>(c).map_err(DbError::from)? {
            let ((customer, product), row) = row.map_err(DbError::from)?;
            // Both come in the order of ids: whoever is passed by has no more orders.
            while let Some((passed, _)) = waiting.next_if(|(waiting, _)| *waiting < customer) {
                each(passed, &totals.measures)?;
                totals = Totals::new(windows);
            }
            // Orders of nobody, or of somebody who may not be profiled, are nobody's here.
            if let Some((_, card)) = waiting.peek().filter(|(waiting, _)| *waiting == customer) {
                totals.add(windows, *card, &row, || product.and_then(|product| shelf.0.get(&product).copied()))?;
            }
        }
    });
    for (customer, _) in waiting {
        each(customer, &totals.measures)?;
        totals = Totals::new(windows);
    }
    Ok(())
}

/// The customers of a range who may be profiled, with the cards that are active at `as_of`, in the order of ids.
fn profiled(
    conn: &mut DbConnection,
    as_of: Instant,
    (after, last): (Id<Customer>, Id<Customer>),
) -> DbResult<Vec<(Id<Customer>, Option<CardKind>)>> {
    let is_active = cards::status.eq(Word("active")).and(cards::expires_at.is_null().or(cards::expires_at.gt(as_of)));
    let found = customers::table
        .left_join(cards::table.on(cards::customer_id.eq(customers::id).and(is_active)))
        .filter(customers::id.gt(after).and(customers::id.le(last)).and(not(customers::profiling_opt_out)))
        .order(customers::id)
        .select((customers::id, cards::kind.nullable()));
    Ok(on!(conn, c => found.load(c))?)
}
