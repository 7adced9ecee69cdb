//! What is wrong with one field of what a caller sent.

use serde::Serialize;
use utoipa::ToSchema;

/// One fault of one field; a whole input is answered with all of its faults at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where the field stands in the input: a JSON Pointer (RFC 6901); empty for the input as a whole.
    #[schema(example = "/lines/0/quantity")]
    pub pointer: String,
    /// The kind of fault, stable, snake_case.
    #[schema(value_type = String, example = "range")]
    pub code: &'static str,
    /// The fault in words, for people.
    #[schema(example = "must be at least 1")]
    pub message: String,
}

impl FieldError {
    /// A fault of kind `code` of the field at `pointer`.
    pub fn new(pointer: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, message: message.into() }
    }

    /// The same fault of an input that is itself the field at `pointer` of a larger one.
    #[must_use]
    pub fn under(self, pointer: &str) -> Self {
        Self { pointer: format!("{pointer}{}", self.pointer), ..self }
    }
}
