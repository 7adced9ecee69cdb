//! A small seeded generator of numbers: the same on every machine and in every version, which library generators do not promise.

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// What numbers are drawn for. Each use has a stream of its own, so that a change in one leaves the others as they were.
#[derive(Debug, Clone, Copy)]
pub enum Stream {
    Profile = 1,
    Person = 2,
    Orders = 3,
    TillSales = 4,
    Opinions = 5,
    Feedback = 6,
}

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014).
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    pub const fn new(state: u64) -> Self {
        Self { state }
    }

    /// The generator of one customer (or day), independent of all others: customer 70,000 is made without making the 69,999 before.
    pub fn of(seed: u64, stream: Stream, index: u32) -> Self {
        let mut root = Self::new(seed ^ (stream as u64).wrapping_mul(GOLDEN_GAMMA));
        let mut leaf = Self::new(root.next_u64() ^ u64::from(index));
        Self::new(leaf.next_u64())
    }

    pub const fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in 0 … `bound` − 1; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        let scaled = (self.next_u64() >> 32) * u64::from(bound);
        u32::try_from(scaled >> 32).unwrap_or_default()
    }

    /// A number in `low` … `high`, both included.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in `percent` of a hundred draws.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of `from`, all equally likely; the default where there is none.
    pub fn pick<T: Copy + Default>(&mut self, from: &[T]) -> T {
        let position = self.position(from.len());
        from.get(position).copied().unwrap_or_default()
    }

    /// One of `from`, the first ones more often than the last: the popular titles come first on every shelf.
    pub fn pick_popular<T: Copy + Default>(&mut self, from: &[T]) -> T {
        let position = self.position(from.len()).min(self.position(from.len()));
        from.get(position).copied().unwrap_or_default()
    }

    /// The position of one of `weights`, each as likely as its share of their sum; 0 where all are 0.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (position, weight) in weights.iter().enumerate() {
            if left < *weight {
                return position;
            }
            left -= weight;
        }
        0
    }

    fn position(&mut self, len: usize) -> usize {
        usize::try_from(self.below(u32::try_from(len).unwrap_or(u32::MAX))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers for seed 1234567 as published with the reference implementation in C (splitmix64.c, Vigna).
    #[test]
    fn yields_the_reference_numbers() {
        let mut random = Random::new(1_234_567);
        let drawn: Vec<u64> = (0..5).map(|_| random.next_u64()).collect();
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821
            ]
        );
    }

    #[test]
    fn weights_are_shares() {
        let mut random = Random::new(7);
        let mut hits = [0; 3];
        for _ in 0..10_000 {
            hits[random.weighted(&[1, 0, 3])] += 1;
        }
        assert!((2_300..2_700).contains(&hits[0]), "{hits:?}");
        assert_eq!(hits[1], 0);
    }
}
