//! `/v1/products/{id}/reviews`.

use actix_web::{HttpRequest, HttpResponse, get};

use crate::{
    domain::{catalogue::Product, ids::Id},
    dto::product_reviews::{ListReviews, ReviewView, ReviewsView},
    http::{
        app::AppData,
        auth::{Allowed, ReadCatalogue},
        extract::{Params, Path},
        paging,
        problem::Problem,
    },
    services::product_reviews,
};

/// List a product's reviews
///
/// The newest first unless sorted otherwise, with the distribution of all its ratings. They are what anybody may read: who wrote them is not told here.
#[utoipa::path(tag = "Catalogue", params(("id" = Uuid, Path, description = "The product's id."), ListReviews),
    security(("bearer" = ["catalogue:read"])), responses((status = 200, description = "A page of reviews.", body = ReviewsView)))]
#[get("/{id}/reviews")]
pub async fn list_product_reviews(
    _auth: Allowed<ReadCatalogue>,
    id: Path<Id<Product>>,
    params: Params<ListReviews>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort, filter) = (params.0.page(&request)?, params.0.sort(), params.0.filter(id.0));
    let (found, ratings) = app.db.read(move |tx| product_reviews::list_reviews(tx, &filter, &page)).await?;
    Ok(paging::answer_with(&request, found.map(ReviewView::from), sort, |page| ReviewsView {
        data: page.data,
        next_cursor: page.next_cursor,
        total: page.total,
        ratings: ratings.into(),
    }))
}
