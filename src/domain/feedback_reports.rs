//! Reports on feedback: how much of it there is, how soon it is answered, and whether that helps.

use std::collections::HashMap;

use super::{
    feedback::Outcome,
    ids::Id,
    instants::Instant,
    value_score::{BasisPoints, Hundredths},
};

text_enum! {
    /// What a report puts together.
    #[derive(Default)]
    FeedbackGrouping {
        #[default]
        Type = "type",
        Channel = "channel",
        Product = "product",
        /// The category of the product.
        Category = "category",
        Assignee = "assignee",
        /// The customer's tier when the feedback came in.
        Tier = "tier",
    }
}

/// What a report is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportRequest {
    /// Feedback that came in at or after this instant.
    pub from: Instant,
    /// And before this one.
    pub to: Instant,
    /// What is put together.
    pub grouping: FeedbackGrouping,
    /// The most groups to tell of.
    pub limit: usize,
}

/// What feedback of a group has in common: a word such as a type or a tier, or the id of a product, category or member of staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKey {
    /// The written form of an enumeration's value.
    Word(&'static str),
    /// What carries this id.
    Id(Id<()>),
}

/// What a report takes from one feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeedbackFacts {
    /// Working seconds from intake to the first answer.
    pub first_answer_seconds: Option<i64>,
    /// Working seconds from intake to the resolution.
    pub resolution_seconds: Option<i64>,
    /// The first answer was or is late.
    pub first_answer_breached: bool,
    /// The resolution was or is late.
    pub resolution_breached: bool,
    /// How often it was taken up again.
    pub reopened_count: i32,
    /// 1 … 5, of a review.
    pub rating: Option<i32>,
    /// Whether the resolution helped.
    pub outcome: Option<Outcome>,
}

/// The figures of some feedback. Shares and means of nothing are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeedbackFigures {
    /// How much came in.
    pub count: i64,
    /// Of what was resolved at least once, the share that was taken up again.
    pub reopened_share: Option<BasisPoints>,
    /// How soon the first answer came.
    pub first_answer: Pace,
    /// How soon it was resolved; what was reopened and not yet resolved again is not in it.
    pub resolution: Pace,
    /// How many ratings there are.
    pub ratings: i64,
    /// Their mean, 1.00 … 5.00.
    pub average_rating: Option<Hundredths>,
    /// Customers who said that the resolution helped.
    pub helped: i64,
    /// Customers who said that it did not.
    pub not_helped: i64,
    /// Customers who said nothing until it was closed.
    pub silence: i64,
    /// Of the customers who said something, the share that was helped.
    pub helped_share: Option<BasisPoints>,
}

/// How soon something was done, in working seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// How often it was done.
    pub count: i64,
    /// Half of it took at most so long.
    pub median_seconds: Option<i64>,
    /// Nine tenths of it took at most so long.
    pub p90_seconds: Option<i64>,
    /// Of what was done, or is late by now, the share that was done in time.
    pub within_target_share: Option<BasisPoints>,
}

/// A report: everything, and its groups, those with most feedback first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedbackReport {
    /// What was asked for.
    pub request: ReportRequest,
    /// All feedback of the period.
    pub total: FeedbackFigures,
    /// The groups, with the names of what has one.
    pub groups: Vec<ReportGroup>,
    /// How many groups there are, told of or not.
    pub group_count: usize,
}

/// A group of feedback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportGroup {
    /// What it has in common; `None` where it has none: no product, nobody's work, an unknown customer.
    pub key: Option<GroupKey>,
    /// The name of what the key is the id of.
    pub label: Option<String>,
    /// Its figures.
    pub figures: FeedbackFigures,
}

/// Adds feedback up, group by group: eight bytes are kept of each, so that percentiles are exact.
#[derive(Debug, Clone, Default)]
pub struct FeedbackTallies {
    groups: HashMap<Option<GroupKey>, Tally>,
}

impl FeedbackTallies {
    /// Takes in one feedback.
    pub fn add(&mut self, key: Option<GroupKey>, facts: &FeedbackFacts) {
        self.groups.entry(key).or_default().add(facts);
    }

    /// The figures of everything and those of each group, the largest first, then by key.
    pub fn figures(self) -> (FeedbackFigures, Vec<(Option<GroupKey>, FeedbackFigures)>) {
        let mut all = Tally::default();
        let mut groups: Vec<_> = self.groups.into_iter().map(|(key, mut tally)| (key, all.take_in(&mut tally))).collect();
        groups.sort_unstable_by(|(a, of_a), (b, of_b)| of_b.count.cmp(&of_a.count).then(a.cmp(b)));
        (all.figures(), groups)
    }
}

