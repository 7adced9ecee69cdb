//! What an order earns.

use serde::{Deserialize, Serialize};

use crate::domain::{catalogue::Product, ids::Id, orders::OrderLine};

/// Hundredths of hundredths: a card's percent times a line's.
const PERCENT_SQUARED: i128 = 10_000;

/// The terms by which an order earns, fixed when it is paid: what is changed in the programme, the catalogue or the customer's card later changes nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarningTerms {
    /// Minor units of money for one point, at least 1.
    pub minor_per_point: i64,
    /// What the customer's card makes of it: 100 is once, 150 half as much again.
    pub card_percent: i64,
    /// What the goods' categories add: of each product that was looked at, also where it is nothing.
    #[serde(default)]
    pub bonuses: Vec<ProductBonus>,
}

/// What a product's category adds to what it earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductBonus {
    /// The product.
    pub product_id: Id<Product>,
    /// Added to 100: 50 is half as much again.
    pub percent: i64,
}

impl EarningTerms {
    /// The points that the lines of an order earn for what of them was paid and not given back:
    ///
    /// `floor(Σ (quantity × unit_price − discount − refunded) × card_percent × (100 + bonus_percent) / (minor_per_point × 10,000))`
    ///
    /// Rounded down once, for the order as a whole; shipping earns nothing. It depends on what is left of each line and on nothing else, so that any refunds
    /// that leave the same leave the same points. Exact: with the largest order (10¹⁵), card (1,000) and bonus (1,000) the sum stays below 2⁷⁰.
    pub fn points(&self, lines: &[OrderLine]) -> i64 {
        let weigh = |line: &OrderLine| {
            let percent = 100 + self.bonuses.iter().find(|bonus| bonus.product_id == line.product_id).map_or(0, |bonus| bonus.percent);
            i128::from(line.refundable().max(0)) * i128::from(self.card_percent) * i128::from(percent)
        };
        let weighed: i128 = lines.iter().map(weigh).sum();
        i64::try_from(weighed / (i128::from(self.minor_per_point.max(1)) * PERCENT_SQUARED)).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::orders::OrderLineDetails;

    fn product(number: u128) -> Id<Product> {
        Id::from(uuid::Uuid::from_u128(number))
    }

    fn line(product_number: u128, net: i64, refunded: i64) -> OrderLine {
        OrderLine {
            line_no: 1,
            product_id: product(product_number),
            sku: String::new(),
            title: String::new(),
            quantity: 1,
            unit_price: net,
            discount: 0,
            refunded,
            details: OrderLineDetails::default(),
        }
    }

    fn terms(minor_per_point: i64, card_percent: i64, bonuses: &[(u128, i64)]) -> EarningTerms {
        let bonuses = bonuses.iter().map(|&(number, percent)| ProductBonus { product_id: product(number), percent }).collect();
        EarningTerms { minor_per_point, card_percent, bonuses }
    }

    #[test]
    fn worked_examples() {
        for (terms, lines, expected) in [
            // 128.50 at one point for ten: 12.85.
            (terms(1000, 100, &[]), vec![line(1, 12_850, 0)], 12),
            // The same with a card that counts one and a half times: 19.275.
            (terms(1000, 150, &[]), vec![line(1, 12_850, 0)], 19),
            // 6.50 and 6.50 make 13.00: rounded once, not per line.
            (terms(1000, 100, &[]), vec![line(1, 650, 0), line(2, 650, 0)], 1),
            // 100.00 of books with half as much again, 100.00 of the rest, twice for the card: (15 + 10) × 2.
            (terms(1000, 200, &[(1, 50)]), vec![line(1, 10_000, 0), line(2, 10_000, 0)], 50),
            // Half of the books were given back: (7.5 + 10) × 2.
            (terms(1000, 200, &[(1, 50)]), vec![line(1, 10_000, 5_000), line(2, 10_000, 0)], 35),
            (terms(1000, 0, &[]), vec![line(1, 10_000, 0)], 0),
            (terms(1000, 100, &[]), vec![line(1, 999, 0)], 0),
            (terms(1, 1000, &[(1, 1000)]), vec![line(1, 1_000_000_000_000_000, 0)], 110_000_000_000_000_000),
        ] {
            assert_eq!(terms.points(&lines), expected, "{terms:?} {lines:?}");
        }
    }

    proptest! {
        /// Only what is left counts: goods of which half was given back earn what goods for half the money do.
        #[test]
        fn refunds_leave_what_the_rest_earns(
            shape in prop::collection::vec((0_u128..3, 0_i64..5_000_000, 0_i64..=100), 0..6),
            minor_per_point in 1_i64..5000,
            card_percent in 0_i64..=1000,
            bonus in 0_i64..=1000,
        ) {
            let terms = terms(minor_per_point, card_percent, &[(0, bonus)]);
            let refunded: Vec<OrderLine> = shape.iter().map(|&(number, net, share)| line(number, net, net * share / 100)).collect();
            let smaller: Vec<OrderLine> = shape.iter().map(|&(number, net, share)| line(number, net - net * share / 100, 0)).collect();
            let whole: Vec<OrderLine> = shape.iter().map(|&(number, net, _)| line(number, net, 0)).collect();
            prop_assert_eq!(terms.points(&refunded), terms.points(&smaller));
            prop_assert!(terms.points(&refunded) <= terms.points(&whole));
            let nothing: Vec<OrderLine> = shape.iter().map(|&(number, net, _)| line(number, net, net)).collect();
            prop_assert_eq!(terms.points(&nothing), 0);
        }

        /// A point is earned exactly when one more of them would be too many: p × minor_per_point × 10⁴ ≤ weighed money < (p + 1) × ….
        #[test]
        fn points_are_rounded_down(net in 0_i64..10_000_000, minor_per_point in 1_i64..5000, card_percent in 0_i64..=1000, bonus in 0_i64..=1000) {
            let points = terms(minor_per_point, card_percent, &[(1, bonus)]).points(&[line(1, net, 0)]);
            let weighed = net * card_percent * (100 + bonus);
            prop_assert!(points * minor_per_point * 10_000 <= weighed);
            prop_assert!(weighed < (points + 1) * minor_per_point * 10_000);
        }
    }
}
