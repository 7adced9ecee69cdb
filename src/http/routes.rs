//! The URL map on one page. One registration serves and documents.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::handlers::operations;

/// Every endpoint.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        // Operations
        .service(operations::get_health)
        .service(operations::get_readiness)
        .service(operations::get_metrics)
        .service(operations::get_openapi);
}
