//! Surveys: what is asked, who is invited, what is answered, and what it adds up to.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{ids::Id, instants::Instant, paging::SortOrder, texts};

pub mod answers;
mod invitations;
mod net_promoter;
mod questions;
mod responses;
pub mod results;

pub use answers::{Answer, Answers, DoubleRating};
pub use invitations::{Invitation, InvitationOutcome, InvitationSearch, InvitationSort, InvitationsDraft, Invited};
pub use net_promoter::NetPromoter;
pub use questions::{Question, QuestionKind, QuestionOption};
pub use responses::{AnswerSheet, Response, ResponseChannel, ResponseDraft, ResponseSearch, ResponseSort};

text_enum! {
    /// Where a survey stands: it is answered while it is open, and never opened again.
    SurveyStatus { Draft = "draft", Open = "open", Closed = "closed" }
}

/// Everything a caller may say about a survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "How was your visit?", "introduction": "Five questions, two minutes.", "series": "visit", "has_open_link": true,
    "questions": [
        {"key": "staff", "kind": "csat", "text": "How satisfied are you with our staff?", "weight": 0.6, "low_up_to": 2},
        {"key": "recommend", "kind": "nps", "text": "How likely are you to recommend us to a friend?", "weight": 0.4, "is_required": true},
        {"key": "prices", "kind": "importance_and_satisfaction", "text": "Our prices", "weight": 0.5},
        {"key": "floors", "kind": "multiple", "text": "Which floors did you visit?",
            "options": [{"key": "books", "text": "Books"}, {"key": "music", "text": "Musical instruments"}]},
        {"key": "words", "kind": "text", "text": "What should we do better?"}
    ]
}))]
pub struct SurveyDraft {
    /// What it is called, towards customers too.
    #[validate(length(min = 1, max = 200), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 200, pattern = "plain")]
    pub title: String,
    /// What customers read first.
    #[serde(default)]
    #[validate(length(min = 1, max = 1000), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 1000, pattern = "plain")]
    pub introduction: Option<String>,
    /// Surveys that ask the same from time to time: results are compared with the one before.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = "texts::plain"))]
    #[schema(min_length = 1, max_length = 100, pattern = "plain")]
    pub series: Option<String>,
    /// Whether anybody who has the survey's own link may answer, as often as they like, for a year from its opening; besides those who are invited.
    #[serde(default)]
    #[schema(default = false)]
    pub has_open_link: bool,
    /// What is asked, in this order; frozen once somebody has answered.
    #[validate(nested, length(min = 1, max = 50), custom(function = "questions::distinct"))]
    #[schema(min_items = 1, max_items = 50)]
    pub questions: Vec<Question>,
}

/// A survey as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// The survey's id.
    pub id: Id<Survey>,
    /// What was said about it.
    pub draft: SurveyDraft,
    /// Where it stands.
    pub status: SurveyStatus,
    /// Counts the changes.
    pub version: i64,
    /// When it was opened.
    pub opened_at: Option<Instant>,
    /// When it was closed.
    pub closed_at: Option<Instant>,
    /// When it was answered first: from then on its questions are frozen.
    pub answered_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// Days that an open link works, from the moment that its survey is opened.
const OPEN_LINK_DAYS: i64 = 365;

impl Survey {
    /// Until when the open link works, where the survey is open to whoever has it.
    pub fn open_link_ends(&self) -> Option<Instant> {
        let is_live = self.draft.has_open_link && self.status == SurveyStatus::Open;
        self.opened_at.filter(|_| is_live)?.checked_add(TimeDelta::days(OPEN_LINK_DAYS))
    }
}

text_enum! {
    /// The orders of the list of surveys.
    SurveySort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for SurveySort {}

/// Which surveys are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SurveySearch {
    /// At this status.
    pub status: Option<SurveyStatus>,
    /// Is of this series.
    pub series: Option<String>,
}
