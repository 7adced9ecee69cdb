//! What reports count. One statement reads the few columns of each feedback that are counted; to sort them in the database, twice for each group, takes
//! several times as long.

use std::collections::HashMap;

use diesel::{connection::DefaultLoadingMode, prelude::*};

use crate::{
    db::{
        DbConnection, DbError, DbResult,
        schema::{categories, feedback, products, staff},
    },
    domain::{
        TextEnum,
        catalogue::{Category, Product},
        feedback::{FeedbackChannel, FeedbackType, Outcome},
        feedback_reports::{FeedbackFacts, FeedbackGrouping, FeedbackTallies, GroupKey, ReportRequest},
        ids::Id,
        staff::User,
        value_score::Tier,
    },
    on,
};

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = feedback)]
struct FactsRow {
    first_answer_seconds: Option<i64>,
    resolution_seconds: Option<i64>,
    first_answer_breached: bool,
    resolution_breached: bool,
    reopened_count: i32,
    rating: Option<i32>,
    outcome: Option<Outcome>,
}

impl From<FactsRow> for FeedbackFacts {
    fn from(row: FactsRow) -> Self {
        let FactsRow {
            first_answer_seconds,
            resolution_seconds,
            first_answer_breached,
            resolution_breached,
            reopened_count,
            rating,
            outcome,
        } = row;
        Self { first_answer_seconds, resolution_seconds, first_answer_breached, resolution_breached, reopened_count, rating, outcome }
    }
}

/// Adds up the feedback of `$source` by a column that is null or becomes a key.
macro_rules! tally {
    ($conn:expr, $request:expr, $source:expr, $column:expr, $type:ty, $key:expr) => {{
        let mut tallies = FeedbackTallies::default();
        let came_in = feedback::created_at.ge($request.from).and(feedback::created_at.lt($request.to));
        on!($conn, c => {
            let rows = $source.filter(came_in).select(($column, FactsRow::as_select()));
            for row in rows.load_iter::<(Option<$type>, FactsRow), DefaultLoadingMode>(c).map_err(DbError::from)? {
            let (key, facts) = row.map_err(DbError::from)?;
            tallies.add(key.map($key), &facts.into());
            }
        });
        Ok(tallies)
    }};
}

/// Adds up the feedback of a period.
///
/// # Errors
/// The database's.
pub fn tally(conn: &mut DbConnection, request: &ReportRequest) -> DbResult<FeedbackTallies> {
    use FeedbackGrouping as By;
    let all = feedback::table;
    match request.grouping {
        By::Type => tally!(conn, request, all, feedback::feedback_type.nullable(), FeedbackType, |it| GroupKey::Word(it.as_str())),
        By::Channel => tally!(conn, request, all, feedback::channel.nullable(), FeedbackChannel, |it| GroupKey::Word(it.as_str())),
        By::Tier => tally!(conn, request, all, feedback::tier, Tier, |it| GroupKey::Word(it.as_str())),
        By::Product => tally!(conn, request, all, feedback::product_id, Id<Product>, |it| GroupKey::Id(it.cast())),
        By::Assignee => tally!(conn, request, all, feedback::assignee_id, Id<User>, |it| GroupKey::Id(it.cast())),
        By::Category => {
            let with_products = all.left_join(products::table.on(feedback::product_id.eq(products::id.nullable())));
            tally!(conn, request, with_products, products::category_id.nullable(), Id<Category>, |it| GroupKey::Id(it.cast()))
        }
    }
}

/// The names of what `grouping` groups by, where it has some.
///
/// # Errors
/// The database's.
pub fn labels(conn: &mut DbConnection, grouping: FeedbackGrouping, ids: &[Id<()>]) -> DbResult<HashMap<Id<()>, String>> {
    let found: Vec<(Id<()>, String)> = match grouping {
        FeedbackGrouping::Type | FeedbackGrouping::Channel | FeedbackGrouping::Tier => Vec::new(),
        FeedbackGrouping::Product => {
            on!(conn, c => products::table.filter(products::id.eq_any(ids)).select((products::id, products::title)).load(c))?
        }
        FeedbackGrouping::Category => {
            on!(conn, c => categories::table.filter(categories::id.eq_any(ids)).select((categories::id, categories::name)).load(c))?
        }
        FeedbackGrouping::Assignee => {
            let of_staff = staff::table.filter(staff::id.eq_any(ids)).select((staff::id, staff::name, staff::email));
            let people: Vec<(Id<()>, Option<String>, String)> = on!(conn, c => of_staff.load(c))?;
            people.into_iter().map(|(id, name, email)| (id, name.unwrap_or(email))).collect()
        }
    };
    Ok(found.into_iter().collect())
}
