//! Coupons: batches that say what they give, codes that people hold, and each use of one.

use super::{
    catalogue::Product,
    customers::Customer,
    ids::Id,
    instants::Instant,
    money::Currency,
    orders::{MAX_AMOUNT, Order, OrderLine},
    paging::SortOrder,
};

pub mod codes;
mod draft;
mod quotes;
mod refusals;

pub use codes::{CouponCode, SAMPLE_CODE};
pub use draft::{CouponBatchDraft, CouponKind, IssueDraft, RedeemDraft, ReserveDraft};
pub use quotes::{LineShare, NotApplicable, Quote, QuotedLine, quote};
pub use refusals::{CouponState, Refusal};

text_enum! {
    /// Whether the coupons of a batch are redeemed still.
    BatchStatus { Active = "active", Ended = "ended" }
}

/// What the coupons of a batch have come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BatchCounters {
    /// How many coupons there are.
    pub issued: i64,
    /// How many uses are set aside just now.
    pub reserved: i64,
    /// How many uses were made.
    pub redeemed: i64,
    /// What they took off, in minor units.
    pub discount_total: i64,
}

/// A batch as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponBatch {
    /// The batch's id.
    pub id: Id<CouponBatch>,
    /// What was said about it.
    pub draft: CouponBatchDraft,
    /// The currency of its amounts.
    pub currency: Currency,
    /// Whether its coupons are redeemed still.
    pub status: BatchStatus,
    /// What its coupons have come to.
    pub counters: BatchCounters,
    /// Counts the changes, those of the counters too.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// A coupon as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    /// The coupon's id.
    pub id: Id<Coupon>,
    /// Who holds it, and alone can redeem it; nobody in particular where there is none.
    pub customer_id: Option<Id<Customer>>,
    /// What it is worth.
    pub batch_id: Id<CouponBatch>,
    /// Its code as it is printed.
    pub code: String,
    /// How often it can be redeemed; without limit where there is none.
    pub uses: Option<i64>,
    /// How many of them are set aside just now.
    pub reserved: i64,
    /// How many of them were made.
    pub redeemed: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl Coupon {
    /// Whose rows the coupon's are: one that nobody holds is owned by itself.
    pub fn owner(&self) -> Id<Customer> {
        self.customer_id.unwrap_or_else(|| self.id.cast())
    }

    /// Whether every use was made or is set aside.
    pub fn is_used_up(&self) -> bool {
        self.uses.is_some_and(|uses| self.reserved.saturating_add(self.redeemed) >= uses)
    }
}

text_enum! {
    /// What became of one use of a coupon.
    RedemptionStatus {
        /// Set aside until it is redeemed, released, or its time is over.
        Reserved = "reserved",
        /// Made.
        Redeemed = "redeemed",
        /// Given up, or taken back with the order that was cancelled.
        Released = "released",
        /// Set aside for too long.
        Expired = "expired",
    }
}

/// One use of a coupon, from the moment that it is set aside or made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redemption {
    /// The use's id; of a reservation its id.
    pub id: Id<Redemption>,
    /// Who uses it, where that is known.
    pub customer_id: Option<Id<Customer>>,
    /// The coupon.
    pub coupon_id: Id<Coupon>,
    /// Its batch.
    pub batch_id: Id<CouponBatch>,
    /// The order that it was redeemed for.
    pub order_id: Option<Id<Order>>,
    /// What became of it.
    pub status: RedemptionStatus,
    /// What it takes off, in minor units.
    pub discount: i64,
    /// Where in the order that goes.
    pub shares: Vec<LineShare>,
    /// Whether Patron has taken it off the order's lines; else the order came with its amounts.
    pub is_applied: bool,
    /// Until when a reservation holds.
    pub expires_at: Option<Instant>,
    /// When it was redeemed.
    pub redeemed_at: Option<Instant>,
    /// When it was set aside or made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl Redemption {
    /// Whose rows the use's are: the customer's, else the order's own, else its own.
    pub fn owner(&self) -> Id<Customer> {
        self.customer_id.or(self.order_id.map(Id::cast)).unwrap_or_else(|| self.id.cast())
    }
}

