//! From the JSON of a definition to its conditions, with every fault at its place.

use serde_json::Value;

use super::{
    Condition, Fact, Leaf, Segment,
    reader::{Fields, Place, Reader},
};
use crate::domain::{TextEnum, field_error::FieldError, ids::Id};

/// How deep conditions may be nested.
const MAX_DEPTH: usize = 10;
/// How many leaves a definition may have, those of the segments that it names included.
pub const MAX_LEAVES: usize = 200;

/// Facts that are no single values.
pub const OTHER_FACTS: [&str; 4] = ["attribute", "birth_month", "tags", "interests"];

/// What makes an object a condition of one kind or another.
const KINDS: [&str; 12] =
    ["all", "any", "not", "fact", "purchases", "feedback", "buys_for", "survey_answered", "consent", "coupons", "campaigns", "segment_id"];

impl Condition {
    /// Understands a definition.
    ///
    /// # Errors
    /// All faults, with JSON Pointers into the definition. Codes: `type`, `unknown_condition`, `unknown_field`, `unknown_fact`, `operator` (not one of
    /// the fact's, or more than one), `required`, `one_of`, `range`, `length`, `not_ascending`, `duplicate`, `uuid`, `date`, `too_deep`, `too_large`.
    pub fn parse(definition: &Value) -> Result<Self, Vec<FieldError>> {
        let mut reader = Reader::default();
        let parsed = condition(&mut reader, definition, &Place::default(), 1);
        if parsed.as_ref().is_some_and(|condition| condition.leaf_count() > MAX_LEAVES) {
            reader.fault::<()>(&Place::default(), "too_large", format!("must have at most {MAX_LEAVES} leaves"));
        }
        reader.finish(parsed)
    }
}

fn condition(reader: &mut Reader, value: &Value, place: &Place, depth: usize) -> Option<Condition> {
    let mut fields = reader.object(value, place)?;
    if depth > MAX_DEPTH {
        return reader.fault(place, "too_deep", format!("must not be nested more than {MAX_DEPTH} deep"));
    }
    let kinds: Vec<&str> = KINDS.into_iter().filter(|kind| fields.has(kind)).collect();
    let [kind] = kinds.as_slice() else {
        let message = match kinds.as_slice() {
            [] => format!("must have one of: {}", KINDS.join(", ")),
            several => format!("is {} at once: put them in an all", several.join(" and ")),
        };
        return reader.fault(place, "unknown_condition", message);
    };
    match *kind {
        "all" => parts(reader, fields, "all", depth).map(Condition::All),
        "any" => parts(reader, fields, "any", depth).map(Condition::Any),
        "not" => {
            let part = fields.take("not").and_then(|(value, place)| condition(reader, value, &place, depth + 1));
            fields.none_left(reader)?;
            part.map(|part| Condition::Not(Box::new(part)))
        }
        _ => leaf(reader, fields, kind).map(Condition::Leaf),
    }
}

fn parts(reader: &mut Reader, mut fields: Fields<'_>, name: &'static str, depth: usize) -> Option<Vec<Condition>> {
    let found = fields.take(name);
    let rest = fields.none_left(reader);
    let (value, place) = found?;
    let items = reader.array(value, &place, 1, MAX_LEAVES)?;
    let parsed: Vec<Option<Condition>> =
        items.iter().enumerate().map(|(index, item)| condition(reader, item, &place.item(index), depth + 1)).collect();
    rest?;
    parsed.into_iter().collect()
}

fn leaf(reader: &mut Reader, mut fields: Fields<'_>, kind: &str) -> Option<Leaf> {
    match kind {
        "fact" => fact(reader, fields),
        "purchases" => reader.purchases(fields).map(|purchases| Leaf::Purchases(Box::new(purchases))),
        "feedback" => reader.feedback(fields).map(Leaf::Feedback),
        "buys_for" => {
            let kinds = reader.words_of(&mut fields, "buys_for");
            fields.none_left(reader)?;
            kinds.map(Leaf::BuysFor)
        }
        "survey_answered" => {
            let survey = fields.take("survey_answered").and_then(|(value, place)| reader.id(value, &place));
            let within_days = fields.take("within_days").map(|(value, place)| reader.days(value, &place, 1));
            fields.none_left(reader)?;
            Some(Leaf::SurveyAnswered { survey: survey?, within_days: within_days.map_or(Some(None), |days| days.map(Some))? })
        }
        "consent" => reader.consent(fields),
        "coupons" => {
            let measure = fields.take("coupons").and_then(|(value, place)| reader.word(value, &place, "one_of"));
            let batches = reader.one_or_many(&mut fields, "batch_id", Reader::id);
            let within_days = fields.take("within_days").map(|(value, place)| reader.days(value, &place, 1));
            fields.none_left(reader)?;
            let within_days = within_days.map_or(Some(None), |days| days.map(Some))?;
            Some(Leaf::Coupons { measure: measure?, batches: batches?, within_days })
        }
        "campaigns" => {
            let measure = fields.take("campaigns").and_then(|(value, place)| reader.word(value, &place, "one_of"));
            let campaigns = reader.one_or_many(&mut fields, "campaign_id", Reader::id);
            let period = reader.period(&mut fields, true);
            fields.none_left(reader)?;
            Some(Leaf::Campaigns { measure: measure?, campaigns: campaigns?, period: period? })
        }
        _ => {
            let segment: Option<Id<Segment>> = fields.take("segment_id").and_then(|(value, place)| reader.id(value, &place));
            fields.none_left(reader)?;
            segment.map(Leaf::Segment)
        }
    }
}

fn fact(reader: &mut Reader, mut fields: Fields<'_>) -> Option<Leaf> {
    let (value, place) = fields.take("fact")?;
    match value.as_str() {
        Some("attribute") => reader.attribute(fields),
        Some("birth_month") => reader.birth_month(&fields),
        Some("tags") => reader.set(&fields, "tags", Reader::label).map(Leaf::Tags),
        Some("interests") => reader.set(&fields, "interests", Reader::id).map(Leaf::Interests),
        Some(name) => match Fact::parse(name) {
            Ok(fact) => reader.test(&fields, &fact.fact_type(), fact.is_optional(), name).map(|test| Leaf::Fact(fact, test)),
            Err(unknown) => reader.fault(&place, "unknown_fact", format!("{unknown}, {}", OTHER_FACTS.join(", "))),
        },
        None => reader.fault(&place, "type", "must be a text"),
    }
}