#[derive(Debug, Clone, Default)]
struct Tally {
    count: i64,
    resolved_once: i64,
    reopened: i64,
    first_answers: Durations,
    resolutions: Durations,
    ratings: i64,
    rating_sum: i64,
    helped: i64,
    not_helped: i64,
    silence: i64,
}

#[derive(Debug, Clone, Default)]
struct Durations {
    /// 136 years at most.
    seconds: Vec<u32>,
    late: i64,
    /// Late, and still not done.
    missing: i64,
}

impl Tally {
    fn add(&mut self, facts: &FeedbackFacts) {
        self.count += 1;
        self.resolved_once += i64::from(facts.resolution_seconds.is_some() || facts.reopened_count > 0);
        self.reopened += i64::from(facts.reopened_count > 0);
        self.first_answers.add(facts.first_answer_seconds, facts.first_answer_breached);
        self.resolutions.add(facts.resolution_seconds, facts.resolution_breached);
        self.ratings += i64::from(facts.rating.is_some());
        self.rating_sum += i64::from(facts.rating.unwrap_or(0));
        match facts.outcome {
            Some(Outcome::Helped) => self.helped += 1,
            Some(Outcome::NotHelped) => self.not_helped += 1,
            Some(Outcome::Silence) => self.silence += 1,
            None => {}
        }
    }

    /// Takes in what another tally has and answers the other's figures.
    fn take_in(&mut self, other: &mut Self) -> FeedbackFigures {
        let figures = other.figures();
        self.count += other.count;
        self.resolved_once += other.resolved_once;
        self.reopened += other.reopened;
        self.first_answers.take_in(&mut other.first_answers);
        self.resolutions.take_in(&mut other.resolutions);
        self.ratings += other.ratings;
        self.rating_sum += other.rating_sum;
        self.helped += other.helped;
        self.not_helped += other.not_helped;
        self.silence += other.silence;
        figures
    }

    fn figures(&mut self) -> FeedbackFigures {
        FeedbackFigures {
            count: self.count,
            reopened_share: share(self.reopened, self.resolved_once),
            first_answer: self.first_answers.pace(),
            resolution: self.resolutions.pace(),
            ratings: self.ratings,
            average_rating: mean_rating(self.rating_sum, self.ratings),
            helped: self.helped,
            not_helped: self.not_helped,
            silence: self.silence,
            helped_share: share(self.helped, self.helped + self.not_helped),
        }
    }
}

impl Durations {
    fn add(&mut self, seconds: Option<i64>, is_late: bool) {
        match seconds {
            Some(seconds) => {
                self.seconds.push(u32::try_from(seconds.max(0)).unwrap_or(u32::MAX));
                self.late += i64::from(is_late);
            }
            None => self.missing += i64::from(is_late),
        }
    }

    fn take_in(&mut self, other: &mut Self) {
        self.seconds.append(&mut other.seconds);
        self.late += other.late;
        self.missing += other.missing;
    }

    fn pace(&mut self) -> Pace {
        let count = i64::try_from(self.seconds.len()).unwrap_or(i64::MAX);
        Pace {
            count,
            median_seconds: percentile(&mut self.seconds, 50),
            p90_seconds: percentile(&mut self.seconds, 90),
            within_target_share: share(count - self.late, count + self.missing),
        }
    }
}

/// The smallest of `values` that at least `percent` of a hundred of them do not exceed: the nearest rank ⌈N · percent / 100⌉, as `PERCENTILE_DISC` of
/// SQL:2003 has it. `None` of none; the order of `values` is changed.
pub fn percentile(values: &mut [u32], percent: usize) -> Option<i64> {
    let rank = values.len().saturating_mul(percent).div_ceil(100).clamp(1, values.len().max(1));
    if values.is_empty() {
        return None;
    }
    let (_, value, _) = values.select_nth_unstable(rank - 1);
    Some(i64::from(*value))
}

/// part / whole, rounded half-up.
fn share(part: i64, whole: i64) -> Option<BasisPoints> {
    rounded(part, BasisPoints::MAX.get().into(), whole).and_then(BasisPoints::new)
}

/// sum / count, rounded half-up.
pub fn mean_rating(sum: i64, count: i64) -> Option<Hundredths> {
    rounded(sum, 100, count).and_then(Hundredths::new)
}

