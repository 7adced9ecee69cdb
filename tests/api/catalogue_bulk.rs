//! What imports and orders ask of the catalogue beneath the API: many at a time, in few queries.

use patron::{
    db::WriteMode,
    domain::{
        catalogue::{CategoryPath, Product, ProductDraft, ValueClass},
        ids::Id,
        instants::Instant,
        money::Currency,
        permissions::Role,
    },
    error::{Code, Error},
    repositories::{categories as category_rows, products as product_rows},
    services::categories::ensure_paths,
};
use serde_json::{Value, json};

use crate::{on_both, support::TestApp};

fn paths(wanted: &[(&[&str], Option<ValueClass>)]) -> Vec<CategoryPath> {
    wanted
        .iter()
        .map(|(names, value_class)| CategoryPath {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            value_class: *value_class,
        })
        .collect()
}

/// Ensures paths; answers the id and effective class of each.
async fn ensure(app: &TestApp, wanted: Vec<CategoryPath>) -> Result<Vec<(String, ValueClass)>, Error> {
    let now = app.now();
    let found = app.app.db.write(WriteMode::Commit, move |tx| ensure_paths(tx, now, &wanted)).await?;
    Ok(found.into_iter().map(|category| (category.id.to_string(), category.effective_value_class)).collect())
}

fn new_product(sku: &str, title: &str, now: Instant) -> Product {
    let draft: ProductDraft = serde_json::from_value(json!({"sku": sku, "title": title})).unwrap();
    let currency = Currency::parse("CNY").unwrap();
    Product { id: Id::generate(), draft, currency, version: 1, created_at: now, updated_at: now }
}

async fn listed_paths(app: &TestApp) -> Vec<String> {
    let join =
        |category: &Value| category["path"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>().join("/");
    let mut paths: Vec<String> = app.staff(Role::Agent).all("/v1/categories").await.iter().map(join).collect();
    paths.sort_unstable();
    paths
}

on_both! {
    async fn paths_are_found_or_made(app: &TestApp) {
        use ValueClass::{Everyday, High};
        let manager = app.staff(Role::Manager);
        let music = manager.make("/v1/categories", json!({"name": "Music", "value_class": "high"})).await;
        let wanted = paths(&[
            (&["Books", "Novels"], None),
            (&["Music", "Guitars"], None),
            (&["Books"], Some(High)),
            (&["Music", "Songs"], Some(Everyday)),
            (&["Books", "Novels"], None),
            // A name of another level or branch is another category.
            (&["Novels"], None),
            (&["Music", "Novels", "Books"], None),
            // What is there keeps what it states.
            (&["Music"], Some(Everyday)),
        ]);
        let found = ensure(app, wanted.clone()).await.unwrap();
        let classes: Vec<ValueClass> = found.iter().map(|(_, class)| *class).collect();
        assert_eq!(classes, [High, High, High, Everyday, High, Everyday, High, High]);
        assert_eq!((&found[0].0, found[7].0.as_str()), (&found[4].0, music["id"].as_str().unwrap()));
        let tree = ["Books", "Books/Novels", "Music", "Music/Guitars", "Music/Novels", "Music/Novels/Books", "Music/Songs", "Novels"];
        assert_eq!(listed_paths(app).await, tree);
        let novels = manager.get(&format!("/v1/categories/{}", found[0].0)).await.expect(200);
        assert_eq!((&novels["value_class"], &novels["effective_value_class"]), (&Value::Null, &json!("high")));
        // Asked again, nothing is made.
        assert_eq!(ensure(app, wanted).await.unwrap(), found);
        assert_eq!(listed_paths(app).await, tree);
        assert_eq!(ensure(app, Vec::new()).await.unwrap(), []);
        for names in [vec![], vec!["x"; 11]] {
            let refused = ensure(app, paths(&[(&names, None)])).await.unwrap_err();
            assert_eq!(refused.code(), Code::Invalid);
        }
        ensure(app, paths(&[(&["x"; 10], None)])).await.unwrap();
    }

    async fn of_two_that_share_a_path_the_older_is_meant(app: &TestApp) {
        let manager = app.staff(Role::Manager);
        let older = manager.make("/v1/categories", json!({"name": "Books"})).await;
        manager.make("/v1/categories", json!({"name": "Books"})).await;
        let found = ensure(app, paths(&[(&["Books"], None)])).await.unwrap();
        assert_eq!(found[0].0, older["id"].as_str().unwrap());
    }

    async fn paths_wanted_at_once_are_made_once(app: &TestApp) {
        app.open_connections().await;
        let wanted = paths(&[(&["A", "B", "C"], None), (&["A", "D"], None)]);
        let found = futures_util::future::join_all((0..6).map(|_| ensure(app, wanted.clone()))).await;
        let first = found[0].as_ref().unwrap();
        assert!(found.iter().all(|other| other.as_ref().unwrap() == first));
        assert_eq!(listed_paths(app).await, ["A", "A/B", "A/B/C", "A/D"]);
    }

    async fn products_are_stored_and_found_by_the_thousand(app: &TestApp) {
        // More than one statement takes.
        const MANY: usize = 12_000;
        let now = app.now();
        let taken = app.staff(Role::Manager).make("/v1/products", json!({"sku": "S7", "title": "was there"})).await;
        let (stored, again, found, by_id) = app
            .app
            .db
            .write(WriteMode::Commit, move |tx| {
                let new: Vec<Product> = (0..MANY).map(|number| new_product(&format!("S{number}"), "new", now)).collect();
                let stored = product_rows::insert_missing(tx, &new)?;
                let again = product_rows::insert_missing(tx, &new)?;
                let skus: Vec<&str> = new.iter().map(|product| product.draft.sku.as_str()).chain(["none"]).collect();
                let found = product_rows::find_by_skus(tx, &skus)?;
                let ids: Vec<Id<Product>> = found.iter().map(|product| product.id).chain([Id::generate()]).collect();
                let by_id = product_rows::find_many(tx, &ids)?;
                Ok::<_, Error>((stored, again, found, by_id))
            })
            .await
            .unwrap();
        assert_eq!((stored, again, found.len(), by_id.len()), (MANY - 1, 0, MANY, MANY));
        let kept = found.iter().find(|product| product.draft.sku == "S7").unwrap();
        assert_eq!((kept.id.to_string().as_str(), kept.draft.title.as_str()), (taken["id"].as_str().unwrap(), "was there"));
    }

    async fn many_categories_are_found_by_id(app: &TestApp) {
        let found = ensure(app, paths(&[(&["A", "B"], None), (&["C"], Some(ValueClass::High))])).await.unwrap();
        let ids: Vec<Id<_>> = found.iter().map(|(id, _)| id.parse().unwrap()).chain([Id::generate()]).collect();
        let read = app.app.db.read(move |tx| category_rows::find_many(tx, &ids).map_err(Error::from)).await.unwrap();
        let mut names: Vec<(&str, ValueClass)> = read.iter().map(|category| (category.draft.name.as_str(), category.effective_value_class)).collect();
        names.sort_unstable();
        assert_eq!(names, [("B", ValueClass::Everyday), ("C", ValueClass::High)]);
    }
}
