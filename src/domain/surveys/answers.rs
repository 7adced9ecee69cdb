//! What somebody answers, checked question by question.

use std::{collections::BTreeMap, fmt::Write};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Question, QuestionKind};
use crate::domain::{field_error::FieldError, texts};

/// The most characters of an answer in words.
pub const MAX_WORDS: usize = 5_000;

/// One answer, as it was checked against its question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// To `csat` and `nps`.
    Rating(u8),
    /// To `importance_and_satisfaction`.
    Double(DoubleRating),
    /// To `multiple`: the keys of the options.
    Options(Vec<String>),
    /// To `text`; to `choice` the key of the option.
    Words(String),
}

/// How important something is, and how satisfied somebody with it, each from 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoubleRating {
    /// From 1, not at all, to 5, very.
    pub importance: u8,
    /// From 1, not at all, to 5, very.
    pub satisfaction: u8,
}

impl Answer {
    /// How satisfied the answer is, on its question's scale; none where nothing was rated.
    pub const fn rating(&self) -> Option<u8> {
        match self {
            Self::Rating(rating) => Some(*rating),
            Self::Double(double) => Some(double.satisfaction),
            Self::Options(_) | Self::Words(_) => None,
        }
    }
}

/// Answers by the keys of their questions.
pub type Answers = BTreeMap<String, Answer>;

/// Reads `given` as answers to `questions`. A null is no answer.
///
/// # Errors
/// Every fault with its pointer below `/answers`: `required`, `unknown_question`, `type`, `range`, `unknown_option`, `duplicate`, `length`, `blank`.
pub fn check(questions: &[Question], given: &Map<String, Value>) -> Result<Answers, Vec<FieldError>> {
    let mut answers = Answers::new();
    let mut faults = Vec::new();
    for key in given.keys().filter(|key| !questions.iter().any(|question| question.key == **key)) {
        let place = format!("/answers/{}", key.replace('~', "~0").replace('/', "~1"));
        faults.push(FieldError::new(place, "unknown_question", "is no question of this survey"));
    }
    for question in questions {
        let place = format!("/answers/{}", question.key);
        match given.get(&question.key).filter(|value| !value.is_null()) {
            None if question.is_required => faults.push(FieldError::new(place, "required", "must be answered")),
            None => {}
            Some(value) => match answer(question, value) {
                Ok(answer) => drop(answers.insert(question.key.clone(), answer)),
                Err(fault) => faults.push(fault.under(&place)),
            },
        }
    }
    if faults.is_empty() && answers.is_empty() {
        faults.push(FieldError::new("/answers", "required", "at least one question must be answered"));
    }
    if faults.is_empty() { Ok(answers) } else { Err(faults) }
}

fn answer(question: &Question, value: &Value) -> Result<Answer, FieldError> {
    match question.kind {
        QuestionKind::Csat | QuestionKind::Nps => rating(question.kind, value, "").map(Answer::Rating),
        QuestionKind::ImportanceAndSatisfaction => double(question.kind, value).map(Answer::Double),
        QuestionKind::Choice => option(question, value, "").map(Answer::Words),
        QuestionKind::Multiple => options(question, value).map(Answer::Options),
        QuestionKind::Text => words(value).map(Answer::Words),
    }
}

fn rating(kind: QuestionKind, value: &Value, place: &str) -> Result<u8, FieldError> {
    let scale = kind.scale().unwrap_or(0..=0);
    if !value.is_i64() && !value.is_u64() {
        return Err(FieldError::new(place, "type", "must be a whole number"));
    }
    let told = || FieldError::new(place, "range", format!("must lie between {} and {}", scale.start(), scale.end()));
    value.as_u64().and_then(|number| u8::try_from(number).ok()).filter(|rating| scale.contains(rating)).ok_or_else(told)
}

fn double(kind: QuestionKind, value: &Value) -> Result<DoubleRating, FieldError> {
    let parts = value.as_object().ok_or_else(|| FieldError::new("", "type", "must be an object of importance and satisfaction"))?;
    if let Some(unknown) = parts.keys().find(|key| !["importance", "satisfaction"].contains(&key.as_str())) {
        let place = format!("/{}", unknown.replace('~', "~0").replace('/', "~1"));
        return Err(FieldError::new(place, "unknown_field", "is not known here; known: importance, satisfaction"));
    }
    let part = |name: &str| {
        let place = format!("/{name}");
        let value = parts.get(name).ok_or_else(|| FieldError::new(&*place, "required", "is required"))?;
        rating(kind, value, &place)
    };
    Ok(DoubleRating { importance: part("importance")?, satisfaction: part("satisfaction")? })
}

