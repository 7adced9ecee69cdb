//! Settings of the shop that are kept version by version: each change is the next one, the last one holds.

use super::{field_error::FieldError, instants::Instant};

/// One version of a setting that is there from the start and replaced as a whole.
pub trait Versioned: Sized {
    /// What a caller may say of it; the default is what a new shop has.
    type Draft: Clone + Default + PartialEq;

    /// The version that `draft` describes.
    ///
    /// # Errors
    /// Every fault of the draft.
    fn build(version: i64, updated_at: Instant, draft: Self::Draft) -> Result<Self, Vec<FieldError>>;

    /// The version that `draft` makes of this one.
    ///
    /// # Errors
    /// Every fault of the draft.
    fn next(&self, updated_at: Instant, draft: Self::Draft) -> Result<Self, Vec<FieldError>> {
        Self::build(self.version() + 1, updated_at, draft)
    }

    /// Counts the changes, from 1.
    fn version(&self) -> i64;

    /// When it became what it is.
    fn updated_at(&self) -> Instant;

    /// What it says, every part written out.
    fn draft(&self) -> &Self::Draft;
}

/// What every setting keeps in the same way: its number, its time and its draft.
macro_rules! kept_as_version {
    () => {
        fn version(&self) -> i64 {
            self.version
        }

        fn updated_at(&self) -> $crate::domain::instants::Instant {
            self.updated_at
        }

        fn draft(&self) -> &Self::Draft {
            &self.draft
        }
    };
}
pub(in crate::domain) use kept_as_version;
