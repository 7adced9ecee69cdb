//! Scoring runs: asking for one, beginning and ending its scores, reading what it froze.

use crate::{
    db::DbConnection,
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        jobs::{Job, JobKind, JobStatus, Progress},
        paging::{Page, PageRequest},
        scoring_runs::{
            PastScore, RankedScore, RankingSort, RunScore, ScoreFilter, ScoringRun, ScoringRunDraft, ScoringRunSort, TierCounts,
        },
        value_models::ValueModel,
        value_score::{Hundredths, ModelDefinition, RunCuts, ScoreDistribution, Tier, TierCuts},
    },
    error::{Code, Error},
    repositories::{scores, scoring_runs},
    services::{
        customers::get_customer,
        jobs, value_models,
        value_scores::{self, ValueCache},
    },
};

/// A run.
///
/// # Errors
/// `not_found`.
pub fn get_run(tx: &mut DbConnection, id: Id<ScoringRun>) -> Result<ScoringRun, Error> {
    scoring_runs::find(tx, id)?.ok_or_else(|| Error::not_found("scoring run"))
}

/// A customer's tier by the current run; without a score in it, or opted out of profiling, it is `prospect`. None of nobody known.
///
/// # Errors
/// The database's.
pub fn tier_of(tx: &mut DbConnection, customer: Option<Id<Customer>>) -> Result<Option<Tier>, Error> {
    let Some(customer) = customer else { return Ok(None) };
    let tier = match scoring_runs::current_id(tx)? {
        Some(run) => scores::find_tier(tx, run, customer)?,
        None => None,
    };
    Ok(Some(tier.unwrap_or(Tier::Prospect)))
}

/// A page of runs.
///
/// # Errors
/// The database's.
pub fn list_runs(tx: &mut DbConnection, page: &PageRequest<ScoringRunSort>) -> Result<Page<ScoringRun>, Error> {
    Ok(scoring_runs::list(tx, page)?)
}

/// Asks for a run; a worker does it.
///
/// # Errors
/// `unknown_reference` for a model that is not there, `invalid` for an instant in the future.
pub fn request_run(tx: &mut DbConnection, now: Instant, draft: &ScoringRunDraft) -> Result<ScoringRun, Error> {
    let run = new_run(tx, now, draft)?;
    jobs::enqueue(tx, now, run.id.cast(), JobKind::ScoringRun)?;
    Ok(run)
}

/// Asks for a run that the caller does itself, at once.
///
/// # Errors
/// As [`request_run`].
pub fn begin_run(tx: &mut DbConnection, now: Instant, draft: &ScoringRunDraft) -> Result<(ScoringRun, Job), Error> {
    let run = new_run(tx, now, draft)?;
    let job = jobs::enqueue_taken(tx, now, run.id.cast(), JobKind::ScoringRun)?;
    Ok((ScoringRun { status: JobStatus::Running, ..run }, job))
}

fn new_run(tx: &mut DbConnection, now: Instant, draft: &ScoringRunDraft) -> Result<ScoringRun, Error> {
    let model = match draft.model_id {
        None => value_models::active_model(tx)?,
        Some(id) => value_models::get_model(tx, id)
            .map_err(|_| Error::new(Code::UnknownReference, "There is no such value model.").at("/model_id"))?,
    };
    let as_of = draft.as_of.unwrap_or(now);
    if as_of > now {
        return Err(Error::invalid_field("/as_of", "range", "must not lie in the future"));
    }
    let run = ScoringRun {
        id: Id::generate(),
        model: model.named(),
        as_of,
        window_days: draft.window_days.unwrap_or_else(|| model.definition.window_days()),
        status: JobStatus::Queued,
        progress: Progress::default(),
        error: None,
        population: None,
        cuts: None,
        tier_counts: None,
        created_at: now,
        completed_at: None,
    };
    scoring_runs::insert(tx, &run)?;
    Ok(run)
}

/// The model that a run scores by, over the window of the run.
///
/// # Errors
/// `not_found`, and `invalid` for a window that can not be.
pub fn definition_of(tx: &mut DbConnection, run: &ScoringRun) -> Result<ModelDefinition, Error> {
    let ValueModel { definition, .. } = value_models::get_model(tx, run.model.id)?;
    definition.with_window_days(run.window_days).map_err(|fault| Error::invalid(vec![fault]))
}

/// Stores some of a run's scores, which nobody sees before the run completes.
///
/// # Errors
/// The database's.
pub fn store_scores(tx: &mut DbConnection, run: Id<ScoringRun>, new: &[RunScore]) -> Result<(), Error> {
    Ok(scores::insert(tx, run, new)?)
}

/// Takes some of the scores back that an attempt before this one has left; answers how many.
///
/// # Errors
/// The database's.
pub fn clear_some_scores(tx: &mut DbConnection, run: Id<ScoringRun>) -> Result<usize, Error> {
    Ok(scores::delete_some(tx, run, 2_000)?)
}

