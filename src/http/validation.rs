//! From what serde and validator found wrong to field errors with JSON pointers.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use super::{strict::Strict, wording};
use crate::{
    domain::field_error::FieldError,
    error::{Code, Error},
};

/// Reads `bytes` as JSON of type `T` and checks its limits.
///
/// # Errors
/// `malformed_body` for what is no JSON, `invalid` with the field's pointer for what is JSON and wrong.
pub fn parse_json<T: DeserializeOwned + Validate>(bytes: &[u8]) -> Result<T, Error> {
    if let Some(place) = escaped_nul(bytes) {
        return Err(Error::new(Code::MalformedBody, format!("The character U+0000 (at byte {place}) can not be stored.")));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(Strict(&mut reader)).map_err(|error| json_fault(&error, || is_json(bytes)))?;
    reader.end().map_err(|error| Error::new(Code::MalformedBody, error.to_string()))?;
    checked(value)
}

/// Reads a JSON value as `T` and checks its limits: for merged patches and the items of a batch.
///
/// # Errors
/// `invalid` with the field's pointer.
pub fn from_value<T: DeserializeOwned + Validate>(value: serde_json::Value) -> Result<T, Error> {
    checked(serde_path_to_error::deserialize(Strict(value)).map_err(|error| json_fault(&error, || true))?)
}

/// Checks the limits of a value that was read already.
///
/// # Errors
/// `invalid` with every fault.
pub fn checked<T: Validate>(value: T) -> Result<T, Error> {
    match value.validate() {
        Ok(()) => Ok(value),
        Err(errors) => Err(Error::invalid(field_errors(&errors))),
    }
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(bytes).is_ok()
}

fn json_fault(error: &serde_path_to_error::Error<serde_json::Error>, is_json: impl Fn() -> bool) -> Error {
    let inner = error.inner();
    if !inner.is_data() {
        // serde_json calls a number where a word is due a fault of syntax.
        return if is_json() {
            Error::invalid_field(pointer_of(error.path()), "type", "is of another type than expected")
        } else {
            Error::new(Code::MalformedBody, inner.to_string())
        };
    }
    let message = inner.to_string();
    // serde appends " at line 1 column 7", which the pointer says better.
    let message = message.split(" at line ").next().unwrap_or_default();
    Error::invalid(vec![wording::fault(&pointer_of(error.path()), message, "unknown_field")])
}

/// The JSON pointer of a serde path.
fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", escaped(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

pub(super) fn escaped(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) { key.replace('~', "~0").replace('/', "~1").into() } else { key.into() }
}

/// Every fault that validator found, with its place.
pub fn field_errors(errors: &ValidationErrors) -> Vec<FieldError> {
    let mut found = Vec::new();
    collect(errors, "", &mut found);
    found.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    found
}

fn collect(errors: &ValidationErrors, base: &str, found: &mut Vec<FieldError>) {
    for (field, kind) in errors.errors() {
        // Faults of the whole struct carry the field they mean, if any, in `field`.
        let pointer = if field == "__all__" { base.to_owned() } else { format!("{base}/{}", escaped(field.trim_start_matches("r#"))) };
        match kind {
            ValidationErrorsKind::Field(faults) => found.extend(faults.iter().map(|fault| field_error(&pointer, fault))),
            ValidationErrorsKind::Struct(inner) => collect(inner, &pointer, found),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{pointer}/{index}"), found);
                }
            }
        }
    }
}

fn field_error(pointer: &str, fault: &ValidationError) -> FieldError {
    let place =
        fault.params.get("field").and_then(|field| field.as_str()).map_or_else(|| pointer.to_owned(), |field| format!("{pointer}/{field}"));
    let code = match &fault.code {
        Cow::Borrowed(code) => code,
        Cow::Owned(_) => "invalid",
    };
    FieldError::new(place, code, words_of(fault))
}

/// The limits in words. The rejected value itself is never repeated: it may be a password.
fn words_of(fault: &ValidationError) -> String {
    if let Some(message) = &fault.message {
        return message.to_string();
    }
    let limit = |name: &str| fault.params.get(name).map(ToString::to_string);
    match (fault.code.as_ref(), limit("min"), limit("max")) {
        ("length", Some(min), Some(max)) => format!("must have {min} to {max} characters or items"),
        ("length", None, Some(max)) => format!("must have at most {max} characters or items"),
        ("length", Some(min), None) => format!("must have at least {min} characters or items"),
        ("range", Some(min), Some(max)) => format!("must lie between {min} and {max}"),
        ("range", None, Some(max)) => format!("must be at most {max}"),
        ("range", Some(min), None) => format!("must be at least {min}"),
        ("email", ..) => "must be an e-mail address".to_owned(),
        ("regex", ..) => "does not have the right form".to_owned(),
        (code, ..) => code.replace('_', " "),
    }
}

/// Where a JSON text writes U+0000, which no database column holds. Raw control characters are no JSON anyway.
fn escaped_nul(bytes: &[u8]) -> Option<usize> {
    let mut place = 0;
    while let Some(found) = bytes.get(place..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        let at = place + found;
        if bytes.get(at + 1..at + 6) == Some(b"u0000") {
            return Some(at);
        }
        place = at + 2;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[validate(range(min = 1, max = 9))]
        quantity: i64,
    }

    #[derive(Debug, serde::Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[validate(length(min = 1, max = 3))]
        name: String,
        #[validate(nested)]
        lines: Vec<Line>,
    }

    fn fault(text: &str) -> (Code, Vec<(String, &'static str)>) {
        let error = parse_json::<Order>(text.as_bytes()).map(|order| (order.name, order.lines.len())).unwrap_err();
        (error.code(), error.fields().iter().map(|field| (field.pointer.clone(), field.code)).collect())
    }

    #[test]
    fn faults_are_told_with_their_place() {
        let cases = [
            (r#"{"name":"a","lines":[{"quantity":1},{"quantity":0}]}"#, "/lines/1/quantity", "range"),
            (r#"{"name":"a","lines":[{"quantity":"1"}]}"#, "/lines/0/quantity", "type"),
            (r#"{"name":"abcd","lines":[]}"#, "/name", "length"),
            (r#"{"lines":[]}"#, "/name", "required"),
            (r#"{"name":"a","lines":[{"quantity":1,"color":2}]}"#, "/lines/0/color", "unknown_field"),
            (r#"{"name":"a","lines":[{"quantity":99999999999999999999}]}"#, "/lines/0/quantity", "type"),
        ];
        for (text, pointer, code) in cases {
            assert_eq!(fault(text), (Code::Invalid, vec![(pointer.to_owned(), code)]), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for text in [
            "",
            "{",
            r#"{"name":"a","lines":[]} x"#,
            r#"{"name":"\ud800","lines":[]}"#,
            "{\"name\":\"a\0\"}",
            r#"{"name":"\u0000","lines":[]}"#,
        ] {
            assert_eq!(fault(text).0, Code::MalformedBody, "{text}");
        }
        assert!(parse_json::<Order>(br#"{"name":"\\u0000"  ,"lines":[]}"#).is_err_and(|error| error.code() == Code::Invalid));
    }
}
