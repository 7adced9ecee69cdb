//! Versions on the wire: `ETag`, `If-Match`, `If-None-Match`.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{
        Method,
        header::{self, HeaderMap},
    },
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

/// Reads `If-Match`, and of a PUT, which alone may make what it names, `If-None-Match`.
///
/// # Errors
/// `malformed_request` for what is no list of our tags.
pub fn precondition(method: &Method, headers: &HeaderMap) -> Result<Precondition, Error> {
    let known = tags(headers, header::IF_MATCH)?.map(|tags| {
        if tags.iter().any(|tag| tag == "*") {
            return Precondition::Present;
        }
        // A tag of somebody else's making matches nothing.
        Precondition::Versions(tags.iter().filter_map(|tag| version_of(tag)).collect())
    });
    let unknown = if method == Method::PUT { tags(headers, header::IF_NONE_MATCH)? } else { None };
    match (known, unknown) {
        (None, None) => Ok(Precondition::None),
        (Some(known), None) => Ok(known),
        (_, Some(tags)) if tags != ["*"] => Err(Error::new(Code::MalformedRequest, "With PUT if-none-match can only be *.")),
        (None, Some(_)) => Ok(Precondition::Absent),
        // There and not there: no version is both.
        (Some(_), Some(_)) => Ok(Precondition::Versions(Vec::new())),
    }
}

fn version_of(tag: &str) -> Option<i64> {
    tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

fn tags(headers: &HeaderMap, name: header::HeaderName) -> Result<Option<Vec<String>>, Error> {
    if !headers.contains_key(&name) {
        return Ok(None);
    }
    let refused = || Error::new(Code::MalformedRequest, format!("{name} must be * or a list of quoted entity tags."));
    let mut all = Vec::new();
    for value in headers.get_all(&name) {
        let mut rest = without_empty_elements(value.as_bytes());
        while !rest.is_empty() {
            let (tag, behind) = next_tag(rest).ok_or_else(refused)?;
            all.push(String::from_utf8_lossy(tag).into_owned());
            if !matches!(behind.trim_ascii_start(), [] | [b',', ..]) {
                return Err(refused());
            }
            rest = without_empty_elements(behind);
        }
    }
    if all.is_empty() { Err(refused()) } else { Ok(Some(all)) }
}

/// Lists may have empty elements (RFC 9110, 5.6.1.2).
fn without_empty_elements(list: &[u8]) -> &[u8] {
    let start = list.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b',')).unwrap_or(list.len());
    list.get(start..).unwrap_or_default()
}

/// `*` or an entity tag at the start, and what is behind it. A comma between the quotes is part of the tag (RFC 9110, 8.8.3).
fn next_tag(list: &[u8]) -> Option<(&[u8], &[u8])> {
    let opening = match list {
        [b'*', ..] => return list.split_at_checked(1),
        [b'W', b'/', b'"', ..] => 3,
        [b'"', ..] => 1,
        _ => return None,
    };
    let opaque = list.get(opening..)?;
    let length = opaque.iter().position(|byte| !matches!(byte, b'!' | b'#'..=b'~'))?;
    if opaque.get(length) == Some(&b'"') { list.split_at_checked(opening + length + 1) } else { None }
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
        self.answer_with(version, || HttpResponse::Ok().json(view))
    }

    /// As [`Self::answer`], for a response that shows more than the resource.
    pub fn answer_with(&self, version: i64, response: impl FnOnce() -> HttpResponse) -> HttpResponse {
        let tag = etag(version);
        // If-None-Match compares weakly (RFC 9110, 13.1.2).
        if self.tags.iter().any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag) {
            return HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish();
        }
        let mut response = response();
        if let Ok(tag) = header::HeaderValue::try_from(tag) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Precondition, Code> {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, value.parse().unwrap());
        precondition(&Method::PATCH, &headers).map_err(|error| error.code())
    }

    #[test]
    fn a_put_may_be_told_to_make_only() {
        let read = |method: Method, pairs: &[(header::HeaderName, &str)]| {
            let headers = pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
            precondition(&method, &headers).map_err(|error| error.code())
        };
        let make = (header::IF_NONE_MATCH, "*");
        assert_eq!(read(Method::PUT, std::slice::from_ref(&make)), Ok(Precondition::Absent));
        assert_eq!(read(Method::PATCH, std::slice::from_ref(&make)), Ok(Precondition::None));
        assert_eq!(read(Method::PUT, &[(header::IF_NONE_MATCH, "\"3\"")]), Err(Code::MalformedRequest));
        assert_eq!(read(Method::PUT, &[make, (header::IF_MATCH, "*")]), Ok(Precondition::Versions(vec![])));
    }

    #[test]
    fn if_match_lists_versions() {
        assert_eq!(read("\"3\""), Ok(Precondition::Versions(vec![3])));
        assert_eq!(read("\"3\", W/\"4\", \"five\""), Ok(Precondition::Versions(vec![3])), "If-Match compares strongly");
        assert_eq!(read(r#"W/"a,b" , "7","c,d""#), Ok(Precondition::Versions(vec![7])), "a tag may hold commas");
        assert_eq!(read(", \"3\" ,, \"4\","), Ok(Precondition::Versions(vec![3, 4])), "empty elements are ignored");
        for unreadable in ["3", "", "\"3\" \"4\"", "\"3\"\"4\"", ",", "\"3", "\"a b\"", "*x", "w/\"3\""] {
            assert_eq!(read(unreadable), Err(Code::MalformedRequest), "{unreadable}");
        }
        assert_eq!(read("*"), Ok(Precondition::Present));
        assert!(!Precondition::Versions(vec![]).holds_for(1));
    }
}
