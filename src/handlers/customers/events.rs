//! `/v1/customers/{id}/events`.

use actix_web::{HttpRequest, HttpResponse, get};

use crate::{
    domain::{customers::Customer, ids::Id},
    dto::customer_events::{CustomerEventView, ListCustomerEvents},
    http::{
        app::AppData,
        auth::{Allowed, ReadCustomers},
        extract::{Params, Path},
        paging::{self, PageView},
        problem::Problem,
    },
    services::customer_events,
};

/// List a customer's events
///
/// What they should be told of, such as points or coupons that are about to expire; the newest first unless sorted otherwise.
#[utoipa::path(tag = "Customers", params(("id" = Uuid, Path, description = "The customer's id."), ListCustomerEvents),
    security(("bearer" = ["customers:read"])), responses((status = 200, description = "A page of events.", body = PageView<CustomerEventView>)))]
#[get("/{id}/events")]
pub async fn list_customer_events(
    _auth: Allowed<ReadCustomers>,
    id: Path<Id<Customer>>,
    params: Params<ListCustomerEvents>,
    request: HttpRequest,
    app: AppData,
) -> Result<HttpResponse, Problem> {
    let (page, sort, filter) = (params.0.page(&request)?, params.0.sort(), params.0.filter(id.0));
    let found = app.db.read(move |tx| customer_events::list_events(tx, &filter, &page)).await?;
    Ok(paging::answer(&request, found.map(CustomerEventView::from), sort))
}