fn option(question: &Question, value: &Value, place: &str) -> Result<String, FieldError> {
    let key = value.as_str().ok_or_else(|| FieldError::new(place, "type", "must be the key of an option"))?;
    if question.options.iter().any(|option| option.key == key) {
        return Ok(key.to_owned());
    }
    let known: Vec<&str> = question.options.iter().map(|option| option.key.as_str()).collect();
    Err(FieldError::new(place, "unknown_option", format!("must be one of: {}", known.join(", "))))
}

fn options(question: &Question, value: &Value) -> Result<Vec<String>, FieldError> {
    let keys = value.as_array().ok_or_else(|| FieldError::new("", "type", "must be a list of keys of options"))?;
    if keys.is_empty() {
        return Err(FieldError::new("", "length", "must name at least one option"));
    }
    let mut chosen: Vec<String> = Vec::with_capacity(keys.len().min(question.options.len()));
    for (index, key) in keys.iter().enumerate() {
        let place = format!("/{index}");
        let key = option(question, key, &place)?;
        if chosen.contains(&key) {
            return Err(FieldError::new(place, "duplicate", "must not name anything twice"));
        }
        chosen.push(key);
    }
    Ok(chosen)
}

/// Whatever somebody writes is kept as it is, control characters and all: it is data wherever it is shown.
fn words(value: &Value) -> Result<String, FieldError> {
    let words = value.as_str().ok_or_else(|| FieldError::new("", "type", "must be a text"))?;
    if !(1..=MAX_WORDS).contains(&words.chars().count()) {
        return Err(FieldError::new("", "length", format!("must have 1 to {MAX_WORDS} characters")));
    }
    texts::visible(words).map_err(|_| FieldError::new("", "blank", "must not be blank"))?;
    Ok(words.to_owned())
}

/// What a low answer complains of, in words: each rating that is as low as its question says or lower, and whatever was said beside. None when
/// nothing is low. At most `limit` characters.
pub fn complaint(questions: &[Question], answers: &Answers, limit: usize) -> Option<String> {
    let answered = || questions.iter().filter_map(|question| answers.get(&question.key).map(|answer| (question, answer)));
    let mut lines = String::new();
    for (question, rating) in answered().filter_map(|(question, answer)| Some((question, answer.rating()?))) {
        if let (Some(low), Some(scale)) = (question.low_up_to, question.kind.scale())
            && rating <= low
        {
            // Writing to a text can not fail.
            let _ = writeln!(lines, "{} {rating} ({} to {})", question.text, scale.start(), scale.end());
        }
    }
    if lines.is_empty() {
        return None;
    }
    for (question, answer) in answered().filter(|(question, _)| question.kind == QuestionKind::Text) {
        if let Answer::Words(words) = answer {
            let _ = write!(lines, "\n{}\n{words}\n", question.text);
        }
    }
    Some(lines.trim_end().chars().take(limit).collect())
}

