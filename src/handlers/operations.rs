//! Health, metrics, the spec, and what is answered where nothing else is.

use actix_web::{HttpRequest, HttpResponse, get, http::header};

use crate::{
    error::{Code, Error},
    http::{app::AppData, problem::Problem},
};

/// Whether the process lives
///
/// Answers as long as the process serves HTTP; asks nothing of the database.
#[utoipa::path(tag = "Operations", responses((status = 200, description = "It lives.", content_type = "text/plain", body = String, example = "ok")))]
#[get("/healthz")]
pub async fn get_health() -> &'static str {
    "ok"
}

/// Whether requests can be served
///
/// Asks the database; 503 while it does not answer, so that a load balancer sends requests elsewhere.
#[utoipa::path(tag = "Operations", responses(
    (status = 200, description = "Ready.", content_type = "text/plain", body = String, example = "ready"),
    (status = 503, description = "Not ready: the database does not answer.", content_type = "application/problem+json", body = crate::http::problem::ProblemBody)))]
#[get("/readyz")]
pub async fn get_readiness(app: AppData) -> Result<&'static str, Problem> {
    app.db.ping().await?;
    Ok("ready")
}

/// Counters for Prometheus
///
/// Requests by route and status with their durations, and the length of the database queue.
#[utoipa::path(tag = "Operations", responses((status = 200, description = "In Prometheus' text format.", content_type = "text/plain", body = String)))]
#[get("/metrics")]
pub async fn get_metrics(app: AppData) -> Result<HttpResponse, Problem> {
    let text = app.metrics.render(app.db.waiting()).map_err(Error::internal)?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text))
}

/// This spec
///
/// The same document that `patron openapi` writes.
#[utoipa::path(tag = "Operations", responses((status = 200, description = "OpenAPI 3.1.", content_type = "application/json", body = serde_json::Value)))]
#[get("/openapi.json")]
pub async fn get_openapi(app: AppData) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(app.spec.text().to_owned())
}

/// Anything else: a path that the spec knows was asked with another method, or there is no such path.
pub async fn fallback(request: HttpRequest, app: AppData) -> Result<HttpResponse, Problem> {
    let methods = app.spec.index().methods_of(request.path());
    if methods.is_empty() {
        return Err(Error::not_found("path").into());
    }
    let allowed = methods.join(", ");
    let problem = Problem(Error::new(Code::MethodNotAllowed, format!("This resource knows: {allowed}.")));
    let mut response = actix_web::ResponseError::error_response(&problem);
    if let Ok(value) = header::HeaderValue::from_str(&allowed) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    Ok(response)
}
