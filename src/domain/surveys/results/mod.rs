//! What the responses to a survey add up to.
//!
//! Responses pass by once and are counted ([`Tally`]); what is kept does not grow with them. Everything else is worked out from the counts.

use super::{NetPromoter, Question, QuestionKind, Survey};
use crate::domain::statistics::{Estimate, Moments, difference, wilson};

mod quadrants;
mod tally;

pub use quadrants::{Placed, Quadrant, Quadrants, quadrants};
pub use tally::{Counted, Index, QuestionTally, Tally, index_estimate, index_of};

/// A survey and its responses, counted.
#[derive(Debug, Clone, PartialEq)]
pub struct SurveyResults {
    /// The survey.
    pub survey: Survey,
    /// Its responses.
    pub tally: Tally,
    /// How many customers were invited.
    pub invited: u32,
    /// How many of them have answered.
    pub invited_answered: u32,
    /// What it is compared with: another survey of its series.
    pub before: Option<(Survey, Tally)>,
}

text_enum! {
    /// What a question is judged by from one survey to the next.
    Measure {
        /// The mean of its ratings.
        Mean = "mean",
        /// The net promoter score.
        NetPromoter = "nps",
    }
}

impl QuestionTally {
    /// How satisfied those are who answered, on the question's own scale.
    pub fn satisfaction(&self) -> Moments {
        Moments::of_counts(self.ratings())
    }

    /// The mean rating with Student's interval ([`Moments::estimate`]), cut at the ends of the scale; none of what is no rating.
    pub fn mean(&self) -> Option<Estimate> {
        let scale = self.question.kind.scale()?;
        self.satisfaction().estimate().map(|mean| mean.within((*scale.start()).into(), (*scale.end()).into()))
    }

    /// How important that is to those who answered, from 1 to 5, as [`Self::mean`]; only a double rating says it.
    pub fn importance(&self) -> Option<Estimate> {
        Moments::of_counts(self.importances()).estimate().map(|mean| mean.within(1.0, 5.0))
    }

    /// The share of those who are satisfied: 4 or 5 of 5 ("top two boxes"), with Wilson's interval ([`wilson`]). Only of
    /// questions from 1 to 5.
    pub fn satisfied(&self) -> Option<Estimate> {
        if !matches!(self.question.kind, QuestionKind::Csat | QuestionKind::ImportanceAndSatisfaction) {
            return None;
        }
        let satisfied = self.ratings().filter(|(rating, _)| *rating > 3.5).fold(0_u32, |sum, (_, count)| sum.saturating_add(count));
        wilson(satisfied, self.answered)
    }

    /// Promoters, passives and detractors; only a question of kind `nps` has them.
    pub fn net_promoter(&self) -> Option<NetPromoter> {
        let counts = self.ratings().map(|(_, count)| count);
        (self.question.kind == QuestionKind::Nps).then(|| NetPromoter::of_counts(counts))
    }
}

/// How one measure has changed from one survey to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// What it was.
    pub before: f64,
    /// What it is.
    pub after: f64,
    /// The difference; when 0 lies outside its interval, it is no chance (at 5 %).
    pub difference: Estimate,
}

/// How a question's answers have changed.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionChange<'a> {
    /// The question.
    pub question: &'a Question,
    /// What is compared.
    pub measure: Measure,
    /// How that has changed.
    pub change: Change,
}

/// What has changed between two surveys of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend<'a> {
    /// Of the satisfaction index.
    pub index: Option<Change>,
    /// Of the questions that both surveys ask: the same key and kind.
    pub questions: Vec<QuestionChange<'a>>,
}

/// What has changed since the survey `before`. Means and the index by Welch's interval ([`difference`]), net promoter scores by
/// [`NetPromoter::difference`].
///
/// Those who answer two surveys are taken for two independent samples: where the same customers answer both, the intervals are wider than need be.
pub fn trend<'a>(before: &Tally, after: &'a Tally) -> Trend<'a> {
    let questions = after.questions.iter().filter_map(|now| {
        let then = before.questions.iter().find(|then| then.question.key == now.question.key && then.question.kind == now.question.kind)?;
        let (measure, change) = match (then.net_promoter(), now.net_promoter()) {
            (Some(then), Some(now)) => (Measure::NetPromoter, change_of_scores(&then, &now)?),
            _ => (Measure::Mean, change_of_means(&then.satisfaction(), &now.satisfaction())?),
        };
        Some(QuestionChange { question: &now.question, measure, change })
    });
    Trend { index: change_of_means(&before.index.overall, &after.index.overall), questions: questions.collect() }
}

fn change_of_means(before: &Moments, after: &Moments) -> Option<Change> {
    Some(Change { before: before.mean()?, after: after.mean()?, difference: difference(before, after)? })
}

fn change_of_scores(before: &NetPromoter, after: &NetPromoter) -> Option<Change> {
    Some(Change { before: before.score()?.value, after: after.score()?.value, difference: after.difference(before)? })
}

#[cfg(test)]
mod tests;
