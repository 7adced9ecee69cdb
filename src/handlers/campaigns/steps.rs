//! What is done with campaigns: `/v1/campaigns/{id}/launch|pause|resume|cancel`.

use actix_web::{HttpResponse, post};

use crate::{
    domain::{
        campaigns::{Campaign, LaunchDraft},
        ids::Id,
    },
    dto::campaigns::CampaignView,
    http::{
        answer,
        app::AppData,
        auth::{Allowed, WriteCampaigns},
        extract::{BodyTrace, OptionalBody, Path},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::campaigns,
};

/// Launch a campaign
///
/// In one transaction its audience is frozen: everybody in it with their variant, or that they are held out, or why they are left out. Messages leave from `at`
/// on (now when left out), at most `rate_per_minute`, outside the quiet hours where their reader lives; each is written when it leaves, with what is known and
/// holds then. By `phone` and `in_store` nothing leaves: from `at` on everybody stands on the work list, with their coupon. Every letter is tried now: one that
/// prints what is not known of somebody refuses the launch, and says how many they are and names some.
#[utoipa::path(tag = "Campaigns", params(("id" = Uuid, Path, description = "The campaign's id")), request_body = LaunchDraft,
    security(("bearer" = ["campaigns:write"])), responses((status = 200, description = "The campaign, scheduled or running.", body = CampaignView)))]
#[post("/{id}/launch")]
pub async fn launch_campaign(
    auth: Allowed<WriteCampaigns>,
    id: Path<Id<Campaign>>,
    write: WriteRequest,
    body: OptionalBody<LaunchDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.0.trace, move |tx, context| {
        let campaign = campaigns::launch_campaign(tx, context.now, id.0, &context.precondition, body.0.value)?;
        answer::ok(campaign.version, &CampaignView::from(campaign))
    })
    .await
}

/// Pause a campaign
///
/// Once this is answered none of its messages begins to leave; one that is being handed over just then still may.
#[utoipa::path(tag = "Campaigns", params(("id" = Uuid, Path, description = "The campaign's id")), security(("bearer" = ["campaigns:write"])),
    responses((status = 200, description = "The campaign, paused.", body = CampaignView)))]
#[post("/{id}/pause")]
pub async fn pause_campaign(
    auth: Allowed<WriteCampaigns>,
    id: Path<Id<Campaign>>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        let campaign = campaigns::pause_campaign(tx, context.now, id.0, &context.precondition)?;
        answer::ok(campaign.version, &CampaignView::from(campaign))
    })
    .await
}

/// Resume a campaign
///
/// It goes on where it was paused.
#[utoipa::path(tag = "Campaigns", params(("id" = Uuid, Path, description = "The campaign's id")), security(("bearer" = ["campaigns:write"])),
    responses((status = 200, description = "The campaign, scheduled or running.", body = CampaignView)))]
#[post("/{id}/resume")]
pub async fn resume_campaign(
    auth: Allowed<WriteCampaigns>,
    id: Path<Id<Campaign>>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        let campaign = campaigns::resume_campaign(tx, context.now, id.0, &context.precondition)?;
        answer::ok(campaign.version, &CampaignView::from(campaign))
    })
    .await
}

/// Cancel a campaign
///
/// Who has not been written to never is. What has left stays where it is.
#[utoipa::path(tag = "Campaigns", params(("id" = Uuid, Path, description = "The campaign's id")), security(("bearer" = ["campaigns:write"])),
    responses((status = 200, description = "The campaign, cancelled.", body = CampaignView)))]
#[post("/{id}/cancel")]
pub async fn cancel_campaign(
    auth: Allowed<WriteCampaigns>,
    id: Path<Id<Campaign>>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        let campaign = campaigns::cancel_campaign(tx, context.now, id.0, &context.precondition)?;
        answer::ok(campaign.version, &CampaignView::from(campaign))
    })
    .await
}
