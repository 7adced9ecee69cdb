//! How satisfied a customer is, as far as feedback and surveys tell.

use serde::Serialize;
use utoipa::ToSchema;

/// What agents and segments know of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"last_rating": 4, "open_complaints": 0, "last_nps": 9}))]
pub struct Satisfaction {
    /// Of the customer's last review: 1, the worst, to 5.
    #[schema(required, minimum = 1, maximum = 5)]
    pub last_rating: Option<i32>,
    /// Complaints that have not been closed.
    #[schema(minimum = 0)]
    pub open_complaints: i32,
    /// The customer's last answer to how likely it is that they recommend the shop: 0 to 10.
    #[schema(required, minimum = 0, maximum = 10)]
    pub last_nps: Option<i32>,
}

/// What changes in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SatisfactionChange {
    /// So many open complaints more, or fewer.
    pub complaints: i32,
    /// Of the last review, where that may be another one now; none when there is no review any more.
    pub rating: Option<Option<i32>>,
    /// A new answer.
    pub nps: Option<i32>,
}
