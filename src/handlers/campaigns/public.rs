//! `/v1/public/unsubscribe`: for whoever was sent a message of a campaign, without login.

use actix_web::{HttpResponse, get, http::header, post};

use crate::{
    domain::permissions::Actor,
    dto::campaigns::UnsubscribeView,
    http::{
        answer,
        app::AppData,
        extract::{BodyTrace, Path},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::campaigns::unsubscribing::{Linked, find_linked, unsubscribe as withdraw},
};

fn view(linked: &Linked) -> UnsubscribeView {
    let draft = &linked.campaign.draft;
    UnsubscribeView { channel: draft.channel, purpose: draft.purpose, is_unsubscribed: linked.is_withdrawn }
}

/// Read what a link ends
///
/// The link in a message of a campaign. Opening it changes nothing: mail programs do that by themselves.
#[utoipa::path(tag = "Campaigns", params(("token" = String, Path, description = "What the link ends in")),
    responses((status = 200, description = "What its bearer can end.", body = UnsubscribeView)))]
#[get("/v1/public/unsubscribe/{token}")]
pub async fn get_unsubscribe_page(token: Path<String>, app: AppData) -> Result<HttpResponse, Problem> {
    let (links, now) = (app.links.clone(), app.clock.now());
    let linked = app.db.read(move |tx| find_linked(tx, now, &links, &token.0)).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(view(&linked)))
}

/// Unsubscribe
///
/// Withdraws the consent of the link's bearer to such messages: one click in a mail program does it too (RFC 8058). The second time changes nothing.
#[utoipa::path(tag = "Campaigns", params(("token" = String, Path, description = "What the link ends in")),
    responses((status = 200, description = "They are not written to any more.", body = UnsubscribeView)))]
#[post("/v1/public/unsubscribe/{token}")]
pub async fn unsubscribe(token: Path<String>, write: WriteRequest, app: AppData) -> Result<HttpResponse, Problem> {
    let links = app.links.clone();
    perform(&app, Actor::customer(None), write, BodyTrace::default(), move |tx, context| {
        let linked = withdraw(tx, context.now, &links, &token.0)?;
        answer::done(&view(&linked))
    })
    .await
}
