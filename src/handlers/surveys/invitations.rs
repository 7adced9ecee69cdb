//! `/v1/surveys/{id}/invitations`.

use actix_web::{HttpRequest, HttpResponse, get, post};

use crate::{
    domain::{
        ids::Id,
        surveys::{InvitationSearch, InvitationsDraft, Survey},
    },
    dto::surveys::{InvitationView, InvitedListView, ListInvitations},
    http::{
        answer::{self, Answer},
        app::AppData,
        auth::{Allowed, ReadSurveys, WriteSurveys},
        extract::{Body, Params, Path},
        paging::{self, PageView},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::surveys::invitations,
};

/// List a survey's invitations
///
/// The newest first unless sorted otherwise.
#[utoipa::path(tag = "Surveys", params(("id" = Uuid, Path, description = "The survey's id."), ListInvitations), security(("bearer" = ["surveys:read"])),
    responses((status = 200, description = "A page of invitations.", body = PageView<InvitationView>)))]
#[get("/{id}/invitations")]
pub async fn list_survey_invitations(
    _auth: Allowed<ReadSurveys>,
    id: Path<Id<Survey>>,
    params: Params<ListInvitations>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let search = InvitationSearch::from(params.0);
    let found = app.db.read(move |tx| invitations::list_invitations(tx, id.0, &search, &page)).await?;
    Ok(paging::answer(&request, found.map(InvitationView::from), sort))
}

/// Invite customers to a survey
///
/// Up to 1,000 at once, to a survey that is open. Each gets a link of their own, which can be answered once and is told here this once: what is kept of it
/// opens nothing. Who has an e-mail address is sent it, unless `send` is false. Who was invited before gets a new link instead of the old one; who has
/// answered is left alone.
#[utoipa::path(tag = "Surveys", params(("id" = Uuid, Path, description = "The survey's id.")), request_body = InvitationsDraft,
    security(("bearer" = ["surveys:write"])), responses((status = 200, description = "What became of each.", body = InvitedListView)))]
#[post("/{id}/invitations")]
pub async fn create_survey_invitations(
    auth: Allowed<WriteSurveys>,
    id: Path<Id<Survey>>,
    write: WriteRequest,
    body: Body<InvitationsDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (links, is_dry_run) = (app.links.clone(), write.is_dry_run());
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let invited = invitations::invite_customers(tx, context.now, &links, id.0, &body.value)?;
        let kept = answer::done(&InvitedListView::without_links(&invited))?;
        if is_dry_run {
            return Ok(kept);
        }
        Ok(Answer { kept_body: Some(kept.body), ..answer::done(&InvitedListView::with_links(&links, &invited))? })
    })
    .await
}
