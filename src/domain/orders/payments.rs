//! What providers of payments tell: signed (see [`crate::domain::signatures`]), so that nobody else can say that an order was paid.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::Order;
use crate::domain::{
    ids::Id,
    instants::Instant,
    texts::{self, fault},
};

text_enum! {
    /// What happened to the money.
    PaymentEvent { Paid = "paid", Refunded = "refunded" }
}

/// What a provider of payments tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "names_one_order"))]
#[schema(example = json!({
    "number": "W-20260630-17", "event": "paid", "amount": 9300, "reference": "ch_3P7x", "at": "2026-06-30T08:16:02Z"
}))]
pub struct PaymentNotification {
    /// The order by its id; either this or `number`.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub order_id: Option<Id<Order>>,
    /// The order by its number; either this or `order_id`.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub number: Option<String>,
    /// What happened to the money.
    pub event: PaymentEvent,
    /// How much, in minor units. Of a payment it must be the order's total; of a refund it is taken from the first line on, and everything is
    /// given back when it is left out or comes to all that is left with shipping.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_000_i64)]
    pub amount: Option<i64>,
    /// What the provider calls this payment or refund: told twice, it is done once.
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub reference: String,
    /// When it happened.
    pub at: Instant,
}

fn names_one_order(notification: &PaymentNotification) -> Result<(), ValidationError> {
    let mut refused = match (&notification.order_id, &notification.number) {
        (Some(_), None) | (None, Some(_)) => return Ok(()),
        (None, None) => fault("required", "must name the order by order_id or by number"),
        (Some(_), Some(_)) => fault("exclusive", "must name the order by order_id or by number, not by both"),
    };
    refused.add_param("field".into(), &"order_id");
    Err(refused)
}
