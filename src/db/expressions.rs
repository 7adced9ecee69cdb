//! SQL that diesel has no word for, written once for both databases.

use diesel::{
    backend::Backend,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::QueryResult,
    serialize::ToSql,
    sql_types::{BigInt, Bool, HasSqlType, Text},
};

use super::sql_types::{Timestamptz, Uuid};
use crate::domain::{ids::Id, instants::Instant};

/// `(a, b) > (x, y)` or `<`: a keyset page starts here. As a row value both databases seek straight to it in the index;
/// written with OR one of them scans everything before it.
#[derive(Debug, Clone, Copy)]
pub struct RowComparison<L, R> {
    left: L,
    right: R,
    operator: &'static str,
}

/// Rows after `right` in ascending order.
pub const fn row_gt<L: Expression, R: Expression<SqlType = L::SqlType>>(left: L, right: R) -> RowComparison<L, R> {
    RowComparison { left, right, operator: ") > (" }
}

/// Rows after `right` in descending order.
pub const fn row_lt<L: Expression, R: Expression<SqlType = L::SqlType>>(left: L, right: R) -> RowComparison<L, R> {
    RowComparison { left, right, operator: ") < (" }
}

/// Rows up to and with `right` in ascending order.
pub const fn row_le<L: Expression, R: Expression<SqlType = L::SqlType>>(left: L, right: R) -> RowComparison<L, R> {
    RowComparison { left, right, operator: ") <= (" }
}

impl<L: Expression, R: Expression<SqlType = L::SqlType>> Expression for RowComparison<L, R> {
    type SqlType = Bool;
}
impl<L: SelectableExpression<QS>, R: SelectableExpression<QS>, QS> SelectableExpression<QS> for RowComparison<L, R> where
    Self: AppearsOnTable<QS>
{
}
impl<L: AppearsOnTable<QS>, R: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for RowComparison<L, R> where Self: Expression {}
impl<L, R, GB> ValidGrouping<GB> for RowComparison<L, R> {
    type IsAggregate = is_aggregate::No;
}
/// No static id: diesel then caches the prepared statement by its text.
impl<L, R> QueryId for RowComparison<L, R> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<DB: Backend, L: QueryFragment<DB>, R: QueryFragment<DB>> QueryFragment<DB> for RowComparison<L, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(");
        self.left.walk_ast(out.reborrow())?;
        out.push_sql(self.operator);
        self.right.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

/// A word that stands in the statement itself. Bound, it would be a value like any other: a plan made once for all values could not use an index
/// over the rows that have just this one, and a planner that looks at values would plan each time anew.
#[derive(Debug, Clone, Copy)]
pub struct Word(pub &'static str);

impl Expression for Word {
    type SqlType = Text;
}
impl<QS> SelectableExpression<QS> for Word {}
impl<QS> AppearsOnTable<QS> for Word {}
impl<GB> ValidGrouping<GB> for Word {
    type IsAggregate = is_aggregate::Never;
}
/// No static id: diesel then caches the prepared statement by its text.
impl QueryId for Word {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<DB: Backend> QueryFragment<DB> for Word {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if !self.0.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            return Err(diesel::result::Error::QueryBuilderError("a word of a statement has small letters only".into()));
        }
        out.push_sql("'");
        out.push_sql(self.0);
        out.push_sql("'");
        Ok(())
    }
}

/// A whole number that stands in the statement itself, for the same reasons as a [`Word`].
#[derive(Debug, Clone, Copy)]
pub struct Number(pub i64);

impl Expression for Number {
    type SqlType = BigInt;
}
impl<QS> SelectableExpression<QS> for Number {}
impl<QS> AppearsOnTable<QS> for Number {}
impl<GB> ValidGrouping<GB> for Number {
    type IsAggregate = is_aggregate::Never;
}
/// No static id: diesel then caches the prepared statement by its text.
impl QueryId for Number {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<DB: Backend> QueryFragment<DB> for Number {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(&self.0.to_string());
        Ok(())
    }
}

/// `(a, b) IN (VALUES (x, y), …)`: rows by the first two columns of their key, each found by one seek. Two lists with an `IN` each would
/// seek every combination of their values.
#[derive(Debug, Clone)]
pub struct RowIn<L> {
    left: L,
    pairs: Vec<(Id<()>, Id<()>)>,
}

/// Rows whose pair of columns is one of `pairs`, of which there must be one at least.
///
/// The last pair is repeated up to a power of two, so that lists of any length need few prepared statements.
pub fn row_in<L: Expression, A: 'static, B: 'static>(left: L, pairs: impl IntoIterator<Item = (Id<A>, Id<B>)>) -> RowIn<L> {
    let mut pairs: Vec<_> = pairs.into_iter().map(|(first, second)| (first.cast(), second.cast())).collect();
    if let Some(last) = pairs.last().copied() {
        pairs.resize(pairs.len().next_power_of_two(), last);
    }
    RowIn { left, pairs }
}

impl<L: Expression> Expression for RowIn<L> {
    type SqlType = Bool;
}
impl<L: SelectableExpression<QS>, QS> SelectableExpression<QS> for RowIn<L> where Self: AppearsOnTable<QS> {}
impl<L: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for RowIn<L> where Self: Expression {}
impl<L, GB> ValidGrouping<GB> for RowIn<L> {
    type IsAggregate = is_aggregate::No;
}
impl<L> QueryId for RowIn<L> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<DB, L> QueryFragment<DB> for RowIn<L>
where
    DB: Backend + HasSqlType<Uuid>,
    Id<()>: ToSql<Uuid, DB>,
    L: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(");
        self.left.walk_ast(out.reborrow())?;
        out.push_sql(") IN (VALUES ");
        for (index, (first, second)) in self.pairs.iter().enumerate() {
            out.push_sql(if index == 0 { "(" } else { ", (" });
            out.push_bind_param::<Uuid, _>(first)?;
            out.push_sql(", ");
            out.push_bind_param::<Uuid, _>(second)?;
            out.push_sql(")");
        }
        out.push_sql(")");
        Ok(())
    }
}

