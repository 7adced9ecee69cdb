//! The score of one customer: pure, exact, and the same for the live answer and for a run.

use super::{
    BandCuts, BasisPoints, Factor, Goodness, Hundredths, Measures, ModelDefinition,
    cuts::{band, bands},
};
use crate::domain::instants::Instant;

/// A customer's score with everything that explains it, but the measures themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerScore<'cuts> {
    /// Σ weight · factor score, rounded once, half-up, from the exact sum.
    pub score: Hundredths,
    /// How lately the customer bought; its goodness is minus the whole days.
    pub recency: BandedScore<'cuts>,
    /// How often, in the window.
    pub frequency: BandedScore<'cuts>,
    /// For how much, in minor units.
    pub monetary: BandedScore<'cuts>,
    /// Goods of what value: the amount-weighted mean of the points of value classes.
    pub product_type: MeanScore,
    /// Goods for whom: the amount-weighted mean of the points of product users.
    pub product_user: MeanScore,
}

/// The score of a factor whose measure passes through cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BandedScore<'cuts> {
    /// The factor's weight.
    pub weight: BasisPoints,
    /// The measure, so turned that more is better.
    pub goodness: i64,
    /// The cuts that it passed through.
    pub cuts: &'cuts [i64],
    /// Its band, 1 … `bands`.
    pub band: i32,
    /// How many bands there are, n.
    pub bands: i32,
    /// 100 · band / n, rounded half-up.
    pub score: Hundredths,
    /// weight · score, rounded half-up to be shown; the total is not made of these.
    pub contribution: Hundredths,
}

/// The score of a factor that is points already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeanScore {
    /// The factor's weight.
    pub weight: BasisPoints,
    /// The mean points, rounded half-up; 0 where no amount was bought in the window.
    pub score: Hundredths,
    /// weight · score, rounded half-up to be shown; the total is not made of these.
    pub contribution: Hundredths,
}

/// What a score needs of a customer's measures once the model is known, and no more: small enough to keep one for every customer
/// while a run still looks for its cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// The measures that pass through cuts.
    pub goodness: Goodness,
    /// Mean points of what was bought.
    pub product_type: Hundredths,
    /// Mean points of who uses it.
    pub product_user: Hundredths,
}

impl Measures {
    /// What `model` sees of these measures at `as_of`; `None` for a customer without any purchase.
    pub fn digest(&self, model: &ModelDefinition, as_of: Instant) -> Option<Digest> {
        Some(Digest {
            goodness: self.goodness(as_of)?,
            product_type: weighted_mean(self.by_class().iter().map(|(class, amount)| (amount, model.class_points(class)))),
            product_user: weighted_mean(self.by_user().iter().map(|((user, _), amount)| (amount, model.user_points(user)))),
        })
    }
}

/// The score of a customer with these `measures` at `as_of` under `model` and the `cuts` of a run (or of [`ModelDefinition::fixed_cuts`]).
/// `None` for a customer without any purchase.
pub fn score<'cuts>(measures: &Measures, model: &ModelDefinition, cuts: &'cuts BandCuts, as_of: Instant) -> Option<CustomerScore<'cuts>> {
    measures.digest(model, as_of).map(|digest| score_digest(&digest, model, cuts))
}

/// The score of a customer whose measures were digested under the same `model`.
///
/// Source of the formulas: `value-score.md`, "From raw measure to factor score" and "Score, tier, rank".
pub fn score_digest<'cuts>(digest: &Digest, model: &ModelDefinition, cuts: &'cuts BandCuts) -> CustomerScore<'cuts> {
    let goodness = digest.goodness;
    let banded = |factor, goodness, cuts| banded_score(model.weight(factor), goodness, cuts);
    let mean = |factor, points| mean_score(model.weight(factor), points);

    let recency = banded(Factor::Recency, goodness.recency, cuts.recency.as_slice());
    let frequency = banded(Factor::Frequency, goodness.frequency, cuts.frequency.as_slice());
    let monetary = banded(Factor::Monetary, goodness.monetary, cuts.monetary.as_slice());
    let product_type = mean(Factor::ProductType, digest.product_type);
    let product_user = mean(Factor::ProductUser, digest.product_user);

    let exact = [
        (recency.weight, recency.score),
        (frequency.weight, frequency.score),
        (monetary.weight, monetary.score),
        (product_type.weight, product_type.score),
        (product_user.weight, product_user.score),
    ];
    CustomerScore { score: weighted(exact), recency, frequency, monetary, product_type, product_user }
}

fn banded_score(weight: BasisPoints, goodness: i64, cuts: &[i64]) -> BandedScore<'_> {
    let (band, bands) = (band(cuts, goodness), bands(cuts));
    let score = Hundredths::ratio(i128::from(Hundredths::MAX.get()) * i128::from(band), bands.into());
    BandedScore { weight, goodness, cuts, band, bands, score, contribution: weighted([(weight, score)]) }
}

fn mean_score(weight: BasisPoints, score: Hundredths) -> MeanScore {
    MeanScore { weight, score, contribution: weighted([(weight, score)]) }
}

/// round(Σ weight_bp · score / 10000): exact up to the one rounding.
fn weighted<const N: usize>(parts: [(BasisPoints, Hundredths); N]) -> Hundredths {
    let sum = parts.into_iter().map(|(weight, score)| i128::from(weight.get()) * i128::from(score.get())).sum();
    Hundredths::ratio(sum, BasisPoints::MAX.get().into())
}

/// round(Σ amount · points / Σ amount); 0 where the amounts sum to 0. In 128 bits, as 64 would overflow from 9.2 · 10¹⁴ minor units on.
fn weighted_mean(amounts: impl Iterator<Item = (i64, Hundredths)>) -> Hundredths {
    let (weighted, total) = amounts.fold((0, 0), |(weighted, total): (i128, i128), (amount, points)| {
        (weighted + i128::from(amount) * i128::from(points.get()), total + i128::from(amount))
    });
    Hundredths::ratio(weighted, total)
}
