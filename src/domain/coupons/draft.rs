//! What a caller may say about a batch of coupons.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::{Redemption, codes};
use crate::domain::{
    catalogue::{Category, Product},
    customers::Customer,
    ids::Id,
    instants::Instant,
    orders::{Order, OrderLineDraft},
    texts::{self, fault},
};

text_enum! {
    /// What a coupon gives: a share of what its lines come to, an amount off them, or one piece of a product.
    CouponKind { Percent = "percent", Amount = "amount", Gift = "gift" }
}

/// Everything a caller may say about a batch of coupons, which are worth the same and share their limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "gives_one_thing"), schema(function = "begins_before_it_ends"))]
#[schema(example = json!({
    "name": "Term start 2026", "kind": "percent", "percent": 15, "minimum_order": 10000, "valid_from": "2026-08-15T00:00:00Z",
    "valid_until": "2026-10-01T00:00:00Z", "per_customer_limit": 1, "total_limit": 500
}))]
pub struct CouponBatchDraft {
    /// What it is called.
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub name: String,
    /// What a coupon gives; it never changes.
    pub kind: CouponKind,
    /// For `percent`: whole percent of what the eligible lines come to after their own discounts. It never changes.
    #[serde(default)]
    #[validate(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    pub percent: Option<i32>,
    /// For `amount`: minor units taken off the eligible lines, at most what they come to. It never changes.
    #[serde(default)]
    #[validate(range(min = 1, max = 1_000_000_000_000_i64))]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub amount: Option<i64>,
    /// For `gift`: the product of which one piece is free. It never changes.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub product_id: Option<Id<Product>>,
    /// What all lines of the order must come to, in minor units, after their own discounts and without shipping.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64, default = 0)]
    pub minimum_order: i64,
    /// Only lines of products in these categories, and in those below them, are discounted; all lines when empty. Not for gifts.
    #[serde(default)]
    #[validate(length(max = 100), custom(function = "distinct"))]
    #[schema(max_items = 100, value_type = Vec<Uuid>)]
    pub category_ids: Vec<Id<Category>>,
    /// From when the coupons are valid; at once when left out.
    #[serde(default)]
    pub valid_from: Option<Instant>,
    /// Until when, itself excluded; without end when left out.
    #[serde(default)]
    pub valid_until: Option<Instant>,
    /// One code for everybody, chosen by the shop: letters, digits and hyphens; case and hyphens make no difference. Without it each coupon has a code of
    /// its own that nobody guesses. It never changes.
    #[serde(default)]
    #[validate(length(min = 3, max = 60), custom(function = "codes::chosen"))]
    #[schema(min_length = 3, max_length = 60, pattern = "^[A-Za-z0-9][A-Za-z0-9-]*$")]
    pub code: Option<String>,
    /// How often one code can be redeemed: once when left out, and a shared code without limit. It never changes.
    #[serde(default)]
    #[validate(range(min = 1, max = 1_000_000_000_i64))]
    #[schema(minimum = 1, maximum = 1_000_000_000_i64)]
    pub uses_per_coupon: Option<i64>,
    /// How often all coupons of the batch together can be redeemed; without limit when left out.
    #[serde(default)]
    #[validate(range(min = 1, max = 1_000_000_000_i64))]
    #[schema(minimum = 1, maximum = 1_000_000_000_i64)]
    pub total_limit: Option<i64>,
    /// How often one customer can redeem coupons of the batch; without limit when left out. With it orders of nobody in particular are refused.
    #[serde(default)]
    #[validate(range(min = 1, max = 1_000_000_i64))]
    #[schema(minimum = 1, maximum = 1_000_000_i64)]
    pub per_customer_limit: Option<i64>,
    /// How long a reservation holds.
    #[serde(default = "quarter_of_an_hour")]
    #[validate(range(min = 1, max = 10_080))]
    #[schema(minimum = 1, maximum = 10_080, default = 15)]
    pub reservation_minutes: i32,
}

const fn quarter_of_an_hour() -> i32 {
    15
}

fn at(field: &'static str, code: &'static str, message: &'static str) -> ValidationError {
    let mut refused = fault(code, message);
    refused.add_param("field".into(), &field);
    refused
}

fn gives_one_thing(draft: &CouponBatchDraft) -> Result<(), ValidationError> {
    let given = [
        (CouponKind::Percent, draft.percent.is_some(), "percent"),
        (CouponKind::Amount, draft.amount.is_some(), "amount"),
        (CouponKind::Gift, draft.product_id.is_some(), "product_id"),
    ];
    for (kind, is_given, field) in given {
        match (kind == draft.kind, is_given) {
            (true, false) => return Err(at(field, "required", "must be given for coupons of this kind")),
            (false, true) => return Err(at(field, "exclusive", "must be left out for coupons of this kind")),
            _ => {}
        }
    }
    if draft.kind == CouponKind::Gift && !draft.category_ids.is_empty() {
        return Err(at("category_ids", "exclusive", "must be left out: a gift is one product"));
    }
    Ok(())
}

fn begins_before_it_ends(draft: &CouponBatchDraft) -> Result<(), ValidationError> {
    match (draft.valid_from, draft.valid_until) {
        (Some(from), Some(until)) if from >= until => Err(at("valid_until", "range", "must lie after valid_from")),
        _ => Ok(()),
    }
}

fn distinct<T>(ids: &[Id<T>]) -> Result<(), ValidationError> {
    let mut known = HashSet::new();
    if ids.iter().all(|id| known.insert(*id)) { Ok(()) } else { Err(fault("duplicate", "must not name anything twice")) }
}

