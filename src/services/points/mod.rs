//! Points: what customers earn, spend and lose. Whoever adds to a ledger holds the lock on its account's row.
//!
//! Accounts are locked after orders, feedback and coupons, and of two the friend's before that of who brought them.

use crate::{
    db::DbConnection,
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        orders::Order,
        paging::{Page, PageRequest},
        points::{Ledger, PointAccount, PointEntry, PointFilter, PointSort, PointStanding, PointsFault},
    },
    error::{Code, Error},
    repositories::points::{accounts, entries},
    services::customers::get_customer,
};

mod awards;
pub mod chores;
mod movements;
pub(in crate::services) mod orders;
pub mod programme;

pub use awards::{Referral, reward_answer, reward_review, settle_referral};
pub use movements::{adjust, spend};

/// Where a customer's points stand, and a page of how they came there.
///
/// # Errors
/// `not_found` for a customer who is not there.
pub fn get_points(
    tx: &mut DbConnection,
    now: Instant,
    filter: &PointFilter,
    page: &PageRequest<PointSort>,
) -> Result<(PointStanding, Page<PointEntry>), Error> {
    let customer_id = get_customer(tx, filter.customer_id)?.id;
    let account = accounts::find(tx, customer_id)?.unwrap_or_else(|| PointAccount::empty(customer_id, now));
    let expiring_next = entries::find_expiring_next(tx, customer_id)?;
    Ok((PointStanding { account, expiring_next }, entries::list(tx, filter, page)?))
}

/// A customer's ledger, locked, with what remains and what an order made.
fn open_ledger(tx: &mut DbConnection, now: Instant, customer_id: Id<Customer>, order_id: Option<Id<Order>>) -> Result<Ledger, Error> {
    let account = accounts::find_or_make_for_update(tx, customer_id, now)?;
    Ok(Ledger::new(account, entries::find_needed(tx, customer_id, order_id)?))
}

/// As [`open_ledger`], for somebody who may never have had any points, and whom nothing is kept of then.
fn open_known_ledger(tx: &mut DbConnection, customer_id: Id<Customer>, order_id: Id<Order>) -> Result<Option<Ledger>, Error> {
    let Some(account) = accounts::find_for_update(tx, customer_id)? else { return Ok(None) };
    Ok(Some(Ledger::new(account, entries::find_needed(tx, customer_id, Some(order_id))?)))
}

/// Stores what became of a ledger; answers the account as it is now.
fn close_ledger(tx: &mut DbConnection, now: Instant, ledger: Ledger) -> Result<PointAccount, Error> {
    let before = *ledger.account();
    let Some((account, changed)) = ledger.into_changes(now) else { return Ok(before) };
    accounts::update(tx, &[account])?;
    entries::save(tx, changed)?;
    Ok(account)
}

impl From<PointsFault> for Error {
    fn from(fault: PointsFault) -> Self {
        match fault {
            PointsFault::Insufficient { .. } => Self::new(Code::InsufficientPoints, fault.to_string()).at("/points"),
            PointsFault::Overflow => Self::new(Code::AmountOverflow, fault.to_string()),
        }
    }
}
