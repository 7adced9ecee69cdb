//! Customers on the wire.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        attributes::Attributes,
        catalogue::Category,
        customers::{
            Address, Card, CardKind, CardStatus, Customer, CustomerKind, CustomerSearch, CustomerSort, Gender, Lifecycle, Organisation,
            Relation, RelationKind, Satisfaction, search_terms::words_of,
        },
        external_refs::ExternalRef,
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        instants::Instant,
        texts,
        value_score::Tier,
    },
    error::Error,
    list_params,
};

list_params! {
    /// Which customers.
    ListCustomers sorted by CustomerSort = NewestFirst {
        /// Words that each must begin a word of the name, nickname, e-mail, phone or a card number; of Chinese names any part.
        #[validate(length(min = 1, max = 100), custom(function = "texts::visible"))]
        #[param(min_length = 1, max_length = 100, pattern = r"[^\s\u0085\u00AD\u180E\u200B-\u200F\u2060\uFEFF]")]
        q: String,
        /// Has exactly this tag.
        #[validate(length(min = 1, max = 50))] #[param(min_length = 1, max_length = 50)] tag: String,
        /// At this stage of their life with the shop.
        #[param(inline)] lifecycle: Lifecycle,
        /// Is of this kind.
        #[param(inline)] kind: CustomerKind,
        /// Is in this tier by the current scoring run; `prospect` has no score.
        #[param(inline)] tier: Tier,
        /// Changed at or after this instant.
        #[param(value_type = Option<String>, format = DateTime)] updated_since: Instant,
    }
}

/// By what a customer is looked up: exactly one.
#[derive(Debug, serde::Deserialize, validator::Validate, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LookupCustomer {
    /// The number of a card.
    #[serde(default)]
    #[validate(length(min = 1, max = 50))]
    #[param(min_length = 1, max_length = 50, nullable = false)]
    pub card: Option<String>,
    /// The e-mail address, whatever its letters' case.
    #[serde(default)]
    #[validate(length(min = 1, max = 254))]
    #[param(min_length = 1, max_length = 254, nullable = false)]
    pub email: Option<String>,
    /// The telephone number in E.164.
    #[serde(default)]
    #[validate(length(min = 1, max = 16))]
    #[param(min_length = 1, max_length = 16, nullable = false)]
    pub phone: Option<String>,
    /// What another system calls the customer: `system:id`.
    #[serde(default)]
    #[validate(length(min = 3, max = 151))]
    #[param(min_length = 3, max_length = 151, nullable = false, example = "erp:C-1001")]
    pub r#ref: Option<String>,
}

impl LookupCustomer {
    /// The one key that was given.
    ///
    /// # Errors
    /// `invalid` for none, several, or a reference without its system.
    pub fn identifier(&self) -> Result<Identifier, Error> {
        let reference = self.r#ref.as_deref().map(|text| match text.split_once(':') {
            Some((system, id)) => {
                Ok(Identifier::reference(IdentifierKind::CustomerRef, &ExternalRef { system: system.into(), id: id.into() }))
            }
            None => Err(Error::invalid_field("/ref", "format", "must be system:id, such as erp:C-1001")),
        });
        let keys = [
            self.card.as_deref().map(|card| Ok(Identifier::card(card))),
            self.email.as_deref().map(|email| Ok(Identifier::email(email))),
            self.phone.as_deref().map(|phone| Ok(Identifier::phone(phone))),
            reference,
        ];
        let mut given = keys.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(key), None) => key,
            _ => Err(Error::invalid_field("", "one_of", "exactly one of card, email, phone and ref must be given")),
        }
    }
}

impl From<ListCustomers> for CustomerSearch {
    fn from(params: ListCustomers) -> Self {
        let ListCustomers { q, tag, lifecycle, kind, tier, updated_since, limit: _, cursor: _, sort: _, include: _ } = params;
        Self { words: q.as_deref().map(words_of).unwrap_or_default(), tag, lifecycle, kind, tier, updated_since }
    }
}

