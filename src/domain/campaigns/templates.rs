//! Templates: what a variant says to each customer.
//!
//! They are written in the language of Jinja (minijinja), cannot name each other or a file, and have a budget for all that they do and write. What is not
//! known of a customer is not there at all: to print it is an error, to ask for it (`customer.nickname or customer.name`, `{% if customer.birth_date %}`)
//! is none. In the HTML values are escaped.

use std::{collections::BTreeMap, fmt};

use chrono::NaiveDate;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Template, UndefinedBehavior,
    value::{Serde, Value},
};
use serde::Serialize;

use super::Variant;
use crate::domain::{
    customers::{CardKind, Customer, CustomerKind, Gender},
    field_error::FieldError,
    ids::Id,
};

/// What one template may do and write, in minijinja's units: an instruction costs one, and so do 64 bytes.
const FUEL: u64 = 5_000;

/// What templates can name, apart from the fields of `customer`.
const NAMES: [&str; 4] = ["customer", "campaign", "coupon", "unsubscribe_url"];

/// The fields of `customer`.
const FIELDS: [&str; 12] =
    ["id", "kind", "name", "nickname", "email", "phone", "gender", "birth_date", "locale", "card_kind", "tags", "attributes"];

/// The templates of one variant, ready to be filled in.
pub struct Templates {
    environment: Environment<'static>,
    has_html: bool,
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates").field("has_html", &self.has_html).finish_non_exhaustive()
    }
}

/// A message as one customer gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: Option<String>,
}

/// Something that a template prints and that is not known of a customer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Missing {
    /// The field of the variant: `subject`, `text` or `html`.
    pub part: &'static str,
    /// What is missing, as the template names it.
    pub variable: String,
}

/// Why there is no letter for a customer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwritten {
    /// Something is not known.
    #[error("{} is not known", .0.variable)]
    Missing(Missing),
    /// The template fails at what is known, or does too much.
    #[error("the {part} fails: {words}")]
    Failed {
        /// The field of the variant.
        part: &'static str,
        /// How.
        words: String,
    },
}

/// What is known of one customer, as templates see it.
#[derive(Debug, Clone)]
pub struct Facts(Value);

#[derive(Serialize)]
struct Known<'a> {
    customer: KnownCustomer<'a>,
    campaign: KnownCampaign<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon: Option<KnownCoupon<'a>>,
    unsubscribe_url: &'a str,
}

#[derive(Serialize)]
struct KnownCampaign<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct KnownCoupon<'a> {
    code: &'a str,
}

#[derive(Serialize)]
struct KnownCustomer<'a> {
    id: Id<Customer>,
    kind: CustomerKind,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gender: Option<Gender>,
    #[serde(skip_serializing_if = "Option::is_none")]
    birth_date: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_kind: Option<CardKind>,
    tags: &'a [String],
    attributes: BTreeMap<&'a str, &'a serde_json::Value>,
}

impl Facts {
    /// What templates see of `customer` in a campaign called `campaign`, which gives them the coupon with this code.
    pub fn of(customer: &Customer, campaign: &str, coupon: Option<&str>, unsubscribe_url: &str) -> Self {
        let draft = &customer.draft;
        let known = KnownCustomer {
            id: customer.id,
            kind: draft.kind,
            name: &draft.name,
            nickname: draft.nickname.as_deref(),
            email: draft.email.as_deref(),
            phone: draft.phone.as_deref(),
            gender: draft.gender,
            birth_date: draft.birth_date,
            locale: draft.locale.as_deref(),
            card_kind: customer.membership.as_ref().map(|card| card.kind),
            tags: &draft.tags,
            attributes: draft.attributes.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.as_str(), value)).collect(),
        };
        let (campaign, coupon) = (KnownCampaign { name: campaign }, coupon.map(|code| KnownCoupon { code }));
        Self(Value::from(Serde(Known { customer: known, campaign, coupon, unsubscribe_url })))
    }
}

impl Facts {
    fn has(&self, path: &str) -> bool {
        let found = path.split('.').try_fold(self.0.clone(), |value, name| value.get_attr(name).ok());
        found.is_some_and(|value| !value.is_undefined())
    }
}

