//! The people who work for the shop.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::staff},
    domain::{
        accounts::{Account, AccountStatus, LoginStanding},
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        permissions::{Actor, ActorKind, Role},
        staff::{AccountSort, User, UserFilter},
    },
    list_by_id, on, on_locked,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = staff)]
struct UserRow {
    id: Id<User>,
    email: String,
    name: Option<String>,
    role: Role,
    status: AccountStatus,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        let UserRow { id, email, name, role, status, version, created_at, updated_at } = row;
        Self { id, email, name, role, status, version, created_at, updated_at }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = staff)]
struct AccountRow {
    id: Id<User>,
    role: Role,
    status: AccountStatus,
    password_hash: String,
    failed_logins: i32,
    locked_until: Option<Instant>,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self {
            actor: Actor { kind: ActorKind::Staff, id: Some(row.id.cast()), permissions: row.role.permissions() },
            role: Some(row.role),
            status: row.status,
            secret_hash: row.password_hash,
            standing: LoginStanding { failed_logins: row.failed_logins, locked_until: row.locked_until },
        }
    }
}

/// One person.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<User>) -> DbResult<Option<User>> {
    let row = on!(conn, c => staff::table.find(id).select(UserRow::as_select()).first(c).optional())?;
    Ok(row.map(Into::into))
}

/// One person, who stays as they are until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, id: Id<User>) -> DbResult<Option<User>> {
    let row: Option<UserRow> = on_locked!(conn, c, staff::table.find(id).select(UserRow::as_select()) => first).optional()?;
    Ok(row.map(Into::into))
}

/// What a login needs to know of the person with this address, in lower case.
///
/// # Errors
/// The database's.
pub fn find_account(conn: &mut DbConnection, email: &str) -> DbResult<Option<Account>> {
    let row = on!(conn, c => staff::table.filter(staff::email.eq(email)).select(AccountRow::as_select()).first(c).optional())?;
    Ok(row.map(Into::into))
}

/// As [`find_account`], by id.
///
/// # Errors
/// The database's.
pub fn find_account_by_id(conn: &mut DbConnection, id: Id<User>) -> DbResult<Option<Account>> {
    let row = on!(conn, c => staff::table.find(id).select(AccountRow::as_select()).first(c).optional())?;
    Ok(row.map(Into::into))
}

/// As [`find_account`], by id, for somebody who stays as they are until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_account_for_update(conn: &mut DbConnection, id: Id<User>) -> DbResult<Option<Account>> {
    let row: Option<AccountRow> = on_locked!(conn, c, staff::table.find(id).select(AccountRow::as_select()) => first).optional()?;
    Ok(row.map(Into::into))
}

/// The admins who can log in, none of whom another transaction can demote or disable until this one ends.
///
/// # Errors
/// The database's.
pub fn lock_active_admins(conn: &mut DbConnection) -> DbResult<Vec<Id<User>>> {
    let admins = staff::table.filter(staff::role.eq(Role::Admin)).filter(staff::status.eq(AccountStatus::Active));
    Ok(on_locked!(conn, c, admins.order(staff::id).select(staff::id) => load)?)
}

/// One page of the people.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, filter: &UserFilter, page: &PageRequest<AccountSort>) -> DbResult<Page<User>> {
    Ok(list_by_id!(conn, page, UserRow => User, staff::id, |select| {
        let mut query = staff::table.select(select).into_boxed();
        if let Some(email) = &filter.email {
            query = query.filter(staff::email.eq(email));
        }
        if let Some(role) = filter.role {
            query = query.filter(staff::role.eq(role));
        }
        if let Some(status) = filter.status {
            query = query.filter(staff::status.eq(status));
        }
        query
    }))
}

/// Adds a person.
///
/// # Errors
/// The database's; `staff_email_key` when the address is taken.
pub fn insert(conn: &mut DbConnection, user: &User, password_hash: &str) -> DbResult<()> {
    let row = (
        staff::id.eq(user.id),
        staff::email.eq(&user.email),
        staff::name.eq(&user.name),
        staff::role.eq(user.role),
        staff::status.eq(user.status),
        staff::password_hash.eq(password_hash),
        staff::failed_logins.eq(0),
        staff::version.eq(user.version),
        staff::created_at.eq(user.created_at),
        staff::updated_at.eq(user.updated_at),
    );
    on!(conn, c => diesel::insert_into(staff::table).values(row).execute(c))?;
    Ok(())
}

/// Stores what can change of a person, the password apart.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, user: &User) -> DbResult<()> {
    let changes = (
        staff::name.eq(&user.name),
        staff::role.eq(user.role),
        staff::status.eq(user.status),
        staff::version.eq(user.version),
        staff::updated_at.eq(user.updated_at),
    );
    on!(conn, c => diesel::update(staff::table.find(user.id)).set(changes).execute(c))?;
    Ok(())
}

/// Stores a new password.
///
/// # Errors
/// The database's.
pub fn update_password(conn: &mut DbConnection, id: Id<User>, password_hash: &str) -> DbResult<()> {
    on!(conn, c => diesel::update(staff::table.find(id)).set(staff::password_hash.eq(password_hash)).execute(c))?;
    Ok(())
}

/// Stores how a person stands after a login.
///
/// # Errors
/// The database's.
pub fn update_standing(conn: &mut DbConnection, id: Id<User>, standing: LoginStanding) -> DbResult<()> {
    let changes = (staff::failed_logins.eq(standing.failed_logins), staff::locked_until.eq(standing.locked_until));
    on!(conn, c => diesel::update(staff::table.find(id)).set(changes).execute(c))?;
    Ok(())
}
