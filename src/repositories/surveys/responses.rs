//! Responses to surveys. One of nobody known is owned by itself.

use diesel::{connection::DefaultLoadingMode, prelude::*};

use crate::{
    db::{DbConnection, DbResult, schema::survey_responses, sql_types::Json},
    domain::{
        customers::{CardKind, Customer},
        feedback::Feedback,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        surveys::{Answers, Response, ResponseChannel, ResponseSearch, ResponseSort, Survey, results::Counted},
        value_score::Tier,
    },
    list_by_id, on,
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = survey_responses, treat_none_as_default_value = false)]
struct ResponseRow {
    customer_id: Id<Customer>,
    id: Id<Response>,
    survey_id: Id<Survey>,
    channel: ResponseChannel,
    tier: Option<Tier>,
    card_kind: Option<CardKind>,
    answers: Json<Answers>,
    feedback_id: Option<Id<Feedback>>,
    created_at: Instant,
}

impl From<ResponseRow> for Response {
    fn from(row: ResponseRow) -> Self {
        Self {
            id: row.id,
            survey_id: row.survey_id,
            customer_id: Some(row.customer_id).filter(|owner| *owner != row.id.cast()),
            channel: row.channel,
            tier: row.tier,
            card_kind: row.card_kind,
            answers: row.answers.0,
            feedback_id: row.feedback_id,
            created_at: row.created_at,
        }
    }
}

impl From<&Response> for ResponseRow {
    fn from(response: &Response) -> Self {
        Self {
            customer_id: response.customer_id.unwrap_or_else(|| response.id.cast()),
            id: response.id,
            survey_id: response.survey_id,
            channel: response.channel,
            tier: response.tier,
            card_kind: response.card_kind,
            answers: Json(response.answers.clone()),
            feedback_id: response.feedback_id,
            created_at: response.created_at,
        }
    }
}

/// A response to a survey.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, survey: Id<Survey>, id: Id<Response>) -> DbResult<Option<Response>> {
    let wanted = survey_responses::table.filter(survey_responses::survey_id.eq(survey).and(survey_responses::id.eq(id)));
    Ok(on!(conn, c => wanted.select(ResponseRow::as_select()).first(c).optional())?.map(ResponseRow::into))
}

/// Stores a new response.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, response: &Response) -> DbResult<()> {
    let row = ResponseRow::from(response);
    on!(conn, c => diesel::insert_into(survey_responses::table).values(&row).execute(c))?;
    Ok(())
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $survey:expr, $search:expr) => {{
        let mut query = $query.filter(survey_responses::survey_id.eq($survey)).into_boxed();
        if let Some(customer) = $search.customer_id {
            // What is owned by itself is nobody's.
            query = query.filter(survey_responses::customer_id.eq(customer).and(survey_responses::id.ne(customer.cast::<Response>())));
        }
        if let Some(channel) = $search.channel {
            query = query.filter(survey_responses::channel.eq(channel));
        }
        query
    }};
}

/// A page of the responses to a survey.
///
/// # Errors
/// The database's.
pub fn list(
    conn: &mut DbConnection,
    survey: Id<Survey>,
    search: &ResponseSearch,
    page: &PageRequest<ResponseSort>,
) -> DbResult<Page<Response>> {
    Ok(
        list_by_id!(conn, page, ResponseRow => Response, survey_responses::id, |select| filtered!(survey_responses::table.select(select), survey, search)),
    )
}

/// Hands every response to a survey to `count`, in the order in which they came in: sums of fractions then have the same last digit on every database.
///
/// # Errors
/// The database's.
pub fn for_each(conn: &mut DbConnection, survey: Id<Survey>, mut count: impl FnMut(&Counted)) -> DbResult<()> {
    type Columns = (Option<Tier>, Option<CardKind>, ResponseChannel, Json<Answers>);
    let all = survey_responses::table.filter(survey_responses::survey_id.eq(survey)).order(survey_responses::id).select((
        survey_responses::tier,
        survey_responses::card_kind,
        survey_responses::channel,
        survey_responses::answers,
    ));
    on!(conn, c => for row in all.load_iter::<Columns, DefaultLoadingMode>(c)? {
        let (tier, card_kind, channel, answers) = row?;
        count(&Counted { tier, card_kind, channel, answers: answers.0 });
    });
    Ok(())
}
