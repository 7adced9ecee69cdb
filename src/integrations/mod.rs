//! What leaves the house: outbound I/O.
//!
//! Lives here: talking to other programs in their protocols, with time limits, and saying of each failure whose it was. Nothing here decides what is
//! sent, or when. May import: `domain`, `error`.

mod failures;
pub mod gateway;
pub mod smtp;

pub use failures::Unreachable;
