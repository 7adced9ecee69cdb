//! The house rules that a compiler does not hold: who may import whom, where dialects are named, how long a file may be.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that can not go on shall fail loudly, and is told by its environment where the test server is"
)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What each layer may import of ours, besides itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("db", &["domain", "on", "on_locked"]),
    ("repositories", &["domain", "db", "on", "on_locked", "on_shared", "on_skip_locked", "insert_many", "list_by_id", "page_by_id"]),
    ("services", &["domain", "repositories", "error", "db"]),
    ("dto", &["domain", "error", "list_params", "http"]),
    ("handlers", &["http", "dto", "services", "jobs", "domain", "error", "db", "on"]),
    ("http", &["handlers", "dto", "services", "domain", "error", "db", "config", "integrations"]),
    ("jobs", &["services", "domain", "error", "db", "config", "http", "integrations"]),
    ("demo", &["domain"]),
    ("integrations", &["domain", "error"]),
];

const MAX_LINES: usize = 500;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn name(path: &Path) -> String {
    path.strip_prefix(root()).expect("below src").display().to_string()
}

/// The modules of ours that a text names, in `crate::x` and in `use crate::{x::…, y}`; tests within a file may reach anywhere.
fn imports(text: &str) -> BTreeSet<String> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = BTreeSet::new();
    for (start, _) in text.match_indices("crate::") {
        // `$crate` belongs to macros, which expand in the layer that calls them.
        if text[..start].ends_with('$') {
            continue;
        }
        let rest = &text[start + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0_i32;
            let mut word = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {}
                    _ => {
                        if depth == 0 {
                            word.push(c);
                        }
                        continue;
                    }
                }
                if depth == 0 || c == '{' {
                    found.insert(std::mem::take(&mut word));
                }
            }
            found.insert(word);
        } else {
            found.insert(rest.to_owned());
        }
    }
    found
        .iter()
        .map(|path| path.trim().split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default().to_owned())
        .filter(|module| !module.is_empty())
        .collect()
}

#[test]
fn layers_import_only_what_they_may() {
    let mut faults = Vec::new();
    for (layer, allowed) in MAY_IMPORT {
        let folder = root().join(layer);
        if !folder.exists() {
            continue;
        }
        for path in sources(&folder) {
            let text = fs::read_to_string(&path).expect("a text");
            for module in imports(&text) {
                if module != *layer && !allowed.contains(&module.as_str()) {
                    faults.push(format!("{} imports {module}", name(&path)));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_rule_can_fail() {
    let text = "use crate::{\n    db::{DbConnection, schema::orders},\n    domain::ids::Id,\n    on,\n};\nfn f() { crate::http::app(); }";
    assert_eq!(imports(text), ["db", "domain", "http", "on"].map(String::from).into());
}

#[test]
fn handlers_ask_no_repository_and_write_no_sql() {
    for path in sources(&root().join("handlers")) {
        let text = fs::read_to_string(&path).expect("a text");
        assert!(!text.contains("repositories::") && !text.contains("schema::"), "{} reaches past the services", name(&path));
    }
}

#[test]
fn only_routes_knows_the_handlers() {
    for path in sources(&root().join("http")) {
        let text = fs::read_to_string(&path).expect("a text");
        assert!(!imports(&text).contains("handlers") || path.ends_with("routes.rs"), "{} imports handlers", name(&path));
    }
}

#[test]
fn dialects_are_named_in_their_room_only() {
    let mut faults = Vec::new();
    for path in sources(&root()) {
        if path.starts_with(root().join("db")) {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a text").to_lowercase();
        for (number, line) in text.lines().enumerate() {
            // The URL scheme of the default database is configuration, not a dialect.
            if ["sqlite", "postgres", "pgconnection"].iter().any(|word| line.replace("sqlite://", "").contains(word)) {
                faults.push(format!("{}:{}", name(&path), number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn files_can_be_held_in_the_head() {
    let mut faults = Vec::new();
    for path in sources(&root()) {
        let lines = fs::read_to_string(&path).expect("a text").lines().count();
        if lines > MAX_LINES && !path.ends_with("db/schema.rs") {
            faults.push(format!("{} has {lines} lines", name(&path)));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn names_say_what_is_inside() {
    for path in sources(&root()) {
        let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let folder = path.parent().and_then(Path::file_name).expect("a folder").to_string_lossy().into_owned();
        for word in ["utils", "util", "helpers", "helper", "common", "manager", "misc"] {
            assert!(stem != word && folder != word, "{} is named after nothing", name(&path));
        }
    }
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    for path in sources(&root()) {
        let text = fs::read_to_string(&path).expect("a text");
        assert!(text.starts_with("//!") || path.ends_with("db/schema.rs"), "{} does not say what it is for", name(&path));
    }
}