/// part · units / whole, rounded half-up; `None` of nothing.
fn rounded(part: i64, units: i64, whole: i64) -> Option<i64> {
    let (part, units, whole) = (i128::from(part), i128::from(units), i128::from(whole));
    if whole > 0 { i64::try_from((2 * part * units + whole) / (2 * whole)).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        // PERCENTILE_DISC over 15, 20, 35, 40, 50: ranks ⌈5 · 0.5⌉ = 3 and ⌈5 · 0.9⌉ = 5.
        let mut values = [50, 15, 40, 20, 35];
        assert_eq!(
            [1, 40, 50, 90, 100].map(|percent| percentile(&mut values, percent)),
            [Some(15), Some(20), Some(35), Some(50), Some(50)]
        );
        // Of ten the median is the fifth, and the ninth is the 90th percentile.
        let mut values = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1];
        assert_eq!((percentile(&mut values, 50), percentile(&mut values, 90)), (Some(5), Some(9)));
        assert_eq!((percentile(&mut [7], 90), percentile(&mut [], 50)), (Some(7), None));
    }

    #[test]
    fn figures_are_those_of_the_feedback() {
        let mut tallies = FeedbackTallies::default();
        let web = Some(GroupKey::Word("web"));
        let facts = FeedbackFacts::default();
        // Answered in time and resolved late; reopened, solved again, helped.
        tallies.add(
            web,
            &FeedbackFacts {
                first_answer_seconds: Some(60),
                resolution_seconds: Some(9_000),
                resolution_breached: true,
                reopened_count: 2,
                outcome: Some(Outcome::Helped),
                ..facts
            },
        );
        // Reopened and open: not in the resolutions, but resolved once.
        tallies.add(web, &FeedbackFacts { first_answer_seconds: Some(30), reopened_count: 1, outcome: Some(Outcome::NotHelped), ..facts });
        // Never answered, and late by now.
        tallies.add(web, &FeedbackFacts { first_answer_breached: true, rating: Some(2), ..facts });
        tallies.add(
            None,
            &FeedbackFacts {
                first_answer_seconds: Some(90),
                resolution_seconds: Some(100),
                rating: Some(5),
                outcome: Some(Outcome::Silence),
                ..facts
            },
        );
        let (total, groups) = tallies.figures();
        assert_eq!(groups.iter().map(|(key, figures)| (*key, figures.count)).collect::<Vec<_>>(), [(web, 3), (None, 1)]);
        let points = BasisPoints::new;
        let expected = FeedbackFigures {
            count: 4,
            reopened_share: points(6_667),
            first_answer: Pace { count: 3, median_seconds: Some(60), p90_seconds: Some(90), within_target_share: points(7_500) },
            resolution: Pace { count: 2, median_seconds: Some(100), p90_seconds: Some(9_000), within_target_share: points(5_000) },
            ratings: 2,
            average_rating: Hundredths::new(350),
            helped: 1,
            not_helped: 1,
            silence: 1,
            helped_share: points(5_000),
        };
        assert_eq!(total, expected);
        assert_eq!(
            groups[0].1.first_answer,
            Pace { count: 2, median_seconds: Some(30), p90_seconds: Some(60), within_target_share: points(6_667) }
        );
        assert_eq!(groups[1].1.helped_share, None);
        assert_eq!(FeedbackTallies::default().figures(), (FeedbackFigures::default(), Vec::new()));
    }

    proptest! {
        #[test]
        fn a_percentile_parts_the_values(mut values in prop::collection::vec(0_u32..50, 1..80), percent in 1_usize..=100) {
            let found = percentile(&mut values, percent).unwrap();
            let count = |holds: &dyn Fn(i64) -> bool| values.iter().filter(|value| holds(i64::from(**value))).count();
            prop_assert!(count(&|value| value <= found) * 100 >= percent * values.len());
            prop_assert!(count(&|value| value < found) * 100 < percent * values.len());
        }

        #[test]
        fn shares_lie_between_nothing_and_everything(part in 0_i64..1_000, rest in 0_i64..1_000) {
            let found = share(part, part + rest).map(|it| f64::from(it.get()) / 10_000.0);
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let expected = (part + rest > 0).then(|| part as f64 / (part + rest) as f64);
            prop_assert_eq!(found.is_some(), expected.is_some());
            prop_assert!(found.zip(expected).is_none_or(|(found, expected)| (found - expected).abs() <= 0.000_050_1));
        }
    }
}
