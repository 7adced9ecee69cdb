//! Surveys: made, opened, closed.

use crate::{
    db::DbConnection,
    domain::{
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        precondition::Precondition,
        surveys::{Survey, SurveyDraft, SurveySearch, SurveySort, SurveyStatus},
    },
    error::{Code, Error},
    repositories::surveys as repository,
};

pub mod invitations;
pub mod responses;
pub mod results;

/// A survey.
///
/// # Errors
/// `not_found`.
pub fn get_survey(tx: &mut DbConnection, id: Id<Survey>) -> Result<Survey, Error> {
    repository::find(tx, id)?.ok_or_else(|| Error::not_found("survey"))
}

/// A page of surveys.
///
/// # Errors
/// The database's.
pub fn list_surveys(tx: &mut DbConnection, search: &SurveySearch, page: &PageRequest<SurveySort>) -> Result<Page<Survey>, Error> {
    Ok(repository::list(tx, search, page)?)
}

/// Makes a survey, as a draft that nobody can answer yet.
///
/// # Errors
/// The database's.
pub fn create_survey(tx: &mut DbConnection, now: Instant, draft: SurveyDraft) -> Result<Survey, Error> {
    let survey = Survey {
        id: Id::generate(),
        draft,
        status: SurveyStatus::Draft,
        version: 1,
        opened_at: None,
        closed_at: None,
        answered_at: None,
        created_at: now,
        updated_at: now,
    };
    repository::insert(tx, &survey)?;
    Ok(survey)
}

/// Changes a survey to what `change` makes of what is known; what says nothing new changes nothing.
///
/// # Errors
/// `not_found`, `stale_version`, what `change` answers, `conflict` for other questions once somebody has answered.
pub fn update_survey(
    tx: &mut DbConnection,
    now: Instant,
    id: Id<Survey>,
    precondition: &Precondition,
    change: impl FnOnce(&SurveyDraft) -> Result<SurveyDraft, Error>,
) -> Result<Survey, Error> {
    let survey = held(tx, id, precondition)?;
    let draft = change(&survey.draft)?;
    if draft == survey.draft {
        return Ok(survey);
    }
    if survey.answered_at.is_some() && draft.questions != survey.draft.questions {
        let told = "The survey has been answered: its questions are frozen. Ask others in a new survey of the same series.";
        return Err(Error::new(Code::Conflict, told).at("/questions"));
    }
    store(tx, now, Survey { draft, ..survey })
}

/// Opens a survey that is a draft: from now on customers can be invited, and answers are taken.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition`.
pub fn open_survey(tx: &mut DbConnection, now: Instant, id: Id<Survey>, precondition: &Precondition) -> Result<Survey, Error> {
    let survey = held(tx, id, precondition)?;
    if survey.status != SurveyStatus::Draft {
        return Err(wrong_step("opened", survey.status));
    }
    store(tx, now, Survey { status: SurveyStatus::Open, opened_at: Some(now), ..survey })
}

/// Closes a survey that is open: from now on no answers are taken.
///
/// # Errors
/// `not_found`, `stale_version`, `invalid_transition`.
pub fn close_survey(tx: &mut DbConnection, now: Instant, id: Id<Survey>, precondition: &Precondition) -> Result<Survey, Error> {
    let survey = held(tx, id, precondition)?;
    if survey.status != SurveyStatus::Open {
        return Err(wrong_step("closed", survey.status));
    }
    store(tx, now, Survey { status: SurveyStatus::Closed, closed_at: Some(now), ..survey })
}

fn held(tx: &mut DbConnection, id: Id<Survey>, precondition: &Precondition) -> Result<Survey, Error> {
    let survey = repository::find_for_update(tx, id)?.ok_or_else(|| Error::not_found("survey"))?;
    if precondition.holds_for(survey.version) { Ok(survey) } else { Err(Error::stale(survey.version)) }
}

fn store(tx: &mut DbConnection, now: Instant, changed: Survey) -> Result<Survey, Error> {
    let survey = Survey { version: changed.version + 1, updated_at: now, ..changed };
    repository::update(tx, &survey)?;
    Ok(survey)
}

/// A survey that is `status` can not be `step`.
fn wrong_step(step: &str, status: SurveyStatus) -> Error {
    let words = match status {
        SurveyStatus::Draft => "has not been opened yet",
        SurveyStatus::Open => "is open",
        SurveyStatus::Closed => "is closed",
    };
    Error::new(Code::InvalidTransition, format!("The survey can not be {step}: it {words}."))
}
