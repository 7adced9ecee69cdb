//! What a plan adds up: one sub-select for each of orders, lines and feedback, grouped by customer, with a column for each sum.

use super::{Dialect, Pieces, Writer, predicates::alias};
use crate::domain::{
    TextEnum,
    customers::{CardKind, RelationKind},
    instants::Instant,
    segments::{
        FeedbackMeasure, Span,
        plan::{Aggregate, FeedbackAggregate, Function, OrderFilter, Source},
    },
};

/// The net amount of an order, without shipping.
const ORDER_NET: &str = "(orders.subtotal - orders.refunded_total)";
/// The net amount of a line.
const LINE_NET: &str = "(order_lines.quantity * order_lines.unit_price - order_lines.discount - order_lines.refunded)";

impl Writer<'_> {
    /// Joins a row of sums a customer for each source that is asked for.
    pub(super) fn sums(&self, out: &mut Pieces) {
        if !self.plan.orders.is_empty() {
            self.of_orders(out, Source::Orders, &self.plan.orders);
        }
        if !self.plan.lines.is_empty() {
            self.of_orders(out, Source::Lines, &self.plan.lines);
        }
        if !self.plan.feedback.is_empty() {
            self.of_feedback(out);
        }
    }

    /// A sum as a value of the customer's: nothing bought is 0, and returns take no sum below 0.
    pub(super) fn aggregate(&self, out: &mut Pieces, source: Source, index: usize) {
        let name = format!("{}.a{index}", alias(source));
        let aggregates = if source == Source::Lines { &self.plan.lines } else { &self.plan.orders };
        let function = match source {
            Source::Orders | Source::Lines => aggregates.get(index).map(|aggregate| aggregate.function),
            Source::Feedback => {
                let is_count = self.plan.feedback.get(index).is_some_and(|aggregate| aggregate.measure == FeedbackMeasure::Count);
                Some(if is_count { Function::Count } else { Function::Last })
            }
        };
        match function {
            Some(Function::Count) => out.sql(format!("COALESCE({name}, 0)")),
            Some(Function::Sum) => out.sql(format!("CASE WHEN {name} > 0 THEN {name} ELSE 0 END")),
            _ => out.sql(name),
        };
    }

    fn of_orders(&self, out: &mut Pieces, source: Source, aggregates: &[Aggregate]) {
        let is_lines = source == Source::Lines;
        let net = if is_lines { LINE_NET } else { ORDER_NET };
        // What all ask for is asked of the rows, the rest of each sum.
        let shared = aggregates.first().map(|first| &first.filter);
        let shared = shared.filter(|first| aggregates.iter().all(|aggregate| &aggregate.filter == *first));
        let has_returns = aggregates.iter().any(|aggregate| aggregate.function == Function::Sum);
        out.sql(" LEFT JOIN (SELECT orders.customer_id");
        for (index, Aggregate { function, filter }) in aggregates.iter().enumerate() {
            out.sql(", ");
            match function {
                Function::Count if is_lines => out.sql("COUNT(DISTINCT orders.id)"),
                Function::Count => out.sql("COUNT(*)"),
                Function::Sum if has_returns => {
                    out.sql(format!("CAST(SUM(CASE WHEN orders.order_type = 'sale' THEN {net} ELSE -{net} END)"))
                }
                Function::Sum => out.sql(format!("CAST(SUM({net})")),
                Function::First => out.sql("MIN(orders.placed_at)"),
                Function::Last => out.sql("MAX(orders.placed_at)"),
            };
            let mut wanted = Pieces::default();
            if *function != Function::Sum && has_returns {
                wanted.sql(" AND orders.order_type = 'sale'");
            }
            if shared.is_none() {
                self.filter(&mut wanted, filter);
            }
            if wanted != Pieces::default() {
                out.sql(" FILTER (WHERE TRUE").append(wanted).sql(")");
            }
            out.sql(if *function == Function::Sum { " AS bigint)" } else { "" }).sql(format!(" AS a{index}"));
        }
        out.sql(" FROM orders");
        if is_lines {
            self.lines(out, aggregates);
        }
        // Sales of nobody are owned by themselves.
        out.sql(" WHERE ");
        self.bounded(out, "orders.customer_id");
        out.sql("orders.customer_id <> orders.id AND orders.status IN ('paid', 'fulfilled', 'completed') AND ");
        out.sql(self.placed_at()).sql(" <= ").bind(self.plan.now);
        if !has_returns {
            out.sql(" AND orders.order_type = 'sale'");
        }
        match shared {
            Some(filter) => self.filter(out, filter),
            None => {
                if let Some(since) = earliest(aggregates) {
                    out.sql(" AND ").sql(self.placed_at()).sql(" >= ").bind(since);
                }
            }
        }
        out.sql(" GROUP BY orders.customer_id) AS ").sql(alias(source)).sql(" ON ").sql(alias(source));
        out.sql(".customer_id = customers.id");
    }

    /// The lines of orders with what their filters look at.
    fn lines(&self, out: &mut Pieces, aggregates: &[Aggregate]) {
        // Orders first, then their lines: both stand in the order of customers, so that nothing is sorted or sought at random.
        out.sql(match self.dialect {
            Dialect::Postgres => " JOIN order_lines ON ",
            Dialect::Sqlite => " CROSS JOIN order_lines ON ",
        });
        out.sql("order_lines.customer_id = orders.customer_id AND order_lines.order_id = orders.id");
        if aggregates.iter().any(|aggregate| !aggregate.filter.users.is_empty()) {
            out.sql(" LEFT JOIN products ON products.id = order_lines.product_id");
            out.sql(
                " LEFT JOIN relations ON relations.customer_id = order_lines.customer_id AND relations.id = order_lines.beneficiary_id",
            );
            out.sql(
                " LEFT JOIN cards AS buyers ON buyers.customer_id = orders.customer_id AND buyers.status = 'active' \
                 AND (buyers.expires_at IS NULL OR buyers.expires_at > ",
            );
            out.bind(self.plan.now).sql(")");
        }
    }

    /// `AND …` for everything that a filter asks.
    fn filter(&self, out: &mut Pieces, filter: &OrderFilter) {
        self.placed(out, &filter.spans);
        one_of(out, "orders.channel", filter.channels.iter().map(|channel| channel.as_str().to_owned()));
        one_of(out, "orders.store", filter.stores.iter().cloned());
        one_of(out, "orders.campaign_id", filter.campaigns.iter().copied());
        one_of(out, "order_lines.product_id", filter.products.iter().copied());
        self.goods(out, filter);
        if !filter.users.is_empty() {
            out.sql(" AND ").sql(line_user()).sql(" IN ").list(filter.users.iter().map(|user| user.as_str().to_owned()));
        }
    }

    /// What is asked of goods is asked of the catalogue, once; each line is then looked up in the answer.
    fn goods(&self, out: &mut Pieces, filter: &OrderFilter) {
        if filter.subtree.is_none() && filter.value_classes.is_empty() && filter.default_users.is_empty() {
            return;
        }
        out.sql(" AND order_lines.product_id IN (SELECT goods.id FROM products AS goods");
        if !filter.value_classes.is_empty() {
            out.sql(" LEFT JOIN categories ON categories.id = goods.category_id");
        }
        out.sql(" WHERE TRUE");
        if let Some(subtree) = filter.subtree {
            out.sql(format!(" AND goods.category_id IN (SELECT id FROM subtree{subtree})"));
        }
        let classes = filter.value_classes.iter().map(|class| class.as_str().to_owned());
        one_of(out, "COALESCE(categories.effective_value_class, 'everyday')", classes);
        one_of(out, "goods.default_user", filter.default_users.iter().map(|user| user.as_str().to_owned()));
        out.sql(")");
    }

    /// When an order was placed; on one database so written that no index is used for it: most orders are asked for, and by the index each is sought by
    /// itself and all are sorted again.
    const fn placed_at(&self) -> &'static str {
        match self.dialect {
            Dialect::Postgres => "orders.placed_at",
            Dialect::Sqlite => "+orders.placed_at",
        }
    }

    fn placed(&self, out: &mut Pieces, spans: &[Span<Instant>]) {
        if spans.iter().any(|span| span.low.is_none() && span.high.is_none()) {
            return;
        }
        out.sql(" AND (");
        for (index, span) in spans.iter().enumerate() {
            out.sql(if index == 0 { "" } else { " OR " });
            // That nothing lies in the future is asked of all.
            match (span.low, span.high.filter(|high| *high < self.plan.now)) {
                (Some(low), Some(high)) => out.sql(self.placed_at()).sql(" BETWEEN ").bind(low).sql(" AND ").bind(high),
                (Some(low), None) => out.sql(self.placed_at()).sql(" >= ").bind(low),
                (None, Some(high)) => out.sql(self.placed_at()).sql(" <= ").bind(high),
                (None, None) => out.sql("TRUE"),
            };
        }
        out.sql(if spans.is_empty() { "FALSE)" } else { ")" });
    }

    fn of_feedback(&self, out: &mut Pieces) {
        let aggregates = &self.plan.feedback;
        let name = alias(Source::Feedback);
        out.sql(" LEFT JOIN (SELECT feedback.customer_id");
        for (index, FeedbackAggregate { measure, types, span }) in aggregates.iter().enumerate() {
            out.sql(match measure {
                FeedbackMeasure::Count => ", COUNT(*)",
                FeedbackMeasure::Last => ", MAX(feedback.created_at)",
            });
            out.sql(" FILTER (WHERE feedback.created_at <= ").bind(span.high.map_or(self.plan.now, |high| high.min(self.plan.now)));
            if let Some(low) = span.low {
                out.sql(" AND feedback.created_at >= ").bind(low);
            }
            one_of(out, "feedback.feedback_type", types.iter().map(|kind| kind.as_str().to_owned()));
            out.sql(format!(") AS a{index}"));
        }
        out.sql(" FROM feedback WHERE ");
        self.bounded(out, "feedback.customer_id");
        out.sql("feedback.customer_id <> feedback.id GROUP BY feedback.customer_id) AS ").sql(name).sql(" ON ").sql(name);
        out.sql(".customer_id = customers.id");
    }
}

