//! Points: the programme, and each customer's account and ledger.

pub mod accounts;
pub mod entries;
pub mod programmes;
