//! What is answered to who tells what became of messages.

use serde::Serialize;
use utoipa::ToSchema;

/// How many events were taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageEventsTaken, example = json!({"taken": 12, "unknown": 1}))]
pub struct MessageEventsView {
    /// So many were of messages of ours.
    #[schema(minimum = 0)]
    pub taken: usize,
    /// So many were not, and are not to be told again.
    #[schema(minimum = 0)]
    pub unknown: usize,
}
