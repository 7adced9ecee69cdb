//! People and programs that log in.

use serde_json::{Value, json};

use super::{Reply, TestApp};

/// What everybody's first password is.
pub const PASSWORD: &str = "a long and quiet river";

/// Somebody who can log in with [`PASSWORD`].
pub async fn add_user(app: &TestApp, email: &str, role: &str) -> Value {
    app.almighty().make("/v1/users", json!({"email": email, "role": role, "password": PASSWORD})).await
}

/// A login of staff.
pub async fn log_in(app: &TestApp, email: &str, password: &str) -> Reply {
    app.nobody().form("/v1/auth/token", &[("grant_type", "password"), ("username", email), ("password", password)]).await
}

/// A program with its secret.
pub async fn add_client(app: &TestApp, scopes: &[&str]) -> Value {
    app.admin().make("/v1/clients", json!({"name": "ERP connector", "scopes": scopes})).await
}

/// A login of a program.
pub async fn client_token(app: &TestApp, client: &Value, secret: &str) -> Reply {
    let id = client["id"].as_str().expect("an id");
    app.nobody().form("/v1/auth/token", &[("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)]).await
}
