//! Reads the parts of a definition and collects what is wrong with them.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate};
use serde_json::{Map, Value};

use crate::domain::{TextEnum, field_error::FieldError, ids::Id, instants::Instant, texts};

use super::{Period, When};

/// Values that a list may have.
const MAX_ITEMS: usize = 100;
/// Values that all lists may have together.
const MAX_VALUES: usize = 2_000;
/// Characters that a text may have.
const MAX_TEXT: usize = 200;
/// Days that may be counted back: a century.
const MAX_DAYS: i64 = 36_525;

/// Where a value stands: a JSON Pointer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place(String);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Place {
    /// The field `name` of the object here.
    pub fn field(&self, name: &str) -> Self {
        Self(format!("{}/{}", self.0, name.replace('~', "~0").replace('/', "~1")))
    }

    /// An item of the array here.
    pub fn item(&self, index: usize) -> Self {
        Self(format!("{}/{index}", self.0))
    }
}

/// The fields of an object, each of which is to be taken.
pub(super) struct Fields<'a> {
    pub place: Place,
    fields: &'a Map<String, Value>,
    taken: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    pub fn has(&self, name: &str) -> bool {
        self.fields.contains_key(name)
    }

    /// A field, which is not left over from now on.
    pub fn take(&mut self, name: &'static str) -> Option<(&'a Value, Place)> {
        self.taken.push(name);
        self.fields.get(name).map(|value| (value, self.place.field(name)))
    }

    /// What nobody took.
    pub fn left(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        self.fields.iter().filter(|(name, _)| !self.taken.contains(&name.as_str())).map(|(name, value)| (name.as_str(), value))
    }

    /// Refuses what nobody took.
    pub fn none_left(&self, reader: &mut Reader) -> Option<()> {
        let before = reader.faults.len();
        for (name, _) in self.left() {
            reader.fault::<()>(&self.place.field(name), "unknown_field", "has no place here");
        }
        (reader.faults.len() == before).then_some(())
    }
}

/// Reads values; what it can not read it notes, and answers nothing.
#[derive(Debug, Default)]
pub(super) struct Reader {
    faults: Vec<FieldError>,
    values: usize,
}

impl Reader {
    /// Notes a fault.
    pub fn fault<T>(&mut self, place: &Place, code: &'static str, message: impl Into<String>) -> Option<T> {
        self.faults.push(FieldError::new(place.0.clone(), code, message));
        None
    }

    /// What was read, unless something was wrong.
    pub fn finish<T>(mut self, read: Option<T>) -> Result<T, Vec<FieldError>> {
        if self.values > MAX_VALUES {
            self.fault::<()>(&Place::default(), "too_large", format!("must have at most {MAX_VALUES} values in its lists"));
        }
        read.filter(|_| self.faults.is_empty()).ok_or(self.faults)
    }

