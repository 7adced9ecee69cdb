//! The page at `/docs`, which needs nobody but this server.

use utoipa_swagger_ui::{Config, SwaggerUi};

/// What the page may load: its own files, and the pictures that stand in its style sheet.
pub const POLICY: &str =
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/// The page, over the spec.
pub fn page() -> SwaggerUi {
    // Unless told so, the page has a validator elsewhere look at the spec.
    SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json").validator_url("none"))
}

/// Whether a path belongs to the page.
pub fn is_page(path: &str) -> bool {
    path.starts_with("/docs")
}
