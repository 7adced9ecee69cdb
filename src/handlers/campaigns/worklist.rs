//! `/v1/campaigns/{id}/worklist`.

use actix_web::{HttpRequest, HttpResponse, get, post};

use crate::{
    domain::{
        campaigns::{Campaign, ContactReportDraft, WorklistSearch},
        customers::Customer,
        ids::Id,
    },
    dto::campaigns::{ListWorklist, RecipientView, WorklistEntryView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, WorkCampaigns},
        extract::{Body, Params, Path},
        paging::{self, PageView},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::campaigns::worklist::{self, Entry},
};

/// List who is to be talked to
///
/// Of a running campaign by `phone` or `in_store`, which sends nothing: everybody who waits and is due, the longest first, with what to say to them and the code
/// that they are given. Consent, suppression, the contact policy and quiet hours are looked at again each time; who is not to be contacted now is left out, so
/// that a page may be shorter than `limit`, and `total` counts them. Who is held out never appears.
#[utoipa::path(tag = "Campaigns", params(("id" = Uuid, Path, description = "The campaign's id"), ListWorklist), security(("bearer" = ["campaigns:work"])),
    responses((status = 200, description = "A page of the work list.", body = PageView<WorklistEntryView>)))]
#[get("/{id}/worklist")]
pub async fn list_campaign_worklist(
    _auth: Allowed<WorkCampaigns>,
    id: Path<Id<Campaign>>,
    params: Params<ListWorklist>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let (search, links, now) = (WorklistSearch::from(params.0), app.links.clone(), app.clock.now());
    let found = app.db.read(move |tx| worklist::list_entries(tx, now, &links, id.0, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(view), sort))
}

/// Report what came of talking to a customer
///
/// `accepted` and `declined` settle the entry as `sent`, with the customer's answer; `not_reached` puts it off to `try_again_at`, or gives it up as `failed`;
/// `wrong_number` gives it up as one that came back; `do_not_contact` settles it as `sent` and withdraws the customer's consent to the channel and purpose. Settled
/// once, another report is 409 `invalid_transition`. Who is not to be contacted any more is 409 `conflict`, but for `wrong_number` and `do_not_contact`, which are
/// always believed. The campaign is completed when nobody waits any more.
#[utoipa::path(tag = "Campaigns",
    params(("id" = Uuid, Path, description = "The campaign's id"), ("customer_id" = Uuid, Path, description = "The customer's id")),
    request_body = ContactReportDraft, security(("bearer" = ["campaigns:work"])),
    responses((status = 200, description = "The customer's place in the audience, as it is now.", body = RecipientView)))]
#[post("/{id}/worklist/{customer_id}")]
pub async fn report_campaign_contact(
    auth: Allowed<WorkCampaigns>,
    path: Path<(Id<Campaign>, Id<Customer>)>,
    write: WriteRequest,
    body: Body<ContactReportDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (id, customer_id) = path.0;
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let recipient = worklist::report(tx, &context.actor, context.now, id, customer_id, body.value)?;
        answer::done(&RecipientView::from(recipient))
    })
    .await
}

fn view(entry: Entry) -> WorklistEntryView {
    let Entry { recipient, customer, letter, coupon_code } = entry;
    WorklistEntryView {
        customer_id: customer.id,
        name: customer.draft.name,
        phone: customer.draft.phone,
        variant: recipient.variant,
        subject: letter.subject,
        text: letter.text,
        coupon_code,
        send_at: recipient.send_at,
        last_report: recipient.report.map(Into::into),
    }
}
