//! What time does to points: they expire, and customers' events tell so before. Each pass takes a few customers at a time, in a short transaction with the same number of
//! statements however many they are, leaves alone whose ledger another holds, and changes nothing that is done already.

use std::collections::HashMap;

use serde_json::{Map, json};

use super::programme;
use crate::{
    db::DbConnection,
    domain::{
        customer_events::{CustomerEvent, CustomerEventKind},
        customers::Customer,
        ids::Id,
        instants::Instant,
        points::{Ledger, PointAccount, PointEntry},
    },
    error::Error,
    repositories::{
        customer_events,
        points::{accounts, entries},
    },
};

/// Entries that one pass looks for.
const BATCH: i64 = 500;

/// Takes what remains of points whose time is over; answers whether there may be more.
///
/// # Errors
/// The database's.
pub fn expire(tx: &mut DbConnection, now: Instant) -> Result<bool, Error> {
    let found = entries::find_expiring(tx, now, false, BATCH)?;
    let (mut changed_accounts, mut changed_entries) = (Vec::new(), Vec::new());
    for (account, lots) in free_ledgers(tx, &found)? {
        let mut ledger = Ledger::new(account, lots);
        ledger.expire(now)?;
        if let Some((account, entries)) = ledger.into_changes(now) {
            changed_accounts.push(account);
            changed_entries.extend(entries);
        }
    }
    let is_full = i64::try_from(found.len()).is_ok_and(|count| count >= BATCH);
    // Where every ledger is held by others, the next round comes early enough.
    let may_be_more = is_full && !changed_accounts.is_empty();
    accounts::update(tx, &changed_accounts)?;
    entries::save(tx, changed_entries)?;
    Ok(may_be_more)
}

/// Tells in customers' events which of their points expire within the programme's days of notice, each once; answers whether there may be more.
///
/// # Errors
/// The database's.
pub fn give_notice(tx: &mut DbConnection, now: Instant) -> Result<bool, Error> {
    let Some(until) = programme::noticed_until(tx, now)? else { return Ok(false) };
    let found = entries::find_expiring(tx, until, true, BATCH)?;
    let (mut events, mut noticed) = (Vec::new(), Vec::new());
    for (account, lots) in free_ledgers(tx, &found)? {
        let is_told_now = |lot: &&PointEntry| lot.noticed_at.is_none() && lot.expires_at.is_some_and(|at| at <= until);
        let told: Vec<&PointEntry> = lots.iter().filter(is_told_now).collect();
        let points: i64 = told.iter().map(|lot| lot.remaining).sum();
        let Some(expires_at) = told.iter().filter_map(|lot| lot.expires_at).min() else { continue };
        let details = Map::from_iter([("points".to_owned(), json!(points)), ("expires_at".to_owned(), json!(expires_at))]);
        let kind = CustomerEventKind::PointsExpiring;
        events.push(CustomerEvent { customer_id: account.customer_id, id: Id::generate(), at: now, kind, details });
        noticed.extend(told.into_iter().map(|lot| PointEntry { noticed_at: Some(now), ..lot.clone() }));
    }
    let is_full = i64::try_from(found.len()).is_ok_and(|count| count >= BATCH);
    let may_be_more = is_full && !noticed.is_empty();
    customer_events::insert(tx, events)?;
    entries::save(tx, noticed)?;
    Ok(may_be_more)
}

/// The ledgers of these customers that nobody else holds just now, with what remains.
fn free_ledgers(tx: &mut DbConnection, customer_ids: &[Id<Customer>]) -> Result<Vec<(PointAccount, Vec<PointEntry>)>, Error> {
    let mut customer_ids = customer_ids.to_vec();
    customer_ids.sort_unstable();
    customer_ids.dedup();
    if customer_ids.is_empty() {
        return Ok(Vec::new());
    }
    let accounts = accounts::find_free_for_update(tx, &customer_ids)?;
    let held: Vec<Id<Customer>> = accounts.iter().map(|account| account.customer_id).collect();
    let mut lots: HashMap<Id<Customer>, Vec<PointEntry>> = HashMap::new();
    for lot in entries::find_remaining(tx, &held)? {
        lots.entry(lot.customer_id).or_default().push(lot);
    }
    Ok(accounts.into_iter().map(|account| (account, lots.remove(&account.customer_id).unwrap_or_default())).collect())
}
