//! Values of customers, live: their own measures, read now, through the cuts of the current run.

use std::sync::Arc;

use self::cache::RevisedBasis;
use crate::{
    db::DbConnection,
    domain::{
        customer_values::{CustomerValue, ScoringBasis},
        customers::Customer,
        ids::Id,
        instants::Instant,
    },
    error::Error,
    repositories::{
        scoring_runs, value_revision,
        views::purchases::{self, Purchases},
    },
};

mod basis;
mod cache;
mod measuring;
mod previews;

pub use cache::ValueCache;
pub use measuring::{Catalogue, CustomerRange, Digested, count_customers, digest_range, last_of_next, load_catalogue};
pub use previews::{CloselySeen, PreviewPlan, plan_preview};

/// What scores are read against just now.
///
/// # Errors
/// The database's.
pub fn current_basis(conn: &mut DbConnection, cache: &ValueCache) -> Result<Arc<ScoringBasis>, Error> {
    Ok(cache.current(conn)?.basis)
}

/// Notes that something has changed which live scores are read against: the current run, the active model, what is known of goods. To be called
/// last in the transaction that changes it, because everybody else who changes such a thing waits from here on.
///
/// # Errors
/// The database's.
pub fn note_change(tx: &mut DbConnection) -> Result<(), Error> {
    Ok(value_revision::set(tx, &Id::<()>::generate().to_string())?)
}

/// A customer's value just now, against the current run.
///
/// Warm, this is one statement: the cache says what to read against, and the statement says whether that still holds.
///
/// # Errors
/// `not_found`.
pub fn value_now(conn: &mut DbConnection, cache: &ValueCache, customer: Id<Customer>, now: Instant) -> Result<CustomerValue, Error> {
    if let Some(remembered) = cache.remembered() {
        let found = find(conn, customer, now, &remembered)?;
        if found.is_current {
            return value(conn, cache, (customer, now), remembered, &found);
        }
    }
    let current = cache.current(conn)?;
    read(conn, cache, customer, now, current)
}

/// A customer's value at an instant of the past: against the newest run of the active model at exactly this instant, so that a run's own scores
/// come out again; where there is none, through the cuts of the current run.
///
/// # Errors
/// `not_found`, and `invalid` for an instant in the future.
pub fn value_as_of(
    conn: &mut DbConnection,
    cache: &ValueCache,
    customer: Id<Customer>,
    as_of: Instant,
    now: Instant,
) -> Result<CustomerValue, Error> {
    if as_of > now {
        return Err(Error::invalid_field("/as_of", "range", "must not lie in the future"));
    }
    let RevisedBasis { revision, basis } = cache.current(conn)?;
    let basis = match scoring_runs::find_id_as_of(conn, as_of)? {
        Some(run) => cache.of_run(conn, run)?,
        None => basis,
    };
    read(conn, cache, customer, as_of, RevisedBasis { revision, basis })
}

fn find(conn: &mut DbConnection, customer: Id<Customer>, as_of: Instant, against: &RevisedBasis) -> Result<Purchases, Error> {
    let RevisedBasis { revision, basis } = against;
    let found = purchases::of_customer(conn, customer, basis.definition.window(as_of), basis.run_id(), revision)?;
    found.ok_or_else(|| Error::not_found("customer"))
}

fn read(
    conn: &mut DbConnection,
    cache: &ValueCache,
    customer: Id<Customer>,
    as_of: Instant,
    against: RevisedBasis,
) -> Result<CustomerValue, Error> {
    let found = find(conn, customer, as_of, &against)?;
    value(conn, cache, (customer, as_of), against, &found)
}

fn value(
    conn: &mut DbConnection,
    cache: &ValueCache,
    (customer_id, as_of): (Id<Customer>, Instant),
    RevisedBasis { revision, basis }: RevisedBasis,
    found: &Purchases,
) -> Result<CustomerValue, Error> {
    let measures = cache.measures(conn, found, &revision)?;
    let Purchases { profiling_opt_out, run_score, .. } = *found;
    Ok(CustomerValue { customer_id, as_of, basis, profiling_opt_out, measures, run_score })
}
