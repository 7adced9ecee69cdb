//! What is said through a link: by a program as JSON, by a person in the form of a page.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use validator::Validate;

use crate::{
    domain::{feedback::OutcomeDraft, surveys::AnswerSheet},
    http::{
        body,
        extract::{Body, BodyTrace, is_json},
        form::is_form,
        problem::Problem,
        target::{check_pairs, check_storable},
        validation::{from_value, parse_json},
    },
};

/// What a form of a page says, as the JSON that a program would have sent.
pub trait ReadsForm: DeserializeOwned + Validate {
    /// The JSON of the form's fields.
    fn json_of(fields: Vec<(String, String)>) -> Value;
}

/// A JSON body, or the fields of a page's form.
#[derive(Debug)]
pub struct Said<T>(pub Body<T>);

impl<T: ReadsForm + 'static> FromRequest for Said<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_form = is_form(request);
        let is_read = if is_form { Ok(()) } else { is_json(request) };
        let bytes = body::read(request, payload, 1);
        Box::pin(async move {
            is_read?;
            let bytes = bytes.await?;
            if !is_form {
                return Ok(Self(Body { value: parse_json(&bytes)?, trace: BodyTrace::of(&bytes) }));
            }
            check_pairs(&bytes)?;
            check_storable(&bytes)?;
            let fields: Vec<(String, String)> = form_urlencoded::parse(&bytes).into_owned().collect();
            let names = fields.iter().map(|(name, _)| name.clone()).collect();
            let value = from_value(T::json_of(fields))?;
            Ok(Self(Body { value, trace: BodyTrace { digest: Sha256::digest(&bytes).into(), fields: names } }))
        })
    }
}

impl ReadsForm for OutcomeDraft {
    /// `helped=true|false`, and a `comment` that may be empty.
    fn json_of(fields: Vec<(String, String)>) -> Value {
        let read = |(name, text): (String, String)| match (name.as_str(), text.as_str()) {
            ("comment", "") => None,
            ("helped", "true" | "false") => Some((name, json!(text == "true"))),
            _ => Some((name, json!(text))),
        };
        Value::Object(fields.into_iter().filter_map(read).collect())
    }
}

impl ReadsForm for AnswerSheet {
    /// The name of a field says how its question is answered: `rating:KEY`, `importance:KEY`, `satisfaction:KEY`, `choice:KEY`, `multiple:KEY` (which may
    /// come several times) and `text:KEY`. What was left empty was not answered.
    fn json_of(fields: Vec<(String, String)>) -> Value {
        let mut answers = Map::new();
        for (name, text) in fields.into_iter().filter(|(_, text)| !text.is_empty()) {
            let Some((kind, key)) = name.split_once(':') else {
                answers.insert(name, json!(text));
                continue;
            };
            let number = || text.parse::<u8>().map_or_else(|_| json!(text), |rating| json!(rating));
            match kind {
                "rating" => _ = answers.insert(key.to_owned(), number()),
                "importance" | "satisfaction" => {
                    if let Some(both) = answers.entry(key).or_insert_with(|| json!({})).as_object_mut() {
                        both.insert(kind.to_owned(), number());
                    }
                }
                "multiple" => {
                    if let Some(chosen) = answers.entry(key).or_insert_with(|| json!([])).as_array_mut() {
                        chosen.push(json!(text));
                    }
                }
                _ => _ = answers.insert(key.to_owned(), json!(text)),
            }
        }
        json!({"answers": answers})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn forms_say_what_json_says() {
        assert_eq!(
            OutcomeDraft::json_of(fields(&[("helped", "false"), ("comment", "The same pages.")])),
            json!({"helped": false, "comment": "The same pages."})
        );
        assert_eq!(OutcomeDraft::json_of(fields(&[("helped", "true"), ("comment", "")])), json!({"helped": true}));
        let answered = [
            ("rating:staff", "5"),
            ("importance:prices", "4"),
            ("satisfaction:prices", "2"),
            ("choice:visit", "weekly"),
            ("multiple:floors", "books"),
            ("multiple:floors", "toys"),
            ("text:words", "a:b"),
            ("rating:recommend", ""),
            ("text:more", ""),
        ];
        let expected = json!({"staff": 5, "prices": {"importance": 4, "satisfaction": 2}, "visit": "weekly", "floors": ["books", "toys"], "words": "a:b"});
        assert_eq!(AnswerSheet::json_of(fields(&answered)), json!({"answers": expected}));
        // What no page sends is judged as JSON is.
        assert_eq!(AnswerSheet::json_of(fields(&[("rating:staff", "many"), ("x", "y")])), json!({"answers": {"staff": "many", "x": "y"}}));
    }
}
