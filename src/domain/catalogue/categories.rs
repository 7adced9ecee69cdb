//! Categories: a tree that hands its value class down.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::ValueClass;
use crate::domain::{
    external_refs::{self, ExternalRef},
    ids::Id,
    instants::Instant,
    paging::SortOrder,
    texts,
};

/// Everything a caller may say about a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Musical instruments", "value_class": "high", "external_refs": [{"system": "erp", "id": "CAT-07"}]}))]
pub struct CategoryDraft {
    /// The category's own name, without those above it.
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub name: String,
    /// The category above; none for a root. The tree has at most ten levels.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub parent_id: Option<Id<Category>>,
    /// How much the category's goods count for customer value; when left out, what the category above has, and `everyday` at a root.
    #[serde(default)]
    pub value_class: Option<ValueClass>,
    /// What other systems call this category.
    #[serde(default)]
    #[validate(nested, length(max = 20), custom(function = "external_refs::distinct"))]
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
}

/// A category as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// The category's id.
    pub id: Id<Category>,
    /// What was said about it.
    pub draft: CategoryDraft,
    /// The class it states or else inherits.
    pub effective_value_class: ValueClass,
    /// Counts the changes, also of what it has from the categories above.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A category as a ledger names it: by the names from the root down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryPath {
    /// The names, one a level.
    pub names: Vec<String>,
    /// The class that the category states when it is made.
    pub value_class: Option<ValueClass>,
}

/// A category and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedCategory {
    /// The category.
    pub category: Category,
    /// The names from the root down to the category's own.
    pub path: Vec<String>,
}

text_enum! {
    /// The orders of the list of categories.
    CategorySort { CreatedAt = "created_at", NewestFirst = "-created_at", UpdatedAt = "updated_at", LastUpdatedFirst = "-updated_at" }
}

impl SortOrder for CategorySort {}

/// Which categories are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CategorySearch {
    /// Hangs under this one.
    pub parent_id: Option<Id<Category>>,
    /// States this class itself.
    pub value_class: Option<ValueClass>,
    /// Changed at or after this instant.
    pub updated_since: Option<Instant>,
}
