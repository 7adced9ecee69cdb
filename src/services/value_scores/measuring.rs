//! Everybody's measures, a range of customers at a time: what scoring runs and previews are made of.

use crate::{
    db::DbConnection,
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        value_score::{Digest, ModelDefinition, Window},
    },
    error::Error,
    repositories::views::{goods::Shelf, purchases},
};

/// Everything that is sold, kept in memory while lines are read.
#[derive(Debug)]
pub struct Catalogue(Shelf);

/// Reads everything that is sold.
///
/// # Errors
/// The database's.
pub fn load_catalogue(conn: &mut DbConnection) -> Result<Catalogue, Error> {
    Ok(Catalogue(Shelf::load(conn)?))
}

/// How many customers there are.
///
/// # Errors
/// The database's.
pub fn count_customers(conn: &mut DbConnection) -> Result<i64, Error> {
    Ok(purchases::count_customers(conn)?)
}

/// The last of the next `count` customers after `after`; `None` when fewer are left.
///
/// # Errors
/// The database's.
pub fn last_of_next(conn: &mut DbConnection, after: Id<Customer>, count: i64) -> Result<Option<Id<Customer>>, Error> {
    Ok(purchases::last_of_next(conn, after, count)?)
}

/// The customers after the first id up to and with the second.
pub type CustomerRange = (Id<Customer>, Id<Customer>);

/// One customer's measures, digested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digested<const N: usize> {
    /// Who.
    pub customer_id: Id<Customer>,
    /// The last purchase.
    pub last_purchase_at: Instant,
    /// The measures, one digest a model.
    pub digests: [Digest; N],
}

/// Those of a range of customers who have bought something and may be profiled, as each of `models` sees them at `as_of`.
/// The second half of the answer counts those who may be profiled, whether they have bought or not.
///
/// # Errors
/// The database's.
pub fn digest_range<const N: usize>(
    conn: &mut DbConnection,
    catalogue: &Catalogue,
    models: [&ModelDefinition; N],
    as_of: Instant,
    range: CustomerRange,
) -> Result<(Vec<Digested<N>>, i64), Error> {
    let windows: [Window; N] = models.map(|model| model.window(as_of));
    let (mut digested, mut customers) = (Vec::new(), 0);
    purchases::of_range(conn, &catalogue.0, &windows, range, |customer_id, measures| {
        customers += 1;
        let last = measures.first().and_then(|measures| measures.last_purchase_at());
        // Whoever has bought has a digest under each model.
        let digests: Option<Vec<Digest>> = measures.iter().zip(models).map(|(measures, model)| measures.digest(model, as_of)).collect();
        if let (Some(last_purchase_at), Some(Ok(digests))) = (last, digests.map(TryInto::try_into)) {
            digested.push(Digested { customer_id, last_purchase_at, digests });
        }
        Ok::<_, Error>(())
    })?;
    Ok((digested, customers))
}
