//! The money of one line: quantity, price and discount that give the line's total exactly.

/// What a ledger says of a line's money, in minor units, none of it negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StatedAmounts {
    /// Pieces, at least 1.
    pub quantity: i64,
    /// The price of one piece before discount.
    pub unit_price: Option<i64>,
    /// What was taken off the line.
    pub discount: Option<i64>,
    /// The line's total after discount.
    pub line_total: Option<i64>,
}

/// Price and discount with `quantity · unit_price − discount = total`; none of them negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineAmounts {
    pub unit_price: i64,
    pub discount: i64,
}

/// Why stated amounts make no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AmountFault {
    /// Neither total nor price is given.
    Missing,
    /// The discount is larger than the line.
    DiscountTooLarge,
    /// Quantity, price and discount do not give the total.
    Mismatch,
    /// More than 64 bits hold.
    Overflow,
}

impl StatedAmounts {
    /// The line's price and discount. The total, where given, is what was paid and always kept; a price that misses it by no
    /// more than its own rounding (half a minor unit a piece) gives way, a price that misses it by more is a [`AmountFault::Mismatch`].
    /// Where no price is given, it is the smallest whole one, and what it makes too much is the discount.
    ///
    /// # Errors
    /// [`AmountFault`].
    pub(super) fn line(self) -> Result<LineAmounts, AmountFault> {
        use AmountFault::{DiscountTooLarge, Mismatch, Missing, Overflow};
        let Some(unit_price) = self.unit_price else {
            let total = self.line_total.ok_or(Missing)?;
            return self.spread(total);
        };
        let gross = self.quantity.checked_mul(unit_price).ok_or(Overflow)?;
        let Some(total) = self.line_total else {
            let discount = self.discount.unwrap_or(0);
            return if discount <= gross { Ok(LineAmounts { unit_price, discount }) } else { Err(DiscountTooLarge) };
        };
        if self.discount.is_none() && gross >= total {
            return Ok(LineAmounts { unit_price, discount: gross - total });
        }
        let discount = self.discount.unwrap_or(0);
        let stated = total.checked_add(discount).ok_or(Overflow)?;
        let missed = gross.abs_diff(stated);
        if missed == 0 {
            return Ok(LineAmounts { unit_price, discount });
        }
        // Half a unit for each piece's price and half a unit for the total.
        let rounding = self.quantity.unsigned_abs().saturating_add(1) / 2;
        if missed <= rounding { self.spread(total) } else { Err(Mismatch) }
    }

    /// The smallest whole price that covers total and stated discount.
    fn spread(self, total: i64) -> Result<LineAmounts, AmountFault> {
        use AmountFault::Overflow;
        let gross = total.checked_add(self.discount.unwrap_or(0)).ok_or(Overflow)?;
        let whole = gross.checked_div(self.quantity).ok_or(Overflow)?;
        let rest = gross.checked_rem(self.quantity).ok_or(Overflow)?;
        let unit_price = if rest == 0 { whole } else { whole.checked_add(1).ok_or(Overflow)? };
        let discount = self.quantity.checked_mul(unit_price).ok_or(Overflow)?.checked_sub(total).ok_or(Overflow)?;
        Ok(LineAmounts { unit_price, discount })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(quantity: i64, unit_price: Option<i64>, discount: Option<i64>, line_total: Option<i64>) -> Result<(i64, i64), AmountFault> {
        StatedAmounts { quantity, unit_price, discount, line_total }.line().map(|it| (it.unit_price, it.discount))
    }

    #[test]
    fn makes_price_and_discount_from_what_is_given() {
        // quantity, unit price, discount, total -> unit price, discount
        let table = [
            ((1, None, None, Some(299)), (299, 0)),
            ((3, None, None, Some(897)), (299, 0)),
            ((3, None, None, Some(1000)), (334, 2)),
            ((5, None, None, Some(0)), (0, 0)),
            ((3, None, Some(100), Some(800)), (300, 100)),
            ((3, None, Some(100), Some(797)), (299, 100)),
            ((3, None, Some(100), Some(798)), (300, 102)),
            ((2, Some(500), None, None), (500, 0)),
            ((2, Some(500), Some(150), None), (500, 150)),
            ((2, Some(500), None, Some(1000)), (500, 0)),
            ((2, Some(500), None, Some(850)), (500, 150)),
            ((2, Some(500), Some(150), Some(850)), (500, 150)),
            // 3 for 10.00: the file's price 3.33 was rounded.
            ((3, Some(333), None, Some(1000)), (334, 2)),
            ((3, Some(333), Some(0), Some(1000)), (334, 2)),
        ];
        for ((quantity, unit_price, discount, total), expected) in table {
            assert_eq!(line(quantity, unit_price, discount, total), Ok(expected), "{quantity} {unit_price:?} {discount:?} {total:?}");
        }
    }

    #[test]
    fn refuses_what_does_not_add_up() {
        use AmountFault::{DiscountTooLarge, Mismatch, Missing, Overflow};
        assert_eq!(line(1, None, Some(1), None), Err(Missing));
        assert_eq!(line(2, Some(500), Some(1001), None), Err(DiscountTooLarge));
        assert_eq!(line(2, Some(500), None, Some(1100)), Err(Mismatch));
        assert_eq!(line(2, Some(500), Some(100), Some(1000)), Err(Mismatch));
        assert_eq!(line(2, Some(i64::MAX), None, None), Err(Overflow));
        assert_eq!(line(2, None, Some(1), Some(i64::MAX)), Err(Overflow));
        assert_eq!(line(3, None, None, Some(i64::MAX)), Err(Overflow));
    }

    proptest! {
        #[test]
        fn always_gives_the_total(
            quantity in 1_i64..=1_000_000,
            unit_price in proptest::option::of(0_i64..100_000),
            discount in proptest::option::of(0_i64..100_000),
            total in 0_i64..i64::from(u32::MAX),
        ) {
            if let Ok((price, off)) = line(quantity, unit_price, discount, Some(total)) {
                prop_assert!(price >= 0 && off >= 0);
                prop_assert_eq!(i128::from(quantity) * i128::from(price) - i128::from(off), i128::from(total));
            }
        }
    }
}
