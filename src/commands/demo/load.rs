//! The book city into the database, through the same use cases that the API calls.

use std::io::IsTerminal;

use chrono::TimeDelta;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    db::{DatabaseUrl, DbConnection},
    demo::{CURRENCY, DemoCustomer, DemoOrder, DemoShop},
    domain::{
        attributes::Attributes,
        catalogue::{Category, CategoryDraft, ProductDraft, ProductStatus},
        customers::{CardDraft, CardStatus, Customer, CustomerDraft, Organisation, Relation, RelationDraft},
        external_refs::ExternalRef,
        identifiers::{Identifier, IdentifierKind},
        ids::Id,
        instants::Instant,
        money::Currency,
        orders::{OrderDraft, OrderLineDraft},
        permissions::Actor,
        points::PointsProgrammeDraft,
        precondition::Precondition,
    },
    error::{Code, Error},
    http::app::App,
    services::{
        categories, customers, orders,
        overview::{Overview, overview},
        points::programme,
        products, settings,
    },
};

/// Customers of one transaction: short enough for others to write in between.
const BATCH: usize = 20;
/// The system under whose references the city's things are known.
const SYSTEM: &str = "demo";
/// Since when the city's customers earn points, seen from today.
const POINTS_FOR: TimeDelta = TimeDelta::days(-120);
/// The setting that says that the city is being built, or stands: the database is no shop's own.
const BEGUN: &str = "demo_begun";
/// The setting that says that the city is complete.
const COMPLETE: &str = "demo_complete";

/// Makes what is missing of the city; answers whether anything was. Killed half-way and run again, it goes on where it was.
///
/// # Errors
/// The database's, or that the database keeps another currency than the city's.
pub fn load(app: &App, shop: &DemoShop) -> Result<bool, Error> {
    if app.currency.as_str() != CURRENCY {
        return Err(Error::new(
            Code::UnsupportedCurrency,
            format!("the book city trades in {CURRENCY}, this database in {}", app.currency),
        ));
    }
    let is_complete = app.db.write_blocking(|tx| {
        let is_complete = settings::is_set(tx, COMPLETE)?;
        if !is_complete && !settings::is_set(tx, BEGUN)? {
            check_empty(tx)?;
            settings::set(tx, BEGUN, "true")?;
        }
        Ok::<_, Error>(is_complete)
    })?;
    if is_complete {
        return Ok(false);
    }
    let city = City {
        now: app.clock.now(),
        currency: app.currency,
        skus: shop.catalogue().products.iter().map(|product| product.sku.clone()).collect(),
    };
    load_catalogue(app, shop, &city)?;
    let begun = city.now;
    app.db.write_blocking(move |tx| begin_points(tx, begun))?;
    let bar = progress_bar(shop);
    let mut customers = shop.customers().peekable();
    while customers.peek().is_some() {
        let batch: Vec<(DemoCustomer, Vec<DemoOrder>)> = customers
            .by_ref()
            .take(BATCH)
            .map(|customer| {
                let orders = shop.orders_of(&customer);
                (customer, orders)
            })
            .collect();
        bar.inc(u64::try_from(batch.len()).unwrap_or(0));
        let city = city.clone();
        app.db.write_blocking(move |tx| batch.iter().try_for_each(|(customer, orders)| city.load_customer(tx, customer, orders)))?;
    }
    let mut sales = shop.till_sales().peekable();
    while sales.peek().is_some() {
        let batch: Vec<DemoOrder> = sales.by_ref().take(10 * BATCH).collect();
        let city = city.clone();
        app.db.write_blocking(move |tx| batch.iter().try_for_each(|order| city.load_order(tx, None, &[], order)))?;
    }
    bar.finish_and_clear();
    app.db.write_blocking(|tx| settings::set(tx, COMPLETE, "true"))?;
    Ok(true)
}

/// Has the programme of points begun a while ago, so that there are points; unless somebody has said otherwise.
fn begin_points(tx: &mut DbConnection, now: Instant) -> Result<(), Error> {
    if programme::current(tx)?.version > 1 {
        return Ok(());
    }
    let draft = PointsProgrammeDraft { starts_at: now.checked_add(POINTS_FOR), ..PointsProgrammeDraft::default() };
    programme::replace(tx, now, &Precondition::None, draft).map(drop)
}

/// A city is not built into somebody's shop.
fn check_empty(tx: &mut DbConnection) -> Result<(), Error> {
    let Overview { customers, products, orders, .. } = overview(tx)?;
    if customers + products + orders == 0 {
        return Ok(());
    }
    Err(Error::new(
        Code::Conflict,
        format!("this database holds a shop of its own; set DATABASE_URL to another one for the book city, such as {}", DatabaseUrl::DEMO),
    ))
}

fn progress_bar(shop: &DemoShop) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} customers, {eta} left").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(u64::try_from(shop.customers().count()).unwrap_or(0)).with_style(style).with_message("Building the book city")
}

