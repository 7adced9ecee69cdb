//! Everybody's purchases, read once: what scoring runs and previews begin with.
//!
//! Threads take turns at the next few thousand customers, each on a connection and a snapshot of its own. No customer is split between two, so
//! each is measured as of one moment; and no statement and no answer ever grows with the shop.

use std::{
    sync::{Mutex, PoisonError},
    thread,
};

use crossbeam_channel::{Sender, bounded};

use super::spool::Spool;
use crate::{
    db::{Db, DbConnection},
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        value_score::{CustomerScore, ModelDefinition, PopulationColumns, RunCuts, ScoreDistribution, score_digest},
    },
    error::Error,
    services::value_scores::{self, CustomerRange, Digested},
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
    let first: Id<Customer> = uuid::Uuid::nil().into();
    let turn = Mutex::new(Some(first));
    let (sender, chunks) = bounded(threads.max(1));
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            let (sender, turn) = (sender.clone(), &turn);
            scope.spawn(move || {
                if let Err(error) = db.long_read(|conn| read_chunks(conn, models, as_of, turn, &sender)) {
                    drop(sender.send(Err(error)));
                }
            });
        }
        drop(sender);
        let mut customers = 0;
        // Leaving early drops the receiver, and the threads end with their next chunk.
        for chunk in chunks {
            let (digested, read) = chunk?;
            for entry in &digested {
                population.spool.push(entry).map_err(Error::internal)?;
                for (columns, digest) in population.columns.iter_mut().zip(&entry.digests) {
                    columns.add_goodness(digest.goodness);
                }
            }
            customers += read;
            observe(customers)?;
        }
        Ok(population)
    })
}

/// Digests, and how many customers were read for them.
type Chunk<const N: usize> = (Vec<Digested<N>>, i64);

fn read_chunks<const N: usize>(
    conn: &mut DbConnection,
    models: [&ModelDefinition; N],
    as_of: Instant,
    turn: &Mutex<Option<Id<Customer>>>,
    sender: &Sender<Result<Chunk<N>, Error>>,
) -> Result<(), Error> {
    let catalogue = value_scores::load_catalogue(conn)?;
    while let Some(range) = take_turn(conn, turn)? {
        let chunk = value_scores::digest_range(conn, &catalogue, models, as_of, range)?;
        if sender.send(Ok(chunk)).is_err() {
            break;
        }
    }
    Ok(())
}

/// The customers that this thread reads next.
fn take_turn(conn: &mut DbConnection, turn: &Mutex<Option<Id<Customer>>>) -> Result<Option<CustomerRange>, Error> {
    let mut next = turn.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(after) = *next else { return Ok(None) };
    *next = value_scores::last_of_next(conn, after, CHUNK)?;
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

impl<const N: usize> Digested<N> {
    /// This customer's score by the model at position `index`.
    pub fn score<'cuts>(&self, index: usize, model: &ModelDefinition, cuts: &'cuts RunCuts) -> Option<CustomerScore<'cuts>> {
        self.digests.get(index).map(|digest| score_digest(digest, model, &cuts.bands))
    }
}
