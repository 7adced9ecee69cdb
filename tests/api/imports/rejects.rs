//! Rows that stay out, and why.

use serde_json::{Value, json};

use super::{HEADER, bring, customer, import, order, rejects};
use crate::on_both;

on_both! {
    async fn bad_rows_stay_out_alone(app: &TestApp) {
        let summary = bring(app, "\
            C1,B1,2026-01-01,,store,K1,A pen,STATIONERY,everyday,0,0.00,,\n\
            C1,B1,2026-01-01,,store,K1,A pen,STATIONERY,everyday,1,1.00,,\n\
            C1,B1,2026-01-01,,store,K1,A pen,STATIONERY,high,1,1.00,,\n\
            C1,,2026-01-01,,store,K1,A pen,,,1,1.00,,\n\
            C1,B2,soon,,store,K1,A pen,,,1,1.00,,\n\
            C1,B2,2026-01-01,,teleport,K1,A pen,,,1,1.00,,\n\
            C1,B2,2026-01-01,,store,K1,A pen,,,one,1.00,,\n\
            C1,B2,2999-01-01,,store,K1,A pen,,,1,1.00,,\n\
            C1,B2,2026-01-01,,store,K1,A pen,,,1,10000000000000.01,,\n\
            C1,B2,2026-01-01,,store\n").await;
        assert_eq!((&summary["rows_read"], &summary["rows_imported"], &summary["rows_rejected"]), (&json!(10), &json!(1), &json!(9)));
        assert_eq!(rejects(app).await, [
            json!([2, "quantity", "quantity_zero", "0"]),
            json!([4, "value_class", "value_class_conflict", "high"]),
            json!([5, "order_ref", "required", ""]),
            json!([6, "placed_at", "date", "soon"]),
            json!([7, "channel", "one_of", "teleport"]),
            json!([8, "quantity", "number", "one"]),
            json!([9, "placed_at", "in_future", "2999-01-01T00:00:00Z"]),
            json!([10, null, "amount_overflow", "1000000000000001"]),
            json!([11, null, "field_count", "C1,B2,2026-01-01,,store"]),
        ]);
        assert_eq!(order(app, "B1").await["lines"].as_array().unwrap().len(), 1);
        assert_eq!(app.admin().all("/v1/orders").await.len(), 1, "of B2 nothing was left");
    }

    async fn an_order_is_one_customers(app: &TestApp) {
        let rows = "\
            C2,B1,2026-01-01,,,K1,,,,1,2.00,,\n\
            C1,B1,2026-01-01,,,K1,,,,1,1.00,,\n\
            ,B1,2026-01-01,,,K1,,,,1,3.00,,\n";
        for _ in 0..2 {
            assert_eq!(bring(app, rows).await["rows_rejected"], 2);
            assert_eq!(rejects(app).await, [json!([2, "order_ref", "customer_conflict", "B1"]), json!([4, "order_ref", "customer_conflict", "B1"])]);
            let known = order(app, "B1").await;
            assert_eq!((&known["customer_id"], &known["total"], &known["version"]), (&customer(app, "C1").await["id"], &json!(100), &json!(1)));
        }
        assert_eq!(app.admin().all("/v1/customers").await.len(), 1, "C2 has bought nothing");
    }

    async fn a_return_s_reference_is_its_own(app: &TestApp) {
        let rows = "\
            C1,B1,2026-01-01,,,K1,,,,2,2.00,,\n\
            C1,B1,2026-01-01,,,K1,,,,-1,1.00,,\n\
            C1,B1-R,2026-01-01,,,K1,,,,-1,9.00,,\n";
        for _ in 0..2 {
            bring(app, rows).await;
            assert_eq!(rejects(app).await, [json!([4, "order_ref", "order_ref_conflict", "B1-R"])]);
            assert_eq!(order(app, "B1-R").await["total"], 100);
        }
        // A sale can not become a return.
        assert_eq!(bring(app, "C1,B1,2026-01-01,,,K1,,,,-1,1.00,,\n").await["rows_rejected"], 1);
        assert_eq!(rejects(app).await, [json!([2, "order_ref", "order_type_conflict", "B1"])]);
    }

    async fn what_is_stored_counts(app: &TestApp) {
        let admin = app.admin();
        admin.make("/v1/categories", json!({"name": "MUSIC", "value_class": "high"})).await;
        let taken = admin.make("/v1/customers", json!({"name": "Anna", "email": "anna@example.com", "phone": "+8613800000001"})).await;
        admin.make(&format!("/v1/customers/{}/cards", taken["id"].as_str().unwrap()), json!({"number": "MC-1"})).await;
        let product = admin.make("/v1/products", json!({"sku": "K1", "title": "Pencil", "price": 100})).await;
        admin.make("/v1/orders", json!({"number": "B1", "channel": "store", "lines": [{"sku": "K1", "quantity": 1}]})).await;

        let header = HEADER.replace('\n', ",email,phone,card_number\n");
        let file = format!("{header}\
            C1,B1,2026-01-01,,,K1,A pen,MUSIC,,1,1.00,,student,ANNA@example.com,+8613800000001,mc-1\n\
            C1,B2,2026-01-01,,,K1,A pen,MUSIC,everyday,1,1.00,,,,,\n\
            C2,B3,2026-01-01,,,K1,A pen,MUSIC,,1,1.00,,,c2@example.com,,\n\
            C3,B4,2026-01-01,,,K1,A pen,,,1,1.00,,,C2@example.com,,\n");
        let done = import(app, "", file.clone()).await;
        let summary = &done["summary"];
        assert_eq!((&summary["rows_imported"], &summary["rows_rejected"], &summary["values_left_out"]), (&json!(3), &json!(1), &json!(4)), "{done}");
        let left_out: Vec<Value> = rejects(app).await;
        assert_eq!(left_out.iter().map(|it| json!([it[0], it[2]])).collect::<Vec<_>>(),
            [json!([2, "already_taken"]), json!([3, "value_class_conflict"]), json!([5, "already_taken"])], "{left_out:?}");
        // The purchases count, without what is another's; the card has a number of its own.
        let one = customer(app, "C1").await;
        assert_eq!((&one["email"], &one["phone"], &one["membership"]["kind"]), (&Value::Null, &Value::Null, &json!("student")));
        assert_eq!((&customer(app, "C2").await["email"], &customer(app, "C3").await["email"]), (&json!("c2@example.com"), &Value::Null));
        // Another order is called B1 already.
        assert_eq!(order(app, "B1").await["number"], "ledger-B1");
        let known = admin.get(&format!("/v1/products/{}", product["id"].as_str().unwrap())).await.expect(200);
        assert_eq!((&known["title"], &known["price"], &known["version"]), (&json!("Pencil"), &json!(100), &json!(2)));
        assert!(known["category_id"].is_string(), "the category was missing");
        assert_eq!(import(app, "", file).await["summary"]["products"], json!({"created": 0, "updated": 0, "unchanged": 1}));
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn a_file_that_is_not_what_it_seems_is_given_up(app: &TestApp) {
        let bad = "C1,B1,2026-01-01,,,K1,,,,none,1.00,,\n";
        let failed = import(app, "", format!("{HEADER}{}", bad.repeat(300_000))).await;
        assert_eq!(failed["status"], "failed", "{failed}");
        let told = failed["error"].as_str().expect("why");
        assert!(told.contains("101000 of the first 101000 rows were rejected"), "{told}");
        let path = format!("/v1/imports/{}/rejects?include=total&limit=1", failed["id"].as_str().unwrap());
        assert_eq!(app.admin().get(&path).await.expect(200)["total"], 101_000, "what led to it can be read");
    }
}
