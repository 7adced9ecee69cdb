//! The classic groups, there from the start.

use serde_json::{Value, json};

use super::{Definition, Segment, SegmentDraft};
use crate::domain::ids::Id;

/// A segment that comes with Patron.
#[derive(Debug, Clone)]
pub struct BuiltIn {
    /// The same in every shop, so that others can name it.
    pub id: Id<Segment>,
    /// What it is.
    pub draft: SegmentDraft,
}

/// Their ids differ in the last number only.
const FIRST_ID: u128 = 0x0000_0000_0000_7000_8000_0000_0000_5e00;

/// The segments that come with Patron, in the order of their ids.
///
/// New, old and potential customers part everybody in three; so do large, medium and small ones whoever has a score, by the band of what they spent in a
/// year: the fifth that spent most, the next two, the others.
pub fn built_in() -> Vec<BuiltIn> {
    let groups: [(&str, &str, Value); 12] = [
        ("New customers", "First bought within the last 90 days.", json!({"purchases": "first", "within_days": 90})),
        ("Old customers", "First bought 90 days ago or longer.", json!({"purchases": "first", "at_least_days_ago": 90})),
        ("Potential customers", "Known to the shop, and never bought.", json!({"purchases": "count", "is": 0})),
        ("Large customers", "The fifth that spends most, by the current scoring run.", json!({"fact": "monetary", "above": 80})),
        (
            "Medium customers",
            "The two fifths below the large customers.",
            json!({"all": [{"fact": "monetary", "above": 40}, {"fact": "monetary", "at_most": 80}]}),
        ),
        ("Small customers", "The two fifths that spend least.", json!({"fact": "monetary", "at_most": 40})),
        ("Most valuable customers", "The upper tier of the current scoring run.", json!({"fact": "tier", "is": "most_valuable"})),
        ("Growth customers", "The middle tier of the current scoring run.", json!({"fact": "tier", "is": "growth"})),
        ("Ordinary customers", "The lower tier of the current scoring run.", json!({"fact": "tier", "is": "ordinary"})),
        (
            "Lapsed customers",
            "Last bought a year ago or longer, and not known to have left.",
            json!({"all": [{"fact": "lifecycle", "is_not": "former"}, {"purchases": "last", "at_least_days_ago": 365}]}),
        ),
        ("Birthday this month", "Born in the month that it is now.", json!({"fact": "birth_month", "is": "current"})),
        (
            "Term-start textbook buyers",
            "Bought goods for pupils and students (such as textbooks) in February, March, August or September of the last two years, when terms begin.",
            json!({"purchases": "count", "default_user": "student", "months": [2, 3, 8, 9], "within_days": 730, "at_least": 1}),
        ),
    ];
    (FIRST_ID + 1..)
        .zip(groups)
        .map(|(id, (name, description, definition))| BuiltIn {
            id: uuid::Uuid::from_u128(id).into(),
            draft: SegmentDraft { name: name.to_owned(), description: Some(description.to_owned()), definition: Definition(definition) },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_can_be_understood_and_have_versions_of_uuids() {
        let all = built_in();
        for BuiltIn { id, draft } in &all {
            assert!(draft.definition.parse().is_ok(), "{}", draft.name);
            assert_eq!(id.uuid().get_version_num(), 7);
        }
        assert_eq!(all[0].id.to_string(), "00000000-0000-7000-8000-000000005e01");
        assert_eq!(all[11].id.to_string(), "00000000-0000-7000-8000-000000005e0c");
    }
}
