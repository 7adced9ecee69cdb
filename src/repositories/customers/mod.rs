//! Customers, with the active card that every view of a customer shows.

use chrono::NaiveDate;
use diesel::prelude::*;

use self::cards::CardRow;
use crate::{
    db::{
        DbConnection, DbResult,
        schema::{cards as cards_table, customers},
        sql_types::Json,
    },
    domain::{
        attributes::Attributes,
        catalogue::Category,
        customers::{Customer, CustomerDraft, CustomerKind, Gender, Lifecycle, Organisation, Satisfaction},
        external_refs::ExternalRef,
        ids::Id,
        instants::Instant,
    },
    insert_many, on, on_locked,
};

pub mod addresses;
pub mod cards;
mod list;
pub mod relations;
pub mod satisfaction;
pub mod terms;

pub use list::list;

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = customers, treat_none_as_default_value = false, treat_none_as_null = true)]
struct CustomerRow {
    id: Id<Customer>,
    kind: CustomerKind,
    name: String,
    nickname: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    gender: Option<Gender>,
    birth_date: Option<NaiveDate>,
    locale: Option<String>,
    lifecycle: Lifecycle,
    stopped_reason: Option<String>,
    acquisition_channel: Option<String>,
    tags: Json<Vec<String>>,
    interests: Json<Vec<Id<Category>>>,
    attributes: Json<Attributes>,
    organisation: Option<Json<Organisation>>,
    profiling_opt_out: bool,
    external_refs: Json<Vec<ExternalRef>>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
    last_rating: Option<i32>,
    open_complaints: i32,
    last_nps: Option<i32>,
    time_zone: Option<String>,
}

impl CustomerRow {
    fn into_customer(self, card: Option<CardRow>) -> Customer {
        Customer {
            id: self.id,
            draft: CustomerDraft {
                kind: self.kind,
                name: self.name,
                nickname: self.nickname,
                email: self.email,
                phone: self.phone,
                gender: self.gender,
                birth_date: self.birth_date,
                locale: self.locale,
                time_zone: self.time_zone,
                lifecycle: self.lifecycle,
                stopped_reason: self.stopped_reason,
                acquisition_channel: self.acquisition_channel,
                tags: self.tags.0,
                interests: self.interests.0,
                attributes: self.attributes.0,
                profiling_opt_out: self.profiling_opt_out,
                external_refs: self.external_refs.0,
                organisation: self.organisation.map(|organisation| organisation.0),
            },
            membership: card.map(Into::into),
            satisfaction: Satisfaction { last_rating: self.last_rating, open_complaints: self.open_complaints, last_nps: self.last_nps },
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

impl From<&Customer> for CustomerRow {
    fn from(customer: &Customer) -> Self {
        let draft = customer.draft.clone();
        Self {
            id: customer.id,
            kind: draft.kind,
            name: draft.name,
            nickname: draft.nickname,
            email: draft.email,
            phone: draft.phone,
            gender: draft.gender,
            birth_date: draft.birth_date,
            locale: draft.locale,
            lifecycle: draft.lifecycle,
            stopped_reason: draft.stopped_reason,
            acquisition_channel: draft.acquisition_channel,
            tags: Json(draft.tags),
            interests: Json(draft.interests),
            attributes: Json(draft.attributes),
            organisation: draft.organisation.map(Json),
            profiling_opt_out: draft.profiling_opt_out,
            external_refs: Json(draft.external_refs),
            version: customer.version,
            created_at: customer.created_at,
            updated_at: customer.updated_at,
            last_rating: customer.satisfaction.last_rating,
            open_complaints: customer.satisfaction.open_complaints,
            last_nps: customer.satisfaction.last_nps,
            time_zone: draft.time_zone,
        }
    }
}

/// Customers beside their active card, which is at most one.
macro_rules! with_card {
    () => {
        customers::table
            .left_join(
                cards_table::table
                    .on(cards_table::customer_id.eq(customers::id).and(cards_table::status.eq($crate::db::expressions::Word("active")))),
            )
            .select((CustomerRow::as_select(), Option::<CardRow>::as_select()))
    };
}
use with_card;

/// A customer.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<Customer>) -> DbResult<Option<Customer>> {
    let found: Option<(CustomerRow, Option<CardRow>)> = on!(conn, c => with_card!().filter(customers::id.eq(id)).first(c).optional())?;
    Ok(found.map(|(row, card)| row.into_customer(card)))
}

/// Those of `ids` that are customers.
///
/// # Errors
/// The database's.
pub fn find_many(conn: &mut DbConnection, ids: &[Id<Customer>]) -> DbResult<Vec<Customer>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(2000) {
        let rows: Vec<(CustomerRow, Option<CardRow>)> = on!(&mut *conn, c => with_card!().filter(customers::id.eq_any(ids)).load(c))?;
        found.extend(rows.into_iter().map(|(row, card)| row.into_customer(card)));
    }
    Ok(found)
}

/// Those of `ids`, which are sorted, that are customers; their rows stay locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_many_for_update(conn: &mut DbConnection, ids: &[Id<Customer>]) -> DbResult<Vec<Customer>> {
    for ids in ids.chunks(2000) {
        // In the order of ids, so that two that lock several do not wait for each other.
        let wanted = customers::table.select(customers::id).filter(customers::id.eq_any(ids)).order(customers::id);
        let _locked: Vec<Id<Customer>> = on_locked!(&mut *conn, c, wanted => load)?;
    }
    find_many(conn, ids)
}

/// A customer whose row stays locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, id: Id<Customer>) -> DbResult<Option<Customer>> {
    let locked: Option<Id<Customer>> =
        on_locked!(&mut *conn, c, customers::table.select(customers::id).filter(customers::id.eq(id)) => first).optional()?;
    match locked {
        Some(id) => find(conn, id),
        None => Ok(None),
    }
}

/// Stores new customers.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, new: &[Customer]) -> DbResult<()> {
    let rows: Vec<CustomerRow> = new.iter().map(CustomerRow::from).collect();
    Ok(insert_many!(conn, customers::table, &rows)?)
}

/// Stores a customer that was there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, customer: &Customer) -> DbResult<()> {
    let row = CustomerRow::from(customer);
    on!(conn, c => diesel::update(customers::table.find(customer.id)).set(&row).execute(c))?;
    Ok(())
}

/// Stores the names, e-mails and phones of customers that were there before.
///
/// # Errors
/// The database's.
pub fn update_contacts(conn: &mut DbConnection, changed: &[Customer]) -> DbResult<()> {
    use diesel::upsert::excluded;
    for chunk in changed.chunks(1000) {
        let rows: Vec<CustomerRow> = chunk.iter().map(CustomerRow::from).collect();
        let changes = (
            customers::name.eq(excluded(customers::name)),
            customers::email.eq(excluded(customers::email)),
            customers::phone.eq(excluded(customers::phone)),
            customers::version.eq(excluded(customers::version)),
            customers::updated_at.eq(excluded(customers::updated_at)),
        );
        on!(&mut *conn, c => diesel::insert_into(customers::table).values(&rows).on_conflict(customers::id).do_update().set(changes).execute(c))?;
    }
    Ok(())
}

/// Counts a change of something that a customer's view shows, such as the card.
///
/// # Errors
/// The database's.
pub fn touch(conn: &mut DbConnection, id: Id<Customer>, now: Instant) -> DbResult<()> {
    let changes = (customers::version.eq(customers::version + 1), customers::updated_at.eq(now));
    on!(conn, c => diesel::update(customers::table.find(id)).set(changes).execute(c))?;
    Ok(())
}