/// A value bound into a [`Statement`].
#[derive(Debug, Clone)]
pub enum Bind {
    /// An identifier.
    Uuid(Id<()>),
    /// An instant.
    At(Instant),
    /// A whole number.
    Int(i64),
    /// A text.
    Text(String),
}

impl<T> From<Id<T>> for Bind {
    fn from(id: Id<T>) -> Self {
        Self::Uuid(id.cast())
    }
}

impl From<Instant> for Bind {
    fn from(at: Instant) -> Self {
        Self::At(at)
    }
}

impl From<i64> for Bind {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// A whole statement in SQL that both databases understand, with `?` where a value is bound; its rows have the SQL type `ST`.
///
/// For the few read models whose aggregates diesel's words can not say. Unlike `sql_query` its text is prepared once a connection.
#[derive(Debug, Clone)]
pub struct Statement<ST> {
    sql: &'static str,
    binds: Vec<Bind>,
    row: std::marker::PhantomData<ST>,
}

impl<ST> Statement<ST> {
    /// The statement `sql` with its `?` bound to `binds` in order.
    pub const fn new(sql: &'static str, binds: Vec<Bind>) -> Self {
        Self { sql, binds, row: std::marker::PhantomData }
    }
}

impl<ST> Query for Statement<ST> {
    type SqlType = ST;
}
impl<ST, C> diesel::RunQueryDsl<C> for Statement<ST> {}
impl<ST> QueryId for Statement<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<ST, DB> QueryFragment<DB> for Statement<ST>
where
    DB: Backend + HasSqlType<Uuid> + HasSqlType<Timestamptz>,
    Id<()>: ToSql<Uuid, DB>,
    Instant: ToSql<Timestamptz, DB>,
    i64: ToSql<BigInt, DB>,
    String: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut binds = self.binds.iter();
        for (index, part) in self.sql.split('?').enumerate() {
            if index > 0 {
                match binds.next() {
                    Some(Bind::Uuid(id)) => out.push_bind_param::<Uuid, _>(id)?,
                    Some(Bind::At(at)) => out.push_bind_param::<Timestamptz, _>(at)?,
                    Some(Bind::Int(number)) => out.push_bind_param::<BigInt, _>(number)?,
                    Some(Bind::Text(text)) => out.push_bind_param::<Text, _>(text)?,
                    None => return Err(diesel::result::Error::QueryBuilderError("a statement has more `?` than values".into())),
                }
            }
            out.push_sql(part);
        }
        Ok(())
    }
}
