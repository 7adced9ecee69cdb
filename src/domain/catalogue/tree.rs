//! The tree of categories: paths, levels, and the value class that a category hands down.

use std::collections::{HashMap, HashSet};

use super::{Category, ValueClass};
use crate::domain::ids::Id;

/// The most levels; a root stands on the first.
pub const MAX_LEVELS: usize = 10;

/// What the tree needs to know of a category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The category.
    pub id: Id<Category>,
    /// The category above it.
    pub parent_id: Option<Id<Category>>,
    /// Its own name.
    pub name: String,
    /// The class it states.
    pub value_class: Option<ValueClass>,
    /// The class it states or else inherits.
    pub effective_value_class: ValueClass,
}

/// Why a category can not stand where it is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misplaced {
    /// It would stand below itself.
    Cycle,
    /// It, or what is below it, would stand below the last level.
    TooDeep,
}

/// Whether a category with `levels_below` levels under it can stand under `above`, the chain from a root down to its parent.
///
/// # Errors
/// [`Misplaced`].
pub fn check_place(id: Id<Category>, above: &[&Node], levels_below: usize) -> Result<(), Misplaced> {
    if above.iter().any(|node| node.id == id) {
        return Err(Misplaced::Cycle);
    }
    if above.len() + 1 + levels_below > MAX_LEVELS { Err(Misplaced::TooDeep) } else { Ok(()) }
}

/// Which categories below `top` must change their effective class now that `top` has `class`; `levels` are those below it, the nearest first.
///
/// Whatever inherits from `top` gets the same class; what states one itself keeps it and hands its own down.
pub fn hand_down(top: Id<Category>, class: ValueClass, levels: &[Vec<Node>]) -> Vec<Id<Category>> {
    let mut heirs = HashSet::from([top]);
    let mut changed = Vec::new();
    for node in levels.iter().flatten() {
        if node.value_class.is_none() && node.parent_id.is_some_and(|parent_id| heirs.contains(&parent_id)) {
            heirs.insert(node.id);
            if node.effective_value_class != class {
                changed.push(node.id);
            }
        }
    }
    changed
}

/// Some categories with all that stand above them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ancestry(HashMap<Id<Category>, Node>);

impl FromIterator<Node> for Ancestry {
    fn from_iter<I: IntoIterator<Item = Node>>(nodes: I) -> Self {
        Self(nodes.into_iter().map(|node| (node.id, node)).collect())
    }
}

impl Ancestry {
    /// The chain from the root down to `id`; empty when `id` is not known.
    pub fn chain(&self, id: Id<Category>) -> Vec<&Node> {
        let first = self.0.get(&id);
        let upwards = std::iter::successors(first, |node| node.parent_id.and_then(|parent_id| self.0.get(&parent_id)));
        // No tree is deeper; the limit also ends a walk around a circle.
        let mut chain: Vec<&Node> = upwards.take(MAX_LEVELS).collect();
        chain.reverse();
        chain
    }

    /// The names from the root down to `id`.
    pub fn path(&self, id: Id<Category>) -> Vec<String> {
        self.chain(id).into_iter().map(|node| node.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(number: usize) -> Id<Category> {
        uuid::Uuid::from_u128(number as u128).into()
    }

    fn node(number: usize, parent: Option<usize>, value_class: Option<ValueClass>) -> Node {
        let effective_value_class = value_class.unwrap_or_default();
        Node { id: id(number), parent_id: parent.map(id), name: format!("c{number}"), value_class, effective_value_class }
    }

    /// Goods (0) > Music (1) > Instruments (2) > Guitars (3).
    fn chain_of_four() -> Ancestry {
        (0..4_usize).map(|number| node(number, number.checked_sub(1), None)).collect()
    }

    #[test]
    fn a_path_leads_from_the_root() {
        assert_eq!(chain_of_four().path(id(2)), ["c0", "c1", "c2"]);
        assert_eq!(chain_of_four().path(id(9)), Vec::<String>::new());
    }

    #[test]
    fn a_walk_around_a_circle_ends() {
        let circle: Ancestry = [node(0, Some(1), None), node(1, Some(0), None)].into_iter().collect();
        assert_eq!(circle.chain(id(0)).len(), MAX_LEVELS);
    }

    #[test]
    fn nothing_stands_below_itself_or_the_tenth_level() {
        let ancestry = chain_of_four();
        let above = ancestry.chain(id(3));
        for number in 0..4 {
            assert_eq!(check_place(id(number), &above, 0), Err(Misplaced::Cycle));
        }
        assert_eq!(check_place(id(9), &above, 5), Ok(()), "four above, itself on the fifth level, five below");
        assert_eq!(check_place(id(9), &above, 6), Err(Misplaced::TooDeep));
        assert_eq!(check_place(id(9), &[], 9), Ok(()));
    }

    #[test]
    fn a_class_goes_down_to_those_that_state_none() {
        use ValueClass::{Everyday, High};
        // 0 becomes high; 1 inherits; 2 states everyday; 3 inherits from 2; 4 inherits from 1; 5 states high and has it already.
        let levels = [
            vec![node(1, Some(0), None), node(2, Some(0), Some(Everyday)), node(5, Some(0), Some(High))],
            vec![node(3, Some(2), None), node(4, Some(1), None)],
        ];
        assert_eq!(hand_down(id(0), High, &levels), [id(1), id(4)]);
        assert_eq!(hand_down(id(0), Everyday, &levels), [], "nothing changes where everybody has it");
    }

    /// A tree in which each category hangs under an earlier one, level by level from the first.
    fn trees() -> impl Strategy<Value = Vec<(usize, Option<ValueClass>)>> {
        let class = prop_oneof![Just(None), Just(Some(ValueClass::High)), Just(Some(ValueClass::Everyday))];
        prop::collection::vec((any::<prop::sample::Index>(), class), 1..40).prop_map(|picks| {
            picks
                .into_iter()
                .enumerate()
                .map(|(number, (parent, class))| (if number == 0 { 0 } else { parent.index(number) }, class))
                .collect()
        })
    }

    /// The definition: what a category states, else what the one above has, else everyday.
    fn class_of(tree: &[(usize, Option<ValueClass>)], number: usize) -> ValueClass {
        let (parent, stated) = tree[number];
        stated.unwrap_or_else(|| if number == 0 { ValueClass::Everyday } else { class_of(tree, parent) })
    }

    fn level_of(tree: &[(usize, Option<ValueClass>)], number: usize) -> usize {
        if number == 0 { 0 } else { level_of(tree, tree[number].0) + 1 }
    }

    proptest! {
        /// Handing a new class down makes every category what the definition says.
        #[test]
        fn agrees_with_the_definition(mut tree in trees(), class in prop_oneof![Just(ValueClass::High), Just(ValueClass::Everyday)]) {
            let before: Vec<ValueClass> = (0..tree.len()).map(|number| class_of(&tree, number)).collect();
            let mut levels: Vec<Vec<Node>> = Vec::new();
            for number in 1..tree.len() {
                let level = level_of(&tree, number) - 1;
                levels.resize(levels.len().max(level + 1), Vec::new());
                levels[level].push(Node { effective_value_class: before[number], ..node(number, Some(tree[number].0), tree[number].1) });
            }
            tree[0].1 = Some(class);
            let changed: HashSet<Id<Category>> = hand_down(id(0), class, &levels).into_iter().collect();
            for (number, before) in before.into_iter().enumerate().skip(1) {
                let after = class_of(&tree, number);
                prop_assert_eq!(changed.contains(&id(number)), after != before);
                prop_assert!(after == before || after == class);
            }
        }
    }
}
