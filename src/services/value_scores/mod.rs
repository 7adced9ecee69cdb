//! Values of customers, live: their own measures, read now, through the cuts of the current run.

use std::sync::Arc;

use self::{basis::BasisCache, goods::GoodsCache};
use crate::{
    db::DbConnection,
    domain::{
        customer_values::{CustomerValue, ScoringBasis},
        customers::Customer,
        ids::Id,
        instants::Instant,
        scoring_runs::ScoringRun,
    },
    error::Error,
    repositories::{
        scoring_runs,
        views::purchases::{self, Purchases},
    },
};

mod basis;
mod goods;
mod measuring;
mod previews;

pub use goods::note_changed_goods;
pub use measuring::{Catalogue, CustomerRange, Digested, count_customers, digest_range, last_of_next, load_catalogue};
pub use previews::{CloselySeen, PreviewPlan, plan_preview};

/// What live scores need each time and what changes rarely, kept in memory. Shared by all threads.
#[derive(Debug, Default)]
pub struct ValueCache {
    basis: BasisCache,
    goods: GoodsCache,
}

/// What scores are read against just now.
///
/// # Errors
/// The database's.
pub fn current_basis(tx: &mut DbConnection, cache: &ValueCache) -> Result<Arc<ScoringBasis>, Error> {
    let run = scoring_runs::current_id(tx)?;
    basis_of(tx, cache, run)
}

/// The basis that a current run makes, or the active model alone.
fn basis_of(tx: &mut DbConnection, cache: &ValueCache, run: Option<Id<ScoringRun>>) -> Result<Arc<ScoringBasis>, Error> {
    let basis = match run {
        Some(run) => cache.basis.of_run(tx, run)?,
        None => basis::of_active_model(tx)?,
    };
    cache.basis.remember_latest(&basis);
    Ok(basis)
}

/// A customer's value just now, against the current run.
///
/// Warm, this is one statement: the cache says what to read against, and the statement says whether that is still the current run.
///
/// # Errors
/// `not_found`.
pub fn value_now(conn: &mut DbConnection, cache: &ValueCache, customer: Id<Customer>, now: Instant) -> Result<CustomerValue, Error> {
    let mut basis = match cache.basis.latest() {
        Some(basis) => basis,
        None => current_basis(conn, cache)?,
    };
    // A run may complete, or a model be activated, at any moment; twice within these microseconds is once too often to wait for.
    for _ in 0..2 {
        let found = purchases::of_customer(conn, customer, basis.definition.window(now), basis.run_id())?;
        let found = found.ok_or_else(|| Error::not_found("customer"))?;
        let is_current = match found.current_run {
            Some(run) => basis.run_id() == Some(run),
            None => basis.run.is_none() && found.active_model == Some(basis.model.id),
        };
        if is_current {
            return value(conn, cache, (customer, now), basis, &found);
        }
        basis = basis_of(conn, cache, found.current_run)?;
    }
    read(conn, cache, customer, now, basis)
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
    let basis = match scoring_runs::find_id_as_of(conn, as_of)? {
        Some(run) => cache.basis.of_run(conn, run)?,
        None => current_basis(conn, cache)?,
    };
    read(conn, cache, customer, as_of, basis)
}

fn read(
    conn: &mut DbConnection,
    cache: &ValueCache,
    customer: Id<Customer>,
    as_of: Instant,
    basis: Arc<ScoringBasis>,
) -> Result<CustomerValue, Error> {
    let found = purchases::of_customer(conn, customer, basis.definition.window(as_of), basis.run_id())?;
    value(conn, cache, (customer, as_of), basis, &found.ok_or_else(|| Error::not_found("customer"))?)
}

fn value(
    conn: &mut DbConnection,
    cache: &ValueCache,
    (customer_id, as_of): (Id<Customer>, Instant),
    basis: Arc<ScoringBasis>,
    found: &Purchases,
) -> Result<CustomerValue, Error> {
    let measures = cache.goods.measures(conn, found)?;
    let Purchases { profiling_opt_out, run_score, .. } = *found;
    Ok(CustomerValue { customer_id, as_of, basis, profiling_opt_out, measures, run_score })
}
