//! A segment's definition once it is understood: a tree of conditions.

use super::{Fact, Segment, Span, TimeTest, When};
use crate::domain::{
    campaigns::Campaign,
    catalogue::{Category, Product, ProductUser, ValueClass},
    consents::{ConsentStatus, ContactChannel, ContactPurpose},
    coupons::CouponBatch,
    customers::RelationKind,
    feedback::FeedbackType,
    ids::Id,
    orders::OrderChannel,
    surveys::Survey,
};

/// A condition that a customer meets or does not meet; there is no third answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of these; everybody meets an empty one, which is never parsed.
    All(Vec<Condition>),
    /// One of these at least.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// A test of something known.
    Leaf(Leaf),
}

/// A test of something that is known of a customer.
#[derive(Debug, Clone, PartialEq)]
pub enum Leaf {
    /// A fact with one value.
    Fact(Fact, Test),
    /// The month of birth.
    BirthMonth(Vec<Month>),
    /// An attribute of the shop's own making.
    Attribute(String, AttributeTest),
    /// Has these labels.
    Tags(SetTest<String>),
    /// Cares for these categories, or some below them.
    Interests(SetTest<Id<Category>>),
    /// Buys for somebody of one of these kinds.
    BuysFor(Vec<RelationKind>),
    /// What was bought.
    Purchases(Box<Purchases>),
    /// What was said to the shop.
    Feedback(Feedback),
    /// Has answered a survey.
    SurveyAnswered {
        /// Which.
        survey: Id<Survey>,
        /// Not longer ago.
        within_days: Option<i64>,
    },
    /// What was said about being written to.
    Consent {
        /// By which way.
        channel: ContactChannel,
        /// For what.
        purpose: ContactPurpose,
        /// What was said; nothing, when none.
        status: Option<ConsentStatus>,
    },
    /// Was given coupons, or has used some.
    Coupons {
        /// Which of the two.
        measure: CouponMeasure,
        /// Of one of these batches; of any when empty.
        batches: Vec<Id<CouponBatch>>,
        /// Not longer ago.
        within_days: Option<i64>,
    },
    /// Campaigns have come so far with the customer.
    Campaigns {
        /// How far.
        measure: CampaignMeasure,
        /// One of these campaigns; any when empty.
        campaigns: Vec<Id<Campaign>>,
        /// When.
        period: Period,
    },
    /// Is a member of another segment.
    Segment(Id<Segment>),
}

/// What a value must be. A value that is not known passes no test but `exists: false` and those that say what it is not.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// In this range; points are in hundredths, amounts in minor units.
    Numbers(Span<i64>),
    /// At these times.
    Times(TimeTest),
    /// These words.
    Words(WordTest),
    /// Yes or no.
    Truth(bool),
    /// Known or not.
    Known(bool),
}

/// What a text must be; letters' case matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WordTest {
    /// One of these.
    In(Vec<String>),
    /// None of these, or not known.
    NotIn(Vec<String>),
    /// Begins with this.
    StartsWith(String),
    /// Has this in it.
    Contains(String),
}

/// What an attribute must be; of another type, it passes no test but `exists` and those that say what it is not.
#[derive(Debug, Clone, PartialEq)]
pub enum AttributeTest {
    /// A text.
    Words(WordTest),
    /// A number.
    Numbers(NumberTest),
    /// Yes or no.
    Truth(bool),
    /// There or not; null is not there.
    Known(bool),
}

/// What a number, fractions included, must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NumberTest {
    /// Exactly this.
    Is(f64),
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
    /// More than this.
    Above(f64),
    /// Less than this.
    Below(f64),
    /// From the first to the second, both included.
    Between(f64, f64),
}

/// Which of these a set must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetTest<T> {
    /// One at least.
    Any(Vec<T>),
    /// Every one.
    All(Vec<T>),
}

/// A month of the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Month {
    /// The one that it is now.
    Current,
    /// From 1 to 12.
    Number(u32),
}

text_enum! {
    /// What is measured of purchases.
    PurchaseMeasure {
        /// How many purchases.
        Count = "count",
        /// What they came to, less what was returned.
        Sum = "sum",
        /// `sum` by `count`.
        Average = "average",
        /// When the last one was.
        Last = "last",
        /// When the first one was.
        First = "first",
    }
}

/// A test of what was bought. What counts is what counts for the value score: sales that are paid and neither cancelled nor wholly refunded, by their net
/// amounts, without shipping; returns are taken off sums.
#[derive(Debug, Clone, PartialEq)]
pub struct Purchases {
    /// What is measured.
    pub measure: PurchaseMeasure,
    /// Of which purchases.
    pub filter: PurchaseFilter,
    /// What it must be.
    pub test: Test,
}

