//! Membership cards.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::cards},
    domain::{
        customers::{Card, CardKind, CardStatus, Customer},
        ids::Id,
        instants::Instant,
    },
    insert_many, on,
};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = cards, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct CardRow {
    customer_id: Id<Customer>,
    number: String,
    kind: CardKind,
    status: CardStatus,
    issued_at: Instant,
    expires_at: Option<Instant>,
    replaced_by: Option<String>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<CardRow> for Card {
    fn from(row: CardRow) -> Self {
        let CardRow { customer_id, number, kind, status, issued_at, expires_at, replaced_by, version, created_at, updated_at } = row;
        Self { customer_id, number, kind, status, issued_at, expires_at, replaced_by, version, created_at, updated_at }
    }
}

impl From<Card> for CardRow {
    fn from(card: Card) -> Self {
        let Card { customer_id, number, kind, status, issued_at, expires_at, replaced_by, version, created_at, updated_at } = card;
        Self { customer_id, number, kind, status, issued_at, expires_at, replaced_by, version, created_at, updated_at }
    }
}

/// A card of a customer.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, customer_id: Id<Customer>, number: &str) -> DbResult<Option<Card>> {
    let row: Option<CardRow> = on!(conn, c => cards::table.find((customer_id, number)).select(CardRow::as_select()).first(c).optional())?;
    Ok(row.map(Into::into))
}

/// A customer's cards, the newest first.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, customer_id: Id<Customer>) -> DbResult<Vec<Card>> {
    let query = cards::table.filter(cards::customer_id.eq(customer_id)).order((cards::issued_at.desc(), cards::number));
    let rows: Vec<CardRow> = on!(conn, c => query.select(CardRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Those of `customer_ids` that have, or had, a card.
///
/// # Errors
/// The database's.
pub fn owners(conn: &mut DbConnection, customer_ids: &[Id<Customer>]) -> DbResult<Vec<Id<Customer>>> {
    let mut found = Vec::new();
    for ids in customer_ids.chunks(2000) {
        let query = cards::table.filter(cards::customer_id.eq_any(ids)).select(cards::customer_id).distinct();
        found.extend(on!(&mut *conn, c => query.load::<Id<Customer>>(c))?);
    }
    Ok(found)
}

/// Stores new cards.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, new: Vec<Card>) -> DbResult<()> {
    let rows: Vec<CardRow> = new.into_iter().map(Into::into).collect();
    Ok(insert_many!(conn, cards::table, &rows)?)
}

/// Stores a card that was there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, card: &Card) -> DbResult<()> {
    let row = CardRow::from(card.clone());
    on!(conn, c => diesel::update(cards::table.find((card.customer_id, &card.number))).set(&row).execute(c))?;
    Ok(())
}
