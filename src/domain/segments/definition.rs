//! A definition as it was said: kept and given back as it is, and understood anew whenever it is asked for.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};
use validator::{Validate, ValidationErrors};

use super::{Condition, Fact, OTHER_FACTS, reader::Place};
use crate::domain::{
    TextEnum,
    catalogue::{ProductUser, ValueClass},
    consents::{ContactChannel, ContactPurpose},
    customers::RelationKind,
    feedback::FeedbackType,
    field_error::FieldError,
    ids::Id,
    orders::OrderChannel,
};

/// A tree of conditions in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Definition(pub Value);

impl Definition {
    /// Its conditions.
    ///
    /// # Errors
    /// As [`Condition::parse`].
    pub fn parse(&self) -> Result<Condition, Vec<FieldError>> {
        Condition::parse(&self.0)
    }

    /// Where an id stands in it: JSON Pointers.
    pub fn places_of(&self, id: Id<()>) -> Vec<String> {
        let mut places = Vec::new();
        collect(&self.0, id, &Place::default(), &mut places);
        places
    }
}

fn collect(value: &Value, id: Id<()>, place: &Place, places: &mut Vec<String>) {
    match value {
        Value::String(text) if text.parse::<Id<()>>() == Ok(id) => places.push(place.to_string()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| collect(item, id, &place.item(index), places));
        }
        Value::Object(fields) => fields.iter().for_each(|(name, field)| collect(field, id, &place.field(name), places)),
        _ => {}
    }
}

/// Nothing is wrong yet: [`Definition::parse`] checks it all, and names every fault.
impl Validate for Definition {
    fn validate(&self) -> Result<(), ValidationErrors> {
        Ok(())
    }
}

impl ToSchema for Definition {
    fn name() -> std::borrow::Cow<'static, str> {
        "SegmentCondition".into()
    }
}

fn words<T: TextEnum>() -> Value {
    let words: Vec<&str> = T::ALL.iter().map(|word| word.as_str()).collect();
    json!({"type": "string", "enum": words})
}

/// One of something, or a list.
fn one_or_many(one: &Value) -> Value {
    json!({"oneOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": 100}]})
}

/// The members of objects that test a value.
fn operators() -> Vec<(&'static str, Value)> {
    let plain = json!({"type": "string", "minLength": 1, "maxLength": 200});
    let scalar = json!({"type": ["string", "number", "boolean"]});
    let list = json!({"type": "array", "items": plain, "minItems": 1, "maxItems": 100});
    let bound = json!({"type": "number"});
    let time = json!({"type": "string", "description": "A date or an instant."});
    let days = |fewest: i64| json!({"type": "integer", "minimum": fewest, "maximum": 36_525});
    vec![
        ("is", scalar),
        ("is_not", plain.clone()),
        ("in", json!({"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": ["string", "integer"]}})),
        ("not_in", list.clone()),
        ("starts_with", plain.clone()),
        ("contains", plain.clone()),
        ("at_least", bound.clone()),
        ("at_most", bound.clone()),
        ("above", bound.clone()),
        ("below", bound),
        ("between", json!({"type": "array", "items": {"type": ["number", "string"]}, "minItems": 2, "maxItems": 2})),
        ("before", time.clone()),
        ("after", time),
        ("within_days", days(1)),
        ("at_least_days_ago", days(0)),
        ("exists", json!({"type": "boolean"})),
        ("has", plain),
        ("has_any", list.clone()),
        ("has_all", list),
    ]
}

/// An object with exactly these members, the first of which it must have.
fn object(description: &str, example: &Value, members: Vec<(&str, Value)>) -> Value {
    let required: Vec<&str> = members.first().map(|(name, _)| *name).into_iter().collect();
    requiring(&required, description, example, members)
}

/// An object with exactly these members, of which it must have the `required` ones.
fn requiring(required: &[&str], description: &str, example: &Value, members: Vec<(&str, Value)>) -> Value {
    let properties: serde_json::Map<String, Value> = members.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({
        "type": "object", "description": description, "properties": properties, "required": required, "additionalProperties": false,
        "example": example,
    })
}