/// Which purchases; an empty list asks for nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PurchaseFilter {
    /// When they were made.
    pub period: Period,
    /// In these months of the year.
    pub months: Vec<u32>,
    /// Through one of these channels.
    pub channels: Vec<OrderChannel>,
    /// In one of these stores.
    pub stores: Vec<String>,
    /// Owed to one of these campaigns.
    pub campaigns: Vec<Id<()>>,
    /// Which of their lines.
    pub lines: LineFilter,
}

/// Which lines of purchases; an empty list asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineFilter {
    /// Goods of these categories, or some below them.
    pub categories: Vec<Id<Category>>,
    /// These goods.
    pub products: Vec<Id<Product>>,
    /// Goods of these value classes.
    pub value_classes: Vec<ValueClass>,
    /// Goods for these users, as the value score knows them.
    pub users: Vec<ProductUser>,
    /// Goods that usually are for these users.
    pub default_users: Vec<ProductUser>,
}

impl LineFilter {
    /// Whether every line will do.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// Not longer ago.
    pub within_days: Option<i64>,
    /// Then or later.
    pub from: Option<When>,
    /// Then or earlier; a day included.
    pub to: Option<When>,
}

text_enum! {
    /// What became of coupons.
    CouponMeasure {
        /// The customer was given one.
        Held = "held",
        /// The customer has used one.
        Redeemed = "redeemed",
    }
}

text_enum! {
    /// How far a campaign has come with a customer.
    CampaignMeasure {
        /// Its message has left to them.
        Received = "received",
        /// They have opened it.
        Opened = "opened",
        /// They have followed a link in it, or answered it.
        Responded = "responded",
        /// Its launch put them into the control group.
        HeldOut = "held_out",
    }
}

text_enum! {
    /// What is measured of feedback.
    FeedbackMeasure {
        /// How many times.
        Count = "count",
        /// When it was the last time.
        Last = "last",
    }
}

/// A test of what was said to the shop.
#[derive(Debug, Clone, PartialEq)]
pub struct Feedback {
    /// What is measured.
    pub measure: FeedbackMeasure,
    /// Of these types; of any when empty.
    pub types: Vec<FeedbackType>,
    /// When it came in.
    pub period: Period,
    /// What it must be.
    pub test: Test,
}

/// What a condition names, each once or more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// Categories.
    pub categories: Vec<Id<Category>>,
    /// Products.
    pub products: Vec<Id<Product>>,
    /// Surveys.
    pub surveys: Vec<Id<Survey>>,
    /// Batches of coupons.
    pub coupon_batches: Vec<Id<CouponBatch>>,
    /// Campaigns, apart from those that purchases are owed to, which may be other systems'.
    pub campaigns: Vec<Id<Campaign>>,
}

impl Condition {
    /// What it names, segments apart.
    pub fn references(&self) -> References {
        let mut named = References::default();
        self.for_each_leaf(&mut |leaf| match leaf {
            Leaf::Interests(SetTest::Any(categories) | SetTest::All(categories)) => named.categories.extend(categories),
            Leaf::Purchases(purchases) => {
                named.categories.extend(&purchases.filter.lines.categories);
                named.products.extend(&purchases.filter.lines.products);
            }
            Leaf::SurveyAnswered { survey, .. } => named.surveys.push(*survey),
            Leaf::Coupons { batches, .. } => named.coupon_batches.extend(batches),
            Leaf::Campaigns { campaigns, .. } => named.campaigns.extend(campaigns),
            _ => {}
        });
        named
    }

    /// Calls `each` with every leaf, from left to right.
    pub fn for_each_leaf<'a>(&'a self, each: &mut impl FnMut(&'a Leaf)) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.for_each_leaf(each)),
            Self::Not(part) => part.for_each_leaf(each),
            Self::Leaf(leaf) => each(leaf),
        }
    }

    /// The segments that it names.
    pub fn segments(&self) -> Vec<Id<Segment>> {
        let mut named = Vec::new();
        self.for_each_leaf(&mut |leaf| {
            if let Leaf::Segment(id) = leaf {
                named.push(*id);
            }
        });
        named
    }

    /// How many leaves it has.
    pub fn leaf_count(&self) -> usize {
        let mut count = 0;
        self.for_each_leaf(&mut |_| count += 1);
        count
    }
}
