//! Where a customer's goods go.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::Customer;
use crate::domain::{ids::Id, instants::Instant, texts};

/// Everything a caller may say about an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"label": "home", "recipient": "王小明", "line1": "天河路123号", "city": "广州", "postal_code": "510620", "country": "CN", "is_default": true}))]
pub struct AddressDraft {
    /// What the customer calls it.
    #[serde(default)]
    #[validate(length(min = 1, max = 50), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 50, pattern = "plain")]
    pub label: Option<String>,
    /// Who receives; the customer when left out.
    #[serde(default)]
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub recipient: Option<String>,
    /// The receiver's number: E.164.
    #[serde(default)]
    #[validate(custom(function = "texts::phone"))]
    #[schema(pattern = r"^\+[1-9][0-9]{6,14}$")]
    pub phone: Option<String>,
    /// Street and number.
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub line1: String,
    /// Floor, building, care of.
    #[serde(default)]
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub line2: Option<String>,
    /// The city.
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub city: String,
    /// Province or state.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub region: Option<String>,
    /// As the country writes it.
    #[serde(default)]
    #[validate(length(min = 1, max = 20), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 20, pattern = "plain")]
    pub postal_code: Option<String>,
    /// ISO 3166-1, two letters.
    #[validate(custom(function = "texts::country"))]
    #[schema(pattern = "^[A-Z]{2}$")]
    pub country: String,
    /// Whether goods go here unless told otherwise; a customer has at most one such address.
    #[serde(default)]
    #[schema(default = false)]
    pub is_default: bool,
}

/// An address as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The address's id.
    pub id: Id<Address>,
    /// Whose it is.
    pub owner_id: Id<Customer>,
    /// What was said.
    pub draft: AddressDraft,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}
