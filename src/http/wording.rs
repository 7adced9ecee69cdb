//! What serde and the parsers of numbers and dates found wrong, in words for callers: no types of Rust, and no rejected value, which may be a
//! password.

use crate::domain::field_error::FieldError;

/// A fault with a stable code and words for callers. `pointer` is where it was found; the field that serde names comes on top of it. `unknown` is the
/// code of a name that has no place there.
pub fn fault(pointer: &str, message: &str, unknown: &'static str) -> FieldError {
    for (prefix, code, told) in [("missing field `", "required", "is required"), ("duplicate field `", "duplicate_field", "is given twice")]
    {
        if let Some(field) = quoted(message, prefix) {
            return FieldError::new(format!("{pointer}/{field}"), code, told);
        }
    }
    // The path has the field already.
    if message.starts_with("repeated field") {
        return FieldError::new(pointer, "duplicate_field", "is given twice");
    }
    if let Some(field) = quoted(message, "unknown field `") {
        let rest = message.split_once("`, expected ").map_or("", |(_, known)| known);
        let known = rest.trim_start_matches("one of ").replace('`', "");
        let told = if known.is_empty() { "is not known here".to_owned() } else { format!("is not known here; known: {known}") };
        // The path has the field already, unless a query or form was read.
        let is_named = pointer.rsplit('/').next() == Some(field);
        let place = if is_named { pointer.to_owned() } else { format!("{pointer}/{field}") };
        return FieldError::new(place, unknown, told);
    }
    let (code, told) = words(message);
    FieldError::new(pointer, code, told)
}

fn quoted<'a>(message: &'a str, prefix: &str) -> Option<&'a str> {
    message.strip_prefix(prefix)?.split('`').next()
}

/// Code and words for a value.
fn words(message: &str) -> (&'static str, String) {
    let expected = message.rsplit_once(", expected ").map_or("", |(_, expected)| expected);
    if message.starts_with("invalid type") {
        ("type", format!("must be {}", kind(expected)))
    } else if message.starts_with("invalid value") {
        ("range", limits(expected).unwrap_or_else(|| format!("must be {}", kind(expected))))
    } else if message.starts_with("unknown variant") {
        ("unknown_value", format!("must be one of: {}", expected.trim_start_matches("one of ").replace('`', "")))
    } else if message.starts_with("must be one of") {
        ("unknown_value", message.to_owned())
    } else {
        ("format", parsed(message).map_or_else(|| message.to_owned(), ToOwned::to_owned))
    }
}

/// What serde calls the types of JSON.
fn kind(expected: &str) -> &str {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a string" | "a borrowed string" | "a text" => "a text",
        "a map" => "an object",
        "a formatted date string" => "a date, YYYY-MM-DD",
        struct_name if struct_name.starts_with("struct ") => "an object",
        "" => "of another type",
        other => other,
    }
}

fn limits(expected: &str) -> Option<String> {
    let between = |min: i64, max: u64| Some(format!("must lie between {min} and {max}"));
    match expected {
        "u8" => between(0, u8::MAX.into()),
        "u16" => between(0, u16::MAX.into()),
        "u32" => between(0, u32::MAX.into()),
        "u64" | "usize" => between(0, u64::MAX),
        "i16" => between(i16::MIN.into(), 32_767),
        "i32" => between(i32::MIN.into(), 2_147_483_647),
        "i64" => between(i64::MIN, 9_223_372_036_854_775_807),
        _ => None,
    }
}

/// What the parsers of texts say.
fn parsed(message: &str) -> Option<&'static str> {
    match message {
        "invalid digit found in string" | "cannot parse integer from empty string" => Some("must be a whole number"),
        "number too large to fit in target type" => Some("is too large"),
        "number too small to fit in target type" => Some("is too small"),
        "invalid float literal" | "cannot parse float from empty string" => Some("must be a number"),
        "provided string was not `true` or `false`" => Some("must be true or false"),
        "input contains invalid characters" | "premature end of input" | "input is out of range" | "trailing input" => {
            Some("must be a date, YYYY-MM-DD")
        }
        _ if message.starts_with("UUID parsing failed") => Some("must be a UUID"),
        _ => None,
    }
}
