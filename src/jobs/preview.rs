//! Another model, tried on everybody. It is no job of the queue, since nothing is stored and somebody waits for the answer; but it reads as much as one.

use super::population::{Scoring, survey};
use crate::{
    db::Db,
    domain::{
        instants::Instant,
        previews::{PreviewDraft, PreviewOutcome, PreviewedCustomer, PreviewedScore},
        value_score::{Comparison, Hundredths, Measures, ModelDefinition, Placing, RunCuts, tier},
    },
    error::Error,
    services::value_scores::{PreviewPlan, plan_preview},
};

/// Scores everybody by the active model and by another one at the same instant, each with cuts of its own from the same people.
///
/// # Errors
/// `invalid` with every fault of the draft, `unknown_reference` for a model or customer that is not there.
pub fn preview_model(db: &Db, now: Instant, draft: &PreviewDraft) -> Result<PreviewOutcome, Error> {
    let PreviewPlan { as_of, active, tried_name, tried, customer } = db.long_read(|conn| plan_preview(conn, now, draft))?;
    let mut population = survey(db, [&active.definition, &tried], as_of, 1, |_| Ok::<_, Error>(()))?;
    let (current, preview) = (population.score(0, &active.definition)?, population.score(1, &tried)?);
    let mut comparison = Comparison::new(draft.limit());
    if let (Some(old), Some(new)) = (&current.cuts, &preview.cuts) {
        let compared = population.spool.for_each(|entry| {
            let scores = (entry.score(0, &active.definition, old), entry.score(1, &tried, new));
            if let (Some(before), Some(after)) = scores {
                comparison.add(entry.customer_id, placing(before.score, old), placing(after.score, new));
            }
            Ok::<_, std::io::Error>(())
        });
        compared.map_err(Error::internal)?;
    }
    let current_model = active.named();
    let customer = customer.map(|seen| PreviewedCustomer {
        customer_id: seen.customer_id,
        profiling_opt_out: seen.profiling_opt_out,
        current: scored(active.definition, seen.current, current),
        preview: scored(tried, seen.preview, preview),
    });
    Ok(PreviewOutcome { as_of, current_model, preview_name: tried_name, preview: comparison.finish(), customer })
}

fn placing(score: Hundredths, cuts: &RunCuts) -> Placing {
    Placing { score, tier: tier(score, &cuts.tiers) }
}

fn scored(definition: ModelDefinition, measures: Measures, scoring: Scoring) -> PreviewedScore {
    PreviewedScore { definition, measures, cuts: scoring.cuts, distribution: scoring.distribution }
}
