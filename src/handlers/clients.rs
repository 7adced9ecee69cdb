//! Storefronts, ERP connectors and other programs.

use actix_web::{HttpRequest, HttpResponse, get, patch, post};

use crate::{
    domain::{
        clients::{Client, ClientDraft, ClientPatch},
        ids::Id,
        secrets::{SecretText, new_client_secret},
    },
    dto::clients::{ClientView, ListClients},
    error::Error,
    http::{
        answer::{self, Answer},
        app::AppData,
        auth::{Allowed, ReadClients, WriteClients},
        conditional::Known,
        extract::{Body, BodyTrace, Params, Path},
        paging::{self, PageView},
        passwords,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::clients,
};

/// List clients
///
/// Every program that may come in, and that might.
#[utoipa::path(
    tag = "Clients", params(ListClients), security(("bearer" = ["clients:read"])),
    responses((status = 200, description = "A page of clients.", body = PageView<ClientView>))
)]
#[get("")]
pub async fn list_clients(
    Allowed { actor, .. }: Allowed<ReadClients>,
    request: HttpRequest,
    Params(params): Params<ListClients>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, status) = (params.page(&request)?, params.status);
    let clients = app.db.read(move |tx| clients::list_clients(tx, &actor, status, &page)).await?;
    Ok(paging::answer(&request, clients.map(ClientView::from), params.sort()))
}

/// Add a client
///
/// Answers the client with its `secret`, which is told this once and not kept: an answer replayed by `Idempotency-Key` has all but the secret, and a
/// client whose secret got lost is given a new one by `rotate-secret`. Nobody can give scopes that they lack themselves.
#[utoipa::path(
    tag = "Clients", request_body = ClientDraft, security(("bearer" = ["clients:write"])),
    responses((status = 201, description = "The client, with its secret.", body = ClientView))
)]
#[post("")]
pub async fn create_client(
    Allowed { actor, .. }: Allowed<WriteClients>,
    request: WriteRequest,
    body: Body<ClientDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let draft = body.value;
    let secret = new_client_secret().map_err(Error::internal)?;
    let hash = passwords::hash(&app, secret.clone()).await?;
    let secret = Some(secret).filter(|_| !request.is_dry_run());
    perform(&app, actor, request, body.trace, move |tx, context| {
        let client = clients::create_client(tx, &context.actor, context.now, &draft, &hash)?;
        told_once(client, secret, |client, view| answer::created(format!("/v1/clients/{}", client.id), client.version, view))
    })
    .await
}

/// Read a client
///
/// Without the secret, which nobody can read.
#[utoipa::path(
    tag = "Clients", params(("id" = Uuid, Path, description = "The client.")), security(("bearer" = ["clients:read"])),
    responses((status = 200, description = "The client.", body = ClientView))
)]
#[get("/{id}")]
pub async fn get_client(
    Allowed { actor, .. }: Allowed<ReadClients>,
    Path(id): Path<Id<Client>>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let client = app.db.read(move |tx| clients::get_client(tx, &actor, id)).await?;
    Ok(known.answer(client.version, &ClientView::from(client)))
}

/// Change a client
///
/// What it may do changes with its next access token, at the latest in 15 minutes; what it may do to users and clients, at once. Only a caller with all of the client's scopes can change it.
#[utoipa::path(
    tag = "Clients", params(("id" = Uuid, Path, description = "The client.")), request_body = ClientPatch, security(("bearer" = ["clients:write"])),
    responses((status = 200, description = "The client as changed.", body = ClientView))
)]
#[patch("/{id}")]
pub async fn update_client(
    Allowed { actor, .. }: Allowed<WriteClients>,
    Path(id): Path<Id<Client>>,
    request: WriteRequest,
    body: Body<ClientPatch>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let patch = body.value;
    perform(&app, actor, request, body.trace, move |tx, context| {
        let client = clients::update_client(tx, (&context.actor, &context.precondition, context.now), id, &patch)?;
        answer::ok(client.version, &ClientView::from(client))
    })
    .await
}

/// Give a client a new secret
///
/// Answers the client with its new `secret`, which is told this once and not kept (nor by `Idempotency-Key`). The old secret is refused from now on,
/// access tokens that it opened end by themselves within 15 minutes, and a lock after failed logins is lifted.
#[utoipa::path(
    tag = "Clients", params(("id" = Uuid, Path, description = "The client.")), security(("bearer" = ["clients:write"])),
    responses((status = 200, description = "The client, with its new secret.", body = ClientView))
)]
#[post("/{id}/rotate-secret")]
pub async fn rotate_client_secret(
    Allowed { actor, .. }: Allowed<WriteClients>,
    Path(id): Path<Id<Client>>,
    request: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let secret = new_client_secret().map_err(Error::internal)?;
    let hash = passwords::hash(&app, secret.clone()).await?;
    let secret = Some(secret).filter(|_| !request.is_dry_run());
    perform(&app, actor, request, BodyTrace::default(), move |tx, context| {
        let client = clients::rotate_secret(tx, (&context.actor, &context.precondition, context.now), id, &hash)?;
        told_once(client, secret, |client, view| answer::ok(client.version, view))
    })
    .await
}

/// The answer has the secret (a dry run has none), what is kept of it has not.
fn told_once(
    client: Client,
    secret: Option<SecretText>,
    told: impl Fn(&Client, &ClientView) -> Result<Answer, Error>,
) -> Result<Answer, Error> {
    let view = ClientView::from(client.clone());
    match secret {
        None => told(&client, &view),
        Some(secret) => {
            let kept = told(&client, &view)?;
            Ok(Answer { kept_body: Some(kept.body), ..told(&client, &view.with_secret(&secret))? })
        }
    }
}
