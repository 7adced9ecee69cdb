//! What the shop sells: categories with a value class, products with their usual user.

mod categories;
pub mod product_codes;
mod products;
pub mod tree;

pub use categories::{Category, CategoryDraft, CategoryPath, CategorySearch, CategorySort, PlacedCategory};
pub use products::{Product, ProductDraft, ProductSearch, ProductSort};

text_enum! {
    /// How much a category's goods count for customer value: `high` (instruments, works of art, digital devices)
    /// or `everyday` (books, audio-video, stationery, sports goods, toys).
    #[derive(Default)]
    ValueClass { High = "high", #[default] Everyday = "everyday" }
}

/// What scoring needs to know of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Goods {
    /// The class of its category; everyday for one without.
    pub value_class: ValueClass,
    /// Who usually uses it.
    pub default_user: Option<ProductUser>,
}

text_enum! {
    /// Who will use the goods; the buyer often does not.
    ProductUser {
        /// The buyer.
        Self_ = "self",
        /// A pupil or student.
        Student = "student",
        /// A child below school age or a young reader.
        Child = "child",
        /// A company, school or public body.
        Organisation = "organisation",
        /// A senior citizen.
        Senior = "senior",
        /// The family as a whole.
        Family = "family",
        /// Somebody who is given a present.
        Gift = "gift",
        /// Nobody said.
        Unknown = "unknown",
    }
}

text_enum! {
    /// Whether a product can be sold.
    #[derive(Default)]
    ProductStatus { #[default] Active = "active", Discontinued = "discontinued" }
}
