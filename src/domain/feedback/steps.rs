//! What may be said of the steps that feedback takes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::domain::{ids::Id, staff::User, texts};

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "Asked the warehouse for another copy.", "visible_to_customer": true}))]
pub struct ActionDraft {
    /// What was done.
    #[validate(length(min = 1, max = 20_000), custom(function = "texts::readable"))]
    #[schema(min_length = 1, max_length = 20_000, pattern = "readable")]
    pub note: String,
    /// Whether the customer may see it. The first that the customer may see is the first answer.
    #[serde(default)]
    #[schema(default = false)]
    pub visible_to_customer: bool,
}

/// Whose work feedback is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"assignee_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a02"}))]
pub struct AssignmentDraft {
    /// A member of staff who may write feedback; null for nobody.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(value_type = Option<Uuid>, required)]
    pub assignee_id: Option<Id<User>>,
}

/// What was found and done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"resolution": "We have sent you another copy; keep the first one."}))]
pub struct ResolutionDraft {
    /// In words that the customer reads.
    #[validate(length(min = 1, max = 20_000), custom(function = "texts::readable"))]
    #[schema(min_length = 1, max_length = 20_000, pattern = "readable")]
    pub resolution: String,
}

/// What may be said of any other step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "asked for the receipt"}))]
pub struct ReasonDraft {
    /// Why, for the history.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 500, pattern = "plain")]
    pub reason: Option<String>,
}
