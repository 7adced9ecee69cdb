//! Versions on the wire: `ETag`, `If-Match`, `If-None-Match`.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::header::{self, HeaderMap},
};
use serde::Serialize;

use super::problem::Problem;
use crate::{
    domain::precondition::Precondition,
    error::{Code, Error},
};

/// The entity tag of a version.
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// Reads `If-Match`.
///
/// # Errors
/// `malformed_request` for what is no list of our tags.
pub fn precondition(headers: &HeaderMap) -> Result<Precondition, Error> {
    match tags(headers, header::IF_MATCH)? {
        None => Ok(Precondition::None),
        Some(tags) if tags.iter().any(|tag| tag == "*") => Ok(Precondition::None),
        // A tag of somebody else's making matches nothing.
        Some(tags) => Ok(Precondition::Versions(tags.iter().filter_map(|tag| version_of(tag)).collect())),
    }
}

fn version_of(tag: &str) -> Option<i64> {
    tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

fn tags(headers: &HeaderMap, name: header::HeaderName) -> Result<Option<Vec<String>>, Error> {
    let mut all = Vec::new();
    for value in headers.get_all(&name) {
        let text = value.to_str().map_err(|_| Error::new(Code::MalformedRequest, format!("{name} is not readable.")))?;
        for tag in text.split(',').map(str::trim) {
            let quoted = tag.strip_prefix("W/").unwrap_or(tag);
            if tag != "*" && !(quoted.len() >= 2 && quoted.starts_with('"') && quoted.ends_with('"')) {
                return Err(Error::new(Code::MalformedRequest, format!("{name} must be * or a list of quoted entity tags.")));
            }
            all.push(tag.to_owned());
        }
    }
    Ok(if headers.contains_key(&name) { Some(all) } else { None })
}

/// What the caller has already, from `If-None-Match`.
#[derive(Debug, Default)]
pub struct Known {
    tags: Vec<String>,
}

impl FromRequest for Known {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(tags(request.headers(), header::IF_NONE_MATCH).map(|tags| Self { tags: tags.unwrap_or_default() }).map_err(Into::into))
    }
}

impl Known {
    /// The resource at `version`, or 304 when the caller has it.
    pub fn answer<T: Serialize>(&self, version: i64, view: &T) -> HttpResponse {
        let tag = etag(version);
        // If-None-Match compares weakly (RFC 9110, 13.1.2).
        if self.tags.iter().any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag) {
            return HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish();
        }
        HttpResponse::Ok().insert_header((header::ETAG, tag)).json(view)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Precondition, Code> {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, value.parse().unwrap());
        precondition(&headers).map_err(|error| error.code())
    }

    #[test]
    fn if_match_lists_versions() {
        assert_eq!(read("\"3\""), Ok(Precondition::Versions(vec![3])));
        assert_eq!(read("\"3\", W/\"4\", \"five\""), Ok(Precondition::Versions(vec![3])), "If-Match compares strongly");
        assert_eq!(read("*"), Ok(Precondition::None));
        assert_eq!(read("3"), Err(Code::MalformedRequest));
        assert!(!Precondition::Versions(vec![]).holds_for(1));
    }
}