impl Templates {
    /// The templates of a variant.
    ///
    /// # Errors
    /// All faults, with JSON Pointers into the variant: `template` for what cannot be read, `unknown_variable` for what no customer has.
    pub fn parse(variant: &Variant) -> Result<Self, Vec<FieldError>> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_auto_escape_callback(|name| if name == "html" { AutoEscape::Html } else { AutoEscape::None });
        environment.set_fuel(Some(FUEL));
        environment.set_debug(true);
        let mut faults = Vec::new();
        let parts = [("subject", Some(&variant.subject)), ("text", Some(&variant.text)), ("html", variant.html.as_ref())];
        for (part, source) in parts {
            let Some(source) = source else { continue };
            if let Some(word) = forbidden_word(source) {
                faults.push(FieldError::new(format!("/{part}"), "template", format!("must not use {word}: a template is on its own")));
                continue;
            }
            match environment.add_template_owned(part, source.clone()) {
                Err(error) => faults.push(FieldError::new(format!("/{part}"), "template", words(&error))),
                Ok(()) => faults.extend(unknown_variables(&environment, part)),
            }
        }
        if faults.is_empty() { Ok(Self { environment, has_html: variant.html.is_some() }) } else { Err(faults) }
    }

    /// The letter to a customer.
    ///
    /// # Errors
    /// What is not known, or fails.
    pub fn write(&self, facts: &Facts) -> Result<Letter, Unwritten> {
        let html = if self.has_html { Some(self.fill_in("html", facts)?) } else { None };
        Ok(Letter { subject: self.fill_in("subject", facts)?, text: self.fill_in("text", facts)?, html })
    }

    fn fill_in(&self, part: &'static str, facts: &Facts) -> Result<String, Unwritten> {
        let template = self.environment.get_template(part).map_err(|error| Unwritten::Failed { part, words: words(&error) })?;
        template.render(facts.0.clone()).map_err(|error| match error.kind() {
            ErrorKind::UndefinedError => Unwritten::Missing(Missing { part, variable: missing_variable(&template, facts, &error) }),
            _ => Unwritten::Failed { part, words: words(&error) },
        })
    }
}

/// The statements that reach for other templates, or that a letter has no use for.
const FORBIDDEN: [&str; 7] = ["include", "extends", "import", "from", "block", "macro", "call"];

/// The first statement that is not for letters. The pages of this server use the same engine and need some of these, so it knows them.
fn forbidden_word(source: &str) -> Option<&'static str> {
    source.split("{%").skip(1).find_map(|statement| {
        let statement = statement.trim_start_matches(['-', '+']).trim_start();
        FORBIDDEN
            .into_iter()
            .find(|word| statement.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')))
    })
}

/// What no customer ever has: a misspelt name.
fn unknown_variables(environment: &Environment<'_>, part: &'static str) -> Vec<FieldError> {
    let Ok(template) = environment.get_template(part) else { return Vec::new() };
    let mut unknown: Vec<String> = template.undeclared_variables(true).into_iter().filter(|name| !is_known(name)).collect();
    unknown.sort_unstable();
    let fault = |name| FieldError::new(format!("/{part}"), "unknown_variable", format!("names {name}, which there is not"));
    unknown.into_iter().map(fault).collect()
}

fn is_known(name: &str) -> bool {
    let mut path = name.split('.');
    let root = path.next().unwrap_or_default();
    match (root, path.next()) {
        ("customer", Some(field)) => FIELDS.contains(&field),
        ("campaign", Some(field)) => field == "name",
        ("coupon", Some(field)) => field == "code",
        _ => NAMES.contains(&root) || GLOBALS.contains(&root),
    }
}

/// Functions that come with the language.
const GLOBALS: [&str; 3] = ["range", "dict", "namespace"];

/// What a template prints that is not there. Where the error is about what is done with it, all that it may be.
fn missing_variable(template: &Template<'_, '_>, facts: &Facts, error: &Error) -> String {
    let named = error.range().and_then(|range| error.template_source()?.get(range)).map(str::trim).unwrap_or_default();
    let mut missing: Vec<String> = template.undeclared_variables(true).into_iter().filter(|name| !facts.has(name)).collect();
    missing.sort_unstable();
    let variable = if missing.is_empty() || missing.iter().any(|name| name == named) { named.to_owned() } else { missing.join(", ") };
    variable.chars().take(MAX_NAMED).collect()
}

/// The most characters of a template that a fault repeats.
const MAX_NAMED: usize = 200;

