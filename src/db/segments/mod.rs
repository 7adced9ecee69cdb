//! A segment's plan as one statement.
//!
//! Customers are gone through once. What belongs to a single row of theirs (card, score) is joined; what is added up (orders, lines, feedback) is added up
//! by customer in one sub-select a source, however many leaves ask for it, and joined as a row; tests of sets are semi-joins. Below a `NOT` every leaf is
//! true or false, never unknown, so that it means what it says; elsewhere unknown is as good as false, and a bare comparison is what planners can estimate.

use diesel::sql_types::{Bool, Date, Int8, Nullable, Text};

use super::{
    DbConnection,
    assembled::{Assembled, Piece, Pieces},
    sql_types::{Timestamptz, Uuid},
};
use crate::domain::{
    customers::Customer,
    ids::Id,
    segments::{
        Plan, SegmentSnapshot,
        plan::{Column, Node, Predicate, Probe},
    },
};

mod marketing;
mod predicates;
mod sums;

/// Which database's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// A server's.
    Postgres,
    /// A file's.
    Sqlite,
}

impl Dialect {
    /// The words of the database behind `conn`.
    pub const fn of(conn: &DbConnection) -> Self {
        match conn {
            DbConnection::Postgres(_) => Self::Postgres,
            DbConnection::Sqlite(_) => Self::Sqlite,
        }
    }
}

/// Which customers are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whom {
    Everybody,
    After(Id<Customer>),
    Only(Id<Customer>),
}

/// What becomes of a comparison with what is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unknown {
    /// It may stay unknown, which is as good as false.
    IsFalse,
    /// It is made false, because it is negated.
    MustNotBe,
}

/// Writes a plan's statement.
struct Writer<'p> {
    dialect: Dialect,
    plan: &'p Plan,
    whom: Whom,
}

/// A row of an explanation: the leaf's place, whether it matches, and the value seen as a number, a text, an instant or a date.
pub type ExplainedTypes = (Int8, Bool, Nullable<Int8>, Nullable<Text>, Nullable<Timestamptz>, Nullable<Date>);

/// The ids of all members, ascending.
pub fn member_ids(dialect: Dialect, plan: &Plan) -> Assembled<Uuid> {
    let mut out = Writer { dialect, plan, whom: Whom::Everybody }.members("customers.id");
    out.sql(" ORDER BY customers.id");
    Assembled::new(out)
}

/// The ids and names of members after `after`, ascending.
pub fn member_page(dialect: Dialect, plan: &Plan, after: Option<Id<Customer>>, limit: i64) -> Assembled<(Uuid, Text)> {
    let whom = after.map_or(Whom::Everybody, Whom::After);
    let mut out = Writer { dialect, plan, whom }.members("customers.id, customers.name");
    out.sql(" ORDER BY customers.id LIMIT ").bind(limit);
    Assembled::new(out)
}

/// How many members there are.
pub fn member_count(dialect: Dialect, plan: &Plan) -> Assembled<Int8> {
    Assembled::new(Writer { dialect, plan, whom: Whom::Everybody }.members("COUNT(*)"))
}

/// The newest members, each beside how many there are in all. They are looked for once, and apart from the limit: a plan for a few rows would be a poor one
/// for all.
pub fn preview(dialect: Dialect, plan: &Plan, sample: i64) -> Assembled<(Uuid, Text, Int8)> {
    let writer = Writer { dialect, plan, whom: Whom::Everybody };
    let mut out = Pieces::default();
    writer.subtrees(&mut out);
    out.sql(writer.another_with()).sql("members AS MATERIALIZED (SELECT customers.id, customers.name");
    writer.find_members(&mut out);
    out.sql(") SELECT members.id, members.name, (SELECT COUNT(*) FROM members) FROM members ORDER BY members.id DESC LIMIT ").bind(sample);
    Assembled::new(out)
}

/// Stores all members as those of a snapshot.
pub fn freeze(dialect: Dialect, plan: &Plan, snapshot: Id<SegmentSnapshot>) -> Assembled<()> {
    let writer = Writer { dialect, plan, whom: Whom::Everybody };
    let mut out = Pieces::default();
    out.sql("INSERT INTO segment_members (customer_id, snapshot_id) ");
    writer.subtrees(&mut out);
    out.sql("SELECT customers.id, ").bind(snapshot);
    if dialect == Dialect::Postgres {
        out.sql("::uuid");
    }
    writer.find_members(&mut out);
    Assembled::new(out)
}

/// What every leaf, from left to right, makes of one customer; nothing for an id that is nobody's.
pub fn explain(dialect: Dialect, plan: &Plan, customer: Id<Customer>) -> Assembled<ExplainedTypes> {
    Assembled::new(Writer { dialect, plan, whom: Whom::Only(customer) }.explanation())
}

/// Whether a condition looks at one of these columns.
fn looks_at(node: &Node, columns: &[Column]) -> bool {
    match node {
        Node::All(parts) | Node::Any(parts) => parts.iter().any(|part| looks_at(part, columns)),
        Node::Not(part) | Node::Members(part) => looks_at(part, columns),
        Node::Leaf(Predicate::Value { probe: Probe::Column(column), .. }) => columns.contains(column),
        Node::Leaf(_) => false,
    }
}

