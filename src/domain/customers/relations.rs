//! The people that a customer buys for. An order line's `beneficiary_id` names one.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::Customer;
use crate::domain::{dates, ids::Id, instants::Instant, texts};

text_enum! {
    /// How a person is related to the customer who buys for them.
    RelationKind {
        Child = "child", Student = "student", Senior = "senior", Family = "family", Friend = "friend", Colleague = "colleague",
    }
}

/// Everything a caller may say about a person whom a customer buys for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "王乐", "kind": "child", "birth_date": "2018-09-01", "school_grade": "2"}))]
pub struct RelationDraft {
    /// The person's name.
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub name: String,
    /// How they are related.
    pub kind: RelationKind,
    /// The person's date of birth.
    #[serde(default)]
    #[validate(custom(function = "dates::plausible"))]
    pub birth_date: Option<NaiveDate>,
    /// The school grade, in the shop's own words.
    #[serde(default)]
    #[validate(length(min = 1, max = 50), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 50, pattern = "plain")]
    pub school_grade: Option<String>,
    /// The person, when they are a customer too.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub customer_id: Option<Id<Customer>>,
}

/// A person whom a customer buys for, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The relation's id.
    pub id: Id<Relation>,
    /// Who buys.
    pub owner_id: Id<Customer>,
    /// What was said.
    pub draft: RelationDraft,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}
