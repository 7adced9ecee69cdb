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

impl AddressDraft {
    /// The address as one line: who receives (`name` where nobody else is named), then street and place, the country at last.
    pub fn on_one_line(&self, name: &str) -> String {
        let place = [self.postal_code.as_deref(), Some(self.city.as_str())].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let receiver = self.recipient.as_deref().unwrap_or(name);
        let parts = [Some(receiver), Some(&self.line1), self.line2.as_deref(), Some(&place), self.region.as_deref(), Some(&self.country)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_line() {
        let draft = |json: &str| serde_json::from_str::<AddressDraft>(json).unwrap();
        let short = draft(r#"{"line1": "天河路123号", "city": "广州", "country": "CN"}"#);
        assert_eq!(short.on_one_line("王小明"), "王小明, 天河路123号, 广州, CN");
        let long = draft(
            r#"{"label": "office", "recipient": "Mei Wang", "phone": "+8613800000001", "line1": "1 High St", "line2": "Floor 2", "city": "Leeds", "region": "West Yorkshire", "postal_code": "LS1 4DY", "country": "GB"}"#,
        );
        assert_eq!(long.on_one_line("王小明"), "Mei Wang, 1 High St, Floor 2, LS1 4DY Leeds, West Yorkshire, GB");
    }
}
