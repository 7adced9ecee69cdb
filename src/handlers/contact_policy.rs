//! `/v1/contact-policy`.

use actix_web::{HttpResponse, get, put};

use crate::{
    domain::contact_policy::ContactPolicyDraft,
    dto::contact_policy::ContactPolicyView,
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadCampaigns, WriteCampaigns},
        conditional::Known,
        extract::Body,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::contact_policy,
};

/// Read the contact policy
///
/// How often and when customers are written to. There is a policy from the start.
#[utoipa::path(tag = "Contacts", security(("bearer" = ["campaigns:read"])),
    responses((status = 200, description = "The policy that holds now.", body = ContactPolicyView)))]
#[get("")]
pub async fn get_contact_policy(_auth: Allowed<ReadCampaigns>, known: Known, app: AppData) -> Result<HttpResponse, Problem> {
    let policy = app.db.query(contact_policy::current).await?;
    Ok(known.answer(policy.version, &ContactPolicyView::from(&policy)))
}

/// Replace the contact policy
///
/// As a whole; what is left out is as it is in a new shop. It holds for everything that is sent from now on. The same policy again changes nothing.
#[utoipa::path(tag = "Contacts", request_body = ContactPolicyDraft, security(("bearer" = ["campaigns:write"])),
    responses((status = 200, description = "The policy as it is now.", body = ContactPolicyView)))]
#[put("")]
pub async fn put_contact_policy(
    auth: Allowed<WriteCampaigns>,
    write: WriteRequest,
    body: Body<ContactPolicyDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let policy = contact_policy::replace(tx, context.now, &context.precondition, body.value)?;
        answer::ok(policy.version, &ContactPolicyView::from(&policy))
    })
    .await
}
