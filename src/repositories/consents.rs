//! Consents and their history.

use diesel::prelude::*;

use crate::{
    db::{
        DbConnection, DbResult,
        schema::{consent_events, consents},
    },
    domain::{
        consents::{
            Consent, ConsentEvent, ConsentEventSearch, ConsentEventSort, ConsentSource, ConsentStatus, ContactChannel, ContactPurpose,
            Statement,
        },
        customers::Customer,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        permissions::{ActorKind, Caller},
    },
    insert_many, list_by_id, on,
};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = consents, treat_none_as_default_value = false, treat_none_as_null = true)]
struct ConsentRow {
    customer_id: Id<Customer>,
    channel: ContactChannel,
    purpose: ContactPurpose,
    status: ConsentStatus,
    source: ConsentSource,
    evidence: Option<String>,
    at: Instant,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<ConsentRow> for Consent {
    fn from(row: ConsentRow) -> Self {
        let ConsentRow { customer_id, channel, purpose, status, source, evidence, at, version, created_at, updated_at } = row;
        Self { customer_id, channel, purpose, statement: Statement { status, source, evidence, at }, version, created_at, updated_at }
    }
}

impl From<&Consent> for ConsentRow {
    fn from(consent: &Consent) -> Self {
        let Consent { customer_id, channel, purpose, statement, version, created_at, updated_at } = consent.clone();
        let Statement { status, source, evidence, at } = statement;
        Self { customer_id, channel, purpose, status, source, evidence, at, version, created_at, updated_at }
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = consent_events, treat_none_as_default_value = false)]
struct EventRow {
    customer_id: Id<Customer>,
    id: Id<ConsentEvent>,
    channel: ContactChannel,
    purpose: ContactPurpose,
    status: ConsentStatus,
    source: ConsentSource,
    evidence: Option<String>,
    at: Instant,
    is_effective: bool,
    actor_kind: ActorKind,
    actor_id: Option<Id<Caller>>,
    created_at: Instant,
}

impl From<EventRow> for ConsentEvent {
    fn from(row: EventRow) -> Self {
        let EventRow { customer_id, id, channel, purpose, status, source, evidence, at, .. } = row;
        let EventRow { is_effective, actor_kind, actor_id, created_at, .. } = row;
        let statement = Statement { status, source, evidence, at };
        Self { id, customer_id, channel, purpose, statement, is_effective, actor_kind, actor_id, created_at }
    }
}

impl From<&ConsentEvent> for EventRow {
    fn from(event: &ConsentEvent) -> Self {
        let ConsentEvent { id, customer_id, channel, purpose, statement, is_effective, actor_kind, actor_id, created_at } = event.clone();
        let Statement { status, source, evidence, at } = statement;
        Self { customer_id, id, channel, purpose, status, source, evidence, at, is_effective, actor_kind, actor_id, created_at }
    }
}

/// What holds of one way and purpose.
///
/// # Errors
/// The database's.
pub fn find(
    conn: &mut DbConnection,
    customer_id: Id<Customer>,
    channel: ContactChannel,
    purpose: ContactPurpose,
) -> DbResult<Option<Consent>> {
    let wanted = consents::table.find((customer_id, channel, purpose));
    Ok(on!(conn, c => wanted.select(ConsentRow::as_select()).first(c).optional())?.map(ConsentRow::into))
}

/// What holds of a customer.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, customer_id: Id<Customer>) -> DbResult<Vec<Consent>> {
    let of_customer = consents::table.filter(consents::customer_id.eq(customer_id)).order((consents::channel, consents::purpose));
    let rows: Vec<ConsentRow> = on!(conn, c => of_customer.select(ConsentRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// What holds of many customers.
///
/// # Errors
/// The database's.
pub fn list_of_many(conn: &mut DbConnection, customers: &[Id<Customer>]) -> DbResult<Vec<Consent>> {
    let of_customers = consents::table.filter(consents::customer_id.eq_any(customers));
    let rows: Vec<ConsentRow> = on!(conn, c => of_customers.select(ConsentRow::as_select()).load(c))?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Stores what holds of many, whether or not something was said of it before.
///
/// # Errors
/// The database's.
pub fn upsert(conn: &mut DbConnection, changed: &[Consent]) -> DbResult<()> {
    use diesel::upsert::excluded;
    let rows: Vec<ConsentRow> = changed.iter().map(ConsentRow::from).collect();
    let key = (consents::customer_id, consents::channel, consents::purpose);
    for rows in rows.chunks(1000) {
        let changes = (
            consents::status.eq(excluded(consents::status)),
            consents::source.eq(excluded(consents::source)),
            consents::evidence.eq(excluded(consents::evidence)),
            consents::at.eq(excluded(consents::at)),
            consents::version.eq(excluded(consents::version)),
            consents::updated_at.eq(excluded(consents::updated_at)),
        );
        on!(&mut *conn, c => diesel::insert_into(consents::table).values(rows).on_conflict(key).do_update().set(changes).execute(c))?;
    }
    Ok(())
}

/// Adds many to the history.
///
/// # Errors
/// The database's.
pub fn insert_events(conn: &mut DbConnection, events: &[ConsentEvent]) -> DbResult<()> {
    let rows: Vec<EventRow> = events.iter().map(EventRow::from).collect();
    Ok(insert_many!(conn, consent_events::table, &rows)?)
}

/// Stores what holds of one way and purpose for the first time.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, consent: &Consent) -> DbResult<()> {
    let row = ConsentRow::from(consent);
    on!(conn, c => diesel::insert_into(consents::table).values(&row).execute(c))?;
    Ok(())
}

/// Stores what holds of one way and purpose anew.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, consent: &Consent) -> DbResult<()> {
    let row = ConsentRow::from(consent);
    let stored = consents::table.find((consent.customer_id, consent.channel, consent.purpose));
    on!(conn, c => diesel::update(stored).set(&row).execute(c))?;
    Ok(())
}

/// Adds to the history.
///
/// # Errors
/// The database's.
pub fn insert_event(conn: &mut DbConnection, event: &ConsentEvent) -> DbResult<()> {
    let row = EventRow::from(event);
    on!(conn, c => diesel::insert_into(consent_events::table).values(&row).execute(c))?;
    Ok(())
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $customer:expr, $search:expr) => {{
        let mut query = $query.filter(consent_events::customer_id.eq($customer)).into_boxed();
        if let Some(channel) = $search.channel {
            query = query.filter(consent_events::channel.eq(channel));
        }
        if let Some(purpose) = $search.purpose {
            query = query.filter(consent_events::purpose.eq(purpose));
        }
        query
    }};
}

/// A page of a customer's history.
///
/// # Errors
/// The database's.
pub fn list_events(
    conn: &mut DbConnection,
    customer_id: Id<Customer>,
    search: &ConsentEventSearch,
    page: &PageRequest<ConsentEventSort>,
) -> DbResult<Page<ConsentEvent>> {
    Ok(
        list_by_id!(conn, page, EventRow => ConsentEvent, consent_events::id, |select| filtered!(consent_events::table.select(select), customer_id, search)),
    )
}
