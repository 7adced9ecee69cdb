//! Answers to writes, made inside the transaction so that they can be kept with what they tell.

use serde::Serialize;

use super::conditional::etag;
use crate::error::Error;

pub use crate::services::idempotency::Answer;

/// 201 with the new resource, where it is and its version.
///
/// # Errors
/// When the view can not be written as JSON.
pub fn created<T: Serialize>(location: String, version: i64, view: &T) -> Result<Answer, Error> {
    Ok(Answer { status: 201, location: Some(location), etag: Some(etag(version)), body: json(view)?, ..Answer::default() })
}

/// 200 with the resource as it is now and its version.
///
/// # Errors
/// When the view can not be written as JSON.
pub fn ok<T: Serialize>(version: i64, view: &T) -> Result<Answer, Error> {
    Ok(Answer { status: 200, etag: Some(etag(version)), body: json(view)?, ..Answer::default() })
}

/// The answer to a PUT: 201 for what it made, 200 for what it replaced.
///
/// # Errors
/// When the view can not be written as JSON.
pub fn put<T: Serialize>(is_new: bool, location: String, version: i64, view: &T) -> Result<Answer, Error> {
    if is_new { created(location, version, view) } else { ok(version, view) }
}

/// 200 with something that has no version, such as the results of a batch.
///
/// # Errors
/// When the view can not be written as JSON.
pub fn done<T: Serialize>(view: &T) -> Result<Answer, Error> {
    Ok(Answer { status: 200, body: json(view)?, ..Answer::default() })
}

/// 202 with a job and where it can be watched.
///
/// # Errors
/// When the view can not be written as JSON.
pub fn accepted<T: Serialize>(location: String, view: &T) -> Result<Answer, Error> {
    Ok(Answer { status: 202, location: Some(location), body: json(view)?, ..Answer::default() })
}

/// 204.
pub fn no_content() -> Answer {
    Answer { status: 204, ..Answer::default() }
}

fn json<T: Serialize>(view: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(view).map_err(Error::internal)
}
