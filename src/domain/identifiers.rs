//! Values that only one resource may have.

use std::borrow::Cow;

use super::{coupons::CouponCode, external_refs::ExternalRef, orders::payments::PaymentEvent, referrals::ReferralCode};

text_enum! {
    /// What a value identifies, and as what.
    IdentifierKind {
        Email = "email",
        Phone = "phone",
        Card = "card",
        OrderNumber = "order_number",
        CustomerRef = "customer_ref",
        CategoryRef = "category_ref",
        ProductRef = "product_ref",
        OrderRef = "order_ref",
        FeedbackRef = "feedback_ref",
        /// What a provider calls a payment or a refund, after the event and a colon.
        PaymentRef = "payment_ref",
        /// What the shop's own books call an entry of points.
        PointsBusinessId = "points_business_id",
        /// What is typed to redeem a coupon.
        CouponCode = "coupon_code",
        /// What a customer shares with friends.
        ReferralCode = "referral_code",
    }
}

/// The kind as it is stored: external references carry the other system's name, so that each system has values of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoredKind(Cow<'static, str>);

impl StoredKind {
    /// The text that is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same, owned.
    pub fn into_text(self) -> Cow<'static, str> {
        self.0
    }
}

/// The kind of what `system` calls resources.
pub fn stored_kind(kind: IdentifierKind, system: &str) -> StoredKind {
    StoredKind(format!("{kind}:{system}").into())
}

/// A value and what it identifies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    /// What it identifies.
    pub kind: StoredKind,
    /// The value, in the one form in which it is compared.
    pub value: String,
}

impl Identifier {
    /// An e-mail address; the case of its letters makes no difference.
    pub fn email(address: &str) -> Self {
        Self::plain(IdentifierKind::Email, address.to_lowercase())
    }

    /// A telephone number in E.164.
    pub fn phone(number: &str) -> Self {
        Self::plain(IdentifierKind::Phone, number.to_owned())
    }

    /// The number of a membership card; the case of its letters makes no difference.
    pub fn card(number: &str) -> Self {
        Self::plain(IdentifierKind::Card, number.to_lowercase())
    }

    /// The number of an order.
    pub fn order_number(number: &str) -> Self {
        Self::plain(IdentifierKind::OrderNumber, number.to_owned())
    }

    /// What another system calls a resource.
    pub fn reference(kind: IdentifierKind, reference: &ExternalRef) -> Self {
        Self { kind: stored_kind(kind, &reference.system), value: reference.id.clone() }
    }

    /// What a provider calls a payment or a refund.
    pub fn payment(event: PaymentEvent, reference: &str) -> Self {
        Self::plain(IdentifierKind::PaymentRef, format!("{event}:{reference}"))
    }

    /// What the shop's own books call an entry of points.
    pub fn points(business_id: &str) -> Self {
        Self::plain(IdentifierKind::PointsBusinessId, business_id.to_owned())
    }

    /// The code of a coupon.
    pub fn coupon_code(code: &CouponCode) -> Self {
        Self::plain(IdentifierKind::CouponCode, code.as_str().to_owned())
    }

    /// The code that a customer shares.
    pub fn referral_code(code: &ReferralCode) -> Self {
        Self::plain(IdentifierKind::ReferralCode, code.as_str().to_owned())
    }

    fn plain(kind: IdentifierKind, value: String) -> Self {
        Self { kind: StoredKind(super::TextEnum::as_str(kind).into()), value }
    }

    /// The field of a draft that the value stands in, for a problem's pointer.
    pub fn pointer(&self) -> &'static str {
        match self.kind.as_str() {
            "email" => "/email",
            "phone" => "/phone",
            "card" | "order_number" => "/number",
            "payment_ref" => "/reference",
            "points_business_id" => "/business_id",
            "coupon_code" | "referral_code" => "/code",
            _ => "/external_refs",
        }
    }
}
