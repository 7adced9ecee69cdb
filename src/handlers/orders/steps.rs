//! The actions of an order: `POST /v1/orders/{id}/pay|fulfil|complete|cancel|refund`.

use actix_web::{HttpResponse, post};

use super::changed;
use crate::{
    domain::{
        ids::Id,
        orders::{Order, OrderStep, RefundDraft, StepDraft},
        permissions::Actor,
    },
    dto::orders::OrderView,
    http::{
        app::{App, AppData},
        auth::{Allowed, WriteOrders, WritePayments},
        extract::{OptionalBody, Path},
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::orders,
};

async fn take(
    app: &App,
    actor: Actor,
    id: Id<Order>,
    write: WriteRequest,
    body: OptionalBody<StepDraft>,
    step: OrderStep,
) -> Result<HttpResponse, Problem> {
    perform(app, actor, write, body.0.trace, move |tx, context| {
        let order = orders::take_step(tx, &context.actor, context.now, id, &context.precondition, step, body.0.value)?;
        changed(tx, order)
    })
    .await
}

/// Mark an order as paid
///
/// From `placed`. A storefront's word is not proof of payment, so this needs `payments:write`; providers of payments tell through
/// `POST /v1/payments/notifications`.
#[utoipa::path(tag = "Orders", params(("id" = Uuid, Path, description = "The order's id.")), request_body(content = Option<StepDraft>),
    security(("bearer" = ["payments:write"])), responses((status = 200, description = "The order as it is now.", body = OrderView)))]
#[post("/{id}/pay")]
pub async fn pay_order(
    auth: Allowed<WritePayments>,
    id: Path<Id<Order>>,
    write: WriteRequest,
    body: OptionalBody<StepDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    take(&app, auth.actor, id.0, write, body, OrderStep::Pay).await
}

/// Mark an order as fulfilled
///
/// From `paid`: the goods were handed over or sent; for a return, they have arrived.
#[utoipa::path(tag = "Orders", params(("id" = Uuid, Path, description = "The order's id.")), request_body(content = Option<StepDraft>),
    security(("bearer" = ["orders:write"])), responses((status = 200, description = "The order as it is now.", body = OrderView)))]
#[post("/{id}/fulfil")]
pub async fn fulfil_order(
    auth: Allowed<WriteOrders>,
    id: Path<Id<Order>>,
    write: WriteRequest,
    body: OptionalBody<StepDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    take(&app, auth.actor, id.0, write, body, OrderStep::Fulfil).await
}

/// Mark an order as completed
///
/// From `fulfilled`: nothing more is expected to happen.
#[utoipa::path(tag = "Orders", params(("id" = Uuid, Path, description = "The order's id.")), request_body(content = Option<StepDraft>),
    security(("bearer" = ["orders:write"])), responses((status = 200, description = "The order as it is now.", body = OrderView)))]
#[post("/{id}/complete")]
pub async fn complete_order(
    auth: Allowed<WriteOrders>,
    id: Path<Id<Order>>,
    write: WriteRequest,
    body: OptionalBody<StepDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    take(&app, auth.actor, id.0, write, body, OrderStep::Complete).await
}

/// Cancel an order
///
/// From `placed`; an order that was paid is refunded instead.
#[utoipa::path(tag = "Orders", params(("id" = Uuid, Path, description = "The order's id.")), request_body(content = Option<StepDraft>),
    security(("bearer" = ["orders:write"])), responses((status = 200, description = "The order as it is now.", body = OrderView)))]
#[post("/{id}/cancel")]
pub async fn cancel_order(
    auth: Allowed<WriteOrders>,
    id: Path<Id<Order>>,
    write: WriteRequest,
    body: OptionalBody<StepDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    take(&app, auth.actor, id.0, write, body, OrderStep::Cancel).await
}

/// Give money back
///
/// By line, in part or whole; without `lines` everything that is left. Never more than the line came to. When nothing is left the order's status is
/// `refunded`, until then it stays. Sales only, from `paid` on; shipping is not given back.
#[utoipa::path(tag = "Orders", params(("id" = Uuid, Path, description = "The order's id.")), request_body(content = Option<RefundDraft>),
    security(("bearer" = ["payments:write"])), responses((status = 200, description = "The order as it is now.", body = OrderView)))]
#[post("/{id}/refund")]
pub async fn refund_order(
    auth: Allowed<WritePayments>,
    id: Path<Id<Order>>,
    write: WriteRequest,
    body: OptionalBody<RefundDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.0.trace, move |tx, context| {
        let order = orders::refund_order(tx, &context.actor, context.now, id.0, &context.precondition, &body.0.value)?;
        changed(tx, order)
    })
    .await
}
