//! Invitations to surveys.

use diesel::{dsl::count, prelude::*};

use crate::{
    db::{DbConnection, DbResult, schema::survey_invitations},
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        messages::Message,
        paging::{Page, PageRequest},
        surveys::{Invitation, InvitationSearch, InvitationSort, Response, Survey},
    },
    list_by_id, on, on_locked,
};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = survey_invitations, treat_none_as_default_value = false, treat_none_as_null = true)]
struct InvitationRow {
    customer_id: Id<Customer>,
    id: Id<Invitation>,
    survey_id: Id<Survey>,
    token_digest: String,
    expires_at: Instant,
    message_id: Option<Id<Message>>,
    response_id: Option<Id<Response>>,
    answered_at: Option<Instant>,
    created_at: Instant,
    updated_at: Instant,
}

impl From<InvitationRow> for Invitation {
    fn from(row: InvitationRow) -> Self {
        Self {
            id: row.id,
            customer_id: row.customer_id,
            survey_id: row.survey_id,
            token_digest: row.token_digest,
            expires_at: row.expires_at,
            message_id: row.message_id,
            response_id: row.response_id,
            answered_at: row.answered_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<&Invitation> for InvitationRow {
    fn from(invitation: &Invitation) -> Self {
        Self {
            customer_id: invitation.customer_id,
            id: invitation.id,
            survey_id: invitation.survey_id,
            token_digest: invitation.token_digest.clone(),
            expires_at: invitation.expires_at,
            message_id: invitation.message_id,
            response_id: invitation.response_id,
            answered_at: invitation.answered_at,
            created_at: invitation.created_at,
            updated_at: invitation.updated_at,
        }
    }
}

/// The invitation whose token has this digest.
///
/// # Errors
/// The database's.
pub fn find_by_token(conn: &mut DbConnection, digest: &str) -> DbResult<Option<Invitation>> {
    let wanted = survey_invitations::table.filter(survey_invitations::token_digest.eq(digest));
    Ok(on!(conn, c => wanted.select(InvitationRow::as_select()).first(c).optional())?.map(InvitationRow::into))
}

/// A customer's invitation to a survey; its row stays locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, customer: Id<Customer>, survey: Id<Survey>) -> DbResult<Option<Invitation>> {
    let wanted =
        survey_invitations::table.filter(survey_invitations::customer_id.eq(customer).and(survey_invitations::survey_id.eq(survey)));
    let found: Option<InvitationRow> = on_locked!(conn, c, wanted.select(InvitationRow::as_select()) => first).optional()?;
    Ok(found.map(Into::into))
}

/// The invitations to a survey that these customers have; the rows stay locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_many_for_update(conn: &mut DbConnection, survey: Id<Survey>, customers: &[Id<Customer>]) -> DbResult<Vec<Invitation>> {
    // In the order of customers, so that two that lock several do not wait for each other.
    let wanted = survey_invitations::table
        .filter(survey_invitations::customer_id.eq_any(customers).and(survey_invitations::survey_id.eq(survey)))
        .order(survey_invitations::customer_id);
    let found: Vec<InvitationRow> = on_locked!(conn, c, wanted.select(InvitationRow::as_select()) => load)?;
    Ok(found.into_iter().map(Into::into).collect())
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $survey:expr, $search:expr) => {{
        let mut query = $query.filter(survey_invitations::survey_id.eq($survey)).into_boxed();
        if let Some(customer) = $search.customer_id {
            query = query.filter(survey_invitations::customer_id.eq(customer));
        }
        match $search.answered {
            None => {}
            Some(true) => query = query.filter(survey_invitations::answered_at.is_not_null()),
            Some(false) => query = query.filter(survey_invitations::answered_at.is_null()),
        }
        query
    }};
}

/// A page of the invitations to a survey.
///
/// # Errors
/// The database's.
pub fn list(
    conn: &mut DbConnection,
    survey: Id<Survey>,
    search: &InvitationSearch,
    page: &PageRequest<InvitationSort>,
) -> DbResult<Page<Invitation>> {
    Ok(
        list_by_id!(conn, page, InvitationRow => Invitation, survey_invitations::id, |select| filtered!(survey_invitations::table.select(select), survey, search)),
    )
}

/// How many customers were invited to a survey, and how many of them have answered.
///
/// # Errors
/// The database's.
pub fn count_all(conn: &mut DbConnection, survey: Id<Survey>) -> DbResult<(i64, i64)> {
    let counts = survey_invitations::table
        .filter(survey_invitations::survey_id.eq(survey))
        .select((count(survey_invitations::id), count(survey_invitations::answered_at)));
    Ok(on!(conn, c => counts.first(c))?)
}

/// Stores invitations; one that was there before is replaced.
///
/// # Errors
/// `survey_invitations_customer_id_survey_id_key` when another request has just invited one of the customers.
pub fn put(conn: &mut DbConnection, invitations: &[Invitation]) -> DbResult<()> {
    use diesel::upsert::excluded;
    let rows: Vec<InvitationRow> = invitations.iter().map(InvitationRow::from).collect();
    let key = (survey_invitations::customer_id, survey_invitations::id);
    let changes = (
        survey_invitations::token_digest.eq(excluded(survey_invitations::token_digest)),
        survey_invitations::expires_at.eq(excluded(survey_invitations::expires_at)),
        survey_invitations::message_id.eq(excluded(survey_invitations::message_id)),
        survey_invitations::updated_at.eq(excluded(survey_invitations::updated_at)),
    );
    on!(conn, c => diesel::insert_into(survey_invitations::table).values(&rows).on_conflict(key).do_update().set(changes).execute(c))?;
    Ok(())
}

/// Stores an invitation that was there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, invitation: &Invitation) -> DbResult<()> {
    let row = InvitationRow::from(invitation);
    let stored = survey_invitations::table.find((invitation.customer_id, invitation.id));
    on!(conn, c => diesel::update(stored).set(&row).execute(c))?;
    Ok(())
}
