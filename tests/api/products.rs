//! Products: what order lines name.

use patron::{
    config::Config,
    domain::{money::Currency, permissions::Role},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Caller, Database, Reply, TestApp},
};

fn id(resource: &Value) -> &str {
    resource["id"].as_str().expect("an id")
}

fn path(product: &Value) -> String {
    format!("/v1/products/{}", id(product))
}

fn product(sku: &str) -> Value {
    json!({"sku": sku, "title": "Something"})
}

async fn skus(caller: &Caller, query: &str) -> Vec<String> {
    caller.all(&format!("/v1/products?{query}")).await.iter().map(|p| p["sku"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn a_product_is_kept_as_said(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let books = manager.make("/v1/categories", json!({"name": "Books"})).await;
        let said = json!({
            "sku": "BK 0001/ü", "title": "红楼梦", "category_id": id(&books), "price": 5970, "currency": "CNY", "default_user": "student",
            "isbn": "978-7-02-000220-7", "barcode": "9787020002207", "attributes": {"binding": "paperback", "deep": [1, {"a": null}]},
            "status": "discontinued", "external_refs": [{"system": "erp", "id": "P-1"}],
        });
        let reply = manager.post("/v1/products", said.clone()).await;
        assert_eq!(reply.header("etag"), "\"1\"");
        let location = reply.header("location").to_owned();
        let made = reply.expect(201);
        assert_eq!(location, path(&made));
        let kept = manager.get(&location).await.expect(200);
        assert_eq!(kept, made);
        for (field, value) in said.as_object().unwrap() {
            if field != "isbn" {
                assert_eq!(&kept[field], value, "{field}");
            }
        }
        assert_eq!(kept["isbn"], "9787020002207");
        let least = manager.make("/v1/products", product("A")).await;
        assert_eq!((&least["currency"], &least["status"], &least["attributes"]), (&json!("CNY"), &json!("active"), &json!({})));
        for field in ["category_id", "price", "default_user", "isbn", "barcode"] {
            assert_eq!(least[field], Value::Null, "{field}");
        }
    }

    async fn faults_name_their_place(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let with = |field: &str, value: Value| {
            let mut body = product("A");
            body[field] = value;
            body
        };
        for (body, pointer, code) in [
            (json!({"title": "A"}), "/sku", "required"),
            (json!({"sku": "A"}), "/title", "required"),
            (with("sku", json!("")), "/sku", "length"),
            (with("sku", json!("x".repeat(101))), "/sku", "length"),
            (with("sku", json!("a\nb")), "/sku", "control_character"),
            (with("title", json!("x".repeat(501))), "/title", "length"),
            (with("price", json!(-1)), "/price", "range"),
            (with("price", json!(1_000_000_000_001_i64)), "/price", "range"),
            (with("price", json!(59.7)), "/price", "type"),
            (with("price", json!(99_999_999_999_999_999_999.0)), "/price", "type"),
            (with("currency", json!("cny")), "/currency", "format"),
            (with("currency", json!("EUR")), "/currency", "unsupported_currency"),
            (with("default_user", json!("teacher")), "/default_user", "unknown_value"),
            (with("isbn", json!("9787020002208")), "/isbn", "isbn"),
            (with("isbn", json!("978--7020002207")), "/isbn", "isbn"),
            (with("barcode", json!("4006381333930")), "/barcode", "barcode"),
            (with("barcode", json!("400-6381333931")), "/barcode", "barcode"),
            (with("status", json!("sold out")), "/status", "unknown_value"),
            (with("attributes", json!({"big": "x".repeat(16 * 1024)})), "/attributes", "too_large"),
            (with("category_id", json!("018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77")), "/category_id", "unknown_reference"),
            (with("external_refs", json!([{"system": "erp", "id": ""}])), "/external_refs/0/id", "length"),
            (with("colour", json!("red")), "/colour", "unknown_field"),
        ] {
            manager.post("/v1/products", body).await.fault(pointer, code);
        }
        assert_eq!(manager.get("/v1/products?include=total").await.expect(200)["total"], 0);
        manager.make("/v1/products", json!({"sku": "x".repeat(100), "title": "x".repeat(500), "price": 1_000_000_000_000_i64})).await;
        manager.make("/v1/products", json!({"sku": "free", "title": "A", "price": 0, "isbn": "0-8044-2957-x", "barcode": "73513537"})).await;
        manager.get("/v1/products/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77").await.problem(404, "not_found");
    }

    async fn another_currency_is_refused_by_name(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let body = json!({"sku": "A", "title": "A", "price": 100, "currency": "JPY"});
        let problem = manager.post("/v1/products", body.clone()).await.problem(422, "unsupported_currency");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("CNY") && detail.contains("JPY"), "{detail}");
        manager.put("/v1/products/by-ref/erp/1", body).await.problem(422, "unsupported_currency");
        let made = manager.make("/v1/products", product("A")).await;
        manager.patch(&path(&made), json!({"currency": "USD"})).await.problem(422, "unsupported_currency");
        assert_eq!(manager.patch(&path(&made), json!({"currency": null})).await.expect(200)["currency"], "CNY");
    }

    async fn the_catalogue_is_read_by_many_and_written_by_few(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let made = path(&manager.make("/v1/products", product("A")).await);
        for reader in [app.staff(Role::Agent), app.staff(Role::Marketer), app.client("catalogue:read")] {
            reader.get(&made).await.expect(200);
            reader.get("/v1/products").await.expect(200);
            for reply in [
                reader.post("/v1/products", product("B")).await,
                reader.patch(&made, json!({"title": "B"})).await,
                reader.put("/v1/products/by-ref/erp/1", product("B")).await,
                reader.post("/v1/products/batch", json!({"items": []})).await,
            ] {
                reply.problem(403, "permission_denied");
            }
        }
        app.client("catalogue:write").make("/v1/products", product("B")).await;
        let stranger = app.client("orders:write customers:read");
        for path in [made.as_str(), "/v1/products", "/v1/products/by-ref/erp/1"] {
            stranger.get(path).await.problem(403, "permission_denied");
            app.nobody().get(path).await.problem(401, "unauthenticated");
        }
    }

    async fn a_sku_has_one_product(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        manager.make("/v1/products", product("A")).await;
        let other = manager.make("/v1/products", product("a")).await;
        for reply in [
            manager.post("/v1/products", product("A")).await,
            manager.patch(&path(&other), json!({"sku": "A"})).await,
            manager.put("/v1/products/by-ref/erp/1", product("A")).await,
        ] {
            let problem = reply.problem(409, "already_taken");
            assert_eq!(problem["errors"][0]["pointer"], "/sku");
        }
        assert_eq!(manager.get(&path(&other)).await.expect(200), other);
        manager.get("/v1/products/by-ref/erp/1").await.problem(404, "not_found");
        // Saying what is so already is no conflict, and a number that was let go is free.
        manager.patch(&path(&other), json!({"sku": "a", "title": "T"})).await.expect(200);
        manager.patch(&path(&other), json!({"sku": "b"})).await.expect(200);
        manager.make("/v1/products", product("a")).await;
    }

    async fn a_patch_changes_what_it_names(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let books = manager.make("/v1/categories", json!({"name": "Books"})).await;
        let made = manager
            .make("/v1/products", json!({"sku": "A", "title": "T", "category_id": id(&books), "price": 100, "isbn": "0306406152", "attributes": {"a": 1, "b": {"c": 2}}}))
            .await;
        let patched = manager
            .patch(&path(&made), json!({"category_id": null, "price": 90, "isbn": "978 0 306 40615 7", "attributes": {"a": null, "b": {"d": 3}}}))
            .await
            .expect(200);
        assert_eq!((&patched["title"], &patched["category_id"], &patched["price"]), (&json!("T"), &Value::Null, &json!(90)));
        assert_eq!((&patched["isbn"], &patched["attributes"], &patched["version"]), (&json!("9780306406157"), &json!({"b": {"c": 2, "d": 3}}), &json!(2)));
        manager.patch(&path(&made), json!({"sku": null})).await.fault("/sku", "required");
        manager.patch(&path(&made), json!({"price": -1})).await.fault("/price", "range");
        assert_eq!(manager.get(&path(&made)).await.expect(200), patched);
        let cleared = manager.patch(&path(&made), json!({"price": null, "isbn": null, "attributes": null})).await.expect(200);
        assert_eq!((&cleared["price"], &cleared["isbn"], &cleared["attributes"]), (&Value::Null, &Value::Null, &json!({})));
    }

    async fn stale_versions_are_refused(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let made = manager.make("/v1/products", product("A")).await;
        let patch = |tag: &'static str| Reply::of(manager.request(Method::PATCH, &path(&made)).header("if-match", tag).json(&json!({"price": 1})));
        patch("\"1\"").await.expect(200);
        patch("\"1\"").await.problem(412, "stale_version");
        let known = |tag: &'static str| Reply::of(manager.request(Method::GET, &path(&made)).header("if-none-match", tag));
        assert_eq!(known("\"2\"").await.status, 304);
        assert_eq!(known("\"1\"").await.expect(200)["price"], 1);
    }

    async fn what_is_no_longer_sold_stays(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let made = manager.make("/v1/products", product("A")).await;
        manager.make("/v1/products", product("B")).await;
        let refused = manager.delete(&path(&made)).await;
        assert_eq!(refused.header("allow"), "GET, HEAD, PATCH");
        refused.problem(405, "method_not_allowed");
        manager.patch(&path(&made), json!({"status": "discontinued"})).await.expect(200);
        assert_eq!(manager.get(&path(&made)).await.expect(200)["status"], "discontinued");
        assert_eq!(skus(&manager, "status=active").await, ["B"]);
        assert_eq!(skus(&manager, "status=discontinued").await, ["A"]);
    }

    async fn products_are_filtered(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let books = manager.make("/v1/categories", json!({"name": "Books"})).await;
        let novels = manager.make("/v1/categories", json!({"name": "Novels", "parent_id": id(&books)})).await;
        for body in [
            json!({"sku": "BK-1", "title": "A", "category_id": id(&books), "isbn": "9787020002207", "barcode": "9787020002207"}),
            json!({"sku": "BK-10", "title": "B", "category_id": id(&novels)}),
            json!({"sku": "bk-1", "title": "C", "barcode": "4006381333931"}),
            json!({"sku": "BK_1%", "title": "D", "isbn": "0306406152"}),
            json!({"sku": "书-1", "title": "E"}),
            json!({"sku": "书-2", "title": "F", "status": "discontinued"}),
        ] {
            manager.make("/v1/products", body).await;
        }
        for (query, expected) in [
            (format!("category_id={}", id(&books)), vec!["BK-1"]),
            ("sku=BK-1".to_owned(), vec!["BK-1"]),
            ("sku=BK".to_owned(), vec![]),
            ("sku_prefix=BK".to_owned(), vec!["BK-1", "BK-10", "BK_1%"]),
            ("sku_prefix=BK_".to_owned(), vec!["BK_1%"]),
            ("sku_prefix=%25".to_owned(), vec![]),
            ("sku_prefix=书&status=active".to_owned(), vec!["书-1"]),
            ("barcode=4006381333931".to_owned(), vec!["bk-1"]),
            ("isbn=978-7-02-000220-7".to_owned(), vec!["BK-1"]),
            ("isbn=0306406152".to_owned(), vec!["BK_1%"]),
            ("isbn=0306406152&barcode=4006381333931".to_owned(), vec![]),
        ] {
            assert_eq!(skus(&manager, &format!("sort=created_at&{query}")).await, expected, "{query}");
            assert_eq!(manager.get(&format!("/v1/products?include=total&{query}")).await.expect(200)["total"], expected.len(), "{query}");
        }
        for query in ["status=gone", "category_id=7", "sku=", "q=BK", "limit=201", "updated_since=yesterday", "sort=price"] {
            manager.get(&format!("/v1/products?{query}")).await.problem(422, "invalid");
        }
        for name in ["sku", "sku_prefix", "barcode", "isbn"] {
            manager.get(&format!("/v1/products?{name}=%0A")).await.fault(&format!("/{name}"), "control_character");
        }
    }

    async fn pages_stay_put_while_products_come(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        for number in 0..5 {
            manager.make("/v1/products", product(&format!("P{number}"))).await;
        }
        let reply = manager.get("/v1/products?limit=2&include=total").await;
        assert!(reply.header("link").starts_with("</v1/products?limit=2&include=total&cursor="), "{}", reply.header("link"));
        let first = reply.expect(200);
        assert_eq!((&first["total"], &first["data"][0]["sku"]), (&json!(5), &json!("P4")));
        manager.make("/v1/products", product("late")).await;
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = manager.get(&format!("/v1/products?limit=2&cursor={cursor}")).await.expect(200);
        assert_eq!((&second["data"][0]["sku"], &second["data"][1]["sku"]), (&json!("P2"), &json!("P1")));
        app.pass(60);
        let since = app.now();
        app.pass(60);
        let oldest = manager.get("/v1/products?sku=P0").await.expect(200)["data"][0].clone();
        manager.patch(&path(&oldest), json!({"price": 7})).await.expect(200);
        assert_eq!(skus(&manager, &format!("sort=updated_at&updated_since={since}")).await, ["P0"]);
        for (sort, expected) in [("created_at", ["P0", "P1", "P2", "P3", "P4", "late"]), ("updated_at", ["P1", "P2", "P3", "P4", "late", "P0"])] {
            assert_eq!(skus(&manager, &format!("limit=1&sort={sort}")).await, expected);
            let mut backwards = skus(&manager, &format!("limit=2&sort=-{sort}")).await;
            backwards.reverse();
            assert_eq!(backwards, expected);
        }
        manager.get(&format!("/v1/products?sort=updated_at&cursor={cursor}")).await.problem(400, "invalid_cursor");
    }

    async fn references_put_and_replace(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let by_ref = "/v1/products/by-ref/erp/P-7";
        let made = manager.put(by_ref, json!({"sku": "A", "title": "T", "price": 100, "external_refs": [{"system": "web", "id": "1"}]})).await.expect(201);
        assert_eq!(made["external_refs"], json!([{"system": "web", "id": "1"}, {"system": "erp", "id": "P-7"}]));
        let replaced = manager.put(by_ref, json!({"sku": "B", "title": "U"})).await.expect(200);
        assert_eq!((&replaced["id"], &replaced["sku"], &replaced["price"], &replaced["version"]), (&made["id"], &json!("B"), &Value::Null, &json!(2)));
        assert_eq!(manager.get(by_ref).await.expect(200), replaced);
        manager.get("/v1/products/by-ref/web/1").await.problem(404, "not_found");
        let taken = json!({"sku": "C", "title": "V", "external_refs": [{"system": "erp", "id": "P-7"}]});
        assert_eq!(manager.post("/v1/products", taken).await.problem(409, "already_taken")["errors"][0]["pointer"], "/external_refs");
        assert_eq!(skus(&manager, "").await, ["B"]);
    }

    async fn a_batch_answers_item_by_item(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        manager.make("/v1/products", product("taken")).await;
        let item = |id: &str, data: Value| json!({"ref": {"system": "erp", "id": id}, "data": data});
        let results = manager
            .post("/v1/products/batch", json!({"items": [
                item("1", product("A")), item("2", json!({"sku": "B"})), item("3", product("taken")), item("4", json!({"sku": "D", "title": "D", "currency": "USD"})),
                item("1", json!({"sku": "A", "title": "new"})), item("5", product("A")), item("6", product("F")),
            ]}))
            .await
            .expect(200);
        let statuses: Vec<_> = results["results"].as_array().unwrap().iter().map(|r| r["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [201, 422, 409, 422, 200, 409, 201]);
        assert_eq!(results["results"][3]["problem"]["code"], "unsupported_currency");
        assert_eq!(results["results"][0]["id"], results["results"][4]["id"]);
        assert_eq!(manager.get("/v1/products/by-ref/erp/1").await.expect(200)["title"], "new");
        assert_eq!(skus(&manager, "sort=created_at").await, ["taken", "A", "F"]);
    }

    async fn two_claims_of_one_sku_at_once_have_one_winner(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        app.open_connections().await;
        let tries = futures_util::future::join_all((0..8).map(|_| manager.post("/v1/products", product("race")))).await;
        let mut statuses: Vec<u16> = tries.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
        for lost in tries.into_iter().filter(|reply| reply.status == 409) {
            assert_eq!(lost.problem(409, "already_taken")["errors"][0]["pointer"], "/sku");
        }
        assert_eq!(skus(&manager, "").await, ["race"]);
    }

    async fn no_update_is_lost(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        app.open_connections().await;
        let made = manager.make("/v1/products", product("A")).await;
        let of_version_1 = |price: i64| Reply::of(manager.request(Method::PATCH, &path(&made)).header("if-match", "\"1\"").json(&json!({"price": price})));
        let mut statuses: Vec<u16> = futures_util::future::join_all((0..8).map(of_version_1)).await.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
        // Changes of different fields at once all stay.
        let each = |number: i64| {
            let mut attributes = json!({});
            attributes[format!("a{number}")] = json!(number);
            Reply::of(manager.request(Method::PATCH, &path(&made)).json(&json!({"attributes": attributes})))
        };
        futures_util::future::join_all((0..8).map(each)).await;
        let kept = manager.get(&path(&made)).await.expect(200);
        assert_eq!((kept["attributes"].as_object().unwrap().len(), &kept["version"]), (8, &json!(10)));
    }
}

/// A shop that keeps its amounts in another currency.
async fn check_base_currency(app: &TestApp) {
    let manager = app.staff(Role::Manager);
    let made = manager.make("/v1/products", json!({"sku": "A", "title": "A", "price": 100})).await;
    assert_eq!(made["currency"], "EUR");
    manager.make("/v1/products", json!({"sku": "B", "title": "B", "currency": "EUR"})).await;
    manager.post("/v1/products", json!({"sku": "C", "title": "C", "currency": "CNY"})).await.problem(422, "unsupported_currency");
}

fn in_euros(config: &mut Config) {
    config.currency = Some(Currency::parse("EUR").unwrap());
}

mod the_base_currency_is_the_shops_own {
    use super::*;

    #[actix_web::test]
    async fn sqlite() {
        TestApp::run_with(Database::sqlite(), in_euros, |app| Box::pin(check_base_currency(app))).await;
    }

    #[actix_web::test]
    async fn postgres() {
        TestApp::run_with(Database::postgres(), in_euros, |app| Box::pin(check_base_currency(app))).await;
    }
}
