//! Numbers for orders that come without one.

use uuid::Uuid;

use super::Order;
use crate::domain::{ids::Id, instants::Instant};

/// Crockford's base 32: no letter that can be mistaken for a digit.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How many digits: 50 bits, so that two orders of one day meet once in some ten million days of a thousand orders.
const LENGTH: u32 = 10;

/// A number that a person can read out, such as `P20260630-7Q3M0ZK4TD`: the day, and the last bits of the order's id.
pub fn number_of(id: Id<Order>, placed_at: Instant) -> String {
    let bits = Uuid::as_u128(&id.uuid());
    let digit = |place: u32| {
        usize::try_from((bits >> (5 * place)) & 31).ok().and_then(|value| DIGITS.get(value)).map_or('0', |&byte| char::from(byte))
    };
    let tail: String = (0..LENGTH).rev().map(digit).collect();
    format!("P{}-{tail}", placed_at.utc().format("%Y%m%d"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_the_day_and_the_end_of_the_id() {
        let at = "2026-06-30T23:59:59Z".parse().unwrap();
        let id = |bits: u128| Id::from(Uuid::from_u128(bits));
        assert_eq!(number_of(id(0), at), "P20260630-0000000000");
        assert_eq!(number_of(id(u128::MAX), at), "P20260630-ZZZZZZZZZZ");
        assert_eq!(number_of(id((1 << 5) | 31), at), "P20260630-000000001Z");
    }

    #[test]
    fn differs_from_order_to_order() {
        let at = "2026-06-30T00:00:00Z".parse().unwrap();
        let numbers: std::collections::HashSet<String> = (0..10_000).map(|_| number_of(Id::generate(), at)).collect();
        assert_eq!(numbers.len(), 10_000);
    }
}
