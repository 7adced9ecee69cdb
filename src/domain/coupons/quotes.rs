//! What a coupon takes off an order: exact in minor units, never more than the lines come to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CouponBatchDraft, CouponKind};
use crate::domain::{catalogue::Product, ids::Id, orders::OrderLine};

/// What of a line matters to a coupon; amounts in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotedLine {
    /// Its place in the order.
    pub line_no: i32,
    /// What is bought.
    pub product_id: Id<Product>,
    /// What one piece costs, at least 0.
    pub unit_price: i64,
    /// What the line comes to after its own discount, at least 0.
    pub net: i64,
    /// Whether the product stands in the coupon's categories.
    pub is_eligible: bool,
}

impl QuotedLine {
    /// A line of an order, after its own discount.
    pub fn of(line: &OrderLine, is_eligible: bool) -> Self {
        Self { line_no: line.line_no, product_id: line.product_id, unit_price: line.unit_price, net: line.net(), is_eligible }
    }
}

/// What a coupon takes off one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineShare {
    /// The line.
    #[schema(minimum = 1)]
    pub line_no: i32,
    /// In minor units.
    #[schema(minimum = 0)]
    pub amount: i64,
}

/// What a coupon takes off, line by line; only lines that it takes something off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quote {
    /// The sum, in minor units.
    pub discount: i64,
    /// Where it goes.
    pub shares: Vec<LineShare>,
}

/// Why a coupon takes nothing off an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotApplicable {
    /// The lines come to too little.
    #[error("The coupon is for orders of {minimum} and more in minor units, and the lines come to {subtotal}.")]
    BelowMinimum {
        /// What they have to come to.
        minimum: i64,
        /// What they come to.
        subtotal: i64,
    },
    /// No line stands in its categories, or those that do cost nothing, or the present is one already.
    #[error("The order has nothing that the coupon is for.")]
    NothingEligible,
    /// The gift is not among the lines.
    #[error("The coupon makes a present of a product: the order must have a line of it.")]
    GiftMissing,
}

/// What the coupons of a batch take off these lines. Percentages are cut to whole minor units; an amount takes at most what the eligible lines come to;
/// a gift takes off one piece. What is taken off is spread over the eligible lines by what they come to, by largest remainder
/// (Hamilton's method: each gets the whole part of its quota, and what is left goes to the largest fractions, the earlier line first).
/// The minimum order is held against all lines, without shipping.
///
/// # Errors
/// [`NotApplicable`]; below the minimum only where that is `held`.
pub fn quote(batch: &CouponBatchDraft, lines: &[QuotedLine], is_minimum_held: bool) -> Result<Quote, NotApplicable> {
    let subtotal = lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.net));
    if is_minimum_held && subtotal < batch.minimum_order {
        return Err(NotApplicable::BelowMinimum { minimum: batch.minimum_order, subtotal });
    }
    if batch.kind == CouponKind::Gift {
        let given = lines.iter().filter(|line| Some(line.product_id) == batch.product_id).max_by_key(|line| line.unit_price.min(line.net));
        let given = given.ok_or(NotApplicable::GiftMissing)?;
        let amount = given.unit_price.min(given.net);
        if amount == 0 {
            return Err(NotApplicable::NothingEligible);
        }
        return Ok(Quote { discount: amount, shares: only_some(vec![LineShare { line_no: given.line_no, amount }]) });
    }
    let eligible: Vec<&QuotedLine> = lines.iter().filter(|line| line.is_eligible && line.net > 0).collect();
    let sum: i128 = eligible.iter().map(|line| i128::from(line.net)).sum();
    if sum == 0 {
        return Err(NotApplicable::NothingEligible);
    }
    let wanted = match batch.kind {
        CouponKind::Percent => sum * i128::from(batch.percent.unwrap_or(0)) / 100,
        CouponKind::Amount | CouponKind::Gift => i128::from(batch.amount.unwrap_or(0)),
    };
    let discount = wanted.clamp(0, sum);
    Ok(Quote { discount: i64::try_from(discount).unwrap_or(i64::MAX), shares: spread(discount, sum, &eligible) })
}

fn spread(discount: i128, sum: i128, eligible: &[&QuotedLine]) -> Vec<LineShare> {
    // Whole part and numerator of the fraction of each line's quota, discount × net ÷ sum.
    let mut quotas: Vec<(usize, i128, i128)> = eligible
        .iter()
        .enumerate()
        .map(|(index, line)| (index, discount * i128::from(line.net) / sum, discount * i128::from(line.net) % sum))
        .collect();
    let left = discount - quotas.iter().map(|(_, whole, _)| whole).sum::<i128>();
    quotas.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(&b.0)));
    let mut amounts: Vec<(usize, i128)> =
        quotas.into_iter().zip(0_i128..).map(|((index, whole, _), place)| (index, whole + i128::from(place < left))).collect();
    amounts.sort_unstable();
    let shares = amounts.into_iter().zip(eligible);
    only_some(
        shares.map(|((_, amount), line)| LineShare { line_no: line.line_no, amount: i64::try_from(amount).unwrap_or(line.net) }).collect(),
    )
}

