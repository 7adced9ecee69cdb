//! Reviews of products on the wire.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{
        catalogue::Product,
        feedback::{Attachment, Feedback, FeedbackChannel},
        ids::Id,
        instants::Instant,
        product_reviews::{RatingDistribution, Review, ReviewFilter, ReviewSort},
        value_score::Hundredths,
    },
    list_params,
};

list_params! {
    /// Which reviews.
    ListReviews sorted by ReviewSort = NewestFirst {
        /// With this rating.
        #[validate(range(min = 1, max = 5))] #[param(minimum = 1, maximum = 5)] rating: i32,
    }
}

impl ListReviews {
    /// Which reviews of a product.
    pub const fn filter(&self, product_id: Id<Product>) -> ReviewFilter {
        ReviewFilter { product_id, rating: self.rating }
    }
}

/// A review, without the person who wrote it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Review, example = json!({
    "id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a90", "rating": 4, "subject": "Well bound", "body": "The paper is good, the print a little small.",
    "attachments": [], "channel": "web", "created_at": "2026-06-30T08:15:00Z"
}))]
pub struct ReviewView {
    /// The id of the feedback that it is.
    #[schema(value_type = Uuid)]
    pub id: Id<Feedback>,
    /// From 1, the worst, to 5, the best.
    #[schema(minimum = 1, maximum = 5)]
    pub rating: i32,
    /// What it is about, in one line.
    #[schema(required)]
    pub subject: Option<String>,
    /// What was said: text, whatever it looks like.
    #[schema(required)]
    pub body: Option<String>,
    /// What came with it, as references to where it is kept.
    pub attachments: Vec<Attachment>,
    /// The way that it came in.
    pub channel: FeedbackChannel,
    /// When it came in.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
}

impl From<Review> for ReviewView {
    fn from(review: Review) -> Self {
        let Review { id, rating, subject, body, attachments, channel, created_at } = review;
        Self { id, rating, subject, body, attachments, channel, created_at }
    }
}

/// One page of a product's reviews, and all its ratings.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewsView {
    /// The reviews in the order asked for.
    pub data: Vec<ReviewView>,
    /// Send it as `cursor` for the next page; null on the last one.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many reviews match in all, with `include=total`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub total: Option<i64>,
    /// How the product is rated in all its reviews, whatever the filter.
    pub ratings: RatingsView,
}

/// How a product is rated.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ratings, example = json!({"count": 6, "average": 4.0, "distribution": {"1": 1, "2": 0, "3": 0, "4": 2, "5": 3}}))]
pub struct RatingsView {
    /// How many ratings there are.
    #[schema(minimum = 0)]
    pub count: i64,
    /// Their mean, with two decimals; null of none.
    #[schema(required, minimum = 1, maximum = 5)]
    pub average: Option<f64>,
    /// How often each rating was given.
    pub distribution: RatingDistributionView,
}

/// How often each rating was given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RatingDistribution, example = json!({"1": 1, "2": 0, "3": 0, "4": 2, "5": 3}))]
pub struct RatingDistributionView {
    /// One star.
    #[serde(rename = "1")]
    #[schema(minimum = 0)]
    pub one: i64,
    /// Two stars.
    #[serde(rename = "2")]
    #[schema(minimum = 0)]
    pub two: i64,
    /// Three stars.
    #[serde(rename = "3")]
    #[schema(minimum = 0)]
    pub three: i64,
    /// Four stars.
    #[serde(rename = "4")]
    #[schema(minimum = 0)]
    pub four: i64,
    /// Five stars.
    #[serde(rename = "5")]
    #[schema(minimum = 0)]
    pub five: i64,
}

impl From<RatingDistribution> for RatingsView {
    fn from(ratings: RatingDistribution) -> Self {
        let [one, two, three, four, five] = ratings.counts();
        Self {
            count: ratings.count(),
            average: ratings.average().map(Hundredths::as_number),
            distribution: RatingDistributionView { one, two, three, four, five },
        }
    }
}
