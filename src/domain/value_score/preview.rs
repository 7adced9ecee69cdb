//! What another model would change: two scorings of one population, compared customer by customer in flat memory.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{Hundredths, Tier};

/// A customer's score and tier in one scoring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placing {
    /// The score.
    pub score: Hundredths,
    /// The tier, among the scores of the same scoring.
    pub tier: Tier,
}

/// A customer whose score another scoring would change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mover<K> {
    /// Who.
    pub customer: K,
    /// As it is.
    pub old: Placing,
    /// As it would be.
    pub new: Placing,
}

impl<K> Mover<K> {
    /// New score less old score in hundredths, −10 000 … 10 000.
    pub fn delta(&self) -> i32 {
        self.new.score.get() - self.old.score.get()
    }

    /// [`Self::delta`] as a number with two decimals, −100 … 100.
    pub fn delta_as_number(&self) -> f64 {
        f64::from(self.delta()) / 100.0
    }
}

/// How many customers go from one tier to another, or stay where `from` equals `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The tier as it is.
    pub from: Tier,
    /// The tier as it would be.
    pub to: Tier,
    /// How many customers.
    pub customers: i64,
}

/// The outcome of a comparison; independent of the order in which customers were added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview<K> {
    /// Number of customers compared.
    pub population: i64,
    /// Number of customers whose tier changes.
    pub tier_changes: i64,
    /// All transitions that occur, stays included, in the order of [`Tier`]; they sum to `population`.
    pub transitions: Vec<Transition>,
    /// Those whose score changes most, up or down, the greatest change first and equal ones by customer.
    pub movers: Vec<Mover<K>>,
}

/// Compares two scorings of one population. Memory is that of the movers kept, not of the population.
#[derive(Debug, Clone)]
pub struct Comparison<K> {
    most_movers: usize,
    transitions: BTreeMap<(Tier, Tier), i64>,
    movers: Vec<Mover<K>>,
}

impl<K: Ord + Copy> Comparison<K> {
    /// An empty comparison that keeps the `most_movers` biggest movers; meant for some hundreds at most.
    pub const fn new(most_movers: usize) -> Self {
        Self { most_movers, transitions: BTreeMap::new(), movers: Vec::new() }
    }

    /// Takes in one customer, once.
    pub fn add(&mut self, customer: K, old: Placing, new: Placing) {
        *self.transitions.entry((old.tier, new.tier)).or_default() += 1;
        let mover = Mover { customer, old, new };
        if mover.delta() != 0 {
            let place = self.movers.partition_point(|other| order(other) < order(&mover));
            if place < self.most_movers {
                self.movers.insert(place, mover);
                self.movers.truncate(self.most_movers);
            }
        }
    }

    /// What has been found.
    pub fn finish(self) -> Preview<K> {
        let transitions: Vec<Transition> =
            self.transitions.into_iter().map(|((from, to), customers)| Transition { from, to, customers }).collect();
        Preview {
            population: transitions.iter().map(|transition| transition.customers).sum(),
            tier_changes: transitions
                .iter()
                .filter(|transition| transition.from != transition.to)
                .map(|transition| transition.customers)
                .sum(),
            transitions,
            movers: self.movers,
        }
    }
}

fn order<K: Copy>(mover: &Mover<K>) -> (Reverse<i32>, K) {
    (Reverse(mover.delta().abs()), mover.customer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn placing(units: i64, tier: Tier) -> Placing {
        Placing { score: Hundredths::new(units).unwrap(), tier }
    }

    fn preview(most_movers: usize, customers: &[(u32, Placing, Placing)]) -> Preview<u32> {
        let mut comparison = Comparison::new(most_movers);
        for (customer, old, new) in customers {
            comparison.add(*customer, *old, *new);
        }
        comparison.finish()
    }

    #[test]
    fn counts_tiers_and_keeps_the_biggest_movers() {
        let found = preview(
            3,
            &[
                (1, placing(5_000, Tier::Ordinary), placing(5_000, Tier::Ordinary)),
                (2, placing(5_000, Tier::Ordinary), placing(6_000, Tier::Growth)),
                (3, placing(9_000, Tier::MostValuable), placing(5_500, Tier::Growth)),
                (4, placing(6_000, Tier::Growth), placing(5_000, Tier::Ordinary)),
                (5, placing(4_000, Tier::Ordinary), placing(7_000, Tier::Growth)),
                (6, placing(4_000, Tier::Ordinary), placing(4_001, Tier::Ordinary)),
            ],
        );
        let transition = |from, to, customers| Transition { from, to, customers };
        assert_eq!((found.population, found.tier_changes), (6, 4));
        assert_eq!(
            found.transitions,
            [
                transition(Tier::MostValuable, Tier::Growth, 1),
                transition(Tier::Growth, Tier::Ordinary, 1),
                transition(Tier::Ordinary, Tier::Growth, 2),
                transition(Tier::Ordinary, Tier::Ordinary, 2),
            ]
        );
        let movers: Vec<(u32, i32)> = found.movers.iter().map(|mover| (mover.customer, mover.delta())).collect();
        assert_eq!(movers, [(3, -3_500), (5, 3_000), (2, 1_000)]);
        assert_eq!(found.movers[0].delta_as_number().to_string(), "-35");
    }

    #[test]
    fn nobody_compared_is_nothing_found() {
        assert_eq!(preview(5, &[]), Preview { population: 0, tier_changes: 0, transitions: vec![], movers: vec![] });
        assert!(preview(0, &[(1, placing(0, Tier::Ordinary), placing(10_000, Tier::MostValuable))]).movers.is_empty());
    }

    proptest! {
        /// Against keeping everybody and sorting, in two orders of arrival.
        #[test]
        fn keeps_what_sorting_everybody_would(scores in prop::collection::vec((0i64..40, 0i64..40), 0..60), most_movers in 0usize..12) {
            let mut customers: Vec<_> = (0u32..).zip(&scores).map(|(customer, (old, new))| (customer, placing(*old, Tier::Growth), placing(*new, Tier::Growth))).collect();
            let found = preview(most_movers, &customers);
            let mut expected: Vec<(i64, u32)> = (0u32..).zip(&scores).filter(|(_, (old, new))| old != new).map(|(customer, (old, new))| (-(new - old).abs(), customer)).collect();
            expected.sort_unstable();
            expected.truncate(most_movers);
            prop_assert_eq!(found.movers.iter().map(|mover| mover.customer).collect::<Vec<_>>(), expected.into_iter().map(|(_, customer)| customer).collect::<Vec<_>>());
            customers.reverse();
            prop_assert_eq!(preview(most_movers, &customers), found);
        }
    }
}
