//! Surveys as those see them who have a link.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{
    instants::Instant,
    surveys::{Question, QuestionKind, QuestionOption, Response, Survey, SurveyStatus},
};

/// What a link leads to: what is asked, and whether it can be answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicSurvey, example = json!({
    "title": "How was your visit?", "introduction": "One question, one minute.", "status": "open", "is_answered": false,
    "questions": [{"key": "staff", "kind": "csat", "text": "How satisfied are you with our staff?", "is_required": true, "least": 1, "greatest": 5, "options": []}]
}))]
pub struct PublicSurveyView {
    /// What it is called.
    pub title: String,
    /// What to read first.
    #[schema(required)]
    pub introduction: Option<String>,
    /// Answers are taken while it is open.
    pub status: SurveyStatus,
    /// Whether the invitation has been answered: each can be answered once. Of the survey's own link never.
    pub is_answered: bool,
    /// What is asked.
    pub questions: Vec<PublicQuestionView>,
}

/// A question.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicQuestion)]
pub struct PublicQuestionView {
    /// What the answer is keyed by.
    pub key: String,
    /// How it is answered.
    pub kind: QuestionKind,
    /// The question in words.
    pub text: String,
    /// Whether it must be answered.
    pub is_required: bool,
    /// The least rating.
    #[schema(required)]
    pub least: Option<u8>,
    /// The greatest rating.
    #[schema(required)]
    pub greatest: Option<u8>,
    /// What there is to choose from.
    pub options: Vec<QuestionOption>,
}

impl PublicSurveyView {
    /// What somebody sees of a survey.
    pub fn of(survey: Survey, is_answered: bool) -> Self {
        Self {
            title: survey.draft.title,
            introduction: survey.draft.introduction,
            status: survey.status,
            is_answered,
            questions: survey.draft.questions.into_iter().map(Into::into).collect(),
        }
    }
}

/// How much a question weighs, and what is low, is the shop's business.
impl From<Question> for PublicQuestionView {
    fn from(question: Question) -> Self {
        let scale = question.kind.scale();
        let Question { key, kind, text, is_required, options, weight: _, low_up_to: _ } = question;
        let (least, greatest) = scale.map(|scale| (*scale.start(), *scale.end())).unzip();
        Self { key, kind, text, is_required, least, greatest, options }
    }
}

/// The form of the page that a browser is shown: of each field the name says how its question is answered, and which it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyAnswerForm, example = json!({"rating:staff": "5", "rating:recommend": "9", "text:words": "More tea."}))]
pub struct AnswerForm {
    /// `rating:KEY`, `importance:KEY`, `satisfaction:KEY`, `choice:KEY`, `multiple:KEY`, `text:KEY`.
    #[serde(flatten)]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub fields: std::collections::BTreeMap<String, String>,
}

/// Answers were taken in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyThanks, example = json!({"answered_at": "2026-07-01T17:20:00Z"}))]
pub struct ThanksView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub answered_at: Instant,
}

impl From<&Response> for ThanksView {
    fn from(response: &Response) -> Self {
        Self { answered_at: response.created_at }
    }
}
