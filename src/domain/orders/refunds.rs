//! Giving money back: by line, in part or whole, never more than the line came to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::OrderLine;
use crate::domain::{field_error::FieldError, instants::Instant, texts};

/// What is given back. Without `lines` it is everything that is left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"lines": [{"line_no": 1, "amount": 4250}], "reason": "one copy was damaged"}))]
pub struct RefundDraft {
    /// How much for which line; everything that is left when left out.
    #[serde(default)]
    #[validate(nested, length(min = 1, max = 1000))]
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Option<Vec<RefundLine>>,
    /// When it happened: now when left out; not before the order was placed or took the step before, and at most 5 minutes ahead.
    #[serde(default)]
    pub at: Option<Instant>,
    /// Why, for the history.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 500, pattern = "plain")]
    pub reason: Option<String>,
}

/// How much is given back for a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundLine {
    /// The line.
    #[validate(range(min = 1, max = 1000))]
    #[schema(minimum = 1, maximum = 1000)]
    pub line_no: i32,
    /// In minor units; at most what is left of the line.
    #[validate(range(min = 1, max = 1_000_000_000_000_000_i64))]
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_i64)]
    pub amount: i64,
}

impl RefundDraft {
    /// What each line gives back.
    ///
    /// # Errors
    /// At `/lines/N/line_no` for a line that is not there (`unknown_line`) or named twice (`duplicate`), at `/lines/N/amount` for more than is left of
    /// it (`range`).
    pub fn per_line(&self, lines: &[OrderLine]) -> Result<Vec<RefundLine>, Vec<FieldError>> {
        let Some(asked) = &self.lines else { return Ok(everything_left(lines)) };
        let mut faults = Vec::new();
        for (index, refund) in asked.iter().enumerate() {
            match lines.iter().find(|line| line.line_no == refund.line_no) {
                None => faults.push(FieldError::new(format!("/lines/{index}/line_no"), "unknown_line", "must be a line of the order")),
                Some(_) if asked.iter().take(index).any(|earlier| earlier.line_no == refund.line_no) => {
                    faults.push(FieldError::new(format!("/lines/{index}/line_no"), "duplicate", "must not name a line twice"));
                }
                Some(line) if refund.amount > line.refundable() => {
                    let message = format!("must be at most {}, which is what is left of the line", line.refundable());
                    faults.push(FieldError::new(format!("/lines/{index}/amount"), "range", message));
                }
                Some(_) => {}
            }
        }
        if faults.is_empty() { Ok(asked.clone()) } else { Err(faults) }
    }
}

fn everything_left(lines: &[OrderLine]) -> Vec<RefundLine> {
    let left = lines.iter().map(|line| RefundLine { line_no: line.line_no, amount: line.refundable() });
    left.filter(|refund| refund.amount > 0).collect()
}

