//! From conditions to a plan.

use chrono::Datelike;

use super::{
    AttributeTest, Condition, Fact, Feedback, FeedbackMeasure, Leaf, Month, Period, PurchaseMeasure, Purchases, SetTest, Span, Test,
    TimeTest,
    plan::{
        Accepts, Aggregate, AttributeForm, Circumstances, Column, FeedbackAggregate, Function, MAX_SEGMENT_DEPTH, Node, OrderFilter, Plan,
        PlanFault, Predicate, Probe, Shown, Source,
    },
};
use crate::domain::{
    catalogue::Category,
    ids::Id,
    instants::Instant,
    value_score::{BandCuts, Hundredths},
};

impl Condition {
    /// Whether the condition may ask for something that a scoring run knows, by itself or through the segments that it names.
    pub fn needs_run(&self) -> bool {
        let mut needs = false;
        self.for_each_leaf(&mut |leaf| {
            needs |= match leaf {
                Leaf::Fact(fact, _) => fact.is_of_run(),
                // What the other segment asks for is not looked at here.
                Leaf::Segment(_) => true,
                _ => false,
            };
        });
        needs
    }

    /// What it asks of the stored rows.
    ///
    /// # Errors
    /// When it names segments that are not there, or in a ring, or too far.
    pub fn plan(&self, circumstances: &Circumstances<'_>) -> Result<Plan, PlanFault> {
        let mut planner = Planner {
            circumstances,
            plan: Plan {
                now: circumstances.present.now,
                run: circumstances.run.map(|run| run.id),
                root: Node::All(Vec::new()),
                subtrees: Vec::new(),
                orders: Vec::new(),
                lines: Vec::new(),
                feedback: Vec::new(),
            },
        };
        let root = planner.node(self, 0)?;
        Ok(Plan { root, ..planner.plan })
    }
}

struct Planner<'a> {
    circumstances: &'a Circumstances<'a>,
    plan: Plan,
}

