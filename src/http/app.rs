//! What every request can reach.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use super::{metrics::Metrics, rate_limit::RateLimit, strangers::Strangers};
use crate::{
    config::Secret,
    db::Db,
    domain::{access_tokens::AccessTokens, clock::Clock, links::Links, money::Currency},
    integrations::{gateway::Gateway, smtp::Mailer},
    services::value_scores::ValueCache,
};

/// The running program's parts, shared by all threads.
pub struct App {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Signs and verifies access tokens.
    pub tokens: AccessTokens,
    /// Makes and verifies links in messages.
    pub links: Links,
    /// Sends e-mail; without it that stays queued.
    pub mailer: Option<Mailer>,
    /// Takes all other messages; without it they stay queued.
    pub gateway: Option<Gateway>,
    /// The base currency of this database.
    pub currency: Currency,
    /// How often a caller may ask.
    pub rate_limit: RateLimit,
    /// What is counted.
    pub metrics: Metrics,
    /// Lets a few passwords be checked at a time: each check takes 19 MiB and a core.
    pub password_checks: Arc<Semaphore>,
    /// What live scores are read against.
    pub values: ValueCache,
    /// Lets one model at a time be tried on everybody.
    pub previews: Arc<Semaphore>,
    /// Failed logins under names that nobody has.
    pub strangers: Strangers,
    /// How many reverse proxies stand in front.
    pub trusted_proxies: usize,
    /// The largest body, in bytes; imports and batches have limits of their own.
    pub body_limit: usize,
    /// How long a body may stand still on its way in.
    pub body_pause: Duration,
    /// The largest upload of an import, in bytes.
    pub import_limit: u64,
    /// What notifications of payments are signed with; without it nobody may send any.
    pub payment_secret: Option<Secret>,
    /// What is shared with the shop's gateway; without it nobody may tell what became of messages.
    pub gateway_secret: Option<Secret>,
    /// The spec and the map of paths that is read from it.
    pub spec: super::openapi::Spec,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("db", &self.db).field("currency", &self.currency).finish_non_exhaustive()
    }
}

/// How handlers are handed the app.
pub type AppData = actix_web::web::Data<App>;
