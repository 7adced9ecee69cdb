//! Who is held out, and who gets which variant: by a hash, so that anybody can check it and it never changes.
//!
//! `x` is the first eight bytes, big-endian, of SHA-256 over the 16 bytes of the campaign's id and the 16 bytes of the customer's: a number that is
//! uniform over 0 … 2⁶⁴ − 1, and independent from campaign to campaign. Those with `x < H`, where `H = ⌊holdout × 2⁶⁴⌋`, are held out. The others get
//! the first variant `k` with `(x − H) × 10000 < c(k) × (2⁶⁴ − H)`, where `c(k)` are the shares added up to `k` in ten-thousandths: so the shares of the
//! variants are shares of those who are not held out. In Python:
//!
//! `x = int.from_bytes(sha256(UUID(campaign).bytes + UUID(customer).bytes).digest()[:8], "big")`

use sha2::{Digest, Sha256};

use super::Campaign;
use crate::domain::{customers::Customer, ids::Id, value_score::BasisPoints};

/// How an audience is parted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    /// The share that is held out, below 1.
    pub holdout: BasisPoints,
    /// The shares of the variants among the others; they add up to 1.
    pub shares: Vec<BasisPoints>,
}

/// What somebody is assigned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignment {
    /// Nothing: they are held out.
    HeldOut,
    /// The variant at this place.
    Variant(usize),
}

const WHOLE: u128 = 1 << 64;
const TEN_THOUSAND: u128 = 10_000;

impl Groups {
    /// What a customer is assigned to in a campaign: always the same.
    pub fn assign(&self, campaign: Id<Campaign>, customer: Id<Customer>) -> Assignment {
        let mut hash = Sha256::new();
        hash.update(campaign.as_bytes());
        hash.update(customer.as_bytes());
        let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = hash.finalize().into();
        self.place(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    fn place(&self, x: u64) -> Assignment {
        let points = |share: &BasisPoints| u128::from(share.get().unsigned_abs());
        let held_out = points(&self.holdout) * WHOLE / TEN_THOUSAND;
        let Some(rest) = u128::from(x).checked_sub(held_out) else { return Assignment::HeldOut };
        let mut reached = 0;
        for (index, share) in self.shares.iter().enumerate() {
            reached += points(share);
            if rest * TEN_THOUSAND < reached * (WHOLE - held_out) {
                return Assignment::Variant(index);
            }
        }
        // Shares add up to 1, so nobody comes this far.
        Assignment::Variant(self.shares.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ASSIGNED: [(&str, Assignment); 6] = [
        ("018f4e1c-7d2a-7b63-9a41-3f0c5d1e0000", Assignment::Variant(1)),
        ("018f4e1c-7d2a-7b63-9a41-3f0c5d1e0001", Assignment::Variant(0)),
        ("018f4e1c-7d2a-7b63-9a41-3f0c5d1e0002", Assignment::Variant(1)),
        ("018f4e1c-7d2a-7b63-9a41-3f0c5d1e0003", Assignment::Variant(0)),
        ("018f4e1c-7d2a-7b63-9a41-3f0c5d1e0010", Assignment::HeldOut),
        ("018f4e1c-7d2a-7b63-9a41-3f0c5d1e0018", Assignment::HeldOut),
    ];

    fn groups(holdout: f64, shares: &[f64]) -> Groups {
        let parse = |share: &f64| BasisPoints::parse(*share).unwrap();
        Groups { holdout: parse(&holdout), shares: shares.iter().map(parse).collect() }
    }

    #[test]
    fn it_is_what_another_implementation_assigns() {
        // Python: int.from_bytes(sha256(UUID(campaign).bytes + UUID(customer).bytes).digest()[:8], "big") / 2**64
        let campaign: Id<Campaign> = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77".parse().unwrap();
        let groups = groups(0.1, &[0.5, 0.5]);
        for (customer, assigned) in ASSIGNED {
            assert_eq!(groups.assign(campaign, customer.parse().unwrap()), assigned, "{customer}");
        }
    }

    #[test]
    fn the_ends_of_the_line() {
        let groups = groups(0.25, &[0.5, 0.0, 0.5]);
        let quarter = 1_u64 << 62;
        for (x, assigned) in [
            (0, Assignment::HeldOut),
            (quarter - 1, Assignment::HeldOut),
            (quarter, Assignment::Variant(0)),
            (quarter + (3 * (quarter / 2)) - 1, Assignment::Variant(0)),
            (quarter + (3 * (quarter / 2)), Assignment::Variant(2)),
            (u64::MAX, Assignment::Variant(2)),
        ] {
            assert_eq!(groups.place(x), assigned, "{x}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn each_group_gets_its_share(holdout in 0_i64..9000, first in 0_i64..=10_000, seed in any::<u128>()) {
            let points = |units| BasisPoints::new(units).unwrap();
            let groups = Groups { holdout: points(holdout), shares: vec![points(first), points(10_000 - first)] };
            let campaign: Id<Campaign> = uuid::Uuid::from_u128(seed).into();
            let people = 10_000_u32;
            let mut counts = [0_u32; 3];
            for person in 0..people {
                match groups.assign(campaign, uuid::Uuid::from_u128(u128::from(person)).into()) {
                    Assignment::HeldOut => counts[0] += 1,
                    Assignment::Variant(index) => counts[index + 1] += 1,
                }
            }
            let rest = f64::from(10_000 - i32::try_from(holdout).unwrap()) / 1e4;
            let first = f64::from(i32::try_from(first).unwrap()) / 1e4;
            for (count, share) in counts.into_iter().zip([1.0 - rest, rest * first, rest * (1.0 - first)]) {
                // Six standard deviations: a fair hash fails about once in 500 million tries.
                let deviation = (f64::from(people) * share * (1.0 - share)).sqrt();
                prop_assert!((f64::from(count) - f64::from(people) * share).abs() <= 6.0 * deviation + 1.0, "{counts:?} {share}");
            }
        }
    }
}
