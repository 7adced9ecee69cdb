//! Customers, their cards, the people they buy for, and where their goods go.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::{
    attributes::{self, Attributes},
    catalogue::Category,
    dates,
    external_refs::{self, ExternalRef},
    ids::Id,
    instants::Instant,
    paging::SortOrder,
    texts::{self, fault},
    value_score::Tier,
};

mod addresses;
mod cards;
mod relations;
mod satisfaction;
pub mod search_terms;

pub use addresses::{Address, AddressDraft};
pub use cards::{Card, CardDraft, CardKind, CardReplacement, CardStatus, number_from as card_number};
pub use relations::{Relation, RelationDraft, RelationKind};
pub use satisfaction::{Satisfaction, SatisfactionChange};

text_enum! {
    /// A person or an organisation.
    #[derive(Default)]
    CustomerKind { #[default] Individual = "individual", Organisation = "organisation" }
}

text_enum! {
    /// Where the relationship stands.
    #[derive(Default)]
    Lifecycle { Potential = "potential", #[default] Active = "active", Former = "former" }
}

text_enum! {
    /// A customer's gender, where said.
    Gender { Female = "female", Male = "male", Other = "other" }
}

/// Everything a caller may say about a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "former_says_why"))]
#[schema(example = json!({
    "kind": "individual", "name": "王小明", "nickname": "Xiaoming", "email": "xiaoming@example.com", "phone": "+8613800000001", "gender": "male",
    "birth_date": "1988-04-02", "locale": "zh-CN", "time_zone": "Asia/Shanghai", "lifecycle": "active", "acquisition_channel": "store", "tags": ["teacher"],
    "attributes": {"newsletter": true}, "external_refs": [{"system": "erp", "id": "C-1001"}]
}))]
pub struct CustomerDraft {
    /// A person or an organisation.
    #[serde(default)]
    #[schema(default = "individual")]
    pub kind: CustomerKind,
    /// The full name, in whatever script.
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub name: String,
    /// How the customer likes to be called.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub nickname: Option<String>,
    /// Unique among customers, whatever its letters' case.
    #[serde(default)]
    #[validate(length(max = 254), custom(function = "texts::email"))]
    #[schema(max_length = 254, pattern = r"^[^@\s\u0000-\u001F\u007F]{1,64}@[^@\s.\u0000-\u001F\u007F]+(\.[^@\s.\u0000-\u001F\u007F]+)+$")]
    pub email: Option<String>,
    /// E.164; unique among customers.
    #[serde(default)]
    #[validate(custom(function = "texts::phone"))]
    #[schema(pattern = r"^\+[1-9][0-9]{6,14}$")]
    pub phone: Option<String>,
    /// Where said.
    #[serde(default)]
    pub gender: Option<Gender>,
    /// The date of birth.
    #[serde(default)]
    #[validate(custom(function = "dates::plausible"))]
    pub birth_date: Option<NaiveDate>,
    /// The language to write in: a BCP 47 tag.
    #[serde(default)]
    #[validate(length(max = 35), custom(function = "texts::locale"))]
    #[schema(max_length = 35, pattern = "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    pub locale: Option<String>,
    /// The IANA name of the zone that the customer lives in: messages keep out of the quiet hours there.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = "texts::time_zone"))]
    #[schema(max_length = 50)]
    pub time_zone: Option<String>,
    /// Where the relationship stands.
    #[serde(default)]
    #[schema(default = "active")]
    pub lifecycle: Lifecycle,
    /// Why the relationship ended; required when `lifecycle` is `former`, and kept no longer than that.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 500, pattern = "plain")]
    pub stopped_reason: Option<String>,
    /// How the shop came to know the customer, in the shop's own words.
    #[serde(default)]
    #[validate(length(min = 1, max = 50), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 50, pattern = "plain")]
    pub acquisition_channel: Option<String>,
    /// Labels to find customers by; 1 to 50 characters each.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = "texts::labels"))]
    #[schema(max_items = 50)]
    pub tags: Vec<String>,
    /// Categories that the customer cares for.
    #[serde(default)]
    #[validate(length(max = 50))]
    #[schema(max_items = 50, value_type = Vec<Uuid>)]
    pub interests: Vec<Id<Category>>,
    /// Whatever else the shop keeps, at most 16 KiB as JSON.
    #[serde(default)]
    #[validate(custom(function = "attributes::small"))]
    #[schema(value_type = Object)]
    pub attributes: Attributes,
    /// The customer does not want to be scored.
    #[serde(default)]
    #[schema(default = false)]
    pub profiling_opt_out: bool,
    /// What other systems call this customer.
    #[serde(default)]
    #[validate(nested, length(max = 20), custom(function = "external_refs::distinct"))]
    #[schema(max_items = 20)]
    pub external_refs: Vec<ExternalRef>,
    /// What is known of an organisation.
    #[serde(default)]
    #[validate(nested)]
    pub organisation: Option<Organisation>,
}

