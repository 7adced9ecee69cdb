//! The spec: what the handlers say of themselves, and what holds for all of them said once.
//!
//! Each handler documents its own parameters, body, success and permission. Here is added what the shared machinery does to every operation of
//! a kind: `Idempotency-Key`, `validate_only`, versions, problems, headers.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::spec_index::SpecIndex;
use crate::{
    domain::texts::{PLAIN_PATTERN, READABLE_PATTERN, WEB_ADDRESS_PATTERN},
    error::{Code, ErrorKind},
};

/// The finished spec, and the index that is read from it.
#[derive(Debug, Clone)]
pub struct Spec {
    document: Arc<Value>,
    text: Arc<str>,
    index: Arc<SpecIndex>,
}

/// The methods of operations.
pub const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

const DESCRIPTION: &str = "The customer-relationship backend of a shop that sells at the till and online: it knows every customer across \
channels, takes their orders in, scores each customer's value by five factors and explains the score.\n\nIds are UUIDs, instants RFC 3339 in UTC, money \
integers in minor units. Lists are keyset pages. A query parameter that an operation does not name is refused, \
except behind the links that customers follow (`/v1/public/…`). HEAD is answered as GET, \
without the body. Every failure is `application/problem+json` with a stable `code`. Writes take `validate_only`, POST takes \
`Idempotency-Key`, changes of one resource take `If-Match`. The character U+0000 is refused in every text (400).";

const TAGS: &[(&str, &str)] = &[
    ("Authentication", "Access tokens for staff and clients."),
    ("Users", "The shop's staff: who may log in, and as what."),
    ("Clients", "Storefronts, ERP connectors and other programs, with their scopes."),
    ("Customers", "Everybody the shop sells to, with their cards, the people they buy for, and their addresses."),
    ("Cards", "Membership cards."),
    ("Relations", "The people that a customer buys for."),
    ("Addresses", "Where a customer's goods go."),
    ("Catalogue", "Categories with a value class, and products."),
    ("Orders", "Sales and returns, from the till, the web and the ERP."),
    ("Value", "The five-factor value score: models, runs, live scores and their explanation."),
    ("Feedback", "What customers say, and what is done about it against the clock."),
    ("Messages", "What was written to customers, whether it was sent, and what became of it."),
    ("Surveys", "What is asked of customers, and what their answers add up to."),
    ("Contacts", "Who may be written to, when and how often."),
    ("Segments", "Customers picked by what is known of them."),
    ("Points", "What customers earn by buying, saying what they think and bringing friends, and what becomes of it."),
    ("Coupons", "What is taken off orders for whoever has a code: batches, codes, and each use of one."),
    ("Referrals", "Customers who bring friends."),
    ("Campaigns", "What the members of segments are written or told, with a control group."),
    ("Imports", "Ledgers brought in as files."),
    ("Audit", "Who changed what."),
    ("Operations", "Health, metrics and the spec itself."),
];

impl Spec {
    /// Finishes what utoipa collected from the handlers.
    ///
    /// # Errors
    /// When the document can not be written as JSON.
    pub fn finish(collected: &utoipa::openapi::OpenApi) -> Result<Self, serde_json::Error> {
        let mut document = named_for_readers(serde_json::to_value(collected)?)?;
        describe(&mut document);
        if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
            exemplify(schemas);
        }
        let schemas = document.pointer("/components/schemas").cloned().unwrap_or_default();
        if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
            for (path, item) in paths.iter_mut() {
                for method in METHODS {
                    if let Some(operation) = item.get_mut(method) {
                        complete(path, method, operation, &schemas);
                    }
                }
            }
        }
        let index = SpecIndex::of(document.get("paths").and_then(Value::as_object).unwrap_or(&Map::new()));
        let text = serde_json::to_string_pretty(&document)? + "\n";
        Ok(Self { document: Arc::new(document), text: text.into(), index: Arc::new(index) })
    }

    /// The document.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// The document as it is served and checked in.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// One line an operation: id, method, path, permission.
    pub fn operations(&self) -> String {
        let mut lines = Vec::new();
        for (path, item) in self.document.get("paths").and_then(Value::as_object).into_iter().flatten() {
            for method in METHODS {
                let Some(operation) = item.get(method) else { continue };
                let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
                let scheme = operation.pointer("/security/0").and_then(Value::as_object).and_then(|schemes| schemes.keys().next());
                let permission =
                    operation.pointer("/security/0/bearer/0").and_then(Value::as_str).or(scheme.map(String::as_str)).unwrap_or("public");
                lines.push(format!("{id:<32} {:<6} {path} {permission}", method.to_uppercase()));
            }
        }
        lines.sort();
        lines.join("\n") + "\n"
    }

    /// Its operations by path and method.
    pub fn index(&self) -> &SpecIndex {
        &self.index
    }
}

