//! Feedback with its texts. What is known of feedback by its id alone is found through the index on `id`; from then on every query names the owner first.

use diesel::prelude::*;

use crate::{
    db::{
        DbConnection, DbResult,
        schema::{feedback, feedback_tags, feedback_texts},
        sql_types::Json,
    },
    domain::{
        catalogue::Product,
        customers::Customer,
        external_refs::ExternalRef,
        feedback::{
            Attachment, ClockState, Feedback, FeedbackChannel, FeedbackClock, FeedbackDraft, FeedbackPriority, FeedbackStatus,
            FeedbackType, Outcome,
        },
        ids::Id,
        instants::Instant,
        orders::Order,
        staff::User,
        value_score::Tier,
    },
    insert_many, on, on_locked,
};

pub mod due;
pub mod events;
mod list;

pub use list::list;

/// What is counted and sorted by.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = feedback, primary_key(customer_id, id), treat_none_as_default_value = false, treat_none_as_null = true)]
struct FeedbackRow {
    customer_id: Id<Customer>,
    id: Id<Feedback>,
    feedback_type: FeedbackType,
    channel: FeedbackChannel,
    priority: FeedbackPriority,
    tier: Option<Tier>,
    order_id: Option<Id<Order>>,
    line_no: Option<i32>,
    product_id: Option<Id<Product>>,
    rating: Option<i32>,
    status: FeedbackStatus,
    clock: ClockState,
    assignee_id: Option<Id<User>>,
    first_answer_due_at: Instant,
    due_at: Instant,
    breach_at: Option<Instant>,
    first_answered_at: Option<Instant>,
    waiting_since: Option<Instant>,
    resolved_at: Option<Instant>,
    closes_at: Option<Instant>,
    closed_at: Option<Instant>,
    paused_seconds: i64,
    first_answer_seconds: Option<i64>,
    resolution_seconds: Option<i64>,
    first_answer_breached: bool,
    resolution_breached: bool,
    reopened_count: i32,
    outcome: Option<Outcome>,
    version: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// What people read.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = feedback_texts, primary_key(customer_id, feedback_id), treat_none_as_default_value = false, treat_none_as_null = true)]
struct TextsRow {
    customer_id: Id<Customer>,
    feedback_id: Id<Feedback>,
    subject: Option<String>,
    body: Option<String>,
    attachments: Json<Vec<Attachment>>,
    tags: Json<Vec<String>>,
    external_refs: Json<Vec<ExternalRef>>,
    resolution: Option<String>,
    outcome_comment: Option<String>,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = feedback_tags, treat_none_as_default_value = false)]
struct TagRow {
    customer_id: Id<Customer>,
    feedback_id: Id<Feedback>,
    tag: String,
}

