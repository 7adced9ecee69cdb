//! What the CORS layer refuses, which answers before any other of ours: a problem as everywhere else.

use actix_web::{
    Error as ActixError, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{ACCESS_CONTROL_REQUEST_METHOD, HeaderName, HeaderValue},
    },
    middleware::Next,
};

use super::{
    edge::{answered_under, is_problem, request_id},
    problem::Problem,
};
use crate::error::{Code, Error};

/// The middleware, around the CORS layer.
///
/// # Errors
/// None of its own.
pub async fn preflight(request: ServiceRequest, next: Next<impl MessageBody + 'static>) -> Result<ServiceResponse<BoxBody>, ActixError> {
    let is_preflight = request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    if !is_preflight {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    }
    let id = request_id(&request);
    let response = next.call(request).await?;
    if !response.status().is_client_error() || is_problem(&response) {
        return Ok(response.map_into_boxed_body());
    }
    let told = response.response().error().map_or_else(|| "The preflight is refused.".to_owned(), |error| format!("{error}."));
    let mut answer = answered_under(&id, || Problem(Error::new(Code::MalformedRequest, told)).error_response());
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    Ok(response.into_response(answer))
}