/// The answer to the first question of kind `nps`, from 0 to 10.
pub fn recommendation(questions: &[Question], answers: &Answers) -> Option<u8> {
    let mut asked = questions.iter().filter(|question| question.kind == QuestionKind::Nps);
    asked.find_map(|question| answers.get(&question.key)?.rating())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn questions() -> Vec<Question> {
        serde_json::from_value(json!([
            {"key": "staff", "kind": "csat", "text": "Our staff?", "low_up_to": 2},
            {"key": "recommend", "kind": "nps", "text": "Recommend us?", "is_required": true, "low_up_to": 3},
            {"key": "visit", "kind": "choice", "text": "How often?", "options": [{"key": "weekly", "text": "Weekly"}, {"key": "rarely", "text": "Rarely"}]},
            {"key": "floors", "kind": "multiple", "text": "Which floors?", "options": [{"key": "books", "text": "Books"}, {"key": "music", "text": "Music"}]},
            {"key": "prices", "kind": "importance_and_satisfaction", "text": "Our prices?", "low_up_to": 1},
            {"key": "words", "kind": "text", "text": "Anything else?"}
        ]))
        .unwrap()
    }

    fn checked(given: Value) -> Result<Answers, Vec<(String, &'static str)>> {
        let Value::Object(given) = given else { panic!("an object") };
        check(&questions(), &given).map_err(|faults| faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect())
    }

    #[test]
    fn good_answers_are_kept_as_they_were_given() {
        let given = json!({
            "staff": 5, "recommend": 0, "visit": "rarely", "floors": ["music", "books"], "prices": {"importance": 4, "satisfaction": 2},
            "words": "<b>tea\u{7}\n</b>"
        });
        let answers = checked(given.clone()).unwrap();
        assert_eq!(serde_json::to_value(&answers).unwrap(), given);
        assert_eq!(serde_json::from_value::<Answers>(given).unwrap(), answers, "what is kept is read back");
        assert_eq!(checked(json!({"recommend": 10, "staff": null})).unwrap().len(), 1);
    }

    #[test]
    fn each_fault_is_told_at_its_question() {
        for (answer, pointer, code) in [
            (json!({"staff": 0}), "/answers/staff", "range"),
            (json!({"staff": 6}), "/answers/staff", "range"),
            (json!({"staff": -1}), "/answers/staff", "range"),
            (json!({"staff": 4.5}), "/answers/staff", "type"),
            (json!({"staff": "5"}), "/answers/staff", "type"),
            (json!({"staff": 1e99}), "/answers/staff", "type"),
            (json!({"recommend": 11}), "/answers/recommend", "range"),
            (json!({"recommend": null}), "/answers/recommend", "required"),
            (json!({"visit": "daily"}), "/answers/visit", "unknown_option"),
            (json!({"visit": ["weekly"]}), "/answers/visit", "type"),
            (json!({"floors": []}), "/answers/floors", "length"),
            (json!({"floors": ["books", "books"]}), "/answers/floors/1", "duplicate"),
            (json!({"floors": ["books", 7]}), "/answers/floors/1", "type"),
            (json!({"prices": 3}), "/answers/prices", "type"),
            (json!({"prices": {"importance": 3}}), "/answers/prices/satisfaction", "required"),
            (json!({"prices": {"importance": 3, "satisfaction": 6}}), "/answers/prices/satisfaction", "range"),
            (json!({"prices": {"importance": 3, "satisfaction": 3, "a/b": 1}}), "/answers/prices/a~1b", "unknown_field"),
            (json!({"words": ""}), "/answers/words", "length"),
            (json!({"words": "x".repeat(MAX_WORDS + 1)}), "/answers/words", "length"),
            (json!({"words": "\u{200b} "}), "/answers/words", "blank"),
            (json!({"no~such/one": 1}), "/answers/no~0such~1one", "unknown_question"),
        ] {
            let mut given = json!({"recommend": 5});
            given.as_object_mut().unwrap().extend(answer.as_object().unwrap().clone());
            assert_eq!(checked(given), Err(vec![(pointer.to_owned(), code)]), "{answer}");
        }
        assert_eq!(checked(json!({"staff": 9, "x": 1})).unwrap_err().len(), 3, "every fault at once");
    }

    #[test]
    fn at_least_one_question_is_answered() {
        let optional: Vec<Question> = questions().into_iter().map(|question| Question { is_required: false, ..question }).collect();
        let faults = check(&optional, &Map::new()).unwrap_err();
        assert_eq!((faults.len(), faults[0].pointer.as_str(), faults[0].code), (1, "/answers", "required"));
    }

    #[test]
    fn low_answers_complain_with_what_was_said() {
        let told = |given| complaint(&questions(), &checked(given).unwrap(), 200);
        assert_eq!(told(json!({"staff": 3, "recommend": 4, "words": "fine"})), None);
        assert_eq!(
            told(json!({"staff": 2, "recommend": 3, "prices": {"importance": 1, "satisfaction": 2}, "words": "Too slow"})).unwrap(),
            "Our staff? 2 (1 to 5)\nRecommend us? 3 (0 to 10)\n\nAnything else?\nToo slow"
        );
        assert_eq!(told(json!({"prices": {"importance": 5, "satisfaction": 1}, "recommend": 9})).unwrap(), "Our prices? 1 (1 to 5)");
        assert_eq!(told(json!({"recommend": 1, "words": "长".repeat(500)})).unwrap().chars().count(), 200);
    }

    #[test]
    fn a_recommendation_is_the_first_nps() {
        assert_eq!(recommendation(&questions(), &checked(json!({"recommend": 8, "staff": 2})).unwrap()), Some(8));
        assert_eq!(recommendation(&questions(), &Answers::new()), None);
    }
}
