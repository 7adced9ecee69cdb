//! `/v1/campaigns/{id}/messages` and `/v1/campaigns/{id}/progress`.

use actix_web::{HttpRequest, HttpResponse, get};

use crate::{
    domain::{
        campaigns::{Campaign, RecipientSearch},
        ids::Id,
    },
    dto::campaigns::{ListRecipients, ProgressView, RecipientView},
    http::{
        app::AppData,
        auth::{Allowed, ReadCampaigns},
        extract::{Params, Path},
        paging::{self, PageView},
        problem::Problem,
    },
    services::campaigns,
};

/// List the messages of a campaign
///
/// One a person of the audience as the launch froze it: also of those who are held out, and of those who are left out, with why.
#[utoipa::path(tag = "Campaigns", params(("id" = Uuid, Path, description = "The campaign's id"), ListRecipients), security(("bearer" = ["campaigns:read"])),
    responses((status = 200, description = "A page of the audience.", body = PageView<RecipientView>)))]
#[get("/{id}/messages")]
pub async fn list_campaign_messages(
    _auth: Allowed<ReadCampaigns>,
    id: Path<Id<Campaign>>,
    params: Params<ListRecipients>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let search = RecipientSearch::from(params.0);
    let found = app.db.read(move |tx| campaigns::list_recipients(tx, id.0, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(RecipientView::from), sort))
}

/// Read the progress of a campaign
///
/// How many of its audience have come how far, by variant, and how many were left out for what.
#[utoipa::path(tag = "Campaigns", params(("id" = Uuid, Path, description = "The campaign's id")), security(("bearer" = ["campaigns:read"])),
    responses((status = 200, description = "The progress.", body = ProgressView)))]
#[get("/{id}/progress")]
pub async fn get_campaign_progress(_auth: Allowed<ReadCampaigns>, id: Path<Id<Campaign>>, app: AppData) -> Result<HttpResponse, Problem> {
    let progress = app.db.read(move |tx| campaigns::progress(tx, id.0)).await?;
    Ok(HttpResponse::Ok().json(ProgressView::from(progress)))
}
