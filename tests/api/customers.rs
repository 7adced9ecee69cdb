//! Customers, their cards, relations and addresses.

use patron::{
    domain::{ids::Id, permissions::Role},
    repositories::customers,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Reply, person, plans_of},
};

fn id(resource: &Value) -> &str {
    resource["id"].as_str().expect("an id")
}

on_both! {
    async fn a_customer_is_kept_as_said(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let said = json!({
            "kind": "organisation", "name": "广州第一小学", "nickname": "一小", "email": "Office@School.example", "phone": "+862081234567", "locale": "zh-CN",
            "lifecycle": "former", "stopped_reason": "moved away", "acquisition_channel": "fair", "tags": ["school"], "attributes": {"classes": 12, "deep": {"a": [1, null]}},
            "profiling_opt_out": true, "external_refs": [{"system": "erp", "id": "C-1"}],
            "organisation": {"industry": "education", "tax_id": "T1", "contacts": [{"name": "李老师", "role": "library", "email": "li@school.example"}]},
        });
        let reply = agent.post("/v1/customers", said.clone()).await;
        assert_eq!(reply.header("etag"), "\"1\"");
        let location = reply.header("location").to_owned();
        let made = reply.expect(201);
        assert_eq!(location, format!("/v1/customers/{}", id(&made)));
        let read = agent.get(&location).await.expect(200);
        assert_eq!(read, made);
        for (field, value) in said.as_object().unwrap() {
            if field != "organisation" {
                assert_eq!(&read[field], value, "{field}");
            }
        }
        assert_eq!(read["organisation"]["contacts"][0]["name"], "李老师");
        assert_eq!(read["membership"], Value::Null);
    }

    /// The active card is found by the partial index, which a bound status would hide from one of the databases.
    async fn a_customer_is_one_statement(app: &TestApp) {
        let plans = plans_of(app.app.db.url(), |conn| drop(customers::find(conn, Id::generate()).unwrap()));
        assert_eq!(plans.len(), 1, "{plans:#?}");
        let plan = &plans[0].plan;
        assert!(plan.contains("cards_active_key"), "{plan}");
        assert!(!plan.contains("Seq Scan") && !plan.lines().any(|step| step.starts_with("SCAN")), "{plan}");
    }

    async fn faults_name_their_place(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        for (body, pointer, code) in [
            (json!({}), "/name", "required"),
            (json!({"name": ""}), "/name", "length"),
            (json!({"name": "x".repeat(201)}), "/name", "length"),
            (json!({"name": "a\nb"}), "/name", "control_character"),
            (json!({"name": "A", "email": "a@b"}), "/email", "email"),
            (json!({"name": "A", "phone": "13800000000"}), "/phone", "phone"),
            (json!({"name": "A", "gender": "both"}), "/gender", "unknown_value"),
            (json!({"name": "A", "birth_date": "2999-01-01"}), "/birth_date", "range"),
            (json!({"name": "A", "lifecycle": "former"}), "/stopped_reason", "required"),
            (json!({"name": "A", "nmae": "B"}), "/nmae", "unknown_field"),
            (json!({"name": "A", "tags": ["x", "x"]}), "/tags", "duplicate"),
            (json!({"name": "A", "attributes": {"big": "x".repeat(16 * 1024)}}), "/attributes", "too_large"),
            (json!({"name": "A", "attributes": []}), "/attributes", "type"),
            (json!({"name": "A", "external_refs": [{"system": "ERP", "id": "1"}]}), "/external_refs/0/system", "system"),
            (json!({"name": "A", "interests": ["018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77"]}), "/interests/0", "unknown_reference"),
        ] {
            agent.post("/v1/customers", body.clone()).await.fault(pointer, code);
        }
        assert_eq!(agent.get("/v1/customers?include=total").await.expect(200)["total"], 0, "nothing half-done");
    }

    async fn values_that_identify_belong_to_one(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let first = json!({"name": "A", "email": "Mei@example.com", "phone": "+8613800000001", "external_refs": [{"system": "erp", "id": "1"}]});
        let made = agent.make("/v1/customers", first).await;
        for (body, pointer) in [
            (json!({"name": "B", "email": "mEI@example.com"}), "/email"),
            (json!({"name": "B", "phone": "+8613800000001"}), "/phone"),
            (json!({"name": "B", "external_refs": [{"system": "erp", "id": "1"}]}), "/external_refs"),
        ] {
            let problem = agent.post("/v1/customers", body).await.problem(409, "already_taken");
            assert_eq!(problem["errors"][0]["pointer"], pointer);
        }
        // What was let go is free again.
        agent.patch(&format!("/v1/customers/{}", id(&made)), json!({"email": null})).await.expect(200);
        agent.make("/v1/customers", json!({"name": "B", "email": "mei@example.com"})).await;
    }

    async fn a_patch_changes_what_it_names(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let made = agent.make("/v1/customers", json!({"name": "A", "nickname": "N", "tags": ["t"], "attributes": {"a": 1, "b": {"c": 2}}})).await;
        let path = format!("/v1/customers/{}", id(&made));
        let patched = agent.patch(&path, json!({"nickname": null, "attributes": {"a": null, "b": {"d": 3}}})).await.expect(200);
        assert_eq!((&patched["name"], &patched["nickname"], &patched["tags"]), (&json!("A"), &Value::Null, &json!(["t"])));
        assert_eq!(patched["attributes"], json!({"b": {"c": 2, "d": 3}}));
        assert_eq!(patched["version"], 2);
        agent.patch(&path, json!({"name": null})).await.fault("/name", "required");
        agent.patch(&path, json!({"lifecycle": "former"})).await.fault("/stopped_reason", "required");
        agent.patch(&path, json!(["name"])).await.expect(422);
        assert_eq!(agent.get(&path).await.expect(200), patched);
    }

    async fn stale_versions_are_refused(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let made = agent.make("/v1/customers", person("A")).await;
        let path = format!("/v1/customers/{}", id(&made));
        let patch = |tag: &'static str, name: &'static str| Reply::of(agent.request(Method::PATCH, &path).header("if-match", tag).json(&json!({"name": name})));
        patch("\"1\"", "B").await.expect(200);
        patch("\"1\"", "C").await.problem(412, "stale_version");
        patch("\"1\", \"2\"", "D").await.expect(200);
        patch("*", "E").await.expect(200);
        patch("4", "F").await.problem(400, "malformed_request");
        let known = |tag: &'static str| Reply::of(agent.request(Method::GET, &path).header("if-none-match", tag));
        assert_eq!(known("\"4\"").await.status, 304);
        assert_eq!(known("W/\"4\"").await.status, 304);
        assert_eq!(known("\"3\"").await.expect(200)["name"], "E");
    }

    async fn customers_are_looked_up_by_one_key(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let made = agent.make("/v1/customers", json!({"name": "A", "email": "a@example.com", "phone": "+8613800000001", "external_refs": [{"system": "erp", "id": "C:1"}]})).await;
        agent.make(&format!("/v1/customers/{}/cards", id(&made)), json!({"number": "CARD-7"})).await;
        for query in ["email=A@example.com", "phone=%2B8613800000001", "card=card-7", "ref=erp:C:1"] {
            assert_eq!(agent.get(&format!("/v1/customers/lookup?{query}")).await.expect(200)["id"], made["id"], "{query}");
        }
        assert_eq!(agent.get("/v1/customers/by-ref/erp/C:1").await.expect(200)["id"], made["id"]);
        agent.get("/v1/customers/lookup?card=none").await.problem(404, "not_found");
        for query in ["", "email=a@example.com&card=CARD-7", "ref=erp", "name=A"] {
            agent.get(&format!("/v1/customers/lookup?{query}")).await.problem(422, "invalid");
        }
    }

    async fn people_are_found_as_they_are_asked_for(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        for body in [
            json!({"name": "欧阳小明", "phone": "+8613912345678", "tags": ["teacher"]}),
            json!({"name": "Jean-Luc O'Brien", "nickname": "Ming", "email": "jl@example.com", "tags": ["teacher", "vip"]}),
            json!({"name": "王明", "kind": "organisation"}),
        ] {
            agent.make("/v1/customers", body).await;
        }
        let found = async |query: &str| -> Vec<String> {
            agent.all(&format!("/v1/customers?sort=created_at&{query}")).await.iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect()
        };
        for (query, names) in [
            ("q=小明", vec!["欧阳小明"]),
            ("q=明", vec!["欧阳小明", "王明"]),
            ("q=5678", vec!["欧阳小明"]),
            ("q=brien", vec!["Jean-Luc O'Brien"]),
            ("q=ming%20JEAN", vec!["Jean-Luc O'Brien"]),
            ("q=JL@exam", vec!["Jean-Luc O'Brien"]),
            ("q=rien", vec![]),
            ("tag=teacher", vec!["欧阳小明", "Jean-Luc O'Brien"]),
            ("tag=teach", vec![]),
            ("tag=teacher&q=ming", vec!["Jean-Luc O'Brien"]),
            ("kind=organisation", vec!["王明"]),
            ("lifecycle=potential", vec![]),
            ("tier=prospect&q=王", vec!["王明"]),
            ("tier=growth", vec![]),
        ] {
            assert_eq!(found(query).await, names, "{query}");
        }
        // A changed name is found by what it is now.
        let id = agent.get("/v1/customers?q=王明").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
        agent.patch(&format!("/v1/customers/{id}"), json!({"name": "王亮"})).await.expect(200);
        assert_eq!(found("q=王明").await, Vec::<String>::new());
        assert_eq!(found("q=亮").await, ["王亮"]);
    }

    async fn pages_stay_put_while_customers_come(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        for number in 0..5 {
            agent.make("/v1/customers", person(&format!("C{number}"))).await;
        }
        let reply = agent.get("/v1/customers?limit=2&include=total").await;
        assert!(reply.header("link").starts_with("</v1/customers?limit=2&include=total&cursor="), "{}", reply.header("link"));
        let first = reply.expect(200);
        assert_eq!((first["total"].as_i64(), first["data"][0]["name"].as_str()), (Some(5), Some("C4")));
        agent.make("/v1/customers", person("late")).await;
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = agent.get(&format!("/v1/customers?limit=2&cursor={cursor}")).await.expect(200);
        assert_eq!((second["data"][0]["name"].as_str(), second["data"][1]["name"].as_str()), (Some("C2"), Some("C1")));
        for sort in ["created_at", "-created_at", "updated_at", "-updated_at"] {
            let mut names: Vec<_> = agent.all(&format!("/v1/customers?limit=1&sort={sort}")).await.iter().map(|c| c["name"].to_string()).collect();
            if sort.starts_with('-') {
                names.reverse();
            }
            assert_eq!(names, ["\"C0\"", "\"C1\"", "\"C2\"", "\"C3\"", "\"C4\"", "\"late\""], "{sort}");
        }
        agent.get(&format!("/v1/customers?sort=updated_at&cursor={cursor}")).await.problem(400, "invalid_cursor");
        agent.get("/v1/customers?cursor=nonsense").await.problem(400, "invalid_cursor");
        for query in ["limit=0", "limit=201", "limit=x", "sort=name", "colour=red", "updated_since=yesterday"] {
            agent.get(&format!("/v1/customers?{query}")).await.problem(422, "invalid");
        }
    }

    async fn an_erp_reads_what_has_changed(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let old = agent.make("/v1/customers", person("old")).await;
        agent.make("/v1/customers", person("other")).await;
        app.pass(60);
        let since = app.now();
        app.pass(60);
        agent.patch(&format!("/v1/customers/{}", id(&old)), json!({"name": "new"})).await.expect(200);
        let changed = agent.all(&format!("/v1/customers?sort=updated_at&updated_since={since}")).await;
        assert_eq!(changed.iter().map(|c| c["name"].as_str().unwrap()).collect::<Vec<_>>(), ["new"]);
    }

    async fn references_put_and_replace(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let path = "/v1/customers/by-ref/erp/C-7";
        let reply = agent.put(path, json!({"name": "A", "nickname": "N"})).await;
        assert!(reply.header("location").starts_with("/v1/customers/"));
        let made = reply.expect(201);
        assert_eq!(made["external_refs"], json!([{"system": "erp", "id": "C-7"}]));
        let replaced = agent.put(path, json!({"name": "B"})).await.expect(200);
        assert_eq!((&replaced["id"], &replaced["name"], &replaced["nickname"], &replaced["version"]), (&made["id"], &json!("B"), &Value::Null, &json!(2)));
        agent.put("/v1/customers/by-ref/ERP/C-7", json!({"name": "B"})).await.problem(422, "invalid");
    }

    async fn a_batch_answers_item_by_item(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        agent.make("/v1/customers", json!({"name": "taken", "email": "a@example.com"})).await;
        let item = |id: &str, data: Value| json!({"ref": {"system": "erp", "id": id}, "data": data});
        let results = agent
            .post("/v1/customers/batch", json!({"items": [
                item("1", json!({"name": "A"})), item("2", json!({"name": ""})), item("3", json!({"name": "C", "email": "a@example.com"})),
                item("1", json!({"name": "A2"})), json!({"data": {"name": "x"}}), item("4", json!({"name": "D"})),
            ]}))
            .await
            .expect(200);
        let statuses: Vec<_> = results["results"].as_array().unwrap().iter().map(|r| r["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [201, 422, 409, 200, 422, 201]);
        assert_eq!(results["results"][1]["problem"]["errors"][0]["pointer"], "/data/name");
        assert_eq!(results["results"][0]["id"], results["results"][3]["id"]);
        assert_eq!(agent.get("/v1/customers/by-ref/erp/1").await.expect(200)["name"], "A2");
        agent.get("/v1/customers/by-ref/erp/3").await.problem(404, "not_found");
        agent.post("/v1/customers/batch", json!({"items": []})).await.fault("/items", "length");
    }

    async fn one_card_is_active(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let customer = agent.make("/v1/customers", person("A")).await;
        let cards = format!("/v1/customers/{}/cards", id(&customer));
        let card = agent.make(&cards, json!({"number": "K-1", "kind": "student"})).await;
        assert_eq!((&card["status"], &card["kind"]), (&json!("active"), &json!("student")));
        let read = agent.get(&format!("/v1/customers/{}", id(&customer))).await.expect(200);
        assert_eq!((&read["membership"]["number"], &read["version"]), (&json!("K-1"), &json!(2)));
        agent.post(&cards, json!({"number": "K-2"})).await.problem(409, "conflict");
        let other = agent.make("/v1/customers", person("B")).await;
        agent.post(&format!("/v1/customers/{}/cards", id(&other)), json!({"number": "k-1"})).await.problem(409, "already_taken");
        let new = agent.post(&format!("{cards}/K-1/replace"), json!({"lost": true})).await.expect(201);
        assert_eq!((&new["kind"], new["number"].as_str().unwrap().len()), (&json!("student"), 16));
        let old = agent.get(&format!("{cards}/K-1")).await.expect(200);
        assert_eq!((&old["status"], &old["replaced_by"]), (&json!("lost"), &new["number"]));
        agent.post(&format!("{cards}/K-1/replace"), json!({})).await.problem(409, "invalid_transition");
        agent.patch(&format!("{cards}/K-1"), json!({"status": "active"})).await.problem(409, "conflict");
        agent.patch(&format!("{cards}/K-1"), json!({"number": "K-9"})).await.fault("/number", "immutable");
        assert_eq!(agent.all(&cards).await.len(), 2);
        assert_eq!(agent.get(&format!("/v1/customers?q={}", new["number"].as_str().unwrap())).await.expect(200)["data"][0]["id"], customer["id"]);
    }

    async fn customers_buy_for_others(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let (mother, child) = (agent.make("/v1/customers", person("M")).await, agent.make("/v1/customers", person("C")).await);
        let relations = format!("/v1/customers/{}/relations", id(&mother));
        let relation = agent.make(&relations, json!({"name": "C", "kind": "child", "birth_date": "2018-09-01", "customer_id": child["id"]})).await;
        let path = format!("{relations}/{}", id(&relation));
        let patched = agent.patch(&path, json!({"school_grade": "3", "birth_date": null})).await.expect(200);
        assert_eq!((&patched["school_grade"], &patched["birth_date"], &patched["customer_id"]), (&json!("3"), &Value::Null, &child["id"]));
        agent.post(&relations, json!({"name": "M", "kind": "family", "customer_id": mother["id"]})).await.fault("/customer_id", "self_reference");
        agent.post(&relations, json!({"name": "X", "kind": "family", "customer_id": relation["id"]})).await.fault("/customer_id", "unknown_reference");
        // Of another customer there is no such relation.
        agent.get(&format!("/v1/customers/{}/relations/{}", id(&child), id(&relation))).await.problem(404, "not_found");
        agent.delete(&path).await.expect(204);
        agent.get(&path).await.problem(404, "not_found");
    }

    async fn one_address_is_the_default(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let customer = agent.make("/v1/customers", person("A")).await;
        let addresses = format!("/v1/customers/{}/addresses", id(&customer));
        let home = agent.make(&addresses, json!({"line1": "1", "city": "广州", "country": "CN", "is_default": true})).await;
        let work = agent.make(&addresses, json!({"line1": "2", "city": "广州", "country": "CN", "is_default": true})).await;
        let defaults = async || -> Vec<Value> { agent.all(&addresses).await.iter().filter(|a| a["is_default"] == true).map(|a| a["id"].clone()).collect() };
        assert_eq!(defaults().await, [work["id"].clone()]);
        agent.patch(&format!("{addresses}/{}", id(&home)), json!({"is_default": true})).await.expect(200);
        assert_eq!(defaults().await, [home["id"].clone()]);
        agent.post(&addresses, json!({"line1": "1", "city": "X", "country": "cn"})).await.fault("/country", "country");
        agent.delete(&format!("{addresses}/{}", id(&work))).await.expect(204);
        assert_eq!(agent.all(&addresses).await.len(), 1);
    }

    async fn two_claims_of_one_email_at_once_have_one_winner(app: &TestApp) {
        let agent = app.staff(Role::Agent);
        let body = json!({"name": "A", "email": "race@example.com"});
        let tries = futures_util::future::join_all((0..8).map(|_| agent.post("/v1/customers", body.clone()))).await;
        let mut statuses: Vec<u16> = tries.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
        assert_eq!(agent.get("/v1/customers?include=total").await.expect(200)["total"], 1);
    }

    async fn a_removed_category_harms_nobody(app: &TestApp) {
        let admin = app.admin();
        let category = admin.make("/v1/categories", json!({"name": "MUSIC"})).await["id"].clone();
        let body = json!({"name": "A", "interests": [category]});
        let customer = admin.put("/v1/customers/by-ref/erp/1", body.clone()).await.expect(201);
        let path = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
        admin.delete(&format!("/v1/categories/{}", category.as_str().unwrap())).await.expect(204);
        admin.patch(&path, json!({"nickname": "B"})).await.expect(200);
        assert_eq!(admin.put("/v1/customers/by-ref/erp/1", body).await.expect(200)["interests"], json!([category]));
        admin.patch(&path, json!({"interests": [category, "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77"]})).await.fault("/interests/1", "unknown_reference");
        admin.patch(&path, json!({"interests": []})).await.expect(200);
        admin.patch(&path, json!({"interests": [category]})).await.fault("/interests/0", "unknown_reference");
    }

    async fn a_tier_is_for_who_may_read_scores(app: &TestApp) {
        let clerk = app.client("customers:read");
        clerk.get("/v1/customers").await.expect(200);
        for tier in ["prospect", "growth"] {
            clerk.get(&format!("/v1/customers?tier={tier}")).await.problem(403, "permission_denied");
            app.client("customers:read scores:read").get(&format!("/v1/customers?tier={tier}")).await.expect(200);
        }
    }

    async fn what_nobody_can_see_is_no_name(app: &TestApp) {
        let admin = app.admin();
        for blank in [" ", "\u{3000}", "\u{200b}", "\u{feff} \u{2060}"] {
            admin.post("/v1/customers", json!({"name": blank})).await.fault("/name", "blank");
            admin.post("/v1/categories", json!({"name": blank})).await.fault("/name", "blank");
            admin.post("/v1/products", json!({"sku": "K", "title": blank})).await.fault("/title", "blank");
            admin.post("/v1/products", json!({"sku": blank, "title": "K"})).await.fault("/sku", "blank");
            let order = json!({"number": blank, "channel": "web", "lines": [{"sku": "K", "quantity": 1}]});
            admin.post("/v1/orders", order).await.fault("/number", "blank");
            let query: String = form_urlencoded::byte_serialize(blank.as_bytes()).collect();
            admin.get(&format!("/v1/customers?q={query}")).await.fault("/q", "blank");
        }
        admin.make("/v1/customers", json!({"name": " 王 "})).await;
    }

    async fn who_comes_back_stopped_for_no_reason(app: &TestApp) {
        let admin = app.admin();
        let customer = admin.make("/v1/customers", json!({"name": "A", "lifecycle": "former", "stopped_reason": "moved"})).await;
        let path = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
        assert_eq!(admin.patch(&path, json!({"nickname": "B"})).await.expect(200)["stopped_reason"], "moved");
        assert_eq!(admin.patch(&path, json!({"lifecycle": "active"})).await.expect(200)["stopped_reason"], Value::Null);
        admin.patch(&path, json!({"lifecycle": "former"})).await.fault("/stopped_reason", "required");
    }
}
