//! Coming in: logins of staff and clients, refresh tokens, and what follows from failures.
//!
//! A refused login changes something (the count of failures), so it is an outcome that is committed and not an error that is rolled back.

use crate::{
    db::DbConnection,
    domain::{
        accounts::{Account, AccountStatus, LoginStanding},
        clients::Client,
        ids::Id,
        instants::Instant,
        permissions::{Actor, ActorKind, PermissionSet, Role},
        refresh_tokens::{Family, RefreshState, RefreshToken},
        secrets::{SecretText, new_refresh_token, token_digest},
        staff::{User, folded_email},
    },
    error::Error,
    repositories::{clients, refresh_tokens, staff},
    services::audit::{self, Deed},
};

/// Who says that they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// A member of staff, by the e-mail address.
    Staff(String),
    /// A client, by its id; none when what was sent is no id at all.
    Client(Option<Id<Client>>),
}

impl Login {
    /// The same for every way to write the same account.
    pub fn name(&self) -> String {
        match self {
            Self::Staff(email) => format!("staff {}", folded_email(email)),
            Self::Client(Some(id)) => format!("client {id}"),
            Self::Client(None) => "client".to_owned(),
        }
    }
}

/// A login whose secret was compared already, which takes too long for a transaction.
#[derive(Debug)]
pub struct Attempt {
    /// Who says that they are.
    pub login: Login,
    /// The account that was found, as it was then.
    pub account: Option<Account>,
    /// Whether the secret was the account's.
    pub is_match: bool,
    /// The scopes asked for, parted by spaces; all that the account has when none.
    pub scope: Option<String>,
}

/// What became of a login.
#[derive(Debug)]
pub enum Outcome {
    /// Come in.
    Granted(Grant),
    /// Not with these credentials.
    Refused,
    /// Not before so many seconds have passed.
    Locked(u64),
}

/// What somebody who came in is given.
#[derive(Debug)]
pub struct Grant {
    /// Who, with what the access token shall allow.
    pub actor: Actor,
    /// The role; none for clients.
    pub role: Option<Role>,
    /// Opens the next access token; none for clients, who come in again.
    pub refresh_token: Option<SecretText>,
}

/// The request that a login or refresh came with, for the audit log.
#[derive(Debug)]
pub struct Trace {
    /// The names of the fields sent.
    pub fields: Vec<String>,
    /// The request.
    pub request_id: String,
}

const TOKEN: &str = "POST /v1/auth/token";
const REVOKE: &str = "POST /v1/auth/revoke";

/// The account that a login means.
///
/// # Errors
/// The database's.
pub fn find_account(conn: &mut DbConnection, login: &Login) -> Result<Option<Account>, Error> {
    Ok(match login {
        Login::Staff(email) => staff::find_account(conn, &folded_email(email))?,
        Login::Client(Some(id)) => clients::find_account(conn, *id)?,
        Login::Client(None) => None,
    })
}

/// Decides a login and remembers it. The account is looked at again: of guesses made at once, each counts before the next is decided.
///
/// # Errors
/// `invalid` for scopes that the account does not have; then nothing is remembered.
pub fn settle(tx: &mut DbConnection, attempt: &Attempt, trace: &Trace, now: Instant) -> Result<Outcome, Error> {
    let Some(account) = find_again(tx, attempt)? else {
        let kind = if matches!(attempt.login, Login::Staff(_)) { ActorKind::Staff } else { ActorKind::Client };
        // Written for a stranger too, so that it takes as long as for somebody known.
        record(tx, &Actor { kind, id: None, permissions: PermissionSet::default() }, TOKEN, 401, trace, now)?;
        return Ok(Outcome::Refused);
    };
    if let Some(seconds) = account.standing.locked_seconds(now) {
        return Ok(Outcome::Locked(seconds));
    }
    // A secret that was replaced while this one was compared is not the account's any more.
    let is_secret = attempt.is_match && attempt.account.as_ref().is_some_and(|then| then.secret_hash == account.secret_hash);
    if !is_secret || account.status != AccountStatus::Active {
        store_standing(tx, &account, account.standing.failed(now))?;
        record(tx, &account.actor, TOKEN, 401, trace, now)?;
        return Ok(Outcome::Refused);
    }
    if account.standing != LoginStanding::default() {
        store_standing(tx, &account, LoginStanding::default())?;
    }
    let permissions = narrowed(account.actor.permissions, attempt.scope.as_deref())?;
    record(tx, &account.actor, TOKEN, 200, trace, now)?;
    let refresh_token = match (account.role, account.actor.id) {
        (Some(_), Some(id)) => Some(give_refresh_token(tx, id.cast(), Id::generate(), now)?),
        _ => None,
    };
    Ok(Outcome::Granted(Grant { actor: Actor { permissions, ..account.actor }, role: account.role, refresh_token }))
}