/// A customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Customer, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "kind": "individual", "name": "王小明", "nickname": "Xiaoming", "email": "xiaoming@example.com",
    "phone": "+8613800000001", "gender": "male", "birth_date": "1988-04-02", "locale": "zh-CN", "time_zone": "Asia/Shanghai", "lifecycle": "active", "stopped_reason": null,
    "acquisition_channel": "store", "tags": ["teacher"], "interests": [], "attributes": {"newsletter": true}, "profiling_opt_out": false,
    "external_refs": [{"system": "erp", "id": "C-1001"}], "organisation": null, "membership": null,
    "satisfaction": {"last_rating": 4, "open_complaints": 0, "last_nps": null}, "version": 1,
    "created_at": "2026-06-30T08:15:00Z", "updated_at": "2026-06-30T08:15:00Z"
}))]
pub struct CustomerView {
    /// The customer's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Customer>,
    /// A person or an organisation.
    pub kind: CustomerKind,
    /// The full name.
    pub name: String,
    /// How the customer likes to be called.
    #[schema(required)]
    pub nickname: Option<String>,
    /// The e-mail address.
    #[schema(required)]
    pub email: Option<String>,
    /// The telephone number.
    #[schema(required)]
    pub phone: Option<String>,
    /// Where said.
    #[schema(required)]
    pub gender: Option<Gender>,
    /// The date of birth.
    #[schema(required)]
    pub birth_date: Option<NaiveDate>,
    /// The language to write in.
    #[schema(required)]
    pub locale: Option<String>,
    /// The zone that the customer lives in.
    #[schema(required)]
    pub time_zone: Option<String>,
    /// Where the relationship stands.
    pub lifecycle: Lifecycle,
    /// Why it ended.
    #[schema(required)]
    pub stopped_reason: Option<String>,
    /// How the shop came to know the customer.
    #[schema(required)]
    pub acquisition_channel: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// Categories that the customer cares for.
    #[schema(value_type = Vec<Uuid>)]
    pub interests: Vec<Id<Category>>,
    /// Whatever else the shop keeps.
    #[schema(value_type = Object)]
    pub attributes: Attributes,
    /// The customer does not want to be scored.
    pub profiling_opt_out: bool,
    /// What other systems call this customer.
    pub external_refs: Vec<ExternalRef>,
    /// What is known of an organisation.
    #[schema(required)]
    pub organisation: Option<Organisation>,
    /// The active card.
    #[schema(required)]
    pub membership: Option<CardView>,
    /// How satisfied the customer is, as far as feedback and surveys tell.
    pub satisfaction: Satisfaction,
    /// Counts the changes.
    pub version: i64,
    /// When the customer was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When the customer was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl CustomerView {
    /// The customer as they stand at `now`.
    pub fn at(now: Instant, customer: Customer) -> Self {
        let membership = customer.membership.filter(|card| !card.has_lapsed(now));
        let draft = customer.draft;
        Self {
            id: customer.id,
            kind: draft.kind,
            name: draft.name,
            nickname: draft.nickname,
            email: draft.email,
            phone: draft.phone,
            gender: draft.gender,
            birth_date: draft.birth_date,
            locale: draft.locale,
            time_zone: draft.time_zone,
            lifecycle: draft.lifecycle,
            stopped_reason: draft.stopped_reason,
            acquisition_channel: draft.acquisition_channel,
            tags: draft.tags,
            interests: draft.interests,
            attributes: draft.attributes,
            profiling_opt_out: draft.profiling_opt_out,
            external_refs: draft.external_refs,
            organisation: draft.organisation,
            membership: membership.map(|card| CardView::at(now, card)),
            satisfaction: customer.satisfaction,
            version: customer.version,
            created_at: customer.created_at,
            updated_at: customer.updated_at,
        }
    }
}

