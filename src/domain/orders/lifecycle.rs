//! How far an order has come, and which steps it can take. Returns take the same steps as sales: paid means that the money was given
//! back, fulfilled that the goods have arrived; only refunds are for sales alone.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::domain::{instants::Instant, texts};

text_enum! {
    /// How far an order has come: `placed → paid → fulfilled → completed`, `placed → cancelled`, and `refunded` from `paid` on.
    #[derive(Default)]
    OrderStatus {
        #[default] Placed = "placed", Paid = "paid", Fulfilled = "fulfilled", Completed = "completed", Cancelled = "cancelled", Refunded = "refunded",
    }
}

/// Every step that an order can take, from and to.
const STEPS: [(OrderStatus, OrderStatus); 7] = {
    use OrderStatus::{Cancelled, Completed, Fulfilled, Paid, Placed, Refunded};
    [
        (Placed, Paid),
        (Paid, Fulfilled),
        (Fulfilled, Completed),
        (Placed, Cancelled),
        (Paid, Refunded),
        (Fulfilled, Refunded),
        (Completed, Refunded),
    ]
};

/// A step that an order can not take from where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("An order can not go from {from} to {to}.")]
pub struct InvalidTransition {
    /// Where it stands.
    pub from: OrderStatus,
    /// Where it was to go.
    pub to: OrderStatus,
}

impl OrderStatus {
    /// Whether money was received for the order (or, for a return, given back), at least for a time.
    pub const fn is_paid(self) -> bool {
        match self {
            Self::Paid | Self::Fulfilled | Self::Completed | Self::Refunded => true,
            Self::Placed | Self::Cancelled => false,
        }
    }

    /// One step.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless the table of steps has it.
    pub fn step_to(self, to: Self) -> Result<Self, InvalidTransition> {
        if STEPS.contains(&(self, to)) { Ok(to) } else { Err(InvalidTransition { from: self, to }) }
    }

    /// Any number of steps, none included: how an ERP catches up with what happened elsewhere.
    ///
    /// # Errors
    /// [`InvalidTransition`] when no steps lead there.
    pub fn catch_up_to(self, to: Self) -> Result<Self, InvalidTransition> {
        let leads_there = |from: Self| STEPS.iter().any(|&(start, next)| start == from && next.catch_up_to(to).is_ok());
        if self == to || leads_there(self) { Ok(to) } else { Err(InvalidTransition { from: self, to }) }
    }
}

text_enum! {
    /// A step that a caller asks for by name. Refunds are apart: they may leave the status as it is.
    OrderStep { Pay = "pay", Fulfil = "fulfil", Complete = "complete", Cancel = "cancel" }
}

impl OrderStep {
    /// Where the step leads.
    pub const fn target(self) -> OrderStatus {
        match self {
            Self::Pay => OrderStatus::Paid,
            Self::Fulfil => OrderStatus::Fulfilled,
            Self::Complete => OrderStatus::Completed,
            Self::Cancel => OrderStatus::Cancelled,
        }
    }
}

/// What may be said of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "at the till of the fourth floor"}))]
pub struct StepDraft {
    /// When it happened: now when left out; not before the order was placed or took the step before, and at most 5 minutes ahead.
    #[serde(default)]
    pub at: Option<Instant>,
    /// Why, for the history.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 500, pattern = "plain")]
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::TextEnum;

    /// Rows: from; columns: to, in the order placed, paid, fulfilled, completed, cancelled, refunded.
    /// `1` one step, `+` several, `=` the same, `.` never.
    const TABLE: [(&str, &str); 6] = [
        ("placed", "=1++1+"),
        ("paid", ".=1+.1"),
        ("fulfilled", "..=1.1"),
        ("completed", "...=.1"),
        ("cancelled", "....=."),
        ("refunded", ".....="),
    ];

    #[test]
    fn every_pair_of_statuses_is_decided() {
        for (from, row) in TABLE {
            let from = OrderStatus::parse(from).unwrap();
            for (mark, &to) in row.chars().zip(OrderStatus::ALL) {
                assert_eq!(from.step_to(to).is_ok(), mark == '1', "{from} to {to} in one step");
                assert_eq!(from.catch_up_to(to).is_ok(), mark != '.', "{from} to {to} in any steps");
            }
        }
        let refused = OrderStatus::Cancelled.step_to(OrderStatus::Paid).unwrap_err();
        assert_eq!(refused.to_string(), "An order can not go from cancelled to paid.");
    }

    #[test]
    fn money_is_there_from_paid_on() {
        let paid: Vec<&str> = OrderStatus::ALL.iter().filter(|status| status.is_paid()).map(|status| status.as_str()).collect();
        assert_eq!(paid, ["paid", "fulfilled", "completed", "refunded"]);
    }
}
