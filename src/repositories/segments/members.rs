//! Who is a member now: each question one statement over the plan of a definition.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::{
    db::{
        DbConnection, DbResult,
        schema::customers,
        segments::{self as statements, Dialect},
    },
    domain::{
        customers::Customer,
        ids::Id,
        instants::Instant,
        paging::{Page, PageRequest, Position},
        segments::{Member, MemberSort, Plan, SeenRow, SegmentPreview},
    },
    on,
};

/// Members that a preview names.
const SAMPLE: i64 = 10;

/// All members, ascending.
///
/// # Errors
/// The database's.
pub fn ids(conn: &mut DbConnection, plan: &Plan) -> DbResult<Vec<Id<Customer>>> {
    let statement = statements::member_ids(Dialect::of(conn), plan);
    Ok(on!(conn, c => statement.load(c))?)
}

/// A page of members by their ids.
///
/// # Errors
/// The database's.
pub fn list(conn: &mut DbConnection, plan: &Plan, page: &PageRequest<MemberSort>) -> DbResult<Page<Member>> {
    let after = page.after.map(|after| after.id.into());
    let statement = statements::member_page(Dialect::of(conn), plan, after, page.rows());
    let rows: Vec<(Id<Customer>, String)> = on!(&mut *conn, c => statement.load(c))?;
    let total = if page.with_total {
        let counting = statements::member_count(Dialect::of(conn), plan);
        Some(on!(conn, c => counting.get_result(c))?)
    } else {
        None
    };
    let items = rows.into_iter().map(|(customer_id, name)| Member { customer_id, name }).collect();
    Ok(Page::from_rows(items, page, total, |member: &Member| Position { key: 0, id: member.customer_id.uuid() }))
}

/// How many members there are, and the newest of them.
///
/// # Errors
/// The database's.
pub fn preview(conn: &mut DbConnection, plan: &Plan) -> DbResult<SegmentPreview> {
    let statement = statements::preview(Dialect::of(conn), plan, SAMPLE);
    let rows: Vec<(Id<Customer>, String, i64)> = on!(&mut *conn, c => statement.load(c))?;
    let customers = on!(conn, c => customers::table.count().get_result(c))?;
    let count = rows.first().map_or(0, |(.., count)| *count);
    let sample = rows.into_iter().map(|(customer_id, name, _)| Member { customer_id, name }).collect();
    Ok(SegmentPreview { count, customers, sample })
}

/// What each leaf, from left to right, makes of one customer; nothing for an id that is nobody's.
///
/// # Errors
/// The database's.
pub fn explain(conn: &mut DbConnection, plan: &Plan, customer: Id<Customer>) -> DbResult<Vec<SeenRow>> {
    type Row = (i64, bool, Option<i64>, Option<String>, Option<Instant>, Option<NaiveDate>);
    let statement = statements::explain(Dialect::of(conn), plan, customer);
    let rows: Vec<Row> = on!(conn, c => statement.load(c))?;
    Ok(rows.into_iter().map(|(_, matches, number, text, at, day)| SeenRow { matches, number, text, at, day }).collect())
}
