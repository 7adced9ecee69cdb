//! Responses to surveys on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        customers::{CardKind, Customer},
        feedback::Feedback,
        ids::Id,
        instants::Instant,
        surveys::{Answers, Response, ResponseChannel, ResponseSearch, ResponseSort, Survey, results::index_of},
        value_score::Tier,
    },
    dto::estimates::rounded,
    list_params,
};

list_params! {
    /// Which responses.
    ListResponses sorted by ResponseSort = NewestFirst {
        /// Of this customer.
        #[param(value_type = Option<Uuid>)] customer_id: Id<Customer>,
        /// Came in on this way.
        #[param(inline)] channel: ResponseChannel,
    }
}

impl From<ListResponses> for ResponseSearch {
    fn from(params: ListResponses) -> Self {
        Self { customer_id: params.customer_id, channel: params.channel }
    }
}

/// A response to a survey. It never changes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyResponse, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a93", "survey_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90",
    "customer_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77", "channel": "email", "tier": "growth", "card_kind": "student",
    "answers": {"staff": 5, "recommend": 9, "words": "More tea."}, "index": 96.0, "feedback_id": null, "created_at": "2026-07-01T17:20:00Z"
}))]
pub struct ResponseView {
    /// The response's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Response>,
    /// What was answered.
    #[schema(value_type = Uuid)]
    pub survey_id: Id<Survey>,
    /// Who answered; null when nobody knows.
    #[schema(value_type = Option<Uuid>, required)]
    pub customer_id: Option<Id<Customer>>,
    /// The way on which it came in.
    pub channel: ResponseChannel,
    /// The customer's tier on that day.
    #[schema(required)]
    pub tier: Option<Tier>,
    /// The kind of the customer's card on that day.
    #[schema(required)]
    pub card_kind: Option<CardKind>,
    /// The answers by the keys of their questions.
    #[schema(value_type = Object)]
    pub answers: Answers,
    /// The satisfaction index of the response, from 0 to 100; null when nothing that has a weight was rated.
    #[schema(required, minimum = 0, maximum = 100)]
    pub index: Option<f64>,
    /// The complaint that a low answer opened.
    #[schema(value_type = Option<Uuid>, required)]
    pub feedback_id: Option<Id<Feedback>>,
    /// When it came in.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
}

impl ResponseView {
    /// A response to a survey.
    pub fn of(survey: &Survey, response: Response) -> Self {
        let index = index_of(&survey.draft.questions, &response.answers).map(rounded);
        let Response { id, survey_id, customer_id, channel, tier, card_kind, answers, feedback_id, created_at } = response;
        Self { id, survey_id, customer_id, channel, tier, card_kind, answers, index, feedback_id, created_at }
    }
}
