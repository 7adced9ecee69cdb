//! Value models.

use diesel::prelude::*;

use crate::{
    db::{DbConnection, DbError, DbResult, schema::value_models, sql_types::Json},
    domain::{
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest, Position},
        value_models::{ValueModel, ValueModelSort},
        value_score::ModelDraft,
    },
    on, on_locked, page_by_id,
};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = value_models, treat_none_as_default_value = false)]
struct ModelRow {
    id: Id<ValueModel>,
    name: String,
    version: i64,
    definition: Json<ModelDraft>,
    is_active: bool,
    created_at: Instant,
    activated_at: Option<Instant>,
}

impl TryFrom<ModelRow> for ValueModel {
    type Error = DbError;

    fn try_from(row: ModelRow) -> DbResult<Self> {
        // It was checked when it was stored.
        let (name, definition) = row.definition.0.parse().map_err(|_| DbError::Other("a stored value model is not valid".into()))?;
        let ModelRow { id, version, is_active, created_at, activated_at, .. } = row;
        Ok(Self { id, name, version, definition, is_active, created_at, activated_at })
    }
}

impl From<&ValueModel> for ModelRow {
    fn from(model: &ValueModel) -> Self {
        Self {
            id: model.id,
            name: model.name.clone(),
            version: model.version,
            definition: Json(model.draft()),
            is_active: model.is_active,
            created_at: model.created_at,
            activated_at: model.activated_at,
        }
    }
}

/// A model.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<ValueModel>) -> DbResult<Option<ValueModel>> {
    let found = on!(conn, c => value_models::table.find(id).select(ModelRow::as_select()).first(c).optional())?;
    found.map(TryInto::try_into).transpose()
}

/// The model that is active.
///
/// # Errors
/// The database's.
pub fn find_active(conn: &mut DbConnection) -> DbResult<Option<ValueModel>> {
    let found = on!(conn, c => value_models::table.filter(value_models::is_active).select(ModelRow::as_select()).first(c).optional())?;
    found.map(TryInto::try_into).transpose()
}

/// The newest version of a name.
///
/// # Errors
/// The database's.
pub fn find_newest(conn: &mut DbConnection, name: &str) -> DbResult<Option<ValueModel>> {
    let newest = value_models::table.filter(value_models::name.eq(name)).order(value_models::version.desc());
    let found = on!(conn, c => newest.select(ModelRow::as_select()).first(c).optional())?;
    found.map(TryInto::try_into).transpose()
}

/// A page of models.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, page: &PageRequest<ValueModelSort>) -> DbResult<Page<ValueModel>> {
    let rows: Vec<ModelRow> =
        on!(&mut *conn, c => page_by_id!(value_models::table.select(ModelRow::as_select()).into_boxed(), value_models::id, page).load(c))?;
    let total = if page.with_total { Some(on!(conn, c => value_models::table.count().get_result(c))?) } else { None };
    let items = rows.into_iter().map(TryInto::try_into).collect::<DbResult<Vec<ValueModel>>>()?;
    Ok(Page::from_rows(items, page, total, |model| Position::of(model.id)))
}

/// Stores a new model.
///
/// # Errors
/// `value_models_name_version_key` when another request has just stored this version.
pub fn insert(conn: &mut DbConnection, model: &ValueModel) -> DbResult<()> {
    let row = ModelRow::from(model);
    on!(conn, c => diesel::insert_into(value_models::table).values(&row).execute(c))?;
    Ok(())
}

/// Stores a new model unless its name and version are there already, or another model is active as it would be.
///
/// # Errors
/// The database's.
pub fn insert_if_absent(conn: &mut DbConnection, model: &ValueModel) -> DbResult<()> {
    let row = ModelRow::from(model);
    on!(conn, c => diesel::insert_into(value_models::table).values(&row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}

/// Holds every model until the transaction ends, so that activations come one after the other.
///
/// # Errors
/// The database's.
pub fn lock_all(conn: &mut DbConnection) -> DbResult<()> {
    let _: Vec<Id<ValueModel>> = on_locked!(conn, c, value_models::table.select(value_models::id).order(value_models::id) => load)?;
    Ok(())
}

/// Makes `id` the active model, and no other.
///
/// # Errors
/// The database's.
pub fn activate(conn: &mut DbConnection, id: Id<ValueModel>, now: Instant) -> DbResult<()> {
    let active = value_models::table.filter(value_models::is_active);
    on!(&mut *conn, c => diesel::update(active).set(value_models::is_active.eq(false)).execute(c))?;
    let changes = (value_models::is_active.eq(true), value_models::activated_at.eq(Some(now)));
    on!(conn, c => diesel::update(value_models::table.find(id)).set(changes).execute(c))?;
    Ok(())
}
