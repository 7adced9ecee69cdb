//! What an order comes to. Every sum is checked: an amount that can not be held is a fault, never a wrap.

use super::OrderLine;

/// The largest amount of a line or an order, in minor units: ten trillion of a currency with two decimals. Far below 2⁶³, so that sums over
/// many orders hold too.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000_000;

/// What an order comes to, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderAmounts {
    /// Charged for shipping.
    pub shipping_fee: i64,
    /// Σ (quantity × unit price − discount).
    pub subtotal: i64,
    /// subtotal + shipping fee.
    pub total: i64,
    /// Σ of what the lines gave back; shipping is never given back.
    pub refunded_total: i64,
}

/// Amounts that make no order. `line` counts from 0, as a JSON pointer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountFault {
    /// The line, or the order up to it, comes to more than [`MAX_AMOUNT`].
    TooLarge {
        /// Which line.
        line: usize,
    },
    /// More was taken off than the line comes to, or less than nothing.
    Discount {
        /// Which line.
        line: usize,
        /// quantity × unit price.
        most: i64,
    },
    /// More was given back than the line comes to, or less than nothing.
    Refunded {
        /// Which line.
        line: usize,
        /// quantity × unit price − discount.
        most: i64,
    },
    /// Shipping takes the order above [`MAX_AMOUNT`], or is less than nothing.
    ShippingFee,
}

impl OrderLine {
    /// quantity × unit price, or `None` above [`MAX_AMOUNT`] or below 0.
    fn gross(&self) -> Option<i64> {
        self.quantity.checked_mul(self.unit_price).filter(|gross| (0..=MAX_AMOUNT).contains(gross))
    }

    /// What the line came to: quantity × unit price − discount.
    pub fn net(&self) -> i64 {
        self.gross().unwrap_or(0).saturating_sub(self.discount)
    }

    /// What can still be given back.
    pub fn refundable(&self) -> i64 {
        self.net().saturating_sub(self.refunded)
    }
}

impl OrderAmounts {
    /// Adds the lines up.
    ///
    /// # Errors
    /// [`AmountFault`] of the first line whose amounts do not hold.
    pub fn of(lines: &[OrderLine], shipping_fee: i64) -> Result<Self, AmountFault> {
        let (mut subtotal, mut refunded_total) = (0_i64, 0_i64);
        for (index, line) in lines.iter().enumerate() {
            let gross = line.gross().ok_or(AmountFault::TooLarge { line: index })?;
            if !(0..=gross).contains(&line.discount) {
                return Err(AmountFault::Discount { line: index, most: gross });
            }
            let net = line.net();
            if !(0..=net).contains(&line.refunded) {
                return Err(AmountFault::Refunded { line: index, most: net });
            }
            subtotal = within(subtotal, net).ok_or(AmountFault::TooLarge { line: index })?;
            refunded_total = within(refunded_total, line.refunded).ok_or(AmountFault::TooLarge { line: index })?;
        }
        let total = Some(shipping_fee).filter(|fee| *fee >= 0).and_then(|fee| within(subtotal, fee)).ok_or(AmountFault::ShippingFee)?;
        Ok(Self { shipping_fee, subtotal, total, refunded_total })
    }

    /// Whether everything that was bought has been given back. An order that cost nothing is not refunded by itself.
    pub const fn is_refunded(&self) -> bool {
        self.subtotal > 0 && self.refunded_total == self.subtotal
    }
}

