//! The scores of scoring runs. Those of a run that has not completed are not shown to anybody.

use std::ops::RangeInclusive;

use diesel::{connection::DefaultLoadingMode, dsl::not, prelude::*};

use crate::{
    db::{
        DbConnection, DbError, DbResult,
        expressions::{row_gt, row_lt},
        schema::{customers, identifiers, scores, scoring_runs, value_models},
        sql_types::{Int4, Uuid},
    },
    domain::{
        customers::Customer,
        external_refs::ExternalRef,
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        instants::Instant,
        paging::{Direction, Page, PageRequest, Position, SortOrder},
        scoring_runs::{PastScore, RankingSort, RunScore, ScoringRun, ScoringRunSort},
        value_models::{ModelName, ValueModel},
        value_score::{Hundredths, Tier},
    },
    insert_many, on, page_by_id,
};

#[derive(Debug, Clone, Copy, Queryable, Selectable, Insertable)]
#[diesel(table_name = scores, treat_none_as_default_value = false)]
struct ScoreRow {
    customer_id: Id<Customer>,
    run_id: Id<ScoringRun>,
    last_purchase_at: Instant,
    recency_days: i64,
    frequency: i64,
    monetary: i64,
    recency_band: i32,
    frequency_band: i32,
    monetary_band: i32,
    product_type: i32,
    product_user: i32,
    score: i32,
    tier: Tier,
    rank: i64,
}

impl ScoreRow {
    fn of(run_id: Id<ScoringRun>, score: &RunScore) -> Self {
        Self {
            customer_id: score.customer_id,
            run_id,
            last_purchase_at: score.last_purchase_at,
            recency_days: score.recency_days,
            frequency: score.frequency,
            monetary: score.monetary,
            recency_band: score.recency_band,
            frequency_band: score.frequency_band,
            monetary_band: score.monetary_band,
            product_type: score.product_type.get(),
            product_user: score.product_user.get(),
            score: score.score.get(),
            tier: score.tier,
            rank: score.rank,
        }
    }
}

impl TryFrom<ScoreRow> for RunScore {
    type Error = DbError;

    fn try_from(row: ScoreRow) -> DbResult<Self> {
        Ok(Self {
            customer_id: row.customer_id,
            last_purchase_at: row.last_purchase_at,
            recency_days: row.recency_days,
            frequency: row.frequency,
            monetary: row.monetary,
            recency_band: row.recency_band,
            frequency_band: row.frequency_band,
            monetary_band: row.monetary_band,
            product_type: points(row.product_type)?,
            product_user: points(row.product_user)?,
            score: points(row.score)?,
            tier: row.tier,
            rank: row.rank,
        })
    }
}

/// A stored number of hundredths.
pub(super) fn points(units: i32) -> DbResult<Hundredths> {
    Hundredths::new(units.into()).ok_or_else(|| DbError::Other("a stored score is out of range".into()))
}

/// Stores scores of a run.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, run: Id<ScoringRun>, new: &[RunScore]) -> DbResult<()> {
    let rows: Vec<ScoreRow> = new.iter().map(|score| ScoreRow::of(run, score)).collect();
    Ok(insert_many!(conn, scores::table, &rows)?)
}

/// A customer's tier in a run; none of one who has no score in it, or has opted out of profiling.
///
/// # Errors
/// The database's.
pub fn find_tier(conn: &mut DbConnection, run: Id<ScoringRun>, customer: Id<Customer>) -> DbResult<Option<Tier>> {
    let own = scores::table
        .inner_join(customers::table.on(customers::id.eq(scores::customer_id).and(not(customers::profiling_opt_out))))
        .filter(scores::customer_id.eq(customer).and(scores::run_id.eq(run)));
    Ok(on!(conn, c => own.select(scores::tier).first(c).optional())?)
}

/// Takes up to `limit` scores of a run back; answers how many there were.
///
/// # Errors
/// The database's.
pub fn delete_some(conn: &mut DbConnection, run: Id<ScoringRun>, limit: i64) -> DbResult<usize> {
    let some: Vec<Id<Customer>> =
        on!(&mut *conn, c => scores::table.filter(scores::run_id.eq(run)).select(scores::customer_id).limit(limit).load(c))?;
    if some.is_empty() {
        return Ok(0);
    }
    Ok(on!(conn, c => diesel::delete(scores::table.filter(scores::customer_id.eq_any(&some).and(scores::run_id.eq(run)))).execute(c))?)
}

