//! What imports ask of orders beneath the API: many at a time, in few queries.

use std::collections::BTreeMap;

use patron::{
    db::WriteMode,
    domain::{
        external_refs::ExternalRef,
        ids::Id,
        money::Currency,
        orders::{
            Order, OrderAmounts, OrderChannel, OrderDetails, OrderEvent, OrderEventKind, OrderLine, OrderLineDetails, OrderStatus,
            OrderType,
        },
        permissions::Actor,
    },
    error::Error,
    repositories::{
        identifiers::{self, Holder},
        orders::{self as repository, events},
    },
    services::orders::identifiers_of,
};
use serde_json::json;

use crate::{
    on_both,
    support::{Shop, TestApp, plans_of},
};

/// More than one statement holds, of orders as of lines.
const MANY: usize = 2_300;

fn line(shop: &Shop, line_no: i32, quantity: i64) -> OrderLine {
    OrderLine {
        line_no,
        product_id: Id::from(shop.book["id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap()),
        sku: "BOOK".to_owned(),
        title: "红楼梦".to_owned(),
        quantity,
        unit_price: 100,
        discount: 0,
        refunded: 0,
        details: OrderLineDetails::default(),
    }
}

fn completed(app: &TestApp, shop: &Shop, customer: Option<&str>, reference: usize) -> Order {
    let lines = vec![line(shop, 1, 1), line(shop, 2, 2)];
    let system = "till".to_owned();
    Order {
        id: Id::generate(),
        number: format!("T-{reference}"),
        r#type: OrderType::Sale,
        details: OrderDetails {
            customer_id: customer.map(|id| Id::from(id.parse::<uuid::Uuid>().unwrap())),
            channel: OrderChannel::Store,
            store: None,
            campaign_id: None,
            coupon_code: None,
            external_refs: vec![ExternalRef { system, id: reference.to_string() }],
        },
        status: OrderStatus::Completed,
        currency: Currency::parse("CNY").unwrap(),
        placed_at: app.now(),
        amounts: OrderAmounts::of(&lines, 0).unwrap(),
        lines,
        version: 1,
        created_at: app.now(),
        updated_at: app.now(),
    }
}

/// Stores new orders as an import does.
async fn take_in(app: &TestApp, new: Vec<Order>) {
    let stored = app.app.db.write(WriteMode::Commit, move |tx| {
        repository::insert(tx, &new)?;
        let holder = |order: &Order| Holder { resource_id: order.id.cast(), customer_id: order.details.customer_id };
        let claims: Vec<_> =
            new.iter().flat_map(|order| identifiers_of(order).into_iter().map(move |identifier| (identifier, holder(order)))).collect();
        assert_eq!(identifiers::claim(tx, &claims)?, []);
        let system = Actor::system();
        let event = |order: &Order| OrderEvent {
            seq: 1,
            at: order.created_at,
            kind: OrderEventKind::Created,
            from: None,
            to: order.status,
            actor_kind: system.kind,
            actor_id: system.id,
            details: serde_json::Map::new(),
        };
        events::insert(tx, new.iter().map(|order| (order, event(order))))?;
        Ok::<_, Error>(())
    });
    stored.await.unwrap();
}

async fn found(app: &TestApp, references: Vec<String>) -> BTreeMap<String, Order> {
    let found = app.app.db.read(move |tx| {
        let references: Vec<&str> = references.iter().map(String::as_str).collect();
        Ok::<_, Error>(repository::find_by_refs(tx, "till", &references)?)
    });
    found.await.unwrap().into_iter().collect()
}

on_both! {
    async fn many_are_stored_found_and_replaced(app: &TestApp) {
        let shop = Shop::open(app).await;
        let customer = shop.customer("A").await;
        let new: Vec<Order> = (0..MANY).map(|number| completed(app, &shop, (number % 2 == 0).then_some(&customer), number)).collect();
        take_in(app, new.clone()).await;
        let references = || (0..MANY + 5).map(|number| number.to_string()).collect::<Vec<_>>();
        let stored = found(app, references()).await;
        assert_eq!(stored.len(), MANY);
        for order in &new {
            assert_eq!(stored[&order.details.external_refs[0].id], *order);
        }
        assert_eq!(app.faults().await, [""; 0]);

        // More lines for some, fewer for others.
        let changed: Vec<Order> = new
            .iter()
            .map(|order| {
                let lines = if order.details.customer_id.is_some() { vec![line(&shop, 1, 5)] } else { (1..=3).map(|no| line(&shop, no, 7)).collect() };
                let details = OrderDetails { store: Some("Tianhe".to_owned()), ..order.details.clone() };
                Order { details, amounts: OrderAmounts::of(&lines, 0).unwrap(), lines, version: 2, ..order.clone() }
            })
            .collect();
        let again = changed.clone();
        app.app.db.write(WriteMode::Commit, move |tx| Ok::<_, Error>(repository::replace(tx, &again)?)).await.unwrap();
        let stored = found(app, references()).await;
        for order in &changed {
            assert_eq!(stored[&order.details.external_refs[0].id], *order);
        }
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn few_queries_find_many(app: &TestApp) {
        let shop = Shop::open(app).await;
        take_in(app, (0..40).map(|number| completed(app, &shop, None, number)).collect()).await;
        let references: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        let references: Vec<&str> = references.iter().map(String::as_str).collect();
        let plans = plans_of(app.app.db.url(), |conn| assert_eq!(repository::find_by_refs(conn, "till", &references).unwrap().len(), 40));
        assert_eq!(plans.len(), 2, "{plans:#?}");
    }

    async fn an_order_may_have_two_references(app: &TestApp) {
        let shop = Shop::open(app).await;
        let refs = json!([{"system": "till", "id": "1"}, {"system": "till", "id": "2"}, {"system": "erp", "id": "1"}]);
        let body = json!({"channel": "store", "external_refs": refs, "lines": [{"sku": "BOOK", "quantity": 1}]});
        shop.admin.make("/v1/orders", body).await;
        let stored = found(app, vec!["1".to_owned(), "2".to_owned(), "3".to_owned()]).await;
        assert_eq!(stored.keys().collect::<Vec<_>>(), ["1", "2"]);
        assert!(stored["1"] == stored["2"] && stored["1"].lines.len() == 1);
    }

    /// Whatever happens to orders, what no foreign key can say holds.
    async fn what_happens_to_orders_leaves_them_consistent(app: &TestApp) {
        let shop = Shop::open(app).await;
        let customer = shop.customer("A").await;
        let claimed = shop.order_at("placed", json!([{"sku": "BOOK", "quantity": 2}, {"sku": "PIANO", "quantity": 1}])).await;
        shop.admin.patch(&claimed, json!({"customer_id": customer, "external_refs": [{"system": "erp", "id": "1"}]})).await.expect(200);
        shop.admin.post(&format!("{claimed}/pay"), json!({})).await.expect(200);
        shop.admin.post(&format!("{claimed}/refund"), json!({"lines": [{"line_no": 2, "amount": 1}]})).await.expect(200);
        let put = json!({"channel": "web", "lines": [{"sku": "BOOK", "quantity": 9}, {"sku": "PIANO", "quantity": 1}, {"sku": "BOOK", "quantity": 1}]});
        assert_eq!(shop.admin.put("/v1/orders/by-ref/erp/1", put).await.expect(200)["refunded_total"], 1);
        assert_eq!(app.faults().await, [""; 0]);
        shop.admin.post(&format!("{claimed}/refund"), json!({})).await.expect(200);
        shop.order_at("refunded", json!([{"sku": "BOOK", "quantity": 1}])).await;
        shop.order_at("cancelled", json!([{"sku": "BOOK", "quantity": 1}])).await;
        assert_eq!(app.faults().await, [""; 0]);
    }
}
