//! How satisfied customers are, in their own rows.

use diesel::prelude::*;

use crate::{
    db::{
        DbConnection, DbResult,
        schema::{customers, feedback},
    },
    domain::{
        customers::{Customer, SatisfactionChange},
        feedback::FeedbackType,
        ids::Id,
        instants::Instant,
    },
    on,
};

/// The rating of a customer's last review: the one that came in last.
///
/// # Errors
/// The database's.
pub fn last_rating(conn: &mut DbConnection, id: Id<Customer>) -> DbResult<Option<i32>> {
    let reviews = feedback::table
        .filter(feedback::customer_id.eq(id).and(feedback::feedback_type.eq(FeedbackType::Review)))
        .order((feedback::created_at.desc(), feedback::id.desc()))
        .select(feedback::rating);
    Ok(on!(conn, c => reviews.first::<Option<i32>>(c).optional())?.flatten())
}

/// Counts a change into a customer's row, which is another version of the customer. Added in the database, so that two changes at once both count.
///
/// # Errors
/// The database's.
pub fn change(conn: &mut DbConnection, id: Id<Customer>, now: Instant, change: SatisfactionChange) -> DbResult<()> {
    let changes = (
        customers::open_complaints.eq(customers::open_complaints + change.complaints),
        change.rating.map(|rating| customers::last_rating.eq(rating)),
        change.nps.map(|nps| customers::last_nps.eq(nps)),
        customers::version.eq(customers::version + 1),
        customers::updated_at.eq(now),
    );
    on!(conn, c => diesel::update(customers::table.find(id)).set(changes).execute(c))?;
    Ok(())
}