fn schema() -> Value {
    let consent = requiring(
        &["consent", "purpose", "is"],
        "What was said about being written to; `unknown` when nothing was.",
        &json!({"consent": "email", "purpose": "marketing", "is": "granted"}),
        vec![
            ("consent", words::<ContactChannel>()),
            ("purpose", words::<ContactPurpose>()),
            ("is", json!({"type": "string", "enum": ["granted", "withdrawn", "unknown"]})),
        ],
    );
    let condition = json!({"$ref": "#/components/schemas/SegmentCondition"});
    let several = json!({"type": "array", "items": condition, "minItems": 1, "maxItems": 200});
    let (id, day) = (json!({"type": "string", "format": "uuid"}), json!({"type": "integer", "minimum": 1, "maximum": 36_525}));
    let time = json!({"type": "string", "description": "A date or an instant."});
    let facts: Vec<&str> = Fact::ALL.iter().map(|fact| fact.as_str()).chain(OTHER_FACTS).collect();
    let with_operators = |own: Vec<(&'static str, Value)>| {
        let names: Vec<&str> = own.iter().map(|(name, _)| *name).collect();
        let rest: Vec<_> = operators().into_iter().filter(|(name, _)| !names.contains(name)).collect();
        own.into_iter().chain(rest).collect::<Vec<_>>()
    };
    let fact = with_operators(vec![
        ("fact", json!({"type": "string", "enum": facts})),
        (
            "name",
            json!({"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[^$\\[\"\\\\][^\"\\\\]*$", "description": "The attribute's name."}),
        ),
    ]);
    let purchases = with_operators(vec![
        ("purchases", words::<super::PurchaseMeasure>()),
        ("within_days", day.clone()),
        ("from", time.clone()),
        ("to", time.clone()),
        ("months", one_or_many(&json!({"type": "integer", "minimum": 1, "maximum": 12}))),
        ("category_id", one_or_many(&id)),
        ("product_id", one_or_many(&id)),
        ("value_class", one_or_many(&words::<ValueClass>())),
        ("used_by", one_or_many(&words::<ProductUser>())),
        ("default_user", one_or_many(&words::<ProductUser>())),
        ("channel", one_or_many(&words::<OrderChannel>())),
        ("store", one_or_many(&json!({"type": "string", "minLength": 1, "maxLength": 200}))),
        ("campaign_id", one_or_many(&id)),
    ]);
    let feedback = with_operators(vec![
        ("feedback", words::<super::FeedbackMeasure>()),
        ("within_days", day.clone()),
        ("from", time.clone()),
        ("to", time.clone()),
        ("type", one_or_many(&words::<FeedbackType>())),
    ]);
    let shoes = json!({"purchases": "sum", "within_days": 365, "channel": ["web", "mobile"], "at_least": 50_000});
    json!({
        "description": "A condition that a customer meets or not: `all`, `any` or `not` of others, or a leaf with one test. At most 10 deep, with 200 leaves.",
        "oneOf": [
            object("Meets all of these.", &json!({"all": [{"fact": "lifecycle", "is": "active"}]}), vec![("all", several.clone())]),
            object("Meets one of these at least.", &json!({"any": [{"fact": "tags", "has": "teacher"}]}), vec![("any", several)]),
            object("Does not meet this.", &json!({"not": {"purchases": "count", "at_least": 1}}), vec![("not", condition)]),
            object("Something known of the customer, with one operator that fits its type.", &json!({"fact": "age", "between": [30, 45]}), fact),
            object("What was bought, as the value score counts it.", &shoes, purchases),
            object("What was said to the shop.", &json!({"feedback": "count", "type": "complaint", "within_days": 90, "is": 0}), feedback),
            object("Buys for such a person.", &json!({"buys_for": "child"}), vec![("buys_for", one_or_many(&words::<RelationKind>()))]),
            object("Has answered a survey.", &json!({"survey_answered": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90", "within_days": 90}),
                vec![("survey_answered", id.clone()), ("within_days", day.clone())]),
            consent,
            object("Was given coupons, or has used some.", &json!({"coupons": "redeemed", "within_days": 90}),
                vec![("coupons", words::<super::CouponMeasure>()), ("batch_id", one_or_many(&id)), ("within_days", day.clone())]),
            object("A campaign's message has left to them, was opened, or was responded to (by following a link in it, or answering it); or they were held out.",
                &json!({"campaigns": "responded", "within_days": 90}),
                vec![("campaigns", words::<super::CampaignMeasure>()), ("campaign_id", one_or_many(&id)), ("within_days", day),
                    ("from", time.clone()), ("to", time)]),
            object("Is a member of another segment.", &json!({"segment_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a91"}), vec![("segment_id", id)]),
        ],
        "example": {"all": [{"fact": "lifecycle", "is": "active"}, {"not": {"feedback": "count", "type": "complaint", "within_days": 90, "at_least": 1}}]},
    })
}

impl PartialSchema for Definition {
    fn schema() -> RefOr<Schema> {
        serde_json::from_value(schema()).unwrap_or_else(|_| RefOr::T(Schema::default()))
    }
}
