//! What a caller may say about feedback.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::{FeedbackChannel, FeedbackPriority, FeedbackType};
use crate::domain::{
    catalogue::Product,
    customers::Customer,
    external_refs::{self, ExternalRef},
    ids::Id,
    merge_patch,
    orders::Order,
    texts::{self, fault},
};

/// Everything a caller may say about feedback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "says_what_its_type_needs"))]
#[schema(example = json!({
    "type": "complaint", "channel": "web", "subject": "Two pages are missing",
    "body": "Pages 113 and 114 are missing from my copy.\nPlease send me another one.", "priority": "high", "tags": ["binding"],
    "attachments": [{"url": "https://shop.example/uploads/4711.jpg", "name": "page-112.jpg", "media_type": "image/jpeg"}],
    "external_refs": [{"system": "helpdesk", "id": "T-1001"}]
}))]
pub struct FeedbackDraft {
    /// What the customer wants. A review has a `rating`, and nothing else has one.
    pub r#type: FeedbackType,
    /// The way that it came in.
    pub channel: FeedbackChannel,
    /// Who said it; null for somebody unknown. Left out, it is the customer of `order_id`, if any, and for feedback that is replaced as it was. Once set
    /// it stays.
    #[serde(default, deserialize_with = "merge_patch::present")]
    #[schema(value_type = Option<Uuid>)]
    pub customer_id: Option<Option<Id<Customer>>>,
    /// The order that it is about.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub order_id: Option<Id<Order>>,
    /// The line of that order, from 1.
    #[serde(default)]
    #[validate(range(min = 1, max = 2_147_483_647))]
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub line_no: Option<i32>,
    /// The product that it is about; that of the order's line when left out.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub product_id: Option<Id<Product>>,
    /// What it is about, in one line.
    #[serde(default)]
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub subject: Option<String>,
    /// What was said, kept as it came: text, whatever it looks like. Only a review may do without.
    #[serde(default)]
    #[validate(length(min = 1, max = 20_000), custom(function = "texts::readable"))]
    #[schema(min_length = 1, max_length = 20_000, pattern = "readable")]
    pub body: Option<String>,
    /// From 1, the worst, to 5, the best: of a review.
    #[serde(default)]
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5)]
    pub rating: Option<i32>,
    /// How pressing it is.
    #[serde(default)]
    #[schema(default = "normal")]
    pub priority: FeedbackPriority,
    /// What came with it, as references to where it is kept.
    #[serde(default)]
    #[validate(nested, length(max = 20))]
    #[schema(max_items = 20)]
    pub attachments: Vec<Attachment>,
    /// Labels to find feedback by; 1 to 50 characters each.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = "texts::labels"))]
    #[schema(max_items = 20)]
    pub tags: Vec<String>,
    /// What other systems call this feedback.
    #[serde(default)]
    #[validate(nested, length(max = 20), custom(function = "external_refs::distinct"))]
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
}

fn says_what_its_type_needs(draft: &FeedbackDraft) -> Result<(), ValidationError> {
    let at = |field: &'static str, code: &'static str, message: &'static str| {
        let mut refused = fault(code, message);
        refused.add_param("field".into(), &field);
        Err(refused)
    };
    let is_review = draft.r#type == FeedbackType::Review;
    if is_review && draft.rating.is_none() {
        at("rating", "required", "must be given: a review has a rating")
    } else if !is_review && draft.rating.is_some() {
        at("rating", "only_for_reviews", "must be left out: only a review has a rating")
    } else if !is_review && draft.body.is_none() {
        at("body", "required", "must be given: only a review can do without")
    } else if draft.line_no.is_some() && draft.order_id.is_none() {
        at("order_id", "required", "must be given with line_no")
    } else {
        Ok(())
    }
}

/// Something that came with feedback, by reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// Where it is kept: an `https:` or `http:` address.
    #[validate(length(max = 2000), custom(function = "texts::web_address"))]
    #[schema(max_length = 2000, pattern = "web_address")]
    pub url: String,
    /// What the file is called.
    #[serde(default)]
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub name: Option<String>,
    /// What kind of file it is, such as `image/jpeg`.
    #[serde(default)]
    #[validate(length(max = 127), custom(function = "texts::media_type"))]
    #[schema(max_length = 127, pattern = r"^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*$")]
    pub media_type: Option<String>,
}
