//! Imports: files that arrive in pieces and are brought in by a job of the same id.

use chrono::TimeDelta;

use crate::{
    db::DbConnection,
    domain::{
        ids::Id,
        imports::{Import, ImportKind, ImportReject, ImportSearch, ImportSort, LedgerSummary, RejectSort},
        instants::Instant,
        jobs::{Job, JobKind, Progress},
        ledger::{LedgerOptions, RawLedgerOptions, RowReject},
        paging::{Page, PageRequest},
    },
    error::{Code, Error},
    repositories::imports::{self as repository, chunks, rejects},
    services::{jobs, settings},
};

pub mod ledger;

/// How long an upload may stand still before it counts as broken off.
const STANDSTILL: TimeDelta = TimeDelta::hours(1);

/// Pieces that are read or forgotten in one transaction: a few megabytes.
const SOME: i64 = 16;

/// Rejects that are forgotten in one transaction.
const SOME_REJECTS: i64 = 5_000;

/// An import whose file has arrived.
///
/// # Errors
/// `not_found`.
pub fn get_import(tx: &mut DbConnection, id: Id<Import>) -> Result<Import, Error> {
    repository::find(tx, id)?.ok_or_else(|| Error::not_found("import"))
}

/// A page of imports whose files have arrived.
///
/// # Errors
/// The database's.
pub fn list_imports(tx: &mut DbConnection, search: &ImportSearch, page: &PageRequest<ImportSort>) -> Result<Page<Import>, Error> {
    Ok(repository::list(tx, search, page)?)
}

/// A page of an import's report of rejects.
///
/// # Errors
/// `not_found`.
pub fn list_rejects(tx: &mut DbConnection, id: Id<Import>, page: &PageRequest<RejectSort>) -> Result<Page<ImportReject>, Error> {
    get_import(tx, id)?;
    Ok(rejects::list(tx, id, page)?)
}

/// Begins to take a file in. Nobody sees the import before [`finish_upload`].
///
/// # Errors
/// The database's.
pub fn begin_upload(
    tx: &mut DbConnection,
    now: Instant,
    id: Id<Import>,
    kind: ImportKind,
    options: &RawLedgerOptions,
) -> Result<(), Error> {
    Ok(repository::insert(tx, id, kind, options, now)?)
}

/// Takes the piece number `seq` of a file in; `byte_count` is the length of the file up to its end.
///
/// # Errors
/// `conflict` when the upload stood still for so long that it was forgotten.
pub fn take_chunk(tx: &mut DbConnection, now: Instant, id: Id<Import>, seq: i64, byte_count: i64, data: &[u8]) -> Result<(), Error> {
    if !repository::set_byte_count(tx, id, byte_count, now)? {
        return Err(forgotten());
    }
    Ok(chunks::insert(tx, id, seq, data)?)
}

/// Ends an upload: the import is there, and waits for a worker.
///
/// # Errors
/// `conflict` when the upload stood still for so long that it was forgotten.
pub fn finish_upload(tx: &mut DbConnection, now: Instant, id: Id<Import>, byte_count: i64) -> Result<Import, Error> {
    if !repository::set_byte_count(tx, id, byte_count, now)? {
        return Err(forgotten());
    }
    jobs::enqueue(tx, now, id.cast(), JobKind::ImportLedger)?;
    get_import(tx, id)
}

fn forgotten() -> Error {
    Error::new(Code::Conflict, "The upload stood still for too long; send the file again.")
}

/// How the file of an import is to be read.
///
/// # Errors
/// `invalid` when the options, which were good when the import was made, are none of this program's.
pub fn options_of(tx: &mut DbConnection, import: &Import) -> Result<LedgerOptions, Error> {
    LedgerOptions::parse(&import.options, settings::currency(tx)?).map_err(Error::invalid)
}

/// The pieces of a file from number `seq` on, some at a time; none after the last.
///
/// # Errors
/// The database's.
pub fn read_chunks(tx: &mut DbConnection, id: Id<Import>, seq: i64) -> Result<Vec<Vec<u8>>, Error> {
    Ok(chunks::list(tx, id, seq, SOME)?)
}

/// Adds to an import's report.
///
/// # Errors
/// The database's.
pub fn add_rejects(tx: &mut DbConnection, id: Id<Import>, new: &[RowReject]) -> Result<(), Error> {
    Ok(rejects::insert(tx, id, new)?)
}

/// Ends an import with what came of it.
///
/// # Errors
/// `conflict` when another worker has the job now.
pub fn complete_import(
    tx: &mut DbConnection,
    now: Instant,
    job: &Job,
    id: Id<Import>,
    summary: &LedgerSummary,
    progress: Progress,
) -> Result<(), Error> {
    repository::set_summary(tx, id, summary)?;
    jobs::complete(tx, now, job, progress)
}

/// Takes back some of a report that an earlier attempt wrote; answers how many rows.
///
/// # Errors
/// The database's.
pub fn clear_some_rejects(tx: &mut DbConnection, id: Id<Import>) -> Result<usize, Error> {
    Ok(rejects::delete_first(tx, id, SOME_REJECTS)?)
}

/// Forgets some pieces of a file that is not needed any more; answers how many.
///
/// # Errors
/// The database's.
pub fn clear_some_chunks(tx: &mut DbConnection, id: Id<Import>) -> Result<usize, Error> {
    Ok(chunks::delete_first(tx, id, SOME)?)
}

/// Imports whose files nobody needs any more: the job has ended, or the upload broke off.
///
/// # Errors
/// The database's.
pub fn find_leftovers(tx: &mut DbConnection, now: Instant) -> Result<Vec<Id<Import>>, Error> {
    Ok(repository::leftovers(tx, now.checked_add(-STANDSTILL).unwrap_or(now))?)
}

/// Forgets some of an upload that broke off; `true` while there is more. An import that has a job stays.
///
/// # Errors
/// The database's.
pub fn abandon_upload(tx: &mut DbConnection, id: Id<Import>) -> Result<bool, Error> {
    if repository::find(tx, id)?.is_some() {
        return Ok(false);
    }
    let is_more = chunks::delete_first(tx, id, SOME)? > 0;
    if !is_more {
        repository::delete_without_job(tx, id)?;
    }
    Ok(is_more)
}

/// Forgets an upload that broke off, once its pieces are gone; an import that has a job stays.
///
/// # Errors
/// The database's.
pub fn forget_upload(tx: &mut DbConnection, id: Id<Import>) -> Result<(), Error> {
    Ok(repository::delete_without_job(tx, id)?)
}
