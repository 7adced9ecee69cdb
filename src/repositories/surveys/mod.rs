//! Surveys, who is invited to them, and what was answered.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::surveys, sql_types::Json},
    domain::{
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        surveys::{Question, Survey, SurveyDraft, SurveySearch, SurveySort, SurveyStatus},
    },
    list_by_id, on, on_locked, on_shared,
};

pub mod invitations;
pub mod responses;

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = surveys, treat_none_as_default_value = false, treat_none_as_null = true)]
struct SurveyRow {
    id: Id<Survey>,
    title: String,
    introduction: Option<String>,
    series: Option<String>,
    has_open_link: bool,
    questions: Json<Vec<Question>>,
    status: SurveyStatus,
    version: i64,
    opened_at: Option<Instant>,
    closed_at: Option<Instant>,
    answered_at: Option<Instant>,
    created_at: Instant,
    updated_at: Instant,
}

impl From<SurveyRow> for Survey {
    fn from(row: SurveyRow) -> Self {
        Self {
            id: row.id,
            draft: SurveyDraft {
                title: row.title,
                introduction: row.introduction,
                series: row.series,
                has_open_link: row.has_open_link,
                questions: row.questions.0,
            },
            status: row.status,
            version: row.version,
            opened_at: row.opened_at,
            closed_at: row.closed_at,
            answered_at: row.answered_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<&Survey> for SurveyRow {
    fn from(survey: &Survey) -> Self {
        let SurveyDraft { title, introduction, series, has_open_link, questions } = survey.draft.clone();
        Self {
            id: survey.id,
            title,
            introduction,
            series,
            has_open_link,
            questions: Json(questions),
            status: survey.status,
            version: survey.version,
            opened_at: survey.opened_at,
            closed_at: survey.closed_at,
            answered_at: survey.answered_at,
            created_at: survey.created_at,
            updated_at: survey.updated_at,
        }
    }
}

/// A survey.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<Survey>) -> DbResult<Option<Survey>> {
    let found = on!(conn, c => surveys::table.find(id).select(SurveyRow::as_select()).first(c).optional())?;
    Ok(found.map(Into::into))
}

/// A survey whose row stays locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, id: Id<Survey>) -> DbResult<Option<Survey>> {
    let wanted = surveys::table.filter(surveys::id.eq(id));
    let found: Option<SurveyRow> = on_locked!(conn, c, wanted.select(SurveyRow::as_select()) => first).optional()?;
    Ok(found.map(Into::into))
}

/// As [`find`]; until the transaction ends others may read the row, and nobody change it.
///
/// # Errors
/// The database's.
pub fn find_shared(conn: &mut DbConnection, id: Id<Survey>) -> DbResult<Option<Survey>> {
    let found: Option<SurveyRow> = on_shared!(conn, c, surveys::table.find(id).select(SurveyRow::as_select()) => first).optional()?;
    Ok(found.map(Into::into))
}

/// The survey of a series that was opened last before `opened_at`.
///
/// # Errors
/// The database's.
pub fn find_before(conn: &mut DbConnection, series: &str, opened_at: Instant) -> DbResult<Option<Survey>> {
    let earlier = surveys::table.filter(surveys::series.eq(series).and(surveys::opened_at.lt(opened_at)));
    let newest = earlier.order(surveys::opened_at.desc());
    Ok(on!(conn, c => newest.select(SurveyRow::as_select()).first(c).optional())?.map(SurveyRow::into))
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $search:expr) => {{
        let mut query = $query.into_boxed();
        if let Some(status) = $search.status {
            query = query.filter(surveys::status.eq(status));
        }
        if let Some(series) = &$search.series {
            query = query.filter(surveys::series.eq(series));
        }
        query
    }};
}

/// A page of surveys.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, search: &SurveySearch, page: &PageRequest<SurveySort>) -> DbResult<Page<Survey>> {
    Ok(list_by_id!(conn, page, SurveyRow => Survey, surveys::id, |select| filtered!(surveys::table.select(select), search)))
}

/// Stores a new survey.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, survey: &Survey) -> DbResult<()> {
    let row = SurveyRow::from(survey);
    on!(conn, c => diesel::insert_into(surveys::table).values(&row).execute(c))?;
    Ok(())
}

/// Stores a survey that was there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, survey: &Survey) -> DbResult<()> {
    let row = SurveyRow::from(survey);
    on!(conn, c => diesel::update(surveys::table.find(survey.id)).set(&row).execute(c))?;
    Ok(())
}
