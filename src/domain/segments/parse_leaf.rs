//! The tests of leaves: which operators a type takes, and what they are given.

use serde_json::Value;

use super::{
    AttributeTest, FactType, Feedback, FeedbackMeasure, Leaf, LineFilter, Month, NumberTest, PurchaseFilter, PurchaseMeasure, Purchases,
    SetTest, Span, Test, TimeTest, WordTest,
    reader::{Fields, Place, Reader},
};
use crate::domain::{TextEnum, consents::ConsentStatus, value_score::Hundredths};

const WORDS: &[&str] = &["is", "is_not", "in", "not_in"];
const TEXTS: &[&str] = &["is", "is_not", "in", "not_in", "starts_with", "contains"];
const NUMBERS: &[&str] = &["is", "at_least", "at_most", "above", "below", "between"];
const TIMES: &[&str] = &["before", "after", "between", "within_days", "at_least_days_ago"];
const SETS: &[&str] = &["has", "has_any", "has_all"];
const FREE: &[&str] =
    &["is", "is_not", "in", "not_in", "starts_with", "contains", "at_least", "at_most", "above", "below", "between", "exists"];

/// Years that months of the year may be looked for in.
const MAX_MONTHS_DAYS: i64 = 5 * 366;
/// The longest name of an attribute.
const MAX_NAME: usize = 100;

/// An operator with what it is given.
type Operator<'a> = (&'a str, &'a Value, Place);