/// What attributes could only abbreviate, in full. Generic types come as `PageView_Customer` or `CustomerPatch_CustomerDraft`; generated clients read better with `CustomerPage` and `CustomerPatch`.
fn named_for_readers(document: Value) -> Result<Value, serde_json::Error> {
    let names: Vec<String> = document
        .pointer("/components/schemas")
        .and_then(Value::as_object)
        .map(|schemas| schemas.keys().cloned().collect())
        .unwrap_or_default();
    let mut text = serde_json::to_string(&document)?;
    for name in names {
        let Some((outer, inner)) = name.split_once('_') else { continue };
        let noun = inner.trim_end_matches("Draft");
        let plain = match outer {
            "PageView" => format!("{noun}Page"),
            "BatchOf" => format!("{noun}Batch"),
            "BatchItem" => format!("{noun}BatchItem"),
            _ => outer.to_owned(),
        };
        text = text
            .replace(&format!("\"{name}\":"), &format!("\"{plain}\":"))
            .replace(&format!("schemas/{name}\""), &format!("schemas/{plain}\""));
    }
    for (word, pattern) in [("plain", PLAIN_PATTERN), ("readable", READABLE_PATTERN), ("web_address", WEB_ADDRESS_PATTERN)] {
        text = text.replace(&format!("\"pattern\":\"{word}\""), &format!("\"pattern\":{}", serde_json::to_string(pattern)?));
    }
    serde_json::from_str(&text)
}

/// Pages and batches are exemplified by what they are made of.
fn exemplify(schemas: &mut Map<String, Value>) {
    let example_of = |schemas: &Map<String, Value>, name: &str| schemas.get(name).and_then(|schema| schema.get("example")).cloned();
    for name in schemas.keys().cloned().collect::<Vec<_>>() {
        let example = if let Some(noun) = name.strip_suffix("Page") {
            example_of(schemas, noun).map(|item| json!({"data": [item], "next_cursor": null}))
        } else if let Some(noun) = name.strip_suffix("BatchItem") {
            example_of(schemas, &format!("{noun}Draft")).map(|data| json!({"ref": {"system": "erp", "id": "1001"}, "data": data}))
        } else if let Some(noun) = name.strip_suffix("Batch") {
            example_of(schemas, &format!("{noun}Draft"))
                .map(|data| json!({"items": [{"ref": {"system": "erp", "id": "1001"}, "data": data}]}))
        } else {
            None
        };
        if let (Some(example), Some(schema)) = (example, schemas.get_mut(&name).and_then(Value::as_object_mut)) {
            schema.entry("example").or_insert(example);
        }
    }
}

