//! What a preview needs to know before everybody is read.

use crate::{
    db::DbConnection,
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        previews::PreviewDraft,
        value_models::ValueModel,
        value_score::{Measures, ModelDefinition},
    },
    error::{Code, Error},
    repositories::views::{goods, purchases},
    services::value_models,
};

/// The two models, the instant, and the customer who is looked at closely.
#[derive(Debug)]
pub struct PreviewPlan {
    /// The instant.
    pub as_of: Instant,
    /// The active model.
    pub active: ValueModel,
    /// The name of the model tried.
    pub tried_name: String,
    /// The model tried.
    pub tried: ModelDefinition,
    /// The customer asked for.
    pub customer: Option<CloselySeen>,
}

/// A customer's measures in the windows of both models.
#[derive(Debug)]
pub struct CloselySeen {
    /// Who.
    pub customer_id: Id<Customer>,
    /// The customer does not want to be profiled.
    pub profiling_opt_out: bool,
    /// As the active model sees them.
    pub current: Measures,
    /// As the model tried sees them.
    pub preview: Measures,
}

/// Reads and checks what is asked for.
///
/// # Errors
/// `invalid` with every fault of the draft, `unknown_reference` for a model or customer that is not there.
pub fn plan_preview(tx: &mut DbConnection, now: Instant, draft: &PreviewDraft) -> Result<PreviewPlan, Error> {
    let as_of = draft.as_of.unwrap_or(now);
    if as_of > now {
        return Err(Error::invalid_field("/as_of", "range", "must not lie in the future"));
    }
    let active = value_models::active_model(tx)?;
    let (tried_name, tried) = match (&draft.model, draft.model_id) {
        (Some(model), _) => {
            model.parse().map_err(|faults| Error::invalid(faults.into_iter().map(|fault| fault.under("/model")).collect()))?
        }
        (None, Some(id)) => {
            let model = value_models::get_model(tx, id).map_err(|_| unknown("value model", "/model_id"))?;
            (model.name, model.definition)
        }
        (None, None) => return Err(Error::invalid_field("/model", "required", "must be given")),
    };
    let customer = draft.customer_id.map(|id| look_closely(tx, id, &active.definition, &tried, as_of)).transpose()?;
    Ok(PreviewPlan { as_of, active, tried_name, tried, customer })
}

fn look_closely(
    tx: &mut DbConnection,
    customer_id: Id<Customer>,
    active: &ModelDefinition,
    tried: &ModelDefinition,
    as_of: Instant,
) -> Result<CloselySeen, Error> {
    let mut of = |model: &ModelDefinition| {
        let found = purchases::of_customer(tx, customer_id, model.window(as_of), None, "")?;
        let found = found.ok_or_else(|| unknown("customer", "/customer_id"))?;
        let goods = goods::find_many(tx, &found.products())?;
        Ok::<_, Error>((found.profiling_opt_out, found.measures(|product| goods.get(&product).copied())?))
    };
    let ((profiling_opt_out, current), (_, preview)) = (of(active)?, of(tried)?);
    Ok(CloselySeen { customer_id, profiling_opt_out, current, preview })
}

fn unknown(what: &str, pointer: &str) -> Error {
    Error::new(Code::UnknownReference, format!("There is no such {what}.")).at(pointer)
}