fn load_catalogue(app: &App, shop: &DemoShop, city: &City) -> Result<(), Error> {
    let catalogue = shop.catalogue().clone();
    let city = city.clone();
    app.db.write_blocking(move |tx| {
        let mut ids: Vec<Id<Category>> = Vec::with_capacity(catalogue.categories.len());
        for category in &catalogue.categories {
            let draft = CategoryDraft {
                name: category.name().to_owned(),
                parent_id: catalogue.parent(category).and_then(|parent| ids.get(parent)).copied(),
                value_class: category.value_class,
                external_refs: Vec::new(),
            };
            let (placed, _) = categories::put_category(tx, city.now, &reference(&category.joined_path()), &Precondition::None, draft)?;
            ids.push(placed.category.id);
        }
        for product in &catalogue.products {
            let draft = ProductDraft {
                sku: product.sku.clone(),
                title: product.title.clone(),
                category_id: ids.get(product.category).copied(),
                price: Some(product.price),
                currency: None,
                default_user: product.default_user,
                isbn: product.isbn.clone(),
                barcode: product.barcode.clone(),
                attributes: Attributes::new(),
                status: ProductStatus::Active,
                external_refs: Vec::new(),
            };
            products::put_product(tx, city.now, city.currency, &reference(&product.sku), &Precondition::None, draft)?;
        }
        Ok(())
    })
}

/// What a thing of the city is known by.
pub(super) fn reference(id: &str) -> ExternalRef {
    ExternalRef { system: SYSTEM.to_owned(), id: id.to_owned() }
}

fn is_known(tx: &mut DbConnection, kind: IdentifierKind, reference: &ExternalRef) -> Result<bool, Error> {
    crate::services::identifiers::is_claimed(tx, &Identifier::reference(kind, reference))
}

/// What every part of the city needs to know.
#[derive(Clone)]
struct City {
    now: Instant,
    currency: Currency,
    skus: Vec<String>,
}

impl City {
    fn load_customer(&self, tx: &mut DbConnection, person: &DemoCustomer, orders: &[DemoOrder]) -> Result<(), Error> {
        let reference = reference(&person.reference);
        if is_known(tx, IdentifierKind::CustomerRef, &reference)? {
            return Ok(());
        }
        let draft = CustomerDraft {
            kind: person.kind,
            name: person.name.clone(),
            nickname: person.nickname.clone(),
            email: person.email.clone(),
            phone: person.phone.clone(),
            gender: person.gender,
            birth_date: person.birth_date,
            locale: Some(person.locale.to_owned()),
            lifecycle: person.lifecycle,
            stopped_reason: person.stopped_reason.map(ToOwned::to_owned),
            acquisition_channel: Some(person.acquisition_channel.to_owned()),
            tags: person.tags.iter().map(|tag| (*tag).to_owned()).collect(),
            interests: Vec::new(),
            attributes: Attributes::new(),
            time_zone: None,
            profiling_opt_out: false,
            external_refs: vec![reference],
            organisation: person.industry.map(|industry| Organisation {
                industry: Some(industry.to_owned()),
                tax_id: None,
                contacts: Vec::new(),
            }),
        };
        let customer = customers::create_customer(tx, self.now, draft)?;
        if let Some(card) = &person.card {
            let draft = CardDraft {
                number: Some(card.number.clone()),
                kind: card.kind,
                status: CardStatus::Active,
                issued_at: Some(card.issued_at),
                expires_at: None,
            };
            customers::cards::create_card(tx, self.now, customer.id, draft)?;
        }
        let mut relations = Vec::with_capacity(person.relations.len());
        for relation in &person.relations {
            let draft = RelationDraft {
                name: relation.name.clone(),
                kind: relation.kind,
                birth_date: relation.birth_date,
                school_grade: relation.school_grade.map(ToOwned::to_owned),
                customer_id: None,
            };
            relations.push(customers::relations::create_relation(tx, self.now, customer.id, draft)?.id);
        }
        orders.iter().try_for_each(|order| self.load_order(tx, Some(customer.id), &relations, order))
    }

    fn load_order(
        &self,
        tx: &mut DbConnection,
        customer_id: Option<Id<Customer>>,
        relations: &[Id<Relation>],
        order: &DemoOrder,
    ) -> Result<(), Error> {
        let reference = reference(&order.reference);
        if is_known(tx, IdentifierKind::OrderRef, &reference)? {
            return Ok(());
        }
        let lines = order.lines.iter().map(|line| OrderLineDraft {
            product_id: None,
            sku: self.skus.get(line.product).cloned(),
            title: None,
            quantity: line.quantity,
            unit_price: Some(line.unit_price),
            discount: line.discount,
            refunded: Some(line.refunded).filter(|refunded| *refunded > 0),
            used_by: line.used_by,
            beneficiary_id: line.beneficiary.and_then(|person| relations.get(person)).copied(),
            need: line.need,
        });
        let draft = OrderDraft {
            number: Some(order.number.clone()),
            r#type: order.order_type,
            customer_id: Some(customer_id),
            channel: order.channel,
            store: order.store.map(ToOwned::to_owned),
            status: Some(order.status),
            currency: None,
            placed_at: Some(order.placed_at),
            lines: lines.collect(),
            shipping_fee: order.shipping_fee,
            campaign_id: None,
            coupon_code: None,
            external_refs: vec![reference],
        };
        orders::create_order(tx, &Actor::system(), self.now, self.currency, draft).map(|_| ())
    }
}
