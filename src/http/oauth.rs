//! Failures of the token endpoint in OAuth 2's words too (RFC 6749, section 5.2), for client libraries that know no problems.

use actix_web::HttpResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{Problem, ProblemBody};
use crate::error::{Code, Error, ErrorKind};

/// A problem that says in `error` what RFC 6749 calls it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:patron:problem:invalid_grant", "title": "The credentials were not accepted", "status": 401,
    "detail": "The credentials are not valid, no longer valid, or belong to an account that is disabled.",
    "code": "invalid_grant", "request_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "error": "invalid_grant"
}))]
pub struct TokenProblemBody<'a> {
    /// The problem.
    #[serde(flatten)]
    problem: ProblemBody<'a>,
    /// One of `invalid_request`, `invalid_client`, `invalid_grant`, `unsupported_grant_type` and `invalid_scope`.
    #[schema(pattern = "^(invalid_request|invalid_client|invalid_grant|unsupported_grant_type|invalid_scope)$")]
    error: &'a str,
}

/// The answer to a request for a token that was not granted.
pub fn refusal(error: Error, is_client: bool) -> HttpResponse {
    let problem = Problem(error);
    match word_for(&problem.0, is_client) {
        Some(word) => problem.respond(|problem| TokenProblemBody { problem, error: word }),
        None => problem.respond(|problem| problem),
    }
}

/// RFC 6749 has no word for what is not the request's fault, nor for too often.
fn word_for(error: &Error, is_client: bool) -> Option<&'static str> {
    let fault_at =
        |pointer: &str, code: &str| error.fields().iter().any(|fault| fault.pointer == pointer && (code.is_empty() || fault.code == code));
    match error.code().kind() {
        ErrorKind::Internal | ErrorKind::Unavailable | ErrorKind::TooMany => None,
        _ if error.code() == Code::InvalidGrant => Some(if is_client { "invalid_client" } else { "invalid_grant" }),
        _ if fault_at("/grant_type", "unknown_value") => Some("unsupported_grant_type"),
        _ if fault_at("/scope", "") => Some("invalid_scope"),
        _ => Some("invalid_request"),
    }
}
