//! `/v1/payments`: what providers of payments tell.

use actix_web::{HttpResponse, post};

use super::changed;
use crate::{
    domain::{orders::payments::PaymentNotification, permissions::Actor},
    dto::orders::OrderView,
    http::{
        app::AppData,
        problem::{Problem, ProblemBody},
        signature::{PaymentProvider, Signed},
        write::{WriteRequest, perform},
    },
    services::orders,
};

/// Tell of a payment
///
/// For providers of payments, without an access token: the body is signed with the secret of `PATRON_PAYMENT_SECRET`; while that is not set there is no
/// such resource. `Patron-Signature: t=<unix seconds>,v1=<hex>` holds the HMAC-SHA256 of `<t>.<body>`, made at most five minutes ago. The same `event`
/// and `reference` told again is answered 200 and changes nothing, or 409 when it tells another amount.
#[utoipa::path(tag = "Orders", request_body = PaymentNotification, security(("payment_signature" = [])),
    responses((status = 200, description = "The order as it is now.", body = OrderView),
        (status = 404, description = "Notifications are not set up here.", body = ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/payments/notifications")]
pub async fn notify_payment(
    signed: Signed<PaymentProvider, PaymentNotification>,
    write: WriteRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, Actor::payment_provider(), write, signed.body.trace, move |tx, context| {
        let order = orders::payments::notify(tx, &context.actor, context.now, &signed.body.value)?;
        changed(tx, order)
    })
    .await
}
