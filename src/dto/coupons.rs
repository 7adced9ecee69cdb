//! Coupons on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        catalogue::{Category, Product},
        coupons::{
            BatchSearch, BatchSort, BatchStatus, Coupon, CouponBatch, CouponKind, CouponSearch, CouponSort, CouponState, LineShare,
            Redemption, RedemptionSearch, RedemptionStatus,
        },
        customers::Customer,
        ids::Id,
        instants::Instant,
        money::Currency,
        orders::Order,
    },
    list_params,
};

list_params! {
    /// Which batches.
    ListBatches sorted by BatchSort = NewestFirst {
        /// Stands there.
        #[param(inline)] status: BatchStatus,
        /// Gives this.
        #[param(inline)] kind: CouponKind,
    }
}

impl From<ListBatches> for BatchSearch {
    fn from(params: ListBatches) -> Self {
        Self { status: params.status, kind: params.kind }
    }
}

list_params! {
    /// Which coupons of a batch.
    ListBatchCoupons sorted by CouponSort = CreatedAt {
        /// Held by this customer.
        #[param(value_type = Option<Uuid>)] customer_id: Id<Customer>,
    }
}

impl ListBatchCoupons {
    /// Those of `batch`.
    pub fn of(&self, batch: Id<CouponBatch>) -> CouponSearch {
        CouponSearch { batch_id: Some(batch), customer_id: self.customer_id }
    }
}

list_params! {
    /// Which of a customer's coupons.
    ListCustomerCoupons sorted by CouponSort = NewestFirst {
        /// Of this batch.
        #[param(value_type = Option<Uuid>)] batch_id: Id<CouponBatch>,
    }
}

impl ListCustomerCoupons {
    /// Those of `customer`.
    pub fn of(&self, customer: Id<Customer>) -> CouponSearch {
        CouponSearch { batch_id: self.batch_id, customer_id: Some(customer) }
    }
}

list_params! {
    /// Which uses.
    ListRedemptions sorted by CouponSort = NewestFirst {
        /// By this customer.
        #[param(value_type = Option<Uuid>)] customer_id: Id<Customer>,
        /// Of which this became.
        #[param(inline)] status: RedemptionStatus,
    }
}

impl ListRedemptions {
    /// Those of coupons of `batch`.
    pub fn of(&self, batch: Id<CouponBatch>) -> RedemptionSearch {
        RedemptionSearch { batch_id: batch, customer_id: self.customer_id, status: self.status }
    }
}