/// Makes a run's scores visible, all at once. `cuts` are missing where there was nobody to score.
///
/// # Errors
/// `conflict` when another worker has the run now.
pub fn complete_run(
    tx: &mut DbConnection,
    now: Instant,
    job: &Job,
    run: Id<ScoringRun>,
    outcome: (Option<&RunCuts>, &ScoreDistribution, TierCounts),
    progress: Progress,
) -> Result<(), Error> {
    let (cuts, distribution, tier_counts) = outcome;
    scoring_runs::complete(tx, run, cuts, distribution, tier_counts, now)?;
    jobs::complete(tx, now, job, progress)?;
    value_scores::note_change(tx)
}

/// A page of the current run's ranking; empty before the first run.
///
/// # Errors
/// The database's.
pub fn list_ranking(
    tx: &mut DbConnection,
    cache: &ValueCache,
    filter: &ScoreFilter,
    page: &PageRequest<RankingSort>,
) -> Result<Page<RankedScore>, Error> {
    let basis = value_scores::current_basis(tx, cache)?;
    let nobody = Page { items: Vec::new(), next: None, total: page.with_total.then_some(0) };
    let Some(run) = &basis.run else { return Ok(nobody) };
    let Some((low, high)) = within(filter, &run.cuts.tiers) else { return Ok(nobody) };
    let found = scores::ranking(tx, run.id, low..=high, page)?;
    Ok(found.map(|score| {
        let percentile = run.distribution.standing(score.score).percentile;
        RankedScore { run_id: run.id, as_of: run.as_of, score, percentile }
    }))
}

/// The lowest and the highest score that a filter lets through; `None` where nobody can pass.
fn within(filter: &ScoreFilter, cuts: &TierCuts) -> Option<(Hundredths, Hundredths)> {
    let above = |cut: Hundredths| Hundredths::new(i64::from(cut.get()) + 1);
    let (lowest, highest) = match filter.tier {
        None => (Hundredths::ZERO, Hundredths::MAX),
        Some(Tier::Ordinary) => (Hundredths::ZERO, cuts.ordinary_up_to),
        Some(Tier::Growth) => (above(cuts.ordinary_up_to)?, cuts.growth_up_to),
        Some(Tier::MostValuable) => (above(cuts.growth_up_to)?, Hundredths::MAX),
        Some(Tier::Prospect) => return None,
    };
    let (low, high) = (lowest.max(filter.min_score.unwrap_or(lowest)), highest.min(filter.max_score.unwrap_or(highest)));
    (low <= high).then_some((low, high))
}

/// A page of a customer's scores, run by run.
///
/// # Errors
/// `not_found`.
pub fn list_history(tx: &mut DbConnection, customer: Id<Customer>, page: &PageRequest<ScoringRunSort>) -> Result<Page<PastScore>, Error> {
    get_customer(tx, customer)?;
    Ok(scores::history(tx, customer, page)?)
}

/// Hands every score of a run to `each`, beside what another system calls the customer where it calls them anything; in no particular order.
///
/// # Errors
/// The database's.
pub fn for_each_score(
    tx: &mut DbConnection,
    run: Id<ScoringRun>,
    system: &str,
    mut each: impl FnMut(Option<String>, RunScore),
) -> Result<(), Error> {
    scores::for_each_with_ref(tx, run, system, |reference, score| {
        each(reference, score);
        Ok::<_, Error>(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(units: i64) -> Hundredths {
        Hundredths::new(units).unwrap()
    }

    #[test]
    fn tiers_are_ranges_of_scores() {
        let cuts = TierCuts { ordinary_up_to: points(5_000), growth_up_to: points(8_000) };
        let range = |tier, min: Option<i64>, max: Option<i64>| {
            let filter = ScoreFilter { tier, min_score: min.map(points), max_score: max.map(points) };
            within(&filter, &cuts).map(|(low, high)| (low.get(), high.get()))
        };
        assert_eq!(range(None, None, None), Some((0, 10_000)));
        assert_eq!(range(Some(Tier::Ordinary), None, None), Some((0, 5_000)));
        assert_eq!(range(Some(Tier::Growth), None, None), Some((5_001, 8_000)));
        assert_eq!(range(Some(Tier::MostValuable), None, None), Some((8_001, 10_000)));
        assert_eq!(range(Some(Tier::Growth), Some(6_000), Some(9_000)), Some((6_000, 8_000)));
        assert_eq!(range(Some(Tier::Ordinary), Some(6_000), None), None);
        assert_eq!(range(None, Some(2), Some(1)), None);
        assert_eq!(range(Some(Tier::Prospect), None, None), None);
        let all_alike = TierCuts { ordinary_up_to: points(10_000), growth_up_to: points(10_000) };
        assert_eq!(within(&ScoreFilter { tier: Some(Tier::MostValuable), ..ScoreFilter::default() }, &all_alike), None);
    }
}