fn words(error: &Error) -> String {
    let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    match error.detail() {
        Some(detail) => format!("{}{line}: {detail}", error.kind()),
        None => format!("{}{line}", error.kind()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant as Stopwatch};

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        customers::{CustomerDraft, Satisfaction},
        value_score::BasisPoints,
    };

    fn customer(change: impl FnOnce(&mut CustomerDraft)) -> Customer {
        let mut draft = CustomerDraft::named("王 <Mei>");
        change(&mut draft);
        let at = "2026-06-30T08:15:00Z".parse().unwrap();
        let id = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77".parse().unwrap();
        Customer { id, draft, membership: None, satisfaction: Satisfaction::default(), version: 1, created_at: at, updated_at: at }
    }

    fn variant(text: &str, html: Option<&str>) -> Variant {
        let [key, subject] = ["a", "For {{ customer.name }}"].map(str::to_owned);
        Variant { key, share: BasisPoints::MAX, subject, text: text.to_owned(), html: html.map(str::to_owned) }
    }

    fn write(text: &str, html: Option<&str>, change: impl FnOnce(&mut CustomerDraft)) -> Result<Letter, Unwritten> {
        Templates::parse(&variant(text, html)).unwrap().write(&Facts::of(&customer(change), "School", None, "https://shop.example/u"))
    }

    fn missing(part: &'static str, variable: &str) -> Result<Letter, Unwritten> {
        Err(Unwritten::Missing(Missing { part, variable: variable.to_owned() }))
    }

    #[test]
    fn values_are_escaped_in_html_alone() {
        let letter =
            write("{{ customer.name }}, {{ campaign.name }}: {{ unsubscribe_url }}", Some("<p>{{ customer.name }}</p>"), |_| {}).unwrap();
        assert_eq!(letter.subject, "For 王 <Mei>");
        assert_eq!(letter.text, "王 <Mei>, School: https://shop.example/u");
        assert_eq!(letter.html.as_deref(), Some("<p>王 &lt;Mei&gt;</p>"));
    }

    #[test]
    fn what_is_not_known_is_an_error_when_printed_and_can_be_asked_for() {
        let nicknamed = |draft: &mut CustomerDraft| draft.nickname = Some("Mei".to_owned());
        assert_eq!(write("Dear {{ customer.nickname }}", None, |_| {}), missing("text", "customer.nickname"));
        assert_eq!(write("Dear {{ customer.nickname }}", None, nicknamed).unwrap().text, "Dear Mei");
        assert_eq!(write("x", Some("{{ customer.nickname|upper }}"), |_| {}), missing("html", "customer.nickname"));
        assert_eq!(write("{{ customer.attributes.school }}", None, |_| {}), missing("text", "customer.attributes.school"));
        assert_eq!(write("{{ coupon.code }}", None, |_| {}), missing("text", "coupon.code"));
        assert_eq!(write("{{ customer.nickname or customer.name }}", None, |_| {}).unwrap().text, "王 <Mei>");
        assert_eq!(write("{{ customer.nickname|default('you') }}", None, |_| {}).unwrap().text, "you");
        assert_eq!(write("{% if customer.birth_date %}!{% endif %}", None, |_| {}).unwrap().text, "");
        assert_eq!(
            write("{% for tag in customer.tags %}{{ tag }};{% endfor %}", None, |draft| draft.tags = vec!["a".into()]).unwrap().text,
            "a;"
        );
    }

    #[test]
    fn misspelt_names_and_what_cannot_be_read_are_told() {
        let faults = |text: &str| -> Vec<(String, &str)> {
            let parsed = Templates::parse(&variant(text, Some("{{ unsubscribe }}")));
            parsed.err().unwrap().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
        };
        let html = ("/html".to_owned(), "unknown_variable");
        assert_eq!(
            faults("{{ customer.nmae }} {{ person }}"),
            [("/text".to_owned(), "unknown_variable"), ("/text".to_owned(), "unknown_variable"), html.clone()]
        );
        assert_eq!(faults("{{ customer.name "), [("/text".to_owned(), "template"), html.clone()]);
        assert_eq!(faults("{% if customer.tags %}"), [("/text".to_owned(), "template"), html]);
    }

    #[test]
    fn no_template_reaches_a_file_or_another_template() {
        for text in [
            "{% include '/etc/passwd' %}",
            "x {%-include 'html'%}",
            "{%+ extends 'html' %}",
            "{% import 'html' as x %}",
            "{% from 'html' import x %}",
            "{% macro x() %}{{ x() }}{% endmacro %}{{ x() }}",
        ] {
            let refused = Templates::parse(&variant(text, Some("x")));
            assert!(refused.is_err_and(|faults| faults.iter().all(|fault| fault.code == "template")), "{text}");
        }
        assert!(Templates::parse(&variant("{% if customer.tags %}from here{% endif %} include", None)).is_ok());
    }

    #[test]
    fn a_template_that_does_too_much_ends_soon() {
        let started = Stopwatch::now();
        for text in [
            "{% for a in range(100000) %}{% for b in range(100000) %}{{ a * b }}{% endfor %}{% endfor %}",
            "{{ 'x' * 1000000000 }}",
            "{% set x = namespace(s='0123456789') %}{% for i in range(40) %}{% set x.s = x.s ~ x.s %}{% endfor %}{{ x.s }}",
            "{{ range(100000)|list|join('0123456789') }}",
        ] {
            let failed = write(text, None, |_| {});
            assert!(matches!(failed, Err(Unwritten::Failed { part: "text", .. })), "{text}: {failed:?}");
        }
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn any_template_is_read_and_written_without_harm(text in "(\\{\\{|\\}\\}|\\{%|%\\}|customer|name|\\.| |\\||for|in|if|end|[a-z(){}'~*]){0,30}") {
            if let Ok(templates) = Templates::parse(&variant(&text, Some(&text))) {
                drop(templates.write(&Facts::of(&customer(|_| {}), "School", None, "https://shop.example/u")));
            }
        }
    }
}
