//! PUT by reference, for every kind of resource that has references: racing, saying nothing new, one reference too many.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Caller, Reply, Shop},
};

/// Each kind with a body that makes one, and a field of it that can be changed.
fn kinds() -> [(&'static str, Value, &'static str, Value); 4] {
    [
        ("customers", json!({"name": "王小明", "email": "ming@example.com", "tags": ["teacher"]}), "nickname", json!("Ming")),
        ("products", json!({"sku": "K1", "title": "A pen", "price": 300}), "title", json!("A blue pen")),
        ("categories", json!({"name": "STATIONERY"}), "value_class", json!("high")),
        ("orders", json!({"number": "W-1", "channel": "web", "lines": [{"sku": "BOOK", "quantity": 2}]}), "store", json!("Tianhe")),
    ]
}

fn refs(count: usize) -> Value {
    (0..count).map(|number| json!({"system": "shop", "id": format!("S-{number}")})).collect()
}

/// What is left of a resource when it is read again.
async fn read(caller: &Caller, path: &str) -> (Value, String) {
    let reply = caller.get(path).await;
    let etag = reply.header("etag").to_owned();
    (reply.expect(200), etag)
}

on_both! {
    async fn of_many_at_once_one_makes_it(app: &TestApp) {
        let shop = Shop::open(app).await;
        app.open_connections().await;
        for (kind, body, ..) in kinds() {
            let path = format!("/v1/{kind}/by-ref/erp/1");
            let replies = futures_util::future::join_all((0..16).map(|_| shop.admin.put(&path, body.clone()))).await;
            let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [vec![200; 15], vec![201]].concat(), "{kind}");
            let ids: Vec<&Value> = replies.iter().map(|reply| &reply.body["id"]).collect();
            assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{kind}: {ids:?}");
            // A value that somebody else has is a conflict all the same.
            let taken = match kind { "categories" => continue, "orders" => "/number", "products" => "/sku", _ => "/email" };
            let problem = shop.admin.put(&format!("/v1/{kind}/by-ref/erp/2"), body).await.problem(409, "already_taken");
            assert_eq!(problem["errors"][0]["pointer"], taken);
        }
    }

    async fn what_says_nothing_new_changes_nothing(app: &TestApp) {
        let shop = Shop::open(app).await;
        for (kind, body, field, value) in kinds() {
            let by_ref = format!("/v1/{kind}/by-ref/erp/1");
            let made = shop.admin.put(&by_ref, body.clone()).await.expect(201);
            let path = format!("/v1/{kind}/{}", made["id"].as_str().unwrap());
            let before = read(&shop.admin, &path).await;
            app.pass(60);
            let same = shop.admin.put(&by_ref, body.clone()).await;
            assert_eq!((same.header("etag"), &same.body), ("\"1\"", &before.0), "{kind}");
            let patched = shop.admin.patch(&path, json!({})).await;
            assert_eq!((patched.status, patched.header("etag"), &patched.body), (200, "\"1\"", &before.0), "{kind}");
            assert_eq!(read(&shop.admin, &path).await, before, "{kind}");
            Reply::of(shop.admin.request(Method::PUT, &by_ref).header("if-match", "\"2\"").json(&body)).await.problem(412, "stale_version");
            let mut other = body;
            other[field] = value;
            let changed = shop.admin.put(&by_ref, other).await.expect(200);
            assert_eq!(changed["version"], 2, "{kind}");
            assert_ne!(changed["updated_at"], before.0["updated_at"], "{kind}");
        }
    }

    async fn what_belongs_to_a_customer_is_left_alone_too(app: &TestApp) {
        let admin = app.admin();
        let customer = admin.make("/v1/customers", json!({"name": "A"})).await;
        let base = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
        let address = admin.make(&format!("{base}/addresses"), json!({"line1": "1 Road", "city": "广州", "country": "CN", "is_default": true})).await;
        let relation = admin.make(&format!("{base}/relations"), json!({"name": "B", "kind": "child"})).await;
        let card = admin.make(&format!("{base}/cards"), json!({"number": "M1", "kind": "student"})).await;
        let version = admin.get(&base).await.expect(200)["version"].clone();
        app.pass(60);
        for (path, before, same) in [
            (format!("{base}/addresses/{}", address["id"].as_str().unwrap()), address, json!({"city": "广州", "is_default": true})),
            (format!("{base}/relations/{}", relation["id"].as_str().unwrap()), relation, json!({"kind": "child"})),
            (format!("{base}/cards/M1"), card, json!({"kind": "student", "status": "active"})),
        ] {
            let reply = admin.patch(&path, same).await;
            assert_eq!((reply.header("etag"), &reply.body), ("\"1\"", &before));
        }
        assert_eq!(admin.get(&base).await.expect(200)["version"], version);
    }

    async fn the_reference_of_the_path_counts(app: &TestApp) {
        let shop = Shop::open(app).await;
        for (kind, mut body, ..) in kinds() {
            let path = format!("/v1/{kind}/by-ref/erp/1");
            body["external_refs"] = refs(20);
            shop.admin.put(&path, body.clone()).await.fault("/external_refs", "length");
            body["external_refs"] = refs(19);
            let made = shop.admin.put(&path, body.clone()).await.expect(201);
            assert_eq!(made["external_refs"].as_array().unwrap().len(), 20);
            shop.admin.patch(&format!("/v1/{kind}/{}", made["id"].as_str().unwrap()), json!({"external_refs": made["external_refs"]})).await.expect(200);
            let item = json!({"ref": {"system": "erp", "id": "2"}, "data": {"external_refs": refs(20)}});
            let mut data = body.clone();
            data["external_refs"] = item["data"]["external_refs"].clone();
            let results = shop.admin.post(&format!("/v1/{kind}/batch"), json!({"items": [{"ref": item["ref"], "data": data}]})).await.expect(200);
            assert_eq!(results["results"][0]["problem"]["errors"][0]["pointer"], "/data/external_refs", "{results}");
        }
    }
}
