//! Refresh tokens, found by their digests.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::refresh_tokens},
    domain::{
        ids::Id,
        instants::Instant,
        refresh_tokens::{Family, RefreshToken},
        staff::User,
    },
    on, on_locked,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = refresh_tokens)]
struct TokenRow {
    family_id: Id<Family>,
    staff_id: Id<User>,
    issued_at: Instant,
    expires_at: Instant,
    used_at: Option<Instant>,
    revoked_at: Option<Instant>,
}

impl From<TokenRow> for RefreshToken {
    fn from(row: TokenRow) -> Self {
        let TokenRow { family_id, staff_id, issued_at, expires_at, used_at, revoked_at } = row;
        Self { family_id, staff_id, issued_at, expires_at, used_at, revoked_at }
    }
}

/// Whose token it is.
///
/// # Errors
/// The database's.
pub fn find_owner(conn: &mut DbConnection, digest: &str) -> DbResult<Option<Id<User>>> {
    Ok(on!(conn, c => refresh_tokens::table.find(digest).select(refresh_tokens::staff_id).first(c).optional())?)
}

/// A token, which stays as it is until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, digest: &str) -> DbResult<Option<RefreshToken>> {
    let row: Option<TokenRow> =
        on_locked!(conn, c, refresh_tokens::table.find(digest).select(TokenRow::as_select()) => first).optional()?;
    Ok(row.map(Into::into))
}

/// Keeps a token.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, digest: &str, token: &RefreshToken) -> DbResult<()> {
    let row = (
        refresh_tokens::token_hash.eq(digest),
        refresh_tokens::family_id.eq(token.family_id),
        refresh_tokens::staff_id.eq(token.staff_id),
        refresh_tokens::issued_at.eq(token.issued_at),
        refresh_tokens::expires_at.eq(token.expires_at),
        refresh_tokens::used_at.eq(token.used_at),
        refresh_tokens::revoked_at.eq(token.revoked_at),
    );
    on!(conn, c => diesel::insert_into(refresh_tokens::table).values(row).execute(c))?;
    Ok(())
}

/// Remembers that a token was used.
///
/// # Errors
/// The database's.
pub fn mark_used(conn: &mut DbConnection, digest: &str, now: Instant) -> DbResult<()> {
    on!(conn, c => diesel::update(refresh_tokens::table.find(digest)).set(refresh_tokens::used_at.eq(Some(now))).execute(c))?;
    Ok(())
}

/// Ends a family; answers how many of its tokens had not ended.
///
/// # Errors
/// The database's.
pub fn revoke_family(conn: &mut DbConnection, family_id: Id<Family>, now: Instant) -> DbResult<usize> {
    let family = refresh_tokens::table.filter(refresh_tokens::family_id.eq(family_id)).filter(refresh_tokens::revoked_at.is_null());
    Ok(on!(conn, c => diesel::update(family).set(refresh_tokens::revoked_at.eq(Some(now))).execute(c))?)
}

/// Ends every family of a person.
///
/// # Errors
/// The database's.
pub fn revoke_all_of(conn: &mut DbConnection, staff_id: Id<User>, now: Instant) -> DbResult<usize> {
    let theirs = refresh_tokens::table.filter(refresh_tokens::staff_id.eq(staff_id)).filter(refresh_tokens::revoked_at.is_null());
    Ok(on!(conn, c => diesel::update(theirs).set(refresh_tokens::revoked_at.eq(Some(now))).execute(c))?)
}

/// Forgets tokens whose time ended before `cutoff`; answers how many.
///
/// # Errors
/// The database's.
pub fn delete_expired(conn: &mut DbConnection, cutoff: Instant) -> DbResult<usize> {
    Ok(on!(conn, c => diesel::delete(refresh_tokens::table.filter(refresh_tokens::expires_at.lt(cutoff))).execute(c))?)
}