/// `AND column IN (…)`, unless nothing is asked.
fn one_of<B: Into<super::super::assembled::Piece>>(out: &mut Pieces, column: &'static str, values: impl ExactSizeIterator<Item = B>) {
    if values.len() > 0 {
        out.sql(" AND ").sql(column).sql(" IN ").list(values);
    }
}

/// The earliest instant that any of the sums may need, unless one needs all there is.
fn earliest(aggregates: &[Aggregate]) -> Option<Instant> {
    let spans = aggregates.iter().flat_map(|aggregate| &aggregate.filter.spans);
    let lows: Vec<Option<Instant>> = spans.map(|span| span.low).collect();
    lows.iter().copied().min().flatten()
}

/// Who uses a line's goods, by the same sources in the same order as [`crate::domain::value_score::product_user`].
fn line_user() -> String {
    let mut beneficiary = String::from("CASE relations.kind");
    for kind in RelationKind::ALL {
        beneficiary += &format!(" WHEN '{}' THEN '{}'", kind.as_str(), kind.product_user().as_str());
    }
    let mut card = String::from("CASE buyers.kind");
    for kind in CardKind::ALL {
        if let Some(user) = kind.product_user() {
            card += &format!(" WHEN '{}' THEN '{}'", kind.as_str(), user.as_str());
        }
    }
    format!(
        "COALESCE(NULLIF(order_lines.used_by, 'unknown'), {beneficiary} END, NULLIF(products.default_user, 'unknown'), {card} END, 'unknown')"
    )
}
