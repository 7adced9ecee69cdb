//! Imports with their jobs. An import without a job is an upload that still arrives, or one that broke off.

use diesel::{
    dsl::{exists, not},
    prelude::*,
};

use crate::{
    db::{
        DbConnection, DbResult,
        schema::{import_chunks, imports, jobs},
        sql_types::Json,
    },
    domain::{
        ids::Id,
        imports::{Import, ImportKind, ImportSearch, ImportSort, LedgerSummary},
        instants::Instant,
        jobs::{JobStatus, Progress},
        ledger::RawLedgerOptions,
        paging::{Page, PageRequest, Position},
    },
    on, page_by_id,
};

pub mod chunks;
pub mod rejects;

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = imports)]
struct ImportRow {
    id: Id<Import>,
    kind: ImportKind,
    options: Json<RawLedgerOptions>,
    byte_count: i64,
    summary: Json<Option<LedgerSummary>>,
    created_at: Instant,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = jobs)]
struct JobState {
    status: JobStatus,
    done: i64,
    total: Option<i64>,
    error: Option<String>,
    started_at: Option<Instant>,
    finished_at: Option<Instant>,
}

impl ImportRow {
    fn with_job(self, job: JobState) -> Import {
        Import {
            id: self.id,
            kind: self.kind,
            options: self.options.0,
            byte_count: self.byte_count,
            summary: self.summary.0,
            status: job.status,
            progress: Progress { done: job.done, total: job.total },
            error: job.error,
            created_at: self.created_at,
            started_at: job.started_at,
            finished_at: job.finished_at,
        }
    }
}

/// Imports beside their jobs; those that still arrive have none.
macro_rules! with_job {
    () => {
        imports::table.inner_join(jobs::table.on(jobs::id.eq(imports::id)))
    };
}

/// An import whose file has arrived.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<Import>) -> DbResult<Option<Import>> {
    let query = with_job!().filter(imports::id.eq(id));
    let found: Option<(ImportRow, JobState)> =
        on!(conn, c => query.select((ImportRow::as_select(), JobState::as_select())).first(c).optional())?;
    Ok(found.map(|(row, job)| row.with_job(job)))
}

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $search:expr) => {{
        let mut query = $query.into_boxed();
        if let Some(kind) = $search.kind {
            query = query.filter(imports::kind.eq(kind));
        }
        if let Some(status) = $search.status {
            query = query.filter(jobs::status.eq(status));
        }
        query
    }};
}

/// A page of imports whose files have arrived.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, search: &ImportSearch, page: &PageRequest<ImportSort>) -> DbResult<Page<Import>> {
    let rows: Vec<(ImportRow, JobState)> = on!(&mut *conn, c => {
        let found = filtered!(with_job!().select((ImportRow::as_select(), JobState::as_select())), search);
        page_by_id!(found, imports::id, page).load(c)
    })?;
    let total = if page.with_total {
        Some(on!(conn, c => filtered!(with_job!().select(diesel::dsl::count_star()), search).first(c))?)
    } else {
        None
    };
    let items = rows.into_iter().map(|(row, job)| row.with_job(job)).collect();
    Ok(Page::from_rows(items, page, total, |import: &Import| Position::of(import.id)))
}

/// Stores an import whose file begins to arrive.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, id: Id<Import>, kind: ImportKind, options: &RawLedgerOptions, now: Instant) -> DbResult<()> {
    let row = (
        imports::id.eq(id),
        imports::kind.eq(kind),
        imports::options.eq(Json(options)),
        imports::byte_count.eq(0),
        imports::summary.eq(Json(None::<LedgerSummary>)),
        imports::created_at.eq(now),
    );
    on!(conn, c => diesel::insert_into(imports::table).values(row).execute(c))?;
    Ok(())
}

/// Tells that so many bytes of the file have arrived by `now`; `false` when the import is gone.
///
/// # Errors
/// The database's.
pub fn set_byte_count(conn: &mut DbConnection, id: Id<Import>, byte_count: i64, now: Instant) -> DbResult<bool> {
    let changes = (imports::byte_count.eq(byte_count), imports::created_at.eq(now));
    Ok(on!(conn, c => diesel::update(imports::table.find(id)).set(changes).execute(c))? == 1)
}

/// Keeps what came of an import.
///
/// # Errors
/// The database's.
pub fn set_summary(conn: &mut DbConnection, id: Id<Import>, summary: &LedgerSummary) -> DbResult<()> {
    let summary = imports::summary.eq(Json(Some(summary)));
    on!(conn, c => diesel::update(imports::table.find(id)).set(summary).execute(c))?;
    Ok(())
}

/// Forgets an import that has no job, with what has arrived of its file.
///
/// # Errors
/// The database's.
pub fn delete_without_job(conn: &mut DbConnection, id: Id<Import>) -> DbResult<()> {
    let job = jobs::table.filter(jobs::id.eq(imports::id));
    on!(conn, c => diesel::delete(imports::table.filter(imports::id.eq(id).and(not(exists(job))))).execute(c))?;
    Ok(())
}

/// Imports with pieces of a file, or without any, that nobody needs: the job has ended, or there is none and nothing has arrived since `cutoff`.
///
/// # Errors
/// The database's.
pub fn leftovers(conn: &mut DbConnection, cutoff: Instant) -> DbResult<Vec<Id<Import>>> {
    let job = jobs::table.filter(jobs::id.eq(imports::id));
    let broken_off = imports::table.filter(imports::created_at.lt(cutoff).and(not(exists(job)))).select(imports::id);
    let mut found: Vec<Id<Import>> = on!(&mut *conn, c => broken_off.load(c))?;
    let piece = import_chunks::table.filter(import_chunks::import_id.eq(jobs::id));
    let ended = jobs::table.filter(jobs::status.eq_any([JobStatus::Completed, JobStatus::Failed]).and(exists(piece))).select(jobs::id);
    let ended: Vec<Id<Import>> = on!(conn, c => ended.load(c))?;
    found.extend(ended);
    Ok(found)
}
