//! Brings an uploaded ledger in.

use std::{
    io::{self, Read},
    time::Instant as Stopwatch,
};

use super::{
    Task, Tools, Unfinished,
    ledger::{Desk, Pace, Standing, gather, store},
};
use crate::{
    db::{Db, DbConnection},
    domain::{ids::Id, imports::Import, jobs::Progress, ledger::RowReject},
    error::Error,
    services::imports,
};

/// Does the import whose id is the job's. Begun again after a failure, it first takes back what it had reported.
///
/// # Errors
/// When the file is refused, the program stops, the lease is lost, or the database or the file system fail.
pub fn perform(task: &mut Task<'_>) -> Result<(), Unfinished> {
    let (id, started): (Id<Import>, _) = (task.job.id.cast(), Stopwatch::now());
    let (db, clock) = (task.tools.db.clone(), task.tools.clock.clone());
    if task.job.attempts > 1 {
        while task.write(Progress::default(), move |tx| imports::clear_some_rejects(tx, id))? > 0 {}
    }
    let limit = task.tools.import_limit;
    let gathered = db.long_read(|conn| {
        let import = imports::get_import(conn, id)?;
        let options = imports::options_of(conn, &import)?;
        let byte_count = u64::try_from(import.byte_count).unwrap_or(0);
        let file = Chunks { conn, id, next: 0, waiting: Vec::new(), at: 0 };
        let gathered = gather(&mut Queue { task, id }, file, (byte_count, limit), &options)?;
        Ok::<_, Unfinished>((options, gathered))
    });
    let (options, gathered) = gathered.inspect_err(|unfinished| {
        if matches!(unfinished, Unfinished::Refused(_)) {
            forget(&db, id);
        }
    })?;
    let (summary, standing) = store(&mut Queue { task, id }, clock.as_ref(), gathered, &options, started)?;
    let (job, now, progress) = (task.job.clone(), clock.now(), standing.progress());
    task.write(progress, move |tx| imports::complete_import(tx, now, &job, id, &summary, progress))?;
    forget(&db, id);
    Ok(())
}

/// Forgets a file that is not needed any more. Nothing depends on it: what is left behind is a chore's.
fn forget(db: &Db, id: Id<Import>) {
    if let Err(error) = forget_chunks(db, id) {
        tracing::warn!(%error, import = %id, "the file of an import is not forgotten yet");
    }
}

/// Forgets uploads that broke off, and files that have been brought in.
///
/// # Errors
/// The database's.
pub fn forget_leftovers(tools: &Tools) -> Result<(), Error> {
    let now = tools.clock.now();
    for id in tools.db.write_blocking(move |tx| imports::find_leftovers(tx, now))? {
        forget_chunks(&tools.db, id)?;
        tools.db.write_blocking(move |tx| imports::forget_upload(tx, id))?;
    }
    Ok(())
}

/// In small steps: a file may have gigabytes.
fn forget_chunks(db: &Db, id: Id<Import>) -> Result<(), Error> {
    while db.write_blocking(move |tx| imports::clear_some_chunks(tx, id))? > 0 {}
    Ok(())
}

/// A job as the place where an import writes: every transaction renews the lease.
struct Queue<'task, 'job> {
    task: &'task mut Task<'job>,
    id: Id<Import>,
}

impl Desk for Queue<'_, '_> {
    const PACE: Pace = Pace::AMONG_OTHERS;

    fn write<T: Send + 'static>(
        &mut self,
        standing: Standing,
        change: impl FnOnce(&mut DbConnection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Unfinished> {
        self.task.write(standing.progress(), change)
    }

    fn step(&mut self, standing: Standing) -> Result<(), Unfinished> {
        self.task.step(standing.progress())
    }

    fn report(&mut self, standing: Standing, rejects: Vec<RowReject>) -> Result<(), Unfinished> {
        let id = self.id;
        if rejects.is_empty() { Ok(()) } else { self.task.write(standing.progress(), move |tx| imports::add_rejects(tx, id, &rejects)) }
    }
}

/// An uploaded file as a stream.
struct Chunks<'a> {
    conn: &'a mut DbConnection,
    id: Id<Import>,
    next: i64,
    waiting: Vec<Vec<u8>>,
    at: usize,
}

impl Read for Chunks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            // The pieces wait in reverse, the next one last.
            let rest = self.waiting.last().and_then(|chunk| chunk.get(self.at..)).unwrap_or_default();
            if !rest.is_empty() {
                let length = (&mut &*rest).read(buffer)?;
                self.at += length;
                return Ok(length);
            }
            self.at = 0;
            if self.waiting.pop().is_some() && !self.waiting.is_empty() {
                continue;
            }
            self.waiting = imports::read_chunks(self.conn, self.id, self.next).map_err(io::Error::other)?;
            self.waiting.reverse();
            if self.waiting.is_empty() {
                return Ok(0);
            }
            self.next += i64::try_from(self.waiting.len()).unwrap_or(i64::MAX);
        }
    }
}