/// Spreads an amount over the lines, first line first, for refunds that name none; `None` when more is asked than is left.
pub fn spread(lines: &[OrderLine], amount: i64) -> Option<Vec<RefundLine>> {
    let mut rest = amount;
    let mut refunds = Vec::new();
    for left in everything_left(lines) {
        let taken = left.amount.min(rest);
        if taken > 0 {
            refunds.push(RefundLine { line_no: left.line_no, amount: taken });
        }
        rest -= taken;
    }
    (rest == 0 && amount > 0).then_some(refunds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::orders::{OrderAmounts, amounts::tests::line};

    fn numbered(lines: impl IntoIterator<Item = OrderLine>) -> Vec<OrderLine> {
        lines.into_iter().zip(1..).map(|(line, line_no)| OrderLine { line_no, ..line }).collect()
    }

    fn asked(lines: &[(i32, i64)]) -> RefundDraft {
        let lines = lines.iter().map(|&(line_no, amount)| RefundLine { line_no, amount }).collect();
        RefundDraft { lines: Some(lines), ..RefundDraft::default() }
    }

    #[test]
    fn nothing_said_is_everything_left() {
        let lines = numbered([line(2, 500, 100, 300), line(1, 50, 0, 50), line(1, 70, 0, 0)]);
        let refunds = RefundDraft::default().per_line(&lines).unwrap();
        assert_eq!(refunds, [RefundLine { line_no: 1, amount: 600 }, RefundLine { line_no: 3, amount: 70 }]);
    }

    #[test]
    fn every_fault_is_named_at_its_line() {
        let lines = numbered([line(2, 500, 100, 300), line(1, 50, 0, 50)]);
        let faults = asked(&[(1, 601), (7, 1), (2, 1), (1, 5)]).per_line(&lines).unwrap_err();
        let places: Vec<(&str, &str)> = faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
        assert_eq!(
            places,
            [
                ("/lines/0/amount", "range"),
                ("/lines/1/line_no", "unknown_line"),
                ("/lines/2/amount", "range"),
                ("/lines/3/line_no", "duplicate")
            ]
        );
        assert_eq!(asked(&[(1, 600)]).per_line(&lines), Ok(vec![RefundLine { line_no: 1, amount: 600 }]));
    }

    #[test]
    fn an_amount_without_lines_is_taken_from_the_first_on() {
        let lines = numbered([line(1, 100, 0, 40), line(1, 50, 0, 50), line(1, 70, 0, 0)]);
        let pairs =
            |amount| spread(&lines, amount).map(|refunds| refunds.iter().map(|refund| (refund.line_no, refund.amount)).collect::<Vec<_>>());
        assert_eq!(pairs(60), Some(vec![(1, 60)]));
        assert_eq!(pairs(61), Some(vec![(1, 60), (3, 1)]));
        assert_eq!(pairs(130), Some(vec![(1, 60), (3, 70)]));
        assert_eq!(pairs(131), None);
        assert_eq!(pairs(0), None);
    }

    proptest! {
        /// However refunds follow one another, no line ever gives back more than it came to, and the amounts always add up.
        #[test]
        fn refunds_never_exceed_what_was_paid(
            shape in prop::collection::vec((1_i64..100, 0_i64..1000, 0_i64..=100), 1..5),
            steps in prop::collection::vec(prop::option::of(prop::collection::vec((1_i32..6, 1_i64..50_000), 1..4)), 1..8),
        ) {
            let mut lines = numbered(shape.iter().map(|&(quantity, price, off)| line(quantity, price, quantity * price * off / 100, 0)));
            for step in steps {
                let draft = step.map_or_else(RefundDraft::default, |pairs| asked(&pairs));
                let before: i64 = lines.iter().map(|line| line.refunded).sum();
                if let Ok(refunds) = draft.per_line(&lines) {
                    for refund in &refunds {
                        lines.iter_mut().find(|line| line.line_no == refund.line_no).unwrap().refunded += refund.amount;
                    }
                    let given: i64 = refunds.iter().map(|refund| refund.amount).sum();
                    let amounts = OrderAmounts::of(&lines, 0).unwrap();
                    prop_assert_eq!(amounts.refunded_total, before + given);
                    prop_assert!(draft.lines.is_some() || amounts.refunded_total == amounts.subtotal);
                }
            }
        }

        #[test]
        fn spreading_gives_back_exactly_what_is_asked(prices in prop::collection::vec((0_i64..500, 0_i64..=100), 1..6), amount in 1_i64..3000) {
            let lines = numbered(prices.iter().map(|&(price, gone)| line(1, price, 0, price * gone / 100)));
            let left: i64 = lines.iter().map(OrderLine::refundable).sum();
            match spread(&lines, amount) {
                None => prop_assert!(amount > left),
                Some(refunds) => {
                    prop_assert_eq!(refunds.iter().map(|refund| refund.amount).sum::<i64>(), amount);
                    let draft = RefundDraft { lines: Some(refunds), ..RefundDraft::default() };
                    prop_assert!(draft.per_line(&lines).is_ok());
                }
            }
        }
    }
}
