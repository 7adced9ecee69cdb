//! The five-factor value of a customer, pure and exact: every database and both ways to score (live, in a run) yield the same digits.
//!
//! Lives here: the arithmetic of the value score in integers (points and scores in hundredths, weights in basis points, money in minor
//! units), the scoring model and its written form. May import: nothing of ours but `domain`.
//!
//! The way through: [`Measures`] of each customer → [`PopulationColumns`] → [`BandCuts`] → [`score`] of each customer →
//! [`ScoreDistribution`] → [`TierCuts`] → [`tier`] and [`Standing`]. A live score enters at [`score`] with the cuts that a run froze
//! ([`RunCuts`]); a preview does the whole way twice and ends in a [`Comparison`].

mod cuts;
mod draft;
mod fixed_point;
mod measures;
mod model;
mod parse;
mod preview;
mod product_user;
mod score;
mod standing;

#[cfg(test)]
mod tests;

pub use cuts::{BandCuts, PopulationColumns, RunCuts, TierCuts, band, bands, population_cuts};
pub use draft::{
    ClassPointsDraft, CutsDraft, ModelDraft, QuantityCutsDraft, RecencyCutsDraft, TierSharesDraft, UserPointsDraft, WeightsDraft,
};
pub use fixed_point::{BasisPoints, Hundredths, InexactNumber};
pub use measures::{Amounts, Goodness, MeasureError, Measures, Window, recency_days};
pub use model::{CutRule, ModelDefinition, TierShares};
pub use preview::{Comparison, Mover, Placing, Preview, Transition};
pub use product_user::product_user;
pub use score::{BandedScore, CustomerScore, Digest, MeanScore, score, score_digest};
pub use standing::{ScoreDistribution, Standing, tier};

text_enum! {
    /// One of the five things that make a customer's value.
    Factor {
        /// Days since the last purchase.
        Recency = "recency",
        /// Number of purchases in the window.
        Frequency = "frequency",
        /// Net amount bought in the window, less returns.
        Monetary = "monetary",
        /// Value class of what was bought.
        ProductType = "product_type",
        /// Who uses what was bought.
        ProductUser = "product_user",
    }
}

text_enum! {
    /// How much a customer is worth to the shop, the highest first.
    Tier {
        /// Among the highest scores, a fifth of the population by default.
        MostValuable = "most_valuable",
        /// In between.
        Growth = "growth",
        /// Among the lowest scores, half of the population by default.
        Ordinary = "ordinary",
        /// Without a score: has not bought yet, or does not want to be profiled.
        Prospect = "prospect",
    }
}

text_enum! {
    /// How it is known who will use the goods of an order line.
    UserSource {
        /// The line says so itself.
        Line = "line",
        /// The line names a person related to the customer.
        Beneficiary = "beneficiary",
        /// The product has a usual user.
        Product = "product",
        /// The buyer's membership card tells.
        Card = "card",
        /// It is not known.
        Unknown = "unknown",
    }
}