/// A membership card.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Card, example = json!({
    "number": "6000000012345674", "kind": "student", "status": "active", "issued_at": "2026-03-01T00:00:00Z", "expires_at": null, "replaced_by": null,
    "version": 1, "created_at": "2026-03-01T09:00:00Z", "updated_at": "2026-03-01T09:00:00Z"
}))]
pub struct CardView {
    /// Its number.
    pub number: String,
    /// What it entitles to.
    pub kind: CardKind,
    /// Whether it can be used.
    pub status: CardStatus,
    /// When it was handed out.
    #[schema(value_type = String, format = DateTime)]
    pub issued_at: Instant,
    /// When it ends.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub expires_at: Option<Instant>,
    /// The number of the card that came after it.
    #[schema(required)]
    pub replaced_by: Option<String>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl CardView {
    /// The card as it stands at `now`.
    pub fn at(now: Instant, card: Card) -> Self {
        let status = card.status_at(now);
        let Card { customer_id: _, number, kind, status: _, issued_at, expires_at, replaced_by, version, created_at, updated_at } = card;
        Self { number, kind, status, issued_at, expires_at, replaced_by, version, created_at, updated_at }
    }
}

/// A person whom a customer buys for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Relation, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a78", "name": "王乐", "kind": "child", "birth_date": "2018-09-01", "school_grade": "2", "customer_id": null,
    "version": 1, "created_at": "2026-03-01T09:00:00Z", "updated_at": "2026-03-01T09:00:00Z"
}))]
pub struct RelationView {
    /// The relation's id, which an order line's `beneficiary_id` names.
    #[schema(value_type = Uuid)]
    pub id: Id<Relation>,
    /// The person's name.
    pub name: String,
    /// How they are related.
    pub kind: RelationKind,
    /// The person's date of birth.
    #[schema(required)]
    pub birth_date: Option<NaiveDate>,
    /// The school grade.
    #[schema(required)]
    pub school_grade: Option<String>,
    /// The person, when they are a customer too.
    #[schema(value_type = Option<Uuid>, required)]
    pub customer_id: Option<Id<Customer>>,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<Relation> for RelationView {
    fn from(relation: Relation) -> Self {
        let draft = relation.draft;
        Self {
            id: relation.id,
            name: draft.name,
            kind: draft.kind,
            birth_date: draft.birth_date,
            school_grade: draft.school_grade,
            customer_id: draft.customer_id,
            version: relation.version,
            created_at: relation.created_at,
            updated_at: relation.updated_at,
        }
    }
}

/// An address of a customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Address, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a79", "label": "home", "recipient": "王小明", "phone": null, "line1": "天河路123号", "line2": null, "city": "广州",
    "region": null, "postal_code": "510620", "country": "CN", "is_default": true, "version": 1, "created_at": "2026-03-01T09:00:00Z",
    "updated_at": "2026-03-01T09:00:00Z"
}))]
pub struct AddressView {
    /// The address's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Address>,
    /// What the customer calls it.
    #[schema(required)]
    pub label: Option<String>,
    /// Who receives.
    #[schema(required)]
    pub recipient: Option<String>,
    /// The receiver's number.
    #[schema(required)]
    pub phone: Option<String>,
    /// Street and number.
    pub line1: String,
    /// Floor, building, care of.
    #[schema(required)]
    pub line2: Option<String>,
    /// The city.
    pub city: String,
    /// Province or state.
    #[schema(required)]
    pub region: Option<String>,
    /// As the country writes it.
    #[schema(required)]
    pub postal_code: Option<String>,
    /// ISO 3166-1, two letters.
    pub country: String,
    /// Whether goods go here unless told otherwise.
    pub is_default: bool,
    /// Counts the changes.
    pub version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<Address> for AddressView {
    fn from(address: Address) -> Self {
        let draft = address.draft;
        Self {
            id: address.id,
            label: draft.label,
            recipient: draft.recipient,
            phone: draft.phone,
            line1: draft.line1,
            line2: draft.line2,
            city: draft.city,
            region: draft.region,
            postal_code: draft.postal_code,
            country: draft.country,
            is_default: draft.is_default,
            version: address.version,
            created_at: address.created_at,
            updated_at: address.updated_at,
        }
    }
}