/// Takes shares off lines that came without them.
///
/// # Errors
/// The line, counting from 0, that comes to less than its share.
pub fn take_off(lines: &mut [OrderLine], shares: &[LineShare]) -> Result<(), usize> {
    for (index, line) in lines.iter_mut().enumerate() {
        let share: i64 = shares.iter().filter(|share| share.line_no == line.line_no).map(|share| share.amount).sum();
        if share > line.net() {
            return Err(index);
        }
        line.discount = line.discount.saturating_add(share);
    }
    Ok(())
}

/// Puts back what was taken off.
pub fn put_back(lines: &mut [OrderLine], shares: &[LineShare]) {
    for line in lines {
        let share: i64 = shares.iter().filter(|share| share.line_no == line.line_no).map(|share| share.amount).sum();
        line.discount = line.discount.saturating_sub(share).max(0);
    }
}

/// What of the discounts that lines came with may be put down to a coupon: what it takes off the lines at their full prices, and no more than was taken
/// off them. So a sale that was paid at the till says what its coupon cost.
pub fn attributed(batch: &CouponBatchDraft, lines: &[OrderLine], is_eligible: impl Fn(Id<Product>) -> bool) -> i64 {
    let full: Vec<QuotedLine> = lines
        .iter()
        .map(|line| {
            let net = line.net().saturating_add(line.discount).min(MAX_AMOUNT);
            QuotedLine { net, ..QuotedLine::of(line, is_eligible(line.product_id)) }
        })
        .collect();
    let shares = quote(batch, &full, false).map(|quote| quote.shares).unwrap_or_default();
    let taken_off = |line_no: i32| lines.iter().find(|line| line.line_no == line_no).map_or(0, |line| line.discount);
    shares.iter().fold(0, |sum: i64, share| sum.saturating_add(share.amount.min(taken_off(share.line_no))))
}

/// Counts what became of a use in its coupon and its batch: as it was `before`, unless it is new, no more, and as it is now instead.
pub fn recount(batch: &mut CouponBatch, coupon: &mut Coupon, before: Option<&Redemption>, after: &Redemption) {
    let counted = |use_of: &Redemption| match use_of.status {
        RedemptionStatus::Reserved => (1, 0, 0),
        RedemptionStatus::Redeemed => (0, 1, use_of.discount),
        RedemptionStatus::Released | RedemptionStatus::Expired => (0, 0, 0),
    };
    let (was, is) = (before.map_or((0, 0, 0), counted), counted(after));
    let (reserved, redeemed, discount) = (is.0 - was.0, is.1 - was.1, is.2 - was.2);
    coupon.reserved += reserved;
    coupon.redeemed += redeemed;
    batch.counters.reserved += reserved;
    batch.counters.redeemed += redeemed;
    batch.counters.discount_total = batch.counters.discount_total.saturating_add(discount);
}

text_enum! {
    /// The orders of the list of batches.
    BatchSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for BatchSort {}

text_enum! {
    /// The orders of lists of coupons, and of their uses.
    CouponSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for CouponSort {}

/// Which batches are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BatchSearch {
    /// Stands there.
    pub status: Option<BatchStatus>,
    /// Gives this.
    pub kind: Option<CouponKind>,
}

/// Which coupons are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CouponSearch {
    /// Of this batch.
    pub batch_id: Option<Id<CouponBatch>>,
    /// Held by this customer.
    pub customer_id: Option<Id<Customer>>,
}

/// Which uses are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedemptionSearch {
    /// Of coupons of this batch.
    pub batch_id: Id<CouponBatch>,
    /// By this customer.
    pub customer_id: Option<Id<Customer>>,
    /// Of which this became.
    pub status: Option<RedemptionStatus>,
}
