//! `/v1/feedback`.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, put};

use crate::{
    db::DbConnection,
    domain::{
        customers::Customer,
        feedback::{Feedback, FeedbackDraft},
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        precondition::Precondition,
    },
    dto::feedback::{FeedbackView, ListCustomerFeedback, ListFeedback},
    error::Error,
    http::{
        answer::{self, Answer},
        app::AppData,
        auth::{Allowed, ReadFeedback, WriteFeedback},
        batch::{self, BatchBody, BatchOf, BatchResults, Upserted},
        conditional::Known,
        extract::{Body, CheckedRef, Params, Path, RefPath},
        paging::{self, PageView},
        patch::MergePatch,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::feedback,
};

pub mod outcome;
pub mod steps;

/// The feedback as it is now, with its history.
fn whole(tx: &mut DbConnection, found: Feedback) -> Result<FeedbackView, Error> {
    let history = feedback::history(tx, &found)?;
    Ok(FeedbackView::whole(found, history))
}

/// The answer to a change of feedback.
fn changed(tx: &mut DbConnection, after: Feedback) -> Result<Answer, Error> {
    answer::ok(after.version, &whole(tx, after)?)
}

/// List feedback
///
/// Without its history; the newest first unless sorted otherwise. One's own queue is `assignee_id=me&sort=due_at`, what nobody works on yet `assignee_id=none`, and
/// what is late `overdue=true`.
#[utoipa::path(tag = "Feedback", params(ListFeedback), security(("bearer" = ["feedback:read"])),
    responses((status = 200, description = "A page of feedback.", body = PageView<FeedbackView>)))]
#[get("")]
pub async fn list_feedback(
    auth: Allowed<ReadFeedback>,
    params: Params<ListFeedback>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let filter = params.0.filter(&auth.actor, app.clock.now())?;
    let found = app.db.query(move |conn| feedback::list_feedback(conn, &filter, &page)).await?;
    Ok(paging::answer(&request, found.map(FeedbackView::from), sort))
}

/// List a customer's feedback
///
/// Without its history; the newest first unless sorted otherwise.
#[utoipa::path(tag = "Feedback", params(("id" = Uuid, Path, description = "The customer's id."), ListCustomerFeedback),
    security(("bearer" = ["feedback:read"])), responses((status = 200, description = "A page of feedback.", body = PageView<FeedbackView>)))]
#[get("/{id}/feedback")]
pub async fn list_customer_feedback(
    _auth: Allowed<ReadFeedback>,
    id: Path<Id<Customer>>,
    params: Params<ListCustomerFeedback>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let filter = params.0.into();
    let found = app.db.read(move |tx| feedback::list_of_customer(tx, id.0, filter, &page)).await?;
    Ok(paging::answer(&request, found.map(FeedbackView::from), sort))
}

/// Take feedback in
///
/// From a known customer or somebody unknown, about an order, one of its lines, a product, or the shop. The clock begins: what is promised for its type, its
/// priority and the customer's tier is in `first_answer_due_at` and `due_at`.
#[utoipa::path(tag = "Feedback", request_body = FeedbackDraft, security(("bearer" = ["feedback:write"])),
    responses((status = 201, description = "The new feedback.", body = FeedbackView)))]
#[post("")]
pub async fn create_feedback(
    auth: Allowed<WriteFeedback>,
    write: WriteRequest,
    body: Body<FeedbackDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let new = feedback::create_feedback(tx, &context.actor, context.now, body.value)?;
        answer::created(format!("/v1/feedback/{}", new.id), new.version, &whole(tx, new)?)
    })
    .await
}

/// Read feedback
///
/// With its history.
#[utoipa::path(tag = "Feedback", params(("id" = Uuid, Path, description = "The feedback's id.")), security(("bearer" = ["feedback:read"])),
    responses((status = 200, description = "The feedback.", body = FeedbackView)))]
