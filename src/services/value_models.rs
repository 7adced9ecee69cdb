//! Value models: made, never changed, one of them active.

use crate::{
    db::DbConnection,
    domain::{
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest},
        precondition::Precondition,
        value_models::{ValueModel, ValueModelSort},
        value_score::{ModelDefinition, ModelDraft},
    },
    error::{Code, Error},
    repositories::value_models,
    services::value_scores,
};

/// Makes the default model, active, in a database that has none yet. Several programs may start at once.
///
/// # Errors
/// The database's.
pub fn ensure_default(tx: &mut DbConnection, now: Instant) -> Result<(), Error> {
    if value_models::find_newest(tx, ModelDefinition::FIVE_FACTOR)?.is_some() {
        return Ok(());
    }
    let model = ValueModel {
        id: Id::generate(),
        name: ModelDefinition::FIVE_FACTOR.to_owned(),
        version: 1,
        definition: ModelDefinition::five_factor(),
        is_active: value_models::find_active(tx)?.is_none(),
        created_at: now,
        activated_at: Some(now),
    };
    Ok(value_models::insert_if_absent(tx, &model)?)
}

/// A model.
///
/// # Errors
/// `not_found`.
pub fn get_model(tx: &mut DbConnection, id: Id<ValueModel>) -> Result<ValueModel, Error> {
    value_models::find(tx, id)?.ok_or_else(|| Error::not_found("value model"))
}

/// The newest version of a name.
///
/// # Errors
/// `not_found`.
pub fn newest_model(tx: &mut DbConnection, name: &str) -> Result<ValueModel, Error> {
    value_models::find_newest(tx, name)?.ok_or_else(|| Error::new(Code::NotFound, format!("There is no value model named {name}.")))
}

/// The model that is active.
///
/// # Errors
/// `internal`: there always is one.
pub fn active_model(tx: &mut DbConnection) -> Result<ValueModel, Error> {
    value_models::find_active(tx)?.ok_or_else(|| Error::internal("no value model is active"))
}

/// A page of models.
///
/// # Errors
/// The database's.
pub fn list_models(tx: &mut DbConnection, page: &PageRequest<ValueModelSort>) -> Result<Page<ValueModel>, Error> {
    Ok(value_models::list(tx, page)?)
}

/// Makes a model; under a name that is known it is the next version. It scores nobody before it is activated.
///
/// # Errors
/// `invalid` with every fault of the draft, `conflict` when another request has just made the same version.
pub fn create_model(tx: &mut DbConnection, now: Instant, draft: &ModelDraft) -> Result<ValueModel, Error> {
    let (name, definition) = draft.parse().map_err(Error::invalid)?;
    let version = value_models::find_newest(tx, &name)?.map_or(1, |newest| newest.version + 1);
    let model = ValueModel { id: Id::generate(), name, version, definition, is_active: false, created_at: now, activated_at: None };
    value_models::insert(tx, &model)?;
    Ok(model)
}

/// Makes a model the active one. The current run is from now on one of this model.
///
/// # Errors
/// `not_found`, `stale_version`.
pub fn activate_model(tx: &mut DbConnection, now: Instant, id: Id<ValueModel>, precondition: &Precondition) -> Result<ValueModel, Error> {
    value_models::lock_all(tx)?;
    let model = get_model(tx, id)?;
    if !precondition.holds_for(model.revision()) {
        return Err(Error::new(Code::StaleVersion, "The model has been activated or replaced since it was read."));
    }
    if model.is_active {
        return Ok(model);
    }
    value_models::activate(tx, id, now)?;
    value_scores::note_change(tx)?;
    Ok(ValueModel { is_active: true, activated_at: Some(now), ..model })
}
