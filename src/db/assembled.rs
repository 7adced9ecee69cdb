//! A statement that is put together piece by piece, its values bound: for questions that callers compose themselves.

use std::borrow::Cow;

use chrono::NaiveDate;
use diesel::{
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::QueryResult,
    serialize::ToSql,
    sql_types::{BigInt, Date, Double, HasSqlType, Text},
};

use super::sql_types::{Timestamptz, Uuid};
use crate::domain::{ids::Id, instants::Instant};

/// A piece of a statement: words, or a value that is bound.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    Sql(Cow<'static, str>),
    Uuid(Id<()>),
    At(Instant),
    Day(NaiveDate),
    Int(i64),
    Real(f64),
    Text(String),
}

macro_rules! pieces {
    ($($type:ty => $variant:ident),+ $(,)?) => { $(
        impl From<$type> for Piece {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }
    )+ };
}

pieces! { Instant => At, NaiveDate => Day, i64 => Int, f64 => Real, String => Text }

impl<T: 'static> From<Id<T>> for Piece {
    fn from(id: Id<T>) -> Self {
        Self::Uuid(id.cast())
    }
}

/// The text of a statement with its values where they belong.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Pieces(Vec<Piece>);

impl Pieces {
    /// Adds words of SQL; no value of a caller's is ever among them.
    pub fn sql(&mut self, words: impl Into<Cow<'static, str>>) -> &mut Self {
        self.0.push(Piece::Sql(words.into()));
        self
    }

    /// Adds a value.
    pub fn bind(&mut self, value: impl Into<Piece>) -> &mut Self {
        self.0.push(value.into());
        self
    }

    /// Adds values, parted by commas, in parentheses.
    pub fn list<B: Into<Piece>>(&mut self, values: impl IntoIterator<Item = B>) -> &mut Self {
        self.sql("(");
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                self.sql(", ");
            }
            self.bind(value);
        }
        self.sql(")")
    }

    /// The statement's text, `?` where a value is bound.
    #[cfg(test)]
    pub fn text(&self) -> String {
        let part = |piece: &Piece| if let Piece::Sql(words) = piece { words.to_string() } else { "?".to_owned() };
        self.0.iter().map(part).collect()
    }

    /// Adds what another one holds.
    pub fn append(&mut self, other: Self) -> &mut Self {
        self.0.extend(other.0);
        self
    }
}

/// A statement whose rows have the SQL type `ST`.
#[derive(Debug, Clone)]
pub struct Assembled<ST> {
    pieces: Pieces,
    row: std::marker::PhantomData<ST>,
}

impl<ST> Assembled<ST> {
    pub(super) const fn new(pieces: Pieces) -> Self {
        Self { pieces, row: std::marker::PhantomData }
    }
}

impl<ST> Query for Assembled<ST> {
    type SqlType = ST;
}
impl<ST, C> diesel::RunQueryDsl<C> for Assembled<ST> {}
impl<ST> QueryId for Assembled<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<ST, DB> QueryFragment<DB> for Assembled<ST>
where
    DB: Backend + HasSqlType<Uuid> + HasSqlType<Timestamptz>,
    Id<()>: ToSql<Uuid, DB>,
    Instant: ToSql<Timestamptz, DB>,
    NaiveDate: ToSql<Date, DB>,
    i64: ToSql<BigInt, DB>,
    f64: ToSql<Double, DB>,
    String: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        // Callers make up as many texts as they like: kept, prepared statements would grow without end.
        out.unsafe_to_cache_prepared();
        for piece in &self.pieces.0 {
            match piece {
                Piece::Sql(words) => out.push_sql(words),
                Piece::Uuid(id) => out.push_bind_param::<Uuid, _>(id)?,
                Piece::At(at) => out.push_bind_param::<Timestamptz, _>(at)?,
                Piece::Day(day) => out.push_bind_param::<Date, _>(day)?,
                Piece::Int(number) => out.push_bind_param::<BigInt, _>(number)?,
                Piece::Real(number) => out.push_bind_param::<Double, _>(number)?,
                Piece::Text(text) => out.push_bind_param::<Text, _>(text)?,
            }
        }
        Ok(())
    }
}