impl CustomerDraft {
    /// Without what has no meaning any more: why the relationship ended is said only while it is over.
    #[must_use]
    pub fn settled(self) -> Self {
        let stopped_reason = self.stopped_reason.filter(|_| self.lifecycle == Lifecycle::Former);
        Self { stopped_reason, ..self }
    }

    /// A person of whom only the name is known.
    pub fn named(name: &str) -> Self {
        Self {
            kind: CustomerKind::default(),
            name: name.to_owned(),
            nickname: None,
            email: None,
            phone: None,
            gender: None,
            birth_date: None,
            locale: None,
            time_zone: None,
            lifecycle: Lifecycle::default(),
            stopped_reason: None,
            acquisition_channel: None,
            tags: Vec::new(),
            interests: Vec::new(),
            attributes: Attributes::default(),
            profiling_opt_out: false,
            external_refs: Vec::new(),
            organisation: None,
        }
    }
}

/// What is known of a customer that is an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// What it does.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub industry: Option<String>,
    /// Its tax or registration number.
    #[serde(default)]
    #[validate(length(min = 1, max = 50), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 50, pattern = "plain")]
    pub tax_id: Option<String>,
    /// The people to talk to.
    #[serde(default)]
    #[validate(nested, length(max = 20))]
    #[schema(max_items = 20)]
    pub contacts: Vec<Contact>,
}

/// A person to talk to at an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The person's name.
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub name: String,
    /// What the person does there.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub role: Option<String>,
    /// The person's own address.
    #[serde(default)]
    #[validate(length(max = 254), custom(function = "texts::email"))]
    #[schema(max_length = 254, pattern = r"^[^@\s\u0000-\u001F\u007F]{1,64}@[^@\s.\u0000-\u001F\u007F]+(\.[^@\s.\u0000-\u001F\u007F]+)+$")]
    pub email: Option<String>,
    /// E.164.
    #[serde(default)]
    #[validate(custom(function = "texts::phone"))]
    #[schema(pattern = r"^\+[1-9][0-9]{6,14}$")]
    pub phone: Option<String>,
}

fn former_says_why(draft: &CustomerDraft) -> Result<(), ValidationError> {
    if draft.lifecycle == Lifecycle::Former && draft.stopped_reason.is_none() {
        let mut missing = fault("required", "must say why when lifecycle is former");
        missing.add_param("field".into(), &"stopped_reason");
        return Err(missing);
    }
    Ok(())
}

/// A customer as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    /// The customer's id.
    pub id: Id<Customer>,
    /// What was said about the customer.
    pub draft: CustomerDraft,
    /// The card that is active unless its time is over.
    pub membership: Option<Card>,
    /// How satisfied the customer is.
    pub satisfaction: Satisfaction,
    /// Counts the changes, of the customer and of the card.
    pub version: i64,
    /// When the customer was made.
    pub created_at: Instant,
    /// When the customer was last changed.
    pub updated_at: Instant,
}

text_enum! {
    /// The orders of the list of customers.
    CustomerSort { CreatedAt = "created_at", NewestFirst = "-created_at", UpdatedAt = "updated_at", LastUpdatedFirst = "-updated_at" }
}

impl SortOrder for CustomerSort {}

/// Which customers are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerSearch {
    /// Each word must be the beginning of one of the customer's terms.
    pub words: Vec<String>,
    /// Has this tag.
    pub tag: Option<String>,
    /// At this stage of their life with the shop.
    pub lifecycle: Option<Lifecycle>,
    /// Is of this kind.
    pub kind: Option<CustomerKind>,
    /// Is in this tier by the current scoring run.
    pub tier: Option<Tier>,
    /// Changed at or after this instant.
    pub updated_since: Option<Instant>,
}
