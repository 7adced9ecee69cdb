//! What a ledger comes to.

use std::io::Write;

use serde_json::{Value, json};

use super::{HEADER, bring, customer, import, order};
use crate::{on_both, support::estimated_rows};

fn counts(created: u64, updated: u64, unchanged: u64) -> Value {
    json!({"created": created, "updated": updated, "unchanged": unchanged})
}

on_both! {
    async fn what_a_ledger_tells_of_earns_no_points(app: &TestApp) {
        let admin = app.admin();
        admin.put("/v1/points-programme", json!({"starts_at": "2026-01-01T00:00:00Z"})).await.expect(200);
        let row =
            |customer: &str, order: &str| format!("{customer},{order},2026-06-30T10:00:00Z,S1,store,G1,Guitar,MUSIC,high,1,800.00,self,\n");
        bring(app, &(row("C1", "B1") + &row("", "B2") + &row("", "B3"))).await;
        // One finds its customer by the ledger, the other by a member of staff.
        bring(app, &row("C1", "B2")).await;
        let customer = customer(app, "C1").await["id"].as_str().unwrap().to_owned();
        let third = order(app, "B3").await["id"].as_str().unwrap().to_owned();
        admin.patch(&format!("/v1/orders/{third}"), json!({"customer_id": customer})).await.expect(200);
        let points = admin.get(&format!("/v1/customers/{customer}/points")).await.expect(200);
        assert_eq!(json!([points["version"], points["pending"], points["data"]]), json!([0, 0, []]));
        // What the shop sells from now on does.
        let sold = json!({"channel": "web", "customer_id": customer, "status": "completed", "lines": [{"sku": "G1", "quantity": 1, "unit_price": 80_000}]});
        admin.make("/v1/orders", sold).await;
        assert_eq!(admin.get(&format!("/v1/customers/{customer}/points")).await.expect(200)["balance"], 80);
    }

    async fn a_ledger_comes_in_whole(app: &TestApp) {
        // Rows of an order are no neighbours; B2 mixes sale and return; B4 is nobody's; B5 only gives back.
        let summary = bring(app, "\
            C2,B2,2026-01-02T10:00:00Z,S1,store,G1,Guitar,MUSIC / GUITARS,high,1,800.00,self,student\n\
            C1,B1,2026-01-01T09:00:00Z,S1,store,K1,A pen,STATIONERY,everyday,3,8.97,student,\n\
            ,B4,2026-01-04T12:00:00Z,,store,K1,A pen,STATIONERY,everyday,1,2.99,,\n\
            C2,B2,2026-01-02T10:00:00Z,S1,store,K1,A pen,STATIONERY,everyday,-2,-5.98,,student\n\
            C1,B1,2026-01-01T08:59:00Z,S2,web,B1,书,BOOKS,,1,10.005,,\n\
            C1,B5,2026-01-05T09:00:00Z,S1,store,K1,A pen,STATIONERY,everyday,-1,2.99,,\n\
            C2,B3,2026-01-03T10:00:00Z,S1,phone,G1,Guitar,MUSIC / GUITARS,high,3,10.00,gift,student\n").await;
        assert_eq!((&summary["rows_read"], &summary["rows_imported"], &summary["rows_rejected"], &summary["rows_rounded"]), (&json!(7), &json!(7), &json!(0), &json!(1)));
        assert_eq!((&summary["customers"], &summary["products"]), (&counts(2, 0, 0), &counts(3, 0, 0)));
        assert_eq!((&summary["categories"], &summary["orders"]), (&counts(4, 0, 0), &counts(6, 0, 0)));
        assert_eq!(summary["lines_written"], 7);
        // Plans for empty tables would make the first scoring run read them line by line.
        for (table, rows) in [("customers", 2.0), ("orders", 6.0), ("order_lines", 7.0)] {
            let known = estimated_rows(app.app.db.url(), table);
            assert!(known.is_none_or(|known| known >= rows), "{table}: {known:?}");
        }

        let (one, two) = (customer(app, "C1").await, customer(app, "C2").await);
        assert_eq!((&one["name"], &one["lifecycle"], &one["membership"], &one["version"]), (&json!("C1"), &json!("active"), &Value::Null, &json!(1)));
        assert_eq!(two["membership"]["kind"], "student");
        assert_eq!(two["membership"]["number"].as_str().unwrap().len(), 16);

        let first = order(app, "B1").await;
        assert_eq!((&first["number"], &first["customer_id"], &first["status"], &first["type"]), (&json!("B1"), &one["id"], &json!("completed"), &json!("sale")));
        // Rows that disagree: the earliest time, the first channel and store.
        assert_eq!((&first["placed_at"], &first["channel"], &first["store"]), (&json!("2026-01-01T08:59:00Z"), &json!("store"), &json!("S1")));
        let lines: Vec<Value> = first["lines"].as_array().unwrap().iter()
            .map(|line| json!([line["line_no"], line["sku"], line["title"], line["quantity"], line["unit_price"], line["discount"], line["used_by"]])).collect();
        // 10.005 is rounded half-up.
        assert_eq!(lines, [json!([1, "K1", "A pen", 3, 299, 0, "student"]), json!([2, "B1", "书", 1, 1001, 0, null])]);
        assert_eq!((&first["total"], &first["history"][0]["kind"], first["history"].as_array().unwrap().len()), (&json!(1898), &json!("imported"), 1));

        let (sale, back) = (order(app, "B2").await, order(app, "B2-R").await);
        assert_eq!((&sale["total"], &sale["type"]), (&json!(80_000), &json!("sale")));
        assert_eq!((&back["total"], &back["type"], &back["customer_id"], &back["lines"][0]["quantity"]), (&json!(598), &json!("return"), &two["id"], &json!(2)));
        let odd = order(app, "B3").await;
        // 3 for 10.00: 334 each, 2 off.
        assert_eq!((&odd["lines"][0]["unit_price"], &odd["lines"][0]["discount"], &odd["total"]), (&json!(334), &json!(2), &json!(1000)));
        let nobodys = order(app, "B4").await;
        assert_eq!((&nobodys["customer_id"], &nobodys["store"]), (&Value::Null, &Value::Null));
        assert_eq!((&order(app, "B5").await["type"], &order(app, "B5").await["number"]), (&json!("return"), &json!("B5")));

        let categories = app.admin().all("/v1/categories").await;
        let class = |path: Value| categories.iter().find(|category| category["path"] == path).map(|category| (category["value_class"].clone(), category["effective_value_class"].clone()));
        assert_eq!(class(json!(["MUSIC", "GUITARS"])), Some((json!("high"), json!("high"))));
        assert_eq!(class(json!(["MUSIC"])), Some((Value::Null, json!("everyday"))));
        assert_eq!(class(json!(["BOOKS"])), Some((Value::Null, json!("everyday"))));
        let products = app.admin().all("/v1/products").await;
        assert!(products.iter().all(|product| product["price"].is_null() && product["category_id"].is_string()));
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn people_are_known_by_what_the_ledger_tells(app: &TestApp) {
        let header = "customer_ref,order_ref,placed_at,sku,quantity,unit_price,discount,customer_name,email,phone,card_number,card_kind,line_no\n";
        let first = format!("{header}\
            C1,B1,2026-01-01,K1,2,5.00,1.00,,,,,,2\n\
            C1,B1,2026-01-01,K2,1,7.00,,王小明,Li@Example.com,+86 138-0013-8000,MC-77,vip,1\n");
        let done = import(app, "", first).await;
        assert_eq!(done["summary"]["customers"]["created"], 1, "{done}");
        let known = customer(app, "C1").await;
        assert_eq!((&known["name"], &known["email"], &known["phone"]), (&json!("王小明"), &json!("Li@Example.com"), &json!("+8613800138000")));
        assert_eq!((&known["membership"]["number"], &known["membership"]["kind"]), (&json!("MC-77"), &json!("vip")));
        for query in ["q=小明", "q=13800138000", "q=mc-77"] {
            assert_eq!(app.admin().get(&format!("/v1/customers?{query}")).await.expect(200)["data"][0]["id"], known["id"], "{query}");
        }
        assert_eq!(app.admin().get("/v1/customers/lookup?email=li@example.com").await.expect(200)["id"], known["id"]);
        let lines = order(app, "B1").await["lines"].clone();
        assert_eq!((&lines[0]["sku"], &lines[1]["sku"], &lines[1]["discount"]), (&json!("K2"), &json!("K1"), &json!(100)));

        // A later ledger adds what is missing, and changes nothing that is known.
        let later = format!("{header}\
            C1,B2,2026-01-02,K1,1,5.00,,Somebody else,other@example.com,,X-1,student,\n\
            C2,B3,2026-01-02,K1,1,5.00,,,,,,,\n");
        import(app, "", later).await;
        assert_eq!(customer(app, "C1").await, known);
        assert_eq!(customer(app, "C2").await["name"], "C2");
        let named = format!("{header}C2,B4,2026-01-03,K1,1,5.00,,Anna,anna@example.com,,,senior,\n");
        let done = import(app, "", named).await;
        assert_eq!(done["summary"]["customers"], counts(0, 1, 0));
        let anna = customer(app, "C2").await;
        assert_eq!((&anna["name"], &anna["email"], &anna["membership"]["kind"], &anna["version"]), (&json!("Anna"), &json!("anna@example.com"), &json!("senior"), &json!(2)));
        assert_eq!(app.faults().await, [""; 0]);
    }

    async fn a_file_of_other_naming_is_mapped(app: &TestApp) {
        let file = "\u{feff}CustomerID;InvoiceNo;InvoiceDate;StockCode;Description;Quantity;UnitPrice;Country\n\
            17850;536365;12/01/2010 08:26;85123A;\"WHITE; HANGING\";6;2.55;United Kingdom\n";
        let query = "&map=customer_ref%3DCustomerID,order_ref%3DInvoiceNo,placed_at%3DInvoiceDate,sku%3DStockCode,title%3DDescription,quantity%3DQuantity,unit_price%3DUnitPrice\
            &date_format=%25m/%25d/%25Y%20%25H:%25M&time_zone=Asia/Shanghai&delimiter=;&system=erp&defaults=channel%3Dweb,store%3DS9";
        let done = import(app, query, file).await;
        assert_eq!(done["status"], "completed", "{done}");
        assert_eq!(done["summary"]["ignored_columns"], json!(["Country"]));
        let order = app.admin().get("/v1/orders/by-ref/erp/536365").await.expect(200);
        assert_eq!((&order["placed_at"], &order["channel"], &order["store"], &order["total"]), (&json!("2010-12-01T00:26:00Z"), &json!("web"), &json!("S9"), &json!(1530)));
        assert_eq!(order["lines"][0]["title"], "WHITE; HANGING");
        assert_eq!(app.admin().get("/v1/customers/by-ref/erp/17850").await.expect(200)["name"], "17850");
    }

    async fn ndjson_and_gzip_are_read(app: &TestApp) {
        let lines = "{\"customer_ref\":\"C1\",\"order_ref\":\"J1\",\"placed_at\":\"2026-01-01\",\"sku\":\"K1\",\"quantity\":2,\"line_total\":3.5}\n";
        assert_eq!(import(app, "", lines).await["summary"]["orders"]["created"], 1);
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(format!("{HEADER}C1,Z1,2026-01-01,,,K1,,,,1,1.00,,\n").as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        let done = import(app, "", packed.clone()).await;
        assert_eq!((&done["summary"]["orders"]["created"], &done["summary"]["bytes"], &done["byte_count"]), (&json!(1), &json!(packed.len()), &json!(packed.len())));
        assert_eq!(order(app, "J1").await["total"], 350);
    }

    async fn a_file_that_is_no_ledger_is_refused_whole(app: &TestApp) {
        let utf16: Vec<u8> = HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut broken_later = format!("{HEADER}C1,B1,2026-01-01,,,K1,,,,1,1.00,,\n").into_bytes();
        broken_later.extend(b"C1,B2,2026-01-01,,,K\xe9,,,,1,1.00,,\n");
        for (file, words) in [
            (utf16, "UTF-16LE"),
            (broken_later, "Windows-1252 or ISO-8859-1"),
            (b"customer_ref,order_ref,placed_at,quantity,line_total\n".to_vec(), "missing column: sku"),
            (b"\x1f\x8b\x08\x00\x00".to_vec(), "gzip"),
        ] {
            let done = import(app, "", file).await;
            assert_eq!((&done["status"], &done["summary"]), (&json!("failed"), &Value::Null), "{done}");
            assert!(done["error"].as_str().unwrap().contains(words), "{done}");
        }
        for list in ["/v1/customers", "/v1/orders", "/v1/products"] {
            assert_eq!(app.admin().all(list).await, Vec::<Value>::new(), "{list}");
        }
        assert_eq!(app.faults().await, [""; 0]);
    }
}
