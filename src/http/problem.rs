//! Every failure as `application/problem+json` (RFC 9457), the framework's own included.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::edge::current_request_id;
use crate::{
    db::DbError,
    domain::field_error::FieldError,
    error::{Error, ErrorKind},
};

/// What is answered when something is wrong (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:patron:problem:invalid", "title": "The request is not valid", "status": 422, "detail": "/name: must have 1 to 200 characters",
    "code": "invalid", "request_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77",
    "errors": [{"pointer": "/name", "code": "length", "message": "must have 1 to 200 characters"}]
}))]
pub struct ProblemBody<'a> {
    /// The kind of problem as a URI.
    #[schema(format = "uri")]
    r#type: String,
    /// The kind of problem for a person; the same for every problem with this `code`.
    title: &'a str,
    /// The HTTP status again.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened this time.
    detail: &'a str,
    /// The kind of problem for a program: stable.
    #[schema(pattern = "^[a-z_]+$")]
    code: &'a str,
    /// The request, as in `X-Request-Id` and in the log.
    request_id: String,
    /// The fields at fault.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    errors: &'a [FieldError],
}

/// An [`Error`] on its way out.
#[derive(Debug)]
pub struct Problem(pub Error);

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        Self(error.into())
    }
}

/// The one place where a kind of failure meets its HTTP status.
const fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Malformed => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Stale => StatusCode::PRECONDITION_FAILED,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::TimedOut => StatusCode::REQUEST_TIMEOUT,
        ErrorKind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The problem as a JSON value, for items of a batch.
pub fn problem_value(error: &Error, request_id: &str) -> (u16, serde_json::Value) {
    let status = status_of(error.code().kind()).as_u16();
    (status, serde_json::to_value(body_of(error, request_id.to_owned())).unwrap_or_default())
}

fn body_of(error: &Error, request_id: String) -> ProblemBody<'_> {
    ProblemBody {
        r#type: format!("urn:patron:problem:{}", error.code().as_str()),
        title: error.code().title(),
        status: status_of(error.code().kind()).as_u16(),
        detail: error.detail(),
        code: error.code().as_str(),
        request_id,
        errors: error.fields(),
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        status_of(self.0.code().kind())
    }

    fn error_response(&self) -> HttpResponse {
        self.respond(|problem| problem)
    }
}

impl Problem {
    /// The answer, with the body as `extended`.
    pub fn respond<'a, B: Serialize>(&'a self, extended: impl FnOnce(ProblemBody<'a>) -> B) -> HttpResponse {
        let error = &self.0;
        match error.code().kind() {
            ErrorKind::Internal => tracing::error!(request_id = current_request_id(), error = ?error, "request failed"),
            ErrorKind::Unavailable => tracing::warn!(request_id = current_request_id(), error = ?error, "request not served"),
            _ => {}
        }
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
        if let Some(seconds) = error.retry_after_seconds() {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if error.code().kind() == ErrorKind::TimedOut {
            response.force_close();
        }
        if error.code().kind() == ErrorKind::Unauthenticated {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        match serde_json::to_vec(&extended(body_of(error, current_request_id()))) {
            Ok(body) => response.body(body),
            Err(_) => response.finish(),
        }
    }
}
