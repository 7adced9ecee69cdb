//! What links in messages tell: that one was opened, or a link in it followed. Each is noted the first time; told again it changes nothing.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::{
    db::DbConnection,
    domain::{
        campaigns::{CampaignDraft, Letter, Recipient, Traces, Trackers},
        ids::Id,
        instants::Instant,
        links::{LinkPurpose, Links},
    },
    error::Error,
    repositories::campaigns::tracking as repository,
};

/// Where the image is that tells that a message was opened.
const IMAGE: &str = "/v1/public/opens";

/// Where links of messages lead over.
const CLICKS: &str = "/v1/public/clicks";

/// How long the links of a message work.
const LINKS_WORK: TimeDelta = TimeDelta::days(2 * 365);

/// When links of a message that is written now end.
pub(super) fn links_end(now: Instant) -> Instant {
    now.checked_add(LINKS_WORK).unwrap_or(Instant::MAX)
}

/// A letter to a recipient with the links that tell what the plan wants to know; `origins` are those that its templates name.
pub(super) fn tracked(
    links: &Links,
    (plan, origins): (&CampaignDraft, &HashSet<String>),
    recipient: Id<Recipient>,
    ends_at: Instant,
    letter: Letter,
) -> Letter {
    let click = |address: &str| {
        let token = links.token_about(LinkPurpose::Click, recipient.cast(), address, ends_at);
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("to", address).finish();
        format!("{}?{query}", links.url(CLICKS, &token))
    };
    let image = links.url(IMAGE, &links.token(LinkPurpose::Open, recipient.cast(), ends_at));
    let own = links.url("/v1/public", "");
    Trackers { own: &own, origins, click: plan.tracks_clicks.then_some(&click), open: plan.tracks_opens.then_some(image.as_str()) }
        .track(letter)
}

/// Notes that the message with this image was opened.
///
/// # Errors
/// `not_found` for a token that is not ours, or has ended.
pub fn note_open(tx: &mut DbConnection, now: Instant, links: &Links, token: &str) -> Result<(), Error> {
    note(tx, linked(links.verify(LinkPurpose::Open, token, now))?, |traces| traces.opened(now))
}

/// Notes that the link to `address` in a message was followed.
///
/// # Errors
/// `not_found` for a token that is not ours, is not for this address, or has ended.
pub fn note_click(tx: &mut DbConnection, now: Instant, links: &Links, token: &str, address: &str) -> Result<(), Error> {
    note(tx, linked(links.verify_about(LinkPurpose::Click, token, address, now))?, |traces| traces.clicked(now))
}

fn linked(recipient: Option<Id<()>>) -> Result<Id<Recipient>, Error> {
    recipient.map(Id::cast).ok_or_else(|| Error::not_found("page, or the link to it has expired"))
}

/// Notes what was heard of the message to a recipient, who may have been erased meanwhile: then their link leads where it led.
///
/// # Errors
/// The database's.
pub(in crate::services) fn note(tx: &mut DbConnection, id: Id<Recipient>, hear: impl FnOnce(Traces) -> Traces) -> Result<(), Error> {
    let Some(recipient) = repository::find_for_update(tx, &[id])?.pop() else { return Ok(()) };
    let traces = hear(recipient.traces);
    if traces == recipient.traces { Ok(()) } else { Ok(repository::update(tx, vec![Recipient { traces, ..recipient }])?) }
}
