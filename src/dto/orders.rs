//! Orders on the wire.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    domain::{
        catalogue::{Product, ProductUser},
        customers::{Customer, Relation},
        external_refs::ExternalRef,
        ids::Id,
        instants::Instant,
        money::Currency,
        orders::{
            Campaign, Order, OrderChannel, OrderEvent, OrderEventKind, OrderFilter, OrderLine, OrderSort, OrderStatus, OrderType,
            PurchaseNeed,
        },
        permissions::{ActorKind, Caller},
    },
    list_params,
};

list_params! {
    /// Which orders.
    ListOrders sorted by OrderSort = LastPlacedFirst {
        /// With exactly this number.
        #[validate(length(min = 1, max = 100))] #[param(min_length = 1, max_length = 100)] number: String,
        /// Of this customer.
        #[param(value_type = Option<Uuid>)] customer_id: Id<Customer>,
        /// At this status.
        #[param(inline)] status: OrderStatus,
        /// From this channel.
        #[param(inline)] channel: OrderChannel,
        /// Of this type.
        #[param(inline)] r#type: OrderType,
        /// Placed at or after this instant.
        #[param(value_type = Option<String>, format = DateTime)] placed_from: Instant,
        /// Placed before this instant.
        #[param(value_type = Option<String>, format = DateTime)] placed_to: Instant,
        /// Changed at or after this instant.
        #[param(value_type = Option<String>, format = DateTime)] updated_since: Instant,
    }
}