fn find_again(tx: &mut DbConnection, attempt: &Attempt) -> Result<Option<Account>, Error> {
    let Some(actor) = attempt.account.as_ref().map(|account| account.actor) else { return Ok(None) };
    Ok(match (actor.kind, actor.id) {
        (ActorKind::Staff, Some(id)) => staff::find_account_for_update(tx, id.cast())?,
        (ActorKind::Client, Some(id)) => clients::find_account_for_update(tx, id.cast())?,
        _ => None,
    })
}

fn store_standing(tx: &mut DbConnection, account: &Account, standing: LoginStanding) -> Result<(), Error> {
    match (account.actor.kind, account.actor.id) {
        (ActorKind::Staff, Some(id)) => staff::update_standing(tx, id.cast(), standing)?,
        (ActorKind::Client, Some(id)) => clients::update_standing(tx, id.cast(), standing)?,
        _ => {}
    }
    Ok(())
}

fn narrowed(all: PermissionSet, scope: Option<&str>) -> Result<PermissionSet, Error> {
    let Some(scope) = scope else { return Ok(all) };
    let refused = |what: String| Error::invalid_field("/scope", "not_granted", what);
    let asked = PermissionSet::parse(scope).map_err(|word| refused(format!("{word} is no scope")))?;
    if asked == PermissionSet::default() {
        return Err(refused("must name a scope".to_owned()));
    }
    match asked.iter().find(|permission| !all.contains(*permission)) {
        Some(permission) => Err(refused(format!("{permission} was not given to this client"))),
        None => Ok(asked),
    }
}

/// Takes a refresh token in and gives the next one out. One that was used before ends its family: somebody has a copy.
///
/// # Errors
/// The database's.
pub fn refresh(tx: &mut DbConnection, token: &SecretText, trace: &Trace, now: Instant) -> Result<Outcome, Error> {
    let digest = token_digest(token);
    let Some(owner_id) = refresh_tokens::find_owner(tx, &digest)? else { return Ok(Outcome::Refused) };
    // The person first, then the token: whoever disables the person or changes the password takes them in this order too.
    let (Some(account), Some(token)) = (staff::find_account_for_update(tx, owner_id)?, refresh_tokens::find_for_update(tx, &digest)?)
    else {
        return Ok(Outcome::Refused);
    };
    let state = token.state(now);
    if state == RefreshState::Reused {
        refresh_tokens::revoke_family(tx, token.family_id, now)?;
        record(tx, &account.actor, TOKEN, 401, trace, now)?;
    }
    if state != RefreshState::Good || account.status != AccountStatus::Active {
        return Ok(Outcome::Refused);
    }
    refresh_tokens::mark_used(tx, &digest, now)?;
    let refresh_token = give_refresh_token(tx, owner_id, token.family_id, now)?;
    Ok(Outcome::Granted(Grant { actor: account.actor, role: account.role, refresh_token: Some(refresh_token) }))
}

fn give_refresh_token(tx: &mut DbConnection, owner_id: Id<User>, family_id: Id<Family>, now: Instant) -> Result<SecretText, Error> {
    let token = new_refresh_token().map_err(Error::internal)?;
    refresh_tokens::insert(tx, &token_digest(&token), &RefreshToken::new(family_id, owner_id, now))?;
    Ok(token)
}

/// Ends the family of a refresh token; one that is not known is nobody's loss.
///
/// # Errors
/// The database's.
pub fn revoke(tx: &mut DbConnection, token: &SecretText, trace: &Trace, now: Instant) -> Result<(), Error> {
    let digest = token_digest(token);
    let Some(owner_id) = refresh_tokens::find_owner(tx, &digest)? else { return Ok(()) };
    let (Some(account), Some(token)) = (staff::find_account_for_update(tx, owner_id)?, refresh_tokens::find_for_update(tx, &digest)?)
    else {
        return Ok(());
    };
    if refresh_tokens::revoke_family(tx, token.family_id, now)? > 0 {
        record(tx, &account.actor, REVOKE, 200, trace, now)?;
    }
    Ok(())
}

/// Forgets refresh tokens whose time is over; answers how many.
///
/// # Errors
/// The database's.
pub fn forget_expired(tx: &mut DbConnection, now: Instant) -> Result<usize, Error> {
    Ok(refresh_tokens::delete_expired(tx, now)?)
}

/// A refused login is listed under the account that it was for.
fn record(tx: &mut DbConnection, actor: &Actor, operation: &str, status: u16, trace: &Trace, now: Instant) -> Result<(), Error> {
    let path = operation.split_once(' ').map_or(operation, |(_, path)| path);
    let deed = Deed { operation, path, resource: None, status, fields: &trace.fields, request_id: &trace.request_id };
    audit::record(tx, actor, now, &deed)
}
