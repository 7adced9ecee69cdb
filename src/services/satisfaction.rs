//! How satisfied customers are: kept up to date by whatever tells of it.

use crate::{
    db::DbConnection,
    domain::{
        customers::{Customer, SatisfactionChange},
        ids::Id,
        instants::Instant,
    },
    error::Error,
    repositories::customers::satisfaction,
};

/// The rating of a customer's last review.
///
/// # Errors
/// The database's.
pub fn last_rating(tx: &mut DbConnection, customer_id: Id<Customer>) -> Result<Option<i32>, Error> {
    Ok(satisfaction::last_rating(tx, customer_id)?)
}

/// Has a customer's record tell of a change; nothing is written where nothing changes.
///
/// # Errors
/// The database's.
pub fn record(tx: &mut DbConnection, now: Instant, customer_id: Id<Customer>, change: SatisfactionChange) -> Result<(), Error> {
    if change == SatisfactionChange::default() { Ok(()) } else { Ok(satisfaction::change(tx, customer_id, now, change)?) }
}