impl CouponBatchDraft {
    /// How often one code can be redeemed; none for a shared one without limit.
    pub fn uses(&self) -> Option<i64> {
        self.uses_per_coupon.or(if self.code.is_some() { None } else { Some(1) })
    }

    /// The first field in which `other` says something else that never changes.
    pub fn fixed_field_changed(&self, other: &Self) -> Option<&'static str> {
        [
            ("/kind", self.kind != other.kind),
            ("/percent", self.percent != other.percent),
            ("/amount", self.amount != other.amount),
            ("/product_id", self.product_id != other.product_id),
            ("/code", self.code != other.code),
            ("/uses_per_coupon", self.uses_per_coupon != other.uses_per_coupon),
        ]
        .into_iter()
        .find_map(|(field, is_changed)| is_changed.then_some(field))
    }
}

/// How many coupons are made, or for whom: one of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "counts_or_names"))]
#[schema(example = json!({"customer_ids": ["018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77"]}))]
pub struct IssueDraft {
    /// So many coupons that nobody holds: whoever has the code may redeem it.
    #[serde(default)]
    #[validate(range(min = 1, max = 1000))]
    #[schema(minimum = 1, maximum = 1000)]
    pub count: Option<i64>,
    /// One coupon for each of these customers, which nobody else can redeem.
    #[serde(default)]
    #[validate(length(min = 1, max = 1000), custom(function = "distinct"))]
    #[schema(min_items = 1, max_items = 1000, value_type = Option<Vec<Uuid>>)]
    pub customer_ids: Option<Vec<Id<Customer>>>,
}

fn counts_or_names(draft: &IssueDraft) -> Result<(), ValidationError> {
    match (&draft.count, &draft.customer_ids) {
        (Some(_), None) | (None, Some(_)) => Ok(()),
        (None, None) => Err(at("count", "required", "must say how many, or customer_ids for whom")),
        (Some(_), Some(_)) => Err(at("count", "exclusive", "must be left out where customer_ids says for whom")),
    }
}

/// Who sets a coupon aside, and for what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "lines": [{"sku": "BK-0001", "quantity": 2, "unit_price": 4500}]}))]
pub struct ReserveDraft {
    /// Who is going to buy; null while nobody knows.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub customer_id: Option<Id<Customer>>,
    /// What is in the basket: then the answer says what the coupon takes off it.
    #[serde(default)]
    #[validate(nested, length(min = 1, max = 1000))]
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Option<Vec<OrderLineDraft>>,
}

/// What a coupon is redeemed for, or which use of it is given up: an order, a reservation, or both for a reservation that was made for the order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "names_something"))]
#[schema(example = json!({"order_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a80"}))]
pub struct RedeemDraft {
    /// The order.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub order_id: Option<Id<Order>>,
    /// The reservation, by its id.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub reservation_id: Option<Id<Redemption>>,
}

fn names_something(draft: &RedeemDraft) -> Result<(), ValidationError> {
    if draft.order_id.is_some() || draft.reservation_id.is_some() {
        return Ok(());
    }
    Err(at("order_id", "required", "must name the order, or reservation_id the reservation"))
}

#[cfg(test)]
impl CouponBatchDraft {
    /// Coupons of a kind that give nothing yet, without limits.
    pub fn sample(kind: CouponKind) -> Self {
        Self {
            name: "Sample".to_owned(),
            kind,
            percent: None,
            amount: None,
            product_id: None,
            minimum_order: 0,
            category_ids: Vec::new(),
            valid_from: None,
            valid_until: None,
            code: None,
            uses_per_coupon: None,
            total_limit: None,
            per_customer_limit: None,
            reservation_minutes: 15,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(draft: &CouponBatchDraft) -> Vec<String> {
        draft.validate().err().map(|errors| errors.field_errors().keys().map(ToString::to_string).collect()).unwrap_or_default()
    }

    #[test]
    fn gives_exactly_what_its_kind_says() {
        let percent = CouponBatchDraft { percent: Some(10), ..CouponBatchDraft::sample(CouponKind::Percent) };
        assert_eq!(faults(&percent), Vec::<String>::new());
        assert!(gives_one_thing(&CouponBatchDraft { percent: None, ..percent.clone() }).is_err());
        assert!(gives_one_thing(&CouponBatchDraft { amount: Some(1), ..percent.clone() }).is_err());
        assert!(gives_one_thing(&CouponBatchDraft { kind: CouponKind::Amount, ..percent.clone() }).is_err());
        let gift = CouponBatchDraft { product_id: Some(Id::generate()), ..CouponBatchDraft::sample(CouponKind::Gift) };
        assert!(gives_one_thing(&gift).is_ok());
        assert!(gives_one_thing(&CouponBatchDraft { category_ids: vec![Id::generate()], ..gift }).is_err());
        let at = |text: &str| Some(text.parse().unwrap());
        let backwards = CouponBatchDraft { valid_from: at("2026-02-01T00:00:00Z"), valid_until: at("2026-02-01T00:00:00Z"), ..percent };
        assert!(begins_before_it_ends(&backwards).is_err());
    }

    #[test]
    fn a_code_of_its_own_is_used_once_and_a_shared_one_by_all() {
        let own = CouponBatchDraft::sample(CouponKind::Percent);
        let shared = CouponBatchDraft { code: Some("TERM-START".to_owned()), ..own.clone() };
        assert_eq!((own.uses(), shared.uses()), (Some(1), None));
        assert_eq!(CouponBatchDraft { uses_per_coupon: Some(7), ..shared.clone() }.uses(), Some(7));
        assert_eq!(own.fixed_field_changed(&shared), Some("/code"));
        assert_eq!(own.fixed_field_changed(&CouponBatchDraft { minimum_order: 5, total_limit: Some(1), ..own.clone() }), None);
    }
}
