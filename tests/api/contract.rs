//! The spec and the server are the same: every operation refuses whom it must, and every limit that the spec gives is enforced.

use patron::domain::{TextEnum, permissions::Permission};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Caller, Reply, TestApp},
};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const NOBODY: &str = "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77";

struct Operation {
    method: Method,
    path: String,
    permission: Option<String>,
    body: Option<Value>,
    schema: Value,
}

/// Every operation below `/v1`, with paths that name nothing and the bodies of the examples.
fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in METHODS {
            let Some(operation) = item.get(method).filter(|_| path.starts_with("/v1/")) else { continue };
            let schema = operation.pointer("/requestBody/content/application~1json/schema").cloned().unwrap_or_default();
            let concrete: Vec<&str> = path
                .split('/')
                .map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                    None => part,
                    Some("system") => "erp",
                    Some(name) => first_value(document, operation, name).unwrap_or(NOBODY),
                })
                .collect();
            let permission = operation.pointer("/security/0/bearer/0").and_then(Value::as_str).map(ToOwned::to_owned);
            let body = example(document, &schema);
            found.push(Operation {
                method: method.to_uppercase().parse().expect("a method"),
                path: concrete.join("/"),
                permission,
                body,
                schema,
            });
        }
    }
    found
}

/// The first value that a path parameter can have, where the spec names them all.
fn first_value<'a>(document: &'a Value, operation: &'a Value, name: &str) -> Option<&'a str> {
    let parameter = operation["parameters"].as_array()?.iter().find(|parameter| parameter["in"] == "path" && parameter["name"] == name)?;
    resolve(document, &parameter["schema"]).pointer("/enum/0")?.as_str()
}

fn resolve<'a>(document: &'a Value, mut schema: &'a Value) -> &'a Value {
    loop {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            schema = document.pointer(&reference[1..]).expect("a component");
        } else if let Some(one) = schema.get("oneOf").and_then(Value::as_array).and_then(|of| of.iter().find(|one| one["type"] != "null")) {
            schema = one;
        } else {
            return schema;
        }
    }
}

fn example(document: &Value, schema: &Value) -> Option<Value> {
    resolve(document, schema).get("example").cloned()
}

async fn call(app: &TestApp, caller: &Caller, operation: &Operation, body: Option<&Value>) -> Reply {
    let mut request = caller.request(operation.method.clone(), &operation.path);
    if let Some(body) = body {
        let text = body.to_string();
        let signature = if operation.path == "/v1/message-events" { app.gateway_signature_of(&text) } else { app.signature_of(&text) };
        request = request.header("content-type", "application/json").header("patron-signature", signature).body(text);
    }
    Reply::of(request).await
}

on_both! {
    async fn every_operation_knows_its_callers(app: &TestApp) {
        let operations = operations(app.app.spec.document());
        assert!(operations.len() > 20);
        for operation in &operations {
            let Some(permission) = &operation.permission else { continue };
            let what = format!("{} {}", operation.method, operation.path);
            assert_eq!(call(app, &app.nobody(), operation, operation.body.as_ref()).await.status, 401, "{what}");
            let others: Vec<&str> = Permission::ALL.iter().map(|p| p.as_str()).filter(|p| p != permission).collect();
            let wrong = call(app, &app.client(&others.join(" ")), operation, operation.body.as_ref()).await;
            assert_eq!(wrong.status, 403, "{what} needs {permission}: {}", wrong.text);
            assert!(wrong.body["detail"].as_str().is_some_and(|detail| detail.contains(permission.as_str())), "{what}: {}", wrong.text);
        }
    }

    async fn what_is_not_there_is_not_found(app: &TestApp) {
        let admin = app.admin();
        for operation in operations(app.app.spec.document()) {
            let upserts = operation.method == Method::PUT && operation.path.contains("by-ref");
            if operation.path.contains(NOBODY) && !upserts {
                let body = if operation.method == Method::PATCH { Some(json!({})) } else { operation.body.clone() };
                let reply = call(app, &admin, &operation, body.as_ref()).await;
                assert_eq!(reply.status, 404, "{} {}: {}", operation.method, operation.path, reply.text);
            }
        }
    }

    async fn every_limit_of_the_spec_is_enforced(app: &TestApp) {
        let document = app.app.spec.document();
        let admin = app.admin();
        let mut tried = 0;
        for operation in operations(document) {
            if operation.method == Method::PATCH {
                continue;
            }
            let Some(Value::Object(example)) = operation.body.clone() else { continue };
            let schema = resolve(document, &operation.schema);
            for (field, property) in schema["properties"].as_object().into_iter().flatten() {
                for wrong in violations(document, property) {
                    let mut body = example.clone();
                    body.insert(field.clone(), wrong.clone());
                    let reply = call(app, &admin, &operation, Some(&Value::Object(body))).await;
                    let shown: String = wrong.to_string().chars().take(80).collect();
                    assert_eq!(reply.status, 422, "{} {}: {field} = {shown}: {}", operation.method, operation.path, reply.text);
                    let named = reply.body["errors"].as_array().into_iter().flatten().any(|e| e["pointer"].as_str().is_some_and(|p| p.starts_with(&format!("/{field}"))));
                    assert!(named, "{} {}: {field} = {shown}: {}", operation.method, operation.path, reply.text);
                    tried += 1;
                }
            }
            let mut unknown = example.clone();
            unknown.insert("no_such_field".into(), json!(1));
            assert_eq!(call(app, &admin, &operation, Some(&Value::Object(unknown))).await.status, 422, "{} {} takes unknown fields", operation.method, operation.path);
        }
        assert!(tried > 60, "only {tried} limits tried");
    }
}

/// Values just outside what a property's schema allows.
fn violations(document: &Value, property: &Value) -> Vec<Value> {
    let schema = resolve(document, property);
    let is = |name: &str| schema["type"] == name || schema["type"].as_array().is_some_and(|types| types.iter().any(|t| t == name));
    let limit = |name: &str| schema[name].as_u64().map(|limit| usize::try_from(limit).expect("a size"));
    let mut wrong = Vec::new();
    if is("string") {
        wrong.extend(limit("maxLength").map(|max| json!("x".repeat(max + 1))));
        wrong.extend(limit("minLength").filter(|min| *min > 0).map(|min| json!("x".repeat(min - 1))));
        wrong.extend(schema["pattern"].as_str().map(|_| json!("\u{1}")));
        wrong.extend(schema["enum"].as_array().map(|_| json!("no such value")));
        // `password` only says that it is not to be shown.
        wrong.extend(schema["format"].as_str().filter(|format| *format != "password").map(|_| json!("of no such form")));
        wrong.push(json!(7));
    }
    if is("integer") || is("number") {
        wrong.extend(schema["maximum"].as_f64().map(|max| json!(max + 1.0)));
        wrong.extend(schema["minimum"].as_i64().map(|min| json!(min - 1)));
        wrong.extend(schema["maximum"].as_i64().map(|max| json!(max + 1)));
        wrong.push(json!("7"));
    }
    if is("boolean") {
        wrong.push(json!("true"));
    }
    if is("array") {
        wrong.extend(limit("maxItems").map(|max| Value::Array(vec![Value::Null; max + 1])));
        wrong.extend(limit("minItems").filter(|min| *min > 0).map(|_| json!([])));
        wrong.push(json!({}));
    }
    if is("object") {
        wrong.push(json!([]));
    }
    wrong
}
