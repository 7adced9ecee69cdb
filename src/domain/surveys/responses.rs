//! What was answered, by whom where that is known, and on which way.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use validator::Validate;

use super::{Answers, Survey};
use crate::domain::{
    customers::{CardKind, Customer},
    feedback::Feedback,
    ids::Id,
    instants::Instant,
    paging::SortOrder,
    value_score::Tier,
};

text_enum! {
    /// The way on which answers came in.
    ResponseChannel { Web = "web", Mobile = "mobile", Email = "email", Phone = "phone", Fax = "fax", InStore = "in_store" }
}

/// Answers that staff or a client bring in: from paper, from the telephone, from an app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "channel": "in_store",
    "answers": {"staff": 5, "recommend": 9, "prices": {"importance": 4, "satisfaction": 3}, "floors": ["books", "music"], "words": "More tea."}
}))]
pub struct ResponseDraft {
    /// Who answered; null or absent when nobody knows.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub customer_id: Option<Id<Customer>>,
    /// The way on which the answers came in.
    pub channel: ResponseChannel,
    /// By the keys of the questions: a number for `csat` and `nps`, the key of an option for `choice`, a list of them for `multiple`, a text of at most
    /// 5,000 characters for `text`, `{"importance": 1-5, "satisfaction": 1-5}` for the double rating.
    #[schema(value_type = Object)]
    pub answers: Map<String, Value>,
}

/// Answers that come through a link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"answers": {"staff": 5, "recommend": 9, "words": "More tea."}}))]
pub struct AnswerSheet {
    /// The way on which the link was found; `email` when left out by an invited customer, else `web`.
    #[serde(default)]
    pub channel: Option<ResponseChannel>,
    /// By the keys of the questions: a number for `csat` and `nps`, the key of an option for `choice`, a list of them for `multiple`, a text of at most
    /// 5,000 characters for `text`, `{"importance": 1-5, "satisfaction": 1-5}` for the double rating.
    #[schema(value_type = Object)]
    pub answers: Map<String, Value>,
}

/// A response as it is kept. Tier and card are those of the day: what became of the customer later says nothing of why they answered so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The response's id.
    pub id: Id<Response>,
    /// What was answered.
    pub survey_id: Id<Survey>,
    /// Who answered, where known.
    pub customer_id: Option<Id<Customer>>,
    /// The way on which it came in.
    pub channel: ResponseChannel,
    /// The customer's tier by the scoring run of the day.
    pub tier: Option<Tier>,
    /// The kind of the customer's card on that day.
    pub card_kind: Option<CardKind>,
    /// The answers.
    pub answers: Answers,
    /// The complaint that a low answer opened.
    pub feedback_id: Option<Id<Feedback>>,
    /// When it came in.
    pub created_at: Instant,
}

text_enum! {
    /// The orders of the list of responses.
    ResponseSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for ResponseSort {}

/// Which responses to a survey are looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResponseSearch {
    /// Of this customer.
    pub customer_id: Option<Id<Customer>>,
    /// Came in on this way.
    pub channel: Option<ResponseChannel>,
}
