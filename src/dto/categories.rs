//! Categories on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        catalogue::{Category, CategorySearch, CategorySort, PlacedCategory, ValueClass},
        external_refs::ExternalRef,
        ids::Id,
        instants::Instant,
    },
    list_params,
};

list_params! {
    /// Which categories.
    ListCategories sorted by CategorySort = NewestFirst {
        /// Hangs directly under this category.
        #[param(value_type = Option<Uuid>)] parent_id: Id<Category>,
        /// States this class itself.
        #[param(inline)] value_class: ValueClass,
        /// Changed at or after this instant; whatever a category has from those above counts too.
        #[param(value_type = Option<String>, format = DateTime)] updated_since: Instant,
    }
}

impl From<ListCategories> for CategorySearch {
    fn from(params: ListCategories) -> Self {
        let ListCategories { parent_id, value_class, updated_since, limit: _, cursor: _, sort: _, include: _ } = params;
        Self { parent_id, value_class, updated_since }
    }
}

/// A category.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Category, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "name": "Guitars", "parent_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a76", "value_class": null,
    "effective_value_class": "high", "path": ["Musical instruments", "Guitars"], "external_refs": [{"system": "erp", "id": "CAT-07"}], "version": 1,
    "created_at": "2026-06-30T08:15:00Z", "updated_at": "2026-06-30T08:15:00Z"
}))]
pub struct CategoryView {
    /// The category's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Category>,
    /// Its own name.
    pub name: String,
    /// The category above; null for a root.
    #[schema(value_type = Option<Uuid>, required)]
    pub parent_id: Option<Id<Category>>,
    /// The class that it states itself.
    #[schema(required)]
    pub value_class: Option<ValueClass>,
    /// The class that it states or else inherits: what its products count as.
    pub effective_value_class: ValueClass,
    /// The names from the root down to its own.
    pub path: Vec<String>,
    /// What other systems call this category.
    pub external_refs: Vec<ExternalRef>,
    /// Counts the changes, also of what it has from the categories above.
    pub version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<PlacedCategory> for CategoryView {
    fn from(PlacedCategory { category, path }: PlacedCategory) -> Self {
        let draft = category.draft;
        Self {
            id: category.id,
            name: draft.name,
            parent_id: draft.parent_id,
            value_class: draft.value_class,
            effective_value_class: category.effective_value_class,
            path,
            external_refs: draft.external_refs,
            version: category.version,
            created_at: category.created_at,
            updated_at: category.updated_at,
        }
    }
}