impl Reader {
    /// The one operator among the fields that are left.
    fn operator<'a>(&mut self, fields: &Fields<'a>, allowed: &[&str], of: &str) -> Option<Operator<'a>> {
        let mut found: Option<Operator<'a>> = None;
        let mut is_clear = true;
        for (name, value) in fields.left() {
            let place = fields.place.field(name);
            if !allowed.contains(&name) {
                let code = if [TEXTS, NUMBERS, TIMES, SETS, FREE].concat().contains(&name) { "operator" } else { "unknown_field" };
                is_clear = self.fault::<()>(&place, code, format!("{of} takes one of: {}", allowed.join(", "))).is_some();
            } else if found.is_some() {
                is_clear = self.fault::<()>(&place, "operator", "is a second test: put several in an all").is_some();
            } else {
                found = Some((name, value, place));
            }
        }
        if found.is_none() && is_clear {
            return self.fault(&fields.place, "required", format!("must have one of: {}", allowed.join(", ")));
        }
        found.filter(|_| is_clear)
    }

    /// The test of a value of type `fact_type`.
    pub fn test(&mut self, fields: &Fields<'_>, fact_type: &FactType, is_optional: bool, of: &str) -> Option<Test> {
        let own = match fact_type {
            FactType::Word(_) => WORDS,
            FactType::Text => TEXTS,
            FactType::Number | FactType::Points => NUMBERS,
            FactType::Instant | FactType::Date => TIMES,
            _ => &["is"],
        };
        let allowed: Vec<&str> = own.iter().copied().chain(is_optional.then_some("exists")).collect();
        let (name, value, place) = self.operator(fields, &allowed, of)?;
        if name == "exists" {
            return self.truth(value, &place).map(Test::Known);
        }
        match fact_type {
            FactType::Word(words) => {
                let word = |reader: &mut Self, value: &Value, place: &Place| {
                    let text = reader.label(value, place)?;
                    if words.contains(&text.as_str()) {
                        return Some(text);
                    }
                    reader.fault(place, "one_of", format!("must be one of: {}", words.join(", ")))
                };
                self.words(name, value, &place, word).map(Test::Words)
            }
            FactType::Text => self.words(name, value, &place, Self::label).map(Test::Words),
            FactType::Number => self.span(name, value, &place, Self::whole).map(Test::Numbers),
            FactType::Points => self.span(name, value, &place, Self::points).map(Test::Numbers),
            FactType::Instant | FactType::Date => self.times(name, value, &place).map(Test::Times),
            _ => self.truth(value, &place).map(Test::Truth),
        }
    }

    /// Points as hundredths.
    fn points(&mut self, value: &Value, place: &Place) -> Option<i64> {
        match serde_json::from_value::<Hundredths>(value.clone()) {
            Ok(points) => Some(points.get().into()),
            Err(_) => self.fault(place, "range", "must be a number from 0 to 100 with at most two decimals"),
        }
    }

    fn words(
        &mut self,
        name: &str,
        value: &Value,
        place: &Place,
        word: impl Fn(&mut Self, &Value, &Place) -> Option<String>,
    ) -> Option<WordTest> {
        match name {
            "is" => word(self, value, place).map(|word| WordTest::In(vec![word])),
            "is_not" => word(self, value, place).map(|word| WordTest::NotIn(vec![word])),
            "in" => self.list(value, place, word).map(WordTest::In),
            "not_in" => self.list(value, place, word).map(WordTest::NotIn),
            "starts_with" => self.label(value, place).map(WordTest::StartsWith),
            _ => self.label(value, place).map(WordTest::Contains),
        }
    }

    fn pair<T: PartialOrd + Copy>(
        &mut self,
        value: &Value,
        place: &Place,
        item: impl Fn(&mut Self, &Value, &Place) -> Option<T>,
    ) -> Option<(T, T)> {
        let [low, high] = self.array(value, place, 2, 2)? else { return None };
        let (low, high) = (item(self, low, &place.item(0)), item(self, high, &place.item(1)));
        let (low, high) = (low?, high?);
        if low > high {
            return self.fault(place, "not_ascending", "must name the smaller one first");
        }
        Some((low, high))
    }

    /// Whole numbers have a next one, so every operator is a range with both ends in it.
    fn span(
        &mut self,
        name: &str,
        value: &Value,
        place: &Place,
        number: impl Fn(&mut Self, &Value, &Place) -> Option<i64>,
    ) -> Option<Span<i64>> {
        if name == "between" {
            return self.pair(value, place, number).map(|(low, high)| Span::between(low, high));
        }
        let number = number(self, value, place)?;
        Some(match name {
            "is" => Span::between(number, number),
            "at_least" => Span::from(number),
            "at_most" => Span::up_to(number),
            "above" if number == i64::MAX => Span::between(1, 0),
            "above" => Span::from(number.saturating_add(1)),
            _ => Span::up_to(number.saturating_sub(1)),
        })
    }

    fn times(&mut self, name: &str, value: &Value, place: &Place) -> Option<TimeTest> {
        match name {
            "before" => self.when(value, place).map(TimeTest::Before),
            "after" => self.when(value, place).map(TimeTest::After),
            "within_days" => self.days(value, place, 1).map(TimeTest::WithinDays),
            "at_least_days_ago" => self.days(value, place, 0).map(TimeTest::AtLeastDaysAgo),
            _ => {
                let [first, last] = self.array(value, place, 2, 2)? else { return None };
                let (first, last) = (self.when(first, &place.item(0)), self.when(last, &place.item(1)));
                Some(TimeTest::Between(first?, last?))
            }
        }
    }

    /// The test of a set.
    pub fn set<T: Clone + Eq + std::hash::Hash>(
        &mut self,
        fields: &Fields<'_>,
        of: &str,
        item: impl Fn(&mut Self, &Value, &Place) -> Option<T>,
    ) -> Option<SetTest<T>> {
        let (name, value, place) = self.operator(fields, SETS, of)?;
        match name {
            "has" => item(self, value, &place).map(|one| SetTest::Any(vec![one])),
            "has_any" => self.list(value, &place, item).map(SetTest::Any),
            _ => self.list(value, &place, item).map(SetTest::All),
        }
    }

    /// The test of the month of birth.
    pub fn birth_month(&mut self, fields: &Fields<'_>) -> Option<Leaf> {
        let (name, value, place) = self.operator(fields, &["is", "in"], "birth_month")?;
        let months = match name {
            "is" if value == "current" => Some(vec![Month::Current]),
            "is" => self.month(value, &place).map(|month| vec![Month::Number(month)]),
            _ => self.list(value, &place, Self::month).map(|months| months.into_iter().map(Month::Number).collect()),
        };
        months.map(Leaf::BirthMonth)
    }

    fn month(&mut self, value: &Value, place: &Place) -> Option<u32> {
        let month = value.as_u64().and_then(|month| u32::try_from(month).ok()).filter(|month| (1..=12).contains(month));
        month.or_else(|| self.fault(place, "range", "must be a month, from 1 to 12"))
    }

    /// The test of an attribute: what it is compared with says what type is meant.
    pub fn attribute(&mut self, mut fields: Fields<'_>) -> Option<Leaf> {
        let Some((value, place)) = fields.take("name") else {
            return self.fault(&fields.place.clone(), "required", "must have the attribute's name");
        };
        let name = self.label(value, &place)?;
        // What would be a path instead of a name.
        if name.chars().count() > MAX_NAME || name.starts_with(['$', '[']) || name.contains(['"', '\\']) {
            let message =
                format!("must have at most {MAX_NAME} characters, none of them a quotation mark or backslash, and not begin with $ or [");
            return self.fault(&place, "attribute_name", message);
        }
        let (operator, value, place) = self.operator(&fields, FREE, "attribute")?;
        let test = match (operator, value) {
            ("exists", _) => self.truth(value, &place).map(AttributeTest::Known),
            ("is", Value::Bool(truth)) => Some(AttributeTest::Truth(*truth)),
            ("is", Value::Number(_)) | ("at_least" | "at_most" | "above" | "below" | "between", _) => {
                self.numbers(operator, value, &place).map(AttributeTest::Numbers)
            }
            _ => self.words(operator, value, &place, Self::label).map(AttributeTest::Words),
        };
        test.map(|test| Leaf::Attribute(name, test))
    }

    fn numbers(&mut self, name: &str, value: &Value, place: &Place) -> Option<NumberTest> {
        if name == "between" {
            return self.pair(value, place, Self::number).map(|(low, high)| NumberTest::Between(low, high));
        }
        let number = self.number(value, place)?;
        Some(match name {
            "is" => NumberTest::Is(number),
            "at_least" => NumberTest::AtLeast(number),
            "at_most" => NumberTest::AtMost(number),
            "above" => NumberTest::Above(number),
            _ => NumberTest::Below(number),
        })
    }

    /// A test of what was bought.
    pub fn purchases(&mut self, mut fields: Fields<'_>) -> Option<Purchases> {
        let (value, place) = fields.take("purchases")?;
        let measure: PurchaseMeasure = self.word(value, &place, "one_of")?;
        let is_time = matches!(measure, PurchaseMeasure::First | PurchaseMeasure::Last);
        // Of times, within_days is the test itself.
        let period = self.period(&mut fields, !is_time);
        let months_at = fields.place.field("months");
        let months = self.one_or_many(&mut fields, "months", Self::month);
        let campaigns = self.one_or_many(&mut fields, "campaign_id", Self::id);
        let channels = self.words_of(&mut fields, "channel");
        let stores = self.one_or_many(&mut fields, "store", Self::label);
        let categories = self.one_or_many(&mut fields, "category_id", Self::id);
        let products = self.one_or_many(&mut fields, "product_id", Self::id);
        let value_classes = self.words_of(&mut fields, "value_class");
        let users = self.words_of(&mut fields, "used_by");
        let default_users = self.words_of(&mut fields, "default_user");
        let (fact_type, is_optional) = match measure {
            PurchaseMeasure::Count | PurchaseMeasure::Sum => (FactType::Number, false),
            PurchaseMeasure::Average => (FactType::Number, true),
            PurchaseMeasure::First | PurchaseMeasure::Last => (FactType::Instant, true),
        };
        let test = self.test(&fields, &fact_type, is_optional, "this measure");
        let (period, months) = (period?, months?);
        let is_short = period.within_days.is_some_and(|days| days <= MAX_MONTHS_DAYS);
        if !months.is_empty() && !is_short {
            return self.fault(&months_at, "range", format!("need within_days of at most {MAX_MONTHS_DAYS} beside them"));
        }
        let lines = LineFilter {
            categories: categories?,
            products: products?,
            value_classes: value_classes?,
            users: users?,
            default_users: default_users?,
        };
        let filter = PurchaseFilter { period, months, channels: channels?, stores: stores?, campaigns: campaigns?, lines };
        Some(Purchases { measure, filter, test: test? })
    }

    /// A test of what was said about being written to.
    pub fn consent(&mut self, mut fields: Fields<'_>) -> Option<Leaf> {
        let (value, place) = fields.take("consent")?;
        let channel = self.word(value, &place, "one_of");
        let Some((value, place)) = fields.take("purpose") else {
            return self.fault(&fields.place.clone(), "required", "must have a purpose");
        };
        let purpose = self.word(value, &place, "one_of");
        let (_, value, place) = self.operator(&fields, &["is"], "consent")?;
        let status = match value.as_str() {
            Some("unknown") => Some(None),
            Some(word) => match ConsentStatus::parse(word) {
                Ok(status) => Some(Some(status)),
                Err(unknown) => self.fault(&place, "one_of", format!("{unknown}, unknown")),
            },
            None => self.fault(&place, "type", "must be a text"),
        };
        Some(Leaf::Consent { channel: channel?, purpose: purpose?, status: status? })
    }

    /// A test of what was said to the shop.
    pub fn feedback(&mut self, mut fields: Fields<'_>) -> Option<Feedback> {
        let (value, place) = fields.take("feedback")?;
        let measure: FeedbackMeasure = self.word(value, &place, "one_of")?;
        let is_count = measure == FeedbackMeasure::Count;
        let period = self.period(&mut fields, is_count);
        let types = self.words_of(&mut fields, "type");
        let fact_type = if is_count { FactType::Number } else { FactType::Instant };
        let test = self.test(&fields, &fact_type, !is_count, "this measure");
        Some(Feedback { measure, types: types?, period: period?, test: test? })
    }
}
