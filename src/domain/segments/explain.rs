//! Why a customer is a member or not: the definition again, each condition with whether it is met, each leaf with the value seen.

use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

use super::{
    CurrentRun, Plan, Present, band_points,
    plan::{Node, Predicate, Shown},
};
use crate::domain::{instants::Instant, value_score::Hundredths};

/// What a leaf saw of one customer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenRow {
    /// Whether the leaf matches.
    pub matches: bool,
    /// The value, where it is a number.
    pub number: Option<i64>,
    /// The value, where it is a text or JSON.
    pub text: Option<String>,
    /// The value, where it is an instant.
    pub at: Option<Instant>,
    /// The value, where it is a date.
    pub day: Option<NaiveDate>,
}

/// A definition with what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Whether the customer is a member.
    pub matches: bool,
    /// The definition, `matches` added to each condition and `seen` to each leaf.
    pub definition: Value,
}

/// Puts together what the leaves, from left to right, saw.
pub fn explain(definition: &Value, plan: &Plan, rows: &[SeenRow], present: &Present, run: Option<&CurrentRun>) -> Explanation {
    let leaves = plan.root.leaves();
    let mut told = leaves.iter().zip(rows).map(|(leaf, row)| (row.matches, seen(leaf, row, present, run)));
    let (definition, matches) = annotated(definition, &mut told);
    Explanation { matches, definition }
}

fn annotated(condition: &Value, leaves: &mut impl Iterator<Item = (bool, Value)>) -> (Value, bool) {
    let parts = |parts: &Value, leaves: &mut _| -> (Vec<Value>, Vec<bool>) {
        parts.as_array().into_iter().flatten().map(|part| annotated(part, leaves)).unzip()
    };
    if let Some(all) = condition.get("all") {
        let (parts, met) = parts(all, leaves);
        let matches = met.iter().all(|met| *met);
        return (json!({"all": parts, "matches": matches}), matches);
    }
    if let Some(any) = condition.get("any") {
        let (parts, met) = parts(any, leaves);
        let matches = met.iter().any(|met| *met);
        return (json!({"any": parts, "matches": matches}), matches);
    }
    if let Some(part) = condition.get("not") {
        let (part, met) = annotated(part, leaves);
        return (json!({"not": part, "matches": !met}), !met);
    }
    let (matches, seen) = leaves.next().unwrap_or((false, Value::Null));
    let mut leaf = condition.clone();
    if let Value::Object(fields) = &mut leaf {
        fields.insert("matches".to_owned(), matches.into());
        fields.insert("seen".to_owned(), seen);
    }
    (leaf, matches)
}

/// The value as the API writes it.
fn seen(leaf: &Node, row: &SeenRow, present: &Present, run: Option<&CurrentRun>) -> Value {
    let json = || row.text.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let points = |hundredths: i64| Hundredths::new(hundredths);
    match leaf {
        Node::Leaf(Predicate::Tags(_) | Predicate::Interests(_)) => json().unwrap_or(Value::Null),
        Node::Leaf(Predicate::BuysFor(_) | Predicate::Coupons(..) | Predicate::Campaigns(..)) => json!(row.number),
        Node::Leaf(Predicate::SurveyAnswered(..)) => json!(row.at),
        Node::Leaf(Predicate::Consent(..)) => json!(row.text.as_deref().unwrap_or("unknown")),
        Node::Leaf(Predicate::Value { shown, .. }) => match shown {
            Shown::Number => json!(row.number),
            Shown::Points => json!(row.number.and_then(points)),
            Shown::Band(bands) => json!(row.number.map(|band| band_points(*bands, band))),
            Shown::Percentile => {
                let standing = row.number.and_then(points).zip(run).map(|(score, run)| run.distribution.standing(score).percentile);
                json!(standing)
            }
            Shown::Truth => json!(row.number.map(|number| number != 0)),
            Shown::Text => json!(row.text),
            Shown::Instant => json!(row.at),
            Shown::Date => json!(row.day),
            Shown::Age => json!(row.day.map(|day| present.age(day))),
            Shown::Month => json!(row.day.map(|day| day.month())),
            Shown::Json => json().unwrap_or(Value::Null),
        },
        _ => Value::Null,
    }
}
