//! Results of surveys on the wire. Numbers are rounded to four decimals.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        ids::Id,
        instants::Instant,
        statistics::{Moments, wilson},
        surveys::{
            NetPromoter, QuestionKind, Survey, SurveyStatus,
            results::{Change, Measure, Quadrant, QuestionTally, SurveyResults, Tally, index_estimate, quadrants, trend},
        },
    },
    dto::estimates::{EstimateView, rounded},
};

/// What the results of a survey are compared with.
#[derive(Debug, serde::Deserialize, validator::Validate, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ResultsParams {
    /// Another survey of the same series; left out, it is the one that was opened last before this one.
    #[serde(default)]
    #[param(value_type = Option<Uuid>, nullable = false)]
    pub compare_with: Option<Id<Survey>>,
}

/// What the responses to a survey add up to. Shares lie in [0, 1], the index in [0, 100], the net promoter score in [−100, 100]; all are rounded to four decimals.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyResults, example = json!({
    "survey_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90", "title": "How was your visit?", "series": "visit", "status": "closed", "responses": 10,
    "invited": 40, "invited_answered": 10, "response_rate": {"value": 0.25, "low": 0.1419, "high": 0.4019},
    "index": {"responses": 10, "overall": {"value": 73.9, "low": 56.8229, "high": 90.9771},
        "by_tier": [{"group": "growth", "responses": 10, "index": {"value": 73.9, "low": 56.8229, "high": 90.9771}}], "by_card_kind": [], "by_channel": []},
    "questions": [{"key": "staff", "kind": "csat", "text": "How satisfied are you with our staff?", "answered": 10,
        "distribution": [{"value": "5", "count": 3, "share": 0.3}], "importance_distribution": [],
        "mean": {"value": 3.9, "low": 3.1886, "high": 4.6114}, "satisfied": {"value": 0.7, "low": 0.3968, "high": 0.8922}, "importance": null, "nps": null}],
    "quadrants": null, "trend": null
}))]
pub struct SurveyResultsView {
    /// The survey.
    #[schema(value_type = Uuid)]
    pub survey_id: Id<Survey>,
    /// What it is called.
    pub title: String,
    /// What it belongs to.
    #[schema(required)]
    pub series: Option<String>,
    /// Where it stands.
    pub status: SurveyStatus,
    /// How many answered, invited or not.
    pub responses: u32,
    /// How many customers were invited.
    pub invited: u32,
    /// How many of those have answered.
    pub invited_answered: u32,
    /// The share of the invited who have answered, with Wilson's interval; null when nobody was invited.
    #[schema(required)]
    pub response_rate: Option<EstimateView>,
    /// The satisfaction index.
    pub index: IndexView,
    /// Question by question.
    pub questions: Vec<QuestionResultView>,
    /// Importance against satisfaction; null without double ratings.
    #[schema(required)]
    pub quadrants: Option<QuadrantsView>,
    /// What has changed since another survey of the series; null when there is none.
    #[schema(required)]
    pub trend: Option<TrendView>,
}

impl From<SurveyResults> for SurveyResultsView {
    fn from(results: SurveyResults) -> Self {
        let SurveyResults { survey, tally, invited, invited_answered, before } = results;
        Self {
            trend: before.map(|(survey, before)| TrendView::of(survey, &before, &tally)),
            survey_id: survey.id,
            title: survey.draft.title,
            series: survey.draft.series,
            status: survey.status,
            responses: tally.responses,
            invited,
            invited_answered,
            response_rate: wilson(invited_answered, invited).map(Into::into),
            index: IndexView::of(&tally),
            questions: tally.questions.iter().map(Into::into).collect(),
            quadrants: QuadrantsView::of(&tally),
        }
    }
}