    pub fn object<'a>(&mut self, value: &'a Value, place: &Place) -> Option<Fields<'a>> {
        match value {
            Value::Object(fields) => Some(Fields { place: place.clone(), fields, taken: Vec::new() }),
            _ => self.fault(place, "type", "must be an object"),
        }
    }

    pub fn array<'a>(&mut self, value: &'a Value, place: &Place, min: usize, max: usize) -> Option<&'a [Value]> {
        match value {
            Value::Array(items) if (min..=max).contains(&items.len()) => Some(items),
            Value::Array(_) => self.fault(place, "length", format!("must have {min} to {max} items")),
            _ => self.fault(place, "type", "must be an array"),
        }
    }

    pub fn truth(&mut self, value: &Value, place: &Place) -> Option<bool> {
        value.as_bool().or_else(|| self.fault(place, "type", "must be true or false"))
    }

    /// A whole number, not below 0.
    pub fn whole(&mut self, value: &Value, place: &Place) -> Option<i64> {
        match value.as_i64() {
            Some(number) if number >= 0 => Some(number),
            Some(_) => self.fault(place, "range", "must be at least 0"),
            None => self.fault(place, "type", "must be a whole number"),
        }
    }

    /// A number, fractions included.
    pub fn number(&mut self, value: &Value, place: &Place) -> Option<f64> {
        value.as_f64().filter(|number| number.is_finite()).or_else(|| self.fault(place, "type", "must be a number"))
    }

    /// Days to count back.
    pub fn days(&mut self, value: &Value, place: &Place, min: i64) -> Option<i64> {
        match value.as_i64() {
            Some(days) if (min..=MAX_DAYS).contains(&days) => Some(days),
            Some(_) => self.fault(place, "range", format!("must be from {min} to {MAX_DAYS}")),
            None => self.fault(place, "type", "must be a whole number of days"),
        }
    }

    fn text_of<'a>(&mut self, value: &'a Value, place: &Place) -> Option<&'a str> {
        value.as_str().or_else(|| self.fault(place, "type", "must be a text"))
    }

    /// A text to compare with.
    pub fn label(&mut self, value: &Value, place: &Place) -> Option<String> {
        let text = self.text_of(value, place)?;
        if !(1..=MAX_TEXT).contains(&text.chars().count()) {
            return self.fault(place, "length", format!("must have 1 to {MAX_TEXT} characters"));
        }
        if !texts::is_plain(text) {
            return self.fault(place, "control_character", "must not contain control characters");
        }
        Some(text.to_owned())
    }

    /// One of an enumeration's words.
    pub fn word<T: TextEnum>(&mut self, value: &Value, place: &Place, code: &'static str) -> Option<T> {
        let text = self.text_of(value, place)?;
        T::parse(text).map_or_else(|unknown| self.fault(place, code, unknown.to_string()), Some)
    }

    /// An id, or what is written like one.
    pub fn id<T>(&mut self, value: &Value, place: &Place) -> Option<Id<T>> {
        let text = self.text_of(value, place)?;
        text.parse().map_or_else(|_| self.fault(place, "uuid", "must be a UUID"), Some)
    }

    /// An instant or a day.
    pub fn when(&mut self, value: &Value, place: &Place) -> Option<When> {
        let text = self.text_of(value, place)?;
        if let Ok(at) = text.parse::<Instant>() {
            return Some(When::At(at));
        }
        match text.parse::<NaiveDate>() {
            Ok(day) if (1..=9_999).contains(&day.year()) => Some(When::Day(day)),
            _ => self.fault(place, "date", "must be a date such as 2026-06-30 or an instant such as 2026-06-30T08:15:00Z"),
        }
    }

    /// A list of distinct items.
    pub fn list<T: Clone + Eq + std::hash::Hash>(
        &mut self,
        value: &Value,
        place: &Place,
        item: impl Fn(&mut Self, &Value, &Place) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = self.array(value, place, 1, MAX_ITEMS)?;
        self.values += items.len();
        let (mut seen, mut read, mut is_whole) = (HashSet::new(), Vec::new(), true);
        for (index, value) in items.iter().enumerate() {
            let at = place.item(index);
            match item(self, value, &at) {
                Some(found) if seen.insert(found.clone()) => read.push(found),
                Some(_) => is_whole = self.fault::<()>(&at, "duplicate", "is there twice").is_some(),
                None => is_whole = false,
            }
        }
        is_whole.then_some(read)
    }

    /// A field with one item or a list of them; nothing when it is left out.
    pub fn one_or_many<T: Clone + Eq + std::hash::Hash>(
        &mut self,
        fields: &mut Fields<'_>,
        name: &'static str,
        item: impl Fn(&mut Self, &Value, &Place) -> Option<T>,
    ) -> Option<Vec<T>> {
        match fields.take(name) {
            None => Some(Vec::new()),
            Some((value @ Value::Array(_), place)) => self.list(value, &place, item),
            Some((value, place)) => item(self, value, &place).map(|one| vec![one]),
        }
    }

    /// A field with one word of an enumeration or a list of them.
    pub fn words_of<T: TextEnum + Eq + std::hash::Hash>(&mut self, fields: &mut Fields<'_>, name: &'static str) -> Option<Vec<T>> {
        self.one_or_many(fields, name, |reader, value, place| reader.word(value, place, "one_of"))
    }

    /// The stretch of time that an object names by `within_days`, or by `from` and `to`.
    pub fn period(&mut self, fields: &mut Fields<'_>, with_days: bool) -> Option<Period> {
        let within_days = if with_days { fields.take("within_days") } else { None };
        let within_days = within_days.map(|(value, place)| self.days(value, &place, 1));
        let mut bound = |name| fields.take(name).map(|(value, place)| (self.when(value, &place), place));
        let (from, to) = (bound("from"), bound("to"));
        if within_days.is_some()
            && let Some((_, place)) = from.as_ref().or(to.as_ref())
        {
            return self.fault(place, "operator", "can not be said beside within_days");
        }
        Some(Period {
            within_days: within_days.map_or(Some(None), |days| days.map(Some))?,
            from: from.map_or(Some(None), |(when, _)| when.map(Some))?,
            to: to.map_or(Some(None), |(when, _)| when.map(Some))?,
        })
    }
}
