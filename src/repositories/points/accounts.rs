//! How many points customers have. Whoever changes a ledger holds its account's row.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbResult, schema::point_accounts},
    domain::{customers::Customer, ids::Id, instants::Instant, points::PointAccount},
    on, on_locked, on_skip_locked,
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = point_accounts, treat_none_as_default_value = false)]
struct AccountRow {
    customer_id: Id<Customer>,
    balance: i64,
    pending: i64,
    lifetime_earned: i64,
    version: i64,
    updated_at: Instant,
}

impl From<AccountRow> for PointAccount {
    fn from(row: AccountRow) -> Self {
        let AccountRow { customer_id, balance, pending, lifetime_earned, version, updated_at } = row;
        Self { customer_id, balance, pending, lifetime_earned, version, updated_at }
    }
}

impl From<&PointAccount> for AccountRow {
    fn from(account: &PointAccount) -> Self {
        let PointAccount { customer_id, balance, pending, lifetime_earned, version, updated_at } = *account;
        Self { customer_id, balance, pending, lifetime_earned, version, updated_at }
    }
}

/// A customer's account, where they ever had one.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, customer_id: Id<Customer>) -> DbResult<Option<PointAccount>> {
    let found: Option<AccountRow> =
        on!(conn, c => point_accounts::table.find(customer_id).select(AccountRow::as_select()).first(c).optional())?;
    Ok(found.map(Into::into))
}

/// A customer's account, made where there was none; its row stays locked until the transaction ends.
///
/// # Errors
/// A foreign key where there is no such customer.
pub fn find_or_make_for_update(conn: &mut DbConnection, customer_id: Id<Customer>, now: Instant) -> DbResult<PointAccount> {
    if let Some(account) = find_for_update(conn, customer_id)? {
        return Ok(account);
    }
    let empty = PointAccount::empty(customer_id, now);
    let row = AccountRow::from(&empty);
    on!(&mut *conn, c => diesel::insert_into(point_accounts::table).values(&row).on_conflict_do_nothing().execute(c))?;
    // Another may have made it meanwhile, and have added to it.
    Ok(find_for_update(conn, customer_id)?.unwrap_or(empty))
}

/// A customer's account, where they ever had one; its row stays locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, customer_id: Id<Customer>) -> DbResult<Option<PointAccount>> {
    let wanted = point_accounts::table.filter(point_accounts::customer_id.eq(customer_id));
    let found: Option<AccountRow> = on_locked!(conn, c, wanted.select(AccountRow::as_select()) => first).optional()?;
    Ok(found.map(Into::into))
}

/// The accounts of `customer_ids` that nobody else holds just now; their rows stay locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_free_for_update(conn: &mut DbConnection, customer_ids: &[Id<Customer>]) -> DbResult<Vec<PointAccount>> {
    let wanted = point_accounts::table.filter(point_accounts::customer_id.eq_any(customer_ids));
    let rows: Vec<AccountRow> = on_skip_locked!(conn, c, wanted.select(AccountRow::as_select()) => load)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Stores accounts that were there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, accounts: &[PointAccount]) -> DbResult<()> {
    use diesel::upsert::excluded;
    if accounts.is_empty() {
        return Ok(());
    }
    let rows: Vec<AccountRow> = accounts.iter().map(Into::into).collect();
    let changes = (
        point_accounts::balance.eq(excluded(point_accounts::balance)),
        point_accounts::pending.eq(excluded(point_accounts::pending)),
        point_accounts::lifetime_earned.eq(excluded(point_accounts::lifetime_earned)),
        point_accounts::version.eq(excluded(point_accounts::version)),
        point_accounts::updated_at.eq(excluded(point_accounts::updated_at)),
    );
    on!(conn, c => diesel::insert_into(point_accounts::table).values(&rows)
        .on_conflict(point_accounts::customer_id).do_update().set(changes).execute(c))?;
    Ok(())
}
