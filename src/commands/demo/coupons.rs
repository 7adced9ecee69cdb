//! The book city's coupons: one code that everybody shares and that some sales of the last weeks had, and birthday coupons that wait for their customers.

use chrono::TimeDelta;

use crate::{
    db::DbConnection,
    demo::{DemoOrder, DemoShop},
    domain::{
        coupons::{CouponBatchDraft, CouponKind, RedeemDraft},
        customers::Customer,
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        instants::Instant,
        money::Currency,
        orders::{OrderStatus, OrderType},
        permissions::Actor,
    },
    error::Error,
    http::app::App,
    services::{coupons, customers, orders, settings},
};

/// The setting that says that the coupons are there.
const HANDED_OUT: &str = "demo_coupons";
/// What everybody types.
const SHARED: &str = "BOOK-CITY";
/// Days for which the shared code has been valid.
const DAYS: i64 = 45;
/// The first customers, of whom some have used it and some have a birthday coupon.
const CUSTOMERS: usize = 200;
/// Customers with a birthday coupon.
const BIRTHDAYS: usize = 25;

/// Makes the batches, hands coupons out and has some redeemed, once.
///
/// # Errors
/// The database's.
pub fn load(app: &App, shop: &DemoShop) -> Result<(), Error> {
    let (now, currency) = (app.clock.now(), app.currency);
    let since = now.checked_add(-TimeDelta::days(DAYS)).unwrap_or(now);
    let sales: Vec<DemoOrder> = shop
        .customers()
        .take(CUSTOMERS)
        .filter_map(|customer| shop.orders_of(&customer).into_iter().rfind(|order| has_used_it(order, since)))
        .collect();
    let birthdays: Vec<String> = shop.customers().take(BIRTHDAYS).map(|customer| customer.reference).collect();
    app.db.write_blocking(move |tx| {
        if settings::is_set(tx, HANDED_OUT)? {
            return Ok(());
        }
        redeem_shared(tx, since, currency, &sales)?;
        hand_out_birthdays(tx, now, currency, &birthdays)?;
        settings::set(tx, HANDED_OUT, "true")
    })
}

/// A sale of the last weeks off whose goods something was taken.
fn has_used_it(order: &DemoOrder, since: Instant) -> bool {
    order.placed_at >= since
        && order.order_type == OrderType::Sale
        && matches!(order.status, OrderStatus::Paid | OrderStatus::Fulfilled | OrderStatus::Completed)
        && order.lines.iter().any(|line| line.discount > 0)
}

fn redeem_shared(tx: &mut DbConnection, since: Instant, currency: Currency, sales: &[DemoOrder]) -> Result<(), Error> {
    let shared = CouponBatchDraft {
        code: Some(SHARED.to_owned()),
        valid_from: Some(since),
        ..draft("The city's own code", CouponKind::Percent, 10)
    };
    coupons::create_batch(tx, since, currency, shared)?;
    for sale in sales {
        let reference = super::load::reference(&sale.reference);
        let order = orders::find_order(tx, &Identifier::reference(IdentifierKind::OrderRef, &reference))?;
        let redeemed = RedeemDraft { order_id: Some(order.id), reservation_id: None };
        coupons::redeem(tx, &Actor::system(), sale.placed_at, SHARED, &redeemed)?;
    }
    Ok(())
}

fn hand_out_birthdays(tx: &mut DbConnection, now: Instant, currency: Currency, customers_of: &[String]) -> Result<(), Error> {
    let until = now.checked_add(TimeDelta::days(DAYS));
    let birthdays = CouponBatchDraft { minimum_order: 10_000, valid_until: until, ..draft("Birthdays", CouponKind::Amount, 2000) };
    let batch = coupons::create_batch(tx, now, currency, birthdays)?;
    let holders: Vec<Option<Id<Customer>>> = customers_of
        .iter()
        .map(|reference| {
            let reference = super::load::reference(reference);
            customers::find_customer(tx, &Identifier::reference(IdentifierKind::CustomerRef, &reference)).map(|customer| Some(customer.id))
        })
        .collect::<Result<_, Error>>()?;
    coupons::issue(tx, now, &batch, &holders).map(|_| ())
}

fn draft(name: &str, kind: CouponKind, worth: i64) -> CouponBatchDraft {
    CouponBatchDraft {
        name: name.to_owned(),
        kind,
        percent: i32::try_from(worth).ok().filter(|_| kind == CouponKind::Percent),
        amount: Some(worth).filter(|_| kind == CouponKind::Amount),
        product_id: None,
        minimum_order: 0,
        category_ids: Vec::new(),
        valid_from: None,
        valid_until: None,
        code: None,
        uses_per_coupon: None,
        total_limit: None,
        per_customer_limit: None,
        reservation_minutes: 15,
    }
}