/// A batch of coupons, which are worth the same and share their limits; amounts in minor units of its currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CouponBatch, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa0", "name": "Term start 2026", "kind": "percent", "percent": 15, "amount": null, "product_id": null,
    "currency": "CNY", "minimum_order": 10000, "category_ids": [], "valid_from": "2026-08-15T00:00:00Z", "valid_until": "2026-10-01T00:00:00Z",
    "code": null, "uses_per_coupon": null, "total_limit": 500, "per_customer_limit": 1, "reservation_minutes": 15, "status": "active",
    "issued": 1200, "reserved": 3, "redeemed": 211, "discount_total": 381200, "version": 419, "created_at": "2026-08-01T08:00:00Z",
    "updated_at": "2026-08-20T11:02:17Z"
}))]
pub struct CouponBatchView {
    /// The batch's id.
    #[schema(value_type = Uuid)]
    pub id: Id<CouponBatch>,
    /// What it is called.
    pub name: String,
    /// What a coupon gives.
    pub kind: CouponKind,
    /// Whole percent of what the eligible lines come to.
    #[schema(required)]
    pub percent: Option<i32>,
    /// What is taken off the eligible lines.
    #[schema(required)]
    pub amount: Option<i64>,
    /// The product of which one piece is free.
    #[schema(value_type = Option<Uuid>, required)]
    pub product_id: Option<Id<Product>>,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What all lines of the order must come to.
    #[schema(minimum = 0)]
    pub minimum_order: i64,
    /// The categories, with those below, that it is for; all when empty.
    #[schema(value_type = Vec<Uuid>)]
    pub category_ids: Vec<Id<Category>>,
    /// From when the coupons are valid.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub valid_from: Option<Instant>,
    /// Until when.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub valid_until: Option<Instant>,
    /// The one code that everybody shares.
    #[schema(required)]
    pub code: Option<String>,
    /// How often one code can be redeemed, where that was said.
    #[schema(required)]
    pub uses_per_coupon: Option<i64>,
    /// How often all coupons together can be redeemed.
    #[schema(required)]
    pub total_limit: Option<i64>,
    /// How often one customer can redeem coupons of the batch.
    #[schema(required)]
    pub per_customer_limit: Option<i64>,
    /// How long a reservation holds.
    pub reservation_minutes: i32,
    /// Whether its coupons are redeemed still.
    pub status: BatchStatus,
    /// How many coupons were made.
    #[schema(minimum = 0)]
    pub issued: i64,
    /// How many uses are set aside; those held for too long are taken out at the next use, or within minutes.
    #[schema(minimum = 0)]
    pub reserved: i64,
    /// How many uses were made.
    #[schema(minimum = 0)]
    pub redeemed: i64,
    /// What they took off.
    #[schema(minimum = 0)]
    pub discount_total: i64,
    /// Counts the changes, every use among them.
    pub version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<CouponBatch> for CouponBatchView {
    fn from(batch: CouponBatch) -> Self {
        let (draft, counters) = (batch.draft, batch.counters);
        Self {
            id: batch.id,
            name: draft.name,
            kind: draft.kind,
            percent: draft.percent,
            amount: draft.amount,
            product_id: draft.product_id,
            currency: batch.currency,
            minimum_order: draft.minimum_order,
            category_ids: draft.category_ids,
            valid_from: draft.valid_from,
            valid_until: draft.valid_until,
            code: draft.code,
            uses_per_coupon: draft.uses_per_coupon,
            total_limit: draft.total_limit,
            per_customer_limit: draft.per_customer_limit,
            reservation_minutes: draft.reservation_minutes,
            status: batch.status,
            issued: counters.issued,
            reserved: counters.reserved,
            redeemed: counters.redeemed,
            discount_total: counters.discount_total,
            version: batch.version,
            created_at: batch.created_at,
            updated_at: batch.updated_at,
        }
    }
}

/// A coupon, what it is good for, and whether it can be used just now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Coupon, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa1", "code": "PC-7Q3M0-ZK4TD-8WXYP", "state": "redeemable", "batch_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa0",
    "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "kind": "percent", "percent": 15, "amount": null, "product_id": null, "currency": "CNY",
    "minimum_order": 10000, "category_ids": [], "valid_from": "2026-08-15T00:00:00Z", "valid_until": "2026-10-01T00:00:00Z", "uses": 1, "reserved": 0,
    "redeemed": 0, "created_at": "2026-08-01T08:00:00Z"
}))]
pub struct CouponView {
    /// The coupon's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Coupon>,
    /// Its code as it is printed.
    pub code: String,
    /// Whether it can be used now, and if not why.
    pub state: CouponState,
    /// The batch that it is of.
    #[schema(value_type = Uuid)]
    pub batch_id: Id<CouponBatch>,
    /// Who holds it, and alone can redeem it; null for whoever has the code.
    #[schema(value_type = Option<Uuid>, required)]
    pub customer_id: Option<Id<Customer>>,
    /// What it gives.
    pub kind: CouponKind,
    /// Whole percent of what the eligible lines come to.
    #[schema(required)]
    pub percent: Option<i32>,
    /// What is taken off the eligible lines.
    #[schema(required)]
    pub amount: Option<i64>,
    /// The product of which one piece is free.
    #[schema(value_type = Option<Uuid>, required)]
    pub product_id: Option<Id<Product>>,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What all lines of the order must come to.
    #[schema(minimum = 0)]
    pub minimum_order: i64,
    /// The categories, with those below, that it is for; all when empty.
    #[schema(value_type = Vec<Uuid>)]
    pub category_ids: Vec<Id<Category>>,
    /// From when it is valid.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub valid_from: Option<Instant>,
    /// Until when.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub valid_until: Option<Instant>,
    /// How often it can be redeemed; null without limit.
    #[schema(required)]
    pub uses: Option<i64>,
    /// How many of them are set aside.
    #[schema(minimum = 0)]
    pub reserved: i64,
    /// How many of them were made.
    #[schema(minimum = 0)]
    pub redeemed: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
}

