//! What handlers take from a request, read strictly: paths, query parameters, JSON bodies.

use std::{
    convert::Infallible,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use validator::Validate;

use super::{
    body,
    problem::Problem,
    target::{check_pairs, check_storable},
    validation::{checked, parse_json},
    wording,
};
use crate::{
    db::WriteMode,
    domain::external_refs::ExternalRef,
    error::{Code, Error},
};

/// Path parameters; a path that can not be read names no resource.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let path = web::Path::<T>::from_request(request, payload).into_inner();
        if request.path().contains("%00") {
            return ready(Err(Error::not_found("resource").into()));
        }
        ready(path.map(|path| Self(path.into_inner())).map_err(|_| Error::not_found("resource").into()))
    }
}

/// What a visit to a link changes: one by HEAD, with which programs look where links lead, nothing.
#[derive(Debug, Clone, Copy)]
pub struct Visit(pub WriteMode);

impl FromRequest for Visit {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request.extensions().get::<Self>().copied().unwrap_or(Self(WriteMode::Commit))))
    }
}

/// What another system calls a resource, in a path.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "describes CheckedRef for the spec")]
pub struct RefPath {
    /// The other system.
    #[param(min_length = 1, max_length = 50, pattern = "^[a-z0-9][a-z0-9_.-]{0,49}$", example = "erp")]
    system: String,
    /// Its id there.
    #[param(min_length = 1, max_length = 100, pattern = "plain", example = "C-1001")]
    id: String,
}

/// A reference from a path, checked as in a body.
#[derive(Debug)]
pub struct CheckedRef(pub ExternalRef);

impl FromRequest for CheckedRef {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let path = Path::<ExternalRef>::from_request(request, payload).into_inner();
        ready(path.and_then(|path| checked(path.0).map(Self).map_err(Into::into)))
    }
}

/// Query parameters; unknown ones are refused, so that a misspelt filter does not list everything.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned + Validate> FromRequest for Params<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse_query(request.query_string()).map(Self).map_err(Into::into))
    }
}

/// Reads a query string as `T` and checks its limits.
///
/// # Errors
/// `invalid` with `/name` of the parameter, `malformed_request` for what no database column holds.
pub fn parse_query<T: DeserializeOwned + Validate>(query: &str) -> Result<T, Error> {
    parse_pairs(query.as_bytes(), "unknown_parameter")
}

/// Reads `name=value&…`, as query strings and forms are written, as `T` and checks its limits.
///
/// # Errors
/// `invalid` with `/name` of what is at fault; `unknown` is the code of a name that has no place there.
pub fn parse_pairs<T: DeserializeOwned + Validate>(text: &[u8], unknown: &'static str) -> Result<T, Error> {
    check_pairs(text)?;
    check_storable(text)?;
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text));
    let value = serde_path_to_error::deserialize(pairs).map_err(|error| {
        // A flat list of pairs: its paths are names, or nothing where serde names the field.
        let pointer = match error.path().to_string() {
            path if path == "." => String::new(),
            path => format!("/{path}"),
        };
        Error::invalid(vec![wording::fault(&pointer, &error.inner().to_string(), unknown)])
    })?;
    checked(value)
}

/// A JSON body of at most `LIMITS` times the usual limit, with its fingerprint.
#[derive(Debug)]
pub struct Body<T, const LIMITS: usize = 1> {
    /// What it says.
    pub value: T,
    /// What the write wrapper keeps of it.
    pub trace: BodyTrace,
}

/// What is kept of a body: its fingerprint for idempotency, the names of its fields for the audit log.
#[derive(Debug, Clone, Default)]
pub struct BodyTrace {
    /// SHA-256.
    pub digest: [u8; 32],
    /// Top-level field names.
    pub fields: Vec<String>,
}

impl BodyTrace {
    /// Of the bytes of a body.
    pub fn of(bytes: &[u8]) -> Self {
        let fields = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(bytes);
        Self {
            digest: Sha256::digest(bytes).into(),
            fields: fields.map(|map| map.into_iter().map(|(name, _)| name).collect()).unwrap_or_default(),
        }
    }
}

impl BodyTrace {
    /// For a body with a password: the fingerprint is stored, and of a password no hash that is quick to try may be stored.
    #[must_use]
    pub fn without_secret(self, others: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for text in others {
            digest.update(text.len().to_be_bytes());
            digest.update(text);
        }
        Self { digest: digest.finalize().into(), ..self }
    }
}

impl<T: DeserializeOwned + Validate + 'static, const LIMITS: usize> FromRequest for Body<T, LIMITS> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(request);
        let bytes = body::read(request, payload, LIMITS);
        Box::pin(async move {
            is_json?;
            let bytes = bytes.await?;
            Ok(Self { value: parse_json(&bytes)?, trace: BodyTrace::of(&bytes) })
        })
    }
}

/// The body of an action, which may be left out.
#[derive(Debug)]
pub struct OptionalBody<T>(pub Body<T>);

impl<T: DeserializeOwned + Validate + Default + 'static> FromRequest for OptionalBody<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(request);
        let bytes = body::read(request, payload, 1);
        Box::pin(async move {
            let bytes = bytes.await?;
            if bytes.is_empty() {
                return Ok(Self(Body { value: T::default(), trace: BodyTrace::of(&bytes) }));
            }
            is_json?;
            Ok(Self(Body { value: parse_json(&bytes)?, trace: BodyTrace::of(&bytes) }))
        })
    }
}

/// Whether the request says that it brings JSON.
///
/// # Errors
/// `unsupported_media_type`.
pub(super) fn is_json(request: &HttpRequest) -> Result<(), Error> {
    let content_type = request.content_type();
    // RFC 7396 has a media type of its own for patches.
    if matches!(content_type.to_ascii_lowercase().as_str(), "application/json" | "application/merge-patch+json") {
        Ok(())
    } else {
        Err(Error::new(Code::UnsupportedMediaType, "Send JSON with `Content-Type: application/json`."))
    }
}
