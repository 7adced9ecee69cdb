//! Programs that come in with a secret of their own.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::clients, sql_types::Json},
    domain::{
        TextEnum,
        accounts::{Account, AccountStatus, LoginStanding},
        clients::Client,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        permissions::{Actor, ActorKind, Permission, PermissionSet},
        staff::AccountSort,
    },
    list_by_id, on, on_locked,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct ClientRow {
    id: Id<Client>,
    name: String,
    scopes: Json<Vec<String>>,
    status: AccountStatus,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<ClientRow> for Client {
    fn from(row: ClientRow) -> Self {
        let ClientRow { id, name, scopes, status, version, created_at, updated_at } = row;
        Self { id, name, scopes: scopes_of(&scopes), status, version, created_at, updated_at }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct AccountRow {
    id: Id<Client>,
    scopes: Json<Vec<String>>,
    status: AccountStatus,
    secret_hash: String,
    failed_logins: i32,
    locked_until: Option<Instant>,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self {
            actor: Actor { kind: ActorKind::Client, id: Some(row.id.cast()), permissions: scopes_of(&row.scopes) },
            role: None,
            status: row.status,
            secret_hash: row.secret_hash,
            standing: LoginStanding { failed_logins: row.failed_logins, locked_until: row.locked_until },
        }
    }
}

/// A scope that this version does not know gives no right.
fn scopes_of(stored: &Json<Vec<String>>) -> PermissionSet {
    stored.0.iter().filter_map(|scope| Permission::parse(scope).ok()).collect()
}

fn stored(scopes: PermissionSet) -> Json<Vec<&'static str>> {
    Json(scopes.iter().map(TextEnum::as_str).collect())
}

/// One client.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<Client>) -> DbResult<Option<Client>> {
    let row = on!(conn, c => clients::table.find(id).select(ClientRow::as_select()).first(c).optional())?;
    Ok(row.map(Into::into))
}

/// One client, which stays as it is until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, id: Id<Client>) -> DbResult<Option<Client>> {
    let row: Option<ClientRow> = on_locked!(conn, c, clients::table.find(id).select(ClientRow::as_select()) => first).optional()?;
    Ok(row.map(Into::into))
}

/// What a login needs to know of a client.
///
/// # Errors
/// The database's.
pub fn find_account(conn: &mut DbConnection, id: Id<Client>) -> DbResult<Option<Account>> {
    let row = on!(conn, c => clients::table.find(id).select(AccountRow::as_select()).first(c).optional())?;
    Ok(row.map(Into::into))
}

/// As [`find_account`], for a client that stays as it is until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_account_for_update(conn: &mut DbConnection, id: Id<Client>) -> DbResult<Option<Account>> {
    let row: Option<AccountRow> = on_locked!(conn, c, clients::table.find(id).select(AccountRow::as_select()) => first).optional()?;
    Ok(row.map(Into::into))
}

/// One page of the clients.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, status: Option<AccountStatus>, page: &PageRequest<AccountSort>) -> DbResult<Page<Client>> {
    Ok(list_by_id!(conn, page, ClientRow => Client, clients::id, |select| {
        let query = clients::table.select(select).into_boxed();
        match status {
            Some(status) => query.filter(clients::status.eq(status)),
            None => query,
        }
    }))
}

/// Adds a client.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, client: &Client, secret_hash: &str) -> DbResult<()> {
    let row = (
        clients::id.eq(client.id),
        clients::name.eq(&client.name),
        clients::scopes.eq(stored(client.scopes)),
        clients::status.eq(client.status),
        clients::secret_hash.eq(secret_hash),
        clients::failed_logins.eq(0),
        clients::version.eq(client.version),
        clients::created_at.eq(client.created_at),
        clients::updated_at.eq(client.updated_at),
    );
    on!(conn, c => diesel::insert_into(clients::table).values(row).execute(c))?;
    Ok(())
}

/// Stores what can change of a client, the secret apart.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, client: &Client) -> DbResult<()> {
    let changes = (
        clients::name.eq(&client.name),
        clients::scopes.eq(stored(client.scopes)),
        clients::status.eq(client.status),
        clients::version.eq(client.version),
        clients::updated_at.eq(client.updated_at),
    );
    on!(conn, c => diesel::update(clients::table.find(client.id)).set(changes).execute(c))?;
    Ok(())
}

/// Stores a new secret.
///
/// # Errors
/// The database's.
pub fn update_secret(conn: &mut DbConnection, id: Id<Client>, secret_hash: &str) -> DbResult<()> {
    on!(conn, c => diesel::update(clients::table.find(id)).set(clients::secret_hash.eq(secret_hash)).execute(c))?;
    Ok(())
}

/// Stores how a client stands after a login.
///
/// # Errors
/// The database's.
pub fn update_standing(conn: &mut DbConnection, id: Id<Client>, standing: LoginStanding) -> DbResult<()> {
    let changes = (clients::failed_logins.eq(standing.failed_logins), clients::locked_until.eq(standing.locked_until));
    on!(conn, c => diesel::update(clients::table.find(id)).set(changes).execute(c))?;
    Ok(())
}
