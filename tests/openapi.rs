//! The spec is the product: what is checked in is what the code says, and every operation says all that it must.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that can not go on shall fail loudly, and is told by its environment where the test server is"
)]

use std::collections::BTreeSet;

use patron::startup::spec;
use serde_json::Value;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn checked_in(file: &str) -> String {
    std::fs::read_to_string(format!("{}/openapi/{file}", env!("CARGO_MANIFEST_DIR"))).expect("run `cargo run -- openapi`")
}

fn document() -> Value {
    spec().expect("a spec").document().clone()
}

fn operations(document: &Value) -> Vec<(String, &'static str, &Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                found.push((path.clone(), method, operation));
            }
        }
    }
    found
}

/// Follows `$ref`s.
fn resolve<'a>(document: &'a Value, mut value: &'a Value) -> &'a Value {
    while let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        value = document.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference} points nowhere"));
    }
    value
}

#[test]
fn the_files_are_what_the_code_says() {
    let spec = spec().expect("a spec");
    assert!(checked_in("openapi.json") == spec.text(), "openapi/openapi.json is out of date: run `cargo run -- openapi`");
    assert!(checked_in("operations.txt") == spec.operations(), "openapi/operations.txt is out of date: run `cargo run -- openapi`");
}

#[test]
fn every_operation_says_all_that_it_must() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let tags: BTreeSet<&str> = document["tags"].as_array().expect("tags").iter().filter_map(|tag| tag["name"].as_str()).collect();
    let mut ids = BTreeSet::new();
    let mut faults = Vec::new();
    for (path, method, operation) in operations(&document) {
        let mut must = |holds: bool, what: &str| {
            if !holds {
                faults.push(format!("{method} {path}: {what}"));
            }
        };
        let text = |field: &str| operation[field].as_str().unwrap_or_default().len();
        must(text("summary") > 3, "no summary");
        must(text("description") > 10, "no description");
        must(ids.insert(operation["operationId"].as_str().unwrap_or_default().to_owned()), "the operation id is not its own");
        must(
            operation["tags"].as_array().is_some_and(|t| t.len() == 1 && tags.contains(t[0].as_str().unwrap_or_default())),
            "not one known tag",
        );
        must(operation["security"].is_array(), "no security");
        let secured = !operation["security"].as_array().is_some_and(Vec::is_empty);
        let responses = operation["responses"].as_object().expect("responses");
        let has = |status: &str| responses.contains_key(status);
        if path.starts_with("/v1/") {
            must(has("429") && has("503"), "does not say 429 and 503");
            must(!secured || (has("401") && has("403")), "does not say 401 and 403");
            must(!path.contains('{') || has("404"), "does not say 404");
            must(
                operation.get("requestBody").is_none() || (has("400") && has("413") && has("415") && has("422")),
                "does not say what bad bodies get",
            );
        }
        for (status, response) in responses {
            let response = resolve(&document, response);
            must(response["description"].as_str().is_some_and(|text| !text.is_empty()), &format!("{status} has no description"));
            for (media, content) in response["content"].as_object().into_iter().flatten() {
                let wants_problem = status.starts_with(['4', '5']);
                must(!wants_problem || media == "application/problem+json", &format!("{status} is no problem"));
                must(media != "application/json" || has_example(&document, content), &format!("{status} has no example"));
            }
        }
        for (media, content) in operation.pointer("/requestBody/content").and_then(Value::as_object).into_iter().flatten() {
            must(media != "application/json" || has_example(&document, content), "the body has no example");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            must(
                parameter["description"].as_str().is_some_and(|text| !text.is_empty()),
                &format!("{} has no description", parameter["name"]),
            );
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(ids.len() > 25, "{ids:?}");
}

fn has_example(document: &Value, content: &Value) -> bool {
    content.get("example").is_some() || content.get("examples").is_some() || schema_has_example(document, &content["schema"])
}

fn schema_has_example(document: &Value, schema: &Value) -> bool {
    let schema = resolve(document, schema);
    let alternatives = || schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
    schema.get("example").is_some()
        || schema.get("examples").is_some()
        || alternatives().is_some_and(|of| of.iter().any(|one| schema_has_example(document, one)))
        || schema.pointer("/properties/data/items").is_some_and(|items| schema_has_example(document, items))
        || schema.pointer("/properties/items/items").is_some_and(|items| schema_has_example(document, items))
        || schema.pointer("/properties/data").is_some_and(|data| data.get("$ref").is_some() && schema_has_example(document, data))
        // Any JSON at all, such as the spec itself.
        || schema.as_object().is_some_and(|fields| fields.keys().all(|key| key == "description"))
}

#[test]
fn nothing_refers_to_nothing() {
    fn walk(document: &Value, value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    assert!(document.pointer(&reference[1..]).is_some(), "{reference} points nowhere");
                }
                fields.values().for_each(|value| walk(document, value));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(document, value)),
            _ => {}
        }
    }
    let document = document();
    walk(&document, &document);
}
