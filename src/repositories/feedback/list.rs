//! The list of feedback.

use diesel::{dsl::not, prelude::*};

use super::{FeedbackRow, TextsRow, feedback_of, whole};
use crate::{
    db::{
        DbConnection, DbResult,
        expressions::{Word, row_gt, row_lt},
        schema::{feedback, feedback_tags, feedback_texts},
        sql_types::{Timestamptz, Uuid},
    },
    domain::{
        feedback::{Assignee, Feedback, FeedbackFilter, FeedbackSort},
        ids::Id,
        instants::Instant,
        paging::{Direction, Page, PageRequest, Position, SortOrder},
    },
    on,
};

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        let mut query = $query.into_boxed();
        if let Some(customer_id) = $filter.customer_id {
            // Anonymous feedback owns itself, which is no customer to ask for.
            query = query.filter(feedback::customer_id.eq(customer_id).and(feedback::id.ne(customer_id.cast::<Feedback>())));
        }
        if let Some(status) = $filter.status {
            query = query.filter(feedback::status.eq(status));
        }
        if let Some(feedback_type) = $filter.r#type {
            query = query.filter(feedback::feedback_type.eq(feedback_type));
        }
        if let Some(channel) = $filter.channel {
            query = query.filter(feedback::channel.eq(channel));
        }
        if let Some(priority) = $filter.priority {
            query = query.filter(feedback::priority.eq(priority));
        }
        query = match $filter.assignee {
            Some(Assignee::Of(id)) => query.filter(feedback::assignee_id.eq(id)),
            Some(Assignee::Nobody) => query.filter(feedback::assignee_id.is_null()),
            None => query,
        };
        if let Some(order_id) = $filter.order_id {
            query = query.filter(feedback::order_id.eq(order_id));
        }
        if let Some(product_id) = $filter.product_id {
            query = query.filter(feedback::product_id.eq(product_id));
        }
        if let Some(tag) = &$filter.tag {
            let tagged = feedback_tags::table.filter(feedback_tags::tag.eq(tag.clone())).select(feedback_tags::feedback_id);
            query = query.filter(feedback::id.eq_any(tagged));
        }
        query = match $filter.overdue {
            Some((true, now)) => query.filter(feedback::clock.eq(Word("running")).and(feedback::due_at.lt(now))),
            Some((false, now)) => query.filter(not(feedback::clock.eq(Word("running")).and(feedback::due_at.lt(now)))),
            None => query,
        };
        if let Some(since) = $filter.created_since {
            query = query.filter(feedback::created_at.ge(since));
        }
        if let Some(since) = $filter.updated_since {
            query = query.filter(feedback::updated_at.ge(since));
        }
        query
    }};
}

/// One page in the order of an instant, either way.
macro_rules! paged {
    ($query:expr, $column:expr, $page:expr) => {{
        let direction = $page.sort.direction();
        let mut query = $query;
        if let Some(after) = $page.after {
            let Ok(at) = Instant::from_micros(after.key) else { return Ok(Page { items: Vec::new(), next: None, total: None }) };
            let (left, right) =
                (($column, feedback::id), (at.into_sql::<Timestamptz>(), Id::<Feedback>::from(after.id).into_sql::<Uuid>()));
            query = match direction {
                Direction::Ascending => query.filter(row_gt(left, right)),
                Direction::Descending => query.filter(row_lt(left, right)),
            };
        }
        match direction {
            Direction::Ascending => query.order(($column.asc(), feedback::id.asc())),
            Direction::Descending => query.order(($column.desc(), feedback::id.desc())),
        }
    }};
}

/// A page of feedback with its texts.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, filter: &FeedbackFilter, page: &PageRequest<FeedbackSort>) -> DbResult<Page<Feedback>> {
    let rows: Vec<(FeedbackRow, TextsRow)> = on!(&mut *conn, c => {
        let query = filtered!(whole!(), filter);
        let query = match page.sort {
            FeedbackSort::CreatedAt | FeedbackSort::NewestFirst => paged!(query, feedback::created_at, page),
            FeedbackSort::UpdatedAt | FeedbackSort::LastUpdatedFirst => paged!(query, feedback::updated_at, page),
            FeedbackSort::FirstDueFirst | FeedbackSort::LastDueFirst => paged!(query, feedback::due_at, page),
        };
        query.limit(page.rows()).load(c)
    })?;
    let total = if page.with_total {
        Some(on!(conn, c => filtered!(feedback::table.select(diesel::dsl::count_star()), filter).first(c))?)
    } else {
        None
    };
    let items = rows.into_iter().map(feedback_of).collect();
    Ok(Page::from_rows(items, page, total, |it: &Feedback| Position { key: key_of(it, page.sort), id: it.id.uuid() }))
}

const fn key_of(it: &Feedback, sort: FeedbackSort) -> i64 {
    match sort {
        FeedbackSort::CreatedAt | FeedbackSort::NewestFirst => it.created_at.micros(),
        FeedbackSort::UpdatedAt | FeedbackSort::LastUpdatedFirst => it.updated_at.micros(),
        FeedbackSort::FirstDueFirst | FeedbackSort::LastDueFirst => it.clock.due_at.micros(),
    }
}
