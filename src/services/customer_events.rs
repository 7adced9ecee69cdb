//! Events of customers.

use crate::{
    db::DbConnection,
    domain::{
        customer_events::{CustomerEvent, CustomerEventFilter, CustomerEventSort},
        paging::{Page, PageRequest},
    },
    error::Error,
    repositories::customer_events,
    services::customers::get_customer,
};

/// A page of a customer's events.
///
/// # Errors
/// `not_found` for a customer who is not there.
pub fn list_events(
    tx: &mut DbConnection,
    filter: &CustomerEventFilter,
    page: &PageRequest<CustomerEventSort>,
) -> Result<Page<CustomerEvent>, Error> {
    get_customer(tx, filter.customer_id)?;
    Ok(customer_events::list(tx, filter, page)?)
}
