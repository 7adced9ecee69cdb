//! Read models over several tables.

pub mod consistency;
pub mod goods;
pub mod overview;
pub mod purchases;