impl Planner<'_> {
    fn node(&mut self, condition: &Condition, depth: usize) -> Result<Node, PlanFault> {
        let mut nodes = |parts: &[Condition]| parts.iter().map(|part| self.node(part, depth)).collect::<Result<Vec<Node>, PlanFault>>();
        Ok(match condition {
            Condition::All(parts) => Node::All(nodes(parts)?),
            Condition::Any(parts) => Node::Any(nodes(parts)?),
            Condition::Not(part) => Node::Not(Box::new(self.node(part, depth)?)),
            Condition::Leaf(Leaf::Segment(id)) => {
                if depth >= MAX_SEGMENT_DEPTH {
                    return Err(PlanFault::TooDeep);
                }
                let named = self.circumstances.segments.get(id).ok_or(PlanFault::Unknown(*id))?;
                Node::Members(Box::new(self.node(named, depth + 1)?))
            }
            Condition::Leaf(leaf) => self.leaf(leaf),
        })
    }

    fn leaf(&mut self, leaf: &Leaf) -> Node {
        Node::Leaf(match leaf {
            Leaf::Fact(fact, test) => self.fact(*fact, test),
            Leaf::BirthMonth(months) => {
                let current = self.circumstances.present.today().month();
                let number = |month: &Month| match month {
                    Month::Current => current,
                    Month::Number(number) => *number,
                };
                let accepts = Accepts::Months(months.iter().map(number).collect());
                Predicate::Value { probe: Probe::Column(Column::BirthDate), accepts, shown: Shown::Month }
            }
            Leaf::Attribute(name, test) => {
                let (form, accepts) = match test {
                    AttributeTest::Words(words) => (AttributeForm::Text, Accepts::Words(words.clone())),
                    AttributeTest::Numbers(numbers) => (AttributeForm::Number, Accepts::Decimals(*numbers)),
                    AttributeTest::Truth(truth) => (AttributeForm::Truth, Accepts::Truth(*truth)),
                    AttributeTest::Known(known) => (AttributeForm::Any, Accepts::Known(*known)),
                };
                Predicate::Value { probe: Probe::Attribute(name.clone(), form), accepts, shown: Shown::Json }
            }
            Leaf::Tags(test) => Predicate::Tags(test.clone()),
            Leaf::Interests(SetTest::Any(categories)) => Predicate::Interests(SetTest::Any(vec![self.subtree(categories)])),
            Leaf::Interests(SetTest::All(categories)) => {
                Predicate::Interests(SetTest::All(categories.iter().map(|category| self.subtree(&[*category])).collect()))
            }
            Leaf::BuysFor(kinds) => Predicate::BuysFor(kinds.clone()),
            Leaf::SurveyAnswered { survey, within_days } => Predicate::SurveyAnswered(*survey, self.since(*within_days)),
            Leaf::Coupons { measure, batches, within_days } => Predicate::Coupons(*measure, batches.clone(), self.since(*within_days)),
            Leaf::Campaigns { measure, campaigns, period } => Predicate::Campaigns(*measure, campaigns.clone(), self.span(*period)),
            Leaf::Consent { channel, purpose, status } => Predicate::Consent(*channel, *purpose, *status),
            Leaf::Purchases(purchases) => self.purchases(purchases),
            Leaf::Feedback(feedback) => self.feedback(feedback),
            Leaf::Segment(_) => return Node::Any(Vec::new()),
        })
    }

    fn fact(&self, fact: Fact, test: &Test) -> Predicate {
        use Shown::{Age, Date, Instant, Number, Percentile, Points, Text, Truth};
        let (column, shown) = match fact {
            Fact::Kind => (Column::Kind, Text),
            Fact::Lifecycle => (Column::Lifecycle, Text),
            Fact::Gender => (Column::Gender, Text),
            Fact::BirthDate => (Column::BirthDate, Date),
            Fact::Age => (Column::BirthDate, Age),
            Fact::Locale => (Column::Locale, Text),
            Fact::AcquisitionChannel => (Column::AcquisitionChannel, Text),
            Fact::CreatedAt => (Column::CreatedAt, Instant),
            Fact::HasEmail => (Column::HasEmail, Truth),
            Fact::HasPhone => (Column::HasPhone, Truth),
            Fact::ProfilingOptOut => (Column::ProfilingOptOut, Truth),
            Fact::HasCard => (Column::HasCard, Truth),
            Fact::CardKind => (Column::CardKind, Text),
            Fact::Tier => (Column::Tier, Text),
            Fact::Score => (Column::Score, Points),
            Fact::Rank => (Column::Rank, Number),
            Fact::Percentile => (Column::Score, Percentile),
            Fact::Recency => (Column::RecencyBand, self.bands(|cuts| &cuts.recency)),
            Fact::Frequency => (Column::FrequencyBand, self.bands(|cuts| &cuts.frequency)),
            Fact::Monetary => (Column::MonetaryBand, self.bands(|cuts| &cuts.monetary)),
            Fact::ProductType => (Column::ProductType, Points),
            Fact::ProductUser => (Column::ProductUser, Points),
            Fact::LastRating => (Column::LastRating, Number),
            Fact::OpenComplaints => (Column::OpenComplaints, Number),
            Fact::LastNps => (Column::LastNps, Number),
            Fact::Points => (Column::Points, Number),
        };
        let accepts = match (test, shown) {
            (Test::Numbers(ages), Age) => Accepts::Dates(self.circumstances.present.births(*ages)),
            (Test::Numbers(points), Percentile) => Accepts::Numbers(self.scores_at(*points)),
            (Test::Numbers(points), Shown::Band(bands)) => Accepts::Numbers(bands_at(bands, *points)),
            (test, Date) => self.accepts(test, true),
            (test, _) => self.accepts(test, false),
        };
        Predicate::Value { probe: Probe::Column(column), accepts, shown }
    }

    fn accepts(&self, test: &Test, is_date: bool) -> Accepts {
        match test {
            Test::Numbers(span) => Accepts::Numbers(*span),
            Test::Times(test) if is_date => Accepts::Dates(self.circumstances.present.dates(*test)),
            Test::Times(test) => Accepts::Instants(self.circumstances.present.instants(*test)),
            Test::Words(words) => Accepts::Words(words.clone()),
            Test::Truth(truth) => Accepts::Truth(*truth),
            Test::Known(known) => Accepts::Known(*known),
        }
    }

    fn bands(&self, of: impl Fn(&BandCuts) -> &Vec<i64>) -> Shown {
        let cuts = self.circumstances.run.map_or(0, |run| of(&run.cuts).len());
        Shown::Band(i32::try_from(cuts).unwrap_or(i32::MAX).saturating_add(1))
    }

    /// The scores whose percentile lies in `span`.
    fn scores_at(&self, span: Span<i64>) -> Span<i64> {
        let Some(run) = self.circumstances.run else { return NONE };
        let scores = (0..=Hundredths::MAX.get()).filter(|score| {
            let standing = Hundredths::new(i64::from(*score)).map(|score| run.distribution.standing(score).percentile);
            standing.is_some_and(|percentile| span.contains(percentile.get().into()))
        });
        ends(scores.map(i64::from))
    }

    /// So many days ago.
    fn since(&self, within_days: Option<i64>) -> Option<Instant> {
        self.span(Period { within_days: Some(within_days?), ..Period::default() }).low
    }

    fn span(&self, period: Period) -> Span<Instant> {
        let present = self.circumstances.present;
        match period.within_days {
            Some(days) => present.instants(TimeTest::WithinDays(days)),
            None => Span { low: period.from.map(|from| present.first_of(from)), high: period.to.map(|to| present.last_of(to)) },
        }
    }

    fn subtree(&mut self, categories: &[Id<Category>]) -> usize {
        position(&mut self.plan.subtrees, categories.to_vec())
    }

    fn purchases(&mut self, purchases: &Purchases) -> Predicate {
        let lines = &purchases.filter.lines;
        let span = self.span(purchases.filter.period);
        let spans = match purchases.filter.months.as_slice() {
            [] => vec![span],
            months => self.circumstances.present.months_of(span, months),
        };
        let filter = OrderFilter {
            spans,
            channels: purchases.filter.channels.clone(),
            stores: purchases.filter.stores.clone(),
            campaigns: purchases.filter.campaigns.clone(),
            subtree: if lines.categories.is_empty() { None } else { Some(self.subtree(&lines.categories)) },
            products: lines.products.clone(),
            value_classes: lines.value_classes.clone(),
            users: lines.users.clone(),
            default_users: lines.default_users.clone(),
        };
        let (source, known) =
            if lines.is_empty() { (Source::Orders, &mut self.plan.orders) } else { (Source::Lines, &mut self.plan.lines) };
        let mut of = |function| position(known, Aggregate { function, filter: filter.clone() });
        let (probe, shown) = match purchases.measure {
            PurchaseMeasure::Count => (Probe::Aggregate(source, of(Function::Count)), Shown::Number),
            PurchaseMeasure::Sum => (Probe::Aggregate(source, of(Function::Sum)), Shown::Number),
            PurchaseMeasure::First => (Probe::Aggregate(source, of(Function::First)), Shown::Instant),
            PurchaseMeasure::Last => (Probe::Aggregate(source, of(Function::Last)), Shown::Instant),
            PurchaseMeasure::Average => (Probe::Average(source, of(Function::Sum), of(Function::Count)), Shown::Number),
        };
        Predicate::Value { probe, accepts: self.accepts(&purchases.test, false), shown }
    }

    fn feedback(&mut self, feedback: &Feedback) -> Predicate {
        let span = self.span(feedback.period);
        let aggregate = FeedbackAggregate { measure: feedback.measure, types: feedback.types.clone(), span };
        let probe = Probe::Aggregate(Source::Feedback, position(&mut self.plan.feedback, aggregate));
        let shown = if feedback.measure == FeedbackMeasure::Count { Shown::Number } else { Shown::Instant };
        Predicate::Value { probe, accepts: self.accepts(&feedback.test, false), shown }
    }
}

/// The points of a band: 100 · band / bands, rounded half-up, as scores are made.
pub fn band_points(bands: i32, band: i64) -> Hundredths {
    Hundredths::ratio(i128::from(Hundredths::MAX.get()) * i128::from(band), bands.into())
}

/// The bands whose points lie in `span`.
fn bands_at(bands: i32, span: Span<i64>) -> Span<i64> {
    ends((1..=i64::from(bands)).filter(|band| span.contains(band_points(bands, *band).get().into())))
}

/// Holds nothing.
const NONE: Span<i64> = Span::between(1, 0);

/// From the first to the last of ascending numbers that stand side by side.
fn ends(mut numbers: impl Iterator<Item = i64>) -> Span<i64> {
    let Some(first) = numbers.next() else { return NONE };
    Span::between(first, numbers.last().unwrap_or(first))
}

/// Where `item` stands, which is added unless it is there.
fn position<T: PartialEq>(items: &mut Vec<T>, item: T) -> usize {
    let found = items.iter().position(|known| *known == item);
    found.unwrap_or_else(|| {
        items.push(item);
        items.len() - 1
    })
}
