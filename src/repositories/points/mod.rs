//! Points: each customer's account and ledger.

pub mod accounts;
pub mod entries;
