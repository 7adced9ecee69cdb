//! What a change of a resource was, by the names of its fields: for histories, which tell no values.

use serde::Serialize;
use serde_json::Value;

use crate::error::Error;

/// The names of the fields that differ.
///
/// # Errors
/// When one of the two can not be written as JSON.
pub(super) fn changed_fields<T: Serialize>(before: &T, after: &T) -> Result<Vec<String>, Error> {
    let fields = |value: &T| serde_json::to_value(value).map_err(Error::internal);
    let (Value::Object(before), Value::Object(after)) = (fields(before)?, fields(after)?) else { return Ok(Vec::new()) };
    Ok(after.into_iter().filter(|(name, value)| before.get(name) != Some(value)).map(|(name, _)| name).collect())
}
