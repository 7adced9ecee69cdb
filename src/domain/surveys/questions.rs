//! What a survey asks.

use std::{collections::HashSet, ops::RangeInclusive};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::domain::{
    texts::{self, fault},
    value_score::BasisPoints,
};

text_enum! {
    /// How a question is answered.
    QuestionKind {
        /// How satisfied, from 1 to 5.
        Csat = "csat",
        /// How likely to recommend the shop, from 0 to 10.
        Nps = "nps",
        /// One of the options.
        Choice = "choice",
        /// Any of the options.
        Multiple = "multiple",
        /// In words.
        Text = "text",
        /// The double rating: how important, and how satisfied, each from 1 to 5. Where one rating is counted, it is the satisfaction.
        ImportanceAndSatisfaction = "importance_and_satisfaction",
    }
}

impl QuestionKind {
    /// The ratings that can be given; none where nothing is rated.
    pub const fn scale(self) -> Option<RangeInclusive<u8>> {
        match self {
            Self::Csat | Self::ImportanceAndSatisfaction => Some(1..=5),
            Self::Nps => Some(0..=10),
            Self::Choice | Self::Multiple | Self::Text => None,
        }
    }

    /// Whether there is something to choose from.
    pub const fn has_options(self) -> bool {
        matches!(self, Self::Choice | Self::Multiple)
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "fits_its_kind"))]
#[schema(example = json!({"key": "recommend", "kind": "nps", "text": "How likely are you to recommend us to a friend?", "weight": 0.5, "low_up_to": 3}))]
pub struct Question {
    /// What answers and results call the question; the same key in another survey of the series makes a trend.
    #[validate(length(min = 1, max = 50), custom(function = "texts::token"))]
    #[schema(min_length = 1, max_length = 50, pattern = "^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    pub key: String,
    /// How it is answered.
    pub kind: QuestionKind,
    /// The question in words.
    #[validate(length(min = 1, max = 500), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 500, pattern = "plain")]
    pub text: String,
    /// What it counts for in the satisfaction index, relative to the other ratings; 0 leaves it out. Choices and words are not rated, and count for nothing.
    #[serde(default = "whole")]
    #[schema(default = 1)]
    pub weight: BasisPoints,
    /// Whether it must be answered.
    #[serde(default)]
    #[schema(default = false)]
    pub is_required: bool,
    /// What there is to choose from, for `choice` and `multiple`: two or more.
    #[serde(default)]
    #[validate(nested, length(max = 50))]
    #[schema(max_items = 50)]
    pub options: Vec<QuestionOption>,
    /// A rating of so much or less opens a complaint; of a double rating its satisfaction.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10)]
    pub low_up_to: Option<u8>,
}

/// One of the answers to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"key": "price", "text": "The prices"}))]
pub struct QuestionOption {
    /// What answers and results call it.
    #[validate(length(min = 1, max = 50), custom(function = "texts::token"))]
    #[schema(min_length = 1, max_length = 50, pattern = "^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    pub key: String,
    /// The option in words.
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub text: String,
}

impl Question {
    /// A rating in points from 0, the worst, to 100, the best: 100 · (rating − least) / (greatest − least). None of what is no rating.
    pub fn points(&self, rating: u8) -> Option<f64> {
        let scale = self.kind.scale()?;
        let (least, greatest) = (f64::from(*scale.start()), f64::from(*scale.end()));
        Some(100.0 * (f64::from(rating) - least) / (greatest - least))
    }
}

fn whole() -> BasisPoints {
    BasisPoints::MAX
}

fn at(field: &'static str, mut fault: ValidationError) -> ValidationError {
    fault.add_param("field".into(), &field);
    fault
}

fn fits_its_kind(question: &Question) -> Result<(), ValidationError> {
    if question.kind.has_options() {
        if question.options.len() < 2 {
            return Err(at("options", fault("length", "must name at least two options to choose from")));
        }
        let mut known = HashSet::new();
        if !question.options.iter().all(|option| known.insert(&option.key)) {
            return Err(at("options", fault("duplicate", "must not use a key twice")));
        }
    } else if !question.options.is_empty() {
        return Err(at("options", fault("not_applicable", "only choice and multiple have options")));
    }
    match (question.low_up_to, question.kind.scale()) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(at("low_up_to", fault("not_applicable", "only ratings can be low"))),
        (Some(low), Some(scale)) if scale.contains(&low) => Ok(()),
        (Some(_), Some(_)) => Err(at("low_up_to", fault("range", "must be a rating that can be given"))),
    }
}

/// No two questions have the same key.
///
/// # Errors
/// `duplicate`.
pub fn distinct(questions: &[Question]) -> Result<(), ValidationError> {
    let mut known = HashSet::new();
    if questions.iter().all(|question| known.insert(&question.key)) { Ok(()) } else { Err(fault("duplicate", "must not use a key twice")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: QuestionKind) -> Question {
        Question { key: "q".into(), kind, text: "?".into(), weight: whole(), is_required: false, options: Vec::new(), low_up_to: None }
    }

    fn options(keys: &[&str]) -> Vec<QuestionOption> {
        keys.iter().map(|key| QuestionOption { key: (*key).to_owned(), text: "that".to_owned() }).collect()
    }

    #[test]
    fn each_kind_has_what_belongs_to_it() {
        let code = |question: Question| fits_its_kind(&question).map_err(|fault| fault.code.into_owned());
        for (kind, keys, low, expected) in [
            (QuestionKind::Csat, vec![], Some(2), Ok(())),
            (QuestionKind::Csat, vec![], Some(0), Err("range".to_owned())),
            (QuestionKind::Nps, vec![], Some(0), Ok(())),
            (QuestionKind::ImportanceAndSatisfaction, vec![], Some(6), Err("range".to_owned())),
            (QuestionKind::Text, vec![], Some(1), Err("not_applicable".to_owned())),
            (QuestionKind::Nps, vec!["a", "b"], None, Err("not_applicable".to_owned())),
            (QuestionKind::Choice, vec!["a", "b"], None, Ok(())),
            (QuestionKind::Choice, vec!["a"], None, Err("length".to_owned())),
            (QuestionKind::Multiple, vec!["a", "a"], None, Err("duplicate".to_owned())),
        ] {
            let question = Question { options: options(&keys), low_up_to: low, ..question(kind) };
            assert_eq!(code(question), expected, "{kind} {keys:?} {low:?}");
        }
    }

    #[test]
    fn points_reach_from_worst_to_best() {
        for (kind, rating, points) in [
            (QuestionKind::Csat, 1, Some(0.0)),
            (QuestionKind::Csat, 4, Some(75.0)),
            (QuestionKind::ImportanceAndSatisfaction, 5, Some(100.0)),
            (QuestionKind::Nps, 0, Some(0.0)),
            (QuestionKind::Nps, 7, Some(70.0)),
            (QuestionKind::Text, 7, None),
        ] {
            assert_eq!(question(kind).points(rating), points, "{kind} {rating}");
        }
    }
}
