//! Reviews of products: the feedback of a product that rates it.

use diesel::prelude::*;

use crate::{
    db::{
        DbConnection, DbResult,
        expressions::{row_gt, row_lt},
        schema::{feedback, feedback_texts},
        sql_types::{Json, Timestamptz, Uuid},
    },
    domain::{
        catalogue::Product,
        feedback::{Attachment, Feedback, FeedbackChannel},
        ids::Id,
        instants::Instant,
        paging::{Direction, Page, PageRequest, Position, SortOrder},
        product_reviews::{RatingDistribution, Review, ReviewFilter, ReviewSort},
    },
    on,
};

type Columns = (Id<Feedback>, Option<i32>, Option<String>, Option<String>, Json<Vec<Attachment>>, FeedbackChannel, Instant);

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        // Nothing but a review has a rating.
        let query = $query.filter(feedback::product_id.eq($filter.product_id).and(feedback::rating.is_not_null())).into_boxed();
        match $filter.rating {
            Some(rating) => query.filter(feedback::rating.eq(rating)),
            None => query,
        }
    }};
}

/// A page of reviews.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, filter: &ReviewFilter, page: &PageRequest<ReviewSort>) -> DbResult<Page<Review>> {
    let texts = feedback_texts::customer_id.eq(feedback::customer_id).and(feedback_texts::feedback_id.eq(feedback::id));
    let rows: Vec<Columns> = on!(&mut *conn, c => {
        let mut query = filtered!(
            feedback::table.inner_join(feedback_texts::table.on(texts)).select((
                feedback::id,
                feedback::rating,
                feedback_texts::subject,
                feedback_texts::body,
                feedback_texts::attachments,
                feedback::channel,
                feedback::created_at,
            )),
            filter
        );
        let direction = page.sort.direction();
        if let Some(after) = page.after {
            let Ok(at) = Instant::from_micros(after.key) else { return Ok(Page { items: Vec::new(), next: None, total: None }) };
            let id = Id::<Feedback>::from(after.id);
            let (left, right) = ((feedback::created_at, feedback::id), (at.into_sql::<Timestamptz>(), id.into_sql::<Uuid>()));
            query = match direction {
                Direction::Ascending => query.filter(row_gt(left, right)),
                Direction::Descending => query.filter(row_lt(left, right)),
            };
        }
        query = match direction {
            Direction::Ascending => query.order((feedback::created_at.asc(), feedback::id.asc())),
            Direction::Descending => query.order((feedback::created_at.desc(), feedback::id.desc())),
        };
        query.limit(page.rows()).load(c)
    })?;
    let total = if page.with_total {
        Some(on!(conn, c => filtered!(feedback::table.select(diesel::dsl::count_star()), filter).first(c))?)
    } else {
        None
    };
    let items = rows.into_iter().map(review).collect();
    Ok(Page::from_rows(items, page, total, |review: &Review| Position { key: review.created_at.micros(), id: review.id.uuid() }))
}

fn review((id, rating, subject, body, attachments, channel, created_at): Columns) -> Review {
    Review { id, rating: rating.unwrap_or_default(), subject, body, attachments: attachments.0, channel, created_at }
}

/// How often a product was given each rating.
///
/// # Errors
/// The database's.
pub fn ratings(conn: &mut DbConnection, product: Id<Product>) -> DbResult<RatingDistribution> {
    let reviews = feedback::table.filter(feedback::product_id.eq(product).and(feedback::rating.is_not_null()));
    let counted: Vec<(Option<i32>, i64)> =
        on!(conn, c => reviews.group_by(feedback::rating).select((feedback::rating, diesel::dsl::count_star())).load(c))?;
    Ok(RatingDistribution::new(counted.into_iter().filter_map(|(rating, count)| Some((rating?, count)))))
}
