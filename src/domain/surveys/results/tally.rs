//! Counting responses as they pass by.

use std::collections::BTreeMap;

use crate::domain::{
    customers::CardKind,
    statistics::{Estimate, Moments},
    surveys::{Answer, Answers, Question, ResponseChannel},
    value_score::Tier,
};

/// What counts of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The customer's tier on that day.
    pub tier: Option<Tier>,
    /// The kind of the customer's card on that day.
    pub card_kind: Option<CardKind>,
    /// The way on which it came in.
    pub channel: ResponseChannel,
    /// What was answered.
    pub answers: Answers,
}

/// The ratings that any scale has at most: 0 to 10.
const RATINGS: usize = 11;

/// The answers to one question, counted.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionTally {
    /// The question.
    pub question: Question,
    /// How many answered it.
    pub answered: u32,
    /// How many chose each option, in the order of the question.
    pub options: Vec<u32>,
    ratings: [u32; RATINGS],
    importances: [u32; RATINGS],
}

impl QuestionTally {
    fn new(question: Question) -> Self {
        let options = question.options.iter().map(|_| 0).collect();
        Self { question, answered: 0, options, ratings: [0; RATINGS], importances: [0; RATINGS] }
    }

    fn add(&mut self, answer: &Answer) {
        self.answered = self.answered.saturating_add(1);
        match answer {
            Answer::Rating(rating) => count(&mut self.ratings, (*rating).into()),
            Answer::Double(double) => {
                count(&mut self.ratings, double.satisfaction.into());
                count(&mut self.importances, double.importance.into());
            }
            Answer::Options(keys) => keys.iter().for_each(|key| self.choose(key)),
            Answer::Words(key) => self.choose(key),
        }
    }

    fn choose(&mut self, key: &str) {
        if let Some(place) = self.question.options.iter().position(|option| option.key == key) {
            count(&mut self.options, place);
        }
    }

    /// How often each rating of the scale was given, the least first; of a double rating its satisfaction.
    pub fn ratings(&self) -> impl Iterator<Item = (f64, u32)> + Clone + '_ {
        self.on_scale(&self.ratings)
    }

    /// How often each importance was given, the least first.
    pub fn importances(&self) -> impl Iterator<Item = (f64, u32)> + Clone + '_ {
        self.on_scale(&self.importances)
    }

    fn on_scale<'c>(&self, counts: &'c [u32; RATINGS]) -> impl Iterator<Item = (f64, u32)> + Clone + use<'c> {
        let scale = self.question.kind.scale();
        let all = (0_u8..).zip(counts.iter().copied());
        all.filter(move |(rating, _)| scale.as_ref().is_some_and(|scale| scale.contains(rating)))
            .map(|(rating, count)| (f64::from(rating), count))
    }
}

fn count(counts: &mut [u32], place: usize) {
    counts.get_mut(place).into_iter().for_each(|count| *count = count.saturating_add(1));
}

/// The satisfaction indices of the responses, of all and by group.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Index {
    /// Of everybody who rated anything that has a weight.
    pub overall: Moments,
    /// By the customer's tier; none of who is not known.
    pub by_tier: BTreeMap<Option<Tier>, Moments>,
    /// By the kind of the customer's card; none without card.
    pub by_card_kind: BTreeMap<Option<CardKind>, Moments>,
    /// By the way on which the response came in.
    pub by_channel: BTreeMap<ResponseChannel, Moments>,
}

impl Index {
    fn add(&mut self, response: &Counted, index: f64) {
        self.overall.add(index);
        self.by_tier.entry(response.tier).or_default().add(index);
        self.by_card_kind.entry(response.card_kind).or_default().add(index);
        self.by_channel.entry(response.channel).or_default().add(index);
    }
}

/// The mean of indices with Student's interval ([`Moments::estimate`]), cut at 0 and 100.
pub fn index_estimate(indices: &Moments) -> Option<Estimate> {
    indices.estimate().map(|mean| mean.within(0.0, 100.0))
}

/// The satisfaction index of one response, from 0, the worst, to 100, the best: Σ wᵢ·sᵢ / Σ wᵢ over the questions that were rated, with the weight wᵢ of
/// the question and the rating sᵢ in points ([`Question::points`]). None where nothing that has a weight was rated.
///
/// A survey's index is the mean of its responses' indices, so that everybody who answered counts once. Where all answer all, that is the index
/// 100 · (Σ wᵢ·x̄ᵢ − Σ wᵢ·least) / ((greatest − least) Σ wᵢ) of C. Fornell et al., "The American Customer Satisfaction Index: Nature, Purpose, and
/// Findings", Journal of Marketing 60, 1996.
pub fn index_of<'q>(questions: impl IntoIterator<Item = &'q Question>, answers: &Answers) -> Option<f64> {
    let (mut sum, mut weights) = (0.0, 0.0);
    for question in questions {
        if let Some(points) = answers.get(&question.key).and_then(Answer::rating).and_then(|rating| question.points(rating)) {
            let weight = f64::from(question.weight.get());
            sum += weight * points;
            weights += weight;
        }
    }
    (weights > 0.0).then(|| sum / weights)
}

/// The responses to a survey, counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// How many responses.
    pub responses: u32,
    /// Question by question.
    pub questions: Vec<QuestionTally>,
    /// The satisfaction index.
    pub index: Index,
}

impl Tally {
    /// Nothing yet.
    pub fn new(questions: &[Question]) -> Self {
        Self { responses: 0, questions: questions.iter().cloned().map(QuestionTally::new).collect(), index: Index::default() }
    }

    /// Counts a response.
    pub fn add(&mut self, response: &Counted) {
        self.responses = self.responses.saturating_add(1);
        for tally in &mut self.questions {
            if let Some(answer) = response.answers.get(&tally.question.key) {
                tally.add(answer);
            }
        }
        if let Some(index) = index_of(self.questions.iter().map(|tally| &tally.question), &response.answers) {
            self.index.add(response, index);
        }
    }
}
