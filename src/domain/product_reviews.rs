//! Reviews of a product: what customers say of it and how they rate it.

use super::{
    catalogue::Product,
    feedback::{Attachment, Feedback, FeedbackChannel},
    feedback_reports::mean_rating,
    ids::Id,
    instants::Instant,
    paging::SortOrder,
    value_score::Hundredths,
};

/// A review as anybody may read it: without the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The id of the feedback that it is.
    pub id: Id<Feedback>,
    /// 1 … 5.
    pub rating: i32,
    /// What it is about, in one line.
    pub subject: Option<String>,
    /// What was said.
    pub body: Option<String>,
    /// What came with it.
    pub attachments: Vec<Attachment>,
    /// The way that it came in.
    pub channel: FeedbackChannel,
    /// When it came in.
    pub created_at: Instant,
}

/// Which reviews.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewFilter {
    /// Of this product.
    pub product_id: Id<Product>,
    /// With this rating.
    pub rating: Option<i32>,
}

/// How often a product was given each rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RatingDistribution {
    counts: [i64; 5],
}

impl RatingDistribution {
    /// From ratings and how often each was given; ratings that do not exist are left out.
    pub fn new(counted: impl IntoIterator<Item = (i32, i64)>) -> Self {
        let mut counts = [0; 5];
        for (rating, count) in counted {
            if let Some(of_rating) = usize::try_from(rating - 1).ok().and_then(|index| counts.get_mut(index)) {
                *of_rating = count;
            }
        }
        Self { counts }
    }

    /// How often each rating was given, from 1 to 5.
    pub const fn counts(&self) -> [i64; 5] {
        self.counts
    }

    /// How many ratings there are.
    pub fn count(&self) -> i64 {
        self.counts.iter().sum()
    }

    /// Their mean, 1.00 … 5.00, rounded half-up; `None` of none.
    pub fn average(&self) -> Option<Hundredths> {
        let sum = (1..).zip(self.counts).map(|(rating, count): (i64, i64)| rating * count).sum();
        mean_rating(sum, self.count())
    }
}

text_enum! {
    /// The orders of the list of reviews.
    ReviewSort { CreatedAt = "created_at", NewestFirst = "-created_at" }
}

impl SortOrder for ReviewSort {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_are_counted_and_averaged() {
        let ratings = RatingDistribution::new([(5, 3), (1, 1), (4, 2), (6, 9), (0, 9)]);
        assert_eq!((ratings.counts(), ratings.count()), ([1, 0, 0, 2, 3], 6));
        // (1 + 8 + 15) / 6 = 4; (1 + 5 + 5) / 3 = 3.666…
        assert_eq!(ratings.average(), Hundredths::new(400));
        assert_eq!(RatingDistribution::new([(1, 1), (5, 2)]).average(), Hundredths::new(367));
        assert_eq!(RatingDistribution::default().average(), None);
    }
}
