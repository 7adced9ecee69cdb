//! What the shop sells: categories with a value class, products with their usual user.

text_enum! {
    /// How much a category's goods count for customer value: `high` (instruments, works of art, digital devices)
    /// or `everyday` (books, audio-video, stationery, sports goods, toys).
    ValueClass { High = "high", Everyday = "everyday" }
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
    ProductStatus { Active = "active", Discontinued = "discontinued" }
}

/// Marks ids of categories.
#[derive(Debug)]
pub enum Category {}

/// Marks ids of products.
#[derive(Debug)]
pub enum Product {}
