//! `/v1/orders`.

use actix_web::{HttpRequest, HttpResponse, get, patch, post, put};

use crate::{
    db::DbConnection,
    domain::{
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        orders::{Order, OrderDetails, OrderDraft, OrderLineDetails},
        precondition::Precondition,
    },
    dto::orders::{ListOrders, OrderView},
    error::Error,
    http::{
        answer::{self, Answer},
        app::AppData,
        auth::{Allowed, ReadOrders, WriteOrders},
        batch::{self, BatchBody, BatchOf, BatchResults, Upserted},
        conditional::Known,
        extract::{Body, CheckedRef, Params, Path, RefPath},
        paging::{self, PageView},
        patch::MergePatch,
        problem::Problem,
        write::{WriteRequest, perform},
    },
    services::orders,
};

pub mod payments;
pub mod steps;

/// The order as it is now, with its history.
fn whole(tx: &mut DbConnection, order: Order) -> Result<OrderView, Error> {
    let history = orders::history(tx, &order)?;
    Ok(OrderView::whole(order, history))
}

/// The answer to a change of an order.
fn changed(tx: &mut DbConnection, order: Order) -> Result<Answer, Error> {
    answer::ok(order.version, &whole(tx, order)?)
}

/// List orders
///
/// With their lines, without their history; the last placed first unless sorted otherwise. With `updated_since` and `sort=updated_at` an ERP reads
/// what has changed since its last visit.
#[utoipa::path(tag = "Orders", params(ListOrders), security(("bearer" = ["orders:read"])),
    responses((status = 200, description = "A page of orders.", body = PageView<OrderView>)))]
#[get("")]
pub async fn list_orders(
    _auth: Allowed<ReadOrders>,
    params: Params<ListOrders>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort) = (params.0.page(&request)?, params.0.sort());
    let filter = params.0.into();
    let found = app.db.read(move |tx| orders::list_orders(tx, &filter, &page)).await?;
    Ok(paging::answer(&request, found.map(OrderView::from), sort))
}

/// Take an order in
///
/// A sale or a return, of a customer or of somebody unknown at the till. Lines name their product by `sku` or `product_id`, and take title and price from it
/// where they say nothing else. Histories may come at a later status; one that says that money was received needs `payments:write` or a member of
/// staff. A return is paid when the money was given back and fulfilled when the goods have arrived.
#[utoipa::path(tag = "Orders", request_body = OrderDraft, security(("bearer" = ["orders:write"])),
    responses((status = 201, description = "The new order.", body = OrderView)))]
#[post("")]
pub async fn create_order(
    auth: Allowed<WriteOrders>,
    write: WriteRequest,
    body: Body<OrderDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let base = app.currency;
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let order = orders::create_order(tx, &context.actor, context.now, base, body.value)?;
        answer::created(format!("/v1/orders/{}", order.id), order.version, &whole(tx, order)?)
    })
    .await
}

/// Read an order
///
/// With its lines and its history.
#[utoipa::path(tag = "Orders", params(("id" = Uuid, Path, description = "The order's id.")), security(("bearer" = ["orders:read"])),
    responses((status = 200, description = "The order.", body = OrderView)))]
#[get("/{id}")]
pub async fn get_order(_auth: Allowed<ReadOrders>, id: Path<Id<Order>>, known: Known, app: AppData) -> Result<HttpResponse, Problem> {
    let order = app.db.read(move |tx| orders::get_order(tx, id.0).and_then(|order| whole(tx, order))).await?;
    Ok(known.answer(order.version, &order))
}

/// Change an order's details
///
/// JSON Merge Patch of what moves no money: channel, store, campaign, coupon, references. `customer_id` claims an anonymous order for a customer; an
/// order that has a customer keeps them. Lines have a PATCH of their own; amounts and status change through the order's actions, or as a whole by PUT.
#[utoipa::path(tag = "Orders", params(("id" = Uuid, Path, description = "The order's id.")), request_body = MergePatch<OrderDetails>,
    security(("bearer" = ["orders:write"])), responses((status = 200, description = "The order as it is now.", body = OrderView)))]
