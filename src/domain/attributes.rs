//! Whatever else a shop keeps about a resource: a JSON object of its own making.

use serde_json::{Map, Value};
use validator::ValidationError;

use super::texts::fault;

/// A JSON object that Patron keeps and gives back unread.
pub type Attributes = Map<String, Value>;

/// The most bytes that attributes may have as JSON.
pub const MAX_BYTES: usize = 16 * 1024;

/// At most 16 KiB as JSON.
///
/// # Errors
/// `too_large`.
pub fn small(attributes: &Attributes) -> Result<(), ValidationError> {
    let size = serde_json::to_string(attributes).map_or(usize::MAX, |text| text.len());
    if size <= MAX_BYTES { Ok(()) } else { Err(fault("too_large", "must have at most 16 KiB as JSON")) }
}
