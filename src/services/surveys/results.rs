//! What the responses to a survey add up to.

use super::get_survey;
use crate::{
    db::DbConnection,
    domain::{
        ids::Id,
        surveys::{
            Survey,
            results::{SurveyResults, Tally},
        },
    },
    error::Error,
    repositories::surveys::{self as repository, invitations, responses},
};

/// The results of a survey, beside those of the survey `compare_with`, else of the one of its series that was opened last before it.
///
/// # Errors
/// `not_found`, `invalid` at `/compare_with` for what is no other survey of the series.
pub fn results(tx: &mut DbConnection, id: Id<Survey>, compare_with: Option<Id<Survey>>) -> Result<SurveyResults, Error> {
    let survey = get_survey(tx, id)?;
    let before = match (compare_with, &survey.draft.series, survey.opened_at) {
        (Some(other), ..) => Some(of_series(tx, &survey, other)?),
        (None, Some(series), Some(opened_at)) => repository::find_before(tx, series, opened_at)?,
        (None, ..) => None,
    };
    let tally = count(tx, &survey)?;
    let before = match before {
        None => None,
        Some(before) => Some(count(tx, &before).map(|tally| (before, tally))?),
    };
    let (invited, answered) = invitations::count_all(tx, survey.id)?;
    let small = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(SurveyResults { survey, tally, invited: small(invited), invited_answered: small(answered), before })
}

fn of_series(tx: &mut DbConnection, survey: &Survey, other: Id<Survey>) -> Result<Survey, Error> {
    let found = repository::find(tx, other)?.filter(|it| it.id != survey.id && it.draft.series.is_some());
    let same = found.filter(|it| it.draft.series == survey.draft.series);
    same.ok_or_else(|| Error::invalid_field("/compare_with", "other_series", "must be another survey of the same series"))
}

fn count(tx: &mut DbConnection, survey: &Survey) -> Result<Tally, Error> {
    let mut tally = Tally::new(&survey.draft.questions);
    responses::for_each(tx, survey.id, |response| tally.add(response))?;
    Ok(tally)
}