fn within(sum: i64, summand: i64) -> Option<i64> {
    sum.checked_add(summand).filter(|sum| *sum <= MAX_AMOUNT)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{ids::Id, orders::OrderLineDetails};

    pub fn line(quantity: i64, unit_price: i64, discount: i64, refunded: i64) -> OrderLine {
        OrderLine {
            line_no: 1,
            product_id: Id::from(uuid::Uuid::nil()),
            sku: "sku".to_owned(),
            title: "title".to_owned(),
            quantity,
            unit_price,
            discount,
            refunded,
            details: OrderLineDetails::default(),
        }
    }

    #[test]
    fn adds_up_as_on_paper() {
        let lines = [line(2, 4500, 500, 1000), line(1, 128_000, 0, 0), line(3, 0, 0, 0)];
        let amounts = OrderAmounts::of(&lines, 800).unwrap();
        assert_eq!(amounts, OrderAmounts { shipping_fee: 800, subtotal: 136_500, total: 137_300, refunded_total: 1000 });
        assert!(!amounts.is_refunded());
        assert!(OrderAmounts::of(&[line(1, 5, 0, 5)], 3).unwrap().is_refunded());
        assert!(!OrderAmounts::of(&[line(1, 5, 5, 0)], 3).unwrap().is_refunded(), "what was free is not refunded");
    }

    #[test]
    fn names_the_line_at_fault() {
        let large = line(1_000, 1_000_000_000_000, 0, 0);
        let table = [
            (vec![line(1, 1, 0, 0), line(1_000_000, 1_000_000_000_000, 0, 0)], 0, AmountFault::TooLarge { line: 1 }),
            (vec![line(i64::MAX, i64::MAX, 0, 0)], 0, AmountFault::TooLarge { line: 0 }),
            (vec![line(1, i64::MAX, 0, 0)], 0, AmountFault::TooLarge { line: 0 }),
            (vec![line(-1, 5, 0, 0)], 0, AmountFault::TooLarge { line: 0 }),
            (vec![large.clone(), line(1, 1, 0, 0)], 0, AmountFault::TooLarge { line: 1 }),
            (vec![large.clone()], 1, AmountFault::ShippingFee),
            (vec![large], i64::MAX, AmountFault::ShippingFee),
            (vec![line(1, 1, 0, 0)], -1, AmountFault::ShippingFee),
            (vec![line(2, 50, 101, 0)], 0, AmountFault::Discount { line: 0, most: 100 }),
            (vec![line(2, 50, -1, 0)], 0, AmountFault::Discount { line: 0, most: 100 }),
            (vec![line(2, 50, 30, 71)], 0, AmountFault::Refunded { line: 0, most: 70 }),
            (vec![line(2, 50, 30, -1)], 0, AmountFault::Refunded { line: 0, most: 70 }),
        ];
        for (lines, fee, fault) in table {
            assert_eq!(OrderAmounts::of(&lines, fee), Err(fault), "{lines:?} {fee}");
        }
    }

    /// Mostly what a shop sells, sometimes whatever 64 bits can say.
    fn any_amount(usual: i64) -> impl Strategy<Value = i64> {
        prop_oneof![8 => 0..=usual, 1 => any::<i64>(), 1 => Just(MAX_AMOUNT), 1 => Just(1_000_000_000_000)]
    }

    proptest! {
        /// Against 128-bit arithmetic.
        #[test]
        fn agrees_with_wider_arithmetic_or_refuses(
            values in prop::collection::vec((any_amount(1000), any_amount(100_000), any_amount(5000), any_amount(5000)), 1..4),
            fee in any_amount(3000),
        ) {
            let lines: Vec<OrderLine> = values.iter().map(|&(quantity, price, discount, refunded)| line(quantity, price, discount, refunded)).collect();
            let wide = |value: i64| i128::from(value);
            let limit = wide(MAX_AMOUNT);
            let gross = |l: &OrderLine| wide(l.quantity) * wide(l.unit_price);
            let net = |l: &OrderLine| gross(l) - wide(l.discount);
            let lines_hold = lines.iter().all(|l| {
                (0..=limit).contains(&gross(l)) && (0..=gross(l)).contains(&wide(l.discount)) && (0..=net(l)).contains(&wide(l.refunded))
            });
            let subtotal: i128 = if lines_hold { lines.iter().map(net).sum() } else { 0 };
            let refunded: i128 = lines.iter().map(|l| wide(l.refunded)).sum();
            let holds = lines_hold && fee >= 0 && subtotal + wide(fee) <= limit;
            match OrderAmounts::of(&lines, fee) {
                Ok(amounts) => {
                    prop_assert!(holds);
                    let told = (wide(amounts.subtotal), wide(amounts.total), wide(amounts.refunded_total));
                    prop_assert_eq!(told, (subtotal, subtotal + wide(fee), refunded));
                }
                Err(_) => prop_assert!(!holds),
            }
        }
    }
}
