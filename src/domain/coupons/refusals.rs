//! Whether a coupon can be used, and why not.

use super::{BatchStatus, Coupon, CouponBatch, NotApplicable};
use crate::domain::{customers::Customer, ids::Id, instants::Instant};

/// Why a coupon is not redeemed or set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its time has not come.
    #[error("The coupon is valid from {0} on.")]
    NotYetValid(Instant),
    /// Its time is over.
    #[error("The coupon was valid until {0}.")]
    Expired(Instant),
    /// The batch was ended.
    #[error("The coupons of this batch are redeemed no more.")]
    Ended,
    /// Every use of it was made or is set aside.
    #[error("The coupon has been used, or is set aside for somebody.")]
    UsedUp,
    /// Every use of all coupons together was made or is set aside.
    #[error("All coupons of this batch have been used.")]
    BatchUsedUp,
    /// The customer has used as many as one may.
    #[error("One customer can use {0} of these coupons, and this one has.")]
    CustomerLimit(i64),
    /// One customer may use so many, and nobody knows who it is.
    #[error("One customer can use {0} of these coupons: the customer must be known.")]
    CustomerUnknown(i64),
    /// Somebody else holds it.
    #[error("The coupon was given to one customer, and only that customer's orders can have it.")]
    NotTheirs,
    /// It is not for this order.
    #[error(transparent)]
    NotApplicable(#[from] NotApplicable),
}

text_enum! {
    /// Whether a coupon can be used at an instant, and if not why.
    CouponState {
        Redeemable = "redeemable",
        NotYetValid = "not_yet_valid",
        Expired = "expired",
        /// The batch was ended.
        Ended = "ended",
        /// Every use that was not made is set aside.
        Reserved = "reserved",
        /// Every use was made.
        Used = "used",
        /// Every use of all coupons of the batch together was made or is set aside.
        Exhausted = "exhausted",
    }
}

impl CouponState {
    /// As it stands for an order of nobody in particular: used before anything else.
    pub fn of(coupon: &Coupon, batch: &CouponBatch, at: Instant) -> Self {
        if coupon.uses.is_some_and(|uses| coupon.redeemed >= uses) {
            return Self::Used;
        }
        match batch.check_valid(at).and_then(|()| coupon.check_uses()).and_then(|()| batch.check_limit()) {
            Err(Refusal::NotYetValid(_)) => Self::NotYetValid,
            Err(Refusal::Expired(_)) => Self::Expired,
            Err(Refusal::Ended) => Self::Ended,
            Err(Refusal::UsedUp) => Self::Reserved,
            Err(_) => Self::Exhausted,
            Ok(()) => Self::Redeemable,
        }
    }
}

impl CouponBatch {
    /// Whether coupons are valid at an instant.
    ///
    /// # Errors
    /// `NotYetValid`, `Expired`, `Ended`.
    pub fn check_valid(&self, at: Instant) -> Result<(), Refusal> {
        if self.status == BatchStatus::Ended {
            return Err(Refusal::Ended);
        }
        match (self.draft.valid_from, self.draft.valid_until) {
            (Some(from), _) if at < from => Err(Refusal::NotYetValid(from)),
            (_, Some(until)) if at >= until => Err(Refusal::Expired(until)),
            _ => Ok(()),
        }
    }

    /// Whether the batch's coupons can be used once more.
    ///
    /// # Errors
    /// `BatchUsedUp`.
    pub fn check_limit(&self) -> Result<(), Refusal> {
        let used = self.counters.reserved.saturating_add(self.counters.redeemed);
        if self.draft.total_limit.is_some_and(|limit| used >= limit) { Err(Refusal::BatchUsedUp) } else { Ok(()) }
    }

    /// When its coupons expire, where that is by `until` and they can still be used at `now`.
    pub fn expires_by(&self, now: Instant, until: Instant) -> Option<Instant> {
        self.check_valid(now).and_then(|()| self.check_limit()).ok()?;
        self.draft.valid_until.filter(|expires_at| *expires_at <= until)
    }

    /// Whether a customer who has used `used` coupons of the batch can use one more.
    ///
    /// # Errors
    /// `CustomerLimit`, `CustomerUnknown`.
    pub fn check_customer(&self, customer: Option<Id<Customer>>, used: i64) -> Result<(), Refusal> {
        match (self.draft.per_customer_limit, customer) {
            (Some(limit), None) => Err(Refusal::CustomerUnknown(limit)),
            (Some(limit), Some(_)) if used >= limit => Err(Refusal::CustomerLimit(limit)),
            _ => Ok(()),
        }
    }
}

impl Coupon {
    /// Whether the coupon can be used by a customer at all.
    ///
    /// # Errors
    /// `NotTheirs`.
    pub fn check_holder(&self, customer: Option<Id<Customer>>) -> Result<(), Refusal> {
        if self.customer_id.is_some() && self.customer_id != customer { Err(Refusal::NotTheirs) } else { Ok(()) }
    }

    /// Whether the coupon can be used once more.
    ///
    /// # Errors
    /// `UsedUp`.
    pub fn check_uses(&self) -> Result<(), Refusal> {
        if self.is_used_up() { Err(Refusal::UsedUp) } else { Ok(()) }
    }
}