impl CouponView {
    /// The coupon as it stands at an instant.
    pub fn of(coupon: Coupon, batch: &CouponBatch, now: Instant) -> Self {
        let state = CouponState::of(&coupon, batch, now);
        let draft = batch.draft.clone();
        Self {
            id: coupon.id,
            code: coupon.code,
            state,
            batch_id: coupon.batch_id,
            customer_id: coupon.customer_id,
            kind: draft.kind,
            percent: draft.percent,
            amount: draft.amount,
            product_id: draft.product_id,
            currency: batch.currency,
            minimum_order: draft.minimum_order,
            category_ids: draft.category_ids,
            valid_from: draft.valid_from,
            valid_until: draft.valid_until,
            uses: coupon.uses,
            reserved: coupon.reserved,
            redeemed: coupon.redeemed,
            created_at: coupon.created_at,
        }
    }
}

/// The coupons that were made, in the order that they were asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IssuedCoupons, example = json!({"coupons": [{
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa1", "code": "PC-7Q3M0-ZK4TD-8WXYP", "state": "redeemable", "batch_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa0",
    "customer_id": null, "kind": "amount", "percent": null, "amount": 2000, "product_id": null, "currency": "CNY", "minimum_order": 0, "category_ids": [],
    "valid_from": null, "valid_until": null, "uses": 1, "reserved": 0, "redeemed": 0, "created_at": "2026-08-01T08:00:00Z"
}]}))]
pub struct IssuedCouponsView {
    /// The coupons.
    pub coupons: Vec<CouponView>,
}

/// One use of a coupon; amounts in minor units.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CouponRedemption, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa2", "coupon_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa1", "batch_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8aa0",
    "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "order_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a80", "status": "redeemed", "discount": 1275,
    "lines": [{"line_no": 1, "amount": 1275}], "is_applied": true, "expires_at": null, "redeemed_at": "2026-08-20T11:02:17Z",
    "created_at": "2026-08-20T10:58:40Z", "updated_at": "2026-08-20T11:02:17Z"
}))]
pub struct RedemptionView {
    /// The use's id; of a reservation its id.
    #[schema(value_type = Uuid)]
    pub id: Id<Redemption>,
    /// The coupon.
    #[schema(value_type = Uuid)]
    pub coupon_id: Id<Coupon>,
    /// Its batch.
    #[schema(value_type = Uuid)]
    pub batch_id: Id<CouponBatch>,
    /// Who uses it, where that is known.
    #[schema(value_type = Option<Uuid>, required)]
    pub customer_id: Option<Id<Customer>>,
    /// The order that it was redeemed for.
    #[schema(value_type = Option<Uuid>, required)]
    pub order_id: Option<Id<Order>>,
    /// What became of it.
    pub status: RedemptionStatus,
    /// What it takes off; of a reservation without lines 0.
    #[schema(minimum = 0)]
    pub discount: i64,
    /// Where that goes.
    pub lines: Vec<LineShare>,
    /// Whether Patron has taken it off the order's lines; an order that came in paid keeps its amounts.
    pub is_applied: bool,
    /// Until when a reservation holds.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub expires_at: Option<Instant>,
    /// When it was redeemed.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub redeemed_at: Option<Instant>,
    /// When it was set aside or made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<Redemption> for RedemptionView {
    fn from(redemption: Redemption) -> Self {
        Self {
            id: redemption.id,
            coupon_id: redemption.coupon_id,
            batch_id: redemption.batch_id,
            customer_id: redemption.customer_id,
            order_id: redemption.order_id,
            status: redemption.status,
            discount: redemption.discount,
            lines: redemption.shares,
            is_applied: redemption.is_applied,
            expires_at: redemption.expires_at,
            redeemed_at: redemption.redeemed_at,
            created_at: redemption.created_at,
            updated_at: redemption.updated_at,
        }
    }
}
