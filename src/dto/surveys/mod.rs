//! Surveys on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        ids::Id,
        instants::Instant,
        links::{LinkPurpose, Links},
        surveys::{Question, Survey, SurveyDraft, SurveySearch, SurveySort, SurveyStatus},
    },
    list_params,
};

mod answered;
mod invitations;
mod public;
mod results;

pub use answered::{ListResponses, ResponseView};
pub use invitations::{InvitationView, InvitedListView, InvitedView, ListInvitations};
pub use public::{AnswerForm, PublicSurveyView, ThanksView};
pub use results::{ResultsParams, SurveyResultsView};

/// The page that every link of a survey leads to.
const PAGE: &str = "/v1/public/surveys";

list_params! {
    /// Which surveys.
    ListSurveys sorted by SurveySort = NewestFirst {
        /// At this status.
        #[param(inline)] status: SurveyStatus,
        /// Is of exactly this series.
        #[validate(length(min = 1, max = 100))] #[param(min_length = 1, max_length = 100)] series: String,
    }
}

impl From<ListSurveys> for SurveySearch {
    fn from(params: ListSurveys) -> Self {
        Self { status: params.status, series: params.series }
    }
}

/// A survey.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Survey, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90", "title": "How was your visit?", "introduction": "Two questions, one minute.", "series": "visit",
    "has_open_link": false,
    "questions": [
        {"key": "staff", "kind": "csat", "text": "How satisfied are you with our staff?", "weight": 0.6, "is_required": false, "options": [], "low_up_to": 2},
        {"key": "recommend", "kind": "nps", "text": "How likely are you to recommend us to a friend?", "weight": 0.4, "is_required": true, "options": [], "low_up_to": null}
    ],
    "status": "open", "open_url": null, "version": 2, "opened_at": "2026-06-30T08:15:00Z", "closed_at": null, "answered_at": null,
    "created_at": "2026-06-30T08:00:00Z", "updated_at": "2026-06-30T08:15:00Z"
}))]
pub struct SurveyView {
    /// The survey's id.
    #[schema(value_type = Uuid)]
    pub id: Id<Survey>,
    /// What it is called.
    pub title: String,
    /// What customers read first.
    #[schema(required)]
    pub introduction: Option<String>,
    /// What it belongs to.
    #[schema(required)]
    pub series: Option<String>,
    /// Whether anybody who has the survey's own link may answer.
    pub has_open_link: bool,
    /// What is asked.
    pub questions: Vec<Question>,
    /// Where it stands.
    pub status: SurveyStatus,
    /// The survey's own link, while there is one.
    #[schema(required)]
    pub open_url: Option<String>,
    /// Counts the changes.
    pub version: i64,
    /// When it was opened.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub opened_at: Option<Instant>,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub closed_at: Option<Instant>,
    /// When it was answered first: from then on its questions are frozen.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub answered_at: Option<Instant>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl SurveyView {
    /// The survey with its own link.
    pub fn of(links: &Links, survey: Survey) -> Self {
        let token = survey.open_link_ends().map(|end| links.token(LinkPurpose::OpenSurvey, survey.id.cast(), end));
        let SurveyDraft { title, introduction, series, has_open_link, questions } = survey.draft;
        Self {
            id: survey.id,
            title,
            introduction,
            series,
            has_open_link,
            questions,
            status: survey.status,
            open_url: token.map(|token| links.url(PAGE, &token)),
            version: survey.version,
            opened_at: survey.opened_at,
            closed_at: survey.closed_at,
            answered_at: survey.answered_at,
            created_at: survey.created_at,
            updated_at: survey.updated_at,
        }
    }
}
