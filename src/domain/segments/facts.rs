//! What can be asked of a customer, and of what type the answer is.

use crate::domain::{
    TextEnum,
    customers::{CardKind, CustomerKind, Gender, Lifecycle},
    value_score::Tier,
};

text_enum! {
    /// A fact with one value about a customer, which a leaf of a segment's definition can test. [`super::OTHER_FACTS`] have leaves of their own.
    Fact {
        /// A person or an organisation.
        Kind = "kind",
        /// Where the relationship stands.
        Lifecycle = "lifecycle",
        /// Where said.
        Gender = "gender",
        /// The date of birth.
        BirthDate = "birth_date",
        /// Whole years today.
        Age = "age",
        /// The language to write in.
        Locale = "locale",
        /// How the shop came to know the customer.
        AcquisitionChannel = "acquisition_channel",
        /// When the customer was made.
        CreatedAt = "created_at",
        /// Whether there is an e-mail address.
        HasEmail = "has_email",
        /// Whether there is a telephone number.
        HasPhone = "has_phone",
        /// The customer does not want to be scored.
        ProfilingOptOut = "profiling_opt_out",
        /// Whether there is an active membership card.
        HasCard = "has_card",
        /// The kind of the active membership card.
        CardKind = "card_kind",
        /// The tier in the current scoring run.
        Tier = "tier",
        /// The score in the current scoring run.
        Score = "score",
        /// The rank in the current scoring run.
        Rank = "rank",
        /// The share of customers with a lower score, in per cent.
        Percentile = "percentile",
        /// The factor's score.
        Recency = "recency",
        /// The factor's score.
        Frequency = "frequency",
        /// The factor's score.
        Monetary = "monetary",
        /// The factor's score.
        ProductType = "product_type",
        /// The factor's score.
        ProductUser = "product_user",
        /// The rating of the newest review.
        LastRating = "last_rating",
        /// Complaints that are not closed.
        OpenComplaints = "open_complaints",
        /// The newest answer to a question of the net promoter kind.
        LastNps = "last_nps",
        /// The balance of points; below 0 for a debt.
        Points = "points",
    }
}

/// The type of a fact: what it can be compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactType {
    /// One of these words.
    Word(Vec<&'static str>),
    /// Any text.
    Text,
    /// A whole number, not below 0.
    Number,
    /// A number from 0 to 100 with two decimals.
    Points,
    /// An instant.
    Instant,
    /// A date.
    Date,
    /// Yes or no.
    Truth,
}

fn words<T: TextEnum>() -> FactType {
    FactType::Word(T::ALL.iter().map(|word| word.as_str()).collect())
}

impl Fact {
    /// Its type.
    pub fn fact_type(self) -> FactType {
        match self {
            Self::Kind => words::<CustomerKind>(),
            Self::Lifecycle => words::<Lifecycle>(),
            Self::Gender => words::<Gender>(),
            Self::CardKind => words::<CardKind>(),
            Self::Tier => words::<Tier>(),
            Self::Locale | Self::AcquisitionChannel => FactType::Text,
            Self::Age | Self::Rank | Self::LastRating | Self::OpenComplaints | Self::LastNps | Self::Points => FactType::Number,
            Self::Score | Self::Percentile | Self::Recency | Self::Frequency | Self::Monetary | Self::ProductType | Self::ProductUser => {
                FactType::Points
            }
            Self::CreatedAt => FactType::Instant,
            Self::BirthDate => FactType::Date,
            Self::HasEmail | Self::HasPhone | Self::ProfilingOptOut | Self::HasCard => FactType::Truth,
        }
    }

    /// Whether it may be unknown, so that `exists` makes sense.
    pub const fn is_optional(self) -> bool {
        !matches!(
            self,
            Self::Kind
                | Self::Lifecycle
                | Self::CreatedAt
                | Self::HasEmail
                | Self::HasPhone
                | Self::ProfilingOptOut
                | Self::HasCard
                | Self::Tier
                | Self::OpenComplaints
                | Self::Points
        )
    }

    /// Whether it is read from the current scoring run.
    pub const fn is_of_run(self) -> bool {
        matches!(
            self,
            Self::Tier
                | Self::Score
                | Self::Rank
                | Self::Percentile
                | Self::Recency
                | Self::Frequency
                | Self::Monetary
                | Self::ProductType
                | Self::ProductUser
        )
    }
}
