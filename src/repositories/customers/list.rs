//! The list of customers.

use diesel::{
    dsl::{exists, not},
    prelude::*,
    sql_types::Bool,
};

use super::{CardRow, CustomerRow, with_card};
use crate::{
    db::{
        DbConnection, DbResult,
        expressions::{row_gt, row_lt},
        schema::{cards as cards_table, customer_terms, customers, scores},
        sql_types::{Timestamptz, Uuid},
    },
    domain::{
        TextEnum,
        customers::{Customer, CustomerSearch, CustomerSort, search_terms::tag_term},
        ids::Id,
        instants::Instant,
        paging::{Direction, Page, PageRequest, Position, SortOrder},
        scoring_runs::ScoringRun,
        value_score::Tier,
    },
    on,
};

/// Adds the filters to a boxed query; written once for the page and for the count.
macro_rules! filtered {
    ($query:expr, $filter:expr, $run:expr) => {{
        let mut query = $query.into_boxed();
        for word in &$filter.words {
            // Everything that begins with the word: from the word itself to the last text that does.
            let found = customer_terms::table
                .filter(customer_terms::term.ge(word.clone()).and(customer_terms::term.lt(format!("{word}\u{10FFFF}"))))
                .select(customer_terms::customer_id);
            query = query.filter(customers::id.eq_any(found));
        }
        if let Some(tag) = &$filter.tag {
            let found = customer_terms::table.filter(customer_terms::term.eq(tag_term(tag))).select(customer_terms::customer_id);
            query = query.filter(customers::id.eq_any(found));
        }
        if let Some(lifecycle) = $filter.lifecycle {
            query = query.filter(customers::lifecycle.eq(lifecycle));
        }
        if let Some(kind) = $filter.kind {
            query = query.filter(customers::kind.eq(kind));
        }
        // Without a run everybody is a prospect, and so is whoever opted out of profiling, whatever the run has frozen.
        match ($filter.tier, $run) {
            (Some(Tier::Prospect), None) | (None, _) => {}
            (Some(_), None) => query = query.filter(false.into_sql::<Bool>()),
            (Some(Tier::Prospect), Some(run)) => {
                let scored = scores::table.filter(scores::customer_id.eq(customers::id).and(scores::run_id.eq(run)));
                query = query.filter(customers::profiling_opt_out.or(not(exists(scored))));
            }
            (Some(tier), Some(run)) => {
                let scored = scores::table
                    .filter(scores::customer_id.eq(customers::id).and(scores::run_id.eq(run)).and(scores::tier.eq(tier.as_str())));
                query = query.filter(exists(scored).and(not(customers::profiling_opt_out)));
            }
        }
        if let Some(since) = $filter.updated_since {
            query = query.filter(customers::updated_at.ge(since));
        }
        query
    }};
}

/// A page of customers; `run` is the current scoring run, which `tier` is looked up in.
///
/// # Errors
/// The database's.
pub fn list(
    conn: &mut DbConnection,
    search: &CustomerSearch,
    run: Option<Id<ScoringRun>>,
    page: &PageRequest<CustomerSort>,
) -> DbResult<Page<Customer>> {
    let by_update = matches!(page.sort, CustomerSort::UpdatedAt | CustomerSort::LastUpdatedFirst);
    let rows: Vec<(CustomerRow, Option<CardRow>)> = on!(&mut *conn, c => {
        let mut query = filtered!(with_card!(), search, run);
        if let Some(after) = page.after {
            let id = Id::<Customer>::from(after.id);
            // Ids are made in the order of creation, so that the id alone sorts by created_at.
            query = match (by_update, page.sort.direction()) {
                (false, Direction::Ascending) => query.filter(customers::id.gt(id)),
                (false, Direction::Descending) => query.filter(customers::id.lt(id)),
                (true, direction) => {
                    let Ok(at) = Instant::from_micros(after.key) else { return Ok(Page { items: Vec::new(), next: None, total: None }) };
                    let (left, right) = ((customers::updated_at, customers::id), (at.into_sql::<Timestamptz>(), id.into_sql::<Uuid>()));
                    match direction {
                        Direction::Ascending => query.filter(row_gt(left, right)),
                        Direction::Descending => query.filter(row_lt(left, right)),
                    }
                }
            };
        }
        query = match page.sort {
            CustomerSort::CreatedAt => query.order(customers::id.asc()),
            CustomerSort::NewestFirst => query.order(customers::id.desc()),
            CustomerSort::UpdatedAt => query.order((customers::updated_at.asc(), customers::id.asc())),
            CustomerSort::LastUpdatedFirst => query.order((customers::updated_at.desc(), customers::id.desc())),
        };
        query.limit(page.rows()).load(c)
    })?;
    let total = if page.with_total {
        Some(on!(conn, c => filtered!(customers::table.select(diesel::dsl::count_star()), search, run).first(c))?)
    } else {
        None
    };
    let items = rows.into_iter().map(|(row, card)| row.into_customer(card)).collect();
    Ok(Page::from_rows(items, page, total, |customer: &Customer| Position {
        key: if by_update { customer.updated_at.micros() } else { 0 },
        id: customer.id.uuid(),
    }))
}
