//! `/v1/campaigns`.

use actix_web::{HttpRequest, HttpResponse, get, patch, post};

use crate::{
    domain::{
        campaigns::{Campaign, CampaignDraft, CampaignSearch},
        ids::Id,
        permissions::Permission,
    },
    dto::campaigns::{CampaignPreviewDraft, CampaignPreviewView, CampaignView, ListCampaigns},
    error::{Code, Error},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadCampaigns, WriteCampaigns},
        conditional::Known,
        extract::{Body, Params, Path},
        paging::{self, PageView},
        patch::MergePatch,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::campaigns::{self, Preview},
};

pub mod public;
pub mod recipients;
pub mod report;
pub mod steps;
pub mod worklist;

/// List campaigns
///
/// The newest first unless sorted otherwise.
#[utoipa::path(tag = "Campaigns", params(ListCampaigns), security(("bearer" = ["campaigns:read"])),
    responses((status = 200, description = "A page of campaigns.", body = PageView<CampaignView>)))]
#[get("")]
pub async fn list_campaigns(
    _auth: Allowed<ReadCampaigns>,
    params: Params<ListCampaigns>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let search = CampaignSearch::from(params.0);
    let found = app.db.read(move |tx| campaigns::list_campaigns(tx, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(CampaignView::from), sort))
}

/// Create a campaign
///
/// As a draft. Templates are written in the language of Jinja and may name `customer` (`id`, `kind`, `name`, `nickname`, `email`, `phone`, `gender`,
/// `birth_date`, `locale`, `card_kind`, `tags`, `attributes`), `campaign.name`, `coupon.code` and `unsubscribe_url`; in the HTML values are escaped. What is not known of a
/// customer is not there: to print it is an error, `{{ customer.nickname or customer.name }}` is none. Everybody is assigned by a hash to the control group
/// or a variant: `x = SHA-256(campaign id ‖ customer id)`, the ids as 16 bytes, the first 8 bytes of it big-endian over 2⁶⁴; held out is who has
/// `x < holdout_share`, and `(x − holdout_share) / (1 − holdout_share)` picks the variant by their shares in order.
#[utoipa::path(tag = "Campaigns", request_body = CampaignDraft, security(("bearer" = ["campaigns:write"])),
    responses((status = 201, description = "The new campaign.", body = CampaignView)))]
#[post("")]
pub async fn create_campaign(
    auth: Allowed<WriteCampaigns>,
    write: WriteRequest,
    body: Body<CampaignDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let campaign = campaigns::create_campaign(tx, context.now, body.value)?;
        answer::created(format!("/v1/campaigns/{}", campaign.id), campaign.version, &CampaignView::from(campaign))
    })
    .await
}

/// Read a campaign
///
/// With its templates.
#[utoipa::path(tag = "Campaigns", params(("id" = Uuid, Path, description = "The campaign's id")), security(("bearer" = ["campaigns:read"])),
    responses((status = 200, description = "The campaign.", body = CampaignView)))]
#[get("/{id}")]
pub async fn get_campaign(
    _auth: Allowed<ReadCampaigns>,
    id: Path<Id<Campaign>>,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let campaign = app.db.query(move |conn| campaigns::get_campaign(conn, id.0)).await?;
    Ok(known.answer(campaign.version, &CampaignView::from(campaign)))
}

/// Change a campaign
///
/// JSON Merge Patch: what is absent stays, null clears; `variants` are replaced as a whole. Only a draft can be changed.
#[utoipa::path(tag = "Campaigns", params(("id" = Uuid, Path, description = "The campaign's id")), request_body = MergePatch<CampaignDraft>,
    security(("bearer" = ["campaigns:write"])), responses((status = 200, description = "The campaign as it is now.", body = CampaignView)))]
#[patch("/{id}")]
pub async fn update_campaign(
    auth: Allowed<WriteCampaigns>,
    id: Path<Id<Campaign>>,
    write: WriteRequest,
    body: Body<MergePatch<CampaignDraft>>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let campaign = campaigns::update_campaign(tx, context.now, id.0, &context.precondition, |known| body.value.apply(known))?;
        answer::ok(campaign.version, &CampaignView::from(campaign))
    })
    .await
}

/// Preview a campaign for a customer
///
/// What they would get, whether or not they are in the audience; nothing is sent. It tells what is known of the customer, so it needs `customers:read` too.
#[utoipa::path(tag = "Campaigns", params(("id" = Uuid, Path, description = "The campaign's id")), request_body = CampaignPreviewDraft,
    extensions(("x-reads-only" = json!(true))), security(("bearer" = ["campaigns:read"])),
    responses((status = 200, description = "The letter.", body = CampaignPreviewView)))]
#[post("/{id}/preview")]
pub async fn preview_campaign(
    auth: Allowed<ReadCampaigns>,
    id: Path<Id<Campaign>>,
    body: Body<CampaignPreviewDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    if !auth.actor.permissions.contains(Permission::ReadCustomers) {
        return Err(Error::new(Code::PermissionDenied, format!("A preview needs the permission {}.", Permission::ReadCustomers)).into());
    }
    let CampaignPreviewDraft { customer_id, variant } = body.value;
    let found = app.db.read(move |tx| campaigns::preview(tx, id.0, customer_id, variant.as_deref())).await?;
    let Preview { is_held_out, variant, letter } = found;
    Ok(HttpResponse::Ok().json(CampaignPreviewView::of(is_held_out, variant, letter)))
}