const OF_CARDS: [Column; 2] = [Column::HasCard, Column::CardKind];
const OF_SCORES: [Column; 8] = [
    Column::Tier,
    Column::Score,
    Column::Rank,
    Column::RecencyBand,
    Column::FrequencyBand,
    Column::MonetaryBand,
    Column::ProductType,
    Column::ProductUser,
];

impl Writer<'_> {
    fn members(&self, what: &'static str) -> Pieces {
        let mut out = Pieces::default();
        self.subtrees(&mut out);
        out.sql("SELECT ").sql(what);
        self.find_members(&mut out);
        out
    }

    /// Names the subtrees of categories that the statement asks for.
    fn subtrees(&self, out: &mut Pieces) {
        for (index, roots) in self.plan.subtrees.iter().enumerate() {
            out.sql(if index == 0 { "WITH RECURSIVE " } else { ", " });
            out.sql(format!("subtree{index}(id) AS (SELECT categories.id FROM categories WHERE categories.id IN "));
            out.list(roots.iter().copied());
            out.sql(format!(
                " UNION SELECT categories.id FROM categories JOIN subtree{index} ON categories.parent_id = subtree{index}.id)"
            ));
        }
        if !self.plan.subtrees.is_empty() {
            out.sql(" ");
        }
    }

    /// Begins to name something else besides the subtrees.
    const fn another_with(&self) -> &'static str {
        if self.plan.subtrees.is_empty() { "WITH " } else { ", " }
    }

    fn find_members(&self, out: &mut Pieces) {
        self.from(out);
        out.sql(" WHERE ");
        self.bounded(out, "customers.id");
        self.condition(out, &self.plan.root, Unknown::IsFalse);
    }

    /// The customers with one row of everything that is asked for.
    fn from(&self, out: &mut Pieces) {
        out.sql(" FROM customers");
        if looks_at(&self.plan.root, &OF_CARDS) {
            out.sql(
                " LEFT JOIN cards ON cards.customer_id = customers.id AND cards.status = 'active' \
                 AND (cards.expires_at IS NULL OR cards.expires_at > ",
            );
            out.bind(self.plan.now).sql(")");
        }
        if looks_at(&self.plan.root, &OF_SCORES) {
            // Who opts out of profiling has no score any more, whatever the run has frozen.
            out.sql(" LEFT JOIN scores ON scores.customer_id = customers.id AND NOT customers.profiling_opt_out AND scores.run_id = ");
            out.bind(self.plan.run.unwrap_or_else(|| uuid::Uuid::nil().into()));
        }
        if looks_at(&self.plan.root, &[Column::Points]) {
            out.sql(" LEFT JOIN point_accounts ON point_accounts.customer_id = customers.id");
        }
        self.sums(out);
    }

    /// Keeps to the customers that are looked at.
    fn bounded(&self, out: &mut Pieces, column: &'static str) {
        match self.whom {
            Whom::Everybody => {}
            Whom::After(id) => {
                out.sql(column).sql(" > ").bind(id).sql(" AND ");
            }
            Whom::Only(id) => {
                out.sql(column).sql(" = ").bind(id).sql(" AND ");
            }
        }
    }

    fn condition(&self, out: &mut Pieces, node: &Node, unknown: Unknown) {
        match node {
            Node::All(parts) => self.several(out, parts, (" AND ", "TRUE"), unknown),
            Node::Any(parts) => self.several(out, parts, (" OR ", "FALSE"), unknown),
            Node::Not(part) => {
                out.sql("NOT ");
                self.condition(out, part, Unknown::MustNotBe);
            }
            Node::Leaf(predicate) => self.predicate(out, predicate, unknown),
            Node::Members(part) => self.condition(out, part, unknown),
        }
    }

    fn several(&self, out: &mut Pieces, parts: &[Node], (between, none): (&'static str, &'static str), unknown: Unknown) {
        out.sql("(");
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                out.sql(between);
            }
            self.condition(out, part, unknown);
        }
        out.sql(if parts.is_empty() { none } else { "" }).sql(")");
    }

    /// Looks every value up once, and answers a row for each leaf.
    fn explanation(&self) -> Pieces {
        let (mut out, mut rows) = (Pieces::default(), Pieces::default());
        self.subtrees(&mut out);
        out.sql(self.another_with()).sql("facts AS (SELECT customers.id");
        for (index, leaf) in self.plan.root.leaves().into_iter().enumerate() {
            out.sql(", CASE WHEN ");
            self.condition(&mut out, leaf, Unknown::IsFalse);
            out.sql(format!(" THEN TRUE ELSE FALSE END AS matches{index}, "));
            let seen = self.seen(&mut out, leaf);
            out.sql(format!(" AS seen{index}"));
            rows.sql(if index == 0 { " SELECT " } else { " UNION ALL SELECT " });
            rows.sql(format!("CAST({index} AS bigint), facts.matches{index}"));
            for (column, null) in predicates::SEEN_COLUMNS {
                rows.sql(", ").sql(if column == seen { format!("facts.seen{index}").into() } else { std::borrow::Cow::from(null) });
            }
            rows.sql(" FROM facts");
        }
        self.from(&mut out);
        out.sql(" WHERE ");
        self.bounded(&mut out, "customers.id");
        out.sql("TRUE)").append(rows).sql(" ORDER BY 1");
        out
    }
}

#[cfg(test)]
mod tests;
