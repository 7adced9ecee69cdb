//! Campaigns, from the plan to the letter.

mod plans;

use serde_json::{Value, json};

use crate::support::Caller;

/// A segment of everybody who has the tag.
async fn tagged(caller: &Caller, tag: &str) -> String {
    let definition = json!({"fact": "tags", "has": tag});
    let made = caller.make("/v1/segments", json!({"name": format!("Who is tagged {tag}"), "definition": definition})).await;
    made["id"].as_str().unwrap().to_owned()
}

fn variant(key: &str, share: f64, text: &str) -> Value {
    json!({"key": key, "share": share, "subject": "{{ customer.name }}, term starts soon", "text": text})
}

fn plan(segment: &str, variants: &[Value]) -> Value {
    json!({"name": "Back to school", "audience": {"segments_in": [segment]}, "variants": variants})
}