/// The satisfaction index, from 0 to 100, with Student's interval: each rating in points, 100 × (rating − least) / (greatest − least); of each response the mean of
/// its points, weighted by its questions; then the mean over the responses. Questions that a response leaves out leave its weights too.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SatisfactionIndex)]
pub struct IndexView {
    /// How many responses have an index: they rated something that has a weight.
    pub responses: u32,
    /// Of all of them; null when there are none.
    #[schema(required)]
    pub overall: Option<EstimateView>,
    /// By the customer's tier on that day.
    pub by_tier: Vec<IndexGroupView>,
    /// By the kind of the customer's card on that day.
    pub by_card_kind: Vec<IndexGroupView>,
    /// By the way on which the response came in.
    pub by_channel: Vec<IndexGroupView>,
}

/// The satisfaction index of some.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SatisfactionIndexGroup)]
pub struct IndexGroupView {
    /// What they have in common; null for those who are not known, or have no card.
    #[schema(required)]
    pub group: Option<String>,
    /// How many responses.
    pub responses: u32,
    /// Their index.
    #[schema(required)]
    pub index: Option<EstimateView>,
}

impl IndexView {
    fn of(tally: &Tally) -> Self {
        let view = |group: Option<String>, indices: &Moments| IndexGroupView {
            group,
            responses: indices.count(),
            index: index_estimate(indices).map(Into::into),
        };
        let index = &tally.index;
        Self {
            responses: index.overall.count(),
            overall: index_estimate(&index.overall).map(Into::into),
            by_tier: index.by_tier.iter().map(|(tier, indices)| view(tier.map(|tier| tier.to_string()), indices)).collect(),
            by_card_kind: index.by_card_kind.iter().map(|(kind, indices)| view(kind.map(|kind| kind.to_string()), indices)).collect(),
            by_channel: index.by_channel.iter().map(|(channel, indices)| view(Some(channel.to_string()), indices)).collect(),
        }
    }
}

/// What was answered to one question.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyQuestionResult)]
pub struct QuestionResultView {
    /// Its key.
    pub key: String,
    /// How it is answered.
    pub kind: QuestionKind,
    /// The question in words.
    pub text: String,
    /// How many answered it.
    pub answered: u32,
    /// How often each rating was given or each option chosen; of a double rating its satisfaction. Empty for what is answered in words.
    pub distribution: Vec<CountView>,
    /// Of a double rating how often each importance was given.
    pub importance_distribution: Vec<CountView>,
    /// The mean rating, with Student's interval.
    #[schema(required)]
    pub mean: Option<EstimateView>,
    /// The share of 4 and 5 of 5, with Wilson's interval.
    #[schema(required)]
    pub satisfied: Option<EstimateView>,
    /// The mean importance of a double rating, with Student's interval.
    #[schema(required)]
    pub importance: Option<EstimateView>,
    /// The net promoter score, of `nps`.
    #[schema(required)]
    pub nps: Option<NetPromoterView>,
}

/// How often something was answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AnswerCount)]
pub struct CountView {
    /// The rating, or the key of the option.
    pub value: String,
    /// How often.
    pub count: u32,
    /// Its share of those who answered the question; of `multiple` these add up to more than 1.
    pub share: f64,
}

impl CountView {
    fn of(value: String, count: u32, answered: u32) -> Self {
        Self { value, count, share: rounded(f64::from(count) / f64::from(answered.max(1))) }
    }
}

impl From<&QuestionTally> for QuestionResultView {
    fn from(tally: &QuestionTally) -> Self {
        let count = |value: String, count: u32| CountView::of(value, count, tally.answered);
        let options = tally.question.options.iter().zip(&tally.options).map(|(option, chosen)| count(option.key.clone(), *chosen));
        let importances = tally.importances().filter(|_| tally.question.kind == QuestionKind::ImportanceAndSatisfaction);
        Self {
            key: tally.question.key.clone(),
            kind: tally.question.kind,
            text: tally.question.text.clone(),
            answered: tally.answered,
            distribution: tally.ratings().map(|(rating, given)| count(rating.to_string(), given)).chain(options).collect(),
            importance_distribution: importances.map(|(rating, given)| count(rating.to_string(), given)).collect(),
            mean: tally.mean().map(Into::into),
            satisfied: tally.satisfied().map(Into::into),
            importance: tally.importance().map(Into::into),
            nps: tally.net_promoter().and_then(NetPromoterView::of),
        }
    }
}

