//! What customers have bought, as the five factors see it: one customer's measures for a live score, everybody's for a scoring run.
//!
//! Both read the same columns under the same conditions; what a line's goods are worth stands in the catalogue, which is small beside the lines and
//! is kept in memory ([`super::goods`]). Adding up happens here, where amounts are checked and the rules of the domain can be asked.

use crate::{
    db::{DbError, DbResult},
    domain::{
        catalogue::{Goods, ProductUser},
        customers::{CardKind, RelationKind},
        instants::Instant,
        orders::OrderType,
        value_score::{MeasureError, Measures, Window, product_user},
    },
};

mod live;
mod range;

pub use live::{Purchases, of_customer};
pub use range::{count_customers, last_of_next, of_range};

/// Which orders count: those that are paid, and neither cancelled nor wholly refunded, up to the instant that is bound.
macro_rules! counts {
    () => {
        "orders.status IN ('paid', 'fulfilled', 'completed') AND orders.placed_at <= ?"
    };
}
use counts;

/// The net amount of an order.
macro_rules! order_net {
    () => {
        "orders.subtotal - orders.refunded_total"
    };
}
use order_net;

/// An order that counts.
#[derive(Debug, Clone, Copy)]
struct Purchase {
    placed_at: Instant,
    order_type: OrderType,
    net: i64,
}

/// A line of a sale in the window, with who is known to use its goods.
#[derive(Debug, Clone, Copy)]
struct Line {
    net: i64,
    used_by: Option<ProductUser>,
    beneficiary: Option<RelationKind>,
}

fn add_purchase(measures: &mut Measures, window: &Window, purchase: &Purchase) -> DbResult<()> {
    let in_window = window.contains(purchase.placed_at);
    match purchase.order_type {
        OrderType::Sale => measures.add_purchase(purchase.placed_at, in_window),
        OrderType::Return if in_window => tolerate(measures.add_return(purchase.net))?,
        OrderType::Return => {}
    }
    Ok(())
}

fn add_line(measures: &mut Measures, line: &Line, goods: Goods, card: Option<CardKind>) -> DbResult<()> {
    let (user, source) = product_user(line.used_by, line.beneficiary, goods.default_user, card);
    tolerate(measures.add_line(goods.value_class, user, source, line.net))
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
