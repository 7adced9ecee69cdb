//! Value models as they are kept: named, versioned, never changed once made.

use super::{
    ids::Id,
    instants::Instant,
    paging::SortOrder,
    value_score::{ModelDefinition, ModelDraft},
};

/// A scoring model with its name and version. Its definition never changes: another definition under the same name is the next version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueModel {
    /// The model's id.
    pub id: Id<ValueModel>,
    /// What it is called.
    pub name: String,
    /// Counts the models of this name, from 1.
    pub version: i64,
    /// How it scores.
    pub definition: ModelDefinition,
    /// Whether live scores and the current run are this model's; exactly one model is active.
    pub is_active: bool,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last made the active one.
    pub activated_at: Option<Instant>,
}

impl ValueModel {
    /// The definition as callers write it.
    pub fn draft(&self) -> ModelDraft {
        ModelDraft::of(&self.name, &self.definition)
    }

    /// A number that differs whenever what is shown of the model differs, for its entity tag: only being activated or replaced changes it.
    pub fn revision(&self) -> i64 {
        self.activated_at.map_or(0, Instant::micros).saturating_mul(2).saturating_add(self.is_active.into())
    }

    /// Which model it is.
    pub fn named(&self) -> ModelName {
        ModelName { id: self.id, name: self.name.clone(), version: self.version }
    }
}

/// Which model something belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelName {
    /// The model's id.
    pub id: Id<ValueModel>,
    /// What it is called.
    pub name: String,
    /// Which of this name.
    pub version: i64,
}

text_enum! {
    /// The orders of the list of value models.
    ValueModelSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for ValueModelSort {}
