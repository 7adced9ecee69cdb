//! Scoring runs, with the model that they score by and the job that does the work.

use diesel::prelude::*;

use super::jobs::JobRow;
use crate::{
    db::{
        DbConnection, DbError, DbResult,
        schema::{jobs, scoring_runs, value_models},
        sql_types::Json,
    },
    domain::{
        ids::Id,
        instants::Instant,
        jobs::{Job, Progress},
        paging::{Page, PageRequest, Position},
        scoring_runs::{ScoringRun, ScoringRunSort, TierCounts},
        value_models::{ModelName, ValueModel},
        value_score::{RunCuts, ScoreDistribution},
    },
    on, page_by_id,
};

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = scoring_runs)]
struct RunRow {
    id: Id<ScoringRun>,
    model_id: Id<ValueModel>,
    as_of: Instant,
    window_days: i32,
    population: Option<i64>,
    cuts: Option<Json<RunCuts>>,
    tier_counts: Option<Json<TierCounts>>,
    created_at: Instant,
    completed_at: Option<Instant>,
}

impl RunRow {
    fn into_run(self, (name, version): (String, i64), job: JobRow) -> ScoringRun {
        let job = Job::from(job);
        ScoringRun {
            id: self.id,
            model: ModelName { id: self.model_id, name, version },
            as_of: self.as_of,
            window_days: self.window_days,
            status: job.status,
            progress: Progress { done: job.done, total: job.total },
            error: job.error,
            population: self.population,
            cuts: self.cuts.map(|cuts| cuts.0),
            tier_counts: self.tier_counts.map(|counts| counts.0),
            created_at: self.created_at,
            completed_at: self.completed_at,
        }
    }
}

/// Runs beside their models and jobs, which share the runs' ids.
macro_rules! with_job {
    () => {
        scoring_runs::table.inner_join(value_models::table).inner_join(jobs::table.on(jobs::id.eq(scoring_runs::id))).select((
            RunRow::as_select(),
            (value_models::name, value_models::version),
            JobRow::as_select(),
        ))
    };
}

type Found = (RunRow, (String, i64), JobRow);

/// Stores a new run.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, run: &ScoringRun) -> DbResult<()> {
    let row = (
        scoring_runs::id.eq(run.id),
        scoring_runs::model_id.eq(run.model.id),
        scoring_runs::as_of.eq(run.as_of),
        scoring_runs::window_days.eq(run.window_days),
        scoring_runs::created_at.eq(run.created_at),
    );
    on!(conn, c => diesel::insert_into(scoring_runs::table).values(row).execute(c))?;
    Ok(())
}

/// A run.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<ScoringRun>) -> DbResult<Option<ScoringRun>> {
    let found: Option<Found> = on!(conn, c => with_job!().filter(scoring_runs::id.eq(id)).first(c).optional())?;
    Ok(found.map(|(run, model, job)| run.into_run(model, job)))
}

/// A page of runs.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, page: &PageRequest<ScoringRunSort>) -> DbResult<Page<ScoringRun>> {
    let rows: Vec<Found> = on!(&mut *conn, c => page_by_id!(with_job!().into_boxed(), scoring_runs::id, page).load(c))?;
    let total = if page.with_total { Some(on!(conn, c => scoring_runs::table.count().get_result(c))?) } else { None };
    let items = rows.into_iter().map(|(run, model, job)| run.into_run(model, job)).collect();
    Ok(Page::from_rows(items, page, total, |run: &ScoringRun| Position::of(run.id)))
}

/// Makes a run's scores visible.
///
/// # Errors
/// The database's.
pub fn complete(
    conn: &mut DbConnection,
    id: Id<ScoringRun>,
    cuts: Option<&RunCuts>,
    distribution: &ScoreDistribution,
    tier_counts: TierCounts,
    now: Instant,
) -> DbResult<()> {
    let changes = (
        scoring_runs::population.eq(Some(distribution.population())),
        scoring_runs::cuts.eq(cuts.cloned().map(Json)),
        scoring_runs::distribution.eq(Some(distribution.to_bytes())),
        scoring_runs::tier_counts.eq(Some(Json(tier_counts))),
        scoring_runs::completed_at.eq(Some(now)),
    );
    on!(conn, c => diesel::update(scoring_runs::table.find(id)).set(changes).execute(c))?;
    Ok(())
}

/// The runs that live scores can go by: completed, of the active model, over a population. First comes the one that looks furthest, then the last
/// made: a run over the past, made later for the history, is no newer for that.
macro_rules! usable {
    () => {
        scoring_runs::table
            .inner_join(value_models::table)
            .filter(value_models::is_active.and(scoring_runs::completed_at.is_not_null()).and(scoring_runs::cuts.is_not_null()))
            .order((scoring_runs::as_of.desc(), scoring_runs::completed_at.desc(), scoring_runs::id.desc()))
            .select(scoring_runs::id)
    };
}

/// The current run: of the completed ones of the active model that found anybody to score, the one with the latest `as_of`, the last made of equals.
///
/// # Errors
/// The database's.
pub fn current_id(conn: &mut DbConnection) -> DbResult<Option<Id<ScoringRun>>> {
    Ok(on!(conn, c => usable!().first(c).optional())?)
}

/// The newest completed run of the active model at exactly this instant.
///
/// # Errors
/// The database's.
pub fn find_id_as_of(conn: &mut DbConnection, as_of: Instant) -> DbResult<Option<Id<ScoringRun>>> {
    Ok(on!(conn, c => usable!().filter(scoring_runs::as_of.eq(as_of)).first(c).optional())?)
}

/// What a completed run froze for good.
#[derive(Debug)]
pub struct Frozen {
    /// The model.
    pub model_id: Id<ValueModel>,
    /// The instant.
    pub as_of: Instant,
    /// Days whose purchases count.
    pub window_days: i32,
    /// Every cut.
    pub cuts: RunCuts,
    /// How many customers have each score.
    pub distribution: ScoreDistribution,
}

/// What a run froze; `None` for one that has not completed over a population.
///
/// # Errors
/// The database's.
pub fn find_frozen(conn: &mut DbConnection, id: Id<ScoringRun>) -> DbResult<Option<Frozen>> {
    type Row = (Id<ValueModel>, Instant, i32, Option<Json<RunCuts>>, Option<Vec<u8>>);
    let columns = (scoring_runs::model_id, scoring_runs::as_of, scoring_runs::window_days, scoring_runs::cuts, scoring_runs::distribution);
    let completed = scoring_runs::table.find(id).filter(scoring_runs::completed_at.is_not_null()).select(columns);
    let found: Option<Row> = on!(conn, c => completed.first(c).optional())?;
    let Some((model_id, as_of, window_days, Some(cuts), Some(bytes))) = found else { return Ok(None) };
    let distribution =
        ScoreDistribution::from_bytes(&bytes).ok_or_else(|| DbError::Other("a scoring run's distribution can not be read".into()))?;
    Ok(Some(Frozen { model_id, as_of, window_days, cuts: cuts.0, distribution }))
}
