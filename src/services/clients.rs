//! Programs that come in with a secret of their own, and what each may do.

use crate::{
    db::DbConnection,
    domain::{
        accounts::{AccountStatus, LoginStanding},
        clients::{Client, ClientDraft, ClientPatch},
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        permissions::{Actor, Permission},
        precondition::Precondition,
        staff::AccountSort,
    },
    error::Error,
    repositories::clients,
    services::accounts::{check_standing, check_version, check_within_reach},
};

/// One client.
///
/// # Errors
/// `not_found`; `unauthenticated` and `permission_denied` where `actor`'s account has changed since the token was given, here and below.
pub fn get_client(conn: &mut DbConnection, actor: &Actor, id: Id<Client>) -> Result<Client, Error> {
    check_standing(conn, actor, Permission::ReadClients)?;
    clients::find(conn, id)?.ok_or_else(|| Error::not_found("client"))
}

/// One page of the clients.
///
/// # Errors
/// The database's.
pub fn list_clients(
    conn: &mut DbConnection,
    actor: &Actor,
    status: Option<AccountStatus>,
    page: &PageRequest<AccountSort>,
) -> Result<Page<Client>, Error> {
    check_standing(conn, actor, Permission::ReadClients)?;
    Ok(clients::list(conn, status, page)?)
}

/// Adds a client, whose secret was hashed before the transaction.
///
/// # Errors
/// `permission_denied` for scopes that `actor` lacks.
pub fn create_client(tx: &mut DbConnection, actor: &Actor, now: Instant, draft: &ClientDraft, secret_hash: &str) -> Result<Client, Error> {
    let actor = check_standing(tx, actor, Permission::WriteClients)?;
    let client = Client {
        id: Id::generate(),
        name: draft.name.clone(),
        scopes: draft.scopes.iter().copied().collect(),
        status: AccountStatus::Active,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    check_within_reach(&actor, client.scopes)?;
    clients::insert(tx, &client, secret_hash)?;
    Ok(client)
}

/// Changes a client.
///
/// # Errors
/// `not_found`, `stale_version`, `permission_denied` when it has or would have scopes that `actor` lacks.
pub fn update_client(
    tx: &mut DbConnection,
    (actor, precondition, now): (&Actor, &Precondition, Instant),
    id: Id<Client>,
    patch: &ClientPatch,
) -> Result<Client, Error> {
    let (mut client, actor) = find_own(tx, actor, precondition, id)?;
    client.name = patch.name.clone().unwrap_or(client.name);
    client.scopes = patch.scopes.as_ref().map_or(client.scopes, |scopes| scopes.iter().copied().collect());
    client.status = patch.status.unwrap_or(client.status);
    check_within_reach(&actor, client.scopes)?;
    store(tx, client, now)
}

/// Gives a client a new secret (hashed before the transaction) and lifts its lock; the old secret is refused from now on.
///
/// # Errors
/// `not_found`, `stale_version`, `permission_denied` when it has scopes that `actor` lacks.
pub fn rotate_secret(
    tx: &mut DbConnection,
    (actor, precondition, now): (&Actor, &Precondition, Instant),
    id: Id<Client>,
    secret_hash: &str,
) -> Result<Client, Error> {
    let (client, _) = find_own(tx, actor, precondition, id)?;
    clients::update_secret(tx, id, secret_hash)?;
    clients::update_standing(tx, id, LoginStanding::default())?;
    store(tx, client, now)
}

/// A client to be changed, and the caller as they stand by now.
fn find_own(tx: &mut DbConnection, actor: &Actor, precondition: &Precondition, id: Id<Client>) -> Result<(Client, Actor), Error> {
    let client = clients::find_for_update(tx, id)?;
    // With the lock, so that a client that was disabled while we waited for its own row is seen to be.
    let actor = check_standing(tx, actor, Permission::WriteClients)?;
    let client = client.ok_or_else(|| Error::not_found("client"))?;
    check_version(precondition, client.version)?;
    check_within_reach(&actor, client.scopes)?;
    Ok((client, actor))
}

fn store(tx: &mut DbConnection, mut client: Client, now: Instant) -> Result<Client, Error> {
    client.version = client.version.saturating_add(1);
    client.updated_at = now;
    clients::update(tx, &client)?;
    Ok(client)
}
