//! `/v1/message-events`: what the shop's gateway tells of messages.

use actix_web::{HttpResponse, post};

use crate::{
    domain::{message_events::MessageEvents, permissions::Actor},
    dto::message_events::MessageEventsView,
    http::{
        answer,
        app::AppData,
        problem::{Problem, ProblemBody},
        signature::{MessageGateway, Signed},
        write::{WriteRequest, perform},
    },
    services::message_events::{self, Taken},
};

/// Tell what became of messages
///
/// For the shop's gateway and providers behind it, without an access token: the body is signed with the secret of `PATRON_GATEWAY_SECRET`; while that is not
/// set there is no such resource. `Patron-Signature: t=<unix seconds>,v1=<hex>` holds the HMAC-SHA256 of `<t>.<body>`, made at most five minutes ago. Of each
/// kind of event the first holds, whatever the order they are told in; told again they change nothing. A permanent bounce and a complaint have nothing sent to
/// that address any more (`/v1/suppressions`); a complaint and an unsubscription withdraw the reader's consent to the channel and purpose of the message. Events
/// of unknown messages are counted.
#[utoipa::path(tag = "Messages", request_body = MessageEvents, security(("gateway_signature" = [])),
    responses((status = 200, description = "How many were taken.", body = MessageEventsView),
        (status = 404, description = "No gateway is set up here.", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/message-events")]
pub async fn tell_message_events(
    signed: Signed<MessageGateway, MessageEvents>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, Actor::message_gateway(), write, signed.body.trace, move |tx, context| {
        let Taken { taken, unknown } = message_events::hear(tx, &context.actor, context.now, &signed.body.value)?;
        answer::done(&MessageEventsView { taken, unknown })
    })
    .await
}
