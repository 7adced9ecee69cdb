//! Orders: what was bought or given back, where, and how far it has come.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    customers::Customer,
    external_refs::{self, ExternalRef},
    ids::Id,
    instants::Instant,
    merge_patch,
    money::Currency,
    paging::SortOrder,
    texts,
};

mod amounts;
mod history;
mod lifecycle;
mod lines;
mod numbers;
pub mod payments;
mod refunds;

pub use amounts::{AmountFault, MAX_AMOUNT, OrderAmounts};
pub use history::{OrderEvent, OrderEventKind};
pub use lifecycle::{InvalidTransition, OrderStatus, OrderStep, StepDraft};
pub use lines::{OrderLine, OrderLineDetails, OrderLineDraft};
pub use numbers::number_of;
pub use refunds::{RefundDraft, RefundLine, spread};

text_enum! {
    /// A purchase, or goods given back (a credit note, as ERP ledgers write them; its lines hold positive quantities).
    #[derive(Default)]
    OrderType { #[default] Sale = "sale", Return = "return" }
}

text_enum! {
    /// Where an order came from.
    OrderChannel { Store = "store", Web = "web", Mobile = "mobile", Phone = "phone", Fax = "fax", Mail = "mail" }
}

text_enum! {
    /// Why the goods were bought, as far as the till was told.
    PurchaseNeed { Need = "need", Desire = "desire", Preference = "preference", Impulse = "impulse" }
}

/// Marks ids of campaigns: an order remembers which one brought it.
#[derive(Debug)]
pub enum Campaign {}

/// Everything a caller may say about an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "number": "W-20260630-17", "channel": "web", "placed_at": "2026-06-30T08:15:00Z", "shipping_fee": 800,
    "lines": [{"sku": "BK-0001", "quantity": 2, "unit_price": 4500, "discount": 500, "used_by": "student", "need": "need"}],
    "external_refs": [{"system": "shop", "id": "4711"}]
}))]
pub struct OrderDraft {
    /// Unique among orders; made by Patron when left out.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub number: Option<String>,
    /// A purchase, or goods given back; it never changes.
    #[serde(default)]
    #[schema(default = "sale")]
    pub r#type: OrderType,
    /// Who bought; null for a sale at the till to somebody unknown. Once set it stays: where an order is replaced, left out means as it was, and
    /// null is refused like any other change.
    #[serde(default, deserialize_with = "merge_patch::present")]
    #[schema(value_type = Option<Uuid>)]
    pub customer_id: Option<Option<Id<Customer>>>,
    /// Where the order came from.
    pub channel: OrderChannel,
    /// Which of the shop's stores, in the shop's own words.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub store: Option<String>,
    /// How far the order has come: `placed` for a new one when left out, and as it was for one that is replaced. Histories may be
    /// brought in at any status; saying that an order was paid (`paid` and later) needs `payments:write` or a member of staff.
    #[serde(default)]
    pub status: Option<OrderStatus>,
    /// The shop's base currency, which is the only one for now.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// When it was placed: now when left out; at most 24 hours ahead.
    #[serde(default)]
    pub placed_at: Option<Instant>,
    /// What was bought, numbered from 1 in this order.
    #[validate(nested, length(min = 1, max = 1000))]
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Vec<OrderLineDraft>,
    /// What was charged for shipping, in minor units.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, default = 0)]
    pub shipping_fee: i64,
    /// The campaign that brought the order.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub campaign_id: Option<Id<Campaign>>,
    /// The coupon, one an order. A code of ours is redeemed with the order: while it is `placed` what the coupon gives is taken off its lines, whose
    /// `discount` is said without it; an order that comes in paid keeps its amounts. Other systems' codes are kept as text. Once redeemed it stays: where an
    /// order is replaced, left out means as it was.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub coupon_code: Option<String>,
    /// What other systems call this order.
    #[serde(default)]
    #[validate(nested, length(max = 20), custom(function = "external_refs::distinct"))]
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
}

/// What may still be said about an order that stands: everything that moves no money. Its lines have a PATCH of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"store": "Tianhe", "coupon_code": "TERM-START"}))]
pub struct OrderDetails {
    /// Claims an anonymous order for a customer. An order that has a customer keeps them.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub customer_id: Option<Id<Customer>>,
    /// Where the order came from.
    pub channel: OrderChannel,
    /// Which of the shop's stores, in the shop's own words.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub store: Option<String>,
    /// The campaign that brought the order.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub campaign_id: Option<Id<Campaign>>,
    /// The coupon that was used, as another system calls it. One of ours is redeemed, not written down, and stays once it was.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub coupon_code: Option<String>,
    /// What other systems call this order.
    #[serde(default)]
    #[validate(nested, length(max = 20), custom(function = "external_refs::distinct"))]
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
}

/// An order as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The order's id.
    pub id: Id<Order>,
    /// Unique among orders.
    pub number: String,
    /// A purchase, or goods given back.
    pub r#type: OrderType,
    /// What may change while no money moves, its owner included.
    pub details: OrderDetails,
    /// How far it has come.
    pub status: OrderStatus,
    /// The currency of every amount.
    pub currency: Currency,
    /// When it was placed.
    pub placed_at: Instant,
    /// What it comes to.
    pub amounts: OrderAmounts,
    /// What was bought, in the order of `line_no`.
    pub lines: Vec<OrderLine>,
    /// Counts the changes.
    pub version: i64,
    /// When it came to Patron.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl Order {
    /// Whose rows the order's are. An anonymous order is owned by itself: its own id stands in for a customer that nobody else has.
    pub fn owner(&self) -> Id<Customer> {
        owner_of(self.id, self.details.customer_id)
    }
}

/// The owner under which an order's rows are kept.
pub fn owner_of(id: Id<Order>, customer_id: Option<Id<Customer>>) -> Id<Customer> {
    customer_id.unwrap_or_else(|| id.cast())
}

text_enum! {
    /// The orders of the list of orders.
    OrderSort {
        CreatedAt = "created_at", NewestFirst = "-created_at", UpdatedAt = "updated_at", LastUpdatedFirst = "-updated_at",
        PlacedAt = "placed_at", LastPlacedFirst = "-placed_at",
    }
}

impl SortOrder for OrderSort {}

/// Which orders a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// With exactly this number.
    pub number: Option<String>,
    /// Of this customer.
    pub customer_id: Option<Id<Customer>>,
    /// At this status.
    pub status: Option<OrderStatus>,
    /// From this channel.
    pub channel: Option<OrderChannel>,
    /// Of this type.
    pub r#type: Option<OrderType>,
    /// Placed at or after.
    pub placed_from: Option<Instant>,
    /// Placed before.
    pub placed_to: Option<Instant>,
    /// Changed at or after.
    pub updated_since: Option<Instant>,
}
