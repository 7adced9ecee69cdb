//! What requests are held against: the operations that the spec knows, by path and method.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::openapi::METHODS;

/// The spec's operations.
#[derive(Debug)]
pub struct SpecIndex {
    /// Paths as patterns, each with its methods.
    paths: Vec<(String, Vec<String>)>,
    /// By method and pattern.
    operations: HashMap<(String, String), Operation>,
}

#[derive(Debug)]
struct Operation {
    parameters: Vec<String>,
    is_open: bool,
}

impl SpecIndex {
    /// Of the `paths` of a spec.
    pub fn of(paths: &Map<String, Value>) -> Self {
        let mut operations = HashMap::new();
        for (path, item) in paths {
            for method in METHODS {
                if let Some(operation) = item.get(method) {
                    operations.insert((method.to_uppercase(), path.clone()), Operation::of(operation));
                }
            }
        }
        Self { paths: paths.iter().map(|(path, item)| (path.clone(), methods(item))).collect(), operations }
    }

    /// The methods that the spec knows for a concrete path; empty when it knows no such path. Words win over placeholders, from the left.
    pub fn methods_of(&self, path: &str) -> &[String] {
        let matching = self.paths.iter().filter(|(pattern, _)| overlap(pattern, path));
        matching.max_by_key(|(pattern, _)| words(pattern)).map_or(&[], |(_, methods)| methods)
    }

    /// Paths with their methods that a pattern of other methods matches too: `/v1/customers/lookup` is a `/v1/customers/{id}`.
    pub fn shadowing(&self) -> impl Iterator<Item = (&str, &[String])> {
        let is_shadowed =
            |path: &str| self.paths.iter().any(|(other, _)| other != path && overlap(other, path) && words(path) > words(other));
        self.paths.iter().filter(move |(path, _)| is_shadowed(path)).map(|(path, methods)| (path.as_str(), methods.as_slice()))
    }

    /// The query parameters that an operation knows; none when there is no such operation.
    pub fn parameters_of(&self, method: &str, pattern: &str) -> Option<&[String]> {
        Some(&self.operation(method, pattern)?.parameters)
    }

    /// Whether an operation is there and needs no access token.
    pub fn is_open(&self, method: &str, pattern: &str) -> bool {
        self.operation(method, pattern).is_some_and(|operation| operation.is_open)
    }

    fn operation(&self, method: &str, pattern: &str) -> Option<&Operation> {
        self.operations.get(&(method.to_owned(), pattern.to_owned()))
    }
}

impl Operation {
    fn of(operation: &Value) -> Self {
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let in_query = parameters.filter(|parameter| parameter.get("in").is_some_and(|place| place == "query"));
        let names = in_query.filter_map(|parameter| parameter.get("name").and_then(Value::as_str));
        Self { parameters: names.map(ToOwned::to_owned).collect(), is_open: operation.pointer("/security/0/bearer").is_none() }
    }
}

/// HEAD is served wherever GET is.
fn methods(item: &Value) -> Vec<String> {
    let known = METHODS.iter().filter(|method| item.get(**method).is_some());
    known
        .flat_map(|method| if *method == "get" { vec!["GET".to_owned(), "HEAD".to_owned()] } else { vec![method.to_uppercase()] })
        .collect()
}

/// Whether some concrete path fits both.
fn overlap(one: &str, other: &str) -> bool {
    one.split('/').count() == other.split('/').count()
        && one.split('/').zip(other.split('/')).all(|(one, other)| one == other || one.starts_with('{') || other.starts_with('{'))
}

/// Which segments of a pattern are words.
fn words(pattern: &str) -> Vec<bool> {
    pattern.split('/').map(|segment| !segment.starts_with('{')).collect()
}
