//! What became of feedback in the customer's eyes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::domain::texts;

text_enum! {
    /// Whether the resolution helped.
    Outcome {
        /// The customer says so.
        Helped = "helped",
        /// The customer says that it did not.
        NotHelped = "not_helped",
        /// The customer said nothing for so long that it was closed.
        Silence = "silence",
    }
}

/// A customer's answer to whether the resolution helped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"helped": false, "comment": "The new copy lacks the same pages."}))]
pub struct OutcomeDraft {
    /// Yes closes the feedback, no reopens it.
    pub helped: bool,
    /// What the customer wants to add.
    #[serde(default)]
    #[validate(length(min = 1, max = 5_000), custom(function = "texts::readable"))]
    #[schema(min_length = 1, max_length = 5_000, pattern = "readable")]
    pub comment: Option<String>,
}
