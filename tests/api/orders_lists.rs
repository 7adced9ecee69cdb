//! Lists of orders: filters, pages, and how the databases find them.

use patron::{
    domain::{
        TextEnum,
        ids::Id,
        instants::Instant,
        orders::{OrderFilter, OrderSort},
        paging::{PageRequest, Position},
    },
    repositories::orders,
};
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Shop, plans_of},
};

fn numbers(orders: &[Value]) -> Vec<&str> {
    orders.iter().map(|order| order["number"].as_str().unwrap()).collect()
}

on_both! {
    async fn orders_are_found_as_they_are_asked_for(app: &TestApp) {
        let shop = Shop::open(app).await;
        let customer = shop.customer("A").await;
        for (number, customer, channel, status, kind, placed_at) in [
            ("1", Some(&customer), "web", "placed", "sale", "2026-01-01T00:00:00Z"),
            ("2", Some(&customer), "store", "paid", "sale", "2026-02-01T00:00:00Z"),
            ("3", None, "store", "completed", "sale", "2026-03-01T00:00:00Z"),
            ("4", Some(&customer), "mail", "completed", "return", "2026-04-01T00:00:00Z"),
        ] {
            let lines = json!([{"sku": "BOOK", "quantity": 1}, {"sku": "PIANO", "quantity": 1}]);
            let body = json!({"number": number, "customer_id": customer, "channel": channel, "status": status, "type": kind, "placed_at": placed_at, "lines": lines});
            shop.admin.make("/v1/orders", body).await;
        }
        for (query, expected) in [
            (String::new(), vec!["4", "3", "2", "1"]),
            (format!("customer_id={customer}"), vec!["4", "2", "1"]),
            ("status=completed".to_owned(), vec!["4", "3"]),
            ("channel=store".to_owned(), vec!["3", "2"]),
            ("type=return".to_owned(), vec!["4"]),
            ("placed_from=2026-02-01T00:00:00Z".to_owned(), vec!["4", "3", "2"]),
            ("placed_to=2026-02-01T00:00:00Z".to_owned(), vec!["1"]),
            ("placed_from=2026-02-01T08:00:00%2B08:00&placed_to=2026-03-01T00:00:00.000001Z".to_owned(), vec!["3", "2"]),
            (format!("customer_id={customer}&type=sale&status=paid&channel=store"), vec!["2"]),
            ("status=refunded".to_owned(), vec![]),
        ] {
            let found = shop.admin.all(&format!("/v1/orders?limit=2&{query}")).await;
            assert_eq!(numbers(&found), expected, "{query}");
            assert!(found.iter().all(|order| order["lines"].as_array().unwrap().len() == 2 && order.get("history").is_none()), "{query}");
            let total = shop.admin.get(&format!("/v1/orders?include=total&limit=1&{query}")).await.expect(200)["total"].as_u64();
            assert_eq!(total, Some(expected.len() as u64), "{query}");
        }
        for query in ["status=lost", "customer_id=x", "placed_from=yesterday", "color=red", "sort=total", "limit=0", "q=x"] {
            shop.admin.get(&format!("/v1/orders?{query}")).await.problem(422, "invalid");
        }
    }

    async fn pages_stay_put_while_orders_come(app: &TestApp) {
        let shop = Shop::open(app).await;
        let place = async |number: &str, placed_at: &str| {
            shop.admin.make("/v1/orders", json!({"number": number, "channel": "web", "placed_at": placed_at, "lines": [{"sku": "BOOK", "quantity": 1}]})).await
        };
        // Placed at one instant, so that only the id tells them apart.
        for number in ["1", "2", "3", "4", "5"] {
            place(number, "2026-01-01T00:00:00Z").await;
        }
        for sort in ["placed_at", "-placed_at", "created_at", "-created_at", "updated_at", "-updated_at"] {
            let mut found = shop.admin.all(&format!("/v1/orders?limit=2&sort={sort}")).await;
            if sort.starts_with('-') {
                found.reverse();
            }
            assert_eq!(numbers(&found), ["1", "2", "3", "4", "5"], "{sort}");
        }
        let first = shop.admin.get("/v1/orders?limit=2").await.expect(200);
        assert_eq!(numbers(first["data"].as_array().unwrap()), ["5", "4"]);
        place("late", "2026-02-01T00:00:00Z").await;
        place("same", "2026-01-01T00:00:00Z").await;
        let cursor = first["next_cursor"].as_str().unwrap();
        let rest = shop.admin.get(&format!("/v1/orders?cursor={cursor}")).await.expect(200);
        assert_eq!(numbers(rest["data"].as_array().unwrap()), ["3", "2", "1"]);
        shop.admin.get(&format!("/v1/orders?sort=placed_at&cursor={cursor}")).await.problem(400, "invalid_cursor");
    }

    async fn an_erp_reads_what_has_changed(app: &TestApp) {
        let shop = Shop::open(app).await;
        let path = shop.order_at("placed", json!([{"sku": "BOOK", "quantity": 1}])).await;
        shop.order_at("placed", json!([{"sku": "BOOK", "quantity": 1}])).await;
        app.pass(60);
        let since = app.now();
        app.pass(60);
        shop.admin.post(&format!("{path}/pay"), json!({})).await.expect(200);
        let changed = shop.admin.all(&format!("/v1/orders?sort=updated_at&updated_since={since}")).await;
        assert_eq!(changed.iter().map(|order| order["status"].as_str().unwrap()).collect::<Vec<_>>(), ["paid"]);
    }

    /// No list reads the table whole or sorts it, on whichever page, and its lines come by key.
    async fn lists_follow_an_index(app: &TestApp) {
        let shop = Shop::open(app).await;
        let customer = Id::from(shop.customer("A").await.parse::<uuid::Uuid>().unwrap());
        for _ in 0..3 {
            shop.order_at("placed", json!([{"sku": "BOOK", "quantity": 1}])).await;
        }
        let ask = |filter: OrderFilter, sort: OrderSort, after: Option<Position>| {
            plans_of(app.app.db.url(), |conn| drop(orders::list(conn, &filter, &PageRequest { sort, after, limit: 2, with_total: false }).unwrap()))
        };
        let far: Instant = "9000-01-01T00:00:00Z".parse().unwrap();
        for sort in OrderSort::ALL {
            let key = if sort.as_str().ends_with("created_at") { 0 } else { far.micros() };
            let after = Position { key, id: uuid::Uuid::max() };
            for after in [None, Some(after)] {
                for plan in ask(OrderFilter::default(), *sort, after) {
                    let is_lines = plan.sql.contains("FROM \"order_lines\"") || plan.sql.contains("FROM `order_lines`");
                    assert!(!plan.plan.contains("Seq Scan"), "{sort} {plan:#?}");
                    // SQLite says SCAN of an index that is read in its order, and of the list of keys that lines are looked up by.
                    assert!(!plan.plan.lines().any(|step| step.starts_with("SCAN order") && !step.contains("USING")), "{sort} {plan:#?}");
                    let sorts = plan.plan.contains("Sort") || plan.plan.contains("B-TREE");
                    assert!(is_lines || !sorts, "{sort} {plan:#?}");
                    assert!(!is_lines || plan.plan.contains("order_lines_pkey") || plan.plan.contains("SEARCH order_lines USING PRIMARY KEY (customer_id=? AND order_id=?)"), "{plan:#?}");
                }
            }
        }
        let own = ask(OrderFilter { customer_id: Some(customer), ..OrderFilter::default() }, OrderSort::LastPlacedFirst, None);
        let plan = &own.first().unwrap().plan;
        assert!(plan.contains("orders_pkey") || plan.contains("SEARCH orders USING PRIMARY KEY (customer_id=?"), "{plan}");
        let found = plans_of(app.app.db.url(), |conn| {
            drop(orders::find(conn, Id::generate()).unwrap());
            drop(orders::find_by_refs(conn, "erp", &["1", "2"]).unwrap());
        });
        for plan in &found {
            assert!(!plan.plan.contains("Seq Scan") && !plan.plan.lines().any(|step| step.starts_with("SCAN")), "{plan:#?}");
        }
        assert_eq!(found.len(), 2, "{found:#?}");
    }
}
