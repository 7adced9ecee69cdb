//! A shop in plain rows, written into the database behind the server's back: the tests' own idea of what happened, which brute force adds up.

use diesel::{connection::SimpleConnection, prelude::*};
use patron::{
    db::{self, DatabaseUrl, schema, sql_types::Json},
    domain::{customers::Customer, ids::Id, instants::Instant},
    on,
};
use serde_json::{Value, json};

/// A category: its value class, if it has one of its own, and its parent's place.
#[derive(Debug, Clone, Copy)]
pub struct Category {
    pub class: Option<&'static str>,
    pub parent: Option<usize>,
}

/// A product: its category's place and its usual user.
#[derive(Debug, Clone, Copy)]
pub struct Product {
    pub category: Option<usize>,
    pub default_user: Option<&'static str>,
}

/// A customer.
#[derive(Debug, Clone, Default)]
pub struct Person {
    pub opted_out: bool,
    /// Kind and status.
    pub cards: Vec<(&'static str, &'static str)>,
    /// Kinds.
    pub relations: Vec<&'static str>,
}

/// A line.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub product: usize,
    pub quantity: i64,
    pub unit_price: i64,
    pub discount: i64,
    pub refunded: i64,
    pub used_by: Option<&'static str>,
    /// The place of the buyer's relation.
    pub beneficiary: Option<usize>,
}

impl Line {
    pub fn of(product: usize, amount: i64) -> Self {
        Self { product, quantity: 1, unit_price: amount, discount: 0, refunded: 0, used_by: None, beneficiary: None }
    }

    pub fn net(&self) -> i64 {
        self.quantity * self.unit_price - self.discount - self.refunded
    }
}

/// An order; without a customer it is an anonymous till sale.
#[derive(Debug, Clone)]
pub struct Order {
    pub customer: Option<usize>,
    pub kind: &'static str,
    pub status: &'static str,
    pub placed_at: Instant,
    pub lines: Vec<Line>,
}

/// All of it; customers have an id each once it is stored.
#[derive(Debug, Clone, Default)]
pub struct Shop {
    pub categories: Vec<Category>,
    pub products: Vec<Product>,
    pub people: Vec<Person>,
    pub orders: Vec<Order>,
    pub ids: Vec<Id<Customer>>,
    pub product_ids: Vec<Id<()>>,
}

pub fn at(text: &str) -> Instant {
    text.parse().expect("an instant")
}

impl Shop {
    /// Adds a sale that was completed.
    pub fn sale(&mut self, customer: usize, placed_at: &str, lines: Vec<Line>) -> &mut Order {
        self.orders.push(Order { customer: Some(customer), kind: "sale", status: "completed", placed_at: at(placed_at), lines });
        self.orders.last_mut().expect("the order")
    }

    /// Adds somebody; answers their place.
    pub fn person(&mut self, person: Person) -> usize {
        self.people.push(person);
        self.people.len() - 1
    }

    /// The class of a product, by walking up.
    pub fn class_of(&self, product: usize) -> &'static str {
        let mut category = self.products[product].category;
        while let Some(place) = category {
            if let Some(class) = self.categories[place].class {
                return class;
            }
            category = self.categories[place].parent;
        }
        "everyday"
    }

    /// Stores everything.
    pub fn save(&mut self, url: &DatabaseUrl) {
        let mut conn = db::open(url).expect("a connection");
        let now = at("2020-01-01T00:00:00Z");
        let empty = || Json(json!([]));
        let category_ids: Vec<Id<()>> = self.categories.iter().map(|_| Id::generate()).collect();
        for (place, category) in self.categories.iter().enumerate() {
            let effective = {
                let mut at = Some(place);
                let mut class = None;
                while let (Some(place), None) = (at, class) {
                    class = self.categories[place].class;
                    at = self.categories[place].parent;
                }
                class.unwrap_or("everyday")
            };
            use schema::categories as t;
            let row = (
                t::id.eq(category_ids[place]),
                t::name.eq(format!("category {place}")),
                t::parent_id.eq(category.parent.map(|parent| category_ids[parent])),
                t::value_class.eq(category.class),
                t::effective_value_class.eq(effective),
                t::external_refs.eq(empty()),
                t::version.eq(1),
                t::created_at.eq(now),
                t::updated_at.eq(now),
            );
            on!(&mut conn, c => diesel::insert_into(t::table).values(row).execute(c)).expect("a category");
        }
        let product_ids: Vec<Id<()>> = self.products.iter().map(|_| Id::generate()).collect();
        for (place, product) in self.products.iter().enumerate() {
            use schema::products as t;
            let row = (
                t::id.eq(product_ids[place]),
                t::sku.eq(format!("SKU-{}", product_ids[place])),
                t::title.eq("goods"),
                t::category_id.eq(product.category.map(|category| category_ids[category])),
                t::currency.eq("CNY"),
                t::default_user.eq(product.default_user),
                t::attributes.eq(Json(json!({}))),
                t::status.eq("active"),
                t::external_refs.eq(empty()),
                t::version.eq(1),
                t::created_at.eq(now),
                t::updated_at.eq(now),
            );
            on!(&mut conn, c => diesel::insert_into(t::table).values(row).execute(c)).expect("a product");
        }
        let mut relation_ids: Vec<Vec<Id<()>>> = Vec::new();
        self.ids.clear();
        for person in &self.people {
            let id = Id::<Customer>::generate();
            self.ids.push(id);
            relation_ids.push(save_person(&mut conn, id, person, now));
        }
        on!(&mut conn, c => c.batch_execute("BEGIN")).expect("a transaction");
        for order in &self.orders {
            save_order(&mut conn, order, &self.ids, &product_ids, &relation_ids);
        }
        on!(&mut conn, c => c.batch_execute("COMMIT")).expect("a commit");
        self.product_ids = product_ids;
    }

    /// Stores the orders alone, as those of the customers and products of a shop that was stored before; lines without beneficiaries.
    pub fn save_orders_of(&self, url: &DatabaseUrl, stored: &Self) {
        let mut conn = db::open(url).expect("a connection");
        for order in &self.orders {
            save_order(&mut conn, order, &stored.ids, &stored.product_ids, &[]);
        }
    }
}

