//! `/v1/messages`.

use actix_web::{HttpRequest, HttpResponse, get, post};

use crate::{
    domain::{ids::Id, messages::Message},
    dto::messages::{ListMessages, MessageView},
    http::{
        answer,
        app::AppData,
        auth::{Allowed, ReadMessages, WriteMessages},
        conditional::Known,
        extract::{BodyTrace, Params, Path},
        paging::{self, PageView},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::messages,
};

/// List messages
///
/// What was written to customers, the newest first unless sorted otherwise. Messages are written by what causes them, and sent by a worker: e-mail by the mail
/// server, all others by the shop's gateway; where that is not configured they stay queued.
#[utoipa::path(tag = "Messages", params(ListMessages), security(("bearer" = ["messages:read"])),
    responses((status = 200, description = "A page of messages.", body = PageView<MessageView>)))]
#[get("")]
pub async fn list_messages(
    auth: Allowed<ReadMessages>,
    params: Params<ListMessages>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let filter = params.0.into();
    let found = app.db.read(move |tx| messages::list_messages(tx, &filter, &page)).await?;
    Ok(paging::answer(&request, found.map(|message| MessageView::of(message, &auth.actor)), sort))
}

/// Read a message
///
/// With the words of the mail server or the gateway where it was refused.
#[utoipa::path(tag = "Messages", params(("id" = Uuid, Path, description = "The message's id.")), security(("bearer" = ["messages:read"])),
    responses((status = 200, description = "The message.", body = MessageView)))]
#[get("/{id}")]
pub async fn get_message(auth: Allowed<ReadMessages>, id: Path<Id<Message>>, known: Known, app: AppData) -> Result<HttpResponse, Problem> {
    let message = app.db.query(move |conn| messages::get_message(conn, id.0)).await?;
    Ok(known.answer(message.version, &MessageView::of(message, &auth.actor)))
}

/// Try a message again
///
/// One that was given up: refused, or tried in vain for about a day. It is queued as if it were new, and keeps its `Message-ID`.
#[utoipa::path(tag = "Messages", params(("id" = Uuid, Path, description = "The message's id.")), security(("bearer" = ["messages:write"])),
    responses((status = 200, description = "The message, queued.", body = MessageView)))]
#[post("/{id}/retry")]
pub async fn retry_message(
    auth: Allowed<WriteMessages>,
    id: Path<Id<Message>>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, BodyTrace::default(), move |tx, context| {
        let message = messages::retry_message(tx, context.now, id.0, &context.precondition)?;
        answer::ok(message.version, &MessageView::of(message, &context.actor))
    })
    .await
}
