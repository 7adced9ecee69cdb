//! Segments that name others: never in a ring, not too far, and not too many conditions in all.

use std::collections::HashMap;

use super::{Condition, Leaf, MAX_LEAVES, Segment, plan::MAX_SEGMENT_DEPTH};
use crate::domain::ids::Id;

/// What is wrong with segments that name each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphFault {
    /// The segment that is named is not there.
    Unknown(Id<Segment>),
    /// The segment that is named names the one that names it, itself or through others.
    Ring(Id<Segment>),
    /// This segment, the one asked about or another that names it, names others too far.
    TooDeep(Id<Segment>),
    /// This segment has too many leaves, those of the segments that it names included.
    TooLarge(Id<Segment>),
}

/// Checks `changed` among `segments`, which hold its new condition, and all that name it.
///
/// # Errors
/// The first fault.
pub fn check_graph(changed: Id<Segment>, segments: &HashMap<Id<Segment>, Condition>) -> Result<(), GraphFault> {
    let Some(condition) = segments.get(&changed) else { return Ok(()) };
    for named in condition.segments() {
        if !segments.contains_key(&named) {
            return Err(GraphFault::Unknown(named));
        }
        if reaches(named, changed, segments) {
            return Err(GraphFault::Ring(named));
        }
    }
    for (id, condition) in segments {
        if *id == changed || reaches(*id, changed, segments) {
            let mut leaves = 0;
            measure(*id, condition, segments, 0, &mut leaves)?;
        }
    }
    Ok(())
}

/// How many leaves a condition has, those of the segments that it names included. No segment names itself, by however many others.
pub fn count_leaves(condition: &Condition, segments: &HashMap<Id<Segment>, Condition>) -> usize {
    let mut leaves = 0;
    condition.for_each_leaf(&mut |leaf| {
        leaves += match leaf {
            Leaf::Segment(id) => segments.get(id).map_or(1, |named| count_leaves(named, segments)),
            _ => 1,
        };
    });
    leaves
}

/// Whether `from` is `to`, or names it, itself or through others.
fn reaches(from: Id<Segment>, to: Id<Segment>, segments: &HashMap<Id<Segment>, Condition>) -> bool {
    let (mut seen, mut next) = (Vec::new(), vec![from]);
    while let Some(id) = next.pop() {
        if id == to {
            return true;
        }
        if !seen.contains(&id) {
            seen.push(id);
            next.extend(segments.get(&id).map(Condition::segments).unwrap_or_default());
        }
    }
    false
}

/// Counts the leaves as they are planned; stops at the first too many.
fn measure(
    of: Id<Segment>,
    condition: &Condition,
    segments: &HashMap<Id<Segment>, Condition>,
    depth: usize,
    leaves: &mut usize,
) -> Result<(), GraphFault> {
    let mut found = Vec::new();
    condition.for_each_leaf(&mut |leaf| found.push(leaf));
    for leaf in found {
        match leaf {
            Leaf::Segment(_) if depth >= MAX_SEGMENT_DEPTH => return Err(GraphFault::TooDeep(of)),
            Leaf::Segment(id) => {
                let named = segments.get(id).ok_or(GraphFault::Unknown(*id))?;
                measure(of, named, segments, depth + 1, leaves)?;
            }
            _ => *leaves += 1,
        }
        if *leaves > MAX_LEAVES {
            return Err(GraphFault::TooLarge(of));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Id<Segment> {
        uuid::Uuid::from_u128(number).into()
    }

    fn naming(numbers: &[u128]) -> Condition {
        Condition::Any(numbers.iter().map(|number| Condition::Leaf(Leaf::Segment(id(*number)))).collect())
    }

    fn leaves(count: usize) -> Condition {
        let leaf = Condition::parse(&serde_json::json!({"fact": "age", "is": 5})).unwrap();
        Condition::Any(vec![leaf; count])
    }

    #[test]
    fn rings_are_found_wherever_they_close() {
        let check = |pairs: &[(u128, &[u128])], changed| {
            let segments = pairs.iter().map(|(number, named)| (id(*number), naming(named))).collect();
            check_graph(id(changed), &segments)
        };
        assert_eq!(check(&[(1, &[1])], 1), Err(GraphFault::Ring(id(1))));
        assert_eq!(check(&[(1, &[2]), (2, &[3]), (3, &[1])], 3), Err(GraphFault::Ring(id(1))));
        assert_eq!(check(&[(1, &[2]), (2, &[])], 1), Ok(()));
        assert_eq!(check(&[(1, &[2])], 1), Err(GraphFault::Unknown(id(2))));
        // Both ways to the same one are no ring.
        assert_eq!(check(&[(1, &[2, 3]), (2, &[4]), (3, &[4]), (4, &[])], 1), Ok(()));
    }

    #[test]
    fn those_that_name_it_are_checked_too() {
        let mut segments: HashMap<_, _> = [(id(1), naming(&[2, 2])), (id(2), leaves(100))].into();
        assert_eq!(check_graph(id(2), &segments), Ok(()));
        segments.insert(id(2), leaves(101));
        assert_eq!(check_graph(id(2), &segments), Err(GraphFault::TooLarge(id(1))));
        let mut chain: HashMap<_, _> = (1..=5).map(|number| (id(number), naming(&[number + 1]))).collect();
        chain.insert(id(6), leaves(1));
        assert_eq!(check_graph(id(6), &chain), Ok(()));
        chain.insert(id(6), naming(&[7]));
        chain.insert(id(7), leaves(1));
        assert_eq!(check_graph(id(6), &chain), Err(GraphFault::TooDeep(id(1))));
    }
}
