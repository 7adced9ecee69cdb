//! Writes: one transaction holds the idempotency key, the change, the audit entry and the answer.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{StatusCode, header},
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use validator::Validate;

use super::{
    app::App,
    conditional::precondition,
    edge::{current_request_id, route_of},
    extract::{BodyTrace, parse_query},
    problem::Problem,
};
use crate::{
    db::{DbConnection, WriteMode, lock},
    domain::{
        instants::Instant,
        links::path_without_token,
        permissions::{Actor, ActorKind},
        precondition::Precondition,
    },
    error::{Code, Error},
    services::{
        audit::{self, Deed},
        idempotency::{self, Answer, Claim},
    },
};

/// How a write was asked for, apart from its body.
#[derive(Debug)]
pub struct WriteRequest {
    /// `If-Match` and `If-None-Match`.
    pub precondition: Precondition,
    mode: WriteMode,
    key: Option<String>,
    operation: String,
    path: String,
    request_id: String,
}

/// The query parameters of every write.
#[derive(Debug, Deserialize, Validate)]
struct WriteParams {
    #[serde(default)]
    validate_only: bool,
}

impl WriteRequest {
    /// Whether every check is run and nothing is changed.
    pub fn is_dry_run(&self) -> bool {
        self.mode == WriteMode::DryRun
    }
}

impl FromRequest for WriteRequest {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse_query(request.query_string()).and_then(|params| read(request, params)).map_err(Into::into))
    }
}

/// As [`WriteRequest`], for an operation with query parameters of its own: it is never a dry run.
#[derive(Debug)]
pub struct StreamedWriteRequest(pub WriteRequest);

impl FromRequest for StreamedWriteRequest {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request, WriteParams { validate_only: false }).map(Self).map_err(Into::into))
    }
}

fn read(request: &HttpRequest, params: WriteParams) -> Result<WriteRequest, Error> {
    let key = if request.method() == actix_web::http::Method::POST { idempotency_key(request)? } else { None };
    Ok(WriteRequest {
        precondition: precondition(request.method(), request.headers())?,
        mode: if params.validate_only { WriteMode::DryRun } else { WriteMode::Commit },
        key,
        operation: format!("{} {}", request.method(), route_of(request)),
        path: request.path().to_owned(),
        request_id: current_request_id(),
    })
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Error> {
    let mut values = request.headers().get_all("idempotency-key");
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Error::new(Code::MalformedRequest, "Send one Idempotency-Key."));
    }
    let is_key = |key: &str| (1..=255).contains(&key.len()) && key.bytes().any(|byte| byte != b' ');
    // to_str lets tabs through.
    match value.to_str() {
        Ok(key) if is_key(key) && !key.contains('\t') => Ok(Some(key.to_owned())),
        _ => Err(Error::new(
            Code::MalformedRequest,
            "Idempotency-Key must have 1 to 255 printable ASCII characters, one of them not a space.",
        )),
    }
}

/// What a use case is handed besides its command.
#[derive(Debug)]
pub struct WriteContext {
    /// Who asks.
    pub actor: Actor,
    /// When.
    pub now: Instant,
    /// `If-Match` and `If-None-Match`.
    pub precondition: Precondition,
    /// The request, as in the log.
    pub request_id: String,
}

/// How often a write is begun that gives way to another one each time. From the second time on they do not cross each other any more, only those that
/// have just come.
const ATTEMPTS: u32 = 10;

/// Runs `change` in one transaction with all that belongs to a write, and answers. Where the database broke it off because it and another one waited for
/// each other, as two batches may that name the same things in another order, it begins again.
///
/// # Errors
/// What `change` answers; then nothing was changed.
pub async fn perform<F>(app: &App, actor: Actor, request: WriteRequest, body: BodyTrace, change: F) -> Result<HttpResponse, Problem>
where
    F: FnOnce(&mut DbConnection, &WriteContext) -> Result<Answer, Error> + Clone + Send + 'static,
{
    let mode = request.mode;
    let asked = Arc::new((request, body));
    let mut attempt = 1;
    let outcome = loop {
        let (clock, asked, change) = (Arc::clone(&app.clock), Arc::clone(&asked), change.clone());
        let outcome = app
            .db
            .write(mode, move |tx| {
                if attempt > 1 {
                    lock(tx, "writes that crossed")?;
                }
                let (request, body) = asked.as_ref();
                let (precondition, request_id) = (request.precondition.clone(), request.request_id.clone());
                run(tx, request, body, &WriteContext { actor, now: clock.now(), precondition, request_id }, change)
            })
            .await;
        match outcome {
            Err(error) if error.is_deadlock() && attempt < ATTEMPTS => attempt += 1,
            outcome => break outcome,
        }
    };
    let (answer, replayed) = outcome.map_err(Problem)?;
    Ok(respond(answer, mode, replayed))
}

fn run<F>(
    tx: &mut DbConnection,
    request: &WriteRequest,
    body: &BodyTrace,
    context: &WriteContext,
    change: F,
) -> Result<(Answer, bool), Error>
where
    F: FnOnce(&mut DbConnection, &WriteContext) -> Result<Answer, Error>,
{
    let claim = request.key.as_ref().filter(|_| request.mode == WriteMode::Commit).map(|key| claim(request, body, &context.actor, key));
    if let Some(claim) = &claim
        && let Some(answer) = idempotency::replay(tx, claim, context.now)?
    {
        return Ok((answer, true));
    }
    let answer = change(tx, context)?;
    let deed = Deed {
        operation: &request.operation,
        path: &path_without_token(&request.path),
        resource: answer.location.as_deref(),
        status: answer.status,
        fields: &body.fields,
        request_id: &request.request_id,
    };
    audit::record_all(tx, &context.actor, context.now, &deed, &answer.touched)?;
    if let Some(claim) = &claim {
        idempotency::keep(tx, claim, &answer, context.now)?;
    }
    Ok((answer, false))
}

fn claim(request: &WriteRequest, body: &BodyTrace, actor: &Actor, key: &str) -> Claim {
    let mut hash = Sha256::new();
    hash.update(request.operation.as_bytes());
    hash.update(request.path.as_bytes());
    hash.update(body.digest);
    let fingerprint = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Claim { caller: caller(request, actor), key: key.to_owned(), fingerprint }
}

/// Whose keys they are. Whoever bears a link is known by it alone, and of it no more is kept than its digest.
fn caller(request: &WriteRequest, actor: &Actor) -> String {
    match (actor.kind, actor.id) {
        (ActorKind::Customer, None) => {
            Sha256::digest(request.path.as_bytes()).iter().take(16).fold("link ".to_owned(), |text, byte| format!("{text}{byte:02x}"))
        }
        _ => actor.key(),
    }
}

fn respond(answer: Answer, mode: WriteMode, replayed: bool) -> HttpResponse {
    let dry = mode == WriteMode::DryRun;
    // Nothing was created by a dry run, so it does not say so, nor where.
    let status = match answer.status {
        201 | 202 if dry => StatusCode::OK,
        status => StatusCode::from_u16(status).unwrap_or(StatusCode::OK),
    };
    let mut response = HttpResponse::build(status);
    if let Some(location) = answer.location.filter(|_| !dry) {
        response.insert_header((header::LOCATION, location));
    }
    if let Some(etag) = answer.etag.filter(|_| !dry) {
        response.insert_header((header::ETAG, etag));
    }
    if replayed {
        response.insert_header(("Idempotent-Replayed", "true"));
    }
    if answer.body.is_empty() { response.finish() } else { response.content_type("application/json").body(answer.body) }
}