fn feedback_of((row, texts): (FeedbackRow, TextsRow)) -> Feedback {
    Feedback {
        id: row.id,
        draft: FeedbackDraft {
            r#type: row.feedback_type,
            channel: row.channel,
            customer_id: Some(Some(row.customer_id).filter(|owner| owner.uuid() != row.id.uuid())),
            order_id: row.order_id,
            line_no: row.line_no,
            product_id: row.product_id,
            subject: texts.subject,
            body: texts.body,
            rating: row.rating,
            priority: row.priority,
            attachments: texts.attachments.0,
            tags: texts.tags.0,
            external_refs: texts.external_refs.0,
        },
        tier: row.tier,
        status: row.status,
        clock: FeedbackClock {
            started_at: row.created_at,
            first_answer_due_at: row.first_answer_due_at,
            due_at: row.due_at,
            first_answered_at: row.first_answered_at,
            waiting_since: row.waiting_since,
            resolved_at: row.resolved_at,
            paused_seconds: row.paused_seconds,
            first_answer_seconds: row.first_answer_seconds,
            resolution_seconds: row.resolution_seconds,
            first_answer_breached: row.first_answer_breached,
            resolution_breached: row.resolution_breached,
        },
        assignee_id: row.assignee_id,
        resolution: texts.resolution,
        outcome: row.outcome,
        outcome_comment: texts.outcome_comment,
        closes_at: row.closes_at,
        closed_at: row.closed_at,
        reopened_count: row.reopened_count,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

impl From<&Feedback> for FeedbackRow {
    fn from(it: &Feedback) -> Self {
        Self {
            customer_id: it.owner(),
            id: it.id,
            feedback_type: it.draft.r#type,
            channel: it.draft.channel,
            priority: it.draft.priority,
            tier: it.tier,
            order_id: it.draft.order_id,
            line_no: it.draft.line_no,
            product_id: it.draft.product_id,
            rating: it.draft.rating,
            status: it.status,
            clock: it.clock_state(),
            assignee_id: it.assignee_id,
            first_answer_due_at: it.clock.first_answer_due_at,
            due_at: it.clock.due_at,
            breach_at: it.breach_at(),
            first_answered_at: it.clock.first_answered_at,
            waiting_since: it.clock.waiting_since,
            resolved_at: it.clock.resolved_at,
            closes_at: it.closes_at,
            closed_at: it.closed_at,
            paused_seconds: it.clock.paused_seconds,
            first_answer_seconds: it.clock.first_answer_seconds,
            resolution_seconds: it.clock.resolution_seconds,
            first_answer_breached: it.clock.first_answer_breached,
            resolution_breached: it.clock.resolution_breached,
            reopened_count: it.reopened_count,
            outcome: it.outcome,
            version: it.version,
            created_at: it.created_at,
            updated_at: it.updated_at,
        }
    }
}

impl From<&Feedback> for TextsRow {
    fn from(it: &Feedback) -> Self {
        let draft = it.draft.clone();
        Self {
            customer_id: it.owner(),
            feedback_id: it.id,
            subject: draft.subject,
            body: draft.body,
            attachments: Json(draft.attachments),
            tags: Json(draft.tags),
            external_refs: Json(draft.external_refs),
            resolution: it.resolution.clone(),
            outcome_comment: it.outcome_comment.clone(),
        }
    }
}

/// Feedback beside its texts.
macro_rules! whole {
    () => {
        feedback::table
            .inner_join(
                feedback_texts::table
                    .on(feedback_texts::customer_id.eq(feedback::customer_id).and(feedback_texts::feedback_id.eq(feedback::id))),
            )
            .select((FeedbackRow::as_select(), TextsRow::as_select()))
    };
}
use whole;

/// Feedback by its id.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut DbConnection, id: Id<Feedback>) -> DbResult<Option<Feedback>> {
    let found: Option<(FeedbackRow, TextsRow)> = on!(conn, c => whole!().filter(feedback::id.eq(id)).first(c).optional())?;
    Ok(found.map(feedback_of))
}

/// Feedback whose row stays locked until the transaction ends.
///
/// # Errors
/// The database's.
pub fn find_for_update(conn: &mut DbConnection, id: Id<Feedback>) -> DbResult<Option<Feedback>> {
    let found = lock(conn, id)?;
    // While we waited for the row, the feedback may have found its customer: then it stands in another row, which only a new look shows.
    if found.is_some() { Ok(found) } else { lock(conn, id) }
}

fn lock(conn: &mut DbConnection, id: Id<Feedback>) -> DbResult<Option<Feedback>> {
    let row: Option<FeedbackRow> =
        on_locked!(&mut *conn, c, feedback::table.filter(feedback::id.eq(id)).select(FeedbackRow::as_select()) => first).optional()?;
    let Some(row) = row else { return Ok(None) };
    let own = feedback_texts::table.find((row.customer_id, row.id));
    let texts: TextsRow = on!(conn, c => own.select(TextsRow::as_select()).first(c))?;
    Ok(Some(feedback_of((row, texts))))
}

/// Stores new feedback.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut DbConnection, new: &[Feedback]) -> DbResult<()> {
    let rows: Vec<FeedbackRow> = new.iter().map(FeedbackRow::from).collect();
    insert_many!(&mut *conn, feedback::table, &rows)?;
    let rows: Vec<TextsRow> = new.iter().map(TextsRow::from).collect();
    insert_many!(&mut *conn, feedback_texts::table, &rows)?;
    insert_tags(conn, new.iter().flat_map(|it| it.draft.tags.iter().map(move |tag| (it, tag))))
}

fn insert_tags<'a>(conn: &mut DbConnection, new: impl Iterator<Item = (&'a Feedback, &'a String)>) -> DbResult<()> {
    let rows: Vec<TagRow> = new.map(|(it, tag)| TagRow { customer_id: it.owner(), feedback_id: it.id, tag: tag.clone() }).collect();
    Ok(insert_many!(conn, feedback_tags::table, &rows)?)
}

/// Stores feedback that was there before, under the same owner.
///
/// # Errors
/// The database's.
pub fn update(conn: &mut DbConnection, before: &Feedback, after: &Feedback) -> DbResult<()> {
    let row = FeedbackRow::from(after);
    on!(&mut *conn, c => diesel::update(feedback::table.find((row.customer_id, row.id))).set(&row).execute(c))?;
    let texts = TextsRow::from(after);
    on!(&mut *conn, c => diesel::update(feedback_texts::table.find((row.customer_id, row.id))).set(&texts).execute(c))?;
    if before.draft.tags == after.draft.tags {
        return Ok(());
    }
    let own = feedback_tags::table.filter(feedback_tags::customer_id.eq(row.customer_id).and(feedback_tags::feedback_id.eq(row.id)));
    on!(&mut *conn, c => diesel::delete(own).execute(c))?;
    insert_tags(conn, after.draft.tags.iter().map(|tag| (after, tag)))
}

/// Takes feedback out of its owner's rows, with its texts, tags and history.
///
/// # Errors
/// The database's.
pub fn delete(conn: &mut DbConnection, it: &Feedback) -> DbResult<()> {
    on!(conn, c => diesel::delete(feedback::table.find((it.owner(), it.id))).execute(c))?;
    Ok(())
}
