//! What a condition asks of the stored rows, once "now", the current scoring run and the other segments are known.
//!
//! Every leaf is a test of one value of a customer. What is added up (purchases, feedback) is added up once for all leaves: a plan lists the sums, and its
//! leaves name them. The plan knows no SQL.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{CampaignMeasure, Condition, CouponMeasure, FeedbackMeasure, NumberTest, Present, Segment, SetTest, Span, WordTest};
use crate::domain::{
    campaigns::Campaign,
    catalogue::{Category, Product, ProductUser, ValueClass},
    consents::{ConsentStatus, ContactChannel, ContactPurpose},
    coupons::CouponBatch,
    customers::RelationKind,
    feedback::FeedbackType,
    ids::Id,
    instants::Instant,
    orders::OrderChannel,
    scoring_runs::ScoringRun,
    surveys::Survey,
    value_score::{BandCuts, ScoreDistribution},
};

/// How far segments may name segments that name segments.
pub const MAX_SEGMENT_DEPTH: usize = 5;

/// The current scoring run, as far as segments need it.
#[derive(Debug, Clone)]
pub struct CurrentRun {
    /// Which.
    pub id: Id<ScoringRun>,
    /// From measures to bands.
    pub cuts: BandCuts,
    /// How many customers have each score.
    pub distribution: ScoreDistribution,
}

/// What a plan is made under.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The present.
    pub present: Present,
    /// The current scoring run; without one nobody has a score, and everybody is a prospect.
    pub run: Option<&'a CurrentRun>,
    /// The other segments.
    pub segments: &'a HashMap<Id<Segment>, Condition>,
}

/// Why there is no plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanFault {
    /// A segment that is named is not there.
    Unknown(Id<Segment>),
    /// Segments name each other in a ring, or too far.
    TooDeep,
}

/// What is asked of the stored rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The present.
    pub now: Instant,
    /// The current scoring run.
    pub run: Option<Id<ScoringRun>>,
    /// What members fulfil.
    pub root: Node,
    /// Subtrees of categories, by their topmost ones.
    pub subtrees: Vec<Vec<Id<Category>>>,
    /// Added up over orders.
    pub orders: Vec<Aggregate>,
    /// Added up over the lines of orders.
    pub lines: Vec<Aggregate>,
    /// Added up over feedback.
    pub feedback: Vec<FeedbackAggregate>,
}

/// A condition of the plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// All of these.
    All(Vec<Node>),
    /// One of these at least.
    Any(Vec<Node>),
    /// Not this.
    Not(Box<Node>),
    /// A test.
    Leaf(Predicate),
    /// The condition of another segment, a leaf of the one that names it.
    Members(Box<Node>),
}

/// A test of one value.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// A single value.
    Value {
        /// Where it stands.
        probe: Probe,
        /// What it must be.
        accepts: Accepts,
        /// How it is told.
        shown: Shown,
    },
    /// Labels.
    Tags(SetTest<String>),
    /// Categories in these subtrees.
    Interests(SetTest<usize>),
    /// Buys for somebody of one of these kinds.
    BuysFor(Vec<RelationKind>),
    /// What was said about being written to; nothing, when none.
    Consent(ContactChannel, ContactPurpose, Option<ConsentStatus>),
    /// Was given coupons of one of these batches, or has used some, since then.
    Coupons(CouponMeasure, Vec<Id<CouponBatch>>, Option<Instant>),
    /// One of these campaigns has come so far, at such a time.
    Campaigns(CampaignMeasure, Vec<Id<Campaign>>, Span<Instant>),
    /// Has answered a survey, since then.
    SurveyAnswered(Id<Survey>, Option<Instant>),
}

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// In a row of the customer's.
    Column(Column),
    /// Among the attributes.
    Attribute(String, AttributeForm),
    /// Added up.
    Aggregate(Source, usize),
    /// A sum by a count.
    Average(Source, usize, usize),
}

/// What is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Orders.
    Orders,
    /// Lines of orders.
    Lines,
    /// Feedback.
    Feedback,
}

/// A value of which a customer has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are the facts of the same names")]
pub enum Column {
    Kind,
    Lifecycle,
    Gender,
    BirthDate,
    Locale,
    AcquisitionChannel,
    CreatedAt,
    HasEmail,
    HasPhone,
    ProfilingOptOut,
    HasCard,
    CardKind,
    Tier,
    Score,
    Rank,
    RecencyBand,
    FrequencyBand,
    MonetaryBand,
    ProductType,
    ProductUser,
    LastRating,
    OpenComplaints,
    LastNps,
    Points,
}

/// As what an attribute is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeForm {
    /// A text.
    Text,
    /// A number.
    Number,
    /// Yes or no.
    Truth,
    /// Anything but null.
    Any,
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Accepts {
    /// A whole number.
    Numbers(Span<i64>),
    /// A number.
    Decimals(NumberTest),
    /// An instant.
    Instants(Span<Instant>),
    /// A date.
    Dates(Span<NaiveDate>),
    /// A date in one of these months of the year.
    Months(Vec<u32>),
    /// A text.
    Words(WordTest),
    /// Yes or no.
    Truth(bool),
    /// Known or not.
    Known(bool),
}

/// How a value is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A whole number.
    Number,
    /// Hundredths, as a number with two decimals.
    Points,
    /// One of so many bands, as its points.
    Band(i32),
    /// A score, as its percentile.
    Percentile,
    /// Yes or no.
    Truth,
    /// A text.
    Text,
    /// An instant.
    Instant,
    /// A date.
    Date,
    /// A date, as the age of somebody born on it.
    Age,
    /// A date, as its month.
    Month,
    /// JSON, as it is.
    Json,
}

/// How rows are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// How many purchases.
    Count,
    /// What purchases came to, less returns.
    Sum,
    /// When the first purchase was.
    First,
    /// When the last purchase was.
    Last,
}

/// Something that is added up over orders or their lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// How.
    pub function: Function,
    /// Over which orders.
    pub filter: OrderFilter,
}

/// Which orders, and which of their lines; an empty list asks for nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderFilter {
    /// Placed in one of these; in none when there are none.
    pub spans: Vec<Span<Instant>>,
    /// Through one of these channels.
    pub channels: Vec<OrderChannel>,
    /// In one of these stores.
    pub stores: Vec<String>,
    /// Owed to one of these campaigns.
    pub campaigns: Vec<Id<()>>,
    /// Goods of this subtree of categories.
    pub subtree: Option<usize>,
    /// These goods.
    pub products: Vec<Id<Product>>,
    /// Goods of these value classes.
    pub value_classes: Vec<ValueClass>,
    /// Goods for these users.
    pub users: Vec<ProductUser>,
    /// Goods that usually are for these users.
    pub default_users: Vec<ProductUser>,
}

/// Something that is added up over feedback.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedbackAggregate {
    /// How.
    pub measure: FeedbackMeasure,
    /// Of these types; of any when empty.
    pub types: Vec<FeedbackType>,
    /// When it came in.
    pub span: Span<Instant>,
}

impl Node {
    /// Its leaves, from left to right; another segment is one leaf.
    pub fn leaves(&self) -> Vec<&Self> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::leaves).collect(),
            Self::Not(part) => part.leaves(),
            Self::Leaf(_) | Self::Members(_) => vec![self],
        }
    }
}
