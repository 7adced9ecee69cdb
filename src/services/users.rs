//! The shop's staff: who may log in, and as what.

use crate::{
    db::{DbConnection, DbError},
    domain::{
        accounts::{AccountStatus, LoginStanding},
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        permissions::{Actor, Permission},
        precondition::Precondition,
        staff::{AccountSort, User, UserDraft, UserFilter, UserPatch, folded_email},
    },
    error::{Code, Error},
    repositories::{refresh_tokens, staff},
    services::accounts::{check_standing, check_version, check_within_reach},
};

/// One person.
///
/// # Errors
/// `not_found`; `unauthenticated` and `permission_denied` where `actor`'s account has changed since the token was given, here and below.
pub fn get_user(conn: &mut DbConnection, actor: &Actor, id: Id<User>) -> Result<User, Error> {
    check_standing(conn, actor, Permission::ReadUsers)?;
    staff::find(conn, id)?.ok_or_else(|| Error::not_found("user"))
}

/// One person by the address they log in with, for commands.
///
/// # Errors
/// `not_found`.
pub fn find_user_by_email(conn: &mut DbConnection, email: &str) -> Result<User, Error> {
    let account = staff::find_account(conn, &folded_email(email))?;
    let id = account.and_then(|account| account.actor.id).ok_or_else(|| Error::not_found("user"))?;
    staff::find(conn, id.cast())?.ok_or_else(|| Error::not_found("user"))
}

/// One page of the people.
///
/// # Errors
/// The database's.
pub fn list_users(
    conn: &mut DbConnection,
    actor: &Actor,
    mut filter: UserFilter,
    page: &PageRequest<AccountSort>,
) -> Result<Page<User>, Error> {
    check_standing(conn, actor, Permission::ReadUsers)?;
    filter.email = filter.email.map(|email| folded_email(&email));
    Ok(staff::list(conn, &filter, page)?)
}

/// Adds a person, whose password was hashed before the transaction.
///
/// # Errors
/// `already_taken` when the address belongs to somebody else, `permission_denied` for a role that can do more than `actor`.
pub fn create_user(tx: &mut DbConnection, actor: &Actor, now: Instant, draft: &UserDraft, password_hash: &str) -> Result<User, Error> {
    let actor = check_standing(tx, actor, Permission::WriteUsers)?;
    check_within_reach(&actor, draft.role.permissions())?;
    let user = User {
        id: Id::generate(),
        email: folded_email(&draft.email),
        name: draft.name.clone(),
        role: draft.role,
        status: AccountStatus::Active,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    staff::insert(tx, &user, password_hash).map_err(|error| taken_or(error, &user.email))?;
    Ok(user)
}

fn taken_or(error: DbError, email: &str) -> Error {
    if error.is_unique("staff_email_key") {
        Error::new(Code::AlreadyTaken, format!("Somebody else logs in as {email}.")).at("/email")
    } else {
        error.into()
    }
}

/// Changes a person. A new password (hashed before the transaction) and disabling end every session.
///
/// # Errors
/// `not_found`, `stale_version`, `conflict` when no admin would be left, `permission_denied` for roles that can do more than `actor`.
pub fn update_user(
    tx: &mut DbConnection,
    (actor, precondition, now): (&Actor, &Precondition, Instant),
    id: Id<User>,
    patch: &UserPatch,
    password_hash: Option<&str>,
) -> Result<User, Error> {
    // Before the person's own row, and for every change alike: two transactions that each remove an admin wait here for one another.
    let admins = staff::lock_active_admins(tx)?;
    let user = staff::find_for_update(tx, id)?;
    // With the locks, so that whoever was disabled while we waited for them is seen to be.
    let actor = check_standing(tx, actor, Permission::WriteUsers)?;
    let mut user = user.ok_or_else(|| Error::not_found("user"))?;
    check_version(precondition, user.version)?;
    check_within_reach(&actor, user.role.permissions())?;
    check_within_reach(&actor, patch.role.unwrap_or(user.role).permissions())?;
    if user.ceases_to_be_admin(patch) && admins.iter().all(|admin| *admin == id) {
        return Err(Error::new(Code::Conflict, "This is the last admin who can log in: make another one first."));
    }
    let is_shut_out = patch.status == Some(AccountStatus::Disabled) && user.status != AccountStatus::Disabled;
    user.name = patch.name.clone().unwrap_or(user.name);
    user.role = patch.role.unwrap_or(user.role);
    user.status = patch.status.unwrap_or(user.status);
    user.version = user.version.saturating_add(1);
    user.updated_at = now;
    staff::update(tx, &user)?;
    if let Some(hash) = password_hash {
        staff::update_password(tx, id, hash)?;
        staff::update_standing(tx, id, LoginStanding::default())?;
    }
    if password_hash.is_some() || is_shut_out {
        refresh_tokens::revoke_all_of(tx, id, now)?;
    }
    Ok(user)
}
