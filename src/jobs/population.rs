//! Everybody's purchases, read once: what scoring runs and previews begin with.
//!
//! Threads take turns at the next few thousand customers, each on a connection and a snapshot of its own. No customer is split between two, so
//! each is measured as of one moment; and no statement and no answer ever grows with the shop.

use std::{
    sync::{Mutex, PoisonError},
    thread,
};

use crossbeam_channel::{Sender, bounded};

use super::spool::{Entry, Spool};
use crate::{
    db::{Db, DbConnection, DbError},
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        value_score::{CustomerScore, Digest, ModelDefinition, PopulationColumns, RunCuts, ScoreDistribution, Window, score_digest},
    },
    error::Error,
    repositories::views::purchases::{self, Shelf},
};

/// Customers a thread reads at a time.
const CHUNK: i64 = 2_000;

/// A population as each of `N` models sees it.
pub struct Population<const N: usize> {
    /// The customers who have bought something, with the digests of their measures.
    pub spool: Spool<N>,
    columns: Vec<PopulationColumns>,
}

/// One scoring of a population: everything but the rows.
#[derive(Debug)]
pub struct Scoring {
    /// The cuts; none where there was nobody to score.
    pub cuts: Option<RunCuts>,
    /// How many customers have each score.
    pub distribution: ScoreDistribution,
}

/// Reads everybody's purchases up to `as_of`; `observe` is told how many customers have been read.
pub fn survey<const N: usize, E: From<Error> + Send>(
    db: &Db,
    models: [&ModelDefinition; N],
    as_of: Instant,
    threads: usize,
    mut observe: impl FnMut(i64) -> Result<(), E>,
) -> Result<Population<N>, E> {
    let mut population = Population { spool: Spool::new(), columns: vec![PopulationColumns::default(); N] };
    let windows = models.map(|model| model.window(as_of));
    let first: Id<Customer> = uuid::Uuid::nil().into();
    let turn = Mutex::new(Some(first));
    let (sender, chunks) = bounded(threads.max(1));
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            let (sender, turn, windows) = (sender.clone(), &turn, &windows);
            scope.spawn(move || {
                if let Err(error) = db.long_read(|conn| read_chunks(conn, models, windows, turn, &sender)) {
                    drop(sender.send(Err(error)));
                }
            });
        }
        drop(sender);
        let mut customers = 0;
        // Leaving early drops the receiver, and the threads end with their next chunk.
        for chunk in chunks {
            let chunk: Chunk<N> = chunk?;
            for entry in &chunk.entries {
                population.spool.push(entry).map_err(Error::internal)?;
                for (columns, digest) in population.columns.iter_mut().zip(&entry.digests) {
                    columns.add_goodness(digest.goodness);
                }
            }
            customers += chunk.customers;
            observe(customers)?;
        }
        Ok(population)
    })
}

struct Chunk<const N: usize> {
    customers: i64,
    entries: Vec<Entry<N>>,
}

fn read_chunks<const N: usize>(
    conn: &mut DbConnection,
    models: [&ModelDefinition; N],
    windows: &[Window; N],
    turn: &Mutex<Option<Id<Customer>>>,
    sender: &Sender<Result<Chunk<N>, Error>>,
) -> Result<(), Error> {
    let shelf = Shelf::load(conn)?;
    let as_of = windows.first().map_or(Instant::MIN, |window| window.as_of);
    while let Some(range) = take_turn(conn, turn)? {
        let mut chunk = Chunk { customers: 0, entries: Vec::new() };
        purchases::of_range(conn, &shelf, windows, range, |customer_id, measures| {
            chunk.customers += 1;
            let last = measures.first().and_then(|measures| measures.last_purchase_at());
            // Whoever has bought has a digest under each model.
            let digests: Option<Vec<Digest>> = measures.iter().zip(models).map(|(measures, model)| measures.digest(model, as_of)).collect();
            if let (Some(last_purchase_at), Some(Ok(digests))) = (last, digests.map(TryInto::try_into)) {
                chunk.entries.push(Entry { customer_id, last_purchase_at, digests });
            }
            Ok::<_, DbError>(())
        })?;
        if sender.send(Ok(chunk)).is_err() {
            break;
        }
    }
    Ok(())
}

/// The customers that this thread reads next: those after the first id up to the second.
fn take_turn(conn: &mut DbConnection, turn: &Mutex<Option<Id<Customer>>>) -> Result<Option<(Id<Customer>, Id<Customer>)>, DbError> {
    let mut next = turn.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(after) = *next else { return Ok(None) };
    *next = purchases::last_of_next(conn, after, CHUNK)?;
    Ok(Some((after, next.unwrap_or_else(|| uuid::Uuid::max().into()))))
}

impl<const N: usize> Population<N> {
    /// Scores everybody by the model at position `index`.
    ///
    /// # Errors
    /// The file system's, where the population does not fit into memory.
    pub fn score(&mut self, index: usize, model: &ModelDefinition) -> Result<Scoring, Error> {
        let bands = self.columns.get_mut(index).and_then(|columns| columns.band_cuts(model));
        let mut scores = Vec::new();
        if let Some(bands) = &bands {
            self.spool
                .for_each(|entry| {
                    if let Some(digest) = entry.digests.get(index) {
                        scores.push(score_digest(digest, model, bands).score);
                    }
                    Ok::<_, std::io::Error>(())
                })
                .map_err(Error::internal)?;
        }
        let distribution: ScoreDistribution = scores.into_iter().collect();
        let tiers = distribution.tier_cuts(model.tier_shares());
        Ok(Scoring { cuts: bands.zip(tiers).map(|(bands, tiers)| RunCuts { bands, tiers }), distribution })
    }
}

impl<const N: usize> Entry<N> {
    /// This customer's score by the model at position `index`.
    pub fn score<'cuts>(&self, index: usize, model: &ModelDefinition, cuts: &'cuts RunCuts) -> Option<CustomerScore<'cuts>> {
        self.digests.get(index).map(|digest| score_digest(digest, model, &cuts.bands))
    }
}
