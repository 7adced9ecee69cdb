//! Reviews of products.

use crate::{
    db::DbConnection,
    domain::{
        paging::{Page, PageRequest},
        product_reviews::{RatingDistribution, Review, ReviewFilter, ReviewSort},
    },
    error::Error,
    repositories::product_reviews as repository,
    services::products,
};

/// A page of a product's reviews, and how often it was given each rating, whatever the filter.
///
/// # Errors
/// `not_found` for a product that is not there.
pub fn list_reviews(
    tx: &mut DbConnection,
    filter: &ReviewFilter,
    page: &PageRequest<ReviewSort>,
) -> Result<(Page<Review>, RatingDistribution), Error> {
    products::get_product(tx, filter.product_id)?;
    Ok((repository::list(tx, filter, page)?, repository::ratings(tx, filter.product_id)?))
}