fn describe(document: &mut Value) {
    let Some(root) = document.as_object_mut() else { return };
    root.insert(
        "info".into(),
        json!({
            "title": "Patron", "version": env!("CARGO_PKG_VERSION"), "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        }),
    );
    root.insert("servers".into(), json!([{"url": "/", "description": "This server"}]));
    root.insert("tags".into(), TAGS.iter().map(|(name, description)| json!({"name": name, "description": description})).collect());
    let components = root.entry("components").or_insert_with(|| json!({}));
    if let Some(components) = components.as_object_mut() {
        let scheme = json!({
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "An access token from `POST /v1/auth/token`. The permission that an operation needs is listed in its security requirement.",
        });
        let signature = json!({
            "type": "apiKey", "in": "header", "name": "Patron-Signature",
            "description": "`t=<unix seconds>,v1=<hex>`: the HMAC-SHA256 of `<t>.<body>` with the secret that is shared with the provider of payments.",
        });
        let gateway_signature = json!({
            "type": "apiKey", "in": "header", "name": "Patron-Signature",
            "description": "`t=<unix seconds>,v1=<hex>`: the HMAC-SHA256 of `<t>.<body>` with the secret that is shared with the shop's gateway.",
        });
        let schemes = json!({"bearer": scheme, "payment_signature": signature, "gateway_signature": gateway_signature});
        components.insert("securitySchemes".into(), schemes);
        components.insert("responses".into(), problem_responses());
        components.insert("headers".into(), shared_headers());
    }
}

fn shared_headers() -> Value {
    json!({
        "X-Request-Id": {"description": "The request, as in the log; taken over from the request's `X-Request-Id` when that is well-formed: 8 to 128 letters, digits and `-_.`; else the trace id of its `traceparent`, else a new one.", "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{8,128}$"}},
        "RateLimit-Policy": {"description": "The limit: `q` requests in `w` seconds.", "schema": {"type": "string"}},
        "RateLimit": {"description": "Where the caller stands: `r` requests left, all back in `t` seconds.", "schema": {"type": "string"}},
        "ETag": {"description": "The resource's version, for `If-Match` and `If-None-Match`.", "schema": {"type": "string"}},
        "Link": {"description": "Where the next page is: `<…>; rel=\"next\"`; absent on the last page.", "schema": {"type": "string"}},
        "Location": {"description": "Where the new resource is.", "schema": {"type": "string", "format": "uri-reference"}},
        "Idempotent-Replayed": {"description": "`true` when this is the first answer again.", "schema": {"type": "string", "enum": ["true"]}},
        "Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    })
}

/// The problems that operations share: status, component name, what it means, and the code its example shows.
const PROBLEMS: [(&str, &str, &str, Code); 13] = [
    ("400", "Malformed", "The request could not be read.", Code::MalformedBody),
    ("401", "Unauthenticated", "No access token, or not a valid one.", Code::Unauthenticated),
    ("403", "Forbidden", "The caller lacks the permission.", Code::PermissionDenied),
    ("404", "NotFound", "There is no such resource within the caller's reach.", Code::NotFound),
    ("408", "RequestTimeout", "The body stood still for too long on its way in.", Code::RequestTimeout),
    ("409", "Conflict", "The request is at odds with what is stored.", Code::AlreadyTaken),
    ("412", "Stale", "The resource has changed since it was read.", Code::StaleVersion),
    ("413", "TooLarge", "The body is larger than is taken.", Code::BodyTooLarge),
    ("415", "UnsupportedMediaType", "The body's content type is not read here.", Code::UnsupportedMediaType),
    ("422", "Invalid", "The request was understood and is not valid; `errors` names the fields.", Code::Invalid),
    ("429", "TooManyRequests", "The caller asks too often; see `Retry-After`.", Code::RateLimited),
    ("500", "Internal", "A defect of ours; the log has it under the request's id.", Code::Internal),
    ("503", "Unavailable", "The service can not answer just now; see `Retry-After`.", Code::Unavailable),
];

fn problem_responses() -> Value {
    let mut responses = Map::new();
    for (status, name, description, code) in PROBLEMS {
        let mut example = json!({
            "type": format!("urn:patron:problem:{}", code.as_str()), "title": code.title(), "status": status.parse::<u16>().unwrap_or(500),
            "detail": description, "code": code.as_str(), "request_id": "018f4e1c-7d2a-7b63-9a41-3f0c5d1e8a77",
        });
        if code.kind() == ErrorKind::Invalid
            && let Some(example) = example.as_object_mut()
        {
            example.insert(
                "errors".into(),
                json!([{"pointer": "/name", "code": "length", "message": "must have 1 to 200 characters or items"}]),
            );
        }
        let mut headers = json!({"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}});
        if matches!(status, "429" | "503")
            && let Some(headers) = headers.as_object_mut()
        {
            headers.insert("Retry-After".into(), json!({"$ref": "#/components/headers/Retry-After"}));
        }
        let content = json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemBody"}, "example": example}});
        responses.insert(name.into(), json!({"description": description, "headers": headers, "content": content}));
    }
    responses.into()
}

/// Adds what the shared machinery does to an operation.
fn complete(path: &str, method: &str, operation: &mut Value, schemas: &Value) {
    let is_api = path.starts_with("/v1/");
    let is_token = path.starts_with("/v1/auth/");
    // A question too long for a query string.
    let reads_only = operation.get("x-reads-only").is_some();
    let is_write = is_api && method != "get" && !is_token && !reads_only;
    let is_stream = operation.get("x-streamed-body").is_some();
    let names_one = path.contains('{');
    let is_versioned = has_version(operation, schemas);
    let has_body = operation.get("requestBody").is_some();
    let has_params = operation.get("parameters").and_then(Value::as_array).is_some_and(|params| !params.is_empty());
    let is_secured = operation.get("security").is_some();
    // A POST that makes something new has no version to hold on to, unless it says that it changes what its path names.
    let changes_one = operation.pointer("/responses/201").is_none() || operation.get("x-conditional").is_some();
    let conditional =
        is_write && (matches!(method, "put" | "patch" | "delete") || (method == "post" && names_one && is_versioned && changes_one));
    let is_list = operation
        .pointer("/responses/200/content/application~1json/schema/$ref")
        .and_then(Value::as_str)
        .is_some_and(|name| name.ends_with("Page"))
        && has_parameter(operation, "cursor");
    let Some(fields) = operation.as_object_mut() else { return };
    if !is_secured {
        fields.insert("security".into(), json!([]));
    }

    let mut params = Vec::new();
    if is_write && !is_stream {
        params.push(json!({
            "name": "validate_only", "in": "query", "required": false, "schema": {"type": "boolean", "default": false},
            "description": "Run every check and change nothing.",
        }));
    }
    if is_write && method == "post" {
        params.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]*[!-~][ -~]*$"},
            "description": "The same key with the same request within 24 hours is answered as the first time and done once.",
        }));
    }
    if conditional {
        params.push(entity_tags("If-Match", "Change only this version: the `ETag` that was read."));
    }
    if is_write && method == "put" {
        params.push(json!({
            "name": "If-None-Match", "in": "header", "required": false, "schema": {"type": "string", "enum": ["*"]},
            "description": "`*`: only make it, do not replace one that is there already.",
        }));
    }
    if method == "get" && is_versioned {
        params.push(entity_tags("If-None-Match", "The `ETag` that the caller has: 304 when it still holds."));
    }
    if let Some(known) = fields.entry("parameters").or_insert_with(|| json!([])).as_array_mut() {
        known.extend(params);
        if known.is_empty() {
            fields.remove("parameters");
        }
    }

    if is_stream {
        any_bytes(fields);
    }
    if path.ends_with("/batch")
        && let Some(body) = fields.get_mut("requestBody").and_then(Value::as_object_mut)
    {
        body.insert("description".into(), json!("At most eight times as many bytes as other bodies: 8 MiB unless configured otherwise."));
    }

    let mut problems: Vec<&str> = Vec::new();
    if is_api {
        problems.extend(["429", "503"]);
        problems.extend(is_secured.then_some(["401", "403"]).into_iter().flatten());
        problems.extend((names_one || is_write).then_some("404").filter(|_| names_one));
        problems.extend((has_params || has_body || is_write || is_versioned).then_some("400"));
        problems.extend((has_params || has_body || is_write || is_versioned).then_some("422"));
        problems.extend(is_write.then_some("409"));
        problems.extend(conditional.then_some("412"));
        problems.extend(has_body.then_some(["408", "413", "415"]).into_iter().flatten());
    }
    let Some(responses) = fields.entry("responses").or_insert_with(|| json!({})).as_object_mut() else { return };
    dry_run_success(responses, is_write && !is_stream);
    if method == "get" && is_versioned {
        responses.insert("304".into(), json!({"description": "The caller has this version already."}));
    }
    let tells_where = |status: &str| is_write && (method == "post" || status == "201");
    for (status, response) in responses.iter_mut() {
        success_headers(
            response,
            SuccessHeaders { is_api, is_post: is_write && method == "post", tells_where: tells_where(status), is_versioned },
        );
        if is_list && let Some(headers) = response.get_mut("headers").and_then(Value::as_object_mut) {
            headers.insert("Link".into(), json!({"$ref": "#/components/headers/Link"}));
        }
    }
    for (status, name, ..) in PROBLEMS {
        if problems.contains(&status) {
            responses.entry(status).or_insert_with(|| json!({"$ref": format!("#/components/responses/{name}")}));
        }
    }
}

/// A streamed body is whatever bytes it is: what is wrong with them is told in the report, not refused here.
fn any_bytes(operation: &mut Map<String, Value>) {
    let content = operation.get_mut("requestBody").and_then(|body| body.get_mut("content")).and_then(Value::as_object_mut);
    for media in content.into_iter().flat_map(|content| content.values_mut()) {
        *media = json!({"schema": {}});
    }
}

fn entity_tags(name: &str, description: &str) -> Value {
    json!({
        "name": name, "in": "header", "required": false, "description": description,
        "schema": {"type": "string", "pattern": "^(\\*|(W/)?\"[!#-~]*\"(, *(W/)?\"[!#-~]*\")*)$"},
        "example": "\"1\"",
    })
}

/// With `validate_only` nothing is made, so it is answered 200 with what would have been made.
fn dry_run_success(responses: &mut Map<String, Value>, is_write: bool) {
    let made = responses.get("201").or_else(|| responses.get("202")).cloned();
    if let Some(mut made) = made.filter(|_| is_write && !responses.contains_key("200")) {
        if let Some(made) = made.as_object_mut() {
            made.insert("description".into(), json!("With `validate_only`: what would have been made. Nothing was."));
        }
        responses.insert("200".into(), made);
    }
}

/// What a success tells in its headers.
#[derive(Debug, Clone, Copy)]
struct SuccessHeaders {
    is_api: bool,
    is_post: bool,
    tells_where: bool,
    is_versioned: bool,
}

fn success_headers(response: &mut Value, told: SuccessHeaders) {
    let SuccessHeaders { is_api, is_post, tells_where, is_versioned } = told;
    let Some(response) = response.as_object_mut() else { return };
    let mut names = vec!["X-Request-Id"];
    names.extend(is_api.then_some(["RateLimit-Policy", "RateLimit"]).into_iter().flatten());
    names.extend(is_versioned.then_some("ETag"));
    names.extend(tells_where.then_some("Location"));
    names.extend(is_post.then_some("Idempotent-Replayed"));
    if let Some(headers) = response.entry("headers").or_insert_with(|| json!({})).as_object_mut() {
        for name in names {
            headers.entry(name).or_insert_with(|| json!({"$ref": format!("#/components/headers/{name}")}));
        }
    }
}

fn has_parameter(operation: &Value, name: &str) -> bool {
    operation
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .any(|parameter| parameter.get("name").is_some_and(|known| known == name))
}

/// Whether the operation answers one resource that has a `version`.
fn has_version(operation: &Value, schemas: &Value) -> bool {
    let bodies =
        ["200", "201"].iter().filter_map(|status| operation.pointer(&format!("/responses/{status}/content/application~1json/schema/$ref")));
    bodies.filter_map(Value::as_str).any(|reference| {
        let name = reference.rsplit('/').next().unwrap_or_default();
        schemas.get(name).is_some_and(|schema| schema.pointer("/properties/version").is_some())
    })
}
