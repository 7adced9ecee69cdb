//! Codes that customers share, and who was brought by whom.

use diesel::prelude::*;

use crate::{
    db::{
        DbConnection, DbResult,
        expressions::Statement,
        schema::{referral_codes, referrals},
        sql_types::Uuid,
    },
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        orders::Order,
        paging::{Page, PageRequest},
        referrals::{Referral, ReferralSort, ReferralStatus, SharedCode},
    },
    list_by_id, on, on_locked,
};

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = referrals, primary_key(customer_id), treat_none_as_default_value = false, treat_none_as_null = true)]
struct ReferralRow {
    customer_id: Id<Customer>,
    id: Id<Referral>,
    referrer_id: Id<Customer>,
    status: ReferralStatus,
    order_id: Option<Id<Order>>,
    created_at: Instant,
    updated_at: Instant,
}

impl From<ReferralRow> for Referral {
    fn from(row: ReferralRow) -> Self {
        Self {
            id: row.id,
            friend_id: row.customer_id,
            referrer_id: row.referrer_id,
            status: row.status,
            order_id: row.order_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<&Referral> for ReferralRow {
    fn from(referral: &Referral) -> Self {
        Self {
            customer_id: referral.friend_id,
            id: referral.id,
            referrer_id: referral.referrer_id,
            status: referral.status,
            order_id: referral.order_id,
            created_at: referral.created_at,
            updated_at: referral.updated_at,
        }
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = referral_codes)]
struct CodeRow {
    customer_id: Id<Customer>,
    code: String,
    created_at: Instant,
}

/// The code that a customer shares.
///
/// # Errors
/// The database's.
pub fn find_code(conn: &mut DbConnection, customer: Id<Customer>) -> DbResult<Option<SharedCode>> {
    let found: Option<CodeRow> = on!(conn, c => referral_codes::table.find(customer).select(CodeRow::as_select()).first(c).optional())?;
    Ok(found.map(|row| SharedCode { customer_id: row.customer_id, code: row.code, created_at: row.created_at }))
}

/// Stores a new code to share.
///
/// # Errors
/// The database's.
pub fn insert_code(conn: &mut DbConnection, code: &SharedCode) -> DbResult<()> {
    let row = CodeRow { customer_id: code.customer_id, code: code.code.clone(), created_at: code.created_at };
    on!(conn, c => diesel::insert_into(referral_codes::table).values(&row).execute(c))?;
    Ok(())
}

/// By whom a customer was brought.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, friend: Id<Customer>) -> DbResult<Option<Referral>> {
    let found = on!(conn, c => referrals::table.find(friend).select(ReferralRow::as_select()).first(c).optional())?;
    Ok(found.map(ReferralRow::into))
}

/// By whom a customer was brought; the row stays locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, friend: Id<Customer>) -> DbResult<Option<Referral>> {
    let wanted = referrals::table.filter(referrals::customer_id.eq(friend));
    let found: Option<ReferralRow> = on_locked!(conn, c, wanted.select(ReferralRow::as_select()) => first).optional()?;
    Ok(found.map(Into::into))
}

/// Whether `above` has brought somebody who has brought somebody … who has brought `below`.
///
/// # Errors
/// The database's.
pub fn is_above(conn: &mut DbConnection, above: Id<Customer>, below: Id<Customer>) -> DbResult<bool> {
    let chain = "WITH RECURSIVE chain (id) AS (SELECT referrer_id FROM referrals WHERE customer_id = ? \
                 UNION SELECT r.referrer_id FROM referrals r JOIN chain ON r.customer_id = chain.id) SELECT id FROM chain WHERE id = ?";
    let query = Statement::<Uuid>::new(chain, vec![below.into(), above.into()]);
    let found: Vec<Id<Customer>> = on!(conn, c => query.load(c))?;
    Ok(!found.is_empty())
}

/// A page of those whom a customer has brought.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, referrer: Id<Customer>, page: &PageRequest<ReferralSort>) -> DbResult<Page<Referral>> {
    Ok(
        list_by_id!(conn, page, ReferralRow => Referral, referrals::id, |select| referrals::table.filter(referrals::referrer_id.eq(referrer)).select(select).into_boxed()),
    )
}

/// Stores a new referral.
///
/// # Errors
/// `referrals_pkey` when the friend was brought by somebody already.
pub fn insert(conn: &mut DbConnection, referral: &Referral) -> DbResult<()> {
    let row = ReferralRow::from(referral);
    on!(conn, c => diesel::insert_into(referrals::table).values(&row).execute(c))?;
    Ok(())
}

/// Stores a referral that was there before.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, referral: &Referral) -> DbResult<()> {
    let row = ReferralRow::from(referral);
    on!(conn, c => diesel::update(referrals::table.find(referral.friend_id)).set(&row).execute(c))?;
    Ok(())
}
