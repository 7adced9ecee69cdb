//! What happens around every request: its id, who asks, how often, how long it took, one log line.

use std::{panic::AssertUnwindSafe, time::Instant as Stopwatch};

use actix_web::{
    Error as ActixError, HttpMessage, HttpRequest, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use futures_util::FutureExt;

use super::{
    address::caller_address,
    app::App,
    auth::{Authentication, authenticate},
    body, docs,
    extract::Visit,
    pages,
    problem::Problem,
    rate_limit::Standing,
    target,
};
use crate::{
    db::WriteMode,
    domain::{ids::Id, links::path_without_token},
    error::{Code, Error},
};

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request that is being served; empty outside of one.
pub fn current_request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// What `make` answers as part of the request `id`.
pub(super) fn answered_under<T>(id: &str, make: impl FnOnce() -> T) -> T {
    REQUEST_ID.sync_scope(id.to_owned(), make)
}

/// The pattern that the request's path matched.
pub fn route_of(request: &HttpRequest) -> String {
    request.match_pattern().unwrap_or_else(|| "unmatched".to_owned())
}

/// The middleware.
///
/// # Errors
/// None of its own: failures are answers already.
pub async fn edge(mut request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, ActixError> {
    let started = Stopwatch::now();
    let request_id = request_id(&request);
    let Some(app) = request.app_data::<Data<App>>().cloned() else {
        return Err(Problem(Error::internal("the app is not configured")).into());
    };
    let method = request.method().clone();
    let path = path_without_token(request.path()).into_owned();
    if method == Method::HEAD {
        // As a GET whose answer is sent without its body (RFC 9110, 9.3.2); that is left out where it is written.
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(Visit(WriteMode::DryRun));
    }
    body::hurry(&mut request, app.body_pause);
    let (standing, actor, response) = REQUEST_ID
        .scope(request_id.clone(), async {
            let authentication = authenticate(&app, &request);
            let caller = match &authentication {
                Authentication::Known(actor) => actor.key(),
                _ => caller_address(&request, app.trusted_proxies).map_or_else(|| "unknown".to_owned(), |address| address.to_string()),
            };
            let is_counted = request.path().starts_with("/v1/");
            let standing = if is_counted { app.rate_limit.count(&caller) } else { None };
            request.extensions_mut().insert(authentication);
            (standing, caller, serve(&app, request, next, standing).await)
        })
        .await;
    let mut response = response?;
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    if docs::is_page(&path) {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(docs::POLICY));
    }
    if let Some(standing) = standing {
        tell(standing, headers);
    }
    let seconds = started.elapsed().as_secs_f64();
    let route = route_of(response.request());
    let status = response.status().as_u16();
    app.metrics.count(method.as_str(), &route, status, seconds);
    tracing::info!(target: "patron::request", %method, path, route, status, ms = (seconds * 1e5).round() / 100.0, actor, request_id, "served");
    Ok(response)
}

/// Handlers and extractors answer problems themselves; what comes back as an error here is a panic or the framework's own.
async fn serve(
    app: &App,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    standing: Option<Standing>,
) -> Result<ServiceResponse<BoxBody>, ActixError> {
    if let Some(Standing { allowed: false, reset_seconds, limit, .. }) = standing {
        let error = Error::new(Code::RateLimited, format!("No more than {limit} requests a minute.")).retry_after(reset_seconds);
        return Ok(request.into_response(Problem(error).error_response()));
    }
    if let Err(error) = target::check_text(request.uri()).and_then(|()| check_open(app, request.request())) {
        return Ok(request.into_response(Problem(error).error_response()));
    }
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(response)) if response.status() == StatusCode::NOT_FOUND && !is_problem(&response) && !is_page(&response) => {
            Ok(response.into_response(Problem(Error::not_found("path")).error_response()))
        }
        Ok(Ok(response)) => Ok(response.map_into_boxed_body()),
        Ok(Err(error)) if error.as_error::<Problem>().is_some() => Err(error),
        Ok(Err(error)) => Err(Problem(Error::internal(error.to_string())).into()),
        Err(_) => Err(Problem(Error::internal("a handler panicked")).into()),
    }
}

/// Parameters of operations that anybody may ask for; of the others after it is known whether the caller may ([`super::auth::Allowed`]).
fn check_open(app: &App, request: &HttpRequest) -> Result<(), Error> {
    let is_open = |pattern: &str| app.spec.index().is_open(request.method().as_str(), pattern);
    if request.query_string().is_empty() || !request.match_pattern().is_some_and(|pattern| is_open(&pattern)) {
        return Ok(());
    }
    target::check_parameters(request)
}

pub(super) fn is_problem(response: &ServiceResponse<impl MessageBody>) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|value| value == "application/problem+json")
}

/// A page for a browser tells by itself that there is nothing.
fn is_page(response: &ServiceResponse<impl MessageBody>) -> bool {
    response.headers().get(CONTENT_TYPE).is_some_and(|value| value == pages::HTML)
}

/// The caller's own id when it is well-formed, else a new one. A `traceparent` names the trace that the request belongs to.
pub(super) fn request_id(request: &ServiceRequest) -> String {
    let given = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(id) = given("x-request-id")
        .filter(|id| (8..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)))
    {
        return id.to_owned();
    }
    given("traceparent").and_then(trace_id).map_or_else(|| Id::<()>::generate().to_string(), ToOwned::to_owned)
}

/// The trace id of a W3C `traceparent`: `00-<32 hex>-<16 hex>-<2 hex>`.
fn trace_id(header: &str) -> Option<&str> {
    let mut parts = header.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let is_hex =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    (is_hex(version, 2) && version != "ff" && is_hex(trace, 32) && trace.bytes().any(|byte| byte != b'0')).then_some(trace)
}

fn tell(standing: Standing, headers: &mut actix_web::http::header::HeaderMap) {
    let policy = format!("\"default\";q={};w=60", standing.limit);
    let state = format!("\"default\";r={};t={}", standing.remaining, standing.reset_seconds);
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::trace_id;

    #[test]
    fn a_trace_is_taken_over_when_well_formed() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(trace_id(&format!("00-{trace}-00f067aa0ba902b7-01")), Some(trace));
        for bad in [
            "",
            "00",
            "00-xyz-1-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(trace_id(bad), None, "{bad}");
        }
    }
}