impl From<ListOrders> for OrderFilter {
    fn from(params: ListOrders) -> Self {
        let ListOrders {
            number,
            customer_id,
            status,
            channel,
            r#type,
            placed_from,
            placed_to,
            updated_since,
            limit: _,
            cursor: _,
            sort: _,
            include: _,
        } = params;
        Self { number, customer_id, status, channel, r#type, placed_from, placed_to, updated_since }
    }
}

/// An order; amounts in minor units of its currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Order, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a80", "number": "W-20260630-17", "type": "sale", "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77",
    "channel": "web", "store": null, "status": "paid", "currency": "CNY", "placed_at": "2026-06-30T08:15:00Z",
    "lines": [{"line_no": 1, "product_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a81", "sku": "BK-0001", "title": "红楼梦", "quantity": 2, "unit_price": 4500,
        "discount": 500, "refunded": 0, "used_by": "student", "beneficiary_id": null, "need": "need"}],
    "shipping_fee": 800, "subtotal": 8500, "total": 9300, "refunded_total": 0, "campaign_id": null, "coupon_code": null,
    "history": [
        {"at": "2026-06-30T08:15:02Z", "kind": "created", "from": null, "to": "placed", "actor": {"kind": "client", "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a01"}, "details": {}},
        {"at": "2026-06-30T08:16:02Z", "kind": "stepped", "from": "placed", "to": "paid", "actor": {"kind": "payment_provider", "id": null}, "details": {"reference": "ch_3P7x", "amount": 9300}}],
    "external_refs": [{"system": "shop", "id": "4711"}], "version": 2, "created_at": "2026-06-30T08:15:02Z", "updated_at": "2026-06-30T08:16:04Z"
}))]
pub struct OrderView {
    /// The order's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Order>,
    /// Unique among orders.
    pub number: String,
    /// A purchase, or goods given back.
    pub r#type: OrderType,
    /// Who bought; null for somebody unknown at the till.
    #[schema(value_type = Option<Uuid>, required)]
    pub customer_id: Option<Id<Customer>>,
    /// Where the order came from.
    pub channel: OrderChannel,
    /// Which of the shop's stores.
    #[schema(required)]
    pub store: Option<String>,
    /// How far it has come.
    pub status: OrderStatus,
    /// The currency of every amount.
    pub currency: Currency,
    /// When it was placed.
    #[schema(value_type = String, format = DateTime)]
    pub placed_at: Instant,
    /// What was bought, or given back.
    pub lines: Vec<OrderLineView>,
    /// Charged for shipping.
    #[schema(minimum = 0)]
    pub shipping_fee: i64,
    /// What the lines come to: the sum of quantity × unit_price − discount.
    #[schema(minimum = 0)]
    pub subtotal: i64,
    /// subtotal + shipping_fee.
    #[schema(minimum = 0)]
    pub total: i64,
    /// What was given back of the subtotal.
    #[schema(minimum = 0)]
    pub refunded_total: i64,
    /// The campaign that brought the order.
    #[schema(value_type = Option<Uuid>, required)]
    pub campaign_id: Option<Id<Campaign>>,
    /// The coupon that was used.
    #[schema(required)]
    pub coupon_code: Option<String>,
    /// What happened to the order, the oldest first; left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub history: Option<Vec<OrderEventView>>,
    /// What other systems call this order.
    pub external_refs: Vec<ExternalRef>,
    /// Counts the changes.
    pub version: i64,
    /// When it came to Patron.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<Order> for OrderView {
    /// Without its history.
    fn from(order: Order) -> Self {
        let (details, amounts) = (order.details, order.amounts);
        Self {
            id: order.id,
            number: order.number,
            r#type: order.r#type,
            customer_id: details.customer_id,
            channel: details.channel,
            store: details.store,
            status: order.status,
            currency: order.currency,
            placed_at: order.placed_at,
            lines: order.lines.into_iter().map(Into::into).collect(),
            shipping_fee: amounts.shipping_fee,
            subtotal: amounts.subtotal,
            total: amounts.total,
            refunded_total: amounts.refunded_total,
            campaign_id: details.campaign_id,
            coupon_code: details.coupon_code,
            history: None,
            external_refs: details.external_refs,
            version: order.version,
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }
}

impl OrderView {
    /// With its history.
    pub fn whole(order: Order, history: Vec<OrderEvent>) -> Self {
        Self { history: Some(history.into_iter().map(Into::into).collect()), ..order.into() }
    }
}

/// A line of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderLine)]
pub struct OrderLineView {
    /// Its place in the order, from 1.
    #[schema(minimum = 1)]
    pub line_no: i32,
    /// What was bought.
    #[schema(value_type = Uuid)]
    pub product_id: Id<Product>,
    /// Its stock-keeping unit when it was bought.
    pub sku: String,
    /// What it was called when it was bought.
    pub title: String,
    /// How many pieces.
    #[schema(minimum = 1)]
    pub quantity: i64,
    /// The price of one piece before discount.
    #[schema(minimum = 0)]
    pub unit_price: i64,
    /// What was taken off the whole line.
    #[schema(minimum = 0)]
    pub discount: i64,
    /// What was given back.
    #[schema(minimum = 0)]
    pub refunded: i64,
    /// Who uses the goods, where said.
    #[schema(required)]
    pub used_by: Option<ProductUser>,
    /// The person it is bought for: a relation of the customer.
    #[schema(value_type = Option<Uuid>, required)]
    pub beneficiary_id: Option<Id<Relation>>,
    /// Why it was bought.
    #[schema(required)]
    pub need: Option<PurchaseNeed>,
}

impl From<OrderLine> for OrderLineView {
    fn from(line: OrderLine) -> Self {
        Self {
            line_no: line.line_no,
            product_id: line.product_id,
            sku: line.sku,
            title: line.title,
            quantity: line.quantity,
            unit_price: line.unit_price,
            discount: line.discount,
            refunded: line.refunded,
            used_by: line.details.used_by,
            beneficiary_id: line.details.beneficiary_id,
            need: line.details.need,
        }
    }
}

/// Something that happened to an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderEvent)]
pub struct OrderEventView {
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// What kind of change.
    pub kind: OrderEventKind,
    /// The status before; null where the order began.
    #[schema(required)]
    pub from: Option<OrderStatus>,
    /// The status after.
    pub to: OrderStatus,
    /// Who did it.
    pub actor: ActorView,
    /// What else is known: a `reason`, an `amount`, the provider's `reference`, the `lines` that were refunded, the names of the fields `changed`, a
    /// `coupon_code` that was redeemed and the `coupon_discount` it gave, one that was given up as `coupon_released`.
    #[schema(value_type = Object)]
    pub details: Map<String, Value>,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Actor)]
pub struct ActorView {
    /// What kind of caller.
    pub kind: ActorKind,
    /// The member of staff or the client; null for Patron itself, for providers of payments and for the gateway of messages.
    #[schema(value_type = Option<Uuid>, required)]
    pub id: Option<Id<Caller>>,
}

impl From<OrderEvent> for OrderEventView {
    fn from(event: OrderEvent) -> Self {
        let actor = ActorView { kind: event.actor_kind, id: event.actor_id };
        Self { at: event.at, kind: event.kind, from: event.from, to: event.to, actor, details: event.details }
    }
}
