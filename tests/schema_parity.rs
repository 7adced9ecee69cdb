//! Both databases have the same tables, `schema.rs` knows them as they are, and their keys let one customer be one range.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that can not go on shall fail loudly, and is told by its environment where the test server is"
)]

use std::collections::{BTreeMap, BTreeSet};

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
use patron::{
    db::{self, DatabaseUrl, DbConnection},
    on,
};

#[derive(QueryableByName)]
struct Fact {
    #[diesel(sql_type = Text)]
    fact: String,
}

fn facts(conn: &mut DbConnection, query: &str) -> BTreeSet<String> {
    let rows: Vec<Fact> = on!(conn, c => sql_query(query).load(c)).expect(query);
    rows.into_iter().map(|row| row.fact).collect()
}

struct Databases {
    sqlite: DbConnection,
    postgres: DbConnection,
    _folder: tempfile::TempDir,
}

fn empty() -> Databases {
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite: DatabaseUrl = format!("sqlite://{}", folder.path().join("parity.db").display()).parse().expect("a URL");
    let server = std::env::var("PATRON_TEST_POSTGRES_URL").expect("PATRON_TEST_POSTGRES_URL is not set: run the tests with scripts/test");
    let name = format!("parity_{}", uuid::Uuid::new_v4().simple());
    let mut admin = db::open(&server.parse().expect("a URL")).expect("the test server answers");
    on!(&mut admin, c => sql_query(format!("CREATE DATABASE {name}")).execute(c)).expect("a database");
    let (address, _) = server.rsplit_once('/').expect("a database in the URL");
    let postgres: DatabaseUrl = format!("{address}/{name}").parse().expect("a URL");
    Databases { sqlite: db::open(&sqlite).expect("a file"), postgres: db::open(&postgres).expect("a connection"), _folder: folder }
}

fn migrated() -> Databases {
    let mut databases = empty();
    db::migrate(&mut databases.sqlite).expect("migrations");
    db::migrate(&mut databases.postgres).expect("migrations");
    databases
}

const SQLITE_TABLES: &str =
    "SELECT name AS t FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'";

/// `table.column type nullability`, in PostgreSQL's words.
fn columns(databases: &mut Databases) -> (BTreeSet<String>, BTreeSet<String>) {
    let sqlite = facts(
        &mut databases.sqlite,
        &format!(
            "SELECT t || '.' || p.name || ' ' || CASE lower(p.type) WHEN 'blob' THEN 'bytea' ELSE lower(p.type) END || CASE p.\"notnull\" WHEN 1 THEN ' not null' ELSE '' END AS fact \
             FROM ({SQLITE_TABLES}) JOIN pragma_table_info(t) p"
        ),
    );
    let postgres = facts(
        &mut databases.postgres,
        "SELECT table_name || '.' || column_name || ' ' || CASE data_type WHEN 'timestamp with time zone' THEN 'timestamptz' ELSE data_type END \
         || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END AS fact FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'",
    );
    (sqlite, postgres)
}

#[test]
fn tables_and_columns_agree() {
    let mut databases = migrated();
    let (sqlite, postgres) = columns(&mut databases);
    assert!(sqlite.len() > 150, "{sqlite:#?}");
    assert_eq!(sqlite, postgres);
}

#[test]
fn schema_rs_knows_the_tables_as_they_are() {
    let mut databases = migrated();
    let (_, database) = columns(&mut databases);
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/db/schema.rs")).expect("schema.rs");
    let mut known = BTreeSet::new();
    let mut table = String::new();
    for line in text.lines().map(str::trim) {
        if let Some((name, keys)) = line.split_once(" (")
            && keys.ends_with(") {")
        {
            table = name.to_owned();
        } else if let Some((column, kind)) = line.split_once(" -> ") {
            if column.contains("joinable") {
                continue;
            }
            let kind = kind.trim_end_matches(',');
            let (kind, null) = kind.strip_prefix("Nullable<").map_or((kind, " not null"), |inner| (inner.trim_end_matches('>'), ""));
            let kind = match kind {
                "Uuid" => "uuid",
                "Text" => "text",
                "Int8" => "bigint",
                "Int4" => "integer",
                "Bool" => "boolean",
                "Timestamptz" => "timestamptz",
                "Jsonb" => "jsonb",
                "Bytea" => "bytea",
                "Date" => "date",
                other => panic!("{table}.{column} has the unknown type {other}"),
            };
            known.insert(format!("{table}.{column} {kind}{null}"));
        }
    }
    assert_eq!(known, database);
}

#[test]
fn keys_and_indexes_agree() {
    let mut databases = migrated();
    // Names of primary keys are no names of indexes on SQLite, so they are told by their columns.
    let sqlite = facts(
        &mut databases.sqlite,
        &format!(
            "SELECT t || ' ' || CASE i.\"unique\" WHEN 1 THEN 'unique' ELSE 'index' END || CASE i.partial WHEN 1 THEN ' partial' ELSE '' END || ' (' || \
             (SELECT group_concat(name, ',') FROM (SELECT x.name FROM pragma_index_info(i.name) x ORDER BY x.seqno)) || ')' AS fact \
             FROM ({SQLITE_TABLES}) JOIN pragma_index_list(t) i"
        ),
    );
    let postgres = facts(
        &mut databases.postgres,
        "SELECT c.relname || ' ' || CASE WHEN i.indisunique THEN 'unique' ELSE 'index' END || CASE WHEN i.indpred IS NOT NULL THEN ' partial' ELSE '' END || ' (' || \
         (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY k(number, place) \
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number WHERE k.place <= i.indnkeyatts) || ')' AS fact \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = 'public' AND c.relname NOT LIKE '\\_\\_%'",
    );
    assert!(sqlite.len() > 40, "{sqlite:#?}");
    assert_eq!(sqlite, postgres);
}