/// A page of a run's ranking: the scores within these, both ends included. A tier is a range of scores too. Whoever has opted out of profiling since the
/// run is left out; the ranks of the others stay as they were frozen.
///
/// # Errors
/// The database's.
pub fn ranking(
    conn: &mut DbConnection,
    run: Id<ScoringRun>,
    within: RangeInclusive<Hundredths>,
    page: &PageRequest<RankingSort>,
) -> DbResult<Page<RunScore>> {
    let ranked = || {
        let (low, high) = (within.start().get(), within.end().get());
        scores::table
            .inner_join(customers::table.on(customers::id.eq(scores::customer_id)))
            .filter(not(customers::profiling_opt_out))
            .filter(scores::run_id.eq(run).and(scores::score.ge(low)).and(scores::score.le(high)))
    };
    let rows: Vec<ScoreRow> = on!(&mut *conn, c => {
        let mut query = ranked().select(ScoreRow::as_select()).into_boxed();
        query = match page.sort.direction() {
            Direction::Ascending => query.order((scores::score.asc(), scores::customer_id.asc())),
            Direction::Descending => query.order((scores::score.desc(), scores::customer_id.desc())),
        };
        if let Some(after) = page.after {
            let key = i32::try_from(after.key).unwrap_or_default().into_sql::<Int4>();
            let (left, right) = ((scores::score, scores::customer_id), (key, Id::<Customer>::from(after.id).into_sql::<Uuid>()));
            query = match page.sort.direction() {
                Direction::Ascending => query.filter(row_gt(left, right)),
                Direction::Descending => query.filter(row_lt(left, right)),
            };
        }
        query.limit(page.rows()).load(c)
    })?;
    let total = if page.with_total { Some(on!(conn, c => ranked().count().get_result(c))?) } else { None };
    let items = rows.into_iter().map(TryInto::try_into).collect::<DbResult<Vec<RunScore>>>()?;
    Ok(Page::from_rows(items, page, total, |score| Position { key: score.score.get().into(), id: score.customer_id.uuid() }))
}

/// A page of a customer's scores in completed runs; none of one who has opted out of profiling.
///
/// # Errors
/// The database's.
pub fn history(conn: &mut DbConnection, customer: Id<Customer>, page: &PageRequest<ScoringRunSort>) -> DbResult<Page<PastScore>> {
    type Row = (ScoreRow, (Id<ValueModel>, Instant, Option<i64>, Option<Instant>), (String, i64));
    /// Written once for the page and for the count.
    macro_rules! completed {
        () => {
            scores::table
                .inner_join(scoring_runs::table.on(scoring_runs::id.eq(scores::run_id)).inner_join(value_models::table))
                .inner_join(customers::table.on(customers::id.eq(scores::customer_id).and(not(customers::profiling_opt_out))))
                .filter(scores::customer_id.eq(customer).and(scoring_runs::completed_at.is_not_null()))
        };
    }
    let rows: Vec<Row> = on!(&mut *conn, c => {
        let found = completed!()
            .select((
                ScoreRow::as_select(),
                (scoring_runs::model_id, scoring_runs::as_of, scoring_runs::population, scoring_runs::completed_at),
                (value_models::name, value_models::version),
            ))
            .into_boxed();
        page_by_id!(found, scores::run_id, page).load(c)
    })?;
    let total = if page.with_total { Some(on!(conn, c => completed!().count().get_result(c))?) } else { None };
    let items = rows
        .into_iter()
        .map(|(row, (model_id, as_of, population, completed_at), (name, version))| {
            Ok(PastScore {
                run_id: row.run_id,
                model: ModelName { id: model_id, name, version },
                as_of,
                population: population.unwrap_or(0),
                completed_at: completed_at.unwrap_or(as_of),
                score: row.try_into()?,
            })
        })
        .collect::<DbResult<Vec<PastScore>>>()?;
    Ok(Page::from_rows(items, page, total, |past| Position::of(past.run_id)))
}

/// Every score of a run beside what another system calls the customer, where it calls them anything; in no particular order.
///
/// # Errors
/// The database's, and what `each` answers.
pub fn for_each_with_ref<E: From<DbError>>(
    conn: &mut DbConnection,
    run: Id<ScoringRun>,
    system: &str,
    mut each: impl FnMut(Option<String>, RunScore) -> Result<(), E>,
) -> Result<(), E> {
    let reference = Identifier::reference(IdentifierKind::CustomerRef, &ExternalRef { system: system.to_owned(), id: String::new() });
    let kind = reference.kind.as_str();
    // That the identifier is the customer's own makes the index of customers' identifiers usable.
    let is_own = identifiers::customer_id.eq(identifiers::resource_id.nullable());
    let named = identifiers::resource_id.eq(scores::customer_id).and(is_own).and(identifiers::kind.eq(kind));
    on!(conn, c => {
        let all = scores::table
            .left_join(identifiers::table.on(named))
            .filter(scores::run_id.eq(run))
            .select((identifiers::value.nullable(), ScoreRow::as_select()));
        for row in all.load_iter::<(Option<String>, ScoreRow), DefaultLoadingMode>(c).map_err(DbError::from)? {
            let (reference, score) = row.map_err(DbError::from)?;
            each(reference, score.try_into()?)?;
        }
    });
    Ok(())
}
