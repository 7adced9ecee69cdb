//! Patron: the customer-relationship backend of a shop that sells at the till and online.

pub mod db;
pub mod domain;
pub mod error;