#[patch("/{id}")]
pub async fn update_order(
    auth: Allowed<WriteOrders>,
    id: Path<Id<Order>>,
    write: WriteRequest,
    body: Body<MergePatch<OrderDetails>>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let change = |known: &OrderDetails| body.value.apply(known);
        let order = orders::update_order(tx, &context.actor, context.now, id.0, &context.precondition, change)?;
        changed(tx, order)
    })
    .await
}

/// Change a line's details
///
/// JSON Merge Patch of what moves no money: who uses the goods, for whom and why they were bought. Versions are those of the order.
#[utoipa::path(tag = "Orders", params(("id" = Uuid, Path, description = "The order's id."), ("line_no" = i32, Path, minimum = 1, maximum = 2147483647, description = "The line's place in the order, from 1")),
    request_body = MergePatch<OrderLineDetails>, security(("bearer" = ["orders:write"])), responses((status = 200, description = "The order as it is now.", body = OrderView)))]
#[patch("/{id}/lines/{line_no}")]
pub async fn update_order_line(
    auth: Allowed<WriteOrders>,
    path: Path<(Id<Order>, i32)>,
    write: WriteRequest,
    body: Body<MergePatch<OrderLineDetails>>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (id, line_no) = path.0;
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let change = |known: &OrderLineDetails| body.value.apply(known);
        let order = orders::update_line(tx, &context.actor, context.now, id, line_no, &context.precondition, change)?;
        changed(tx, order)
    })
    .await
}

/// Read an order by reference
///
/// By what another system calls the order.
#[utoipa::path(tag = "Orders", params(RefPath), security(("bearer" = ["orders:read"])),
    responses((status = 200, description = "The order.", body = OrderView)))]
#[get("/by-ref/{system}/{id}")]
pub async fn get_order_by_ref(
    _auth: Allowed<ReadOrders>,
    reference: CheckedRef,
    known: Known,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let identifier = Identifier::reference(IdentifierKind::OrderRef, &reference.0);
    let order = app.db.read(move |tx| orders::find_order(tx, &identifier).and_then(|order| whole(tx, order))).await?;
    Ok(known.answer(order.version, &order))
}

/// Create or replace an order by reference
///
/// The order that another system calls so is replaced as a whole; when there is none it is taken in. Left out, `status`, `number`, `placed_at`, `customer_id`,
/// and of a line of the same product its title, its price and what it gave back stay as they were. The status can only go on; type and customer never
/// change, so `"customer_id": null` is 422 `immutable` for an order that has one; a line for which money was given back must stay. Saying that it was paid
/// or refunded, and changing goods, amounts or `placed_at` of an order that was paid, needs `payments:write` or a member of staff. What says nothing new
/// changes nothing, the version included.
#[utoipa::path(tag = "Orders", params(RefPath), request_body = OrderDraft, security(("bearer" = ["orders:write"])),
    responses((status = 200, description = "Replaced.", body = OrderView), (status = 201, description = "Taken in.", body = OrderView)))]
#[put("/by-ref/{system}/{id}")]
pub async fn put_order_by_ref(
    auth: Allowed<WriteOrders>,
    reference: CheckedRef,
    write: WriteRequest,
    body: Body<OrderDraft>,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let base = app.currency;
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        let (order, is_new) = orders::put_order(tx, &context.actor, context.now, base, &reference.0, &context.precondition, body.value)?;
        let location = format!("/v1/orders/{}", order.id);
        answer::put(is_new, location, order.version, &whole(tx, order)?)
    })
    .await
}

/// Create or replace many orders
///
/// Up to 1,000 upserts by reference, each answered in order with its own status; one bad item never sinks the rest.
#[utoipa::path(tag = "Orders", request_body = BatchOf<OrderDraft>, security(("bearer" = ["orders:write"])),
    responses((status = 200, description = "What became of each item.", body = BatchResults)))]
#[post("/batch")]
pub async fn batch_orders(auth: Allowed<WriteOrders>, write: WriteRequest, body: BatchBody, app: AppData) -> Result<HttpResponse, Problem> {
    let base = app.currency;
    perform(&app, auth.actor, write, body.trace, move |tx, context| {
        batch::run(tx, &context.request_id, "/v1/orders", body.value, |tx, reference, draft| {
            let (order, is_new) = orders::put_order(tx, &context.actor, context.now, base, reference, &Precondition::None, draft)?;
            Ok(Upserted { id: order.id.uuid(), version: order.version, is_new })
        })
    })
    .await
}
