//! What the tests of the API share: a server, callers, things to sell and people to sell to.

mod accounts;
mod app;
mod caller;
mod database;
mod gateway_server;
mod mail_server;
mod plans;
mod shop;

pub use accounts::{PASSWORD, add_client, add_user, client_token, log_in};
pub use app::TestApp;
pub use caller::{Caller, Reply};
pub use database::Database;
pub use gateway_server::{GATEWAY_SECRET, GatewayServer};
pub use mail_server::{MailServer, Received};
pub use plans::{estimated_rows, plans_of};
pub use shop::{Shop, order};

/// Declares tests that run on each database in turn: `sqlite` and `postgres` below the test's name.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: &TestApp) $body:block)+) => { $(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "not every test needs all of its module")]
            use super::*;

            async fn check($app: &$crate::support::TestApp) $body

            #[actix_web::test]
            async fn sqlite() {
                $crate::support::TestApp::run($crate::support::Database::sqlite(), |app| Box::pin(check(app))).await;
            }

            #[actix_web::test]
            async fn postgres() {
                $crate::support::TestApp::run($crate::support::Database::postgres(), |app| Box::pin(check(app))).await;
            }
        }
    )+ };
}

/// A person, called `name`.
pub fn person(name: &str) -> serde_json::Value {
    serde_json::json!({"name": name})
}
