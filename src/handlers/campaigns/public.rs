//! `/v1/public/unsubscribe`, `/v1/public/opens` and `/v1/public/clicks`: for whoever was sent a message of a campaign, without login.

use actix_web::{HttpResponse, get, http::header, post};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::{
    domain::permissions::Actor,
    dto::campaigns::{FollowedLink, UnsubscribeView},
    http::{
        answer,
        app::AppData,
        extract::{BodyTrace, Params, Path, Visit},
        pages::{Page, Viewer},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::campaigns::{
        tracking,
        unsubscribing::{Linked, find_linked, unsubscribe as withdraw},
    },
};

fn view(linked: &Linked) -> UnsubscribeView {
    let draft = &linked.campaign.draft;
    UnsubscribeView { channel: draft.channel, purpose: draft.purpose, is_unsubscribed: linked.is_withdrawn }
}

/// Read what a link ends
///
/// The link in a message of a campaign. Opening it changes nothing: mail programs do that by themselves.
#[utoipa::path(tag = "Campaigns", params(("token" = String, Path, description = "What the link ends in.")),
    responses((status = 200, description = "What its bearer can end; for a browser as a page with a button.", content((UnsubscribeView = "application/json"), (String = "text/html")))))]
#[get("/v1/public/unsubscribe/{token}")]
pub async fn get_unsubscribe_page(token: Path<String>, viewer: Viewer, app: AppData) -> Result<HttpResponse, Problem> {
    let (links, now) = (app.links.clone(), app.clock.now());
    let found = app.db.read(move |tx| find_linked(tx, now, &links, &token.0)).await;
    viewer.show(Page::Unsubscribe, found.map(|linked| view(&linked)).map_err(Problem))
}

/// Unsubscribe
///
/// Withdraws the consent of the link's bearer to such messages: one click in a mail program does it too (RFC 8058). The second time changes nothing. What is
/// sent along is not looked at.
#[utoipa::path(tag = "Campaigns", params(("token" = String, Path, description = "What the link ends in.")),
    responses((status = 200, description = "They are not written to any more; for a browser a page that says so.", content((UnsubscribeView = "application/json"), (String = "text/html")))))]
#[post("/v1/public/unsubscribe/{token}")]
pub async fn unsubscribe(token: Path<String>, write: WriteRequest, viewer: Viewer, app: AppData) -> Result<HttpResponse, Problem> {
    let links = app.links.clone();
    let answered = perform(&app, Actor::customer(None), write, BodyTrace::default(), move |tx, context| {
        let linked = withdraw(tx, context.now, &links, &token.0)?;
        answer::done(&view(&linked))
    })
    .await;
    viewer.thank(answered)
}

/// Show the image of a message
///
/// An invisible one in its HTML, which tells the first time that the message was opened. HEAD tells nothing.
#[utoipa::path(tag = "Campaigns", params(("token" = String, Path, description = "What the image's address ends in.")),
    responses((status = 200, description = "One transparent pixel.", content_type = "image/gif", body = Vec<u8>)))]
#[get("/v1/public/opens/{token}")]
pub async fn get_message_image(token: Path<String>, visit: Visit, app: AppData) -> Result<HttpResponse, Problem> {
    let (links, now) = (app.links.clone(), app.clock.now());
    app.db.write(visit.0, move |tx| tracking::note_open(tx, now, &links, &token.0)).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).content_type("image/gif").body(PIXEL))
}

/// Follow a link of a message
///
/// Leads to the address that the link had when the message was written, and to no other; the first time it tells that a link in the message was followed.
/// HEAD tells nothing.
#[utoipa::path(tag = "Campaigns", params(("token" = String, Path, description = "What the path of the link ends in."), FollowedLink),
    responses((status = 302, description = "Where the link leads.", headers(("Location" = String, description = "The address.")))))]
#[get("/v1/public/clicks/{token}")]
pub async fn follow_message_link(
    token: Path<String>,
    link: Params<FollowedLink>,
    visit: Visit,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (links, now, address) = (app.links.clone(), app.clock.now(), link.0.to.unwrap_or_default());
    let led_to = utf8_percent_encode(&address, NOT_IN_ADDRESS).to_string();
    app.db.write(visit.0, move |tx| tracking::note_click(tx, now, &links, &token.0, &address)).await?;
    Ok(HttpResponse::Found().insert_header((header::CACHE_CONTROL, "no-store")).insert_header((header::LOCATION, led_to)).finish())
}

/// What an address can not hold as it is. (RFC 3986, section 2.)
const NOT_IN_ADDRESS: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// A GIF of one transparent pixel.
const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
