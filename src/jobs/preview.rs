//! Another model, tried on everybody. It is no job of the queue, since nothing is stored and somebody waits for the answer; but it reads as much as one.

use super::population::{Scoring, survey};
use crate::{
    db::Db,
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        previews::{PreviewDraft, PreviewOutcome, PreviewedCustomer, PreviewedScore},
        value_score::{Comparison, Hundredths, ModelDefinition, Placing, RunCuts, tier},
    },
    error::{Code, Error},
    repositories::views::purchases::{self, Purchases},
    services::value_models,
};

/// Scores everybody by the active model and by another one at the same instant, each with cuts of its own from the same people.
///
/// # Errors
/// `invalid` with every fault of the draft, `unknown_reference` for a model or customer that is not there.
pub fn preview_model(db: &Db, now: Instant, draft: &PreviewDraft) -> Result<PreviewOutcome, Error> {
    let as_of = draft.as_of.unwrap_or(now);
    if as_of > now {
        return Err(Error::invalid_field("/as_of", "range", "must not lie in the future"));
    }
    let (active, (preview_name, tried), customer) = db.long_read(|conn| {
        let active = value_models::active_model(conn)?;
        let tried = match (&draft.model, draft.model_id) {
            (Some(model), _) => {
                model.parse().map_err(|faults| Error::invalid(faults.into_iter().map(|fault| fault.under("/model")).collect()))?
            }
            (None, Some(id)) => value_models::get_model(conn, id)
                .map(|model| (model.name, model.definition))
                .map_err(|_| unknown("value model", "/model_id"))?,
            (None, None) => return Err(Error::invalid_field("/model", "required", "must be given")),
        };
        let models = [&active.definition, &tried.1];
        let customer = draft.customer_id.map(|id| measured(conn, id, models, as_of)).transpose()?;
        Ok((active, tried, customer))
    })?;
    let models = [&active.definition, &tried];
    let mut population = survey(db, models, as_of, 1, |_| Ok::<_, Error>(()))?;
    let scorings = [population.score(0, &active.definition)?, population.score(1, &tried)?];
    let mut comparison = Comparison::new(draft.limit());
    if let [Scoring { cuts: Some(old), .. }, Scoring { cuts: Some(new), .. }] = &scorings {
        let spooled = population.spool.for_each(|entry| {
            let scores = (entry.score(0, &active.definition, old), entry.score(1, &tried, new));
            if let (Some(before), Some(after)) = scores {
                comparison.add(entry.customer_id, placing(before.score, old), placing(after.score, new));
            }
            Ok::<_, std::io::Error>(())
        });
        spooled.map_err(Error::internal)?;
    }
    let [old, new] = scorings;
    let customer = customer.map(|(customer_id, [before, after])| PreviewedCustomer {
        customer_id,
        profiling_opt_out: before.profiling_opt_out,
        current: scored(active.definition.clone(), before, old),
        preview: scored(tried.clone(), after, new),
    });
    Ok(PreviewOutcome { as_of, current_model: active.named(), preview_name, preview: comparison.finish(), customer })
}

fn placing(score: Hundredths, cuts: &RunCuts) -> Placing {
    Placing { score, tier: tier(score, &cuts.tiers) }
}

fn scored(definition: ModelDefinition, found: Purchases, scoring: Scoring) -> PreviewedScore {
    PreviewedScore { definition, measures: found.measures, cuts: scoring.cuts, distribution: scoring.distribution }
}

fn measured(
    conn: &mut crate::db::DbConnection,
    id: Id<Customer>,
    models: [&ModelDefinition; 2],
    as_of: Instant,
) -> Result<(Id<Customer>, [Purchases; 2]), Error> {
    let mut of = |model: &ModelDefinition| {
        purchases::of_customer(conn, id, model.window(as_of), None)?.ok_or_else(|| unknown("customer", "/customer_id"))
    };
    let [old, new] = models;
    Ok((id, [of(old)?, of(new)?]))
}

fn unknown(what: &str, pointer: &str) -> Error {
    Error::new(Code::UnknownReference, format!("There is no such {what}.")).at(pointer)
}