fn save_person(conn: &mut db::DbConnection, id: Id<Customer>, person: &Person, now: Instant) -> Vec<Id<()>> {
    {
        use schema::customers as t;
        let row = (
            t::id.eq(id),
            t::kind.eq("individual"),
            t::name.eq("somebody"),
            t::lifecycle.eq("active"),
            t::tags.eq(Json(json!([]))),
            t::interests.eq(Json(json!([]))),
            t::attributes.eq(Json(json!({}))),
            t::profiling_opt_out.eq(person.opted_out),
            t::external_refs.eq(Json(json!([]))),
            t::version.eq(1),
            t::created_at.eq(now),
            t::updated_at.eq(now),
        );
        on!(&mut *conn, c => diesel::insert_into(t::table).values(row).execute(c)).expect("a customer");
    }
    for (place, (kind, status)) in person.cards.iter().enumerate() {
        use schema::cards as t;
        let row = (
            t::customer_id.eq(id),
            t::number.eq(format!("{id}-{place}")),
            t::kind.eq(*kind),
            t::status.eq(*status),
            t::issued_at.eq(now),
            t::version.eq(1),
            t::created_at.eq(now),
            t::updated_at.eq(now),
        );
        on!(&mut *conn, c => diesel::insert_into(t::table).values(row).execute(c)).expect("a card");
    }
    let mut ids = Vec::new();
    for kind in &person.relations {
        use schema::relations as t;
        let relation = Id::<()>::generate();
        ids.push(relation);
        let row = (
            t::customer_id.eq(id),
            t::id.eq(relation),
            t::name.eq("relation"),
            t::kind.eq(*kind),
            t::version.eq(1),
            t::created_at.eq(now),
            t::updated_at.eq(now),
        );
        on!(&mut *conn, c => diesel::insert_into(t::table).values(row).execute(c)).expect("a relation");
    }
    ids
}

fn save_order(conn: &mut db::DbConnection, order: &Order, customers: &[Id<Customer>], products: &[Id<()>], relations: &[Vec<Id<()>>]) {
    let id = Id::<()>::generate();
    let owner: Id<()> = order.customer.map_or(id, |customer| customers[customer].cast());
    let refunded: i64 = order.lines.iter().map(|line| line.refunded).sum();
    let subtotal: i64 = order.lines.iter().map(Line::net).sum::<i64>() + refunded;
    {
        use schema::orders as t;
        let row = (
            t::customer_id.eq(owner),
            t::id.eq(id),
            t::number.eq(id.to_string()),
            t::order_type.eq(order.kind),
            t::channel.eq("store"),
            t::status.eq(order.status),
            t::currency.eq("CNY"),
            t::placed_at.eq(order.placed_at),
            t::shipping_fee.eq(990),
            t::subtotal.eq(subtotal),
            t::total.eq(subtotal + 990),
            t::refunded_total.eq(refunded),
            t::external_refs.eq(Json::<Value>(json!([]))),
            t::version.eq(1),
            t::created_at.eq(order.placed_at),
            t::updated_at.eq(order.placed_at),
        );
        on!(&mut *conn, c => diesel::insert_into(t::table).values(row).execute(c)).expect("an order");
    }
    for (line_no, line) in (1..).zip(&order.lines) {
        use schema::order_lines as t;
        let beneficiary = line.beneficiary.map(|place| relations[order.customer.expect("a buyer")][place]);
        let row = (
            t::customer_id.eq(owner),
            t::order_id.eq(id),
            t::line_no.eq(line_no),
            t::product_id.eq(products[line.product]),
            t::sku.eq("sku"),
            t::title.eq("goods"),
            t::quantity.eq(line.quantity),
            t::unit_price.eq(line.unit_price),
            t::discount.eq(line.discount),
            t::refunded.eq(line.refunded),
            t::used_by.eq(line.used_by),
            t::beneficiary_id.eq(beneficiary),
        );
        on!(&mut *conn, c => diesel::insert_into(t::table).values(row).execute(c)).expect("a line");
    }
}
