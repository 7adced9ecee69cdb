//! Categories: the tree, and the value class that goes down it.

use patron::domain::permissions::Role;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Caller, Reply},
};

fn id(resource: &Value) -> &str {
    resource["id"].as_str().expect("an id")
}

fn path(category: &Value) -> String {
    format!("/v1/categories/{}", id(category))
}

async fn category(caller: &Caller, name: &str, parent: Option<&Value>) -> Value {
    caller.make("/v1/categories", json!({"name": name, "parent_id": parent.map(id)})).await
}

async fn read(caller: &Caller, category: &Value) -> Value {
    caller.get(&path(category)).await.expect(200)
}

async fn names(caller: &Caller, query: &str) -> Vec<String> {
    caller.all(&format!("/v1/categories?{query}")).await.iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect()
}

/// Its effective class and its version.
async fn standing(caller: &Caller, category: &Value) -> (String, i64) {
    let read = read(caller, category).await;
    (read["effective_value_class"].as_str().unwrap().to_owned(), read["version"].as_i64().unwrap())
}

on_both! {
    async fn a_category_is_kept_as_said(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let root = category(&manager, "乐器", None).await;
        let said = json!({"name": "Guitars", "parent_id": id(&root), "value_class": "high", "external_refs": [{"system": "erp", "id": "G"}]});
        let reply = manager.post("/v1/categories", said.clone()).await;
        assert_eq!(reply.header("etag"), "\"1\"");
        let location = reply.header("location").to_owned();
        let made = reply.expect(201);
        assert_eq!(location, path(&made));
        let kept = manager.get(&location).await.expect(200);
        assert_eq!(kept, made);
        for (field, value) in said.as_object().unwrap() {
            assert_eq!(&kept[field], value, "{field}");
        }
        assert_eq!((&kept["path"], &kept["effective_value_class"]), (&json!(["乐器", "Guitars"]), &json!("high")));
        let kept = read(&manager, &root).await;
        assert_eq!((&kept["parent_id"], &kept["value_class"], &kept["path"]), (&Value::Null, &Value::Null, &json!(["乐器"])));
        assert_eq!(kept["effective_value_class"], "everyday");
    }

    async fn faults_name_their_place(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        for (body, pointer, code) in [
            (json!({}), "/name", "required"),
            (json!({"name": ""}), "/name", "length"),
            (json!({"name": "x".repeat(201)}), "/name", "length"),
            (json!({"name": "a\tb"}), "/name", "control_character"),
            (json!({"name": "A", "value_class": "low"}), "/value_class", "unknown_value"),
            (json!({"name": "A", "effective_value_class": "high"}), "/effective_value_class", "unknown_field"),
            (json!({"name": "A", "parent_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77"}), "/parent_id", "unknown_reference"),
            (json!({"name": "A", "external_refs": [{"system": "e", "id": "1"}, {"system": "e", "id": "1"}]}), "/external_refs", "duplicate"),
        ] {
            manager.post("/v1/categories", body).await.fault(pointer, code);
        }
        manager.make("/v1/categories", json!({"name": "x".repeat(200)})).await;
        manager.get("/v1/categories/018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77").await.problem(404, "not_found");
        manager.get("/v1/categories/seven").await.problem(404, "not_found");
    }

    async fn the_catalogue_is_read_by_many_and_written_by_few(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let books = path(&category(&manager, "Books", None).await);
        for reader in [app.staff(Role::Agent), app.staff(Role::Marketer), app.client("catalogue:read")] {
            reader.get(&books).await.expect(200);
            reader.get("/v1/categories").await.expect(200);
            for reply in [
                reader.post("/v1/categories", json!({"name": "A"})).await,
                reader.patch(&books, json!({"name": "A"})).await,
                reader.delete(&books).await,
                reader.put("/v1/categories/by-ref/erp/1", json!({"name": "A"})).await,
                reader.post("/v1/categories/batch", json!({"items": []})).await,
            ] {
                reply.problem(403, "permission_denied");
            }
        }
        let stranger = app.client("orders:write customers:read");
        for path in [books.as_str(), "/v1/categories", "/v1/categories/by-ref/erp/1"] {
            stranger.get(path).await.problem(403, "permission_denied");
            app.nobody().get(path).await.problem(401, "unauthenticated");
        }
    }

    async fn a_class_goes_down_to_those_that_state_none(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let root = category(&manager, "root", None).await;
        let middle = category(&manager, "middle", Some(&root)).await;
        let leaf = category(&manager, "leaf", Some(&middle)).await;
        let plain = manager.make("/v1/categories", json!({"name": "plain", "parent_id": id(&middle), "value_class": "everyday"})).await;
        let below_plain = category(&manager, "below plain", Some(&plain)).await;
        let aside = category(&manager, "aside", None).await;

        let changed = manager.patch(&path(&root), json!({"value_class": "high"})).await.expect(200);
        assert_eq!((&changed["effective_value_class"], &changed["version"]), (&json!("high"), &json!(2)));
        for (one, standing_now) in [(&root, ("high", 2)), (&middle, ("high", 2)), (&leaf, ("high", 2)), (&plain, ("everyday", 1)), (&below_plain, ("everyday", 1)), (&aside, ("everyday", 1))] {
            let (class, version) = standing(&manager, one).await;
            assert_eq!((class.as_str(), version), standing_now, "{}", one["name"]);
        }
        // What is made below inherits at once, unless it says otherwise.
        let late = category(&manager, "late", Some(&leaf)).await;
        assert_eq!((&late["value_class"], &late["effective_value_class"]), (&Value::Null, &json!("high")));
        let modest = manager.make("/v1/categories", json!({"name": "modest", "parent_id": id(&leaf), "value_class": "everyday"})).await;
        assert_eq!(modest["effective_value_class"], "everyday");
        // Stating what was inherited changes nothing below; clearing it inherits again.
        manager.patch(&path(&middle), json!({"value_class": "high"})).await.expect(200);
        assert_eq!(standing(&manager, &leaf).await, ("high".to_owned(), 2));
        manager.patch(&path(&root), json!({"value_class": null})).await.expect(200);
        assert_eq!(standing(&manager, &root).await.0, "everyday");
        assert_eq!(standing(&manager, &leaf).await, ("high".to_owned(), 2));
        manager.patch(&path(&middle), json!({"value_class": null})).await.expect(200);
        assert_eq!(standing(&manager, &leaf).await, ("everyday".to_owned(), 3));
        assert_eq!(standing(&manager, &late).await.0, "everyday");
    }

    async fn a_moved_branch_shows_its_new_place(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let dear = manager.make("/v1/categories", json!({"name": "dear", "value_class": "high"})).await;
        let goods = category(&manager, "goods", None).await;
        let branch = category(&manager, "branch", Some(&goods)).await;
        let leaf = category(&manager, "leaf", Some(&branch)).await;
        let stating = manager.make("/v1/categories", json!({"name": "stating", "parent_id": id(&branch), "value_class": "high"})).await;
        app.pass(60);
        let since = app.now();
        app.pass(60);
        let moved = manager.patch(&path(&branch), json!({"parent_id": id(&dear)})).await.expect(200);
        assert_eq!((&moved["path"], &moved["effective_value_class"], &moved["version"]), (&json!(["dear", "branch"]), &json!("high"), &json!(2)));
        for (below, name) in [(&leaf, "leaf"), (&stating, "stating")] {
            let read = read(&manager, below).await;
            assert_eq!((&read["path"], &read["effective_value_class"], &read["version"]), (&json!(["dear", "branch", name]), &json!("high"), &json!(2)));
        }
        let mut changed = names(&manager, &format!("updated_since={since}")).await;
        changed.sort_unstable();
        assert_eq!(changed, ["branch", "leaf", "stating"]);
        // A cached answer from before does not hold any more.
        let cached = |tag: &'static str| Reply::of(manager.request(Method::GET, &path(&leaf)).header("if-none-match", tag));
        assert_eq!(cached("\"1\"").await.status, 200);
        assert_eq!(cached("\"2\"").await.status, 304);

        manager.patch(&path(&branch), json!({"name": "twig", "parent_id": null})).await.expect(200);
        let read = read(&manager, &leaf).await;
        assert_eq!((&read["path"], &read["effective_value_class"], &read["version"]), (&json!(["twig", "leaf"]), &json!("everyday"), &json!(3)));
        assert_eq!(standing(&manager, &stating).await, ("high".to_owned(), 3));
        // A change of nothing that others show leaves them alone.
        manager.patch(&path(&branch), json!({"external_refs": [{"system": "erp", "id": "T"}]})).await.expect(200);
        assert_eq!(standing(&manager, &leaf).await.1, 3);
    }

    async fn nothing_hangs_below_itself(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let top = category(&manager, "top", None).await;
        let middle = category(&manager, "middle", Some(&top)).await;
        let bottom = category(&manager, "bottom", Some(&middle)).await;
        for parent in [&top, &middle, &bottom] {
            manager.patch(&path(&top), json!({"parent_id": id(parent)})).await.fault("/parent_id", "cycle");
        }
        assert_eq!(read(&manager, &bottom).await["path"], json!(["top", "middle", "bottom"]));
        assert_eq!(read(&manager, &top).await, top);
    }

    async fn the_tree_has_ten_levels(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let mut chain = vec![category(&manager, "1", None).await];
        for level in 2..=10 {
            let next = category(&manager, &level.to_string(), chain.last()).await;
            chain.push(next);
        }
        assert_eq!(read(&manager, &chain[9]).await["path"], json!(["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]));
        manager.post("/v1/categories", json!({"name": "11", "parent_id": id(&chain[9])})).await.fault("/parent_id", "depth");
        // What hangs below counts too.
        let branch = category(&manager, "branch", None).await;
        let twig = category(&manager, "twig", Some(&branch)).await;
        manager.patch(&path(&branch), json!({"parent_id": id(&chain[8])})).await.fault("/parent_id", "depth");
        manager.patch(&path(&branch), json!({"parent_id": id(&chain[7])})).await.expect(200);
        assert_eq!(read(&manager, &twig).await["path"].as_array().unwrap().len(), 10);
        // A class reaches the last level.
        manager.patch(&path(&chain[0]), json!({"value_class": "high"})).await.expect(200);
        assert_eq!(standing(&manager, &chain[9]).await.0, "high");
        assert_eq!(standing(&manager, &twig).await.0, "high");
    }

    async fn only_an_empty_category_is_deleted(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let shelf = manager.make("/v1/categories", json!({"name": "shelf", "external_refs": [{"system": "erp", "id": "S"}]})).await;
        let child = category(&manager, "child", Some(&shelf)).await;
        manager.delete(&path(&shelf)).await.problem(409, "still_referenced");
        manager.delete(&path(&child)).await.expect(204);
        manager.get(&path(&child)).await.problem(404, "not_found");
        manager.delete(&path(&child)).await.problem(404, "not_found");
        let product = manager.make("/v1/products", json!({"sku": "A", "title": "A", "category_id": id(&shelf)})).await;
        manager.delete(&path(&shelf)).await.problem(409, "still_referenced");
        manager.patch(&format!("/v1/products/{}", id(&product)), json!({"category_id": null})).await.expect(200);
        Reply::of(manager.request(Method::DELETE, &path(&shelf)).header("if-match", "\"7\"")).await.problem(412, "stale_version");
        manager.delete(&format!("{}?validate_only=true", path(&shelf))).await.expect(204);
        read(&manager, &shelf).await;
        manager.delete(&path(&shelf)).await.expect(204);
        // Its reference is free again.
        manager.get("/v1/categories/by-ref/erp/S").await.problem(404, "not_found");
        manager.put("/v1/categories/by-ref/erp/S", json!({"name": "new"})).await.expect(201);
    }

    async fn a_dry_run_changes_no_branch(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let root = category(&manager, "root", None).await;
        let leaf = category(&manager, "leaf", Some(&root)).await;
        let shown = manager.patch(&format!("{}?validate_only=true", path(&root)), json!({"name": "x", "value_class": "high"})).await.expect(200);
        assert_eq!((&shown["path"], &shown["effective_value_class"]), (&json!(["x"]), &json!("high")));
        assert_eq!((read(&manager, &root).await, read(&manager, &leaf).await), (root, leaf));
    }

    async fn stale_versions_are_refused(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let root = category(&manager, "root", None).await;
        let leaf = category(&manager, "leaf", Some(&root)).await;
        let patch = |tag: &'static str| Reply::of(manager.request(Method::PATCH, &path(&leaf)).header("if-match", tag).json(&json!({"name": "new"})));
        // A change above is a change of what was read.
        manager.patch(&path(&root), json!({"name": "other"})).await.expect(200);
        patch("\"1\"").await.problem(412, "stale_version");
        assert_eq!(patch("\"2\"").await.expect(200)["path"], json!(["other", "new"]));
    }

    async fn categories_are_filtered(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let root = manager.make("/v1/categories", json!({"name": "root", "value_class": "high"})).await;
        let child = category(&manager, "child", Some(&root)).await;
        category(&manager, "grandchild", Some(&child)).await;
        manager.make("/v1/categories", json!({"name": "plain", "parent_id": id(&root), "value_class": "everyday"})).await;
        for (query, expected) in [
            (String::new(), vec!["root", "child", "grandchild", "plain"]),
            (format!("&parent_id={}", id(&root)), vec!["child", "plain"]),
            (format!("&parent_id={}&value_class=everyday", id(&root)), vec!["plain"]),
            ("&value_class=high".to_owned(), vec!["root"]),
            ("&parent_id=018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77".to_owned(), vec![]),
        ] {
            assert_eq!(names(&manager, &format!("sort=created_at{query}")).await, expected, "{query}");
            let counted = manager.get(&format!("/v1/categories?include=total{query}")).await.expect(200);
            assert_eq!(counted["total"], expected.len(), "{query}");
        }
        let listed = manager.get(&format!("/v1/categories?parent_id={}", id(&child))).await.expect(200);
        assert_eq!((&listed["data"][0]["path"], &listed["data"][0]["effective_value_class"]), (&json!(["root", "child", "grandchild"]), &json!("high")));
        for query in ["value_class=low", "parent_id=7", "updated_since=yesterday", "sort=name", "limit=0", "colour=red"] {
            manager.get(&format!("/v1/categories?{query}")).await.problem(422, "invalid");
        }
    }

    async fn pages_stay_put_while_categories_come(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        for number in 0..5 {
            category(&manager, &format!("C{number}"), None).await;
        }
        let first = manager.get("/v1/categories?limit=2&include=total").await.expect(200);
        assert_eq!((&first["total"], &first["data"][0]["name"]), (&json!(5), &json!("C4")));
        let late = category(&manager, "late", None).await;
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = manager.get(&format!("/v1/categories?limit=2&cursor={cursor}")).await.expect(200);
        assert_eq!((&second["data"][0]["name"], &second["data"][1]["name"]), (&json!("C2"), &json!("C1")));
        let oldest = names(&manager, "sort=created_at&limit=1").await[0].clone();
        assert_eq!(oldest, "C0");
        let first_made = manager.all("/v1/categories?sort=created_at").await[0].clone();
        manager.patch(&path(&first_made), json!({"value_class": "high"})).await.expect(200);
        for (sort, expected) in [
            ("created_at", ["C0", "C1", "C2", "C3", "C4", "late"]),
            ("updated_at", ["C1", "C2", "C3", "C4", "late", "C0"]),
        ] {
            assert_eq!(names(&manager, &format!("limit=1&sort={sort}")).await, expected);
            let mut backwards = names(&manager, &format!("limit=2&sort=-{sort}")).await;
            backwards.reverse();
            assert_eq!(backwards, expected);
        }
        assert_eq!(late["name"], "late");
        manager.get(&format!("/v1/categories?sort=updated_at&cursor={cursor}")).await.problem(400, "invalid_cursor");
    }

    async fn references_put_and_replace(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let root = category(&manager, "root", None).await;
        let by_ref = "/v1/categories/by-ref/erp/C-7";
        manager.get(by_ref).await.problem(404, "not_found");
        let made = manager.put(by_ref, json!({"name": "A", "parent_id": id(&root), "value_class": "high"})).await.expect(201);
        assert_eq!(made["external_refs"], json!([{"system": "erp", "id": "C-7"}]));
        let below = category(&manager, "below", Some(&made)).await;
        // Replaced as a whole: what is not said is not kept, and those below lose what they had from it.
        let replaced = manager.put(by_ref, json!({"name": "B"})).await.expect(200);
        assert_eq!((&replaced["id"], &replaced["version"], &replaced["path"]), (&made["id"], &json!(2), &json!(["B"])));
        assert_eq!(standing(&manager, &below).await.0, "everyday");
        assert_eq!(manager.get(by_ref).await.expect(200), replaced);
        manager.put(by_ref, json!({"name": "B", "parent_id": id(&below)})).await.fault("/parent_id", "cycle");
        manager.put("/v1/categories/by-ref/ERP/C-7", json!({"name": "B"})).await.problem(422, "invalid");
        let taken = manager.post("/v1/categories", json!({"name": "C", "external_refs": [{"system": "erp", "id": "C-7"}]})).await.problem(409, "already_taken");
        assert_eq!(taken["errors"][0]["pointer"], "/external_refs");
        // A reference of another kind of resource is another reference.
        manager.make("/v1/products", json!({"sku": "A", "title": "A", "external_refs": [{"system": "erp", "id": "C-7"}]})).await;
        let absent = manager.request(Method::PUT, "/v1/categories/by-ref/erp/C-8").header("if-match", "\"1\"").json(&json!({"name": "D"}));
        Reply::of(absent).await.problem(412, "stale_version");
    }

    async fn a_batch_answers_item_by_item(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let root = category(&manager, "root", None).await;
        let item = |id: &str, data: Value| json!({"ref": {"system": "erp", "id": id}, "data": data});
        let results = manager
            .post("/v1/categories/batch", json!({"items": [
                item("1", json!({"name": "A", "parent_id": id(&root)})), item("2", json!({"name": ""})), item("3", json!({"name": "C", "parent_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77"})),
                item("1", json!({"name": "A2", "value_class": "high"})), item("4", json!({"name": "D"})),
            ]}))
            .await
            .expect(200);
        let statuses: Vec<_> = results["results"].as_array().unwrap().iter().map(|r| r["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [201, 422, 422, 200, 201]);
        assert_eq!(results["results"][2]["problem"]["code"], "unknown_reference");
        let kept = manager.get("/v1/categories/by-ref/erp/1").await.expect(200);
        assert_eq!((&kept["path"], &kept["effective_value_class"], &kept["version"]), (&json!(["A2"]), &json!("high"), &json!(2)));
        assert_eq!(names(&manager, "sort=created_at").await, ["root", "A2", "D"]);
    }

    async fn moves_at_once_make_no_circle(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        app.open_connections().await;
        // Of two that shall hang under each other only one can.
        let mut pairs = Vec::new();
        for number in 0..12 {
            pairs.push((category(&manager, &format!("A{number}"), None).await, category(&manager, &format!("B{number}"), None).await));
        }
        let put_under = async |one: &Value, other: &Value| manager.patch(&path(one), json!({"parent_id": id(other)})).await.status;
        for (a, b) in &pairs {
            let (first, second) = futures_util::future::join(put_under(a, b), put_under(b, a)).await;
            assert_eq!((first.min(second), first.max(second)), (200, 422));
        }
        let mut ring = Vec::new();
        for number in 0..6 {
            ring.push(category(&manager, &number.to_string(), None).await);
        }
        // Each under the next one, and the last under the first: whichever comes last would close the circle.
        let moves = ring.iter().zip(ring.iter().cycle().skip(1)).map(|(one, next)| put_under(one, next));
        let mut statuses = futures_util::future::join_all(moves).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 200, 200, 422]);
        let mut lengths = Vec::new();
        for one in &ring {
            lengths.push(read(&manager, one).await["path"].as_array().unwrap().len());
        }
        lengths.sort_unstable();
        assert_eq!(lengths, [1, 2, 3, 4, 5, 6]);
    }

    async fn a_child_made_meanwhile_inherits_the_new_class(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        app.open_connections().await;
        let root = category(&manager, "root", None).await;
        let (root, manager) = (&root, &manager);
        let children = futures_util::future::join_all((0..8).map(|number| async move { category(manager, &number.to_string(), Some(root)).await }));
        let root_path = path(root);
        let change = manager.patch(&root_path, json!({"value_class": "high"}));
        let (changed, made) = futures_util::future::join(change, children).await;
        changed.expect(200);
        for child in &made {
            assert_eq!(standing(manager, child).await.0, "high");
        }
    }

    async fn a_category_does_not_go_while_a_product_comes(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        app.open_connections().await;
        for number in 0..12 {
            let shelf = category(&manager, "shelf", None).await;
            let shelf_path = path(&shelf);
            let create = manager.post("/v1/products", json!({"sku": format!("S{number}"), "title": "T", "category_id": id(&shelf)}));
            let (gone, made) = futures_util::future::join(manager.delete(&shelf_path), create).await;
            match (gone.status, made.status) {
                (409, 201) | (204, 422 | 409) => {}
                both => panic!("{both:?}"),
            }
        }
    }
}