/// The net promoter score, from −100 to 100, with the adjusted Wald interval: ±1.96 standard deviations after three answers were added, ¾ of one a promoter and
/// ¾ a detractor (Rocks, 2016).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NetPromoter)]
pub struct NetPromoterView {
    /// The share of promoters less that of detractors, times 100.
    pub score: EstimateView,
    /// How many gave 9 or 10.
    pub promoters: u32,
    /// How many gave 7 or 8.
    pub passives: u32,
    /// How many gave 6 or less.
    pub detractors: u32,
}

impl NetPromoterView {
    fn of(counts: NetPromoter) -> Option<Self> {
        let NetPromoter { promoters, passives, detractors } = counts;
        Some(Self { score: counts.score()?.into(), promoters, passives, detractors })
    }
}

/// Importance against satisfaction, parted at the means over all double ratings.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyQuadrants)]
pub struct QuadrantsView {
    /// From here on a question is important.
    pub importance_threshold: f64,
    /// From here on a question is satisfying.
    pub satisfaction_threshold: f64,
    /// The double ratings, the most important first.
    pub questions: Vec<PlacedView>,
}

/// Where a double rating stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyQuadrant)]
pub struct PlacedView {
    /// The question's key.
    pub key: String,
    /// Its mean importance.
    pub importance: f64,
    /// Its mean satisfaction.
    pub satisfaction: f64,
    /// What that says should be done.
    pub quadrant: Quadrant,
}

impl QuadrantsView {
    fn of(tally: &Tally) -> Option<Self> {
        let found = quadrants(tally)?;
        let placed = found.questions.iter().map(|placed| PlacedView {
            key: placed.key.to_owned(),
            importance: rounded(placed.importance),
            satisfaction: rounded(placed.satisfaction),
            quadrant: placed.quadrant,
        });
        Some(Self {
            questions: placed.collect(),
            importance_threshold: rounded(found.importance_threshold),
            satisfaction_threshold: rounded(found.satisfaction_threshold),
        })
    }
}

/// What has changed since another survey of the series.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyTrend)]
pub struct TrendView {
    /// The other survey.
    #[schema(value_type = Uuid)]
    pub survey_id: Id<Survey>,
    /// What it is called.
    pub title: String,
    /// When it was opened.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub opened_at: Option<Instant>,
    /// Of the satisfaction index, with Welch's interval.
    #[schema(required)]
    pub index: Option<ChangeView>,
    /// Of the questions that both ask: their means with Welch's interval, net promoter scores with that of two independent scores.
    pub questions: Vec<QuestionChangeView>,
}

/// How a measure has changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MeasureChange)]
pub struct ChangeView {
    /// What it was.
    pub before: f64,
    /// What it is.
    pub after: f64,
    /// The difference. When 0 lies outside of its interval, it is no chance.
    pub difference: EstimateView,
}

/// How the answers to a question have changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SurveyQuestionChange)]
pub struct QuestionChangeView {
    /// The question's key.
    pub key: String,
    /// What is compared: `mean`, or `nps`.
    pub measure: Measure,
    /// How it has changed.
    pub change: ChangeView,
}

impl From<Change> for ChangeView {
    fn from(change: Change) -> Self {
        Self { before: rounded(change.before), after: rounded(change.after), difference: change.difference.into() }
    }
}

impl TrendView {
    fn of(survey: Survey, before: &Tally, after: &Tally) -> Self {
        let found = trend(before, after);
        let questions = found.questions.iter().map(|question| QuestionChangeView {
            key: question.question.key.clone(),
            measure: question.measure,
            change: question.change.into(),
        });
        Self {
            questions: questions.collect(),
            index: found.index.map(Into::into),
            survey_id: survey.id,
            title: survey.draft.title,
            opened_at: survey.opened_at,
        }
    }
}