fn only_some(shares: Vec<LineShare>) -> Vec<LineShare> {
    shares.into_iter().filter(|share| share.amount > 0).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn product(number: u128) -> Id<Product> {
        uuid::Uuid::from_u128(number).into()
    }

    fn line(line_no: i32, net: i64, is_eligible: bool) -> QuotedLine {
        QuotedLine { line_no, product_id: product(1), unit_price: net, net, is_eligible }
    }

    fn percent(percent: i32) -> CouponBatchDraft {
        CouponBatchDraft { percent: Some(percent), ..CouponBatchDraft::sample(CouponKind::Percent) }
    }

    fn amount(amount: i64) -> CouponBatchDraft {
        CouponBatchDraft { amount: Some(amount), ..CouponBatchDraft::sample(CouponKind::Amount) }
    }

    fn pairs(quote: &Quote) -> Vec<(i32, i64)> {
        quote.shares.iter().map(|share| (share.line_no, share.amount)).collect()
    }

    /// 15 % of 999 is 149.85, cut to 149. Quotas 149 × 333 ÷ 999 = 49 ⅔ each: 49, 49, 49 and the two left to the first two.
    #[test]
    fn a_percentage_worked_out_by_hand() {
        let lines = [line(1, 333, true), line(2, 333, true), line(3, 333, true), line(4, 500, false)];
        let quote = quote(&percent(15), &lines, true).unwrap();
        assert_eq!((quote.discount, pairs(&quote)), (149, vec![(1, 50), (2, 50), (3, 49)]));
    }

    /// 100 over 50, 30 and 1 of 81: quotas 61.73, 37.04, 1.23 would be more than the lines come to, so 81 are taken: all of each.
    /// 10 over them: 6.17, 3.70, 0.12: 6, 3, 0 and the one left to the second.
    #[test]
    fn an_amount_worked_out_by_hand() {
        let lines = [line(1, 50, true), line(2, 30, true), line(3, 1, true)];
        assert_eq!(pairs(&quote(&amount(100), &lines, true).unwrap()), [(1, 50), (2, 30), (3, 1)]);
        assert_eq!(pairs(&quote(&amount(10), &lines, true).unwrap()), [(1, 6), (2, 4)]);
    }

    #[test]
    fn a_gift_is_one_piece() {
        let gift = CouponBatchDraft { product_id: Some(product(7)), ..CouponBatchDraft::sample(CouponKind::Gift) };
        let three = QuotedLine { line_no: 2, product_id: product(7), unit_price: 400, net: 1100, is_eligible: false };
        let reduced = QuotedLine { line_no: 3, net: 150, ..three };
        assert_eq!(pairs(&quote(&gift, &[line(1, 900, true), reduced, three], true).unwrap()), [(2, 400)]);
        assert_eq!(pairs(&quote(&gift, &[reduced], true).unwrap()), [(3, 150)], "at most what the line comes to");
        assert_eq!(quote(&gift, &[line(1, 900, true)], true), Err(NotApplicable::GiftMissing));
        let free = QuotedLine { net: 0, ..three };
        assert_eq!(quote(&gift, &[free], true), Err(NotApplicable::NothingEligible), "no use is spent on what is free already");
    }

    #[test]
    fn some_orders_get_nothing() {
        let dear = CouponBatchDraft { minimum_order: 1000, ..percent(10) };
        let lines = [line(1, 999, true)];
        assert_eq!(quote(&dear, &lines, true), Err(NotApplicable::BelowMinimum { minimum: 1000, subtotal: 999 }));
        assert_eq!(quote(&dear, &lines, false).unwrap().discount, 99, "what was paid already is not refused");
        assert_eq!(quote(&dear, &[line(1, 600, true), line(2, 400, false)], true).unwrap().discount, 60, "all lines reach the minimum");
        assert_eq!(quote(&percent(10), &[line(1, 600, false), line(2, 0, true)], true), Err(NotApplicable::NothingEligible));
    }

    proptest! {
        /// Whatever the lines: the shares add up to the discount, no line gives more than it comes to, and each lies within one of its quota.
        #[test]
        fn shares_add_up_and_never_exceed_a_line(
            nets in prop::collection::vec((prop_oneof![0_i64..2000, Just(1_000_000_000_000_000)], any::<bool>()), 1..12),
            rate in 1_i32..=100, off in 1_i64..5000, is_percent in any::<bool>(),
        ) {
            let lines: Vec<QuotedLine> = nets.iter().zip(1..).map(|(&(net, eligible), line_no)| line(line_no, net, eligible)).collect();
            let batch = if is_percent { percent(rate) } else { amount(off) };
            let sum: i128 = nets.iter().filter(|(_, eligible)| *eligible).map(|(net, _)| i128::from(*net)).sum();
            match quote(&batch, &lines, true) {
                Err(fault) => {
                    prop_assert_eq!(fault, NotApplicable::NothingEligible);
                    prop_assert_eq!(sum, 0);
                }
                Ok(quote) => {
                    let expected = if is_percent { sum * i128::from(rate) / 100 } else { i128::from(off).min(sum) };
                    prop_assert_eq!(i128::from(quote.discount), expected);
                    prop_assert_eq!(quote.shares.iter().map(|share| share.amount).sum::<i64>(), quote.discount);
                    for line in &lines {
                        let share: i64 = quote.shares.iter().filter(|share| share.line_no == line.line_no).map(|share| share.amount).sum();
                        prop_assert!((0..=line.net).contains(&share));
                        let quota = expected * i128::from(line.net) / sum;
                        let fits = if line.is_eligible { (quota..=quota + 1).contains(&i128::from(share)) } else { share == 0 };
                        prop_assert!(fits, "{} of {} is not about {}", share, line.net, quota);
                    }
                }
            }
        }
    }
}