#[test]
fn foreign_keys_agree() {
    let mut databases = migrated();
    let sqlite = facts(
        &mut databases.sqlite,
        &format!(
            "SELECT t || ' (' || group_concat(f.\"from\", ',' ORDER BY f.seq) || ') -> ' || f.\"table\" || ' ' || f.on_delete AS fact \
             FROM ({SQLITE_TABLES}) JOIN pragma_foreign_key_list(t) f GROUP BY t, f.id"
        ),
    );
    let postgres = facts(
        &mut databases.postgres,
        "SELECT r.relname || ' (' || (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY k(number, place) \
          JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) || ') -> ' || f.relname || ' ' || \
         CASE c.confdeltype WHEN 'c' THEN 'CASCADE' ELSE 'NO ACTION' END AS fact \
         FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid WHERE c.contype = 'f'",
    );
    assert!(sqlite.len() > 12, "{sqlite:#?}");
    assert_eq!(sqlite, postgres);
}

#[test]
fn migrations_go_up_down_and_up_again() {
    let mut databases = migrated();
    let before = columns(&mut databases);
    for conn in [&mut databases.sqlite, &mut databases.postgres] {
        let reverted = db::revert_all(conn).expect("the way down");
        assert!(reverted >= 1);
    }
    assert_eq!(columns(&mut databases), (BTreeSet::new(), BTreeSet::new()), "nothing is left");
    for conn in [&mut databases.sqlite, &mut databases.postgres] {
        db::migrate(conn).expect("the way up");
        assert_eq!(db::migrate(conn).expect("nothing to do"), 0);
    }
    assert_eq!(columns(&mut databases), before);
}

/// Catalogue, settings, queues and logs: not owned by a customer.
const SHARED: &[&str] = &[
    "audit_log",
    "campaigns",
    "categories",
    "clients",
    "contact_policies",
    "coupon_batches",
    "customers",
    "idempotency_keys",
    "identifiers",
    "import_chunks",
    "import_rejects",
    "imports",
    "jobs",
    "messages",
    "payment_notifications",
    "points_programmes",
    "products",
    "refresh_tokens",
    "scoring_runs",
    "segment_snapshots",
    "segments",
    "service_targets",
    "settings",
    "signing_keys",
    "staff",
    "suppressions",
    "surveys",
    "value_models",
];

/// The rules that let one customer be one range of the file, and one node of a cluster.
#[test]
fn owned_tables_are_keyed_by_their_customer() {
    let mut databases = migrated();
    let primary = facts(
        &mut databases.postgres,
        "SELECT c.relname || ' ' || (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY k(number, place) \
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number) AS fact \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND i.indisprimary",
    );
    let keys: BTreeMap<&str, &str> =
        primary.iter().filter_map(|fact| fact.split_once(' ')).filter(|(table, _)| !table.starts_with("__")).collect();
    let owned: Vec<&str> = keys.keys().copied().filter(|table| !SHARED.contains(table)).collect();
    assert!(owned.len() >= 8, "{owned:?}");
    for table in &owned {
        let key = keys.get(table).copied().unwrap_or_default();
        assert!(key == "customer_id" || key.starts_with("customer_id,"), "{table} is keyed by {key}");
    }
    let (_, columns) = columns(&mut databases);
    for table in &owned {
        assert!(columns.contains(&format!("{table}.customer_id uuid not null")), "{table} may have rows without a customer");
    }
    // No other unique index spans customers, and owned rows refer to owned rows of the same customer only.
    let uniques = facts(
        &mut databases.postgres,
        "SELECT c.relname || ' ' || (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY k(number, place) \
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number) AS fact \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND i.indisunique",
    );
    for unique in &uniques {
        let (table, columns) = unique.split_once(' ').expect("a table");
        assert!(!owned.contains(&table) || columns.split(',').any(|column| column == "customer_id"), "{unique} spans customers");
    }
    let foreign = facts(
        &mut databases.postgres,
        "SELECT r.relname || ' ' || f.relname || ' ' || (SELECT string_agg(a.attname, ',' ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY k(number, place) \
          JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) AS fact \
         FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid WHERE c.contype = 'f'",
    );
    for key in &foreign {
        let parts: Vec<&str> = key.split(' ').collect();
        let (table, target, columns) = (parts[0], parts[1], parts[2]);
        let to_owned = owned.contains(&target) || target == "customers";
        assert!(
            !to_owned || (owned.contains(&table) && columns.split(',').any(|column| column == "customer_id")),
            "{key} leaves its customer"
        );
    }
    // On SQLite the customer is one range of the file.
    let clustered =
        facts(&mut databases.sqlite, "SELECT name AS fact FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%WITHOUT ROWID%'");
    for table in &owned {
        assert!(clustered.contains(*table), "{table} is not stored by its key");
    }
}
