//! Calendar dates.

use chrono::{Datelike, NaiveDate};
use validator::ValidationError;

use super::texts::fault;

/// In the years 1 to 9999, which every database and RFC 3339 can write.
///
/// # Errors
/// `range`.
pub fn plausible(date: &NaiveDate) -> Result<(), ValidationError> {
    if (1..=9999).contains(&date.year()) { Ok(()) } else { Err(fault("range", "must lie in the years 0001 to 9999")) }
}