#[get("/{id}")]
pub async fn get_feedback(
    _auth: Allowed<ReadFeedback>,
    id: Path<Id<Feedback>>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let found = app.db.read(move |tx| feedback::get_feedback(tx, id.0).and_then(|found| whole(tx, found))).await?;
    Ok(known.answer(found.version, &found))
}

/// Correct feedback
///
/// JSON Merge Patch of what was said and what it is about. `customer_id` claims anonymous feedback for a customer; feedback that has a customer keeps them. Another type or
/// priority has other service targets, which count from intake too. How far it has come changes through its actions.
#[utoipa::path(tag = "Feedback", params(("id" = Uuid, Path, description = "The feedback's id.")), request_body = MergePatch<FeedbackDraft>,
    security(("bearer" = ["feedback:write"])), responses((status = 200, description = "The feedback as it is now.", body = FeedbackView)))]
#[patch("/{id}")]
pub async fn update_feedback(
    auth: Allowed<WriteFeedback>,
    id: Path<Id<Feedback>>,
    write: WriteRequest,
    body: Body<MergePatch<FeedbackDraft>>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let change = |known: &FeedbackDraft| body.value.apply(known);
        let after = feedback::update_feedback(tx, &context.actor, context.now, id.0, &context.precondition, change)?;
        changed(tx, after)
    })
    .await
}

/// Read feedback by reference
///
/// By what another system calls the feedback.
#[utoipa::path(tag = "Feedback", params(RefPath), security(("bearer" = ["feedback:read"])),
    responses((status = 200, description = "The feedback.", body = FeedbackView)))]
#[get("/by-ref/{system}/{id}")]
pub async fn get_feedback_by_ref(
    _auth: Allowed<ReadFeedback>,
    reference: CheckedRef,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let identifier = Identifier::reference(IdentifierKind::FeedbackRef, &reference.0);
    let found = app.db.read(move |tx| feedback::find_feedback(tx, &identifier).and_then(|found| whole(tx, found))).await?;
    Ok(known.answer(found.version, &found))
}

/// Create or replace feedback by reference
///
/// What was said in the feedback that another system calls so is replaced as a whole; when there is none it is taken in. How far it has come stays. Left out,
/// `customer_id` stays as it was; null is 422 `immutable` for feedback that has a customer.
#[utoipa::path(tag = "Feedback", params(RefPath), request_body = FeedbackDraft, security(("bearer" = ["feedback:write"])),
    responses((status = 200, description = "Replaced.", body = FeedbackView), (status = 201, description = "Taken in.", body = FeedbackView)))]
#[put("/by-ref/{system}/{id}")]
pub async fn put_feedback_by_ref(
    auth: Allowed<WriteFeedback>,
    reference: CheckedRef,
    write: WriteRequest,
    body: Body<FeedbackDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let (after, is_new) = feedback::put_feedback(tx, &context.actor, context.now, &reference.0, &context.precondition, body.value)?;
        let location = format!("/v1/feedback/{}", after.id);
        answer::put(is_new, location, after.version, &whole(tx, after)?)
    })
    .await
}

/// Create or replace much feedback
///
/// Up to 1,000 upserts by reference, each answered in order with its own status; one bad item never sinks the rest.
#[utoipa::path(tag = "Feedback", request_body = BatchOf<FeedbackDraft>, security(("bearer" = ["feedback:write"])),
    responses((status = 200, description = "What became of each item.", body = BatchResults)))]
#[post("/batch")]
pub async fn batch_feedback(
    auth: Allowed<WriteFeedback>,
    write: WriteRequest,
    body: BatchBody,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        batch::run(tx, &context.request_id, "/v1/feedback", body.value, |tx, reference, draft| {
            let (after, is_new) = feedback::put_feedback(tx, &context.actor, context.now, reference, &Precondition::None, draft)?;
            Ok(Upserted { id: after.id.uuid(), version: after.version, is_new })
        })
    })
    .await
}
