//! From a configuration to a running server, and back to rest.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_cors::Cors;
use actix_web::{
    App as ActixApp, HttpServer,
    dev::Server,
    guard,
    middleware::{Compress, Condition, from_fn},
    web::{self, Data},
};
use tokio::sync::Semaphore;
use utoipa_actix_web::AppExt;

use crate::{
    config::{Config, Secret},
    db::{self, DatabaseUrl, Db, DbConnection, DbError, KeyStore, Transactional},
    domain::{
        access_tokens::{AccessTokens, new_private_key},
        clock::{Clock, SystemClock},
        links::Links,
        money::Currency,
    },
    error::Error,
    handlers::operations::fallback,
    http::{
        app::App, docs, edge::edge, metrics::Metrics, openapi::Spec, preflight::preflight, rate_limit::RateLimit, routes::routes,
        strangers::Strangers,
    },
    integrations::{gateway::Gateway, smtp::Mailer},
    jobs::{Chore, Tools, Workers, coupons, feedback, import_ledger, points},
    services::{self, value_scores::ValueCache},
};

/// Why Patron could not start, for the person who started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database said no.
    #[error("{0}")]
    Database(#[from] DbError),
    /// A use case said no.
    #[error("{0}")]
    UseCase(#[from] Error),
    /// The address can not be listened on.
    #[error("cannot listen on {0}: {1}; set PATRON_ADDR to a free address")]
    Listen(std::net::SocketAddr, std::io::Error),
    /// The database is at another schema than this program's.
    #[error("the schema of {0} is missing or older than this program: run `patron migrate`")]
    Schema(DatabaseUrl),
    /// Anything else.
    #[error("{0}")]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

/// Brings the database to this program's schema and makes what every database has: its currency, the default value model.
///
/// # Errors
/// The database's, or that `PATRON_CURRENCY` is not the currency that the database was made with.
pub fn prepare_database(config: &Config, migrate: bool) -> Result<Currency, StartError> {
    let mut conn = db::open(&config.database)?;
    if migrate {
        let migrations = db::migrate(&mut conn)?;
        if migrations > 0 {
            tracing::info!(migrations, database = %config.database, "migrated");
        }
    }
    check_schema(config, &mut conn)?;
    let now = SystemClock.now();
    Ok(conn.write_transaction(|tx| {
        services::value_models::ensure_default(tx, now)?;
        services::service_targets::ensure_default(tx, now)?;
        services::contact_policy::ensure_default(tx, now)?;
        services::segments::ensure_built_in(tx, now)?;
        services::points::programme::ensure_default(tx, now)?;
        services::settings::prepare(tx, config.currency)
    })?)
}

/// Whether the database is at this program's schema.
///
/// # Errors
/// That it is not, or the database's.
pub fn check_schema(config: &Config, conn: &mut DbConnection) -> Result<(), StartError> {
    if db::pending(conn)? == 0 { Ok(()) } else { Err(StartError::Schema(config.database.clone())) }
}

/// The parts of the running program over a prepared database.
///
/// # Errors
/// When the database's threads or the signing key can not be had.
pub fn build_app(config: &Config, currency: Currency, clock: Arc<dyn Clock>) -> Result<App, StartError> {
    let private_key = signing_key(config, clock.as_ref())?;
    let tokens = AccessTokens::new(&private_key, &config.issuer, &config.audience).map_err(|error| StartError::Other(error.into()))?;
    Ok(App {
        db: Db::start(&config.db_settings())?,
        clock,
        tokens,
        mailer: mailer(config)?,
        gateway: gateway(config),
        links: Links::new(&config.public_url, &private_key),
        currency,
        rate_limit: RateLimit::new(config.rate_limit),
        metrics: Metrics::new().map_err(|error| StartError::Other(error.into()))?,
        password_checks: Arc::new(Semaphore::new(2)),
        values: ValueCache::default(),
        previews: Arc::new(Semaphore::new(1)),
        strangers: Strangers::default(),
        trusted_proxies: config.trusted_proxies,
        body_limit: config.body_limit,
        body_pause: Duration::from_secs(config.body_pause_seconds),
        import_limit: config.import_limit,
        payment_secret: config.payment_secret.clone(),
        gateway_secret: config.gateway_secret.clone(),
        spec: spec().map_err(|error| StartError::Other(error.into()))?,
    })
}

fn mailer(config: &Config) -> Result<Option<Mailer>, StartError> {
    let (Some(url), Some(sender)) = (&config.smtp_url, &config.mail_from) else { return Ok(None) };
    Mailer::new(url.clone(), sender.clone()).map(Some).map_err(|error| StartError::Other(error.into()))
}

fn gateway(config: &Config) -> Option<Gateway> {
    let (url, secret) = config.gateway_url.clone().zip(config.gateway_secret.as_ref())?;
    Some(Gateway::new(url, secret.reveal().to_owned()))
}

/// The spec of everything that is routed.
///
/// # Errors
/// When it can not be written as JSON.
pub fn spec() -> Result<Spec, serde_json::Error> {
    let (_, collected) = ActixApp::new().into_utoipa_app().configure(routes).split_for_parts();
    Spec::finish(&collected)
}

/// What makes and verifies the links in messages, for a command that does not serve.
///
/// # Errors
/// When the signing key can be neither read nor made.
pub fn links(config: &Config) -> Result<Links, StartError> {
    Ok(Links::new(&config.public_url, &signing_key(config, &SystemClock)?))
}

fn signing_key(config: &Config, clock: &dyn Clock) -> Result<String, StartError> {
    if let Some(key) = &config.signing_key {
        return Ok(Secret::reveal(key).to_owned());
    }
    let mut conn = db::open(&config.database)?;
    let (id, key) = new_private_key().map_err(|error| StartError::Other(error.into()))?;
    let now = clock.now();
    Ok(conn.write_transaction(|tx: &mut DbConnection| KeyStore::of(&config.database).load_or_make(tx, now, || (id, key)))?)
}

/// Serves on `listener` until the handle is told to stop.
///
/// # Errors
/// When the server can not be started.
pub fn serve(app: Data<App>, config: &Config, listener: TcpListener) -> std::io::Result<Server> {
    let origins = config.cors_origins.clone();
    let server = HttpServer::new(move || {
        let undeclared = |config: &mut web::ServiceConfig| refuse_undeclared_methods(config, &app.spec);
        let (web_app, _) = ActixApp::new().configure(undeclared).into_utoipa_app().configure(routes).split_for_parts();
        web_app
            .service(docs::page())
            .service(web::redirect("/docs", "/docs/"))
            .default_service(web::to(fallback))
            .app_data(app.clone())
            .wrap(Compress::default())
            .wrap(from_fn(edge))
            .wrap(Condition::new(!origins.is_empty(), cors(&origins)))
            .wrap(Condition::new(!origins.is_empty(), from_fn(preflight)))
    })
    .workers(config.workers)
    .shutdown_timeout(config.shutdown_seconds)
    .client_request_timeout(Duration::from_secs(30))
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
}

/// Starts the workers that do jobs and send mail, and the chores that keep the database from filling with what has expired.
///
/// # Errors
/// When no thread can be had.
pub fn start_workers(app: &Data<App>) -> Result<Workers, StartError> {
    let (old_answers, old_tokens) = (app.clone(), app.clone());
    let tools = Tools::from(app.get_ref());
    let (files, clocks, ledgers, batches) = (tools.clone(), tools.clone(), tools.clone(), tools.clone());
    let chores: Vec<Chore> = vec![
        Box::new(move || {
            let now = old_tokens.clock.now();
            if let Err(error) = old_tokens.db.write_blocking(move |tx| services::auth::forget_expired(tx, now)) {
                tracing::warn!(%error, "expired refresh tokens are not forgotten");
            }
        }),
        Box::new(move || {
            let now = old_answers.clock.now();
            if let Err(error) = old_answers.db.write_blocking(move |tx| services::idempotency::forget_old(tx, now)) {
                tracing::warn!(%error, "old idempotency keys are not forgotten");
            }
        }),
        Box::new(move || {
            if let Err(error) = import_ledger::forget_leftovers(&files) {
                tracing::warn!(%error, "files of ended imports are not forgotten");
            }
        }),
        Box::new(move || {
            if let Err(error) = feedback::keep_time(&clocks) {
                tracing::warn!(%error, "late feedback is not marked, or silent feedback not closed");
            }
        }),
        Box::new(move || {
            if let Err(error) = points::keep_time(&ledgers) {
                tracing::warn!(%error, "points do not expire, or nobody is told that they will");
            }
        }),
        Box::new(move || {
            if let Err(error) = coupons::keep_time(&batches) {
                tracing::warn!(%error, "coupons that were set aside for too long are not given back, or nobody is told that some expire");
            }
        }),
        forget_idle_callers(app),
    ];
    match &tools.mailer {
        Some(mailer) => tracing::info!(server = %mailer.url(), from = mailer.sender().domain(), "messages go out by mail"),
        None => tracing::info!("PATRON_SMTP_URL is not set: e-mail to customers stays queued"),
    }
    match &tools.gateway {
        Some(gateway) => tracing::info!(gateway = %gateway.url(), "other messages go out by the shop's gateway"),
        None => tracing::info!("PATRON_GATEWAY_URL is not set: other messages to customers stay queued"),
    }
    Workers::start(&tools, chores).map_err(|error| StartError::Other(error.into()))
}

/// What a server that leaves all work to `patron worker` still does: the chores of its own memory.
///
/// # Errors
/// When no thread can be had.
pub fn start_own_chores(app: &Data<App>) -> Result<Workers, StartError> {
    Workers::start_chores(vec![forget_idle_callers(app)]).map_err(|error| StartError::Other(error.into()))
}

fn forget_idle_callers(app: &Data<App>) -> Chore {
    let app = app.clone();
    Box::new(move || app.rate_limit.forget_idle())
}

/// Without this, PATCH of `/v1/customers/lookup` would be a PATCH of the customer "lookup".
fn refuse_undeclared_methods(config: &mut web::ServiceConfig, spec: &Spec) {
    for (path, methods) in spec.index().shadowing() {
        let methods = methods.to_vec();
        let is_undeclared = guard::fn_guard(move |request| !methods.iter().any(|method| method == request.head().method.as_str()));
        config.service(web::resource(path).guard(is_undeclared).to(fallback));
    }
}

fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allow_any_header()
        .expose_headers(["ETag", "Link", "Location", "X-Request-Id", "RateLimit", "RateLimit-Policy", "Retry-After", "Idempotent-Replayed"])
        .max_age(3600);
    if origins.iter().any(|origin| origin == "*") {
        cors.allow_any_origin()
    } else {
        origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
    }
}

/// Waits for SIGTERM or Ctrl-C.
pub async fn stop_signal() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! { _ = terminate.recv() => {}, _ = tokio::signal::ctrl_c() => {} }
        return;
    }
    drop(tokio::signal::ctrl_c().await);
}
