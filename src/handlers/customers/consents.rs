//! `/v1/customers/{id}/consents`.

use actix_web::{HttpRequest, HttpResponse, get, put};

use crate::{
    domain::{
        consents::{ConsentDraft, ConsentEventSearch, ContactChannel, ContactPurpose},
        customers::Customer,
        ids::Id,
    },
    dto::consents::{ConsentEventView, ConsentView, ListConsentEvents},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadCustomers, WriteCustomers},
        conditional::Known,
        extract::{Body, Params, Path},
        paging::{self, PageView, whole},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::consents::{self, Heard},
};

/// List a customer's consents
///
/// What holds now, by channel and purpose: all in one page. Of what was never said there is none.
#[utoipa::path(tag = "Contacts", params(("id" = Uuid, Path, description = "The customer's id.")), security(("bearer" = ["customers:read"])),
    responses((status = 200, description = "The consents.", body = PageView<ConsentView>)))]
#[get("/{id}/consents")]
pub async fn list_consents(_auth: Allowed<ReadCustomers>, id: Path<Id<Customer>>, app: AppData) -> Result<HttpResponse, Problem> {
    let found = app.db.read(move |tx| consents::list_consents(tx, id.0)).await?;
    Ok(whole(found.into_iter().map(ConsentView::from).collect()))
}

/// List the history of a customer's consents
///
/// Everything that was ever heard, the newest first unless sorted otherwise; also what was weaker than something known, and so changed nothing.
#[utoipa::path(tag = "Contacts", params(("id" = Uuid, Path, description = "The customer's id."), ListConsentEvents),
    security(("bearer" = ["customers:read"])), responses((status = 200, description = "A page of the history.", body = PageView<ConsentEventView>)))]
#[get("/{id}/consents/history")]
pub async fn list_consent_events(
    _auth: Allowed<ReadCustomers>,
    id: Path<Id<Customer>>,
    params: Params<ListConsentEvents>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let search = ConsentEventSearch::from(params.0);
    let found = app.db.read(move |tx| consents::list_consent_events(tx, id.0, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(ConsentEventView::from), sort))
}

/// Read a consent
///
/// What holds of one channel and purpose; 404 when nothing was ever said of it.
#[utoipa::path(tag = "Contacts",
    params(("id" = Uuid, Path, description = "The customer's id."), ("channel" = ContactChannel, Path, description = "The way to the customer."),
        ("purpose" = ContactPurpose, Path, description = "What they are written to for.")),
    security(("bearer" = ["customers:read"])), responses((status = 200, description = "The consent.", body = ConsentView)))]
#[get("/{id}/consents/{channel}/{purpose}")]
pub async fn get_consent(
    _auth: Allowed<ReadCustomers>,
    path: Path<(Id<Customer>, ContactChannel, ContactPurpose)>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (customer_id, channel, purpose) = path.0;
    let consent = app.db.query(move |conn| consents::get_consent(conn, customer_id, channel, purpose)).await?;
    Ok(known.answer(consent.version, &ConsentView::from(consent)))
}

/// Tell what a customer said of a consent
///
/// The answer is what holds now, which need not be what was sent. What was said last (`at`) holds, in whatever order it is heard; of a grant and a withdrawal
/// of the same instant the withdrawal. A grant with the source `import` is the weakest: it never upgrades a withdrawal, whenever that was. Whatever is heard
/// is kept in the history; the same words again change nothing.
#[utoipa::path(tag = "Contacts",
    params(("id" = Uuid, Path, description = "The customer's id."), ("channel" = ContactChannel, Path, description = "The way to the customer."),
        ("purpose" = ContactPurpose, Path, description = "What they are written to for.")),
    request_body = ConsentDraft, security(("bearer" = ["customers:write"])),
    responses((status = 200, description = "What holds now.", body = ConsentView), (status = 201, description = "The first thing that was said.", body = ConsentView)))]
#[put("/{id}/consents/{channel}/{purpose}")]
pub async fn put_consent(
    auth: Allowed<WriteCustomers>,
    path: Path<(Id<Customer>, ContactChannel, ContactPurpose)>,
    write: WriteRequest,
    body: Body<ConsentDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (customer_id, channel, purpose) = path.0;
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let heard = Heard { customer_id, channel, purpose, actor: &context.actor };
        let (consent, is_new) = consents::hear(tx, context.now, &heard, &context.precondition, body.value)?;
        let location = format!("/v1/customers/{customer_id}/consents/{channel}/{purpose}");
        answer::put(is_new, location, consent.version, &ConsentView::from(consent))
    })
    .await
}
